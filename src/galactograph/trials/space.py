"""Ducts in three dimensions beside the true ones, in the breast at rest.

Frame: x lateral, y behind the base of the nipple, z cranial, mm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from galactograph.trials.samples import STEP_MM
from galactograph.trials.topology import LEAST_MM
from galactograph.values.arrays import Bools, Floats, Ints

NEAR_MM = 4.0
"""A lifted duct is right within this. source: project goal (lesion in space)"""

EVERY = 5
"""One lifted point in so many is kept for percentiles."""


def lifted(
    trees: Sequence[Mapping[str, Any]], truth: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return how well ducts were lifted; None if the truth has no points in space.

    Parameters
    ----------
    trees
        `ducts_3d` of a reading: points_mm (N, 3), parents (N,), and `matched` (N,),
        whether several views (or slices) tell the place. Points that nothing tells are
        not asked.
    truth
        With `points_mm` (N, 3), parents, radii and iodine of its tree.

    Returns
    -------
    dict
        `off_mm`: distances of lifted points from the nearest true filled duct;
        `true_mm`, `hit_mm`: length of true filled duct of 0.25 mm and more, and what
        of it has a lifted duct within 4 mm.
    """
    tree = truth["tree"]
    if "points_mm" not in tree:
        return None
    filled = np.array(tree["iodine_mg_ml"]) > 0
    points, mm, node = _along(tree["points_mm"], np.array(tree["parents"]), filled)
    wide = 2 * np.array(tree["radii_mm"])[node] >= LEAST_MM
    told = [_told(one) for one in trees]
    seen = np.concatenate([np.zeros((0, 3)), *told])
    off = _away(seen, points)[::EVERY]
    hit = _away(points, seen) <= NEAR_MM
    return {
        "off_mm": np.round(off, 2).tolist() if len(points) else [],
        "true_mm": float(mm[wide].sum()),
        "hit_mm": float(mm[wide & hit].sum()),
    }


def _told(tree: Mapping[str, Any]) -> Floats:
    """Return points along a lifted tree whose place is told."""
    parents = np.array(tree["parents"])
    known = np.array(tree.get("matched", [True] * len(parents)), bool)
    return _along(tree["points_mm"], parents, known)[0]


def _along(
    points_mm: Sequence[Sequence[float]], parents: Ints, kept: Bools
) -> tuple[Floats, Floats, Ints]:
    """Return points every half millimetre of steps kept at both ends, and lengths."""
    points = np.array(points_mm, float).reshape(-1, 3)
    node = np.flatnonzero(parents >= 0)
    node = node[kept[node] & kept[parents[node]]]
    start, stop = points[parents[node]], points[node]
    length = np.linalg.norm(stop - start, axis=1)
    count = np.maximum(1, np.ceil(length / (5 * STEP_MM))).astype(int)
    edge = np.repeat(np.arange(len(node)), count)
    within = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    share = (within + 0.5) / np.maximum(count[edge], 1)
    placed = start[edge] + share[:, None] * (stop - start)[edge]
    return placed, (length / np.maximum(count, 1))[edge], node[edge]


def _away(points: Floats, others: Floats) -> Floats:
    if not len(points) or not len(others):
        return np.full(len(points), np.inf)
    away: Floats = cKDTree(others).query(points)[0]
    return away
