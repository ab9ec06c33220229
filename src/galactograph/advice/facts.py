"""The facts that rules ask for: gathered from values, and told in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from galactograph.advice.book import book
from galactograph.advice.conditions import Condition, Fact, Facts, verdict
from galactograph.values.patient import Presentation
from galactograph.values.record import InjectionRecord, StopReason

_HISTORY = (
    "pregnant",
    "lactating",
    "anticoagulated",
    "nipple_altered",
    "breast_operated",
    "irradiated",
    "implant",
    "thyroid_risk",
    "nipple_eczema",
    "can_consent",
    "faints",
    "failed_recently",
    "recent_mammogram",
)


def facts_of(presentation: Presentation) -> dict[str, Fact]:
    """Return what is known before the images, by the names that rules use."""
    discharge, history = presentation.discharge, presentation.history
    reaction = history.contrast_reaction
    return {
        "purulent": discharge.purulent,
        "bloody": discharge.bloody,
        "colour": None if discharge.colour is None else str(discharge.colour),
        "spontaneous": discharge.spontaneous,
        "orifices": discharge.orifices,
        "bilateral": discharge.bilateral,
        "persistent": discharge.persistent,
        "expressible": discharge.expressible,
        "age": presentation.age,
        "male": presentation.male,
        "infection": presentation.infection,
        "palpable_mass": presentation.palpable_mass,
        "suspicious_imaging": presentation.suspicious_imaging,
        "visible_elsewhere": presentation.visible_elsewhere,
        "wishes_to_breastfeed": presentation.wishes_to_breastfeed,
        "contrast_reaction": None if reaction is None else str(reaction),
        **{name: getattr(history, name) for name in _HISTORY},
    }


def record_facts(record: InjectionRecord | None) -> dict[str, Fact]:
    """Return what a record tells, by the names that rules use."""
    told = record or InjectionRecord()
    given: bool | None = None
    if told.volume_ml is not None:
        given = told.volume_ml > 0
    elif told.stop_reason is StopReason.NOT_CANNULATED:
        given = False
    return {
        "record_given": given,
        "record_extravasated": told.extravasation,
        "flushed": told.flushed,
        "refluxed": told.reflux,
    }


def asked(name: str) -> str:
    """Return how a fact is asked for.

    Examples
    --------
    >>> asked("age")
    'the age'
    """
    return str(book()["facts"][name]["ask"])


def told(name: str, fact: Fact) -> str:
    """Return a fact that is known, in words.

    Examples
    --------
    >>> told("infection", False), told("age", 52)
    ('infection of the breast: no', 'age 52 years')
    >>> told("systems", 0)
    'abnormal duct systems: not determined'
    """
    entry: Mapping[str, Any] = book()["facts"][name]
    if isinstance(fact, bool):
        words = "yes" if fact else "no"
    elif isinstance(fact, str):
        words = fact
    else:
        words = entry.get("zero", "0") if fact == 0 else f"{fact:.6g}"
    tell = str(entry["tell"])
    return tell.format(words) if "{}" in tell else f"{tell}: {words}"


def inputs_of(condition: Condition, facts: Facts) -> tuple[str, ...]:
    """Return the facts that made a condition hold, in words.

    Of alternatives only those that hold are told.
    """
    names: dict[str, str] = {}
    for name, wanted in condition.items():
        if name == "any":
            for table in wanted:
                if verdict(table, facts) is True:
                    names.update(dict.fromkeys(inputs_of(table, facts), ""))
        elif facts.get(name) is not None:
            names[told(name, facts[name])] = ""
    return tuple(names)
