"""Candidate causes: laws of probability, and the arithmetic."""

from __future__ import annotations

import re
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advice_cases import finding
from galactograph.advice import explain
from galactograph.advice.cause_model import model
from galactograph.advice.causes import CANCER_AT_LEAST, begin, determined
from galactograph.errors import InvalidValue
from galactograph.values.codes import CauseName, FindingKind
from galactograph.values.patient import Colour, Discharge, Presentation
from galactograph.values.report import Finding

CANCER = (CauseName.DCIS, CauseName.INVASIVE)
presentations = st.builds(
    Presentation,
    age=st.one_of(st.none(), st.integers(18, 95)),
    male=st.sampled_from([None, True, False]),
    discharge=st.builds(
        Discharge, colour=st.sampled_from([None, Colour.BLOODY, Colour.SEROUS])
    ),
    palpable_mass=st.sampled_from([None, True, False]),
)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    return finding(
        draw(st.sampled_from(list(FindingKind))),
        draw(st.floats(0, 1)),
        shape=draw(st.sampled_from(["", "smooth", "lobulated", "irregular"])),
        length_mm=draw(st.one_of(st.none(), st.floats(0.4, 20))),
        straight_mm=draw(st.one_of(st.none(), st.floats(0, 120))),
        evidence=draw(
            st.dictionaries(
                st.sampled_from(["expansion", "convexity"]), st.floats(-1, 3)
            )
        ),
    )


def chances(one: Finding, presentation: Presentation) -> dict[CauseName, float]:
    """Return the probabilities of one finding by cause."""
    (explained,) = explain([one], presentation)
    return {cause.name: cause.probability for cause in explained.causes}


def of_cancer(one: Finding, presentation: Presentation) -> float:
    """Return the probability of cancer, artefact aside."""
    found = chances(one, presentation)
    return sum(found[name] for name in CANCER) / (1 - found[CauseName.ARTEFACT])


@given(findings(), presentations)
def test_probabilities_sum_to_one_and_come_in_order(
    one: Finding, presentation: Presentation
) -> None:
    (explained,) = explain([one], presentation)
    shares = [cause.probability for cause in explained.causes]
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)
    assert {cause.name for cause in explained.causes} == set(model().priors)


@given(findings(), presentations)
def test_the_arithmetic_says_what_was_multiplied(
    one: Finding, presentation: Presentation
) -> None:
    (explained,) = explain([one], presentation)
    for cause in explained.causes:
        left, right = cause.arithmetic.split(" = ")
        factors = [float(part.split()[-1]) for part in left.split(" × ")]
        weight = float(right.split(";")[0])
        assert weight == pytest.approx(prod(factors), rel=0.06, abs=1e-12)
        said = re.search(r"sum ([0-9.]+)$", right)
        assert said is not None
        assert float(said[1]) == pytest.approx(cause.probability, abs=6e-4)


@given(findings(), presentations)
def test_a_surer_finding_is_less_likely_an_artefact(
    one: Finding, presentation: Presentation
) -> None:
    sure = finding(one.kind, 1.0, shape=one.shape, evidence=one.evidence)
    unsure = finding(one.kind, 0.2, shape=one.shape, evidence=one.evidence)
    less = chances(sure, presentation)[CauseName.ARTEFACT]
    assert less < chances(unsure, presentation)[CauseName.ARTEFACT]


@given(findings())
def test_blood_age_and_a_mass_speak_for_cancer(one: Finding) -> None:
    def woman(age: int, colour: Colour, *, mass: bool) -> Presentation:
        return Presentation(
            age=age, discharge=Discharge(colour=colour), palpable_mass=mass
        )

    base = of_cancer(one, woman(50, Colour.SEROUS, mass=False))
    assert of_cancer(one, woman(50, Colour.BLOODY, mass=False)) > base
    assert of_cancer(one, woman(70, Colour.SEROUS, mass=False)) > base
    assert of_cancer(one, woman(30, Colour.SEROUS, mass=False)) < base
    assert of_cancer(one, woman(50, Colour.SEROUS, mass=True)) > base


def test_an_irregular_outline_speaks_for_cancer_and_a_lobulated_one_against() -> None:
    shapes = ("lobulated", "smooth", "irregular")
    kind = FindingKind.FILLING_DEFECT
    chance = {s: of_cancer(finding(kind, shape=s), Presentation()) for s in shapes}
    assert chance["lobulated"] < chance["smooth"] < chance["irregular"]


def test_a_defect_keeps_the_published_share_of_cancer() -> None:
    # Dinkel 2000: 6 cancers among 90 defects or cut-offs.
    chance = of_cancer(finding(FindingKind.FILLING_DEFECT, 0.95), Presentation())
    assert 0.04 < chance < 0.12
    solitary = finding(
        FindingKind.FILLING_DEFECT,
        0.95,
        shape="lobulated",
        length_mm=4.0,
        straight_mm=20.0,
        evidence={"expansion": 1.6},
    )
    assert 0.01 < of_cancer(solitary, Presentation()) < 0.06


def test_the_likeliest_cause_of_each_kind_is_the_textbook_one() -> None:
    def first(kind: FindingKind) -> CauseName:
        (explained,) = explain([finding(kind, 0.9)], Presentation())
        return explained.causes[0].name

    assert first(FindingKind.FILLING_DEFECT) is CauseName.PAPILLOMA
    assert first(FindingKind.ECTASIA) is CauseName.ECTASIA
    assert first(FindingKind.AIR_BUBBLE) is CauseName.ARTEFACT


@given(st.floats(0, 1), st.sampled_from(sorted(model().kinds)))
def test_what_is_not_real_goes_to_artefact_whatever_its_kind(
    confidence: float, kind: str
) -> None:
    likely = model().kinds[kind].likelihoods
    begun = begin(confidence, model().priors, likely)
    assert sum(begun.values()) == pytest.approx(1)
    false = min(max(1 - confidence, 0.02), 0.9)
    others = begin(confidence, {**model().priors, CauseName.ARTEFACT: 0.0}, likely)
    assert others[CauseName.ARTEFACT] == pytest.approx(false)
    assert begun[CauseName.ARTEFACT] >= false
    # Among what is real, prior and likelihood of the kind share.
    one, two = CauseName.PAPILLOMA, CauseName.ECTASIA
    ratio = model().priors[one] * likely[one] / (model().priors[two] * likely[two])
    assert begun[one] / begun[two] == pytest.approx(ratio)


def test_how_common_imitators_are_can_be_said() -> None:
    one = finding(FindingKind.FILLING_DEFECT, 0.98)
    usual = {**model().priors, CauseName.ARTEFACT: 0.0}
    (never,) = explain([one], Presentation(), priors=usual)
    (often,) = explain([one], Presentation(), priors={**usual, CauseName.ARTEFACT: 3.0})
    assert often.causes[0].name is CauseName.ARTEFACT
    assert never.causes[0].name is CauseName.PAPILLOMA


@pytest.mark.parametrize(
    ("evidence", "length_mm", "straight_mm", "likelier"),
    [
        # Multiple small defects in peripheral ducts that are not dilated: Cho 2005.
        ({"duct_calibre_mm": 0.7}, 0.9, 80.0, CauseName.DCIS),
        ({"duct_calibre_mm": 1.8}, 2.5, 20.0, CauseName.PAPILLOMA),
        ({"duct_calibre_mm": 3.0}, 3.0, 30.0, CauseName.ECTASIA),
        ({"duct_calibre_mm": 1.0, "roundness": 0.97}, 0.7, 20.0, CauseName.ARTEFACT),
    ],
)
def test_calibre_size_place_and_form_speak_for_the_cause_they_should(
    evidence: dict[str, float],
    length_mm: float,
    straight_mm: float,
    likelier: CauseName,
) -> None:
    kind = FindingKind.FILLING_DEFECT
    bare = chances(finding(kind, 0.95), Presentation())
    seen = chances(
        finding(
            kind,
            0.95,
            length_mm=length_mm,
            straight_mm=straight_mm,
            evidence=evidence,
        ),
        Presentation(),
    )
    assert seen[likelier] > bare[likelier]


def test_bubbles_besides_make_no_artefact_of_a_wide_duct() -> None:
    bubble = finding(FindingKind.AIR_BUBBLE, 0.95)
    wide = finding(FindingKind.ECTASIA, 0.95)
    (first, *_) = explain([wide, bubble], Presentation())[0].causes
    assert first.name is CauseName.ECTASIA


@given(findings())
def test_no_picture_rules_cancer_out(one: Finding) -> None:
    likely = model().kinds[one.kind.word].likelihoods
    begun = begin(one.confidence, model().priors, likely)
    before = sum(begun[name] for name in CANCER) / (1 - begun[CauseName.ARTEFACT])
    assert of_cancer(one, Presentation()) > 0.95 * CANCER_AT_LEAST * before


def test_priors_of_another_population_are_taken() -> None:
    only = explain(
        [finding(FindingKind.FILLING_DEFECT, 1.0)],
        Presentation(),
        priors={CauseName.DCIS: 3.0},
    )
    assert only[0].causes[0].name is CauseName.DCIS
    with pytest.raises(InvalidValue, match="positive sum"):
        explain([], Presentation(), priors={CauseName.DCIS: 0.0})


def test_every_number_has_a_source() -> None:
    page = model()
    everything = [*page.kinds.values(), *page.modifiers]
    assert page.prior_source
    assert all(evidence.source for evidence in everything)
    assert set(page.kinds) == {kind.word for kind in FindingKind}
    assert all(
        0 < value <= 1
        for evidence in page.kinds.values()
        for value in evidence.likelihoods.values()
    )


def test_irregular_walls_and_several_defects_besides_speak_for_cancer() -> None:
    alone = finding(FindingKind.NARROWING, 0.9)
    others = [
        finding(FindingKind.WALL_IRREGULARITY, 0.9),
        finding(FindingKind.FILLING_DEFECTS, 0.9),
    ]
    (first,) = explain([alone], Presentation())
    among = explain([alone, *others], Presentation())[0]

    def cancer(one: Finding) -> float:
        return sum(c.probability for c in one.causes if c.name in CANCER)

    assert cancer(among) > cancer(first)


def test_what_is_unsure_besides_weighs_nothing() -> None:
    alone = finding(FindingKind.NARROWING, 0.9)
    unsure = finding(FindingKind.WALL_IRREGULARITY, 0.3)
    told = explain([alone, unsure], Presentation())[0].causes[0].arithmetic
    assert "irregular walls" not in told


@given(st.lists(findings(), min_size=1, max_size=4), presentations)
def test_a_cause_is_named_only_if_it_outweighs_all_others(
    found: list[Finding], presentation: Presentation
) -> None:
    for one in explain(found, presentation):
        named = determined(one)
        most = max(cause.probability for cause in one.causes)
        assert (named is not None) == (most >= 0.5)
        if named is not None:
            assert named.probability == most


def test_the_published_model_stands_beside_the_refined_one() -> None:
    published, better = model(refined=False), model()
    assert set(published.kinds) == set(better.kinds)
    assert [e.words for e in published.modifiers] == [e.words for e in better.modifiers]
