"""The rules as data: loaded once from `rules.toml`, checked, and asked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from galactograph.advice.conditions import (
    Condition,
    Facts,
    check,
    unknown,
    verdict,
)
from galactograph.errors import InvalidValue
from galactograph.values.codes import Action
from galactograph.values.patient import Presentation
from galactograph.values.report import Advice, Reason


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A piece of advice and when it holds.

    Attributes
    ----------
    code
        Stable; "G-01" for eligibility (as in the design page), "GA101" for
        management.
    when
        Condition (see `conditions`).
    action, text, source
        What to consider, in words, and where that comes from.
    stop
        True if nothing overrides it: if it holds, only stops are given.
    ask
        True if an unknown fact that it needs shall be named.
    """

    code: str
    when: Condition
    action: Action
    text: str
    source: str
    stop: bool = False
    ask: bool = False

    @property
    def reason(self) -> Reason:
        """The rule as a reason of an advice."""
        return Reason(rule=self.code, text=self.text, source=self.source)


@cache
def book() -> dict[str, Any]:
    """Return `rules.toml` as it stands."""
    text = files("galactograph.advice").joinpath("rules.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def rules(chapter: str) -> tuple[Rule, ...]:
    """Return the rules of a chapter, "eligibility" or "management", in order.

    Raises
    ------
    InvalidValue
        If a rule has no source or asks for a fact that does not exist.
    """
    known = book()["facts"]
    out = []
    for entry in book()[chapter]:
        check(entry["when"], known)
        if not entry["source"].strip():
            raise InvalidValue(f"rule {entry['code']} needs a source")
        out.append(Rule(**{**entry, "action": Action(entry["action"])}))
    return tuple(out)


def facts_of(presentation: Presentation) -> dict[str, bool | float | str | None]:
    """Return what is known before the images, by the names that rules use."""
    discharge = presentation.discharge
    return {
        "purulent": discharge.purulent,
        "bloody": discharge.bloody,
        "colour": None if discharge.colour is None else str(discharge.colour),
        "spontaneous": discharge.spontaneous,
        "orifices": discharge.orifices,
        "age": presentation.age,
        "male": presentation.male,
        "infection": presentation.infection,
        "palpable_mass": presentation.palpable_mass,
        "suspicious_imaging": presentation.suspicious_imaging,
        "visible_elsewhere": presentation.visible_elsewhere,
        "wishes_to_breastfeed": presentation.wishes_to_breastfeed,
    }


def ask(chapter: Iterable[Rule], facts: Facts) -> tuple[Advice, ...]:
    """Return the advice of all rules that hold, one for each action, in rule order.

    If a stop holds, only stops are given. Rules that an unknown fact leaves open
    are named in the first advice, if they ask to be.
    """
    chapter = tuple(chapter)
    held = [rule for rule in chapter if verdict(rule.when, facts) is True]
    stops = [rule for rule in held if rule.stop]
    if stops:
        return _by_action([(rule.action, rule.reason) for rule in stops])
    pairs = [(rule.action, rule.reason) for rule in held]
    if pairs:
        open_rules = (r for r in chapter if r.ask and verdict(r.when, facts) is None)
        pairs.extend((pairs[0][0], _undecided(rule, facts)) for rule in open_rules)
    return _by_action(pairs)


def _undecided(rule: Rule, facts: Facts) -> Reason:
    """Return a reason that names what a rule would need to know."""
    words = " and ".join(book()["facts"][name] for name in unknown(rule.when, facts))
    return Reason(
        rule=rule.code,
        text=f"Not decided, for it is not known {words}. If so: {rule.text}",
        source=rule.source,
    )


def _by_action(pairs: list[tuple[Action, Reason]]) -> tuple[Advice, ...]:
    """Return one advice for each action, in the order of first mention."""
    grouped: dict[Action, list[Reason]] = {}
    for action, reason in pairs:
        grouped.setdefault(action, []).append(reason)
    return tuple(
        Advice(action=action, reasons=tuple(reasons))
        for action, reasons in grouped.items()
    )
