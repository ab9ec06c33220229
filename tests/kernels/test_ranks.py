"""Medians and percentiles of a few numbers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from galactograph.kernels.ranks import median, percentile

SOME = arrays(
    np.float64, st.integers(1, 40), elements=st.floats(-1e6, 1e6, allow_nan=False)
)


@settings(deadline=None)
@given(SOME)
def test_a_median_is_that_of_numpy_to_the_last_bit(values: np.ndarray) -> None:
    assert median(values) == np.median(values)
    assert median(values[::-1]) == np.median(values)


@settings(deadline=None)
@given(SOME, st.sampled_from([0.0, 5.0, 20.0, 25.0, 60.0, 75.0, 90.0, 95.0, 100.0]))
def test_a_percentile_is_that_of_numpy_to_the_last_bit(
    values: np.ndarray, percent: float
) -> None:
    assert percentile(values, percent) == np.percentile(values, percent)


def test_numbers_stay_in_their_order() -> None:
    values = np.array([3.0, 1.0, 2.0])
    assert (median(values), percentile(values, 50.0)) == (2.0, 2.0)
    assert values.tolist() == [3.0, 1.0, 2.0]


def test_the_median_of_nothing_is_no_number() -> None:
    assert np.isnan(median(np.zeros(0)))
