"""Trees of points, for asking which way leads from where to where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from galactograph.values.arrays import Bools, Floats, Ints

STEP_MM = 0.2
"""Distance between samples of the true ducts."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Lines:
    """N points of trees: (N, 2) in mm, parents first, -1 where a tree starts."""

    points: Floats
    parents: Ints
    calibre_mm: Floats
    kept: Bools

    @cached_property
    def steps(self) -> Floats:
        """Distance from the parent, (N,); 0 at a root."""
        up = np.maximum(self.parents, 0)
        far: Floats = np.hypot(*(self.points - self.points[up]).T)
        return np.where(self.parents >= 0, far, 0.0)

    @cached_property
    def along(self) -> Floats:
        """Distance from the root along the tree, (N,)."""
        along = self.steps.copy()
        for n, parent in enumerate(self.parents.tolist()):
            if parent >= 0:
                along[n] += along[parent]
        return along

    @cached_property
    def children(self) -> list[list[int]]:
        """The children of each point."""
        below: list[list[int]] = [[] for _ in self.parents]
        for n, parent in enumerate(self.parents.tolist()):
            if parent >= 0:
                below[parent].append(n)
        return below

    @cached_property
    def directions(self) -> Floats:
        """Unit vectors outward (N, 2), over about 1 mm."""
        every = range(len(self.parents))
        back = [self.up(n, 0.5) for n in every]
        fore = [self.down(n, 0.5) for n in every]
        way = self.points[fore] - self.points[back]
        unit: Floats = way / np.maximum(np.hypot(*way.T), 1e-9)[:, None]
        return unit

    def up(self, node: int, mm: float) -> int:
        """Return the point so far nearer the root, or the root."""
        begin = self.along[node]
        while self.parents[node] >= 0 and begin - self.along[node] < mm:
            node = int(self.parents[node])
        return node

    def down(self, node: int, mm: float) -> int:
        """Return the point so far outward, along the widest children, or the tip."""
        begin = self.along[node]
        while self.children[node] and self.along[node] - begin < mm:
            node = max(self.children[node], key=lambda c: self.calibre_mm[c])
        return node

    def way(self, node: int, mm: float) -> list[int]:
        """List the points within so far inward, the nearest first."""
        listed, begin = [node], self.along[node]
        while self.parents[node] >= 0:
            node = int(self.parents[node])
            if begin - self.along[node] > mm:
                break
            listed.append(node)
        return listed

    def apart(self, one: int, other: int) -> float:
        """Return the distance along the tree, inf between trees."""
        total = self.along[one] + self.along[other]
        while one != other:
            one, other = min(one, other), max(one, other)
            other = int(self.parents[other])
            if other < 0:
                return np.inf
        return float(total - 2 * self.along[one])


def resampled(lines: Lines, step_mm: float = STEP_MM) -> Lines:
    """Return the same trees with points no farther apart than `step_mm`."""
    count = np.maximum(1, np.ceil(lines.steps / step_mm)).astype(int)
    place = np.cumsum(count) - 1
    of = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(of)) - np.repeat(place - count + 1, count)
    share = (within + 1) / count[of]
    up = np.where(lines.parents < 0, np.arange(len(count)), lines.parents)
    parents = np.where(within > 0, np.arange(len(of)) - 1, place[up][of])
    parents[(lines.parents[of] < 0) & (within == 0)] = -1

    def between(values: Floats) -> Floats:
        low, high = values[up][of].T, values[of].T
        mixed: Floats = (low + share * (high - low)).T
        return mixed

    return Lines(
        points=between(lines.points),
        parents=parents.astype(np.int64),
        calibre_mm=between(lines.calibre_mm),
        kept=(lines.kept & lines.kept[up])[of],
    )


def joined(
    points: Sequence[Floats], parents: Sequence[Ints], calibres: Sequence[Floats]
) -> Lines:
    """Return several trees (points in mm) as lines."""
    shifts = np.cumsum([0, *(len(some) for some in parents)])
    up = [np.where(p < 0, -1, p + by) for p, by in zip(parents, shifts, strict=False)]
    count = int(shifts[-1])
    return Lines(
        points=np.concatenate([np.zeros((0, 2)), *points]),
        parents=np.concatenate([np.zeros(0, np.int64), *up]).astype(np.int64),
        calibre_mm=np.concatenate([np.zeros(0), *calibres]),
        kept=np.ones(count, bool),
    )
