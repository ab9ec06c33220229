"""Strips across lines, and the widths of what is in them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from galactograph.ducts import optics
from galactograph.kernels.profiles import across, widths

F8 = NDArray[np.float64]
few = settings(deadline=None, max_examples=30)
turn = st.floats(0, np.pi)
slope = st.floats(-2, 2)


def ramp(down: float, right: float, level: float) -> NDArray[np.float32]:
    """Return a linear image of 60 x 50 pixels."""
    rows, columns = np.mgrid[:60, :50]
    return np.asarray(level + down * rows + right * columns, np.float32)


@few
@given(slope, slope, st.floats(-1, 1), turn, st.floats(0.1, 1.0), st.integers(0, 2))
def test_a_ramp_is_sampled_exactly(
    down: float, right: float, level: float, angle: float, step: float, along: int
) -> None:
    normal = np.array([[np.cos(angle), -np.sin(angle)]])
    rows, columns = np.array([30.0]), np.array([25.0])
    got = across(
        ramp(down, right, level), rows, columns, normal, np.array([step]), 12, along
    )
    u = np.arange(-12, 13) * step
    want = level + down * (30 + u * normal[0, 0]) + right * (25 + u * normal[0, 1])
    np.testing.assert_allclose(got[0], want, atol=2e-4)


@few
@given(turn)
def test_a_turned_normal_gives_the_profile_backwards(angle: float) -> None:
    image = np.random.default_rng(3).random((60, 50), np.float32)
    normal = np.array([[np.cos(angle), np.sin(angle)]])
    place = np.array([29.3]), np.array([24.6])
    one = across(image, *place, normal, np.array([0.7]), 15, 1)
    other = across(image, *place, -normal, np.array([0.7]), 15, 1)
    np.testing.assert_allclose(one[0], other[0, ::-1], atol=1e-5)


def test_beyond_the_border_the_border_is_repeated() -> None:
    image = ramp(0, 1, 0)
    found = across(
        image,
        np.array([30.0]),
        np.array([48.0]),
        np.array([[0.0, 1.0]]),
        np.array([1.0]),
        10,
        0,
    )
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[0, 12:], 49, atol=0.01)


def chord(calibre: float, blur: float, step: float, half: int) -> F8:
    """Return the blurred chord of a cylinder, at 2 half + 1 places `step` apart."""
    fine = 20
    u = np.arange(-(half + 40) * fine, (half + 40) * fine + 1) * step / fine
    sharp = 2 * np.sqrt(np.clip(calibre**2 / 4 - u**2, 0, None))
    blurred = gaussian_filter1d(sharp, blur / step * fine)
    return np.asarray(blurred[40 * fine : -40 * fine : fine])


calibres = st.floats(0.15, 4.0)
blurs = st.floats(0.04, 0.1)


@few
@given(calibres, blurs, st.floats(0.2, 5), st.floats(-1, 1))
def test_the_width_of_a_blurred_chord_gives_its_calibre_within_two_per_cent(
    calibre: float, blur: float, opacity: float, level: float
) -> None:
    step = 0.012 + 0.02 * calibre
    profile = (level + opacity * chord(calibre, blur, step, 60)).astype(np.float32)
    found = widths(profile[None], 8, 0.0)[0]
    width = (found[4] - found[3]) * step
    got = float(optics.calibre_from_width(np.array([width]), blur)[0])
    # Below one blur width hardly depends on calibre, so an error of width weighs more.
    share = 0.02 if calibre > 3 * blur else 0.06
    assert got == pytest.approx(calibre, rel=share)
    assert found[2] == pytest.approx(opacity * chord(calibre, blur, step, 60)[60], 0.01)
    assert found[5] * step == pytest.approx(opacity * np.pi / 4 * calibre**2, rel=0.02)


@few
@given(calibres, st.floats(-0.3, 0.3), st.floats(-0.4, 0.4))
def test_a_sloping_ground_moves_neither_width_nor_middle_much(
    calibre: float, tilt: float, shift: float
) -> None:
    step = 0.012 + 0.02 * calibre
    u = np.arange(-60, 61) * step
    moved = np.interp(u - shift * step, u, chord(calibre, 0.06, step, 60))
    ground = tilt * moved.max() * u / u[-1]
    plain, tilted = widths(np.stack([moved, moved + ground]).astype(np.float32), 8, 0.0)
    assert tilted[4] - tilted[3] == pytest.approx(plain[4] - plain[3], rel=0.06)
    assert (plain[3] + plain[4]) / 2 == pytest.approx(shift, abs=0.05)


@few
@given(calibres, st.floats(0.1, 10))
def test_widths_do_not_depend_on_contrast(calibre: float, gain: float) -> None:
    step = 0.012 + 0.02 * calibre
    profile = chord(calibre, 0.06, step, 50)
    one, other = widths(np.stack([profile, gain * profile]).astype(np.float32), 8, 0.0)
    np.testing.assert_allclose(other[3:5], one[3:5], atol=1e-3)
    np.testing.assert_allclose(other[[2, 5]], gain * one[[2, 5]], rtol=1e-4)


def test_a_flat_profile_gives_zeros() -> None:
    np.testing.assert_array_equal(widths(np.full((2, 41), 3, np.float32), 6, 0.0), 0)


def test_a_neighbour_does_not_lift_the_ground() -> None:
    step = 0.05
    u = np.arange(-60, 61) * step
    own = chord(0.8, 0.06, step, 60)
    neighbour = np.interp(u - 1.5, u, own, left=0)
    alone, beside = widths(np.stack([own, own + neighbour]).astype(np.float32), 8, 0.0)
    np.testing.assert_allclose(beside[[2, 3, 4]], alone[[2, 3, 4]], rtol=0.02)


def test_a_triangle_by_hand() -> None:
    profile = np.array([0, 0, 0, 1, 2, 3, 4, 3, 2, 1, 0, 0, 0], np.float32)
    base_left, base_right, peak, left, right, area = widths(profile[None], 3, 0.0)[0]
    assert (base_left, base_right, peak) == (0, 0, 4)
    assert (left, right) == (pytest.approx(-2), pytest.approx(2))
    assert area == pytest.approx(16)
