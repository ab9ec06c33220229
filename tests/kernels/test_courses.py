"""The best course along a strip of scores, against all courses there are."""

from itertools import pairwise, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from galactograph.kernels.courses import ASIDE, best
from galactograph.values.arrays import Floats

strips = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.floats(-1, 1))
)
prices = st.floats(0, 1)


def worth(score: Floats, lanes: tuple[int, ...], price: float) -> float:
    """Return the total score of a course, its steps aside paid for."""
    steps = sum(abs(after - before) for before, after in pairwise(lanes))
    return sum(float(score[n, lane]) for n, lane in enumerate(lanes)) - price * steps


@settings(deadline=None)
@given(strips, prices)
def test_no_course_is_worth_more(score: Floats, price: float) -> None:
    every = product(range(score.shape[1]), repeat=len(score))
    most = max(
        worth(score, lanes, price)
        for lanes in every
        if all(abs(b - a) <= ASIDE for a, b in pairwise(lanes))
    )
    found = tuple(best(score, price).tolist())
    assert all(abs(b - a) <= ASIDE for a, b in pairwise(found))
    assert abs(worth(score, found, price) - most) < 1e-9


def test_a_straight_edge_is_followed() -> None:
    score = np.zeros((30, 20))
    score[:, 7] = 1.0
    assert (best(score, 0.1) == 7).all()
