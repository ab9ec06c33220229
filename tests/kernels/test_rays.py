"""What stands out along rays, of a stack that comes slice by slice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from galactograph.kernels.rays import Rays
from galactograph.kernels.reliefs import standing
from galactograph.values.fan import Fan

few = settings(deadline=None, max_examples=8)
ROWS, COLUMNS, SLICES, PIXEL_MM, SLICE_MM = 90, 400, 30, 0.2, 2.0

F4 = NDArray[np.float32]


def fan() -> Fan:
    return Fan.over((SLICES, ROWS, COLUMNS), "left", SLICE_MM)


def taken(volume: F4, beam: Fan) -> tuple[F4, F4, NDArray[np.uint16]]:
    stretches = beam.stretch(np.arange(len(volume), dtype=float))
    rays = Rays(beam.foot, stretches, PIXEL_MM, SLICE_MM)
    for picture in volume:
        rays.add(picture)
    return rays.done()


def smeared(column: float) -> F4:
    """Return a line along the sweep as slices show it: of all, where its ray is."""
    volume = np.zeros((SLICES, ROWS, COLUMNS), np.float32)
    heights = np.arange(SLICES, dtype=float)
    ray = np.tile([ROWS / 2, column], (SLICES, 1))
    for k, (_, x) in enumerate(fan().placed(ray, heights)):
        volume[k] = np.exp(-(((np.arange(COLUMNS) - x) / 1.5) ** 2) / 2)
    return volume


@few
@given(column=st.floats(250, 370))
def test_a_line_along_the_sweep_is_one_line_along_rays(column: float) -> None:
    volume = smeared(column)
    across = volume.max(0)[ROWS // 2]
    largest, reliefs, _ = taken(volume, fan())
    for picture in (largest, *reliefs):
        profile = picture[ROWS // 2]
        assert abs(int(profile.argmax()) - column) <= 1
        # In the maximum of the slices it is a band of 4 to 7 mm.
        assert (profile > 0.5).sum() < 0.35 * (across > 0.5).sum()


@few
@given(
    column=st.floats(200, 360), row=st.floats(20, 70), height=st.integers(0, SLICES - 1)
)
def test_what_is_in_one_slice_is_seen_where_its_ray_is_and_tells_its_slice(
    column: float, row: float, height: int
) -> None:
    volume = np.zeros((SLICES, ROWS, COLUMNS), np.float32)
    down, right = np.mgrid[:ROWS, :COLUMNS]
    away = np.hypot(down - row, right - column)
    volume[height] = np.exp(-((away / 2.0) ** 2) / 2)
    largest, _, depth = taken(volume, fan())
    seen = fan().cast(np.array([[row, column]]), np.array([float(height)]))[0]
    top = np.unravel_index(int(largest.argmax()), largest.shape)
    np.testing.assert_allclose(top, seen, atol=1.0)
    assert depth[top] == height


def test_slabs_are_means_of_blocks_of_slices() -> None:
    # Rays that are all upright: nothing is moved.
    upright = Fan(foot=(0.0, 0.0), middle=14.5, focus=1e12)
    volume = np.zeros((SLICES, ROWS, COLUMNS), np.float32)
    volume[12, 45, 200] = 1.0
    _, reliefs, _ = taken(volume, upright)
    alone = standing(volume[12], PIXEL_MM)[45, 200]
    # Blocks of one slice: of 2 and of 6.
    got = reliefs[:, 45, 200] / alone
    np.testing.assert_allclose(got, [1.0, 1 / 2, 1 / 6], rtol=1e-4)


def test_a_stack_of_few_slices_has_slabs_no_thicker_than_itself() -> None:
    beam = Fan.over((3, ROWS, COLUMNS), "left", SLICE_MM)
    volume = np.ones((3, ROWS, COLUMNS), np.float32)
    largest, reliefs, depth = taken(volume, beam)
    assert np.isfinite(reliefs).all()
    assert largest == pytest.approx(1.0)
    assert reliefs == pytest.approx(0.0, abs=1e-5)
    assert depth.max() == 0
