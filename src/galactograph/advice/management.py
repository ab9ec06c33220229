"""What to consider next: the rules asked of one study."""

from __future__ import annotations

from collections.abc import Sequence

from galactograph.advice.assessment import COUNTS_FROM, LESIONS
from galactograph.advice.facts import facts_of, record_facts
from galactograph.advice.rules import ask, rules
from galactograph.values.codes import FindingKind
from galactograph.values.patient import Presentation
from galactograph.values.record import InjectionRecord
from galactograph.values.report import Advice, Assessment, Finding


def advise(
    presentation: Presentation,
    findings: Sequence[Finding],
    assessment: Assessment,
    *,
    systems: int | None,
    injection: InjectionRecord | None = None,
) -> tuple[Advice, ...]:
    """Return what to consider next, most pressing first; never empty.

    Parameters
    ----------
    systems
        Number of separate duct systems that show an abnormality; None if that was
        not determined, which counts as "several or undetermined".
    injection
        Record of the injection, if one was kept.

    Notes
    -----
    Pus or infection gives the stop alone. All else is a suggestion that a
    clinician weighs; unknown facts that would matter are named. Every reason tells
    the facts that led to it.
    """
    facts = (
        facts_of(presentation)
        | record_facts(injection)
        | _seen(findings, assessment, systems)
    )
    return ask(rules(), facts)


def counts(finding: Finding) -> bool:
    """Tell whether a finding is a lesion, and sure enough to weigh on advice."""
    return finding.confidence >= COUNTS_FROM and finding.kind in LESIONS


def _seen(
    findings: Sequence[Finding], assessment: Assessment, systems: int | None
) -> dict[str, bool | float | str | None]:
    """Return what the study shows, by the names that rules use."""
    counted = [f for f in findings if f.confidence >= COUNTS_FROM]
    kinds = {f.kind for f in counted}
    lesions = [f for f in counted if counts(f)]
    away = [f.straight_mm for f in lesions if f.straight_mm is not None]
    level = int(assessment.level[2:])
    return {
        "level": level,
        "lesion": bool(lesions) and level >= 3,
        "ectasia_only": FindingKind.ECTASIA in kinds and not lesions and level == 2,
        # Not determined is a state of its own in the rules, not an unknown fact.
        "systems": systems if systems is not None else 0,
        "far_mm": max(away) if away else (None if lesions else 0.0),
        "bubbles": FindingKind.AIR_BUBBLE in kinds,
        "extravasated": FindingKind.EXTRAVASATION in kinds,
    }
