"""Bring the views of one breast together: one finding, several places.

A finding in CC and one in a lateral view are the same if they are of one kind and
lie at the same depth behind the nipple, within what compression and rolling move;
which is which is chosen for all of them together (`space_merging`). From both views
follow the clock position and the depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from galactograph.ducts import space_other
from galactograph.ducts.space_findings import alone
from galactograph.ducts.space_frame import frame_of
from galactograph.ducts.space_merging import Merged, merge
from galactograph.ducts.space_pairs import Scene, Settings
from galactograph.ducts.space_places import Sighting, Spot, hour_of, meet, turn_deg
from galactograph.values.codes import Depth, FindingKind, Laterality
from galactograph.values.report import Duct3D, Finding, Place, Reading


def correlate(
    readings: tuple[Reading, ...],
    findings: tuple[Finding, ...],
    trees: tuple[Duct3D, ...] = (),
    settings: Settings | None = None,
) -> tuple[Finding, ...]:
    """Merge findings that two views share, and say where in the breast they lie.

    Parameters
    ----------
    trees
        The ducts in three dimensions: they tell of a finding that one view shows where
        the other should show it.
    """
    settings = settings or Settings()
    frames = tuple(frame_of(reading) for reading in readings)
    scene = Scene(readings=readings, frames=frames, trees=trees)
    ranked = sorted(findings, key=lambda f: -f.confidence)
    merged = merge(scene, ranked, settings)
    every = [one.finding for one in merged]
    placed = [
        _place(scene, replace(one, finding=_compared(scene, one, every)), settings)
        for one in merged
    ]
    return tuple(
        replace(_as_its_first(finding, placed), identifier=f"F{number + 1}")
        for number, finding in enumerate(placed)
    )


def _as_its_first(finding: Finding, placed: Sequence[Finding]) -> Finding:
    """Return several defects with the place of the one that they name first."""
    if finding.kind is not FindingKind.FILLING_DEFECTS:
        return finding
    first = finding.places[0]
    same = (
        one
        for one in placed
        if one.kind is FindingKind.FILLING_DEFECT and first in one.places
    )
    one = next(same, None)
    if one is None:
        # The largest of each view may be two things: together they lie nowhere.
        return replace(finding, clock=None, place_3d_mm=None, sigma_3d_mm=None)
    return replace(
        finding,
        clock=one.clock,
        place_3d_mm=one.place_3d_mm,
        sigma_3d_mm=one.sigma_3d_mm,
    )


def behind_nipple(reading: Reading, place: Place) -> tuple[float, float] | None:
    """Return (depth toward the chest wall, offset along it) from the nipple, in mm.

    The offset is positive toward higher rows (or columns, if the chest wall is at
    the top or bottom edge). None without a nipple or without millimetres.
    """
    nipple, grid = reading.scene.nipple, reading.view.image.grid
    if nipple is None or not grid.has_millimetres:
        return None
    down = (place.row - nipple.row) * grid.spacing_mm[0]
    right = (place.column - nipple.column) * grid.spacing_mm[1]
    return {
        "left": (-right, down),
        "right": (right, down),
        "top": (-down, right),
        "bottom": (down, right),
    }[reading.scene.chest_wall]


def _place(scene: Scene, merged: Merged, settings: Settings) -> Finding:
    """Add depth, and hour and place in the breast where the views allow it."""
    finding = merged.finding
    first = finding.places[0]
    reading = scene.readings[first.view]
    told = replace(finding, depth=_depth(reading, first), clock=None)
    sightings = _sightings(scene, finding)
    spot = meet(sightings)
    if spot is None:
        # Slices tell the third direction better than a matched branch does.
        spot = alone(first, scene.trees, scene.readings)
        twin = scene.twin(first) if spot is None else None
        if twin is not None:
            spot = meet([*sightings, twin.sighting])
        if spot is None:
            return told
    spot = _long(_doubted(scene, spot, merged, settings), finding)
    clear = len(sightings) > 1 and not (merged.doubts or merged.weak)
    sure = clear or turn_deg(spot) <= settings.most_turn_deg
    return replace(
        told,
        clock=hour_of(spot.left_mm, spot.up_mm) if sure else None,
        place_3d_mm=spot.lateral(reading.view.laterality),
        sigma_3d_mm=spot.sigma_mm,
    )


def _sightings(scene: Scene, finding: Finding) -> list[Sighting]:
    """Return what each view tells of the first place that it shows."""
    # Its other places in one view are elsewhere: their mean is nowhere.
    first = {place.view: place for place in reversed(finding.places)}
    told = (
        scene.sight(first[view])
        for view in dict.fromkeys(p.view for p in finding.places)
    )
    return [sighting for sighting in told if sighting is not None]


def _doubted(scene: Scene, spot: Spot, merged: Merged, settings: Settings) -> Spot:
    """Return a place less surely told, by where else it may be."""
    here = np.array([spot.left_mm, spot.behind_mm, spot.up_mm])
    spread = np.square(spot.sigma_mm)
    if merged.weak:
        # Its own view tells the depth; what the other tells may be another's.
        spread = spread + np.square((settings.weak_mm, 0.0, settings.weak_mm))
    for doubt in merged.doubts:
        other = meet([s for p in doubt.places if (s := scene.sight(p)) is not None])
        if other is not None:
            there = np.array([other.left_mm, other.behind_mm, other.up_mm])
            spread = spread + doubt.belief * (there - here) ** 2
    x, y, z = np.sqrt(spread).tolist()
    return replace(spot, sigma_mm=(x, y, z))


def _long(spot: Spot, finding: Finding) -> Spot:
    """Return a place less surely told the longer what lies there is."""
    # The middle of a long stretch is known to about a sixth of its length.
    share = (finding.length_mm or 0.0) / 6
    x, y, z = (float(np.hypot(sigma, share)) for sigma in spot.sigma_mm)
    return replace(spot, sigma_mm=(x, y, z))


def _compared(scene: Scene, merged: Merged, every: Sequence[Finding]) -> Finding:
    """Note what the other view says of a finding, where there is one and it may say."""
    finding = merged.finding
    first = finding.places[0]
    mine = scene.readings[first.view]
    if finding.kind not in space_other.THROUGH:
        return finding
    if len({place.view for place in finding.places}) > 1:
        return space_other.noted(finding, merged.seen)
    sides = (mine.view.laterality, None)
    shown = any(
        other is not mine and other.ducts and other.view.laterality in sides
        for other in scene.readings
    )
    # Slices show what lies over one another: there a second view was not counted.
    flat = all(reading.view.frames == 1 for reading in scene.readings)
    if not shown or not flat:
        return finding
    told = space_other.beside(finding, scene.twin(first), scene.readings, every)
    return space_other.noted(finding, told)


def _depth(reading: Reading, place: Place) -> Depth | None:
    where = behind_nipple(reading, place)
    nipple = reading.scene.nipple
    if where is None or nipple is None:
        return None
    rows, columns = reading.view.image.pixels.shape
    to_wall = {
        "left": nipple.column * reading.view.image.grid.spacing_mm[1],
        "right": (columns - nipple.column) * reading.view.image.grid.spacing_mm[1],
        "top": nipple.row * reading.view.image.grid.spacing_mm[0],
        "bottom": (rows - nipple.row) * reading.view.image.grid.spacing_mm[0],
    }[reading.scene.chest_wall]
    third = where[0] / max(to_wall, 1e-6) * 3
    thirds: list[tuple[float, Depth]] = [
        (1, Depth.ANTERIOR),
        (2, Depth.MIDDLE),
        (np.inf, Depth.POSTERIOR),
    ]
    return next(name for limit, name in thirds if third < limit)


def side_of(readings: tuple[Reading, ...]) -> Laterality | None:
    """Return the side that all views agree on, else None."""
    sides = {r.view.laterality for r in readings if r.view.laterality is not None}
    return sides.pop() if len(sides) == 1 else None
