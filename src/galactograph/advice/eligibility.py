"""May contrast be injected? Pus is a hard stop that nothing overrides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from galactograph.advice.book import book
from galactograph.advice.conditions import Condition, Facts, unknown, verdict
from galactograph.advice.facts import asked, facts_of, inputs_of
from galactograph.advice.rules import checked
from galactograph.values.patient import Presentation
from galactograph.values.report import Reason


class Severity(StrEnum):
    """What a rule of eligibility does, gravest first."""

    STOP = "stop"
    """Not done; nothing overrides it."""
    NOT_INDICATED = "not-indicated"
    """No reason to do it; a clinician may think otherwise."""
    DEFER = "defer"
    """Not now; a clinician may think otherwise."""
    CAUTION = "caution"
    """A clinician decides, and knows why."""
    INFO = "info"
    """Something else may come first."""


GRAVEST = tuple(Severity)
"""Severities in order."""


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """A rule of eligibility: its stable code, such as "G-01", and when it holds."""

    code: str
    severity: Severity
    when: Condition
    text: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Objection:
    """A rule that holds, or that an unknown fact leaves open.

    Attributes
    ----------
    severity
        Of the rule.
    reason
        Rule, text, source, and the facts that led to it.
    asks
        What is not known, each as a question begins: "whether she is pregnant"; empty
        if the rule holds.
    """

    severity: Severity
    reason: Reason
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Eligibility:
    """Whether galactography may be done, as far as is known.

    Attributes
    ----------
    allowed
        False if a hard stop holds; None if it is not known whether one does; True
        otherwise. Other objections may still speak against it.
    objections
        Rules that hold, gravest first.
    to_ask
        Rules that a person must be asked about, gravest first.
    """

    allowed: bool | None
    objections: tuple[Objection, ...]
    to_ask: tuple[Objection, ...]

    @property
    def gravest(self) -> Severity | None:
        """The gravest severity that holds; None if nothing speaks against it."""
        return self.objections[0].severity if self.objections else None


@cache
def criteria() -> tuple[Criterion, ...]:
    """Return the rules of eligibility, in order.

    Raises
    ------
    InvalidValue
        If a rule has no source or asks for a fact that does not exist.
    """
    return tuple(
        Criterion(**{**checked(entry), "severity": Severity(entry["severity"])})
        for entry in book()["eligibility"]
    )


def may_inject(presentation: Presentation) -> Eligibility:
    """Return whether contrast may be injected, what speaks against it, what to ask.

    Examples
    --------
    >>> from galactograph.values.patient import Colour, Discharge
    >>> pus = Presentation(discharge=Discharge(colour=Colour.PURULENT))
    >>> may_inject(pus).allowed, may_inject(pus).objections[0].reason.rule
    (False, 'G-01')
    """
    facts = _asked_of_him(facts_of(presentation))
    chapter = sorted(criteria(), key=lambda c: GRAVEST.index(c.severity))
    verdicts = [(c, verdict(c.when, facts)) for c in chapter]
    stops = [held for c, held in verdicts if c.severity is Severity.STOP]
    allowed: bool | None = None if None in stops else True
    if True in stops:
        allowed = False
    return Eligibility(
        allowed=allowed,
        objections=tuple(_objection(c, facts) for c, held in verdicts if held),
        to_ask=tuple(
            _objection(c, facts, open_=True) for c, held in verdicts if held is None
        ),
    )


def _asked_of_him(facts: dict[str, bool | float | str | None]) -> Facts:
    """Return facts without questions that no man is asked."""
    if facts["male"] is not True:
        return facts
    none = {n: False for n in ("pregnant", "lactating") if facts[n] is None}
    return {**facts, **none}


def _objection(rule: Criterion, facts: Facts, *, open_: bool = False) -> Objection:
    missing = unknown(rule.when, facts) if open_ else ()
    return Objection(
        severity=rule.severity,
        reason=Reason(
            rule=rule.code,
            text=rule.text,
            source=rule.source,
            inputs=inputs_of(rule.when, facts),
        ),
        asks=tuple(asked(name) for name in missing),
    )
