"""Whether ducts hang together as they do: parents and roots.

The share of length whose parent is right follows the rooted-tree scores of retinal
and neuron tracing (Estrada 2015, DIADEM: remembered), told without matching nodes:
just beyond its fork, the traced way to the nipple must run along the true one.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from galactograph.trials.forest import Forest
from galactograph.trials.samples import SAME_WAY, Course, reach_mm, sample
from galactograph.values.arrays import Bools, Floats, Ints

LEAST_MM = 0.25
"""Thinner lumina are not asked. source: design of the reading wing (assumed)"""

LEAVE_MM = 0.6
"""A way has left a branch when it is this far, and a radius, from all of it
(assumed: the looser tolerance of a centreline and a sample)."""

CANDIDATES = 8
"""Traced points that a true sample is compared with (assumed)."""

NIPPLE_MM = 3.0
"""A root is right within this distance of where the true tree begins (assumed: a
duct shows first within the nipple, which is some 10 mm across)."""


def parents(true: Forest, found: Forest) -> tuple[float, float]:
    """Return the length of true duct whose parent is right, and that was found, mm.

    Of every found piece of a true branch the traced way to the root is followed to
    where it leaves the branch. It is right if it then runs along the true way to the
    orifice; of a first branch, if it ends near the true orifice without leaving.
    """
    wide = true.down_to(LEAST_MM)
    course = sample(wide)
    if not len(course) or not len(found):
        return 0.0, 0.0
    nodes, fits = _candidates(wide, course, found)
    hit = fits.any(axis=1)
    right = 0.0
    for branch in range(int(course.branch.max()) + 1):
        mine = np.flatnonzero((course.branch == branch) & hit)
        if len(mine):
            good = _lead_on(branch, nodes[mine], fits[mine], wide, found)
            right += float(course.mm[mine][good].sum())
    return right, float(course.mm[hit].sum())


def _candidates(true: Forest, course: Course, found: Forest) -> tuple[Ints, Bools]:
    """Return traced points near each true sample, (K, C), and which may be the same.

    Near enough, and of a duct that runs the same way: where ducts cross or lie over
    one another, the nearest may be of the other.
    """
    count = min(CANDIDATES, len(found))
    far, nodes = cKDTree(found.points).query(course.points, k=np.arange(1, count + 1))
    reach = reach_mm(course.calibre_mm, true.pixel_mm, None)
    # Half a traced step lies between a sample and the nearest traced point.
    reach = (reach + 0.5 * _step_mm(found)) / true.pixel_mm
    near = far <= reach[:, None]
    mine, theirs = course.heading, found.headings[nodes]
    along = np.abs((theirs * mine[:, None, :]).sum(axis=2)) >= SAME_WAY
    # If none runs the same way, the nearest has to do.
    alone = np.flatnonzero(~(near & along).any(axis=1))
    along[alone, 0] = True
    return nodes, near & along


def _step_mm(forest: Forest) -> float:
    steps = forest.steps_mm[forest.parents >= 0]
    return float(np.median(steps)) if len(steps) else 0.0


def _lead_on(
    branch: int, nodes: Ints, fits: Bools, true: Forest, found: Forest
) -> Bools:
    """Tell of which samples a traced way to the root leaves `branch` rightly.

    Parameters
    ----------
    nodes, fits : (M, C)
        Traced points of each sample of the branch, and which count.
    """
    own = np.flatnonzero(true.branches == branch)
    first = int(true.parents[own[0]])
    own = np.append(own, first)
    leave = (LEAVE_MM + true.calibre_mm[own].max() / 2) / true.pixel_mm
    mine = cKDTree(_between(true, own))
    way = _way(true, first)
    beyond = cKDTree(_between(true, way)) if len(way) > 1 else None
    close = (LEAVE_MM + true.calibre_mm[way].max() / 2) / true.pixel_mm
    start = true.points[way[-1]]
    verdicts: dict[int, bool] = {}

    def follow(node: int) -> bool:
        walked = []
        while node not in verdicts:
            walked.append(node)
            at = found.points[node]
            above = int(found.parents[node])
            left = mine.query(at)[0] > leave
            if left or above < 0:
                # Where a trace ends or goes on to the nipple, it is right only where
                # the true tree begins.
                home = np.hypot(*(at - start)) * true.pixel_mm <= NIPPLE_MM
                on = left and beyond is not None and beyond.query(at)[0] <= close
                verdicts[node] = bool(home or on)
                break
            node = above
        answer = verdicts[node]
        verdicts.update(dict.fromkeys(walked, answer))
        return answer

    good = np.zeros(fits.shape, np.bool_)
    good[fits] = [follow(int(n)) for n in nodes[fits]]
    leads: Bools = good.any(axis=1)
    return leads


def _way(forest: Forest, node: int) -> Ints:
    """Return the points from `node` to the root of its tree."""
    way = [node]
    while forest.parents[way[-1]] >= 0:
        way.append(int(forest.parents[way[-1]]))
    return np.array(way, np.int64)


def _between(forest: Forest, nodes: Ints) -> Floats:
    """Return points and the middles of the steps to their parents."""
    inner = nodes[forest.parents[nodes] >= 0]
    middles = (forest.points[inner] + forest.points[forest.parents[inner]]) / 2
    return np.concatenate([forest.points[nodes], middles])


def root(true: Forest, found: Forest) -> bool | None:
    """Tell whether the largest traced tree begins where the true one does.

    None if either is not there.
    """
    wide = true.down_to(LEAST_MM)
    if not len(wide) or not len(found):
        return None
    start = wide.points[_largest_root(wide)]
    away = np.hypot(*(found.points[_largest_root(found)] - start))
    return bool(away * true.pixel_mm <= NIPPLE_MM)


def _largest_root(forest: Forest) -> int:
    weights = np.bincount(forest.roots, weights=forest.steps_mm)
    return int(np.argmax(weights))
