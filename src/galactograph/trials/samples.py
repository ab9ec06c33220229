"""Ducts as samples that stand for their length, and how near two sets of them are.

Positions are (row, column) in pixels, lengths mm in the object plane.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree

from galactograph.trials.forest import Forest
from galactograph.values.arrays import Bools, Floats, Ints

STEP_MM = 0.1
"""Distance between the samples that stand for a duct."""

TOLERANCE_MM = 0.5
"""A centreline is right within this distance (the looser of two; design, assumed)."""

TOLERANCE_PX, TOLERANCE_RADII = 3.0, 0.6
"""A centreline is right within 3 pixels, or 0.6 radii of a wider duct.
source: design of the reading wing (assumed)"""

SAME_WAY = 0.8
"""Least cosine of the angle between two lines that may be one duct (assumed)."""

ALONE_MM = 0.3
"""Least gap to any other duct for a calibre that one picture can tell (assumed)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """K samples along the ducts of a view.

    Attributes
    ----------
    points : float64, (K, 2)
        Row and column.
    mm : float64, (K,)
        Length that each sample stands for.
    calibre_mm : float64, (K,)
    branch : int64, (K,)
        Branch of the tree that a sample lies on.
    along_mm : float64, (K,)
        Distance from the tree's root, along the duct.
    node : int64, (K,)
        Point of the tree at the far end of the piece that a sample lies on.
    heading : float64, (K, 2)
        Unit direction in which the duct runs; 0 where two points are one.
    """

    points: Floats
    mm: Floats
    calibre_mm: Floats
    branch: Ints
    along_mm: Floats
    node: Ints
    heading: Floats

    def __len__(self) -> int:
        return len(self.mm)

    def part(self, chosen: Bools | Ints) -> Course:
        """Return some of the samples."""
        return Course(
            points=self.points[chosen],
            mm=self.mm[chosen],
            calibre_mm=self.calibre_mm[chosen],
            branch=self.branch[chosen],
            along_mm=self.along_mm[chosen],
            node=self.node[chosen],
            heading=self.heading[chosen],
        )


def sample(forest: Forest, kept: Bools | None = None) -> Course:
    """Sample every 0.1 mm along the pieces whose both ends are `kept`, (N,) or all."""
    parents, points = forest.parents, forest.points
    kept = np.ones(len(forest), bool) if kept is None else np.asarray(kept, bool)
    node = np.flatnonzero(parents >= 0)
    node = node[kept[node] & kept[parents[node]]]
    start, stop = points[parents[node]], points[node]
    length = np.hypot(*(stop - start).T) * forest.pixel_mm
    count = np.maximum(1, np.ceil(length / STEP_MM)).astype(int)
    edge = np.repeat(np.arange(len(node)), count)
    within = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    share = (within + 0.5) / np.maximum(count[edge], 1)
    wide, reach = forest.calibre_mm, forest.from_root_mm
    inner, outer = wide[parents[node]][edge], wide[node][edge]
    return Course(
        points=start[edge] + share[:, None] * (stop - start)[edge],
        mm=(length / np.maximum(count, 1))[edge],
        calibre_mm=inner + share * (outer - inner),
        branch=forest.branches[node][edge],
        along_mm=reach[parents[node]][edge] + share * length[edge],
        node=node[edge],
        heading=forest.headings[node][edge],
    )


def course(
    points: Floats,
    parents: Ints,
    calibre_mm: Floats,
    *,
    pixel_mm: float,
    kept: Bools | None = None,
) -> Course:
    """Sample trees given as arrays; see `Forest` and `sample`."""
    trees = Forest(
        points=points, parents=parents, calibre_mm=calibre_mm, pixel_mm=pixel_mm
    )
    return sample(trees, kept)


def join(courses: Iterable[Course]) -> Course:
    """Return all samples of several trees as one; their branches keep apart."""
    every = list(courses)
    none = np.zeros(0)

    def shifted(numbers: list[Ints]) -> Ints:
        sizes = [int(one.max(initial=-1)) + 1 for one in numbers]
        shifts = np.cumsum([0, *sizes])[: len(numbers)]
        moved = [one + by for one, by in zip(numbers, shifts, strict=True)]
        return np.concatenate([none, *moved]).astype(np.int64)

    return Course(
        points=np.concatenate([np.zeros((0, 2)), *(one.points for one in every)]),
        mm=np.concatenate([none, *(one.mm for one in every)]),
        calibre_mm=np.concatenate([none, *(one.calibre_mm for one in every)]),
        branch=shifted([one.branch for one in every]),
        along_mm=np.concatenate([none, *(one.along_mm for one in every)]),
        node=shifted([one.node for one in every]),
        heading=np.concatenate([np.zeros((0, 2)), *(one.heading for one in every)]),
    )


def nearest_px(points: Floats, others: Floats) -> Floats:
    """Return the distance of each point from the nearest other one, (K,) px."""
    if not len(points) or not len(others):
        return np.full(len(points), np.inf)
    distance: Floats = cKDTree(others).query(points)[0]
    return distance


def near(points: Floats, others: Floats, reach_px: float) -> Bools:
    """Tell which points lie within `reach_px` of any of the others."""
    found: Bools = nearest_px(points, others) <= reach_px
    return found


def reach_mm(calibre_mm: Floats, pixel_mm: float, least_mm: float | None) -> Floats:
    """Return how far from a centreline is still right: 0.6 radii, or a least.

    Parameters
    ----------
    least_mm
        For thin ducts; 3 pixels if None.
    """
    least = TOLERANCE_PX * pixel_mm if least_mm is None else least_mm
    far: Floats = np.maximum(least, TOLERANCE_RADII * np.asarray(calibre_mm) / 2)
    return far


def found_along(
    true: Course, found: Course, *, pixel_mm: float, least_mm: float | None = None
) -> Bools:
    """Tell which true samples have a traced centreline near enough, (K,)."""
    far = nearest_px(true.points, found.points) * pixel_mm
    hit: Bools = far <= reach_mm(true.calibre_mm, pixel_mm, least_mm)
    return hit


def right_along(
    found: Course, true: Course, *, pixel_mm: float, least_mm: float | None = None
) -> Bools:
    """Tell which traced samples lie near enough to a true duct, (K,).

    How near is asked by the calibre of the true duct, in steps of a tenth.
    """
    reach = reach_mm(true.calibre_mm, pixel_mm, least_mm)
    right = np.zeros(len(found), bool)
    if not len(true) or not len(found):
        return right
    low = float(reach.min())
    edges = [low]
    while edges[-1] <= float(reach.max()):
        edges.append(edges[-1] * 1.1)
    for first, last in pairwise(edges):
        some = (reach >= first) & (reach < last)
        if some.any():
            todo = np.flatnonzero(~right)
            far = nearest_px(found.points[todo], true.points[some]) * pixel_mm
            right[todo] = far <= first
    return right


def near_duct(points: Floats, true: Course, *, pixel_mm: float) -> Bools:
    """Tell which points lie within 0.5 mm, or 0.6 radii of a wider duct."""
    reach = np.maximum(TOLERANCE_MM, TOLERANCE_RADII * true.calibre_mm / 2)
    hit = np.zeros(len(points), bool)
    steps = np.array([0.0, 0.55, 0.7, 0.9, 1.2, 1.6, np.inf])
    for low, high in pairwise(steps):
        some = (reach >= low) & (reach < high)
        if some.any():
            hit |= near(points, true.points[some], max(low, TOLERANCE_MM) / pixel_mm)
    return hit


def alone(true: Course, chosen: Ints, pixel_mm: float) -> Bools:
    """Tell which chosen samples have no other duct within both radii and 0.3 mm.

    Where ducts lie over one another, one picture cannot tell their calibres.
    """
    isolated = np.ones(len(chosen), bool)
    if not len(chosen):
        return isolated
    tree = cKDTree(true.points)
    widest = float(true.calibre_mm.max())
    reach = (true.calibre_mm[chosen] / 2 + widest / 2 + ALONE_MM) / pixel_mm
    around = tree.query_ball_point(true.points[chosen], reach)
    for k, (mine, others) in enumerate(zip(chosen, around, strict=True)):
        other = np.asarray(others)
        away = np.hypot(*(true.points[other] - true.points[mine]).T) * pixel_mm
        along = np.abs(true.along_mm[other] - true.along_mm[mine])
        # A duct that folds back over itself is another one, too.
        foreign = true.branch[other] != true.branch[mine]
        foreign |= along > 3 * away + 1.0
        gap = away - (true.calibre_mm[other] + true.calibre_mm[mine]) / 2
        isolated[k] = not (foreign & (gap < ALONE_MM)).any()
    return isolated
