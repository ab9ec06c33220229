"""An end of a duct: where, which way, how wide, and the image beyond it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, map_coordinates

from galactograph.values.arrays import Floats
from galactograph.values.report import Reading, Strip

STEP_MM = 0.05
_BEFORE_MM, _BEYOND_MM = 3.0, 6.0
"""Part of the axis that is looked at, about the end. source: assumed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class End:
    """An end, in mm of the image plane (row, column).

    Attributes
    ----------
    station
        Of the strip.
    tip, along
        Place, and direction outward (a unit vector).
    calibre_mm, parent_mm
        Of the last stretch, and of the branch it comes from.
    fall_mm, edge_mm
        Distance over which contrast falls from 85 to 25 %, and where it is half,
        from the tip; the first is infinite if it does not fall.
    convexity
        How much further the middle reaches than the sides, over the radius.
    """

    strip: Strip
    station: int
    tip: Floats
    along: Floats
    calibre_mm: float
    parent_mm: float
    fall_mm: float
    edge_mm: float
    convexity: float


def end_at(reading: Reading, strip: Strip, station: int) -> End | None:
    """Return what the end at `station` looks like, None if it cannot be judged."""
    grid = reading.view.image.grid
    s = strip.s_mm - strip.s_mm[station]
    near = np.flatnonzero((s > -4.0) & (s <= 0))
    last = (s < -0.5) & (s > -2.5)
    if last.sum() < 4:
        return None
    calibre = float(np.median(strip.calibre_mm[last]))
    at = np.stack(
        [strip.rows * grid.spacing_mm[0], strip.columns * grid.spacing_mm[1]], 1
    )
    along = at[station] - at[near[0]]
    size = float(np.hypot(*along))
    if size < 0.5:
        return None
    along = along / size
    fall, edge = _fall(_ahead(reading, at[station], along, calibre))
    return End(
        strip=strip,
        station=station,
        tip=at[station],
        along=along,
        calibre_mm=calibre,
        parent_mm=parent_mm(reading, strip, station, calibre),
        fall_mm=fall,
        edge_mm=edge,
        convexity=_convexity(reading, at[station], along, calibre),
    )


def sample(reading: Reading, points_mm: Floats) -> Floats:
    """Return excess at (..., 2) row and column positions in mm."""
    step = np.array(reading.view.image.grid.spacing_mm)
    index = np.moveaxis(points_mm / step, -1, 0)
    out: Floats = map_coordinates(
        reading.scene.excess, index, order=1, mode="constant", cval=0.0
    )
    return out


def _ahead(
    reading: Reading, tip: Floats, along: Floats, calibre: float, offset: float = 0.0
) -> Floats:
    """Return excess along the axis, from 3 mm before the tip to 6 mm beyond.

    The mean over the middle third of the lumen, shifted sideways by `offset` mm.
    """
    reach = np.arange(-_BEFORE_MM, _BEYOND_MM, STEP_MM)
    across = np.array([along[1], -along[0]])
    lanes = offset + np.linspace(-1, 1, 5) * max(calibre / 6, 0.05)
    points = tip + reach[:, None, None] * along + lanes[None, :, None] * across
    out: Floats = gaussian_filter1d(sample(reading, points).mean(1), 1.5)
    return out


def _fall(profile: Floats) -> tuple[float, float]:
    """Return the 85 to 25 % distance and the half-way point, from the tip, in mm."""
    start = round(_BEFORE_MM / STEP_MM)
    full = float(np.median(profile[: start - round(1.0 / STEP_MM)]))
    rest = min(max(float(np.percentile(profile[start:], 20)), 0.0), 0.5 * full)
    if full <= 0:
        return np.inf, 0.0
    level = (profile - rest) / (full - rest)
    low = np.flatnonzero((level < 0.25) & (np.arange(len(level)) > start // 2))
    if not len(low):
        return np.inf, 0.0
    high = np.flatnonzero(level[: low[0]] >= 0.85)
    if not len(high):
        return np.inf, 0.0
    half = high[-1] + np.flatnonzero(level[high[-1] :] < 0.5)[0]
    return (low[0] - high[-1]) * STEP_MM, (half - start) * STEP_MM


def parent_mm(reading: Reading, strip: Strip, station: int, calibre: float) -> float:
    """Return the calibre of the branch that this tip comes from."""
    duct = reading.ducts[strip.duct]
    number = int(strip.branches[station])
    if number >= len(duct.tree.branches):
        return calibre
    parent = duct.tree.branches[number].parent
    if parent is None:
        inner = strip.s_mm <= 0.6 * strip.s_mm[station]
        return float(np.median(strip.expected_mm[inner]))
    nodes = duct.tree.branches[parent].nodes
    return float(np.median(duct.calibre_mm[nodes]))


def _convexity(reading: Reading, tip: Floats, along: Floats, calibre: float) -> float:
    """Return how much further the middle reaches than the sides, over the radius.

    Negative: a cup around something round that protrudes into the column.
    """
    edges = []
    for offset in (-0.3 * calibre, 0.0, 0.3 * calibre):
        fall, edge = _fall(_ahead(reading, tip, along, 0.6 * calibre, offset))
        if not np.isfinite(fall):
            return 0.0
        edges.append(edge)
    return (edges[1] - (edges[0] + edges[2]) / 2) / max(calibre / 2, 1e-6)


def fan_of(end: End) -> Floats:
    """Return directions (24, 2) within 35 degrees of ahead."""
    turn = np.deg2rad(np.arange(-35, 36, 3.0))
    return np.stack(
        [
            np.cos(turn) * end.along[0] - np.sin(turn) * end.along[1],
            np.sin(turn) * end.along[0] + np.cos(turn) * end.along[1],
        ],
        axis=1,
    )


def full_of(end: End) -> float:
    """Return the usual contrast of the duct before its end."""
    s = end.strip.s_mm - end.strip.s_mm[end.station]
    return float(np.median(end.strip.excess[(s > -3) & (s <= -0.5)].max(1)))
