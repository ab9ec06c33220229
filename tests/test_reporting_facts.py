"""The facts of a report: told once, the same in every format, never at odds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest

import reporting_cases as cases
import reports
from galactograph.language import LANGUAGES
from galactograph.pictures import draw
from galactograph.reporting import (
    Contradiction,
    account_json,
    contradictions,
    contradictions_in,
    dictation,
    report_page,
    tell,
)
from galactograph.values.codes import Action, FindingKind, Laterality
from galactograph.values.geometry import SpacingKind
from galactograph.values.report import Advice, Assessment, Reason, Report

WHOLE = cases.recorded()
MAKERS: tuple[Callable[[], Report], ...] = (
    cases.recorded,
    lambda: reports.report(normal=True),
    lambda: reports.report(spacing_kind=SpacingKind.NONE),
    reports.no_contrast,
)


def level(report: Report, name: str) -> Report:
    return replace(report, assessment=Assessment(level=name, text="As it says."))


def advised(report: Report, action: Action, rule: str) -> Report:
    reason = Reason(rule=rule, text="As it says.", source="a test")
    return replace(report, advice=(Advice(action=action, reasons=(reason,)),))


def flat(text: str) -> str:
    """Return text without mark-up, with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("make", MAKERS)
def test_every_fact_is_said_in_text_data_and_page(
    make: Callable[[], Report], language: str
) -> None:
    report = make()
    account = tell(report, language)
    page = report_page(report, draw(report), language=language)
    # A bar of causes says its words to those who cannot see it.
    page = re.sub(r'aria-label="([^"]*)"', r">\1<", page)
    data = json.loads(account_json(account))
    told = [fact for chapter in data["chapters"] for fact in chapter["facts"]]
    said = {value for fact in told for value in fact.values()}
    text = dictation(account)
    for fact in account.facts:
        for words in fact.words:
            assert words in text
            assert words in said
            assert " ".join(words.split()) in flat(page), words


def test_keys_of_facts_are_unique_and_the_same_in_every_language() -> None:
    keys = [[fact.key for fact in tell(WHOLE, code).facts] for code in LANGUAGES]
    assert len(set(keys[0])) == len(keys[0])
    assert all(other == keys[0] for other in keys)


def test_a_number_behind_a_fact_is_the_number_in_its_words() -> None:
    for fact in tell(WHOLE).facts:
        if fact.unit == "mm" and fact.value is not None:
            told = [float(n) for n in re.findall(r"\d+(?:\.\d+)?", fact.text)]
            assert any(abs(n - fact.value) <= 0.5 for n in told), fact


def test_what_nobody_knows_is_called_unknown_and_never_no() -> None:
    indication = tell(WHOLE).chapter("indication")
    assert indication is not None
    told = {fact.key.rpartition(".")[2]: fact.text for fact in indication.facts}
    assert told["palpable_mass"] == "no"
    assert "infection" not in told
    assert "Mastitis or abscess" in told["unknown"]


def test_the_injection_is_told_as_it_was_recorded() -> None:
    text = dictation(tell(WHOLE))
    assert "Volume given: 0.45 mL" in text
    assert "Orifice, facing the patient: 10:30 o'clock" in text
    bare = dictation(tell(reports.report()))
    assert "No record of the injection was kept" in bare


def test_what_is_to_settle_is_shown_first_and_to_the_surgeon_too() -> None:
    reason = Reason(
        rule="GC03", text="Settle the side.", source="a test", inputs=("side: left",)
    )
    account = tell(replace(WHOLE, contradictions=(reason,)))
    assert account.chapters[1].key == "contradictions"
    assert "Because: side: left." in account.chapters[1].facts[0].source
    surgeon = account.chapter("surgeon")
    assert surgeon is not None
    assert any(fact.text == "Settle the side." for fact in surgeon.facts)


def test_without_millimetres_there_is_nothing_for_the_surgeon() -> None:
    assert (
        tell(reports.report(spacing_kind=SpacingKind.NONE)).chapter("surgeon") is None
    )
    assert tell(reports.report(normal=True)).chapter("surgeon") is None
    assert tell(WHOLE).chapter("surgeon") is not None


def test_only_simulated_images_are_called_simulated() -> None:
    assert "SIMULATED" in dictation(tell(WHOLE))
    assert "SIMULATED" not in dictation(tell(cases.real(WHOLE)))


@pytest.mark.parametrize("make", MAKERS)
def test_what_the_reader_makes_does_not_contradict_itself(
    make: Callable[[], Report],
) -> None:
    assert contradictions(make()) == ()


DEFECT = WHOLE.findings[0]


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (replace(WHOLE, laterality=Laterality.RIGHT), "right breast, but view L CC"),
        (level(WHOLE, "DG1"), "called normal"),
        (level(reports.report(normal=True), "DG3"), "no finding is reported"),
        (
            replace(WHOLE, findings=(replace(DEFECT, straight_mm=60.0),)),
            "60 mm straight from the nipple, but only 23 mm along",
        ),
        (replace(WHOLE, findings=(replace(DEFECT, length_mm=-1.0),)), "cannot be"),
        (advised(WHOLE, Action.SUBAREOLAR_EXCISION, "GA303"), "one duct is abnormal"),
        (advised(WHOLE, Action.SUBAREOLAR_EXCISION, "GA304"), "one duct is abnormal"),
    ],
)
def test_a_contradiction_is_refused_in_one_sentence(report: Report, words: str) -> None:
    with pytest.raises(Contradiction, match=words) as caught:
        tell(report)
    assert "\n" not in str(caught.value)


def test_one_duct_is_not_advised_where_two_are_abnormal() -> None:
    reading = WHOLE.readings[0]
    first, second = reading.ducts
    apart = replace(
        second, rooted=True, rows=second.rows + 60.0, columns=second.columns
    )
    two = replace(reading, ducts=(first, apart))
    on_second = replace(DEFECT.places[0], duct=1)
    findings = (
        replace(DEFECT, places=(DEFECT.places[0],)),
        replace(DEFECT, places=(on_second,), identifier="F2"),
    )
    both = replace(WHOLE, readings=(two,), findings=findings)
    assert "2 ducts are abnormal" in contradictions(both)[0]
    hadfield = advised(both, Action.SUBAREOLAR_EXCISION, "GA303")
    assert contradictions(hadfield) == ()


def test_of_several_defects_path_and_place_may_be_of_different_ones() -> None:
    several = replace(DEFECT, kind=FindingKind.FILLING_DEFECTS, straight_mm=60.0)
    assert contradictions(replace(level(WHOLE, "DG4"), findings=(several,))) == ()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("A 4.1 mm defect of the left breast, 23 mm from the nipple.", 0),
        ("A 4.1 mm defect of the right breast.", 1),
        ("Ein Defekt von 4,1 mm rechts.", 1),
        ("A defect of 7 mm.", 1),
        ("Normal galactogram, no findings.", 1),
    ],
)
def test_a_sentence_by_hand_is_held_against_the_report(text: str, count: int) -> None:
    assert len(contradictions_in(text, WHOLE)) == count
