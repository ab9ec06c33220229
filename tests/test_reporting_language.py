"""The catalogues: the same keys, the same fields, nothing said twice or half."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import reporting_cases as cases
import reports
from galactograph.advice.assessment import _TEXTS
from galactograph.advice.rules import rules
from galactograph.errors import NotFound
from galactograph.language import ENGLISH, LANGUAGES, tongue
from galactograph.reporting import dictation, tell
from galactograph.values.codes import Action, Adequacy, CauseName, Depth, FindingKind
from galactograph.values.geometry import SpacingKind
from galactograph.values.patient import Colour, Reaction
from galactograph.values.record import Agent, CannulaKind, OrificePlace, StopReason
from galactograph.values.study import Role

GERMAN = tongue("de")
_FIELD = re.compile(r"\{[^{}]*\}")


def own(keys: set[str]) -> set[str]:
    """Leave out words that only translate what stands inside English sentences."""
    return {key for key in keys if " " not in key}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_catalogue_has_the_same_keys(code: str) -> None:
    assert own(set(tongue(code).texts)) == set(ENGLISH.texts)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_has_the_same_fields_in_the_same_format(code: str) -> None:
    for key, text in ENGLISH.texts.items():
        told = tongue(code).texts[key]
        assert sorted(_FIELD.findall(told)) == sorted(_FIELD.findall(text)), key
        assert told.strip(), key


def test_a_translated_sentence_keeps_every_field_and_every_number() -> None:
    for pattern, told in GERMAN.patterns:
        named = {f"{{{name}}}" for name in pattern.groupindex}
        assert set(_FIELD.findall(told)) == named, told
        numbers = re.findall(
            r"\d+(?:\.\d+)?",
            re.sub(r"\(\?P<\w+>", "", pattern.pattern.replace("\\", "")),
        )
        said = re.findall(r"\d+(?:,\d+)?", told)
        assert [n.replace(",", ".") for n in said] == numbers, told


def test_every_word_of_a_code_is_in_the_catalogue() -> None:
    wanted = {
        "action": Action,
        "adequacy": Adequacy,
        "cause": CauseName,
        "colour": Colour,
        "role": Role,
        "spacing": SpacingKind,
        "third": Depth,
        "word": (
            *StopReason,
            *OrificePlace,
            *CannulaKind,
            *Reaction,
            Agent.OTHER,
        ),
    }
    for room, words in wanted.items():
        for word in words:
            assert f"{room}.{word}" in ENGLISH.texts
    for kind in FindingKind:
        assert f"kind.{kind.word}" in ENGLISH.texts
    orders = (a for a in Action if "treat" not in a and "no-" not in a)
    assert all("onsider" in ENGLISH.say(f"action.{a}") for a in orders)


def test_every_rule_and_every_level_speaks_german() -> None:
    for rule in rules():
        assert GERMAN.knows(rule.text), rule.code
    for text in _TEXTS.values():
        assert GERMAN.knows(text), text


def test_a_sentence_that_was_changed_is_not_shown_in_an_old_translation() -> None:
    rule = next(r for r in rules() if GERMAN.knows(r.text))
    changed = rule.text.replace("consider", "avoid") + " Never."
    assert "Never." in GERMAN.sentence(changed)
    assert not GERMAN.knows(changed)


def test_what_is_not_decided_is_translated_to_its_end() -> None:
    text = (
        "Not decided, for it is not known whether the discharge is bloody. If so: "
        "Ectasia with bloody discharge: a lesion may be hidden; consider MRI."
    )
    told = GERMAN.sentence(text)
    assert "ob das Sekret blutig ist" in told
    assert "MRT erwägen" in told


def test_numbers_take_the_decimal_sign_of_the_language() -> None:
    text = dictation(tell(cases.recorded(), "de"))
    assert "4,1 x 1,5 mm" in text
    assert "Gegebenes Volumen: 0,45 mL" in text
    assert "SIMULIERT" in text
    assert "Nur für Forschungszwecke" in text
    assert "Mikrodochektomie" in text


def test_no_english_label_is_left_in_a_german_report() -> None:
    english = {f.label for f in tell(cases.recorded()).facts if f.label}
    german = {f.label for f in tell(cases.recorded(), "de").facts if f.label}
    same = english & german
    # Names of views, and words that both languages share.
    assert same <= {"L CC", "L ML", "Extravasation", "broken.dcm"}


def test_an_unknown_language_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotFound, match="en, de"):
        tell(reports.report(), "xx")


def test_a_note_nobody_translated_stays_as_it_is() -> None:
    report = replace(reports.report(), notes=("Something quite new.",))
    assert "Something quite new." in dictation(tell(report, "de"))
