"""What is known of the patient, from options and from a TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from galactograph.cli.errors import UsageError
from galactograph.errors import InvalidValue
from galactograph.values.codes import CauseName, Laterality
from galactograph.values.patient import (
    Colour,
    Discharge,
    History,
    Presentation,
    Reaction,
)

UNKNOWN = "unknown"
"""Stands in the file for what nobody knows; so does leaving the line out."""

_TABLES = {"discharge": Discharge, "history": History}
_WORDS = {"colour": Colour, "laterality": Laterality, "contrast_reaction": Reaction}
_MOST_BYTES = 1 << 20


def presentation(
    file: Path | None,
    *,
    age: int | None = None,
    discharge: Colour | None = None,
    orifices: int | None = None,
) -> Presentation:
    """Return what is known; options weigh more than the file.

    Raises
    ------
    UsageError
        If the file cannot be read, or names something unknown.
    """
    known = {} if file is None else _table(file)
    tables = {name: dict(known.pop(name, {})) for name in _TABLES}
    options = {"colour": discharge, "orifices": orifices}
    tables["discharge"] |= {k: v for k, v in options.items() if v is not None}
    if age is not None:
        known["age"] = age
    try:
        parts = {
            name: kind(**_checked(tables[name], kind, f"{name}."))
            for name, kind in _TABLES.items()
        }
        return Presentation(**_checked(known, Presentation, ""), **parts)
    except InvalidValue as error:
        raise UsageError(f"what is known of the patient: {error}") from None


def shares(file: Path) -> dict[CauseName, float]:
    """Return how common each cause is, from a TOML file; a cause left out is none.

    Raises
    ------
    UsageError
        If the file cannot be read, names something else, or sums to nothing.
    """
    known = {str(name) for name in CauseName} - {CauseName.ARTEFACT, CauseName.NORMAL}
    given = _table(file)
    for name, share in given.items():
        if name not in known:
            causes = ", ".join(sorted(known))
            raise UsageError(f"{file}: no cause {name!r}; there are: {causes}")
        if isinstance(share, bool) or not isinstance(share, int | float) or share < 0:
            raise UsageError(f"{file}: {name} must be a number >= 0, got {share!r}")
    if not sum(given.values()) > 0:
        raise UsageError(f"{file}: give at least one cause a share above 0")
    return {CauseName(name): float(given.get(name, 0.0)) for name in sorted(known)}


def _table(file: Path) -> dict[str, Any]:
    try:
        content = file.read_bytes()
        if len(content) > _MOST_BYTES:
            raise UsageError(f"{file} is too large to describe a patient")
        table = tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{file} is not valid TOML: {error}") from None
    for name in _TABLES:
        if not isinstance(table.get(name, {}), dict):
            raise UsageError(f"{file}: {name} must be a table, [{name}]")
    return table


def _checked(given: dict[str, Any], kind: type, prefix: str) -> dict[str, Any]:
    """Return the fields that are known, each of its type; refuse any other name."""
    there = {f.name: f for f in fields(kind) if f.name not in _TABLES}
    known = {}
    for name, value in given.items():
        if name not in there:
            listed = ", ".join(sorted(there))
            raise UsageError(f"nothing is called {prefix}{name}; there are: {listed}")
        if value != UNKNOWN:
            known[name] = _value(name, value, str(there[name].type), prefix)
    return known


def _value(name: str, value: object, wanted: str, prefix: str) -> object:
    if name in _WORDS:
        try:
            return _WORDS[name](str(value))
        except ValueError:
            listed = ", ".join((*_WORDS[name], UNKNOWN))
            raise UsageError(
                f"{prefix}{name} must be one of {listed}, got {str(value)!r}"
            ) from None
    right = isinstance(value, bool)
    if "bool" not in wanted:
        right = isinstance(value, int) and not right
    if not right:
        told = wanted.replace(" | None", "")
        raise UsageError(f"{prefix}{name} must be {told}, got {value!r}")
    return value
