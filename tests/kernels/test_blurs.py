"""Blurs of small arrays, beside scipy's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from galactograph.kernels import blurs

BORDERS: tuple[blurs.Border, ...] = ("reflect", "nearest", "constant")


@settings(deadline=None)
@given(
    shape=st.tuples(st.integers(1, 60), st.integers(1, 40)),
    sigmas=st.tuples(st.floats(0.2, 8.0), st.floats(0.2, 8.0)),
    border=st.sampled_from(BORDERS),
    seed=st.integers(0, 1000),
)
def test_a_blur_is_that_of_scipy_to_rounding(
    shape: tuple[int, int],
    sigmas: tuple[float, float],
    border: blurs.Border,
    seed: int,
) -> None:
    values = np.random.default_rng(seed).normal(size=shape)
    assert_allclose(
        blurs.gaussian(values, sigmas, border),
        gaussian_filter(values, sigmas, mode=border),
        atol=1e-12,
    )
    assert_allclose(
        blurs.along(values[:, 0], sigmas[0], border),
        gaussian_filter1d(values[:, 0], sigmas[0], mode=border),
        atol=1e-12,
    )


@pytest.mark.parametrize("border", ["reflect", "nearest"])
def test_a_blur_leaves_even_values_as_they_are(border: blurs.Border) -> None:
    assert_allclose(blurs.gaussian(np.full((9, 5), 2.0), (3.0, 1.0), border), 2.0)


def test_an_axis_with_no_width_is_left_alone() -> None:
    values = np.random.default_rng(1).normal(size=(7, 6))
    assert_allclose(blurs.gaussian(values, (0.0, 0.0)), values)
    rows = gaussian_filter1d(values, 2.0, axis=0)
    assert_allclose(blurs.along(values, 2.0), rows, atol=1e-12)
