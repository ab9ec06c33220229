"""Side, view and orientation: read from the header, never guessed in silence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from galactograph.dicom.header import VIEWS, orientation_of
from galactograph.dicom.tags import Tags
from galactograph.values.codes import Laterality

_POSITIONS = {code.value: str(position) for position, code in VIEWS.items()} | {
    "399196006": "FB",
    "399188001": "SIO",
    "441555000": "ISO",
    # The same views in the retired SNOMED-RT codes that old archives hold.
    "R-10242": "CC",
    "R-10224": "ML",
    "R-10228": "LM",
    "R-10226": "MLO",
    "R-10230": "LMO",
    "Y-X1770": "XCCL",
    "Y-X1771": "XCCM",
    "R-10244": "FB",
    "R-102D0": "SIO",
    "R-40AAA": "ISO",
}
"""source: CID 4014 and the SNOMED-RT to SNOMED CT mapping of PS3.16 (found)"""

_SIDES = {
    "L": Laterality.LEFT,
    "LT": Laterality.LEFT,
    "LEFT": Laterality.LEFT,
    "R": Laterality.RIGHT,
    "RT": Laterality.RIGHT,
    "RIGHT": Laterality.RIGHT,
}
_NAMES = ("XCCL", "XCCM", "MLO", "LMO", "CC", "ML", "LM", "FB", "SIO", "ISO")
_JOINED = re.compile(rf"^([LR])({'|'.join(_NAMES)})$")
_DIRECTIONS = re.compile(r"^[APRLHF]{1,3}$")


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Which breast, from where, and which way the picture lies."""

    laterality: Laterality | None = None
    position: str | None = None
    orientation: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()


def labels_of(tags: Tags) -> Labels:
    """Read side, view and orientation from a header; note what contradicts."""
    notes: list[str] = []
    side = _side(tags)
    position = _position(tags, notes)
    orientation = _orientation(tags, notes)
    labels = Labels(laterality=side, position=position, orientation=orientation)
    if side is None or position is None:
        text = " ".join(
            " ".join(tags.words(name))
            for name in ("SeriesDescription", "ProtocolName", "ImageComments")
        )
        labels = inferred(labels, text, "the description")
    if side is not None and orientation is not None:
        notes += _contradictions(side, position, orientation)
    return replace(labels, notes=(*notes, *labels.notes))


def inferred(labels: Labels, text: str, where: str) -> Labels:
    """Fill in side and view from words such as "L CC", and say so in a note."""
    side, position = _words(text)
    notes = list(labels.notes)
    if labels.laterality is None and side is not None:
        notes.append(f"Side {side} taken from {where}; the file does not state it.")
        labels = replace(labels, laterality=side)
    if labels.position is None and position is not None:
        notes.append(f"View {position} taken from {where}; the file does not state it.")
        labels = replace(labels, position=position)
    return replace(labels, notes=tuple(notes))


def overridden(
    labels: Labels, laterality: Laterality | None, position: str | None
) -> Labels:
    """Put the user's side and view in place of the file's; note where they differ."""
    notes = list(labels.notes)
    for given, stated in (
        (laterality, labels.laterality),
        (position, labels.position),
    ):
        if given is not None and stated is not None and given != stated:
            notes.append(f"The file says {stated} and the user {given}: user believed.")
    return replace(
        labels,
        laterality=laterality or labels.laterality,
        position=position or labels.position,
        notes=tuple(notes),
    )


def _side(tags: Tags) -> Laterality | None:
    macro = tags.group("FrameAnatomySequence.FrameLaterality")
    for name in ("ImageLaterality", macro, "Laterality"):
        if tags.word(name) in _SIDES:
            return _SIDES[tags.word(name)]
    return None


def _position(tags: Tags, notes: list[str]) -> str | None:
    coded = next(
        (
            _POSITIONS[code]
            for code in tags.words("ViewCodeSequence.CodeValue")
            if code in _POSITIONS
        ),
        None,
    )
    named = tags.word("ViewPosition") or None
    # DX images use other terms there, such as AP: not views of a breast.
    named = named if named in _NAMES else None
    if coded and named and coded != named:
        notes.append(
            f"View Position says {named} and the view code {coded}; the code was used."
        )
    return coded or named


def _orientation(tags: Tags, notes: list[str]) -> tuple[str, str] | None:
    found = [word.upper() for word in tags.words("PatientOrientation")]
    if len(found) == 2 and all(map(_DIRECTIONS.match, found)):
        return found[0], found[1]
    if found:
        notes.append("Patient Orientation cannot be understood; it was not used.")
        return None
    # Slices of tomosynthesis say it in numbers.
    macro = tags.group("PlaneOrientationSequence.ImageOrientationPatient")
    cosines = tags.numbers(macro)[:6]
    if len(cosines) < 6:
        return None
    rows, columns = direction(cosines[:3]), direction(cosines[3:])
    return (rows, columns) if rows and columns else None


def direction(cosines: Sequence[float]) -> str:
    """Name a direction in the patient (x left, y posterior, z head) by its letters.

    Parts below a fifth are left out; empty if nothing is left.

    Examples
    --------
    >>> direction((0, -1, 0)), direction((-0.7, 0, -0.7))
    ('A', 'FR')
    """
    pairs = (("F", "H"), ("A", "P"), ("R", "L"))
    parts = list(zip(reversed(cosines), pairs, strict=True))
    told = sorted(parts, key=lambda part: -round(abs(part[0]), 2))
    return "".join(pair[part > 0] for part, pair in told if abs(part) > 0.2)


def _contradictions(
    side: Laterality, position: str | None, orientation: tuple[str, str]
) -> list[str]:
    """Compare side with orientation: in an oblique view, feet lie towards the middle.

    Down in a left oblique is towards feet and right, in a right one towards feet and
    left; turning the picture by half swaps both letters together.
    """
    if position not in ("MLO", "LMO"):
        return []
    usual = orientation_of(side, position)[1]
    down = orientation[1]
    turned = down.translate(str.maketrans("FHLR", "HFRL"))
    if "L" in usual + down and {"L", "R"} & set(down) and usual not in (down, turned):
        words = "\\".join(orientation)
        note = (
            f"Patient Orientation {words} belongs to the other side than "
            f"Image Laterality {side}; the latter was used."
        )
        return [note]
    return []


def _words(text: str) -> tuple[Laterality | None, str | None]:
    """Find one side and one view in free text; two different ones cancel."""
    sides, positions = set(), set()
    for word in re.split(r"[^A-Za-z]+", text.upper()):
        joined = _JOINED.match(word)
        parts = joined.groups() if joined else (word,)
        sides |= {_SIDES[part] for part in parts if part in _SIDES}
        positions |= {part for part in parts if part in _NAMES}
    return (
        sides.pop() if len(sides) == 1 else None,
        positions.pop() if len(positions) == 1 else None,
    )
