"""Findings of two views are paired all together."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from galactograph.ducts.space_pairing import NEVER, choose
from galactograph.values.arrays import Floats

few = settings(deadline=None, max_examples=60)
tables = st.tuples(st.integers(0, 4), st.integers(0, 4)).flatmap(
    lambda shape: arrays(
        float, shape, elements=st.one_of(st.just(NEVER), st.floats(-6, 6))
    )
)


def every_choice(odds: Floats) -> list[tuple[float, tuple[int, ...]]]:
    """Return the sum of log odds of each choice of pairs, by trying all."""
    m, n = odds.shape
    listed = set(permutations([*range(n), *[-1] * m], m))
    return [
        (sum(odds[i, j] for i, j in enumerate(one) if j >= 0), one) for one in listed
    ]


@few
@given(tables)
def test_no_choice_of_pairs_is_likelier(odds: Floats) -> None:
    told = choose(odds)
    got = sum(odds[i, j] for i, j in enumerate(told.partner) if j >= 0)
    best = max((score for score, _ in every_choice(odds)), default=0.0)
    assert got == pytest.approx(best, abs=1e-9)
    taken = told.partner[told.partner >= 0].tolist()
    assert len(set(taken)) == len(taken)


@few
@given(tables)
def test_belief_is_that_of_the_likeliest_choice_with_each_pair(odds: Floats) -> None:
    told = choose(odds)
    m, n = odds.shape
    assert told.belief.shape == (m, n + 1)
    for i in range(m):
        scores = np.full(n + 1, -np.inf)
        for score, one in every_choice(odds):
            if score > NEVER / 2:
                scores[one[i]] = max(scores[one[i]], score)
        belief = np.exp(scores - scores.max())
        np.testing.assert_allclose(told.belief[i], belief / belief.sum(), atol=1e-6)


@few
@given(tables)
def test_what_cannot_be_one_or_is_less_likely_than_not_is_never_paired(
    odds: Floats,
) -> None:
    told = choose(odds)
    for i, j in enumerate(told.partner.tolist()):
        if j >= 0:
            assert odds[i, j] >= -1e-6


def test_the_nearest_neighbour_is_left_to_whom_it_belongs() -> None:
    # The first fits the other's twin a little better than its own.
    odds = np.array([[3.0, 3.2], [-2.0, 3.0]])
    assert choose(odds).partner.tolist() == [0, 1]
    assert choose(odds).belief[0, 0] > 0.9


def test_two_that_fit_alike_are_believed_alike() -> None:
    told = choose(np.array([[2.0, 2.0]]))
    np.testing.assert_allclose(told.belief[0, :2], told.belief[0, 0])
    assert told.belief[0, 0] < 0.5
