"""The two outer walls of a duct in a strip, each followed as one smooth line.

Calibre measured from the middle outward collapses where something fills the
middle. The outer walls do not: from outside, contrast still begins where the lumen
begins. Each wall is the path along the strip that gathers the most inward rise of
contrast for the least sideways movement (dynamic programming), so a neighbour, a
crossing or a side branch holds it for no longer than it runs along.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from galactograph.kernels import blurs, courses, ranks
from galactograph.values.arrays import Floats

_GRID_MM = 0.07
"""Offsets that a wall may take. source: a pixel of 0.05 to 0.1 mm."""

_MOVE = 0.12
"""Price of one step sideways, in units of a full edge. source: assumed, set on
painted and simulated ducts."""

_AWAY = 0.1
"""Price of lying one radius away from where the wall is expected. source: assumed."""

_EDGE_MM = 0.3
"""A rise to the usual thickness over this distance counts as a full edge.
source: assumed."""

_BIAS_MM = 0.03
"""The steepest rise of a blurred chord lies this far inside the wall. source:
derived for a blur of 0.07 mm."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Walls:
    """Both walls at N stations.

    Attributes
    ----------
    left_mm, right_mm : (N,)
        Offsets, smooth along the strip; left < right.
    rough_mm : (N,)
        Their distance as followed, not smoothed.
    support : (2, N)
        How clearly each wall is seen where it was followed, in [0, 1].
    """

    left_mm: Floats
    right_mm: Floats
    rough_mm: Floats
    support: Floats

    @property
    def middle_mm(self) -> Floats:
        """Offset half-way between the walls."""
        return (self.left_mm + self.right_mm) / 2

    @property
    def radius_mm(self) -> Floats:
        """Half the distance of the walls."""
        return (self.right_mm - self.left_mm) / 2


def follow(
    thickness: Floats, u_mm: Floats, expected_mm: Floats, step_mm: float
) -> Walls:
    """Return the walls of the duct in `thickness` (N, U), of about `expected_mm`."""
    grid = np.arange(u_mm[0], u_mm[-1] + 1e-9, max(_GRID_MM, u_mm[1] - u_mm[0]))
    at = (grid - u_mm[0]) / (u_mm[1] - u_mm[0])
    low = np.minimum(at.astype(int), len(u_mm) - 2)
    part = at - low
    even = thickness[:, low] * (1 - part) + thickness[:, low + 1] * part
    pixel = grid[1] - grid[0]
    smooth = blurs.gaussian(even, (0.2 / step_mm, 0.06 / pixel))
    rise = np.gradient(smooth, pixel, axis=1) * _EDGE_MM
    level = _level(smooth, grid, expected_mm, step_mm)[:, None]
    edges = np.clip(np.stack([rise, -rise]) / level, 0, 1)
    half = expected_mm[:, None] / 2
    sides = np.array([-1.0, 1.0])[:, None, None]
    away = np.abs(sides * grid[None, None, :] - half[None]) / half[None]
    score = edges - _AWAY * away
    # A wall does not lie on the other side of the axis.
    score = np.where(sides * grid[None, None, :] < -0.35 * half[None], -1.0, score)
    path = np.stack([courses.best(side, _MOVE) for side in score])
    found = grid[path]
    support = np.take_along_axis(edges, path[:, :, None], axis=2)[:, :, 0]
    lines = [
        _smooth(found[side], support[side], (2 * side - 1) * expected_mm / 2, step_mm)
        for side in (0, 1)
    ]
    left, right = lines[0] - _BIAS_MM, lines[1] + _BIAS_MM
    wide = np.maximum(right - left, 0.1)
    middle = (left + right) / 2
    return Walls(
        left_mm=middle - wide / 2,
        right_mm=middle + wide / 2,
        rough_mm=np.maximum(found[1] - found[0] + 2 * _BIAS_MM, 0.05),
        support=median_filter(support, size=(1, 3)),
    )


def _level(smooth: Floats, grid: Floats, expected: Floats, step_mm: float) -> Floats:
    """Return the usual thickness of the column along the strip."""
    near = np.abs(grid)[None, :] <= 0.65 * expected[:, None] + 0.1
    peak = np.where(near, smooth, 0).max(1)
    size = min(round(6.0 / step_mm), len(peak)) | 1
    usual = median_filter(peak, size=size, mode="nearest")
    least = max(0.05 * float(ranks.median(usual)), 1e-6)
    return np.asarray(np.maximum(usual, least))


def _smooth(line: Floats, support: Floats, expected: Floats, step_mm: float) -> Floats:
    """Return a wall without dents shorter than 2 mm, bridged where it is not seen."""
    seen = support > 0.2
    if seen.sum() < 5:
        return expected
    at = np.arange(len(line))
    bridged = np.interp(at, at[seen], line[seen])
    size = min(round(4.0 / step_mm), len(line)) | 1
    calm = median_filter(bridged, size=size, mode="nearest")
    # Follow the wall within a tenth of a millimetre of its median course.
    near = np.clip(bridged, calm - 0.1, calm + 0.1)
    # Thin walls jump by a pixel, which is much of a thin duct.
    reach = 0.3 if float(ranks.median(np.abs(expected))) > 0.4 else 1.0
    smooth: Floats = blurs.along(near, reach / step_mm, "nearest")
    return smooth
