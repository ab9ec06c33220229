"""The ducts of one view as flat arrays: the true ones and the traced ones alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from galactograph.errors import InvalidValue
from galactograph.values.arrays import Bools, Floats, Ints, seal


@dataclass(frozen=True, kw_only=True, eq=False)
class Forest:
    """All duct trees of one view, in its pixels.

    N is the number of centreline points; every point comes after its parent.

    Attributes
    ----------
    points : float64, (N, 2)
        Row and column.
    parents : int32, (N,)
        Index of the parent; -1 where a tree starts.
    calibre_mm : float64, (N,)
        Lumen diameter in the object plane.
    pixel_mm
        Size of a pixel in the object plane.
    """

    points: Floats
    parents: Ints
    calibre_mm: Floats
    pixel_mm: float

    def __post_init__(self) -> None:
        n = seal(self, "points", "f8", (None, 2))
        seal(self, "parents", "i4", (n,))
        seal(self, "calibre_mm", "f8", (n,))
        if not self.pixel_mm > 0:
            raise InvalidValue(f"pixel_mm must be > 0, got {self.pixel_mm}")
        if (self.parents >= np.arange(n)).any() or (self.parents < -1).any():
            raise InvalidValue("every point must come after its parent")

    def __len__(self) -> int:
        return len(self.parents)

    @cached_property
    def steps_mm(self) -> Floats:
        """Distance of each point from its parent; 0 at a root, (N,)."""
        steps = np.zeros(len(self))
        inner = np.flatnonzero(self.parents >= 0)
        moved = self.points[inner] - self.points[self.parents[inner]]
        steps[inner] = np.hypot(*moved.T) * self.pixel_mm
        return steps

    @cached_property
    def from_root_mm(self) -> Floats:
        """Distance of each point from the root of its tree, along the duct, (N,)."""
        reach = self.steps_mm.tolist()
        for n, parent in enumerate(self.parents.tolist()):
            if parent >= 0:
                reach[n] += reach[parent]
        return np.array(reach, np.float64)

    @cached_property
    def roots(self) -> Ints:
        """Root of the tree of each point, (N,)."""
        roots = list(range(len(self)))
        for n, parent in enumerate(self.parents.tolist()):
            if parent >= 0:
                roots[n] = roots[parent]
        return np.array(roots, np.int64)

    @cached_property
    def children(self) -> Ints:
        """Number of children of each point, (N,)."""
        inner = self.parents[self.parents >= 0]
        return np.bincount(inner, minlength=len(self))

    @cached_property
    def branches(self) -> Ints:
        """Branch of each point, (N,); a fork ends its branch, a root has -1."""
        numbers, count = [-1] * len(self), 0
        children = self.children.tolist()
        for n, parent in enumerate(self.parents.tolist()):
            if parent < 0:
                continue
            if numbers[parent] >= 0 and children[parent] == 1:
                numbers[n] = numbers[parent]
            else:
                numbers[n] = count
                count += 1
        return np.array(numbers, np.int64)

    @cached_property
    def headings(self) -> Floats:
        """Direction in which the duct comes to each point, unit or 0, (N, 2)."""
        step = np.zeros((len(self), 2))
        inner = np.flatnonzero(self.parents >= 0)
        step[inner] = self.points[inner] - self.points[self.parents[inner]]
        size = np.hypot(*step.T)[:, None]
        heading: Floats = np.divide(step, size, out=np.zeros_like(step), where=size > 0)
        return heading

    @cached_property
    def length_mm(self) -> float:
        """Length of all ducts."""
        return float(self.steps_mm.sum())

    def part(self, kept: Bools) -> Forest:
        """Return the points that are `kept`; where a parent goes, a tree starts."""
        number = np.full(len(self) + 1, -1)
        number[:-1][kept] = np.arange(int(np.count_nonzero(kept)))
        return Forest(
            points=self.points[kept],
            parents=number[self.parents[kept]],
            calibre_mm=self.calibre_mm[kept],
            pixel_mm=self.pixel_mm,
        )

    def down_to(self, least_mm: float) -> Forest:
        """Return each tree as far as its last lumen of `least_mm` and more.

        A narrow place on the way to a wider one stays, so that nothing falls apart.
        """
        kept = (self.calibre_mm >= least_mm).tolist()
        parents = self.parents.tolist()
        for n in range(len(self) - 1, 0, -1):
            if kept[n] and parents[n] >= 0:
                kept[parents[n]] = True
        return self.part(np.array(kept, np.bool_))


def nothing(pixel_mm: float) -> Forest:
    """Return a view without ducts."""
    return Forest(
        points=np.zeros((0, 2)),
        parents=np.zeros(0, np.int32),
        calibre_mm=np.zeros(0),
        pixel_mm=pixel_mm,
    )
