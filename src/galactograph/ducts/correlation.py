"""Bring the views of one breast together: one finding, several places.

A finding in CC and one in a lateral view are the same if they are of one kind and
lie at the same depth behind the nipple, within what compression and rolling move.
From both views follow the clock position and the depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import numpy as np

from galactograph.ducts import space_other
from galactograph.ducts.space_findings import alone
from galactograph.ducts.space_frame import frame_of
from galactograph.ducts.space_pairs import Scene, Settings, mismatch
from galactograph.ducts.space_places import (
    hour_of,
    meet,
    turn_deg,
)
from galactograph.values.codes import Depth, Laterality
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
    merged = _merged(scene, ranked, settings)
    return tuple(
        replace(
            _place(scene, _compared(scene, finding, merged), settings),
            identifier=f"F{number + 1}",
        )
        for number, finding in enumerate(merged)
    )


def _merged(
    scene: Scene,
    ranked: Sequence[Finding],
    settings: Settings,
) -> list[Finding]:
    """Join what is the same, the pairs that fit best first; the surest comes first."""
    pairs = []
    for i, one in enumerate(ranked):
        for j, other in enumerate(ranked[i + 1 :], i + 1):
            cost = mismatch(scene, (one, other), settings)
            if cost is not None:
                pairs.append((cost, i, j))
    allowed = {(i, j) for _, i, j in pairs}
    groups = {number: [number] for number in range(len(ranked))}
    home = list(range(len(ranked)))
    for _, i, j in sorted(pairs):
        first, second = groups[home[i]], groups[home[j]]
        if first is second or not all(
            (min(a, b), max(a, b)) in allowed for a in first for b in second
        ):
            continue
        keep, gone = sorted((home[i], home[j]))
        groups[keep] = sorted(first + second)
        del groups[gone]
        for number in groups[keep]:
            home[number] = keep
    return [
        reduce(_join, (ranked[number] for number in group))
        for _, group in sorted(groups.items())
    ]


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


def _join(one: Finding, other: Finding) -> Finding:
    """Return the finding as seen in both views; two views make it surer."""
    doubt = (1 - one.confidence) * (1 - other.confidence)
    note = " Seen in two views at the same depth behind the nipple."
    return replace(
        one,
        places=one.places + other.places,
        confidence=float(np.clip(1 - doubt, one.confidence, 0.99)),
        explanation=one.explanation + ("" if note in one.explanation else note),
    )


def _place(scene: Scene, finding: Finding, settings: Settings) -> Finding:
    """Add depth, and hour and place in the breast where the views allow it."""
    first = finding.places[0]
    reading = scene.readings[first.view]
    told = replace(finding, depth=_depth(reading, first), clock=None)
    sightings = [s for place in finding.places if (s := scene.sight(place)) is not None]
    spot = meet(sightings)
    if spot is None:
        # Slices tell the third direction better than a matched branch does.
        spot = alone(first, scene.trees, scene.readings)
        twin = scene.twin(first) if spot is None else None
        if twin is not None:
            spot = meet([*sightings, twin.sighting])
        if spot is None:
            return told
    sure = len(sightings) > 1 or turn_deg(spot) <= settings.most_turn_deg
    return replace(
        told,
        clock=hour_of(spot.left_mm, spot.up_mm) if sure else None,
        place_3d_mm=spot.lateral(reading.view.laterality),
        sigma_3d_mm=spot.sigma_mm,
    )


def _compared(scene: Scene, finding: Finding, merged: Sequence[Finding]) -> Finding:
    """Note what the other view says of a finding, where there is one and it may say."""
    first = finding.places[0]
    mine = scene.readings[first.view]
    if finding.kind not in space_other.THROUGH:
        return finding
    if len({place.view for place in finding.places}) > 1:
        return space_other.noted(finding, 1.0)
    sides = (mine.view.laterality, None)
    shown = any(
        other is not mine and other.ducts and other.view.laterality in sides
        for other in scene.readings
    )
    # Slices show what lies over one another: there a second view was not counted.
    flat = all(reading.view.slices is None for reading in scene.readings)
    if not shown or not flat:
        return finding
    told = space_other.beside(finding, scene.twin(first), scene.readings, merged)
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
