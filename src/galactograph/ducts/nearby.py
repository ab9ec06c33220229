"""Who lies near whom: all traced trees as one forest, and neighbours of each point."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
from scipy.spatial import cKDTree

from galactograph.ducts.sections import normals_of
from galactograph.ducts.tracing import Trace
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.tree import DuctTree

FOLD = 3.0
"""A duct lies over itself where the way along it is this much longer (assumed)."""

UNITED = 6.0
"""Branches share a lumen within so many of their radii from the fork that joins them.

Two round ducts of one calibre leave each other after 1 / sin(half their angle) radii
each: 3 each at the narrowest forks of ducts, 40 degrees (derived).
"""

ON_TOP = 4.0
"""Pixels added to that: where a traced fork lies is not known better (assumed)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Forest:
    """All traces as one: N points of trees with B branches; lengths in pixels.

    Attributes
    ----------
    points, normals : float64, (N, 2)
        Row and column, and the unit vector across.
    parents : int64, (N,)
        -1 where a tree starts; parents first.
    seen : bool, (N,)
        False where a gap was bridged.
    branch : int64, (N,)
    along : float64, (N,)
        Way from the root.
    above : int64, (B,)
        Branch that a branch comes from; -1 at a root.
    start : float64, (B,)
        `along` at the fork that a branch comes from.
    starts : int64, (T + 1,)
        First point of each of T trees.
    """

    points: Floats
    normals: Floats
    parents: Ints
    seen: Bools
    branch: Ints
    along: Floats
    above: Ints
    start: Floats
    starts: Ints

    @property
    def at_fork(self) -> Bools:
        """True for the first point of a branch that leaves a fork, (N,)."""
        before = np.maximum(self.parents, 0)
        forks: Bools = self.branch[before] != self.branch
        return forks & (self.parents >= 0)

    @property
    def steps(self) -> Floats:
        """Distance of each point from its parent, (N,); 0 at roots."""
        before = np.maximum(self.parents, 0)
        gap: Floats = np.hypot(*(self.points - self.points[before]).T)
        return np.where(self.parents >= 0, gap, 0.0)

    def bonds(self, change: Floats | float, through_fork: float) -> Floats:
        """Return how firmly each point holds to its parent: 1 over the variance, (N,).

        `change` is the variance that a pixel of duct adds; `through_fork` the share
        of firmness where a branch leaves a fork.
        """
        bonds = 1 / (change * np.maximum(self.steps, 0.5))
        bonds = np.where(self.at_fork, through_fork * bonds, bonds)
        tied: Floats = np.where(self.parents >= 0, bonds, 0.0)
        return tied

    def cut(self, values: Floats) -> list[Floats]:
        """Return values (N, ...) tree by tree."""
        return [values[i:j] for i, j in pairwise(self.starts)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Nearby:
    """Pieces of other ducts near each of N points, as `kernels.lumina.fit` takes them.

    Attributes
    ----------
    offsets : int64, (N + 1,)
        Neighbours of point n stand from `offsets[n]` to `offsets[n + 1]`.
    links : int64, (K,)
        Point at the outer end of each piece.
    groups : int64, (K,)
        Pieces of one duct have one number, and stand together.
    joined : bool, (K,)
        True where both lumina meet in a fork; else one passes over the other.
    """

    offsets: Ints
    links: Ints
    groups: Ints
    joined: Bools


def forest_of(traces: list[Trace]) -> Forest:
    """Bring traces together."""
    starts = np.cumsum([0, *(len(t.points) for t in traces)]).astype(np.int64)
    branch, along, above, start = [], [], [], []
    total = 0
    for trace in traces:
        tree = DuctTree(
            points_mm=np.column_stack([trace.points, np.zeros(len(trace.points))]),
            parents=trace.parents,
            radii_mm=np.maximum(trace.half_px, 0.1),
        )
        number = tree.branch_numbers.astype(np.int64)
        reach = tree.from_orifice_mm
        count = int(number.max()) + 1
        first = np.flatnonzero(trace.parents >= 0)
        first = first[number[first] != number[trace.parents[first]]]
        before, begin = np.full(count, -1), np.zeros(count)
        before[number[first]] = number[trace.parents[first]] + total
        begin[number[first]] = reach[trace.parents[first]]
        branch.append(number + total)
        along.append(reach)
        above.append(before)
        start.append(begin)
        total += count
    parents = [
        np.where(t.parents >= 0, t.parents + i, -1)
        for t, i in zip(traces, starts[:-1], strict=True)
    ]
    return Forest(
        points=np.concatenate([t.points for t in traces]).astype(float),
        normals=np.concatenate([normals_of(t.points, t.parents) for t in traces]),
        parents=np.concatenate(parents).astype(np.int64),
        seen=np.concatenate([t.strength > 0 for t in traces]),
        branch=np.concatenate(branch),
        along=np.concatenate(along),
        above=np.concatenate(above).astype(np.int64),
        start=np.concatenate(start),
        starts=starts,
    )


def find_nearby(forest: Forest, points: Floats, radii: Floats, reach: Floats) -> Nearby:
    """Find the pieces of other ducts that cast on what each point looks at.

    Parameters
    ----------
    points : (N, 2)
        Where the forest's points are by now.
    radii, reach : (N,)
        Pixels: of the lumen, and how far across each point looks.
    """
    count = len(points)
    found = cKDTree(points).query_ball_point(points, reach + radii + 5)
    many = np.fromiter(map(len, found), np.int64, count)
    others = np.fromiter(chain.from_iterable(found), np.int64, int(many.sum()))
    mine = np.repeat(np.arange(count), many)
    # A wide duct finds the thin one that does not find it.
    a, b = np.concatenate([mine, others]), np.concatenate([others, mine])
    keep = (forest.branch[a] != forest.branch[b]) | _folded(forest, points, radii, a, b)
    keep &= forest.parents[b] >= 0
    a, b = a[keep], b[keep]
    keep = np.hypot(*(points[a] - points[b]).T) < reach[a] + radii[b] + 3
    key = _once(a[keep] * count + b[keep])
    a, b = key // count, key % count
    united = UNITED * (radii[a] + radii[b]) + ON_TOP
    joined = (_way(forest, a, b) < united) & (forest.branch[a] != forest.branch[b])
    groups = 2 * forest.branch[b] + joined
    order = np.lexsort((b, groups, a))
    return Nearby(
        offsets=np.searchsorted(a, np.arange(count + 1)).astype(np.int64),
        links=b[order],
        groups=groups[order],
        joined=joined[order],
    )


def _once(keys: Ints) -> Ints:
    """Return each of the numbers once, in order; of millions, sorting is quickest."""
    keys = np.sort(keys)
    first = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    return keys[first]


def _folded(forest: Forest, points: Floats, radii: Floats, a: Ints, b: Ints) -> Bools:
    """Tell which pairs of points are of one duct that comes back over itself."""
    far = np.hypot(*(points[a] - points[b]).T)
    along = np.abs(forest.along[a] - forest.along[b])
    folded: Bools = along > FOLD * far + 2 * (radii[a] + radii[b])
    return folded


def _way(forest: Forest, a: Ints, b: Ints) -> Floats:
    """Return the way along ducts between points, over up to two forks on either side.

    Infinite where none of those forks is shared.
    """
    way: Floats = np.full(len(a), np.inf)
    for mine, here in _upward(forest, a):
        for theirs, there in _upward(forest, b):
            shared = (mine == theirs) & (mine >= 0)
            through = forest.along[a] - here + forest.along[b] - there
            through = through + np.abs(here - there)
            way = np.where(shared, np.minimum(way, through), way)
    return way


def _upward(forest: Forest, nodes: Ints) -> list[tuple[Ints, Floats]]:
    """List a point's branch, the one above, and the next, and where each is left."""
    own = forest.branch[nodes]
    above = forest.above[own]
    safe = np.maximum(above, 0)
    top = np.where(above >= 0, forest.above[safe], -1)
    return [
        (own, forest.along[nodes]),
        (above, forest.start[own]),
        (top, forest.start[safe]),
    ]


def pieces(forest: Forest, points: Floats, radii: Floats, gains: Floats) -> Floats:
    """Return the piece from its parent to each point, (N, 8), for `lumina.fit`.

    Row, column, radius and gain of both ends; a branch begins at its fork with its
    own radius, not with that of the duct that it leaves.
    """
    before = np.where(forest.at_fork, np.arange(len(points)), forest.parents)
    before = np.maximum(before, 0)
    start = points[np.maximum(forest.parents, 0)]
    table: Floats = np.column_stack(
        [start, radii[before], gains[before], points, radii, gains]
    )
    return np.ascontiguousarray(table)
