"""Bring the views of one breast together: one finding, several places.

A finding in CC and one in a lateral view are the same if they are of one kind and
lie at the same depth behind the nipple, within what compression and rolling move.
From both views follow the clock position and the depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from galactograph.ducts.space_frame import Frame, frame_of
from galactograph.ducts.space_places import hour_of, meet, sight
from galactograph.values.arrays import Floats
from galactograph.values.codes import Depth, FindingKind, Laterality
from galactograph.values.report import Finding, Place, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """When two views show the same thing."""

    depth_mm: float = 10.0
    """Largest difference in depth behind the nipple, at rest.
    source: posterior nipple line within 1 cm (DCM 111204, found); domain.md 3.6"""
    along_mm: float = 15.0
    """Largest difference along the duct (assumed)."""


SAME_ORIFICE_MM = 5.2
"""Trees whose roots lie nearer cannot be told to be two orifices: the whole bundle of
ducts in a nipple is that wide. source: Rusby07b (found)"""

Frames = tuple[Frame | None, ...]
_ALIKE = (
    {FindingKind.FILLING_DEFECT},
    {FindingKind.FILLING_DEFECTS},
    {FindingKind.TERMINATION},
    {FindingKind.NARROWING},
    {FindingKind.ECTASIA},
    {FindingKind.WALL_IRREGULARITY},
    {FindingKind.EXTRAVASATION},
)


def correlate(
    readings: tuple[Reading, ...],
    findings: tuple[Finding, ...],
    settings: Settings | None = None,
) -> tuple[Finding, ...]:
    """Merge findings that two views share, and say where in the breast they lie."""
    settings = settings or Settings()
    frames = tuple(frame_of(reading) for reading in readings)
    ranked = sorted(findings, key=lambda f: -f.confidence)
    merged = _merged(readings, frames, ranked, settings)
    return tuple(
        replace(_place(readings, frames, finding), identifier=f"F{number + 1}")
        for number, finding in enumerate(merged)
    )


def _merged(
    readings: tuple[Reading, ...],
    frames: Frames,
    ranked: Sequence[Finding],
    settings: Settings,
) -> list[Finding]:
    """Join what is the same, the pairs that fit best first; the surest comes first."""
    pairs = []
    for i, one in enumerate(ranked):
        for j, other in enumerate(ranked[i + 1 :], i + 1):
            cost = _mismatch(readings, frames, (one, other), settings)
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


def _mismatch(
    readings: tuple[Reading, ...],
    frames: Frames,
    pair: tuple[Finding, Finding],
    settings: Settings,
) -> float | None:
    """Return how badly two findings fit as one; None if they cannot be one."""
    one, other = pair
    if not _may_be_one(readings, one, other):
        return None
    if one.kind is FindingKind.FILLING_DEFECTS:
        # That there are several is said of the whole injected system.
        return 0.0
    places = (one.places[0], other.places[0])
    deep = [_behind_at_rest(frames[place.view], place) for place in places]
    if deep[0] is None or deep[1] is None:
        return None
    cost = abs(deep[0] - deep[1]) / settings.depth_mm
    if cost > 1:
        return None
    if one.along_duct_mm is not None and other.along_duct_mm is not None:
        apart = abs(one.along_duct_mm - other.along_duct_mm) / settings.along_mm
        if apart > 1:
            return None
        cost += apart
    return cost + _unlike(one.length_mm, other.length_mm)


def _may_be_one(readings: tuple[Reading, ...], one: Finding, other: Finding) -> bool:
    """Tell whether two findings are of one kind, one side, and of two views."""
    alike = any({one.kind, other.kind} <= kinds for kinds in _ALIKE)
    views = {place.view for place in one.places}
    places = (one.places[0], other.places[0])
    sides = {readings[place.view].view.laterality for place in places}
    apart = not views & {place.view for place in other.places}
    return alike and apart and len(sides - {None}) < 2


def _behind_at_rest(frame: Frame | None, place: Place) -> float | None:
    if frame is None:
        return None
    return float(frame.rest(np.asarray(place.row), np.asarray(place.column))[0])


def _unlike(one: float | None, other: float | None) -> float:
    """Return how unlike two sizes are: 0 if alike, 1 if one is e times the other."""
    if one is None or other is None or min(one, other) <= 0:
        return 0.0
    return float(abs(np.log(one / other)))


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


def _place(readings: tuple[Reading, ...], frames: Frames, finding: Finding) -> Finding:
    """Add depth, and hour and place in the breast where two views allow it."""
    first = finding.places[0]
    sightings = [
        sight(frame, place.row, place.column)
        for place in finding.places
        if (frame := frames[place.view]) is not None
    ]
    told = replace(finding, depth=_depth(readings[first.view], first), clock=None)
    spot = meet(sightings)
    if spot is None:
        return told
    return replace(
        told,
        clock=hour_of(spot.left_mm, spot.up_mm),
        place_3d_mm=spot.lateral(readings[first.view].view.laterality),
        sigma_3d_mm=spot.sigma_mm,
    )


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


def systems_of(
    readings: tuple[Reading, ...], findings: tuple[Finding, ...]
) -> int | None:
    """Return how many duct systems show an abnormality; None if no duct is rooted.

    Trees that leave the nipple within `SAME_ORIFICE_MM` of one another are pieces of
    one system. The view that shows most decides, for another may hide one behind
    another.
    """
    counts = []
    for number, reading in enumerate(readings):
        ducts = {
            place.duct
            for finding in findings
            for place in finding.places
            if place.view == number and place.duct is not None
        }
        mm = np.array(reading.view.image.grid.spacing_mm)
        roots: list[Floats] = []
        for duct in (reading.ducts[n] for n in sorted(ducts)):
            root = np.array([duct.rows[0], duct.columns[0]]) * mm
            near = (np.hypot(*(root - other)) < SAME_ORIFICE_MM for other in roots)
            if duct.rooted and not any(near):
                roots.append(root)
        counts.append(len(roots))
    return max(counts, default=0) or None


def side_of(readings: tuple[Reading, ...]) -> Laterality | None:
    """Return the side that all views agree on, else None."""
    sides = {r.view.laterality for r in readings if r.view.laterality is not None}
    return sides.pop() if len(sides) == 1 else None
