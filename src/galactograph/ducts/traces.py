"""A traced tree: smoothed points every few pixels, made of walks along lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from galactograph.ducts import rooting
from galactograph.values.arrays import Floats, Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """A traced tree in pixels.

    Attributes
    ----------
    points : float64, (N, 2)
        Row and column; parents first.
    parents : int32, (N,)
    half_px : float64, (N,)
    strength : float64, (N,)
        0 where a gap was bridged.
    rooted
        Linked to the nipple.
    worth
        Evidence for the whole tree, in mm of certain duct.
    """

    points: Floats
    parents: Ints
    half_px: Floats
    strength: Floats
    rooted: bool
    worth: float


def as_trace(
    walks: list[rooting.Walk],
    members: list[int],
    worth: float,
    *,
    rooted: bool,
    step_px: float,
) -> Trace:
    """Join the walks into points every few pixels, smoothed."""
    points: list[Floats] = []
    parents: list[int] = []
    half: list[float] = []
    strength: list[float] = []
    ends: dict[int, int] = {}
    for number in members:
        walk = walks[number]
        line, wide, strong = resample(walk, step_px)
        above = ends.get(walk.parent, -1)
        first = 0 if above < 0 else 1
        for k in range(first, len(line)):
            parents.append(above)
            above = len(points)
            points.append(line[k])
            half.append(float(wide[k]))
            strength.append(float(strong[k]))
        ends[number] = above
    return Trace(
        points=np.array(points),
        parents=np.array(parents, np.int32),
        half_px=np.array(half),
        strength=np.array(strength),
        rooted=rooted,
        worth=worth,
    )


def resample(walk: rooting.Walk, step_px: float) -> tuple[Floats, Floats, Floats]:
    """Smooth a walk and take points about `step_px` apart, both ends kept."""
    points, half, strength = walk.points, walk.half_px, walk.strength
    if walk.edge.seen and len(points) > 4:
        ends = points[[0, -1]]
        points = gaussian_filter1d(points, 2.0, axis=0, mode="nearest")
        points[[0, -1]] = ends
        half = median_filter(half, size=min(9, len(half)), mode="nearest")
    reach = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    count = max(2, round(reach[-1] / step_px) + 1)
    at = np.linspace(0, reach[-1], count)
    line = np.stack([np.interp(at, reach, points[:, k]) for k in (0, 1)], axis=1)
    return line, np.interp(at, reach, half), np.interp(at, reach, strength)
