"""The ductal tree, as nature grew it or as we traced it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from galactograph.errors import InvalidValue
from galactograph.values.arrays import Bools, Floats, Ints, seal


@dataclass(frozen=True, kw_only=True, eq=False)
class Branch:
    """An unbranched stretch of a tree, from one fork (or the orifice) to the next.

    Attributes
    ----------
    number
        Place in `DuctTree.branches`.
    parent
        Number of the branch nearer the nipple; None at the orifice.
    generation
        0 for the duct that leaves the nipple.
    strahler
        1 for a branch that ends in a tip.
    nodes : int32, (M,)
        From the fork (which belongs to the parent too) outward; M >= 2, except
        for a tree of one point.
    """

    number: int
    parent: int | None
    generation: int
    strahler: int
    nodes: Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class DuctTree:
    """A tree of ducts, rooted at its orifice in the nipple.

    N is the number of centreline points. Point 0 is the orifice; every other
    point comes after its parent, so one pass in order visits parents first.

    Attributes
    ----------
    points_mm : float64, (N, 3)
        Centreline. Grown trees: patient frame (LPS). Traced trees are planar:
        panel frame x along columns, y along rows, z = 0 (or slice depth).
    parents : int32, (N,)
        Index of the parent; -1 at the orifice.
    radii_mm : float64, (N,)
        Radius of the lumen; positive.
    """

    points_mm: Floats
    parents: Ints
    radii_mm: Floats

    def __post_init__(self) -> None:
        n = seal(self, "points_mm", "f8", (None, 3))
        seal(self, "parents", "i4", (n,))
        seal(self, "radii_mm", "f8", (n,))
        if n == 0 or self.parents[0] != -1:
            raise InvalidValue("a tree starts at its orifice: parents[0] must be -1")
        rest = self.parents[1:]
        if (rest < 0).any() or (rest >= np.arange(1, n)).any():
            raise InvalidValue("every point must come after its parent")
        if (self.radii_mm <= 0).any():
            raise InvalidValue(f"radii_mm must be > 0, got {self.radii_mm.min():g}")

    def __len__(self) -> int:
        return len(self.parents)

    @cached_property
    def lengths_mm(self) -> Floats:
        """Distance of each point from its parent; 0 at the orifice."""
        steps = self.points_mm[1:] - self.points_mm[self.parents[1:]]
        return np.concatenate([[0.0], np.linalg.norm(steps, axis=1)])

    @cached_property
    def from_orifice_mm(self) -> Floats:
        """Distance of each point from the orifice, along the duct."""
        reach, above = self.lengths_mm.copy(), self.parents.copy()
        # Each turn doubles how far up the sum has gone: the depth's logarithm of turns.
        going = np.flatnonzero(above >= 0)
        while len(going):
            reach[going] += reach[above[going]]
            above[going] = above[above[going]]
            going = going[above[going] >= 0]
        return reach

    @cached_property
    def children(self) -> Ints:
        """Number of children of each point."""
        return np.bincount(self.parents[1:], minlength=len(self))

    @cached_property
    def tips(self) -> Ints:
        """Indices of the points without children, in order."""
        return np.flatnonzero(self.children == 0)

    def beyond(self, node: int) -> Bools:
        """Tell which points lie at or beyond `node`, (N,)."""
        inside = np.zeros(len(self), np.bool_)
        inside[node] = True
        for n, parent in enumerate(self.parents[node + 1 :].tolist(), node + 1):
            if inside[parent]:
                inside[n] = True
        return inside

    @cached_property
    def beyond_counts(self) -> Ints:
        """Number of points at or beyond each point, (N,)."""
        counts = [1] * len(self)
        parents = self.parents.tolist()
        for node in range(len(self) - 1, 0, -1):
            counts[parents[node]] += counts[node]
        return np.array(counts, np.int64)

    @cached_property
    def branch_numbers(self) -> Ints:
        """Branch that each point belongs to, (N,); a fork ends its branch."""
        numbers, count = [0] * len(self), 0
        parents, children = self.parents.tolist(), self.children.tolist()
        for node in range(1, len(self)):
            parent = parents[node]
            if parent > 0 and children[parent] == 1:
                numbers[node] = numbers[parent]
            else:
                numbers[node] = count
                count += 1
        return np.array(numbers, np.int32)

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """The branches, parents first; empty if the tree is a single point."""
        if len(self) == 1:
            return ()
        numbers = self.branch_numbers
        count = int(numbers.max()) + 1
        # A stable sort keeps the points of a branch in order.
        inner = np.split(
            np.argsort(numbers, kind="stable"), np.cumsum(np.bincount(numbers))[:-1]
        )
        starts = [int(self.parents[nodes[nodes > 0][0]]) for nodes in inner]
        parent: list[int | None] = [
            None if start == 0 else int(numbers[start]) for start in starts
        ]
        generation = [0] * count
        orders: list[list[int]] = [[] for _ in range(count)]
        for b in range(count):
            above = parent[b]
            generation[b] = 0 if above is None else generation[above] + 1
        strahler = [1] * count
        for b in reversed(range(count)):
            below = orders[b]
            if below:
                top = max(below)
                strahler[b] = top + (below.count(top) > 1)
            above = parent[b]
            if above is not None:
                orders[above].append(strahler[b])
        return tuple(
            Branch(
                number=b,
                parent=parent[b],
                generation=generation[b],
                strahler=strahler[b],
                nodes=np.concatenate([[starts[b]], inner[b][inner[b] > 0]]).astype(
                    np.int32
                ),
            )
            for b in range(count)
        )

    @property
    def total_length_mm(self) -> float:
        """Sum of all lengths."""
        return float(self.lengths_mm.sum())
