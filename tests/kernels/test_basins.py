"""Water on a relief."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.morphology import reconstruction

from galactograph.kernels.basins import poured

RELIEFS = arrays(
    np.float64,
    st.tuples(st.integers(1, 14), st.integers(1, 14)),
    elements=st.integers(0, 6).map(float),
)


@settings(deadline=None)
@given(RELIEFS)
def test_water_stands_as_morphological_reconstruction_says(floor: np.ndarray) -> None:
    seed = np.full_like(floor, floor.max())
    seed[[0, -1]], seed[:, [0, -1]] = floor[[0, -1]], floor[:, [0, -1]]
    expected = reconstruction(seed, floor, method="erosion")
    assert np.array_equal(poured(floor), expected)


def test_a_pit_fills_to_its_lowest_way_out() -> None:
    floor = np.full((5, 5), 3.0)
    floor[2, 2], floor[2, 3], floor[2, 4] = 0.0, 1.0, 1.0
    assert poured(floor)[2, 2] == 1.0
    floor[2, 3] = 2.0
    assert poured(floor)[2, 2] == 2.0


def test_water_runs_out_between_two_corners() -> None:
    floor = np.full((4, 4), 5.0)
    floor[1, 1] = floor[0, 0] = 0.0
    assert poured(floor)[1, 1] == 0.0
