"""Read an `Anatomy` from words: a TOML file, or `name=value` on the command line."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from galactograph.errors import InvalidValue, Unreadable
from galactograph.phantom.anatomy import Anatomy
from galactograph.phantom.limits import LIMITS

FLAGS = ("obstructs", "all_lobes")
WORDS = ("lesion", "side")

_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


def names() -> tuple[str, ...]:
    """Return the names of all settings of an `Anatomy`."""
    return tuple(field.name for field in fields(Anatomy))


def anatomy_of(settings: Mapping[str, Any]) -> Anatomy:
    """Return the anatomy with these settings; what is not named is drawn.

    Raises
    ------
    InvalidValue
        If a name is unknown, or a value has the wrong kind or is out of range: in
        one sentence.

    Examples
    --------
    >>> anatomy_of({"density": 0.3, "lobes": 7}).lobes
    7
    """
    for name, value in settings.items():
        if name not in names():
            near = difflib.get_close_matches(name, names(), 1)
            hint = (
                f"did you mean {near[0]}?" if near else f"known: {', '.join(names())}"
            )
            raise InvalidValue(f"no setting is called {name}: {hint}")
        if name in FLAGS and not isinstance(value, bool):
            raise InvalidValue(f"{name} must be true or false, got {value!r}")
        if name in WORDS and not isinstance(value, str):
            raise InvalidValue(f"{name} must be a word, got {value!r}")
    return Anatomy(**settings)


def parse(text: str) -> tuple[str, Any]:
    """Split `name=value`, and read the value as the setting's kind.

    Examples
    --------
    >>> parse("density=0.3")
    ('density', 0.3)
    >>> parse("all_lobes=yes")
    ('all_lobes', True)
    """
    name, sign, value = (part.strip() for part in text.partition("="))
    if not sign or not name or not value:
        raise InvalidValue(f"a setting is written name=value, got {text!r}")
    if name in FLAGS:
        return name, _TRUTHS.get(value.lower(), value)
    if name not in LIMITS:
        return name, value
    try:
        return name, int(value) if LIMITS[name].whole else float(value)
    except ValueError:
        kind = "a whole number" if LIMITS[name].whole else "a number"
        raise InvalidValue(f"{name} must be {kind}, got {value!r}") from None


def load(path: str | Path) -> dict[str, Any]:
    """Load the settings in a TOML file, as they stand there.

    Raises
    ------
    Unreadable
        If there is no such file, or it is not TOML.
    """
    try:
        return tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise Unreadable(f"{path} cannot be read: {reason}") from None
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(f"{path} is not TOML: {error}") from None


def anatomy_from(
    path: str | Path | None = None,
    settings: Iterable[str] = (),
    **more: Any,  # noqa: ANN401  any kind, checked by `anatomy_of`
) -> Anatomy:
    """Return an anatomy from a file, `name=value` words, and named values.

    Later ones win; None among the named values means not given.

    Examples
    --------
    >>> anatomy_from(settings=["trunk_mm=1.4"], lesion="kink").trunk_mm
    1.4
    """
    chosen = load(path) if path is not None else {}
    chosen |= dict(parse(text) for text in settings)
    chosen |= {name: value for name, value in more.items() if value is not None}
    return anatomy_of(chosen)
