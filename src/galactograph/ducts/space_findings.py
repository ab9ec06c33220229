"""What the matched trees tell of a finding that one view shows.

The branch that bears it was matched with a branch of the other view: so the third
direction of its place is known, and whether the other view should show it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from galactograph.ducts.space_frame import Frame
from galactograph.ducts.space_places import Sighting, Spot
from galactograph.values.codes import Laterality
from galactograph.values.report import Duct3D, Place, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How far a finding may lie from its duct."""

    most_aside_mm: float = 4.0
    """Farther from the lifted branch than this a finding is not on it (assumed: half a
    wide lesion)."""
    most_sigma_mm: float = 8.0
    """A direction that is less sure than this is not told (assumed)."""


@dataclass(frozen=True, kw_only=True)
class Twin:
    """Where the other view should show a place.

    Attributes
    ----------
    sighting
        What the other view would tell of it.
    node
        Point of the other view's duct; -1 if the branch itself was not matched.
    view, duct
        Which view, and which of its ducts.
    """

    sighting: Sighting
    node: int
    view: int
    duct: int


def twin_of(
    place: Place,
    trees: Sequence[Duct3D],
    readings: Sequence[Reading],
    frames: Sequence[Frame | None],
    settings: Settings | None = None,
) -> Twin | None:
    """Return where another view should show a place; None if nothing tells it."""
    settings = settings or Settings()
    for tree in trees:
        mine = [k for k, named in enumerate(tree.ducts) if named[0] == place.view]
        if not mine or tree.ducts[mine[0]][1] != place.duct:
            continue
        point = _nearest(place, tree, mine[0], readings, settings)
        if point is None:
            continue
        for k, (view, duct) in enumerate(tree.ducts):
            frame = frames[view]
            if k == mine[0] or frame is None or frame.axis is None:
                continue
            sighting = _seen_by(frame, tree, point, readings[view].view.laterality)
            if sighting.sigma_across_mm <= settings.most_sigma_mm:
                node = int(tree.nodes[point, k])
                return Twin(sighting=sighting, node=node, view=view, duct=duct)
    return None


def alone(
    place: Place,
    trees: Sequence[Duct3D],
    readings: Sequence[Reading],
    settings: Settings | None = None,
) -> Spot | None:
    """Return where a place of a view of slices lies; None if no tree of it is near."""
    settings = settings or Settings()
    for tree in trees:
        if tree.ducts != ((place.view, place.duct),):
            continue
        point = _nearest(place, tree, 0, readings, settings)
        if point is not None:
            x, y, z = tree.tree.points_mm[point].tolist()
            a, b, c = tree.sigma_mm[point].tolist()
            left = readings[place.view].view.laterality is Laterality.LEFT
            return Spot(
                left_mm=x if left else -x, behind_mm=y, up_mm=z, sigma_mm=(a, b, c)
            )
    return None


def _nearest(
    place: Place,
    tree: Duct3D,
    which: int,
    readings: Sequence[Reading],
    settings: Settings,
) -> int | None:
    """Return the point of the lifted tree at which a view shows a place."""
    view, duct = tree.ducts[which]
    shown, spacing = readings[view].ducts[duct], readings[view].view.image.grid
    points = np.flatnonzero(tree.nodes[:, which] >= 0)
    nodes = tree.nodes[points, which]
    away = np.hypot(
        (shown.rows[nodes] - place.row) * spacing.spacing_mm[0],
        (shown.columns[nodes] - place.column) * spacing.spacing_mm[1],
    )
    best = int(np.argmin(away))
    near = away[best] <= settings.most_aside_mm
    return int(points[best]) if near else None


def _seen_by(
    frame: Frame, tree: Duct3D, point: int, side: Laterality | None
) -> Sighting:
    """Return what a view would tell of a point of a lifted tree."""
    x, y, z = tree.tree.points_mm[point]
    sigma = tree.sigma_mm[point]
    axis = frame.axis or (0.0, 0.0)
    left = x if side is Laterality.LEFT else -x
    return Sighting(
        frame=frame,
        behind_mm=float(y),
        across_mm=float(axis[0] * left + axis[1] * z),
        sigma_behind_mm=float(sigma[1]),
        sigma_across_mm=float(np.hypot(axis[0] * sigma[0], axis[1] * sigma[2])),
        lifted=True,
    )
