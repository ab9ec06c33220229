"""May contrast be injected? Pus is a hard stop that nothing overrides."""

from __future__ import annotations

from dataclasses import dataclass

from galactograph.advice.conditions import verdict
from galactograph.advice.rules import ask, book, facts_of, rules
from galactograph.values.patient import Presentation
from galactograph.values.report import Advice, Reason


@dataclass(frozen=True, kw_only=True)
class Eligibility:
    """Whether galactography may be done, as far as is known.

    Attributes
    ----------
    allowed
        False if a hard stop holds; None if it is not known whether one does; True
        otherwise. Other advice may still speak against it.
    advice
        What to consider instead or first; empty if nothing speaks against it.
    to_ask
        Rules that need what this software is not told; a person must ask.
    """

    allowed: bool | None
    advice: tuple[Advice, ...]
    to_ask: tuple[Reason, ...]


def may_inject(presentation: Presentation) -> Eligibility:
    """Return whether contrast may be injected, and what to consider first.

    Examples
    --------
    >>> from galactograph.values.patient import Colour, Discharge
    >>> pus = Presentation(discharge=Discharge(colour=Colour.PURULENT))
    >>> may_inject(pus).allowed
    False
    """
    chapter = rules("eligibility")
    facts = facts_of(presentation)
    stops = [verdict(rule.when, facts) for rule in chapter if rule.stop]
    allowed: bool | None = None if None in stops else True
    if True in stops:
        allowed = False
    to_ask = tuple(
        Reason(rule=entry["code"], text=entry["text"], source=entry["source"])
        for entry in book()["to_ask"]
    )
    return Eligibility(allowed=allowed, advice=ask(chapter, facts), to_ask=to_ask)
