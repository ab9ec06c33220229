"""Causes weighed anew with the mix of the studies that are scored."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.advice import explain
from galactograph.advice.cause_model import model
from galactograph.trials.pooling_mix import measures, mix, reweigh
from galactograph.values.codes import CauseName, FindingKind
from galactograph.values.patient import Presentation
from galactograph.values.report import Finding, Place

few = settings(deadline=None, max_examples=40)
KINDS = (
    FindingKind.FILLING_DEFECT,
    FindingKind.NARROWING,
    FindingKind.ECTASIA,
    FindingKind.AIR_BUBBLE,
)
shares = st.lists(st.floats(0.05, 1), min_size=6, max_size=6).map(
    lambda values: dict(zip(model().priors, values, strict=True))
)


def told(
    kind: FindingKind,
    confidence: float,
    priors: dict[CauseName, float] | None = None,
    truth: str = "",
) -> dict[str, Any]:
    """Return the mark of a finding as the reader tells it."""
    place = Place(view=0, row=1.0, column=1.0)
    one = Finding(kind=kind, places=(place,), confidence=confidence, length_mm=2.0)
    (found,) = explain([one], Presentation(), priors=priors)
    return {
        "kind": kind.word,
        "confidence": confidence,
        "causes": {str(cause.name): cause.probability for cause in found.causes},
        "truth": truth,
    }


@few
@given(st.sampled_from(KINDS), st.floats(0.1, 1), shares)
def test_what_is_weighed_anew_is_what_other_priors_would_have_told(
    kind: FindingKind, confidence: float, priors: dict[CauseName, float]
) -> None:
    anew = reweigh(told(kind, confidence), priors)
    asked = told(kind, confidence, priors)["causes"]
    assert anew == pytest.approx(asked, rel=1e-6)


@few
@given(st.sampled_from(KINDS), st.floats(0.1, 1))
def test_with_the_clinics_own_priors_nothing_changes(
    kind: FindingKind, confidence: float
) -> None:
    mark = told(kind, confidence)
    assert reweigh(mark, model().priors) == pytest.approx(mark["causes"], rel=1e-6)


def test_the_mix_counts_findings_at_lesions_only() -> None:
    papilloma = told(FindingKind.FILLING_DEFECT, 0.9, truth="intraductal-papilloma")
    false = told(FindingKind.FILLING_DEFECT, 0.9)
    counted = mix([[papilloma] * 4, [false] * 10])
    assert sum(counted.values()) == pytest.approx(1)
    assert counted[CauseName.PAPILLOMA] == pytest.approx(5 / 10)
    assert counted[CauseName.ARTEFACT] == pytest.approx(1 / 10)


def test_a_mix_of_cancers_is_told_better_by_its_own_priors() -> None:
    cancer = told(FindingKind.NARROWING, 0.95, truth="ductal-carcinoma-in-situ")
    part, whole, _ = measures()["cause_first_mix"]
    kept = part({"marks": [cancer] * 8})
    assert kept is not None
    assert whole([kept]) == 1.0
    brier = measures()["cause_brier_mix"][1]
    alone = brier([[cancer]])
    many = brier([[cancer] * 8])
    assert alone is not None
    assert many is not None
    assert many < alone


def test_a_study_without_findings_gives_no_figure() -> None:
    part, _, _ = measures()["cause_error_mix"]
    assert part({"marks": []}) is None
