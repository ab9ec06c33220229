"""Confidences: monotone, bounded, and fair to the order of findings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advice_cases import finding, reading
from galactograph.finders import calibrate
from galactograph.finders._confidence import TOLD_FROM, confidence, quality
from galactograph.finders._other_view import other_view
from galactograph.values.codes import FindingKind

KINDS = [kind.word for kind in FindingKind]
scores = st.floats(0, 1)


@given(st.sampled_from(KINDS), scores, scores)
def test_a_higher_score_is_never_less_sure(kind: str, one: float, two: float) -> None:
    low, high = sorted((one, two))
    assert confidence(kind, low) <= confidence(kind, high)


@given(st.sampled_from(KINDS), scores)
def test_nothing_is_quite_sure_nor_impossible_once_it_was_counted(
    kind: str, score: float
) -> None:
    chance = confidence(kind, score)
    assert 0 <= chance <= 1
    if chance != score:
        assert 0.004 < chance < 0.996


def test_a_kind_that_was_never_counted_keeps_its_score() -> None:
    assert confidence("something-new", 0.37) == 0.37


@pytest.mark.parametrize("score", [0.85, 0.9])
def test_the_score_stays_as_evidence(score: float) -> None:
    (one,) = calibrate([finding(FindingKind.FILLING_DEFECT, score)])
    assert one.evidence["score"] == score
    assert one.confidence == confidence("filling-defect", score, more=other_view(one))


@given(st.sampled_from(KINDS), scores, st.floats(0.01, 1), st.floats(0.01, 1))
def test_nobody_is_surer_in_a_noisier_picture(
    kind: str, score: float, one: float, two: float
) -> None:
    worse, better = sorted((one, two))
    assert confidence(kind, score, quality=worse) <= confidence(
        kind, score, quality=better
    )


@pytest.mark.parametrize(("noise", "share"), [(0.01, 1.0), (0.1, 0.15)])
def test_quality_is_contrast_over_noise(noise: float, share: float) -> None:
    view = reading()
    noisy = replace(
        view, scene=replace(view.scene, noise=noise), opacity_per_mm=0.15 * 3.6
    )
    assert quality(noisy) == pytest.approx(share, rel=1e-6)


def test_what_is_most_likely_nothing_is_not_told() -> None:
    faint = finding(FindingKind.CYST_FILL, 0.3)
    assert calibrate([faint]) == ()
    assert len(calibrate([replace(faint, confidence=0.34)])) == 1


def test_what_is_likelier_nothing_than_something_by_two_to_one_is_not_told() -> None:
    for kind in (FindingKind.FILLING_DEFECT, FindingKind.ECTASIA):
        tried = np.linspace(0.01, 0.99, 50).tolist()
        told = [calibrate([finding(kind, score)]) for score in tried]
        for score, each in zip(tried, told, strict=True):
            more = other_view(finding(kind, score))
            sure = confidence(kind.word, score, more=more)
            assert bool(each) == (sure >= TOLD_FROM)
