"""What is known of the patient, from options and from a TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from galactograph.cli.errors import UsageError
from galactograph.errors import InvalidValue
from galactograph.values.codes import Laterality
from galactograph.values.patient import Colour, Discharge, Presentation


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
    running: dict[str, Any] = dict(known.pop("discharge", {}))
    options = {"colour": discharge, "orifices": orifices}
    running |= {key: value for key, value in options.items() if value is not None}
    if age is not None:
        known["age"] = age
    _check(known, Presentation, "")
    _check(running, Discharge, "discharge.")
    try:
        if running.get("colour") is not None:
            running["colour"] = Colour(running["colour"])
        if known.get("laterality") is not None:
            known["laterality"] = Laterality(known["laterality"])
        return Presentation(discharge=Discharge(**running), **known)
    except (InvalidValue, ValueError, TypeError) as error:
        raise UsageError(f"what is known of the patient: {error}") from None


def _table(file: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is not valid TOML: {error}") from None
    if not isinstance(table.get("discharge", {}), dict):
        raise UsageError(f"{file}: discharge must be a table, [discharge]")
    return table


def _check(given: dict[str, Any], kind: type, prefix: str) -> None:
    known = {field.name: field for field in fields(kind)}
    for name, value in given.items():
        if name not in known:
            listed = ", ".join(sorted(known))
            raise UsageError(f"nothing is called {prefix}{name}; there are: {listed}")
        wanted = str(known[name].type)
        right = (
            isinstance(value, bool)
            if "bool" in wanted
            else isinstance(value, int) and not isinstance(value, bool)
            if "int" in wanted
            else True
        )
        if not right:
            raise UsageError(
                f"{prefix}{name} must be {wanted.replace(' | None', '')}, got {value!r}"
            )
