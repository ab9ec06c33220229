"""What another view is worth, in log odds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advice_cases import finding
from galactograph.ducts import space_other
from galactograph.finders import calibrate
from galactograph.finders._other_view import EVIDENCE, Weight, weights
from galactograph.values.codes import FindingKind
from galactograph.values.report import Finding

KINDS = [FindingKind.FILLING_DEFECT, FindingKind.NARROWING]


def noted(kind: FindingKind, told: float | None) -> Finding:
    """Return a finding with what another view says of it."""
    one = finding(kind, 0.8)
    return one if told is None else replace(one, evidence={EVIDENCE: told})


def sure(kind: FindingKind, told: float | None) -> float:
    """Return its calibrated confidence; 0 if it is not told."""
    return max((one.confidence for one in calibrate([noted(kind, told)])), default=0.0)


@pytest.mark.parametrize("kind", KINDS)
@given(one=st.floats(-1, 1), other=st.floats(-1, 1))
def test_the_better_the_other_view_shows_it_the_surer_it_is(
    kind: FindingKind, one: float, other: float
) -> None:
    worse, better = sorted((one, other))
    assert sure(kind, worse) <= sure(kind, better)


@pytest.mark.parametrize("kind", KINDS)
def test_both_views_raise_what_one_view_says_and_one_that_lacks_it_lowers_it(
    kind: FindingKind,
) -> None:
    assert sure(kind, -1) < sure(kind, None) < sure(kind, 1)


def test_a_study_of_one_view_and_a_kind_never_counted_stay_as_they_are() -> None:
    assert Weight(seen=1, without=-2, alone=-0.5).of(None) == 0
    assert sure(FindingKind.CYST_FILL, -1) == sure(FindingKind.CYST_FILL, None)


def test_between_the_three_the_log_odds_are_shared() -> None:
    weight = Weight(seen=1, without=-2, alone=-0.5)
    assert [weight.of(x) for x in (1, 0, -1)] == [1, -0.5, -2]
    assert weight.of(-0.5) == pytest.approx(-1.25)


def test_both_rooms_call_the_evidence_alike() -> None:
    assert EVIDENCE == space_other.EVIDENCE
    assert {kind.word for kind in space_other.THROUGH} == set(weights())
