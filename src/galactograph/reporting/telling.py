"""Tell a report: its facts in one language, in the order of a radiologist's report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from galactograph.language import Tongue, tongue
from galactograph.reporting import telling_study as study
from galactograph.reporting.account import Account, Chapter, Fact, Teller
from galactograph.reporting.contradictions import refuse_contradictions
from galactograph.reporting.telling_findings import finding_chapter, surgeon_chapter
from galactograph.reporting.telling_study import source_words
from galactograph.reporting.words import side_words
from galactograph.values.report import Report


def tell(report: Report, language: str = "en") -> Account:
    """Return everything that a report says, in words.

    Parameters
    ----------
    language
        One of `galactograph.language.LANGUAGES`.

    Raises
    ------
    Contradiction
        If the report contradicts itself: one sentence that says where.
    """
    refuse_contradictions(report)
    spoken = tongue(language)
    side = side_words(report.laterality, spoken)
    marks = [spoken.say("mark.research")]
    if report.simulated:
        marks.append(spoken.say("mark.simulated"))
    key = "title.no_side" if report.laterality is None else "title.side"
    return Account(
        language=language,
        title=spoken.say(key, side=side),
        subtitle=spoken.say("title.subtitle"),
        marks=tuple(marks),
        chapters=tuple(_chapters(report, spoken)),
    )


def _chapters(report: Report, spoken: Tongue) -> Iterator[Chapter]:
    yield study.study_chapter(report, spoken)
    yield from _some(study.contradictions_chapter(report, spoken))
    yield study.indication_chapter(report, spoken)
    yield study.technique_chapter(report, spoken)
    yield study.quality_chapter(report, spoken)
    for number, finding in enumerate(report.findings, 1):
        yield finding_chapter(finding, number, report, spoken)
    yield _impression(report, spoken)
    yield _advice(report, spoken)
    yield from _some(surgeon_chapter(report, spoken))
    yield study.assumed_chapter(report, spoken)
    yield from _some(study.unread_chapter(report, spoken))
    yield study.limits_chapter(report, spoken)
    yield study.provenance_chapter(report, spoken)


def _some(chapter: Chapter | None) -> Iterable[Chapter]:
    return () if chapter is None else (chapter,)


def _impression(report: Report, spoken: Tongue) -> Chapter:
    teller, level = Teller("impression", spoken), report.assessment.level
    meaning = spoken.say(f"level.{level}")
    facts = [
        teller.fact("level", spoken.say("impression.level", level=level, text=meaning)),
        teller.fact("meaning", spoken.sentence(report.assessment.text)),
    ]
    if not report.findings:
        facts.append(teller.plain("none", spoken.say("impression.none")))
    title = spoken.say("chapter.impression")
    return Chapter(key="impression", title=title, facts=tuple(facts))


def _advice(report: Report, spoken: Tongue) -> Chapter:
    teller = Teller("advice", spoken)
    facts: list[Fact] = []
    for advice in report.advice:
        action = spoken.say(f"action.{advice.action}")
        facts.extend(
            teller.plain(
                f"{advice.action}.{number}",
                spoken.sentence(reason.text),
                source=source_words(reason, spoken),
                label=action,
            )
            for number, reason in enumerate(advice.reasons, 1)
        )
    facts.append(teller.plain("note", spoken.say("advice.note")))
    title = spoken.say("chapter.advice")
    return Chapter(key="advice", title=title, facts=tuple(facts))
