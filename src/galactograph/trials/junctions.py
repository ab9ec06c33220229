"""Crossings against branchings: what a reader made of the places where lines meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from galactograph.trials.forest import Forest
from galactograph.trials.lengths import LEAST_MM
from galactograph.trials.samples import Course, sample
from galactograph.values.arrays import Bools, Floats, Ints

TOUCH_MM = 0.12
"""Two lines cross where samples of both lie this near: a step and a bit (derived)."""

CROSS_DEG = 20.0
"""Least angle of a crossing; at less, lines run over one another.
source: design of the reading wing (acute crossings are intervals, assumed)"""

PASS_MM = 1.0
"""Both lines must go on this far beyond a crossing on either side, and a twig must be
this long to make a fork (assumed)."""

READ_MM = 0.15
"""Traced lines of this calibre and more count: calibres of the thinnest lumina that are
asked for are read a few hundredths off (assumed)."""

SITE_MM = 1.0
"""What was read within this distance is what was read there (assumed)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Junctions:
    """Where lines meet, in pixels: (C, 2) crossings and (F, 2) branchings."""

    crossings: Floats
    branchings: Floats


def junctions(forest: Forest, least_mm: float = LEAST_MM) -> Junctions:
    """Find crossings and branchings among ducts of `least_mm` and more."""
    wide = forest.down_to(least_mm)
    course = sample(wide)
    if not len(course):
        none = np.zeros((0, 2))
        return Junctions(crossings=none, branchings=none)
    crossings = _crossings(wide, course)
    return Junctions(
        crossings=_thinned(crossings, SITE_MM / wide.pixel_mm),
        branchings=wide.points[_forks(wide)],
    )


def _forks(forest: Forest) -> Ints:
    """Return points from which two or more branches of 1 mm and more go on."""
    reach = forest.steps_mm.copy()
    beyond = np.zeros(len(forest))
    for n in range(len(forest) - 1, -1, -1):
        reach[n] += beyond[n]
        parent = forest.parents[n]
        if parent >= 0:
            beyond[parent] = max(beyond[parent], reach[n])
    inner = (forest.parents >= 0) & (reach >= PASS_MM)
    arms = np.bincount(forest.parents[inner], minlength=len(forest))
    # At a root no duct comes in: two arms are one line that bends there.
    return np.flatnonzero((arms >= 2) & (forest.parents >= 0))


def _crossings(forest: Forest, course: Course) -> Floats:
    """Return the middles of touching samples of two ducts that pass each other."""
    tree = cKDTree(course.points)
    pairs = tree.query_pairs(TOUCH_MM / forest.pixel_mm, output_type="ndarray")
    if not len(pairs):
        return np.zeros((0, 2))
    one, other = pairs.T
    foreign = course.branch[one] != course.branch[other]
    one, other = one[foreign], other[foreign]
    heading = course.heading
    cosine = np.abs((heading[one] * heading[other]).sum(axis=1))
    steep = cosine <= np.cos(np.radians(CROSS_DEG))
    one, other = one[steep], other[steep]
    passing = _inside(forest, course)
    keep = passing[one] & passing[other] & ~_akin(forest, course, one, other)
    one, other = one[keep], other[keep]
    middles: Floats = (course.points[one] + course.points[other]) / 2
    return middles


def _inside(forest: Forest, course: Course) -> Bools:
    """Tell which samples have at least 1 mm of duct before and behind them."""
    reach = forest.from_root_mm.copy()
    for n in range(len(forest) - 1, 0, -1):
        parent = forest.parents[n]
        if parent >= 0:
            reach[parent] = max(reach[parent], reach[n])
    rest = reach[course.node] - course.along_mm
    inside: Bools = (course.along_mm >= PASS_MM) & (rest >= PASS_MM)
    return inside


def _akin(forest: Forest, course: Course, one: Ints, other: Ints) -> Bools:
    """Tell which pairs lie on two arms of one fork, hard by it.

    Along the duct, from one to the other, it is not much farther than across.
    """
    akin = np.zeros(len(one), np.bool_)
    parents, reach = forest.parents.tolist(), forest.from_root_mm
    for k, (a, b) in enumerate(zip(course.node[one], course.node[other], strict=True)):
        first, second = int(a), int(b)
        budget = 2 * PASS_MM + forest.calibre_mm[[first, second]].max()
        high = max(reach[first], reach[second]) - budget
        while first != second and max(first, second) >= 0:
            # The later point comes after its parent: step it back.
            later = max(first, second)
            if reach[later] < high - budget:
                break
            first, second = min(first, second), parents[later]
        if first == second and first >= 0:
            length = course.along_mm[one[k]] + course.along_mm[other[k]]
            akin[k] = length - 2 * reach[first] <= 2 * budget
    return akin


def _thinned(points: Floats, reach_px: float) -> Floats:
    """Return one point of every cluster: their middle, in a fixed order."""
    left = np.ones(len(points), np.bool_)
    kept = []
    tree = cKDTree(points) if len(points) else None
    for k in range(len(points)):
        if left[k] and tree is not None:
            group = [g for g in tree.query_ball_point(points[k], reach_px) if left[g]]
            kept.append(points[group].mean(axis=0))
            left[group] = False
    return np.array(kept).reshape(-1, 2)


def told_apart(true: Forest, found: Forest) -> dict[str, int]:
    """Return what was read at true crossings and branchings.

    A place that is both, within 1 mm, is not asked. It is read as what it is if such a
    one was read within 1 mm, else as the other if that was, else as neither.

    Returns
    -------
    dict
        `crossing_as_crossing`, `crossing_as_branching`, `crossing_as_neither`, and
        the same for branchings.
    """
    real, read = junctions(true), junctions(found, READ_MM)
    reach = SITE_MM / true.pixel_mm
    counts = {}
    both = {
        "crossing": (real.crossings, read.crossings),
        "branching": (real.branchings, read.branchings),
    }
    for name, other in (("crossing", "branching"), ("branching", "crossing")):
        sites = both[name][0]
        asked = sites[_away(sites, both[other][0]) > reach]
        good = _away(asked, both[name][1]) <= reach
        bad = ~good & (_away(asked, both[other][1]) <= reach)
        counts[f"{name}_as_{name}"] = int(good.sum())
        counts[f"{name}_as_{other}"] = int(bad.sum())
        counts[f"{name}_as_neither"] = int((~good & ~bad).sum())
    return counts


def _away(points: Floats, others: Floats) -> Floats:
    if not len(points) or not len(others):
        return np.full(len(points), np.inf)
    away: Floats = cKDTree(others).query(points)[0]
    return away


def f1(counts: dict[str, int]) -> float | None:
    """Return F1 of crossings, among the places read as one or the other.

    Examples
    --------
    >>> f1({"crossing_as_crossing": 8, "crossing_as_branching": 2,
    ...     "branching_as_crossing": 0})
    0.8888888888888888
    """
    good = counts["crossing_as_crossing"]
    bad = counts["crossing_as_branching"] + counts["branching_as_crossing"]
    return 2 * good / (2 * good + bad) if good + bad else None
