"""Bring the views of one breast together: one finding, several places.

A finding in CC and one in a lateral view are the same if they are of one kind and
lie at the same depth behind the nipple, within what compression and rolling move.
From both views follow the clock position and the depth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from galactograph.values.arrays import Floats
from galactograph.values.codes import Depth, FindingKind, Laterality
from galactograph.values.report import Finding, Place, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """When two views show the same thing."""

    depth_mm: float = 10.0
    """Largest difference in depth behind the nipple.
    source: posterior nipple line within 1 cm (DCM 111204, found); domain.md 3.6"""
    along_mm: float = 15.0
    """Largest difference along the duct (assumed)."""


SAME_ORIFICE_MM = 5.2
"""Trees whose roots lie nearer cannot be told to be two orifices: the whole bundle of
ducts in a nipple is that wide. source: Rusby07b (found)"""

_CRANIOCAUDAL = {"CC", "XCCL", "XCCM"}
_LATERAL = {"ML", "LM", "MLO", "LMO"}
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
    merged: list[Finding] = []
    for finding in sorted(findings, key=lambda f: -f.confidence):
        for number, other in enumerate(merged):
            if _same(readings, other, finding, settings):
                merged[number] = _join(other, finding)
                break
        else:
            merged.append(finding)
    return tuple(
        replace(_place(readings, finding), identifier=f"F{number + 1}")
        for number, finding in enumerate(merged)
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


def _same(
    readings: tuple[Reading, ...], one: Finding, other: Finding, settings: Settings
) -> bool:
    mine, theirs = one.places[0], other.places[0]
    views = {place.view for place in one.places}
    alike = any({one.kind, other.kind} <= kinds for kinds in _ALIKE)
    if not alike or views & {place.view for place in other.places}:
        return False
    first, second = readings[mine.view].view, readings[theirs.view].view
    if None not in (first.laterality, second.laterality) and (
        first.laterality != second.laterality
    ):
        return False
    # That there are several is said of the whole injected system.
    return one.kind is FindingKind.FILLING_DEFECTS or _near(
        readings, one, other, settings
    )


def _near(
    readings: tuple[Reading, ...], one: Finding, other: Finding, settings: Settings
) -> bool:
    """Return True if two findings lie as deep and as far along the duct."""
    here, there = (
        behind_nipple(readings[finding.places[0].view], finding.places[0])
        for finding in (one, other)
    )
    if here is None or there is None:
        return False
    if abs(here[0] - there[0]) > settings.depth_mm:
        return False
    if one.along_duct_mm is not None and other.along_duct_mm is not None:
        return abs(one.along_duct_mm - other.along_duct_mm) <= settings.along_mm
    return True


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


def _place(readings: tuple[Reading, ...], finding: Finding) -> Finding:
    """Add depth, and the clock position where two views allow it."""
    depth = _depth(readings[finding.places[0].view], finding.places[0])
    lateral = upward = None
    for place in finding.places:
        view = readings[place.view].view
        where = behind_nipple(readings[place.view], place)
        if where is None or view.orientation is None:
            continue
        sense = _sense(readings[place.view])
        if sense == "L":
            left = where[1]
        elif sense == "R":
            left = -where[1]
        else:
            left = None
        if view.position in _CRANIOCAUDAL and left is not None:
            lateral = left
        if view.position in _LATERAL and sense in ("F", "H"):
            upward = -where[1] if sense == "F" else where[1]
    clock = None
    if lateral is not None and upward is not None:
        clock = _clock(lateral, upward)
    return replace(finding, depth=depth, clock=clock)


def _sense(reading: Reading) -> str:
    """Return the patient direction of growing rows (or columns): L, R, F, H or ""."""
    orientation = reading.view.orientation
    if orientation is None:
        return ""
    along = (
        orientation[1]
        if reading.scene.chest_wall in ("left", "right")
        else (orientation[0])
    )
    return along[:1]


def _clock(left_mm: float, up_mm: float) -> str:
    """Return the hour as seen facing the patient: her left is at 3 o'clock."""
    hour = round(np.degrees(np.arctan2(left_mm, up_mm)) / 30) % 12
    return f"{12 if hour == 0 else hour}:00"


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
