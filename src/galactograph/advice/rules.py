"""The rules of management as data: checked once, and asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from galactograph.advice.book import book
from galactograph.advice.conditions import (
    Condition,
    Facts,
    check,
    unknown,
    verdict,
)
from galactograph.advice.facts import asked, inputs_of
from galactograph.errors import InvalidValue
from galactograph.values.codes import Action
from galactograph.values.report import Advice, Reason


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A piece of advice and when it holds.

    Attributes
    ----------
    code
        Stable, such as "GA101".
    when
        Condition (see `conditions`).
    unless
        Condition that takes it back; what is not known does not.
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
    unless: Condition = field(default_factory=dict)
    stop: bool = False
    ask: bool = False

    def verdict(self, facts: Facts) -> bool | None:
        """Return whether the rule holds; None where an unknown fact decides."""
        if self.unless and verdict(self.unless, facts) is True:
            return False
        return verdict(self.when, facts)

    def reason(self, facts: Facts) -> Reason:
        """Return the rule as a reason, with the facts that led to it."""
        return Reason(
            rule=self.code,
            text=self.text,
            source=self.source,
            inputs=inputs_of(self.when, facts),
        )


def checked(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an entry of the book, refused if it cannot be asked or has no source.

    Raises
    ------
    InvalidValue
    """
    for name in ("when", "unless"):
        check(entry.get(name, {}), book()["facts"])
    if not entry["source"].strip():
        raise InvalidValue(f"rule {entry['code']} needs a source")
    return entry


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules of management, in order.

    Raises
    ------
    InvalidValue
        If a rule has no source or asks for a fact that does not exist.
    """
    return tuple(
        Rule(**{**checked(entry), "action": Action(entry["action"])})
        for entry in book()["management"]
    )


def ask(chapter: Iterable[Rule], facts: Facts) -> tuple[Advice, ...]:
    """Return the advice of all rules that hold, one for each action, in rule order.

    If a stop holds, only stops are given. Rules that an unknown fact leaves open
    are named in the first advice, if they ask to be.
    """
    chapter = tuple(chapter)
    held = [rule for rule in chapter if rule.verdict(facts) is True]
    stops = [rule for rule in held if rule.stop]
    if stops:
        return _by_action([(rule.action, rule.reason(facts)) for rule in stops])
    pairs = [(rule.action, rule.reason(facts)) for rule in held]
    if pairs:
        open_rules = (r for r in chapter if r.ask and r.verdict(facts) is None)
        pairs.extend((pairs[0][0], _undecided(rule, facts)) for rule in open_rules)
    return _by_action(pairs)


def _undecided(rule: Rule, facts: Facts) -> Reason:
    """Return a reason that names what a rule would need to know."""
    words = " and ".join(asked(name) for name in unknown(rule.when, facts))
    return Reason(
        rule=rule.code,
        text=f"Not decided, for it is not known {words}. If so: {rule.text}",
        source=rule.source,
        inputs=inputs_of(rule.when, facts),
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
