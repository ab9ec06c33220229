"""How far along its duct a point lies from the orifice.

An orifice lies up to 3 mm beside the middle of the nipple's tip, and the thin duct
behind it is often not seen for some millimetres. Within the nipple ducts run side by
side along its axis: what lies so deep behind the tip is as far from its orifice,
wherever that opens. A way drawn to the tip, or straight from it, would be too long by
a millimetre or two.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d

from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.report import Duct, Edge, Nipple, Scene
from galactograph.values.study import View

NIPPLE_MM = 5.0
"""As deep a duct runs along the nipple's axis. source: nipples stand out 5 to 8 mm in
simulated views (assumed); from 3 to 8 mm the result is the same within 0.2 mm
(measured on simulated dev studies)"""

BESIDE_MM = 3.0
"""Farthest that an orifice lies beside the tip's middle. source: up to 3.4 mm, median
1.8 (measured on simulated views)"""

CALM_MM = 0.5
"""A traced line trembles by a part of a pixel, which makes it 1 % too long; a duct does
not. source: measured on simulated dev studies (0.3 to 0.6 mm serve alike)"""


def from_nipple_mm(
    view: View, scene: Scene, duct: Duct, runs: Sequence[Ints]
) -> Floats:
    """Return the distance of each point of a duct from its orifice, (N,), mm.

    Of a tree that does not reach the nipple, from its own root.

    Parameters
    ----------
    runs
        The tree cut into courses, each outward and from the fork where it begins; the
        one from the root first.
    """
    reach = lengths_mm(duct, view.image.grid.spacing_mm, runs)
    if not duct.rooted or scene.nipple is None:
        return reach
    depth, beside = _behind(scene.nipple, scene.chest_wall, view, duct)
    entry = _entry(runs[0], depth) if runs else 0
    if depth[entry] < 0:
        # The tree lies before the nipple: one of the two is misplaced.
        return reach + float(np.hypot(depth[0], beside[0]))
    unseen = float(np.hypot(depth[entry], max(beside[entry] - BESIDE_MM, 0.0)))
    distance: Floats = np.maximum(reach - reach[entry] + unseen, 0.0)
    return distance


def lengths_mm(
    duct: Duct, spacing_mm: tuple[float, ...], runs: Sequence[Ints]
) -> Floats:
    """Return the distance of each point from the root along the calm line, (N,), mm."""
    down, right = spacing_mm[-2:]
    points = np.stack([duct.rows * down, duct.columns * right], axis=1)
    parents = np.asarray(duct.tree.parents)
    if len(points) < 2:
        return np.zeros(len(points))
    steps = np.hypot(*(points[1:] - points[parents[1:]]).T)
    sigma = CALM_MM / max(float(np.median(steps)), 1e-9)
    calm = points.copy()
    for run in runs:
        # A run starts at a fork, which the course that it leaves has placed.
        first = 0 if run[0] == 0 else 1
        calm[run[first:]] = _calmed(points[run], sigma)[first:]
    reach = np.zeros(len(points))
    steps = np.hypot(*(calm[1:] - calm[parents[1:]]).T)
    for node in range(1, len(points)):
        reach[node] = reach[parents[node]] + steps[node - 1]
    return reach


def _calmed(line: Floats, sigma: float) -> Floats:
    """Return a line (K, 2) without its tremble; both ends stay."""
    past = int(np.ceil(4 * sigma))
    padded = np.pad(line, ((past, past), (0, 0)), "reflect", reflect_type="odd")
    calm: Floats = gaussian_filter1d(padded, sigma, axis=0)[past : past + len(line)]
    return calm


def _behind(
    tip: Nipple, chest_wall: Edge, view: View, duct: Duct
) -> tuple[Floats, Floats]:
    """Return how deep behind the tip, and how far beside it, each point lies, mm."""
    spacing = view.image.grid.spacing_mm
    down = (duct.rows - tip.row) * spacing[-2]
    right = (duct.columns - tip.column) * spacing[-1]
    depth, beside = {
        "left": (-right, down),
        "right": (right, down),
        "top": (-down, right),
        "bottom": (down, right),
    }[chest_wall]
    return depth, np.abs(beside)


def _entry(main: Ints, depth: Floats) -> int:
    """Return the first point of the main course that lies as deep as the nipple is.

    The root if it lies deeper, or if the main course never does.
    """
    deep: Bools = depth[main] >= NIPPLE_MM
    return int(main[np.argmax(deep)]) if deep.any() else 0
