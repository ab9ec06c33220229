"""Place the nipple with the help of the ducts that lead to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from galactograph.values.report import Duct, Nipple, Scene
from galactograph.values.study import View

SURE = 0.9
"""A clear bump on the skin line needs no help (assumed)."""

REACH_MM = 12.0
"""Farthest end of a trunk that may speak for the nipple (assumed)."""


def refine(view: View, scene: Scene, ducts: tuple[Duct, ...]) -> Nipple | None:
    """Return the nipple; where the outline is unsure, drawn to the widest trunk.

    The trunk is followed outward to the skin: the nipple lies where it arrives.
    """
    nipple = scene.nipple
    rooted = [duct for duct in ducts if duct.rooted]
    if nipple is None or not rooted or nipple.confidence >= SURE:
        return nipple
    trunk = max(rooted, key=lambda duct: duct.tree.total_length_mm)
    points = np.stack([trunk.rows, trunk.columns], axis=1)
    first = points[0]
    main = (
        points[trunk.tree.branches[0].nodes[: 1 + 12]]
        if trunk.tree.branches
        else (points[:1])
    )
    way = first - main[-1]
    far = float(np.hypot(*way))
    if far < 2 or not len(scene.skin):
        return nipple
    way /= far
    ahead = (scene.skin - first) @ way
    beside = np.abs((scene.skin - first) @ np.array([-way[1], way[0]]))
    cost = np.where(ahead > -2, beside + 0.2 * np.abs(ahead), np.inf)
    best = int(np.argmin(cost))
    spot = scene.skin[best]
    pixel_mm = view.image.grid.pixel_mm
    if np.hypot(*(spot - first)) * pixel_mm > REACH_MM:
        return nipple
    # Both witnesses count: the outline by its confidence, the trunk by the rest.
    share = nipple.confidence
    row, column = share * np.array([nipple.row, nipple.column]) + (1 - share) * spot
    return replace(
        nipple,
        row=float(row),
        column=float(column),
        confidence=float(min(0.95, nipple.confidence + 0.2)),
        reason=nipple.reason + ", and the trunk that leads to it",
    )
