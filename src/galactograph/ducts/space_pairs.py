"""Tell whether what two views show may be one thing, and how well it fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from galactograph.ducts.space_findings import Twin, alone, twin_of
from galactograph.ducts.space_frame import Frame
from galactograph.ducts.space_places import Sighting, depth_gap_mm, sight
from galactograph.values.codes import FindingKind
from galactograph.values.report import Duct3D, Finding, Place, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """When two views show the same thing."""

    depth_mm: float = 10.0
    """Largest difference in depth behind the nipple, at rest.
    source: posterior nipple line within 1 cm (DCM 111204, found); domain.md 3.6"""
    along_mm: float = 15.0
    """Largest difference along the duct (assumed)."""
    deep: float = 2.0
    """So many times more depth weighs than the other measures: it is what both views
    show (assumed)."""
    most_sigmas: float = 3.0
    """Farther than this from where the matched branch lies in the other view, what is
    seen there is something else."""
    most_turn_deg: float = 30.0
    """An hour that one view and a matched branch tell is told if its standard error is
    at most this: one hour."""


_ALIKE = (
    {FindingKind.FILLING_DEFECT},
    {FindingKind.FILLING_DEFECTS},
    {FindingKind.TERMINATION},
    {FindingKind.NARROWING},
    {FindingKind.ECTASIA},
    {FindingKind.WALL_IRREGULARITY},
    {FindingKind.EXTRAVASATION},
)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The views of a breast, how each lies in it, and the trees that were lifted."""

    readings: tuple[Reading, ...]
    frames: tuple[Frame | None, ...]
    trees: tuple[Duct3D, ...]

    def twin(self, place: Place) -> Twin | None:
        """Return where another view should show a place."""
        return twin_of(place, self.trees, self.readings, self.frames)

    def sight(self, place: Place) -> Sighting | None:
        """Return what its own view tells of a place."""
        frame = self.frames[place.view]
        return None if frame is None else sight(frame, place.row, place.column)


def mismatch(
    scene: Scene,
    pair: tuple[Finding, Finding],
    settings: Settings,
) -> float | None:
    """Return how badly two findings fit as one; None if they cannot be one."""
    one, other = pair
    mine, theirs = one.places[0], other.places[0]
    if not _may_be_one(scene, one, other):
        return None
    if one.kind is FindingKind.FILLING_DEFECTS:
        # That there are several is said of the whole injected system.
        return 0.0
    here, there = scene.sight(mine), scene.sight(theirs)
    if here is None or there is None:
        return None
    terms = [
        depth_gap_mm(here, there) / settings.depth_mm,
        *_paths(one, other, settings),
        *_branches(scene, ((mine, there), (theirs, here)), settings),
    ]
    if max(terms) > 1:
        return None
    return sum(terms) + settings.deep * terms[0] + _unlike(one, other)


def _may_be_one(scene: Scene, one: Finding, other: Finding) -> bool:
    """Tell whether two findings are of one kind, one side, and of two views."""
    alike = any({one.kind, other.kind} <= kinds for kinds in _ALIKE)
    views = {place.view for place in one.places}
    places = (one.places[0], other.places[0])
    sides = {scene.readings[place.view].view.laterality for place in places}
    apart = not views & {place.view for place in other.places}
    return alike and apart and len(sides - {None}) < 2


def _paths(one: Finding, other: Finding, settings: Settings) -> tuple[float, ...]:
    """Return how the ways along the duct differ; 1 is as much as may be."""
    if one.along_duct_mm is None or other.along_duct_mm is None:
        return ()
    return (abs(one.along_duct_mm - other.along_duct_mm) / settings.along_mm,)


def _branches(
    scene: Scene, pairs: tuple[tuple[Place, Sighting], ...], settings: Settings
) -> Iterator[float]:
    """Yield how far what one view shows lies from where its branch is in the other."""
    for place, seen in pairs:
        spot, axis = alone(place, scene.trees, scene.readings), seen.frame.axis
        if spot is not None and axis is not None:
            off = abs(axis[0] * spot.left_mm + axis[1] * spot.up_mm - seen.across_mm)
            doubt = np.hypot(axis[0] * spot.sigma_mm[0], axis[1] * spot.sigma_mm[2])
            sigma = np.hypot(doubt, seen.sigma_across_mm)
            yield off / (settings.most_sigmas * float(sigma))
            continue
        twin = scene.twin(place)
        if twin is not None and twin.view == seen.frame.view:
            off = abs(twin.sighting.across_mm - seen.across_mm)
            sigma = np.hypot(twin.sighting.sigma_across_mm, seen.sigma_across_mm)
            yield off / (settings.most_sigmas * float(sigma))


def _unlike(one: Finding, other: Finding) -> float:
    """Return how unlike two sizes are: 0 if alike, 1 if one is e times the other."""
    sizes = [one.length_mm or 0.0, other.length_mm or 0.0]
    return float(abs(np.log(sizes[0] / sizes[1]))) if min(sizes) > 0 else 0.0
