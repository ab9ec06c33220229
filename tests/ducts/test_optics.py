"""From widths and areas to calibres, and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from galactograph.ducts import optics

few = settings(deadline=None, max_examples=40)
calibre = st.floats(0.05, 6)
blur = st.floats(0.04, 0.12)


@few
@given(st.floats(0.15, 3), blur, st.floats(0.5, 2))
def test_all_scales_are_alike(width: float, blurred: float, gain: float) -> None:
    one = optics.calibre_from_width(np.array([width]), blurred)
    other = optics.calibre_from_width(np.array([gain * width]), gain * blurred)
    np.testing.assert_allclose(other, gain * one, rtol=1e-6)


@few
@given(st.lists(st.floats(0.1, 6), min_size=2, max_size=6), blur)
def test_what_is_wider_is_of_no_less_calibre(
    widths: list[float], blurred: float
) -> None:
    found = optics.calibre_from_width(np.sort(widths), blurred)
    assert (np.diff(found) >= 0).all()


@few
@given(st.floats(0.8, 6), blur)
def test_a_wide_duct_is_wider_than_its_half_height_by_geometry(
    true: float, blurred: float
) -> None:
    # A chord falls to half its height at 0.866 of the radius.
    found = optics.calibre_from_width(np.array([true * np.sqrt(0.75)]), blurred)
    assert found[0] == pytest.approx(true, abs=1.2 * blurred)


@few
@given(calibre, blur)
def test_the_peak_is_that_of_the_blurred_chord(true: float, blurred: float) -> None:
    step = blurred / 20
    u = np.arange(-true / 2 - 6 * blurred, true / 2 + 6 * blurred, step)
    chord = 2 * np.sqrt(np.clip(true**2 / 4 - u**2, 0, None))
    want = gaussian_filter1d(chord, 20, mode="constant").max()
    assert optics.peak_of(np.array([true]), blurred)[0] == pytest.approx(want, rel=0.03)


@few
@given(calibre, st.floats(0.05, 2))
def test_the_area_of_a_circle_gives_its_calibre(true: float, opacity: float) -> None:
    area = np.array([opacity * np.pi / 4 * true**2])
    assert optics.calibre_from_area(area, opacity)[0] == pytest.approx(true)


def test_an_area_below_zero_is_no_duct() -> None:
    assert optics.calibre_from_area(np.array([-1.0]), 0.5)[0] == 0


def test_blur_adds_up_in_squares() -> None:
    assert optics.blur_mm(0.0) == pytest.approx(np.hypot(0.03, 0.04))
    np.testing.assert_allclose(optics.blur_mm(0.1), np.hypot(0.029, 0.05))


@few
@given(st.floats(0.4, 3), st.floats(0.2, 1.2))
def test_without_scatter_nothing_is_flattened(true: float, opacity: float) -> None:
    ratio = optics.flattened(np.array([true]), opacity, 0.0)[0]
    assert ratio == pytest.approx(1, abs=1e-6)


@few
@given(st.floats(0.4, 3), st.floats(0.2, 1.2), st.floats(0.05, 0.5))
def test_scatter_makes_a_duct_look_wider_never_wider_than_it_is(
    true: float, opacity: float, scatter: float
) -> None:
    ratio = optics.flattened(np.array([true]), opacity, scatter)[0]
    assert 1 < ratio < 1 / np.sqrt(0.75)


@few
@given(st.floats(0.0, 0.5), st.floats(0.5, 1.0))
def test_scatter_is_found_again_from_peaks(scatter: float, opacity: float) -> None:
    true = np.linspace(1.2, 2.8, 40)
    depth = true * opacity
    peak = -np.log((np.exp(-depth) + scatter) / (1 + scatter))
    seen = true * optics.flattened(true, opacity, scatter)
    # The search goes in steps of 0.05.
    found = optics.scatter_of(seen, peak, opacity)
    assert found == pytest.approx(scatter, abs=0.051)


@few
@given(st.floats(0.3, 40), st.floats(-6, 4))
def test_the_table_holds_the_blurred_chord(radius: float, beyond: float) -> None:
    table, (first, step, near, gap) = optics.chord_table(), optics.CHORD_FRAME
    row = round((np.log(radius) - first) / step)
    column = round((beyond - near) / gap)
    radius, u = (
        np.exp(first + step * row),
        np.exp(first + step * row) + (near + gap * column),
    )
    # By brute force: the chord in steps of a thousandth of a radius.
    x = np.linspace(-radius, radius, 4001)
    chord = 2 * np.sqrt(np.clip(radius**2 - x**2, 0, None))
    bell = np.exp(-((u - x) ** 2) / 2) / np.sqrt(2 * np.pi)
    want = float(np.trapezoid(chord * bell, x))
    assert table[0, row, column] == pytest.approx(want, abs=0.01 * radius)
    slope = float(np.trapezoid(chord * bell * (x - u), x))
    assert table[1, row, column] == pytest.approx(slope, abs=0.01 * radius + 0.01)


@few
@given(st.floats(1.04, 1.12), st.floats(1.04, 1.12))
def test_a_thicker_breast_leaves_more_doubt_of_height(one: float, other: float) -> None:
    low, high = sorted((one, other))
    errors = [optics.depth_error(m, layered=False) for m in (low, high)]
    assert 0.005 < errors[0] <= errors[1] < 0.06
    assert optics.depth_error(high, layered=True) < errors[0]


def test_the_doubt_of_height_is_that_of_a_usual_breast_where_no_header_tells() -> None:
    # 27 mm over sqrt 3, 603 mm from the source.
    assert optics.depth_error(None, layered=False) == pytest.approx(0.0259, abs=2e-4)
