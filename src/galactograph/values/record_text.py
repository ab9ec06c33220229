"""An injection record as text: TOML and JSON to keep it, facts in words to show it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from galactograph.errors import InvalidValue, Unreadable
from galactograph.values.clock import spoken
from galactograph.values.codes import Laterality
from galactograph.values.record import (
    Agent,
    CannulaKind,
    InjectionRecord,
    OrificePlace,
    StopReason,
)

UNKNOWN = "unknown"
"""Stands in a file for what nobody knows; so does leaving the line out."""

KEPT = "injection.toml"
"""Name of the record that lies with a study, in its folder."""

_MOST_BYTES = 1 << 20


class RecordItem(NamedTuple):
    """One fact of a record.

    Attributes
    ----------
    name
        Field of `InjectionRecord`.
    label
        What it is, for people, such as "Volume given".
    words
        The value for people, with its unit; "unknown" if it is not known.
    value
        The value itself; None if it is not known.
    unit
        UCUM code of a number; "" for what is no measured number.
    """

    name: str
    label: str
    words: str
    value: object
    unit: str


_FACTS = {
    "laterality": ("Side", ""),
    "orifice_clock": ("Orifice, facing the patient", ""),
    "orifice_place": ("Group of the orifice", ""),
    "orifice_mm": ("Orifice from the nipple's centre", "mm"),
    "gauge": ("Cannula gauge", ""),
    "cannula": ("Cannula", ""),
    "agent": ("Contrast agent", ""),
    "iodine_mg_ml": ("Iodine concentration", "mg/mL"),
    "volume_ml": ("Volume given", "mL"),
    "rate_ml_s": ("Mean rate", "mL/s"),
    "flushed": ("Line filled, free of air", ""),
    "reflux": ("Reflux beside the cannula", ""),
    "pain": ("Pain, 0 to 10", "{score}"),
    "extravasation": ("Extravasation", ""),
    "stop_reason": ("Stopped for", ""),
    "operator": ("Done by", ""),
    "time_of_day": ("Time of day", ""),
}
_SHOWN_UNITS = {"{score}": "of 10", "mg/mL": "mg I/mL"}
_SIDES = {Laterality.LEFT: "left", Laterality.RIGHT: "right"}
_SPOKEN: dict[str, Callable[[Any], str]] = {
    "laterality": lambda side: _SIDES[side],
    "orifice_clock": spoken,
    "gauge": lambda gauge: f"{gauge} G",
    "stop_reason": lambda reason: str(reason).replace("-", " "),
    "time_of_day": lambda at: f"{at:%H:%M}",
}


def record_items(record: InjectionRecord) -> tuple[RecordItem, ...]:
    """Return every fact of a record, in order; what is unknown says so.

    Examples
    --------
    >>> items = record_items(InjectionRecord(volume_ml=0.4, reflux=False))
    >>> [f"{i.label}: {i.words}" for i in items if i.value is not None]
    ['Volume given: 0.4 mL', 'Reflux beside the cannula: no']
    """
    return tuple(
        RecordItem(name, label, _words(name, value, unit), value, unit)
        for name, (label, unit) in _FACTS.items()
        for value in (getattr(record, name),)
    )


def _words(name: str, value: object, unit: str) -> str:
    """Return one value for people."""
    if value is None:
        return UNKNOWN
    if name in _SPOKEN:
        return _SPOKEN[name](value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:g} {_SHOWN_UNITS.get(unit, unit)}"
    return str(value)


def record_table(record: InjectionRecord) -> dict[str, Any]:
    """Return a record as plain values, ready for JSON; None for what is unknown."""
    return {name: _plain(getattr(record, name)) for name in _FACTS}


def _plain(value: object) -> object:
    if isinstance(value, time):
        return value.isoformat("seconds")
    return str(value) if isinstance(value, StrEnum) else value


def record_from(table: Mapping[str, Any]) -> InjectionRecord:
    """Return the record that a table of plain values describes.

    Parameters
    ----------
    table
        Names of fields and their values; "unknown", None and a missing name all mean
        that it is not known.

    Raises
    ------
    InvalidValue
        One sentence: which name or value is wrong, and what it may be.
    """
    fields: dict[str, Any] = {}
    for name, value in table.items():
        if name not in _READERS:
            listed = ", ".join(_READERS)
            raise InvalidValue(f"nothing is called {name}; there are: {listed}")
        if value is not None and value != UNKNOWN:
            fields[name] = _READERS[name](name, value)
    return InjectionRecord(**fields)


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidValue(f"{name} must be true, false or {UNKNOWN!r}, got {value!r}")
    return value


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidValue(f"{name} must be a number, got {value!r}")
    return float(value)


def _count(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidValue(f"{name} must be a whole number, got {value!r}")
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidValue(f"{name} must be text in quotes, got {value!r}")
    return value


def _time(name: str, value: object) -> time:
    try:
        return value if isinstance(value, time) else time.fromisoformat(str(value))
    except ValueError:
        raise InvalidValue(f"{name} must be like 14:05:00, got {value!r}") from None


def _word(kind: type[StrEnum]) -> Callable[[str, object], StrEnum]:
    """Return a reader of the words of an enumeration."""

    def read(name: str, value: object) -> StrEnum:
        try:
            return kind(str(value))
        except ValueError:
            listed = ", ".join(kind)
            raise InvalidValue(
                f"{name} must be one of {listed}, got {value!r}"
            ) from None

    return read


_READERS: dict[str, Callable[[str, object], object]] = {
    "laterality": _word(Laterality),
    "orifice_clock": _text,
    "orifice_place": _word(OrificePlace),
    "orifice_mm": _number,
    "gauge": _count,
    "cannula": _word(CannulaKind),
    "agent": _word(Agent),
    "iodine_mg_ml": _number,
    "volume_ml": _number,
    "rate_ml_s": _number,
    "flushed": _flag,
    "reflux": _flag,
    "pain": _count,
    "extravasation": _flag,
    "stop_reason": _word(StopReason),
    "operator": _text,
    "time_of_day": _time,
}


def record_toml(record: InjectionRecord) -> str:
    """Return a record as TOML, every field on a line of its own.

    Examples
    --------
    >>> record_toml(InjectionRecord(volume_ml=0.4)).splitlines()[8]
    'volume_ml = 0.4'
    """
    lines = []
    for name in _FACTS:
        value = getattr(record, name)
        if value is None:
            told = f'"{UNKNOWN}"'
        elif isinstance(value, time):
            told = value.isoformat("seconds")
        else:
            # A JSON scalar is a TOML scalar: no field can hold an escape.
            told = json.dumps(_plain(value))
        lines.append(f"{name} = {told}")
    return "\n".join(lines) + "\n"


def load_record(path: Path) -> InjectionRecord:
    """Load a record from a TOML or, if so named, a JSON file.

    Raises
    ------
    Unreadable
        One sentence: which file, what is wrong with it.
    """
    try:
        content = path.read_bytes()
        if len(content) > _MOST_BYTES:
            raise Unreadable(f"{path} is too large to be an injection record.")
        text = content.decode("utf-8")
        is_json = path.suffix.lower() == ".json"
        table = json.loads(text) if is_json else tomllib.loads(text)
        if not isinstance(table, dict):
            raise Unreadable(f"{path} holds no names and values.")
        return record_from(table)
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
    except InvalidValue as error:
        raise Unreadable(f"{path}: {error}") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        kind = "JSON" if path.suffix.lower() == ".json" else "TOML"
        raise Unreadable(f"{path} is not valid {kind}: {error}") from None


def kept_record(study: Path) -> InjectionRecord | None:
    """Return the record that lies in the folder of a study; None if none does.

    Raises
    ------
    Unreadable
        If there is one that cannot be used: it is not to be passed over in silence.
    """
    path = study / KEPT
    return load_record(path) if path.is_file() else None
