"""Conditions written as tables: plain, safe, and aware that facts may be unknown.

A condition is a table of facts, all of which must hold:

    {bloody = true, age = {at_least = 50}, level = {one_of = [3, 4]}}

`any = [{...}, {...}]` holds if one of its tables does. A fact that is None is
unknown; the verdict then is True, False or None after Kleene: False wins over
unknown, unknown over True. Nothing is evaluated as code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from galactograph.errors import InvalidValue

Fact = bool | float | str | None
Facts = Mapping[str, Fact]
Condition = Mapping[str, Any]

_COMPARISONS = ("at_least", "below", "one_of")


def verdict(condition: Condition, facts: Facts) -> bool | None:
    """Return True, False, or None where an unknown fact decides.

    Examples
    --------
    >>> verdict({"bloody": True, "age": {"at_least": 50}}, {"bloody": True, "age": 61})
    True
    >>> verdict({"bloody": True, "age": {"below": 50}}, {"bloody": None, "age": 61})
    False
    >>> print(verdict({"bloody": True}, {"bloody": None}))
    None
    """
    parts = []
    for name, wanted in condition.items():
        if name == "any":
            parts.append(_either([verdict(table, facts) for table in wanted]))
        else:
            parts.append(_holds(name, wanted, facts))
    return _all(parts)


def unknown(condition: Condition, facts: Facts) -> tuple[str, ...]:
    """Return the names of the facts that are asked for and not known, in order."""
    names: list[str] = []
    for name, wanted in condition.items():
        if name == "any":
            for table in wanted:
                names.extend(unknown(table, facts))
        elif facts.get(name) is None:
            names.append(name)
    return tuple(dict.fromkeys(names))


def named(condition: Condition) -> tuple[str, ...]:
    """Return the names of all facts that a condition asks for, in order."""
    return unknown(condition, {})


def check(condition: Condition, known: Iterable[str]) -> None:
    """Refuse a condition that asks for a fact or a comparison that does not exist.

    Raises
    ------
    InvalidValue
    """
    allowed = set(known)
    for name, wanted in condition.items():
        if name == "any":
            for table in wanted:
                check(table, allowed)
            continue
        if name not in allowed:
            raise InvalidValue(f"no fact {name!r}; there are: {', '.join(allowed)}")
        if isinstance(wanted, Mapping) and not set(wanted) <= set(_COMPARISONS):
            raise InvalidValue(f"{name}: compare with {_COMPARISONS}, got {wanted}")


def _holds(name: str, wanted: object, facts: Facts) -> bool | None:
    """Return whether one fact is as wanted."""
    if name not in facts:
        raise InvalidValue(f"no fact {name!r}; there are: {', '.join(facts)}")
    fact = facts[name]
    if fact is None:
        return None
    if not isinstance(wanted, Mapping):
        # True == 1 in Python; a flag is not a count.
        return isinstance(fact, bool) == isinstance(wanted, bool) and fact == wanted
    if "one_of" in wanted:
        return fact in wanted["one_of"]
    if isinstance(fact, str):
        raise InvalidValue(f"{name} is a word, it has no size: {fact!r}")
    low, high = wanted.get("at_least"), wanted.get("below")
    return (low is None or fact >= low) and (high is None or fact < high)


def _all(parts: list[bool | None]) -> bool | None:
    """Return the conjunction after Kleene."""
    if any(part is False for part in parts):
        return False
    return None if any(part is None for part in parts) else True


def _either(parts: list[bool | None]) -> bool | None:
    """Return the disjunction after Kleene."""
    if any(part is True for part in parts):
        return True
    return None if any(part is None for part in parts) else False
