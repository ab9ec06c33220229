"""Extravasation of contrast (DCM 111428).

What it finds
    A cloud of contrast that is no tube, larger than any duct beside it, with a
    soft edge.
Why it matters
    Contrast has left the duct: the cannula has torn it, pressure was too high, or
    a carcinoma has breached the wall (Cho 2005). The study may have to be repeated
    after 7 to 14 days (Slawson 2001).
How
    The filled areas that tracing set aside as no tubes; area against the calibre
    around, softness of the edge in the view itself.
Limits
    Filled lobules ("leaves") are small clouds at tips: below the least area they
    are normal. A communicating cyst has a sharp edge and lowers the confidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from galactograph.finders._places import (
    bounded,
    plain,
    readable,
    say,
    straight_mm,
    told,
)
from galactograph.values.arrays import Floats
from galactograph.values.codes import FindingKind
from galactograph.values.report import Finding, Place, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What counts as a cloud.

    Attributes
    ----------
    least_area_mm2
        source: lobules are 0.5 to 4 mm across (design page on anatomy), assumed.
    least_noise
        Mean excess over the noise of one pixel. source: assumed.
    reach_mm
        It lies at a duct, no further than this from its edge. source: assumed.
    soft_per_mm, sharp_per_mm
        Steepest relative fall of contrast at the edge: below the first it is a
        cloud, above the second a wall. source: assumed; blur of 0.07 mm alone
        gives about 5 per mm.
    """

    least_area_mm2: float = 8.0
    least_noise: float = 3.0
    reach_mm: float = 1.0
    soft_per_mm: float = 0.8
    sharp_per_mm: float = 3.0


def find(reading: Reading, settings: Settings | None = None) -> Iterator[Finding]:
    """Yield the clouds of contrast of a reading."""
    if not readable(reading):
        return
    settings = settings or Settings()
    for row, column, area, excess in reading.blobs:
        if area < settings.least_area_mm2:
            continue
        if excess < settings.least_noise * reading.scene.noise:
            continue
        if not _touches_a_duct(reading, (row, column), area, settings):
            continue
        yield _finding(reading, (row, column, area, excess), settings)


def _touches_a_duct(
    reading: Reading, centre: tuple[float, float], area: float, settings: Settings
) -> bool:
    """Return True if a duct reaches the cloud, as contrast came from one."""
    step = reading.view.image.grid.spacing_mm
    reach = float(np.sqrt(area / np.pi)) + settings.reach_mm
    return any(
        bool(
            np.hypot(
                (duct.rows - centre[0]) * step[0], (duct.columns - centre[1]) * step[1]
            ).min()
            <= reach
        )
        for duct in reading.ducts
    )


def _finding(
    reading: Reading, blob: tuple[float, float, float, float], settings: Settings
) -> Finding:
    """Return one cloud as a finding."""
    row, column, area, excess = blob
    grid = reading.view.image.grid
    across = 2 * float(np.sqrt(area / np.pi))
    steep, outline = _edge(reading, row, column, across)
    softness = 1 - bounded(steep, settings.soft_per_mm, settings.sharp_per_mm)
    size = bounded(area, settings.least_area_mm2, 60.0)
    nearest = _nearest_duct(reading, row, column)
    return Finding(
        kind=FindingKind.EXTRAVASATION,
        places=(
            Place(
                view=reading.index,
                row=row,
                column=column,
                duct=nearest,
                outline=outline,
            ),
        ),
        confidence=0.3 + 0.35 * softness + 0.3 * size,
        length_mm=told(across, grid),
        width_mm=told(across, grid),
        straight_mm=straight_mm(reading, row, column),
        evidence=plain(
            grid,
            area_mm2=area,
            steepness_per_mm=steep,
            excess=excess,
            softness=softness,
        ),
        explanation=(
            f"A cloud of contrast about {say(across, grid)} across that is no duct; "
            f"its edge is {'soft' if softness > 0.5 else 'rather sharp'}."
        ),
    )


def _edge(
    reading: Reading, row: float, column: float, across_mm: float
) -> tuple[float, tuple[tuple[float, float], ...]]:
    """Return the median relative slope at the edge, per mm, and its outline.

    Along 32 rays from the centre: where contrast has fallen to half, and how fast.
    """
    grid = reading.view.image.grid
    reach = np.arange(0, 1.6 * across_mm, grid.pixel_mm)
    turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    rays = _rays(reading, (row, column), reach, turn)
    top = np.percentile(rays[:, : max(2, len(reach) // 4)], 75)
    if top <= 0:
        return np.inf, ()
    slopes, points = [], []
    for angle, ray in zip(turn, rays, strict=True):
        below = np.flatnonzero(ray < 0.5 * top)
        at = int(below[0]) if len(below) else len(ray) - 1
        around = ray[max(at - 4, 0) : at + 5]
        slopes.append(float(-np.gradient(around, grid.pixel_mm).min() / top))
        away = reach[at]
        points.append(
            (
                float(row + away * np.sin(angle) / grid.spacing_mm[0]),
                float(column + away * np.cos(angle) / grid.spacing_mm[1]),
            )
        )
    limits = np.array(grid.shape[-2:]) - 1
    shut = [
        (float(np.clip(r, 0, limits[0])), float(np.clip(c, 0, limits[1])))
        for r, c in [*points, points[0]]
    ]
    return float(np.median(slopes)), tuple(shut)


def _rays(
    reading: Reading, centre: tuple[float, float], reach: Floats, turn: Floats
) -> Floats:
    """Return excess along rays (angles, distances), lightly smoothed."""
    grid = reading.view.image.grid
    excess = reading.scene.excess
    rows = centre[0] + np.sin(turn)[:, None] * reach[None, :] / grid.spacing_mm[0]
    cols = centre[1] + np.cos(turn)[:, None] * reach[None, :] / grid.spacing_mm[1]
    at = [
        np.clip(np.rint(where).astype(int), 0, size - 1)
        for where, size in zip((rows, cols), excess.shape, strict=True)
    ]
    out: Floats = gaussian_filter(
        np.asarray(excess[at[0], at[1]], float), (0.7, 1.0), mode=("wrap", "nearest")
    )
    return out


def _nearest_duct(reading: Reading, row: float, column: float) -> int | None:
    """Return the index of the duct system nearest to a pixel, None without ducts."""
    if not reading.ducts:
        return None
    away = [np.hypot(d.rows - row, d.columns - column).min() for d in reading.ducts]
    return int(np.argmin(away))
