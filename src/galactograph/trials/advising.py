"""Whether what a report tells to consider fits what is true.

The truth is one diseased duct, several, or none; or nothing that can be read. What
fits follows the article that this project implements, and its decision table: one
duct, microdochectomy; several, excision of the ducts beneath the areola; none, no
operation for the pictures' sake; not readable, repeat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from galactograph.values.codes import Action

DISEASED = frozenset(
    {
        "intraductal-papilloma",
        "ductal-carcinoma-in-situ",
        "invasive-ductal-carcinoma",
    }
)
"""Causes that are operated on. source: article and decision table (found)"""

OPERATIONS = frozenset({Action.MICRODOCHECTOMY, Action.SUBAREOLAR_EXCISION})

OLDER_YEARS = 50
"""From this age, or with blood, an operation is considered after a normal galactogram
as well. source: decision table ("bloody or age > 50-60", found)"""


class Extent(StrEnum):
    """How many ducts are truly diseased."""

    NONE = "none"
    ONE = "one"
    SEVERAL = "several"
    UNREADABLE = "unreadable"


def extent(truth: Mapping[str, Any], reached: Sequence[bool]) -> Extent:
    """Return what is true of a study.

    Parameters
    ----------
    truth
        The truth as stored: its views and lesions.
    reached
        For each lesion whether contrast shows its place in any view.
    """
    filled = [view for view in truth["views"] if view.get("role") != "scout"]
    if all(view["adequacy"] == "no-contrast" for view in filled):
        return Extent.UNREADABLE
    lobes = {
        lesion.get("lobe", 0)
        for lesion, seen in zip(truth["lesions"], reached, strict=True)
        if seen and lesion["cause"] in DISEASED
    }
    if len(lobes) > 1:
        return Extent.SEVERAL
    return Extent.ONE if lobes else Extent.NONE


def fits(
    actions: Sequence[str], true: Extent, presentation: Mapping[str, Any] | None = None
) -> bool:
    """Tell whether the actions of a report fit.

    Parameters
    ----------
    actions
        Words of the reading contract, in any order.
    presentation
        What is known of the patient: `bloody`, `age`.

    Examples
    --------
    >>> fits(["microdochectomy", "ultrasound"], Extent.ONE)
    True
    >>> fits(["microdochectomy"], Extent.SEVERAL)
    False
    """
    told = set(actions)
    known = presentation or {}
    if true is Extent.UNREADABLE:
        return Action.REPEAT in told and not told & OPERATIONS
    if true is Extent.SEVERAL:
        return Action.SUBAREOLAR_EXCISION in told
    if Action.SUBAREOLAR_EXCISION in told:
        return False
    if true is Extent.ONE:
        return bool(told & {Action.MICRODOCHECTOMY, Action.BIOPSY_FIRST})
    older = (known.get("age") or 0) >= OLDER_YEARS
    allowed = bool(known.get("bloody")) or older
    return allowed or Action.MICRODOCHECTOMY not in told
