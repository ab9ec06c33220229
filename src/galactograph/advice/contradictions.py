"""What cannot be true at once: patient, record, images and findings side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from galactograph.advice.assessment import COUNTS_FROM, LESIONS
from galactograph.advice.book import book
from galactograph.advice.conditions import Condition, Fact, verdict
from galactograph.advice.facts import facts_of, inputs_of, record_facts
from galactograph.advice.rules import checked
from galactograph.values.codes import Adequacy, FindingKind, Laterality
from galactograph.values.patient import Presentation
from galactograph.values.record import InjectionRecord
from galactograph.values.report import Assessment, Finding, Reading, Reason

_SIDES = {Laterality.LEFT: "left", Laterality.RIGHT: "right"}
_UNSEEN = (Adequacy.NO_CONTRAST, Adequacy.NOT_A_GALACTOGRAM)


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """A rule of contradiction: its stable code, such as "GC01", and when it holds."""

    code: str
    when: Condition
    text: str
    source: str


@cache
def conflicts() -> tuple[Conflict, ...]:
    """Return the rules of contradiction, in order."""
    return tuple(Conflict(**checked(entry)) for entry in book()["contradiction"])


def contradictions(
    presentation: Presentation,
    injection: InjectionRecord | None,
    readings: Sequence[Reading],
    findings: Sequence[Finding],
    assessment: Assessment,
    *,
    laterality: Laterality | None,
) -> tuple[Reason, ...]:
    """Return what contradicts, each with the facts that do; empty if nothing does.

    Parameters
    ----------
    laterality
        Side of the images; None if they do not say.
    """
    facts = (
        facts_of(presentation)
        | record_facts(injection)
        | _seen(readings, findings, assessment)
        | _sides(presentation, injection, laterality)
    )
    if facts["record_given"] is not None:
        facts["injected"] = facts["record_given"]
    return tuple(
        Reason(
            rule=rule.code,
            text=rule.text,
            source=rule.source,
            inputs=inputs_of(rule.when, facts),
        )
        for rule in conflicts()
        if verdict(rule.when, facts) is True
    )


def _seen(
    readings: Sequence[Reading], findings: Sequence[Finding], assessment: Assessment
) -> dict[str, Fact]:
    """Return what the images show."""
    counted = [f for f in findings if f.confidence >= COUNTS_FROM]
    shown = any(r.adequacy.status not in _UNSEEN for r in readings)
    return {
        "level": int(assessment.level[2:]),
        "lesion_listed": any(f.kind in LESIONS for f in counted),
        "extravasated": any(f.kind is FindingKind.EXTRAVASATION for f in counted),
        "contrast_seen": shown if readings else None,
        # Contrast in the ducts was injected, whether or not somebody wrote it down.
        "injected": True if shown else None,
    }


def _sides(
    presentation: Presentation,
    injection: InjectionRecord | None,
    images: Laterality | None,
) -> dict[str, Fact]:
    """Return the side that each of them names, in words."""
    record = None if injection is None else injection.laterality
    sides = {
        "patient_side": presentation.laterality,
        "record_side": record,
        "image_side": images,
    }
    return {
        name: None if side is None else _SIDES[side] for name, side in sides.items()
    }
