"""Branches of a view, numbered through all of its trees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from galactograph.values.arrays import Floats
from galactograph.values.report import Duct, Reading
from galactograph.values.tree import Branch


@dataclass(frozen=True, kw_only=True, eq=False)
class NumberedBranch:
    """A branch with an id that is unique in its view.

    Attributes
    ----------
    identifier, parent
        Ids; parent is None for one that starts at its tree's root.
    duct
        The tree that it belongs to, and `number`, that tree's place in the view.
    calibre_mm : float64, (M,)
        Lumen diameter at each point.
    points : float64, (M, 2) or (M, 3)
        Row and column, with the slice first for tomosynthesis.
    """

    identifier: int
    parent: int | None
    number: int
    duct: Duct
    branch: Branch
    points: Floats
    calibre_mm: Floats

    @property
    def length_mm(self) -> float:
        """Length along the centreline."""
        return float(self.duct.tree.lengths_mm[self.branch.nodes[1:]].sum())

    @property
    def length_px(self) -> float:
        """The same in pixels of the stored image."""
        steps = np.diff(self.points[:, -2:], axis=0)
        return float(np.hypot(steps[:, 0], steps[:, 1]).sum())


def branches(reading: Reading) -> Iterator[NumberedBranch]:
    """Yield all branches of a view, parents first, with ids 0, 1, 2, ..."""
    first = 0
    for number, duct in enumerate(reading.ducts):
        for branch in duct.tree.branches:
            above = branch.parent
            yield NumberedBranch(
                identifier=first + branch.number,
                parent=None if above is None else first + above,
                number=number,
                duct=duct,
                branch=branch,
                points=_points(reading, duct, branch),
                calibre_mm=duct.calibre_mm[branch.nodes],
            )
        first += len(duct.tree.branches)


def _points(reading: Reading, duct: Duct, branch: Branch) -> Floats:
    rows, columns = duct.rows[branch.nodes], duct.columns[branch.nodes]
    if reading.view.frames == 1 or reading.view.depth is None:
        return np.column_stack([rows, columns])
    heights = duct.tree.points_mm[branch.nodes]
    slices = reading.view.image.grid.index_from_panel(heights)[:, 0]
    inside = np.clip(slices, 0, reading.view.frames - 1)
    return np.column_stack([inside, rows, columns])
