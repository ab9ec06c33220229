"""The record of the injection in a structured report: written, and read back.

Codes are those of CID 11, 12 and 3410 where the standard has them (found). It has no
route into a duct: the nearest is told, and what is meant stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Any

from pydicom.dataset import Dataset

from galactograph.dicom import sr_codes as c
from galactograph.dicom.common import SIDES
from galactograph.dicom.header import AGENTS
from galactograph.dicom.items import coded, filled
from galactograph.dicom.sr_items import (
    CONTAINS,
    MM,
    NO_UNIT,
    PROPERTY,
    amount,
    child,
    code,
    container,
    meant,
    number,
    text,
    value_of,
    words,
)
from galactograph.values import concepts as w
from galactograph.values.clock import hour
from galactograph.values.codes import Code
from galactograph.values.concepts import PRIVATE
from galactograph.values.record import (
    Agent,
    CannulaKind,
    InjectionRecord,
    OrificePlace,
    StopReason,
)


def _own(value: str, meaning: str) -> Code:
    return Code(value, PRIVATE, meaning)


INJECTION = _own("INJECTION", "Injection of contrast into a duct")
_ROUTE = Code("410675002", "SCT", "Route of administration")
_LUMEN = Code("37737002", "SCT", "Intraluminal route")
_MEANT = "Intraductal: through an orifice of the nipple."
_STARTED = Code("122084", "DCM", "Contrast start")
_OPERATOR = _own("OPERATOR", "Role of who injected")

_ML = Code("ml", "UCUM", "ml")
_ML_S = Code("ml/s", "UCUM", "ml/s")
_MG_ML = Code("mg/ml", "UCUM", "mg/ml")

_NUMBERS: dict[str, tuple[Code, Code]] = {
    "orifice_mm": (_own("ORIFICE_MM", "Distance of orifice from middle of nipple"), MM),
    "gauge": (_own("CANNULA_GAUGE", "Gauge of cannula"), NO_UNIT),
    "iodine_mg_ml": (Code("122093", "DCM", "Concentration"), _MG_ML),
    "volume_ml": (Code("122091", "DCM", "Volume administered"), _ML),
    "rate_ml_s": (Code("122094", "DCM", "Rate of administration"), _ML_S),
    "pain": (Code("225908003", "SCT", "Pain score"), NO_UNIT),
}
_WHOLE = ("gauge", "pain")

_YES_OR_NO: dict[str, Code] = {
    "flushed": _own("FLUSHED", "Line flushed free of air before"),
    "reflux": _own("REFLUX", "Reflux beside the cannula"),
    "extravasation": Code("111428", "DCM", "Extravasation"),
}


def _words_of(kind: type, stem: str) -> dict[Any, Code]:
    """Give each word of a kind a code of ours."""
    return {
        word: _own(
            f"{stem}_{str(word).upper().replace('-', '_')}"[:16],
            str(word).replace("-", " "),
        )
        for word in kind  # type: ignore[attr-defined]
    }


WORDS: dict[str, tuple[Code, Mapping[Any, Code]]] = {
    "laterality": (c.LATERALITY, SIDES),
    "orifice_place": (
        _own("ORIFICE_PLACE", "Group of orifice"),
        _words_of(OrificePlace, "AT"),
    ),
    "cannula": (_own("CANNULA", "Shape of cannula"), _words_of(CannulaKind, "CANNULA")),
    "agent": (
        Code("122086", "DCM", "Contrast administered"),
        {
            agent: AGENTS.get(str(agent), _own("AGENT_OTHER", "Other agent"))
            for agent in Agent
        },
    ),
    "stop_reason": (
        _own("STOP_REASON", "Why the injection ended"),
        _words_of(StopReason, "STOP"),
    ),
}

OWN = (
    INJECTION,
    _OPERATOR,
    *(name for name, _ in _NUMBERS.values()),
    *_YES_OR_NO.values(),
    *(name for name, _ in WORDS.values()),
    *(code for _, table in WORDS.values() for code in table.values()),
)
"""Every code that stands in it; those of ours among them."""


def injection(record: InjectionRecord) -> Dataset:
    """Return what is known of the injection, as a section of the report."""
    return container(INJECTION, _parts(record))


def _parts(record: InjectionRecord) -> Iterator[Dataset]:
    if record.stop_reason is not StopReason.NOT_CANNULATED:
        meant_by = text(c.COMMENT, _MEANT, relation=PROPERTY)
        yield code(_ROUTE, _LUMEN, [meant_by])
    for field, (name, table) in WORDS.items():
        word = getattr(record, field)
        if word is not None:
            yield code(name, table[word])
    yield from _clock(record.orifice_clock)
    for field, (name, unit) in _NUMBERS.items():
        value = getattr(record, field)
        if value is not None:
            yield number(name, value, unit)
    for field, name in _YES_OR_NO.items():
        answer = getattr(record, field)
        if answer is not None:
            yield code(name, c.YES if answer else c.NO)
    yield from _circumstances(record)


def _circumstances(record: InjectionRecord) -> Iterator[Dataset]:
    """Yield who injected, and when."""
    if record.operator is not None:
        yield text(_OPERATOR, record.operator)
    if record.time_of_day is not None:
        yield _at(record.time_of_day)


def _clock(told: str | None) -> Iterator[Dataset]:
    """Yield the position of the orifice: a code on the hour, and always the words."""
    if told is not None:
        at = hour(told)
        if at is not None and at == int(at):
            yield code(w.CLOCK, w.CLOCKS[int(at) or 12])
        yield text(c.CLOCK_TEXT, told)


def _at(moment: time) -> Dataset:
    return filled(
        RelationshipType=CONTAINS,
        ValueType="TIME",
        ConceptNameCodeSequence=[coded(_STARTED)],
        Time=moment.strftime("%H%M%S.%f" if moment.microsecond else "%H%M%S"),
    )


def injection_from(dataset: Dataset) -> InjectionRecord | None:
    """Return the record that a report holds; None if it holds none."""
    section = child(dataset, INJECTION)
    if section is None:
        return None
    held: dict[str, Any] = {}
    for field, (name, table) in WORDS.items():
        item = child(section, name)
        held[field] = None if item is None else meant(table, item)
    for field, (name, _) in _NUMBERS.items():
        item = child(section, name)
        value = None if item is None else amount(item)[0]
        held[field] = int(value) if value is not None and field in _WHOLE else value
    for field, name in _YES_OR_NO.items():
        item = child(section, name)
        held[field] = None if item is None else value_of(item)[:2] == c.YES[:2]
    clock, operator = child(section, c.CLOCK_TEXT), child(section, _OPERATOR)
    started = child(section, _STARTED)
    return InjectionRecord(
        orifice_clock=None if clock is None else words(clock),
        operator=None if operator is None else words(operator),
        time_of_day=None if started is None else _time(str(started.Time)),
        **held,
    )


def _time(told: str) -> time:
    whole, _, part = told.partition(".")
    moment = datetime.strptime(whole, "%H%M%S").time()  # noqa: DTZ007  local time
    return moment.replace(microsecond=int(part.ljust(6, "0") or 0))
