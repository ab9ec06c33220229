"""What findings of one breast say of one another's cause."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advice_cases import finding
from galactograph.advice import explain
from galactograph.advice.cause_model import model
from galactograph.advice.together import together
from galactograph.values.codes import CauseName, FindingKind
from galactograph.values.patient import Presentation

NAMES = tuple(model().priors)
Chances = dict[CauseName, float]


def _shared(values: list[float]) -> Chances:
    return {n: x / sum(values) for n, x in zip(NAMES, values, strict=True)}


chances = st.lists(st.floats(0.02, 1), min_size=6, max_size=6).map(_shared)


def ones(count: int, value: float = 1.0) -> list[list[float]]:
    return [[value] * count for _ in range(count)]


@given(chances, chances)
def test_a_finding_alone_stays_as_it_is(told: Chances, shares: Chances) -> None:
    (factors,) = together([told], ones(1), shares)
    assert factors == pytest.approx(dict.fromkeys(NAMES, 1.0))


@given(chances, chances, chances)
def test_findings_that_tell_nothing_change_nothing(
    one: Chances, other: Chances, shares: Chances
) -> None:
    same = dict.fromkeys(NAMES, 1.0)
    for factors in together([one, other], ones(2, 0.0), shares):
        assert factors == pytest.approx(same)
    # Nor does one of which no more is known than how common causes are.
    assert together([one, shares], ones(2), shares)[0] == pytest.approx(same)


@given(chances, chances, st.sampled_from(NAMES))
def test_a_cause_that_is_surely_there_grows_most(
    one: Chances, shares: Chances, name: CauseName
) -> None:
    sure = {n: float(n is name) for n in NAMES}
    factors = together([one, sure], ones(2), shares)[0]
    assert max(factors, key=lambda n: factors[n]) is name
    more = together([one, sure, sure], ones(3), shares)[0]
    for other in NAMES:
        if other is not name:
            assert more[name] / more[other] >= factors[name] / factors[other] * 0.999


@given(chances, chances, chances, chances)
def test_the_order_of_findings_does_not_matter(
    one: Chances, two: Chances, three: Chances, shares: Chances
) -> None:
    there = together([one, two, three], ones(3), shares)
    back = together([three, two, one], ones(3), shares)
    for a, b in zip(there, reversed(back), strict=True):
        assert a == pytest.approx(b)


def test_narrowings_beside_a_small_defect_speak_for_cancer() -> None:
    small = finding(FindingKind.FILLING_DEFECT, 0.95, length_mm=1.0, straight_mm=70.0)
    narrow = [finding(FindingKind.NARROWING, 0.97) for _ in range(3)]

    def cancer(found: list[object]) -> float:
        first = explain(found, Presentation())[0]  # type: ignore[arg-type]
        return sum(
            c.probability
            for c in first.causes
            if c.name in (CauseName.DCIS, CauseName.INVASIVE)
        )

    assert cancer([small, *narrow]) > 1.5 * cancer([small])


def test_the_arithmetic_tells_what_the_others_say() -> None:
    pair = [finding(FindingKind.FILLING_DEFECT, 0.95) for _ in range(2)]
    for one in explain(pair, Presentation()):
        assert all("the other findings" in c.arithmetic for c in one.causes)
