"""Signs weighed together: bounded, monotone, one finding a place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galactograph.finders._chances import Candidate, chance, odds_of, weighed
from galactograph.values.codes import FindingKind
from galactograph.values.report import Finding, Place

KIND = "narrowing"

OTHERS = {"beside": 0.5, "bell_outline": 1.0, "beside_walled": 1.0, "clear": 3.0}


def candidate(row: float, score: float) -> Candidate:
    def tell(sure: float) -> Finding:
        return Finding(
            kind=FindingKind.NARROWING,
            places=(Place(view=0, row=row, column=0.0),),
            confidence=sure,
        )

    signs = {"scatters": score, **OTHERS}
    return Candidate(spot_px=(row, 0.0), signs=signs, tell=tell, apart_mm=3.0)


@given(st.floats(-5, 20), st.floats(0, 5))
def test_more_evidence_is_never_less_sure(score: float, more: float) -> None:
    one, other = ({"scatters": s, **OTHERS} for s in (score, score + more))
    assert chance(KIND, other) >= chance(KIND, one)


@given(st.floats(-5, 20), st.floats(-3, 3))
def test_a_chance_is_that_of_its_odds(score: float, outside: float) -> None:
    signs = {"scatters": score, "steady": outside}
    sure = chance(KIND, signs)
    assert 0 < sure < 1
    assert (sure > 0.5) == (odds_of(KIND, signs) > 0)


def test_a_sign_without_a_weight_says_nothing() -> None:
    signs = {"scatters": 4.0, **OTHERS}
    assert chance(KIND, {**signs, "unheard": 9.0}) == chance(KIND, signs)


def test_of_two_at_one_place_the_surer_is_told() -> None:
    some = [candidate(100, 12), candidate(110, 15), candidate(300, 10)]
    found = list(weighed(KIND, some, pixel_mm=0.1))
    assert [one.places[0].row for one in found] == [110, 300]
    assert found[0].confidence > found[1].confidence


def test_what_is_hardly_likely_is_not_told() -> None:
    assert not list(weighed(KIND, [candidate(0, -5)], pixel_mm=0.1))


def test_a_kind_that_nobody_weighed_is_refused() -> None:
    with pytest.raises(KeyError):
        chance("unheard", {})
