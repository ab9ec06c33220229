"""Files to fill in: every fact on a line, with what it means and may be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from enum import StrEnum

from galactograph.advice.facts import asked
from galactograph.values.codes import Laterality
from galactograph.values.patient import (
    Colour,
    Discharge,
    History,
    Presentation,
    Reaction,
)
from galactograph.values.record import (
    BOUNDS,
    Agent,
    CannulaKind,
    InjectionRecord,
    OrificePlace,
    StopReason,
)
from galactograph.values.record_text import record_items, record_toml

_CHOICES: dict[str, type[StrEnum]] = {
    "colour": Colour,
    "contrast_reaction": Reaction,
    "laterality": Laterality,
    "orifice_place": OrificePlace,
    "cannula": CannulaKind,
    "agent": Agent,
    "stop_reason": StopReason,
}
_NOTES = {
    "laterality": "side of the breast",
    "orifice_clock": 'such as "10" or "10:30"',
    "operator": 'role and number, such as "radiologist-2"; never a name',
    "time_of_day": "such as 14:05:00, local time",
}
_HEAD = """\
# Replace "unknown" by what is known: true or false, a number, or a word in quotes.
# What stays unknown is treated as unknown, never as no.
"""


def patient_template() -> str:
    """Return a patient file in which nothing is known yet."""
    lines = [_HEAD + "# Never write a name or a birth date here.", ""]
    lines += _asked(Presentation)
    for name, kind in (("discharge", Discharge), ("history", History)):
        lines += ["", f"[{name}]", *_asked(kind)]
    return "\n".join(lines) + "\n"


def _asked(kind: type) -> Iterator[str]:
    for field in fields(kind):
        if field.name in ("discharge", "history"):
            continue
        note = _NOTES.get(field.name) or asked(field.name)
        choices = "true or false"
        if field.name in _CHOICES:
            choices = _listed(_CHOICES[field.name])
        elif "int" in str(field.type):
            choices = "a whole number"
        note = re.sub("^whether ", "", note)
        yield f'{field.name} = "unknown"  # {note}: {choices}'


def record_template(record: InjectionRecord) -> str:
    """Return a record as TOML with notes, to fill in what is unknown."""
    lines = [_HEAD + "# One record for each duct that was injected.", ""]
    told = record_toml(record).splitlines()
    for item, line in zip(record_items(record), told, strict=True):
        lines.append(f"{line}  # {_meaning(item.name, item.label)}")
    return "\n".join(lines) + "\n"


def _meaning(name: str, label: str) -> str:
    if name in _CHOICES:
        return f"{label}: {_listed(_CHOICES[name])}"
    if name in _NOTES:
        return f"{label}: {_NOTES[name]}"
    if name in BOUNDS:
        least, most = BOUNDS[name]
        return f"{label}: {least:g} to {most:g}"
    return f"{label}: true or false"


def _listed(words: type[StrEnum]) -> str:
    return ", ".join(words)
