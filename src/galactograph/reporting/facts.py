"""What messages say of a reading: the same facts, whatever the message."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from galactograph.errors import InvalidValue, NotFound, Unreadable
from galactograph.reporting.document import SCHEMA, Document
from galactograph.reporting.words import CAUTION, RESEARCH
from galactograph.values import concepts as c
from galactograph.values.clock import hour
from galactograph.values.codes import Action, CauseName, Code, Depth, Laterality

READING = "reading.json"
"""Name of the document in a folder of results."""

PERCENT = Code("%", "UCUM", "percent")
_MM = Code("mm", "UCUM", "millimeter")
_PIXELS = Code("{pixels}", "UCUM", "pixels")
_COUNT = Code("1", "UCUM", "no units")


@dataclass(frozen=True, kw_only=True)
class Order:
    """Whose report it is, and what it was ordered by; a reading itself holds no name.

    Attributes
    ----------
    patient_id, patient_system
        Number of the patient, and who gave it out (a URI in FHIR, a name in HL7 v2).
    accession
        Number of the order.
    """

    patient_id: str = ""
    patient_system: str = ""
    accession: str = ""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A named value: a number with its unit, a code, or words."""

    name: Code
    number: float | None = None
    unit: Code | None = None
    code: Code | None = None
    text: str = ""


def load_reading(path: Path) -> Document:
    """Load a reading document.

    Parameters
    ----------
    path
        `reading.json`, or the folder that holds it.

    Raises
    ------
    NotFound
        If it is not there.
    Unreadable
        If it is another file, or of another version of the contract.
    """
    file = path / READING if path.is_dir() else path
    if not file.is_file():
        raise NotFound(f"{file} does not exist; give the folder that read wrote")
    try:
        document = json.loads(file.read_text("utf-8"))
    except (ValueError, UnicodeDecodeError):
        raise Unreadable(f"{file.name}: is no JSON; give {READING}.") from None
    return checked(document, file.name)


def checked(document: Any, source: str = READING) -> Document:  # noqa: ANN401
    """Return a document if it keeps the contract that we write messages from."""
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise Unreadable(f"{source}: is no reading document {SCHEMA}; give {READING}.")
    return document


def finding_facts(finding: Document) -> Iterator[Fact]:
    """Yield what is known of a finding: size, place, shape, certainty."""
    for key, name in (
        ("length_mm", c.LENGTH),
        ("width_mm", c.WIDTH),
        ("straight_from_nipple_mm", c.FROM_NIPPLE),
        ("along_duct_from_nipple_mm", c.ALONG_DUCT),
    ):
        if finding.get(key) is not None:
            yield Fact(name=name, number=finding[key], unit=_MM)
    if finding.get("clock"):
        yield _clock(str(finding["clock"]))
    if finding.get("depth"):
        yield Fact(name=c.DEPTH, code=c.DEPTHS[Depth(finding["depth"])])
    if finding.get("shape"):
        yield Fact(name=c.SHAPE, text=str(finding["shape"]))
    yield Fact(name=c.CERTAINTY, number=percent(finding["confidence"]), unit=PERCENT)


def causes_of(finding: Document) -> Iterator[tuple[Code, float, str]]:
    """Yield candidate causes: code, probability in [0, 1], and the arithmetic."""
    for cause in finding.get("causes", ()):
        code = c.CAUSES[CauseName(cause["name"])]
        yield code, cause["probability"], str(cause["arithmetic"])


def _clock(stated: str) -> Fact:
    """Return a clock position: a code for a whole hour, the words as they are else."""
    at = hour(stated)
    if at is None or at != int(at):
        return Fact(name=c.CLOCK, text=stated)
    return Fact(name=c.CLOCK, code=c.CLOCKS[int(at) or 12])


def view_facts(view: Document) -> Iterator[Fact]:
    """Yield the extent of what was traced in a view."""
    ducts = view["ducts"]
    yield Fact(name=c.BRANCHES, number=len(ducts["branches"]), unit=_COUNT)
    unit, name = (_PIXELS, "px") if ducts.get("unit") == "px" else (_MM, "mm")
    yield Fact(name=c.PATH_LENGTH, number=ducts[f"total_length_{name}"], unit=unit)
    largest = ducts[f"largest_calibre_{name}"]
    if largest is not None:
        yield Fact(name=c.CALIBRE, number=largest, unit=unit)


def kind_of(finding: Document) -> Code:
    """Return the code of what was found."""
    code = finding["code"]
    return Code(code["value"], code["scheme"], code["meaning"])


def action_of(advice: Document) -> Code:
    """Return the code of what to consider."""
    return c.ACTIONS[Action(advice["action"])]


def side_of(letter: str | None) -> Code | None:
    """Return the breast; None if the side is not stated."""
    return c.SIDES[Laterality(letter)] if letter in ("L", "R") else None


def view_name(view: Document) -> str:
    """Return side and position, such as "L CC"; the file name if neither is known."""
    words = [str(word) for word in (view["laterality"], view["view"]) if word]
    return " ".join(words) or str(view["source"])


def seen_in(finding: Document, document: Document) -> str:
    """Return the names of the views that show a finding."""
    views = document["views"]
    return ", ".join(view_name(views[place["view"]]) for place in finding["seen_in"])


def notice(document: Document) -> str:
    """Return what must stand on every message."""
    simulated = "SIMULATED IMAGES. " if document["simulated"] else ""
    return f"{simulated}{RESEARCH}. {CAUTION}"


def percent(share: float) -> float:
    """Return a share in [0, 1] as percent."""
    if not 0 <= share <= 1:
        raise InvalidValue(f"a share must be in 0..1, got {share}")
    return round(100 * share, 2)


def because(advice: Document) -> list[str]:
    """Return why an option is considered: rule, words and source of each reason."""
    return [
        f"{reason['rule']}: {reason['text']} (source: {reason['source']})"
        for reason in advice["reasons"]
    ]
