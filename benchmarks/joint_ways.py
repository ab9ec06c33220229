"""Which traced ways lead to the root as the true ones do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from benchmarks.joint_lines import Lines
from galactograph.values.arrays import Bools, Floats

TOLERANCE_MM = 0.5
"""A traced point beside a true one lies within this distance (as in `scoring`)."""
STRAY_MM = 3.0
"""A traced way may leave the true one for so long (assumed)."""
BEGIN_MM = 5.0
"""The first stretch of a way is not judged: the nipple (assumed)."""
STRETCH_MM = 2.0
"""Shorter traced stretches are chance: a line that crosses is no part of a duct."""


def beside(true: Lines, found: Lines) -> tuple[list[list[int]], Bools]:
    """Return the traced points beside each true one, and whether any runs along it.

    Stretches shorter than 2 mm do not count as traced.
    """
    if not len(found.parents):
        return [[] for _ in true.parents], np.zeros(len(true.parents), bool)
    reach = np.maximum(TOLERANCE_MM, 0.3 * true.calibre_mm)
    near = cKDTree(found.points).query_ball_point(
        true.points, reach, return_sorted=True
    )
    along = np.array(
        [
            bool(len(some))
            and bool(kept)
            and bool((np.abs(found.directions[some] @ way) > 0.7).any())
            for some, way, kept in zip(near, true.directions, true.kept, strict=True)
        ]
    )
    return list(near), along & (_stretches(true, along) >= STRETCH_MM)


def _stretches(true: Lines, traced: Bools) -> Floats:
    """Return the length of the traced stretch that each point lies on, (N,)."""
    above = np.zeros(len(traced))
    below = np.zeros(len(traced))
    for n, parent in enumerate(true.parents.tolist()):
        if traced[n] and parent >= 0 and traced[parent]:
            above[n] = above[parent] + true.steps[n]
    for n in range(len(traced) - 1, 0, -1):
        parent = int(true.parents[n])
        if parent >= 0 and traced[n] and traced[parent]:
            below[parent] = max(below[parent], below[n] + true.steps[n])
    return np.where(traced, above + below, 0.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ways:
    """What was traced of the true points (N,), and what of it has its right way."""

    traced: Bools
    way_right: Bools
    parent_right: Bools
    wrong_joints: tuple[int, ...]


def follow(true: Lines, found: Lines) -> Ways:
    """Follow the true ways and the traced ones together, from the root outward."""
    near, traced = beside(true, found)
    above = [set(found.way(t, STRAY_MM)) for t in range(len(found.parents))]
    strict, _ = _followed(true, found, near, traced, above, anew=False)
    _, wrong = _followed(true, found, near, traced, above, anew=True)
    parent_right = traced.copy()
    for joint in wrong:
        parent_right[_stretch_of(true, joint)] = False
    return Ways(
        traced=traced,
        way_right=strict & traced,
        parent_right=parent_right & traced,
        wrong_joints=tuple(wrong),
    )


def _followed(
    true: Lines,
    found: Lines,
    near: list[list[int]],
    traced: Bools,
    above: list[set[int]],
    *,
    anew: bool,
) -> tuple[Bools, list[int]]:
    """Tell which true points have a right way, and list where ways first go wrong.

    With `anew`, a way that went wrong counts as right from there on.
    """
    ok: list[set[int]] = []
    begun = np.full(len(traced), np.inf)
    wrong = []
    for n, parent in enumerate(true.parents.tolist()):
        if parent >= 0:
            begun[n] = begun[parent]
        if traced[n]:
            begun[n] = min(begun[n], true.along[n])
        right: set[int] = set()
        for higher in true.way(n, STRAY_MM)[1:]:
            right |= ok[higher]
        first = true.along[n] - begun[n] <= BEGIN_MM
        mine: set[int] = set()
        for t in near[n]:
            begins = first and found.along[t] <= BEGIN_MM
            if begins or not above[t].isdisjoint(right | mine):
                mine.add(t)
        if anew and traced[n] and not mine:
            wrong.append(n)
            mine = set(near[n])
        ok.append(mine)
    return np.array([bool(some) for some in ok]), wrong


def _stretch_of(true: Lines, node: int) -> list[int]:
    """List the points from `node` to the next true fork."""
    listed = [node]
    while len(true.children[node]) == 1:
        node = true.children[node][0]
        listed.append(node)
    return listed
