"""What the standard says to do with each attribute, and which ones cannot be missing.

The tables are made by `tools/make_privacy_tables.py` from PS3.3 and PS3.15.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

PROFILE = "PS3.15 2024e Table E.1-1"
"""Where the actions are from."""

_GROUPS = {"50": 0x5000, "60": 0x6000}
"""Repeating groups: curves and overlays."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What to do with one attribute.

    Attributes
    ----------
    basic
        Action of the basic profile: X remove, Z empty, D dummy, U new UID, or several
        with a slash, of which the type of the attribute picks one.
    options
        Option to the action that it puts in the place of `basic`: K keep, C clean.
    """

    name: str
    basic: str
    options: Mapping[str, str]

    def action(self, kind: int) -> str:
        """Return what the basic profile wants of an attribute of type 1, 2 or 3."""
        if self.basic == "X/Z/U*":
            return "U"  # a reference with a new UID tells no more than none
        if self.basic == "X":
            return {1: "D", 2: "Z"}.get(kind, "X")
        if "/" not in self.basic:
            return self.basic
        if kind == 1:
            return "D" if "D" in self.basic else "Z"
        if kind == 2 or not self.basic.startswith("X"):
            return "Z" if "Z" in self.basic else "D"
        return "X"


def rule_of(tag: int) -> Rule | None:
    """Return the rule for an attribute; None if the table does not name it.

    All of a curve or an overlay goes by the rule of its data: what is left of a picture
    without its bits is of no use, and its label may be a name.
    """
    for group in _GROUPS.values():
        if group <= tag >> 16 < group + 0x100:
            return _rules()["60xx3000"]
    return _rules().get(f"{tag:08x}")


@cache
def _rules() -> dict[str, Rule]:
    rules = {}
    for row in _rows("profile.csv"):
        tag, name, basic = row.pop("tag"), row.pop("name"), row.pop("basic")
        options = {option: action for option, action in row.items() if action}
        rules[tag] = Rule(name=name, basic=basic, options=options)
    return rules


def type_of(sop_class: str, path: tuple[int, ...]) -> int:
    """Return 1 if an object cannot lack a value, 2 if not the attribute, else 3.

    Parameters
    ----------
    sop_class
        UID of the kind of object. Of a kind that is not in the table everything counts
        as type 1: nothing is then missing that may be needed.
    path
        Tags of the sequences that lead to the attribute, and its own.
    """
    known = _types().get(sop_class)
    if known is None:
        return 1
    return known.get(".".join(f"{tag:08x}" for tag in path), 3)


@cache
def _types() -> dict[str, dict[str, int]]:
    types: dict[str, dict[str, int]] = {}
    for row in _rows("types.csv"):
        of_class = types.setdefault(row["sop_class"], {})
        # Modules may disagree; the stricter one counts.
        of_class[row["path"]] = min(int(row["type"]), of_class.get(row["path"], 3))
    return types


def is_safe(group: int, element: int, creator: str) -> bool:
    """Tell whether a private attribute is in the standard's list of safe ones."""
    return (f"{group:04x}", f"{element & 0xFF:02x}", creator.strip()) in _safe()


@cache
def _safe() -> frozenset[tuple[str, str, str]]:
    rows = _rows("safe.csv")
    return frozenset((row["group"], row["element"], row["creator"]) for row in rows)


def _rows(name: str) -> list[dict[str, str]]:
    text = files("galactograph.dicom.privacy").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()[1:]))
