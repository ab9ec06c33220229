"""What the headers of a study tell of its injection: Contrast/Bolus, as a record."""

from __future__ import annotations

from collections.abc import Sequence

from galactograph.dicom.header import AGENTS
from galactograph.dicom.tags import Tags
from galactograph.values.record import BOUNDS, Agent, InjectionRecord

_NAMES = {
    **{name: name for name in AGENTS},
    "omnipaque": "iohexol",
    "isovue": "iopamidol",
    "niopam": "iopamidol",
    "visipaque": "iodixanol",
    "ultravist": "iopromide",
    "optiray": "ioversol",
}
"""Names that are written by hand, and what they are. source: labels (remembered)."""

_CODES = {code.value: name for name, code in AGENTS.items()}
_NUMBERS = {
    "iodine_mg_ml": "ContrastBolusIngredientConcentration",
    "volume_ml": "ContrastBolusVolume",
    "rate_ml_s": "ContrastFlowRate",
}
_AGENT = "ContrastBolusAgentSequence."
_PROFILE = f"{_AGENT}ContrastAdministrationProfileSequence."


def told_by(headers: Sequence[Tags]) -> InjectionRecord | None:
    """Return what all headers that tell of it agree on; None if they tell nothing.

    A value that cannot be is left unknown, as if nobody had typed it in, and so is 0:
    units write it for what they were not told.
    """
    agents = {agent for tags in headers if (agent := _agent(tags))}
    known: dict[str, float] = {}
    for field, name in _NUMBERS.items():
        least, most = BOUNDS[field]
        found = {
            number
            for tags in headers
            for place in (name, _AGENT + name, _PROFILE + name)
            if (number := tags.number(place)) and least <= number <= most
        }
        if len(found) == 1:
            known[field] = found.pop()
    named = Agent(agents.pop()) if len(agents) == 1 else None
    if named is None and not known:
        return None
    return InjectionRecord(agent=named, **known)  # type: ignore[arg-type]


def _agent(tags: Tags) -> str:
    """Return the iodine compound that a header names, by code or in words."""
    for code in tags.words(f"{_AGENT}CodeValue"):
        if code in _CODES:
            return _CODES[code]
    said = " ".join(
        word
        for name in ("ContrastBolusAgent", f"{_AGENT}CodeMeaning")
        for word in tags.words(name)
    ).lower()
    found = {agent for name, agent in _NAMES.items() if name in said}
    return found.pop() if len(found) == 1 else ""
