"""Dots: small places in a duct that hold less contrast than what lies about them.

In a wide duct a small body takes a tenth of the contrast; no model of a filled duct is
that exact, but along a duct everything changes slowly. What the same lane holds before
and beyond a place is its yardstick. What is missing beside it is searched for what
curves up on every side: a body does; the edge of another duct, or the gap between two,
curves across and not along.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.ndimage import maximum_filter

from galactograph.finders._column import STEP_MM, Column
from galactograph.finders._grey import BLUR_MM
from galactograph.kernels import blurs
from galactograph.values.arrays import Floats, Ints

_DIAMETERS_MM = (0.35, 0.5, 0.7, 1.0, 1.4)
"""Dots looked for; larger bodies are outlined. source: design page (0.3 to 3 mm)"""

_AWAY_MM, _LENGTH_MM = 0.9, 1.0
"""The yardstick begins so far from a place, and is so long. source: beyond the largest
body that is looked for, assumed"""

_LANES = np.linspace(-0.9, 0.9, 31)
"""Offsets over the half outline: a duct that widens keeps its lanes."""

_INNER = 0.7
"""Middles of dots lie within this share of the half outline; nearer to the wall it
curves by itself. source: assumed"""

_CALIBRES = 1.2
"""Of a duct over the dot, at least: what fills its duct is no dot. source: assumed"""

_SIGMA = 0.3
"""Smoothing over the diameter. source: a ball of that size answers most, derived"""

_LEAST_CLEAR = 2.5
"""Over what curves elsewhere in this duct. source: what is fainter is not told apart on
development studies (measured)"""

_LEAST_DEPTH, _MOST_DEPTH = 0.1, 2.5
"""Over what a solid ball of the size would displace. source: a body displaces no more
than itself, and may be a step or two larger than the size that fits (derived)"""

_LEAST_EVEN = 0.5
"""Least over greatest curvature. source: less adds false places and no bodies on
development studies (measured)"""

_LEAST_PIXELS = 200
"""Of a duct, to know how it curves elsewhere. source: assumed"""


@dataclass(frozen=True, kw_only=True)
class Dot:
    """One place that curves up on every side.

    Attributes
    ----------
    station
        Of the column.
    u_mm
        Offset from the middle between the walls.
    diameter_mm
        Of the ball whose answer would be the clearest; within a step of its own.
    depth_mm
        Missing contrast, as that of the ball.
    clear
        Least curvature over how much this duct curves elsewhere, and its noise.
    even
        Least over greatest curvature, in (0, 1]: 1 for what is round.
    """

    station: int
    u_mm: float
    diameter_mm: float
    depth_mm: float
    clear: float
    even: float


def dots(column: Column) -> Iterator[Dot]:
    """Yield the dots of a column, the clearest first, none twice."""
    lacking = missing_beside(column)
    found = [dot for size in _DIAMETERS_MM for dot in _of_size(column, lacking, size)]
    found.sort(key=lambda dot: -dot.clear)
    kept: list[Dot] = []
    for dot in found:
        if not any(_same(dot, other) for other in kept):
            kept.append(dot)
            yield dot


def _same(a: Dot, b: Dot) -> bool:
    """Return True if two dots overlap."""
    away = np.hypot((a.station - b.station) * STEP_MM, a.u_mm - b.u_mm)
    return bool(away < 0.6 * (a.diameter_mm + b.diameter_mm))


def missing_beside(column: Column) -> Floats:
    """Return the contrast (N, U) that is missing beside before and beyond, in mm.

    Nothing is missing outside the lumen, and near the ends.
    """
    wide = column.radius_mm[:, None]
    at = (_LANES[None, :] * wide - column.u_mm[0]) / column.du_mm
    share = _between(column.thickness_mm, at) / (2 * wide)
    stop = len(share)
    sums = np.concatenate([np.zeros((1, share.shape[1])), np.cumsum(share, axis=0)])
    away, length = (round(size / STEP_MM) for size in (_AWAY_MM, _LENGTH_MM))
    station = np.arange(stop)
    before = _mean(sums, station - away - length, station - away)
    beyond = _mean(sums, station + away + 1, station + away + 1 + length)
    lack = ((before + beyond) / 2 - share) * 2 * wide
    lack[: away + 1], lack[stop - away - 1 :] = 0, 0
    lane = column.u_mm[None, :] / wide
    back = _between(lack, (lane - _LANES[0]) / (_LANES[1] - _LANES[0]))
    return np.where(np.abs(lane) <= _LANES[-1], back, 0)


def _between(rows: Floats, at: Floats) -> Floats:
    """Return rows (N, U) at places (N, V) between their numbers."""
    at = np.clip(at, 0, rows.shape[1] - 1.001)
    low = at.astype(int)
    part = at - low
    number = np.arange(len(rows))[:, None]
    mixed: Floats = rows[number, low] * (1 - part) + rows[number, low + 1] * part
    return mixed


def _mean(sums: Floats, low: Ints, high: Ints) -> Floats:
    """Return the means of rows `low` to `high`, as far as there are any."""
    stop = len(sums) - 1
    low = np.clip(low, 0, stop - 1)
    high = np.clip(high, low + 1, stop)
    mean: Floats = (sums[high] - sums[low]) / (high - low)[:, None]
    return mean


def _of_size(column: Column, lacking: Floats, diameter_mm: float) -> Iterator[Dot]:
    """Yield the dots of one size."""
    fits = 2 * column.radius_mm >= _CALIBRES * diameter_mm
    inner = np.abs(column.u_mm)[None, :] <= _INNER * column.radius_mm[:, None]
    inner &= fits[:, None]
    if np.count_nonzero(inner) < _LEAST_PIXELS:
        return
    least, most = _curvatures(lacking, diameter_mm, column.du_mm)
    every = most[inner]
    usual = 1.4826 * float(np.median(np.abs(every - np.median(every))))
    sigma = _SIGMA * diameter_mm
    # White noise after a Gaussian keeps 1 / sqrt(4 pi sigma^2) of itself.
    kept = np.sqrt(STEP_MM * column.du_mm / (4 * np.pi * sigma**2))
    clear = least / np.hypot(usual, column.noise_mm * min(kept, 1.0))
    depth = least / _unit(diameter_mm, column.du_mm)
    size = [
        2 * max(1, round(1.5 * sigma / step)) + 1 for step in (STEP_MM, column.du_mm)
    ]
    high = inner & (clear > _LEAST_CLEAR) & (depth > _LEAST_DEPTH)
    high &= depth < _MOST_DEPTH
    high &= least > _LEAST_EVEN * most
    if not high.any():
        return
    peak = high & (least == maximum_filter(least, size))
    for station, lane in np.argwhere(peak):
        yield Dot(
            station=int(station),
            u_mm=float(column.u_mm[lane]),
            diameter_mm=diameter_mm,
            depth_mm=float(depth[station, lane]) * diameter_mm,
            clear=float(clear[station, lane]),
            even=float(least[station, lane] / most[station, lane]),
        )


def _curvatures(
    missing: Floats, diameter_mm: float, du_mm: float
) -> tuple[Floats, Floats]:
    """Return the least and the greatest curvature (N, U) in any direction.

    Of missing contrast, smoothed for a diameter; in mm, as over one sigma.
    """
    sigma = _SIGMA * diameter_mm
    smooth = blurs.gaussian(missing, (sigma / STEP_MM, sigma / du_mm))
    along, across = np.gradient(smooth, STEP_MM, du_mm)
    down = -np.gradient(along, STEP_MM, axis=0)
    mixed = -np.gradient(across, STEP_MM, axis=0)
    right = -np.gradient(across, du_mm, axis=1)
    middle = (down + right) / 2
    spread = np.hypot((down - right) / 2, mixed)
    least: Floats = sigma**2 * (middle - spread)
    most: Floats = sigma**2 * (middle + spread)
    return least, most


@cache
def _unit(diameter_mm: float, du_mm: float) -> float:
    """Return the least curvature in the middle of a solid ball."""
    reach = diameter_mm + 1.0
    s = np.arange(-round(reach / STEP_MM), round(reach / STEP_MM) + 1) * STEP_MM
    u = np.arange(-round(reach / du_mm), round(reach / du_mm) + 1) * du_mm
    square = diameter_mm**2 / 4 - s[:, None] ** 2 - u[None, :] ** 2
    sharp = 2 * np.sqrt(np.clip(square, 0, None))
    ball = blurs.gaussian(sharp, (BLUR_MM / STEP_MM, BLUR_MM / du_mm))
    return float(_curvatures(ball, diameter_mm, du_mm)[0].max())
