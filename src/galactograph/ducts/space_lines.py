"""A traced tree thinned out, with what two views of it have in common.

Short side branches and most of the points are left out: two views of a lobe show a
hundred twigs at the same depth, and nobody can say which of them is which.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galactograph.ducts.space_frame import Frame
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.report import Duct


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much is left out."""

    least_branch_mm: float = 5.0
    """Side branches that end sooner are left out (assumed)."""
    step_mm: float = 1.2
    """Distance of the points that are kept, at rest."""
    most_points: int = 450
    """In large trees longer side branches are left out too, until so many are left:
    the time to match two trees goes with the square."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Lines:
    """M points of one tree in one view, parents first; lengths at rest.

    Attributes
    ----------
    frame
        Of the view.
    nodes : int32, (M,)
        Points of the duct that they are.
    parents : int32, (M,)
        Among the M; -1 at the root.
    behind_mm, across_mm : float64, (M,)
        Place at rest.
    steps_mm : float64, (M,)
        Way from the parent along the duct, in the picture's plane at rest.
    log_calibre : float64, (M,)
        Natural log of the lumen diameter in mm.
    log_opacity : float64, (M,)
        Natural log of the attenuation per mm of lumen.
    """

    frame: Frame
    nodes: Ints
    parents: Ints
    behind_mm: Floats
    across_mm: Floats
    steps_mm: Floats
    log_calibre: Floats
    log_opacity: Floats

    def __len__(self) -> int:
        return len(self.nodes)


def lines_of(frame: Frame, duct: Duct, settings: Settings | None = None) -> Lines:
    """Thin one tree out, and place it in the breast."""
    settings = settings or Settings()
    behind, across = frame.rest(duct.rows, duct.columns)
    above = duct.tree.parents
    steps = np.zeros(len(above))
    steps[1:] = np.hypot(behind[1:] - behind[above[1:]], across[1:] - across[above[1:]])
    least = settings.least_branch_mm
    while True:
        long = _long(above, steps, least)
        kept, gone = _thinned(above, steps, long, settings.step_mm)
        if len(kept) <= settings.most_points or least > steps.sum():
            break
        least *= 1.3
    number = np.full(len(above), -1, np.int32)
    number[kept] = np.arange(len(kept))
    parents = np.full(len(kept), -1, np.int32)
    for k, node in enumerate(kept[1:].tolist(), 1):
        up = int(above[node])
        while number[up] < 0:
            up = int(above[up])
        parents[k] = number[up]
    return Lines(
        frame=frame,
        nodes=kept.astype(np.int32),
        parents=parents,
        behind_mm=behind[kept],
        across_mm=across[kept],
        steps_mm=gone,
        log_calibre=np.log(np.maximum(_smooth(above, duct.calibre_mm)[kept], 0.02)),
        log_opacity=np.log(np.maximum(duct.opacity_per_mm[kept], 1e-3)),
    )


def _smooth(above: Ints, values: Floats) -> Floats:
    """Return the mean of each point and its three forebears."""
    up1 = np.maximum(above, 0)
    up2 = up1[up1]
    mean: Floats = (values + values[up1] + values[up2] + values[up1[up2]]) / 4
    return mean


def _long(above: Ints, steps: Floats, least_mm: float) -> Bools:
    """Tell which points lie on branches that reach on far enough, (N,)."""
    below = np.zeros(len(above))
    for node in range(len(above) - 1, 0, -1):
        up = above[node]
        below[up] = max(below[up], below[node] + steps[node])
    children = np.bincount(above[1:], minlength=len(above))
    long = np.ones(len(above), bool)
    for node in range(1, len(above)):
        up = above[node]
        alone = children[up] == 1
        far = below[node] + steps[node] >= least_mm
        # The longest way on from a fork is no side branch, however short.
        main = below[node] + steps[node] >= below[up] - 1e-9
        long[node] = long[up] and (alone or far or main)
    return long


def _thinned(
    above: Ints, steps: Floats, long: Bools, step_mm: float
) -> tuple[Ints, Floats]:
    """Return the points that are kept, and the way of each from the one kept before."""
    on = np.flatnonzero(long)
    children = np.bincount(above[on[1:]], minlength=len(above))
    since = np.zeros(len(above))
    kept, gone = [0], [0.0]
    for node in on[1:].tolist():
        way = since[above[node]] + steps[node]
        if way >= step_mm or children[node] != 1:
            kept.append(node)
            gone.append(way)
            way = 0.0
        since[node] = way
    return np.array(kept), np.array(gone)
