"""Confidences: monotone, bounded, and fair to the order of findings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advice_cases import finding
from galactograph.finders import calibrate
from galactograph.finders._confidence import confidence
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


@pytest.mark.parametrize("score", [0.3, 0.9])
def test_the_score_stays_as_evidence(score: float) -> None:
    (one,) = calibrate([finding(FindingKind.FILLING_DEFECT, score)])
    assert one.evidence["score"] == score
    assert one.confidence == confidence("filling-defect", score)
