"""How high in the slab each point of a traced tree lies, from a stack of slices.

The loader keeps the largest value over the slices, and from which slice it came. In
one pixel that is noise as much as duct: tomosynthesis blurs along the beam, and the
largest of forty noisy values is anywhere near the middle of the blur. A duct is long,
and goes up and down smoothly. So the slice is the median over the lumen around each
point, and the tree of them is smoothed as a whole, with doubt for what lies far off:

    sum of w (z - d)^2  +  stiffness * integral of (d2z/ds2)^2 along the ducts

with weights from the spread in each lumen, made less for outliers in turn (Cauchy).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.linalg import spsolve

from galactograph.errors import InvalidValue
from galactograph.values.arrays import Floats, Ints
from galactograph.values.report import Duct
from galactograph.values.study import View
from galactograph.values.tree import DuctTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the depth of a stack is read."""

    lumen_fraction: float = 0.35
    """Of the calibre about the centreline that votes: the walls are not as bright."""
    bend_mm: float = 1.0
    """Length over which votes are averaged. source: best of 1 to 9 mm on two simulated
    dev studies of tomosynthesis (measured)"""
    kink_per_mm: float | None = None
    """Bend beyond which a course is let kink, in mm for the root of a cubed mm of way;
    None: everything is bent alike."""
    rounds: int = 6
    """Of weighing down what lies far off."""
    blur_mm: float = 1.0
    """Least error of one lumen's median, along the beam: tomosynthesis is blurred there
    by some mm (remembered)."""


LENGTH_BEND_MM = 4.0
"""A course for lengths is smoother than one for places, for every wiggle adds length.
source: ducts 3 to 5 % longer than their picture, and not 28 % as at 1 mm, on simulated
dev studies (measured)"""


class Placed(Protocol):
    """What of a traced tree tells its height; see `Duct`."""

    @property
    def tree(self) -> DuctTree:
        """Its points in the picture, mm."""

    @property
    def rows(self) -> Floats:
        """Of its points."""

    @property
    def columns(self) -> Floats:
        """Of its points."""

    @property
    def calibre_mm(self) -> Floats:
        """Of its points."""


def heights_of(
    view: View, duct: Placed, slice_mm: float, settings: Settings | None = None
) -> tuple[Floats, Floats]:
    """Return the slice of each point of a tree, and its standard error, (N,) slices.

    Parameters
    ----------
    slice_mm
        Distance of the slices.

    Raises
    ------
    InvalidValue
        If the view has no depth.
    """
    settings = settings or Settings()
    if view.depth is None:
        raise InvalidValue("a plain image has no depth")
    told, spread = _votes(view, duct, settings)
    spread = np.hypot(spread, settings.blur_mm / slice_mm)
    if len(told) < 3:
        return told, spread
    steps = _flat_steps(duct)
    bends = _bends(duct.tree.parents, steps)
    weight = spread**-2.0
    # So stiff that votes are averaged over the bending length.
    density = float(np.median(weight)) / max(float(steps[1:].mean()), 0.05)
    firm = settings.bend_mm**4 * density
    stiff = (bends.T @ bends) * firm
    for _ in range(settings.rounds):
        smooth = spsolve((diags_array(weight) + stiff).tocsc(), weight * told)
        weight = spread**-2.0 / (1 + ((told - smooth) / (2 * spread)) ** 2)
        if settings.kink_per_mm is not None:
            bent = (bends @ smooth) * (slice_mm / settings.kink_per_mm)
            stiff = bends.T @ diags_array(firm / (1 + bent**2)) @ bends
    return smooth, _errors(duct, told - smooth, spread)


def deepened(view: View, duct: Duct) -> Duct:
    """Return a duct whose points lie in their slices; unchanged in a plain image.

    The slice of the largest value jumps from pixel to pixel, and made ducts several
    times too long.
    """
    if view.depth is None:
        return duct
    grid = view.image.grid
    stiff = Settings(bend_mm=LENGTH_BEND_MM)
    slices, _ = heights_of(view, duct, grid.slice_mm, stiff)
    points = duct.tree.points_mm.copy()
    points[:, 2] = slices * grid.slice_mm + grid.origin_mm[2]
    return replace(duct, tree=replace(duct.tree, points_mm=points))


def _flat_steps(duct: Placed) -> Floats:
    """Return the distance of each point from its parent in the picture, (N,) mm."""
    flat = duct.tree.points_mm[:, :2]
    steps = np.zeros(len(flat))
    steps[1:] = np.hypot(*(flat[1:] - flat[duct.tree.parents[1:]]).T)
    return steps


def _votes(view: View, duct: Placed, settings: Settings) -> tuple[Floats, Floats]:
    """Return the median slice in the lumen about each point, and its error, (N,)."""
    depth = np.asarray(view.depth)
    pixel_mm = view.image.grid.pixel_mm
    reach = np.clip(settings.lumen_fraction * duct.calibre_mm / pixel_mm, 1.0, 8.0)
    told, spread = np.empty(len(duct.rows)), np.empty(len(duct.rows))
    for size in range(1, 9):
        some = np.flatnonzero(np.rint(reach) == size)
        if not len(some):
            continue
        span = np.arange(-size, size + 1)
        down, right = (v.ravel() for v in np.meshgrid(span, span, indexing="ij"))
        inside = down**2 + right**2 <= size**2
        rows = np.rint(duct.rows[some])[:, None].astype(int) + down[inside]
        columns = np.rint(duct.columns[some])[:, None].astype(int) + right[inside]
        values = depth[
            np.clip(rows, 0, depth.shape[0] - 1),
            np.clip(columns, 0, depth.shape[1] - 1),
        ].astype(float)
        told[some] = np.median(values, axis=1)
        off = np.median(np.abs(values - told[some][:, None]), axis=1)
        # Neighbouring pixels share their noise: so many count as a third.
        spread[some] = 1.4826 * off / np.sqrt(max(inside.sum() / 3, 1))
    return told, spread


def _bends(parents: Ints, steps_mm: Floats) -> csr_array:
    """Return the matrix of second differences along the ways of a tree, per mm."""
    node = np.flatnonzero(parents >= 0)
    node = node[parents[parents[node]] >= 0]
    up = parents[node]
    above = parents[up]
    one = 1 / np.maximum(steps_mm[node], 0.05)
    two = 1 / np.maximum(steps_mm[up], 0.05)
    # The slope outward less the slope inward, for a way of the mean step.
    root = np.sqrt((1 / one + 1 / two) / 2) ** -1.0
    row = np.arange(len(node))
    matrix = coo_array(
        (
            np.concatenate([one, -one - two, two]) * np.tile(root, 3),
            (np.tile(row, 3), np.concatenate([node, up, above])),
        ),
        shape=(len(node), len(parents)),
    )
    return matrix.tocsr()


def _errors(duct: Placed, off: Floats, spread: Floats) -> Floats:
    """Return the standard error of each smoothed slice, (N,).

    What is left over on a branch tells how noisy it is. It is not averaged: what
    misleads the votes of a lumen, such as a duct above it, misleads its neighbours.
    """
    errors = np.empty(len(off))
    numbers = duct.tree.branch_numbers
    for number in range(int(numbers.max(initial=0)) + 1):
        on = numbers == number
        left = 1.4826 * float(np.median(np.abs(off[on]))) if on.any() else 0.0
        errors[on] = np.hypot(left, spread[on])
    return errors
