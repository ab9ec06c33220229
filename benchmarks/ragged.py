"""Stretches of duct beside what is true of them, and the regions that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from galactograph.finders._places import readable
from galactograph.finders._ripples import Settings, regions, stretches
from galactograph.trials.documents import pixel_mm
from galactograph.trials.findings import Target
from galactograph.values.arrays import Bools
from galactograph.values.report import Reading

Row = Mapping[str, Any]

WALL = "wall-irregularity"

AT_MM = 1.0
"""A stretch is of the duct whose middle line comes this near. source: assumed."""


def ill(truth: Row) -> Bools:
    """Tell which points of the true tree are of a segment with ragged walls, (N,)."""
    parents = np.array(truth["tree"]["parents"])
    found = np.zeros(len(parents), bool)
    for lesion in truth["lesions"]:
        if lesion["kind"] == WALL:
            # The widest point of the segment is named: its first, or the next.
            found[max(parents[lesion["node"]], 0)] = True
    for node in range(1, len(parents)):
        found[node] |= found[parents[node]]
    return found


def stretches_of(reading: Reading, about: Row, truth: Row) -> list[Row]:
    """Return the stretches of a reading; `ill` is None where the tree does not tell."""
    if not readable(reading):
        return []
    mm = pixel_mm(about)
    shown = np.array(about["visible"], bool)
    points, diseased = np.array(about["points"])[shown] * mm, ill(truth)[shown]
    tree = cKDTree(points) if len(points) else None
    found: list[Row] = []
    for one in stretches(reading, Settings()):
        true = None
        if tree is not None:
            away, nearest = tree.query(one.spot_mm)
            true = bool(away <= AT_MM and diseased[nearest])
        found.append(
            {
                "view": about["source"],
                "spot_mm": list(one.spot_mm),
                "signs": dict(one.signs),
                "ill": true,
            }
        )
    return found


def regions_of(
    every: Sequence[Row], odds: Sequence[float], targets: Sequence[Target]
) -> list[Row]:
    """Return the regions of all views of a study as candidates, beside the truth."""
    found: list[Row] = []
    settings = Settings()
    for view in sorted({row["view"] for row in every}):
        mine = [k for k, row in enumerate(every) if row["view"] == view]
        spots = np.array([every[k]["spot_mm"] for k in mine])
        for one in regions(spots, np.array([odds[k] for k in mine]), settings):
            spot = spots[one.centre]
            found.append(
                {
                    "kind": WALL,
                    "view": view,
                    "spot_mm": spot.tolist(),
                    "apart_mm": settings.reach_mm,
                    "signs": dict(one.signs),
                    **beside(spot, view, WALL, targets),
                }
            )
    return found


def beside(
    spot_mm: Any,  # noqa: ANN401  a place, (2,)
    view: str,
    kind: str,
    targets: Sequence[Target],
) -> dict[str, Any]:
    """Return which lesion of its kind a place belongs to, and if any is near."""
    away = {
        number: float(np.hypot(*np.subtract(spot_mm, target.spots[view])))
        for number, target in enumerate(targets)
        if view in target.spots
    }
    near = {k: far for k, far in away.items() if far <= targets[k].near_mm}
    own = [(far, k) for k, far in near.items() if targets[k].kind == kind]
    return {"lesion": min(own)[1] if own else None, "near": bool(near)}
