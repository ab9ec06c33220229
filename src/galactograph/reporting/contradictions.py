"""What a report must not say: refuse it, in one sentence, before it is written.

The advice is checked with the same rules that gave it: a rule that does not hold for
the number of ducts that the report itself shows cannot have been meant for it. What
patient, record and images say against one another is another thing: that is shown
(`Report.contradictions`), for a person must settle it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from galactograph.advice.assessment import COUNTS_FROM
from galactograph.advice.book import book
from galactograph.advice.conditions import verdict
from galactograph.advice.management import counts
from galactograph.advice.rules import rules
from galactograph.ducts.systems import systems_of
from galactograph.errors import InvalidValue
from galactograph.values.codes import Action, FindingKind
from galactograph.values.report import Finding, Reason, Report

SLACK_MM = 10.0
"""A straight distance may exceed the path by this much: the nipple's mark and the
tree's root are found apart from one another. source: assumed."""

_BENIGN = (FindingKind.ECTASIA, FindingKind.CYST_FILL, FindingKind.PRUNED_TREE)
_SIDES = {"L": "left", "R": "right"}
_SIDE_WORDS = {
    "L": re.compile(r"\b(left|links?e?[rsnm]?)\b", re.IGNORECASE),
    "R": re.compile(r"\b(right|rechts?e?[rsnm]?)\b", re.IGNORECASE),
}
_NORMAL = re.compile(
    r"\b(no (?:findings?|abnormality)|normal galactogram|unremarkable|"
    r"kein(?:e|en)? befunde?|unauffällig\w*)\b",
    re.IGNORECASE,
)
_SIZE = re.compile(r"(\d+(?:[.,]\d+)?)\s*mm\b")


class Contradiction(InvalidValue):
    """A report that says two things that cannot both be true."""


def refuse_contradictions(report: Report) -> None:
    """Raise on the first contradiction of a report.

    Raises
    ------
    Contradiction
        One sentence: what is said, and what speaks against it.
    """
    for sentence in contradictions(report):
        raise Contradiction(sentence)


def contradictions(report: Report) -> tuple[str, ...]:
    """Return every contradiction of a report, each one sentence."""
    return (*_sides(report), *_sizes(report), *_levels(report), *_advised(report))


def _sides(report: Report) -> Iterator[str]:
    if report.laterality is None:
        return
    side = _SIDES[report.laterality]
    for reading in report.readings:
        other = reading.view.laterality
        if other is not None and other is not report.laterality:
            yield (
                f"the report is of the {side} breast, but view {reading.view.name} "
                f"shows the {_SIDES[other]} one"
            )


def _sizes(report: Report) -> Iterator[str]:
    for number, finding in enumerate(report.findings, 1):
        name = finding.identifier or f"F{number}"
        for what, value in (
            ("length", finding.length_mm),
            ("width", finding.width_mm),
            ("path", finding.along_duct_mm),
            ("straight distance", finding.straight_mm),
        ):
            if value is not None and not value >= 0:
                yield f"{name} has a {what} of {value:g} mm, which cannot be"
        along, straight = finding.along_duct_mm, finding.straight_mm
        # Of several defects the nearest path is told, and the largest one's place.
        several = finding.kind is FindingKind.FILLING_DEFECTS
        if None not in (along, straight) and not several:
            assert along is not None  # noqa: S101  for the type checker
            assert straight is not None  # noqa: S101
            if straight > along + SLACK_MM:
                yield (
                    f"{name} lies {straight:.0f} mm straight from the nipple, but only "
                    f"{along:.0f} mm along the duct, which no duct can do"
                )


def _levels(report: Report) -> Iterator[str]:
    level = int(report.assessment.level[2:])
    sure = [f for f in report.findings if f.confidence >= COUNTS_FROM]
    abnormal = [f for f in sure if counts(f) or f.kind in _BENIGN]
    if level == 1 and abnormal:
        yield (
            f"the study is called normal (DG1), but {_named(report, abnormal[0])} is "
            "reported"
        )
    if level >= 2 and not report.findings:
        yield f"the study is called abnormal (DG{level}), but no finding is reported"


def _named(report: Report, finding: Finding) -> str:
    number = report.findings.index(finding) + 1
    return f"{finding.identifier or f'F{number}'} ({finding.kind.word})"


def _advised(report: Report) -> Iterator[str]:
    lesions = tuple(f for f in report.findings if counts(f))
    systems = systems_of(report.readings, lesions) if lesions else None
    level = int(report.assessment.level[2:])
    facts: dict[str, bool | float | str | None] = {
        "level": level,
        "lesion": bool(lesions) and level >= 3,
        "systems": systems or 0,
    }
    shown = {None: "no duct can be told apart", 1: "one duct is abnormal"}.get(
        systems, f"{systems} ducts are abnormal"
    )
    for advice in report.advice:
        operation = advice.action in (
            Action.MICRODOCHECTOMY,
            Action.SUBAREOLAR_EXCISION,
        )
        for reason in advice.reasons:
            if operation and _refuted(reason, advice.action, facts):
                yield (
                    f"rule {reason.rule} advises {advice.action}, but in this report "
                    f"{shown} (DG{level})"
                )
        if advice.action is Action.MICRODOCHECTOMY and (systems or 0) > 1:
            yield f"microdochectomy takes one duct, but {shown}"


def _refuted(
    reason: Reason, action: Action, facts: dict[str, bool | float | str | None]
) -> bool:
    """Tell whether every rule of this code and action is sure not to hold."""
    meant = [
        rule for rule in rules() if rule.code == reason.rule and rule.action is action
    ]
    # What the report does not hold (age, blood, ...) stays unknown and refutes nothing.
    every = {**dict.fromkeys(_names(), None), **facts}
    return bool(meant) and all(verdict(rule.when, every) is False for rule in meant)


def _names() -> tuple[str, ...]:
    return tuple(book()["facts"])


def contradictions_in(text: str, report: Report) -> tuple[str, ...]:
    """Return what a sentence written by hand says against the report.

    Checks the side, sizes and distances in mm, and "normal" with a finding, in
    English and German.
    """
    return (
        *_side_in(text, report),
        *_sizes_in(text, report),
        *_normal_in(text, report),
    )


def _side_in(text: str, report: Report) -> Iterator[str]:
    if report.laterality is None:
        return
    other = "R" if report.laterality == "L" else "L"
    if _SIDE_WORDS[other].search(text):
        side = _SIDES[report.laterality]
        yield f"the text says {_SIDES[other]}, but the report is of the {side} breast"


def _sizes_in(text: str, report: Report) -> Iterator[str]:
    known = [
        value
        for f in report.findings
        for value in (f.length_mm, f.width_mm, f.along_duct_mm, f.straight_mm)
        if value is not None
    ]
    for told in _SIZE.findall(text):
        value = float(told.replace(",", "."))
        step = 0.5 if value == round(value) and "." not in told else 0.05
        if not any(abs(value - k) <= step + 1e-9 for k in known):
            yield f"the text says {told} mm, which no finding of the report has"


def _normal_in(text: str, report: Report) -> Iterator[str]:
    lesions = [f for f in report.findings if counts(f)]
    found = _NORMAL.search(text)
    if found and lesions:
        named = _named(report, lesions[0])
        yield f"the text says {found[0]!r}, but {named} is reported"
