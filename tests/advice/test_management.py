"""What to consider next."""

from __future__ import annotations

import pytest

from advice_cases import finding, presentations, reading
from galactograph.advice import advise, assess
from galactograph.advice.management import counts
from galactograph.values.codes import Action, Adequacy, FindingKind
from galactograph.values.patient import (
    Colour,
    Discharge,
    History,
    Presentation,
    Reaction,
)
from galactograph.values.record import InjectionRecord
from galactograph.values.report import Advice, Assessment, Finding

DEFECT = finding(FindingKind.FILLING_DEFECT, shape="lobulated", straight_mm=20.0)
STUDIES: list[tuple[Finding, ...]] = [
    (),
    (DEFECT,),
    (finding(FindingKind.FILLING_DEFECTS), DEFECT),
    (finding(FindingKind.TERMINATION),),
    (finding(FindingKind.ECTASIA),),
    (finding(FindingKind.ECTASIA), DEFECT),
    (finding(FindingKind.DISPLACEMENT),),
    (finding(FindingKind.AIR_BUBBLE),),
    (finding(FindingKind.EXTRAVASATION),),
    (finding(FindingKind.CYST_FILL),),
    (finding(FindingKind.PRUNED_TREE),),
    (finding(FindingKind.FILLING_DEFECT, 0.3),),
]
SEROUS = Presentation(discharge=Discharge(colour=Colour.SEROUS), infection=False)


def advice_for(
    findings: tuple[Finding, ...],
    presentation: Presentation = SEROUS,
    systems: int | None = 1,
) -> tuple[Advice, ...]:
    """Return the advice for one adequate view."""
    return advise(
        presentation, findings, assess([reading()], findings), systems=systems
    )


def rules_of(advice: tuple[Advice, ...]) -> set[str]:
    """Return the codes of all rules that hold (the undecided ones left out)."""
    return {
        reason.rule
        for piece in advice
        for reason in piece.reasons
        if not reason.text.startswith("Not decided")
    }


def test_there_is_always_advice_with_reasons_and_sources() -> None:
    for status in (Adequacy.ADEQUATE, Adequacy.NO_CONTRAST):
        for findings in STUDIES:
            assessment = assess([reading(status)], findings)
            for k, presentation in enumerate(presentations()):
                if k % 7:
                    continue
                for systems in (None, 0, 1, 2, 12):
                    advice = advise(presentation, findings, assessment, systems=systems)
                    assert advice
                    assert all(r.source for piece in advice for r in piece.reasons)


def test_pus_or_infection_overrides_everything() -> None:
    stop = {Action.TREAT_INFECTION, Action.NO_GALACTOGRAPHY}
    for presentation in presentations():
        hard = presentation.discharge.purulent or presentation.infection
        for findings in STUDIES[:3]:
            actions = {a.action for a in advice_for(findings, presentation)}
            assert (actions == stop) is bool(hard)
            if not hard:
                assert not actions & stop


def test_no_words_say_that_cancer_is_excluded() -> None:
    for findings in STUDIES:
        for level in range(6):
            text = assess([reading()], findings).text
            advice = advise(
                SEROUS, findings, Assessment(level=f"DG{level}", text=""), systems=1
            )
            words = [text, *(r.text for a in advice for r in a.reasons)]
            assert not any("exclude" in word.lower() for word in words)


@pytest.mark.parametrize(
    ("systems", "action"),
    [
        (1, Action.MICRODOCHECTOMY),
        (2, Action.SUBAREOLAR_EXCISION),
        (14, Action.SUBAREOLAR_EXCISION),
        (None, Action.SUBAREOLAR_EXCISION),
    ],
)
def test_one_duct_or_several_decides_the_operation(
    systems: int | None, action: Action
) -> None:
    actions = [a.action for a in advice_for((DEFECT,), systems=systems)]
    assert action in actions
    operations = {Action.MICRODOCHECTOMY, Action.SUBAREOLAR_EXCISION}
    assert operations & set(actions) == {action}


def test_what_a_needle_can_reach_is_biopsied_first() -> None:
    seen = Presentation(visible_elsewhere=True)
    assert advice_for((DEFECT,), seen)[0].action is Action.BIOPSY_FIRST


def test_a_wish_to_breastfeed_weighs_against_total_excision() -> None:
    wish = Presentation(wishes_to_breastfeed=True)
    assert "GA306" in rules_of(advice_for((DEFECT,), wish, systems=None))
    assert "GA306" in rules_of(advice_for((DEFECT,), wish, systems=11))
    assert "GA307" in rules_of(advice_for((DEFECT,), wish, systems=1))


def test_a_lesion_far_out_is_told_to_be_missed_by_a_central_cone() -> None:
    far = finding(FindingKind.FILLING_DEFECT, straight_mm=52.0)
    assert "GA308" in rules_of(advice_for((far,)))
    assert "GA309" in rules_of(advice_for((far,), systems=None))
    assert not {"GA308", "GA309"} & rules_of(advice_for((DEFECT,)))


def test_a_normal_study_goes_on_if_there_is_blood_or_age() -> None:
    bloody = Presentation(age=40, discharge=Discharge(colour=Colour.BLOODY))
    old = Presentation(age=66, discharge=Discharge(colour=Colour.SEROUS))
    young = Presentation(age=40, discharge=Discharge(colour=Colour.SEROUS))
    assert "GA402" in rules_of(advice_for((), bloody))
    assert "GA403" in rules_of(advice_for((), old))
    assert rules_of(advice_for((), young)) == {"GA401", "GA404"}


def test_ectasia_without_blood_is_watched_and_with_blood_is_not() -> None:
    ectasia = (finding(FindingKind.ECTASIA),)
    bloody = Presentation(discharge=Discharge(colour=Colour.BLOODY))
    assert "GA501" in rules_of(advice_for(ectasia))
    assert "GA502" in rules_of(advice_for(ectasia, bloody))
    assert "GA501" not in rules_of(advice_for(ectasia, bloody))


def test_a_finding_that_is_not_sure_is_not_operated_on() -> None:
    unsure = (finding(FindingKind.FILLING_DEFECT, 0.3),)
    assert Action.MICRODOCHECTOMY not in [a.action for a in advice_for(unsure)]


def test_only_sure_lesions_count_as_systems() -> None:
    assert counts(finding(FindingKind.FILLING_DEFECT))
    assert not counts(finding(FindingKind.AIR_BUBBLE))
    assert not counts(finding(FindingKind.FILLING_DEFECT, 0.4))


def test_every_reason_tells_the_inputs_that_led_to_it() -> None:
    known = Presentation(age=44, visible_elsewhere=True, wishes_to_breastfeed=True)
    for piece in advice_for((DEFECT,), known, systems=1):
        for reason in piece.reasons:
            undecided = reason.text.startswith("Not decided")
            assert reason.inputs or undecided, reason
    (first, *_) = advice_for((DEFECT,), known)
    assert first.reasons[0].inputs == (
        "intraductal abnormality: yes",
        "seen on ultrasound or MRI: yes",
    )


def recorded(record: InjectionRecord, findings: tuple[Finding, ...]) -> set[str]:
    """Return the rules that hold with a record of the injection."""
    assessment = assess([reading()], findings)
    return rules_of(advise(SEROUS, findings, assessment, systems=1, injection=record))


def test_air_in_the_line_and_reflux_are_weighed() -> None:
    assert "GA605" in recorded(InjectionRecord(flushed=False), (DEFECT,))
    assert "GA605" not in recorded(InjectionRecord(flushed=True), (DEFECT,))
    assert "GA605" not in recorded(InjectionRecord(flushed=False), ())
    assert "GA606" in recorded(InjectionRecord(reflux=True), ())
    assert "GA606" not in recorded(InjectionRecord(reflux=False), ())


def test_after_a_severe_reaction_no_repetition_is_advised() -> None:
    severe = Presentation(history=History(contrast_reaction=Reaction.SEVERE))
    for presentation, repeats in ((SEROUS, True), (severe, False)):
        assessment = assess([reading(Adequacy.NO_CONTRAST)], ())
        advice = advise(presentation, (), assessment, systems=None)
        assert (Action.REPEAT in [a.action for a in advice]) is repeats
        assert Action.MRI in [a.action for a in advice]
