"""Compression: undone by its inverse, volume kept, and thin means wide."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.ducts.space_compression import Pressing

few = settings(deadline=None, max_examples=60)
pressings = st.builds(
    Pressing,
    half_mm=st.floats(50, 110),
    deep_mm=st.floats(50, 120),
    thickness_mm=st.floats(25, 90),
    flank=st.floats(1.4, 2.5),
)


@few
@given(pressings, st.floats(-10, 60), st.floats(-40, 40))
def test_pressing_undoes_relaxing(one: Pressing, behind: float, across: float) -> None:
    rest = one.relax(np.array([behind]), np.array([across]))
    back = one.press(*rest)
    np.testing.assert_allclose(back, [[behind], [across]], atol=0.05)


@few
@given(pressings)
def test_the_base_of_the_nipple_stays_and_the_nipple_keeps_its_length(
    one: Pressing,
) -> None:
    behind, across = one.relax(np.array([0.0, -6.0]), np.zeros(2))
    np.testing.assert_allclose(behind, [0, -6], atol=1e-6)
    np.testing.assert_allclose(across, 0, atol=1e-9)


@few
@given(pressings, st.floats(5, 40))
def test_both_sides_of_the_breast_are_alike(one: Pressing, across: float) -> None:
    behind, aside = one.relax(np.array([30.0, 30.0]), np.array([across, -across]))
    assert behind[0] == pytest.approx(behind[1])
    assert aside[0] == pytest.approx(-aside[1])


@few
@given(pressings, st.floats(1.05, 1.6))
def test_a_thinner_slab_was_stretched_more(one: Pressing, times: float) -> None:
    thicker = Pressing(
        half_mm=one.half_mm,
        deep_mm=one.deep_mm,
        thickness_mm=one.thickness_mm * times,
        flank=one.flank,
    )
    assert thicker.stretch < one.stretch


def test_volume_is_kept() -> None:
    # A flat slab so thin that its rim is nothing: area times thickness.
    one = Pressing(half_mm=80, deep_mm=80, thickness_mm=2)
    slab = np.pi / 2 * 80 * 80 * 2
    rest = 2 / 3 * np.pi * (80 / one.stretch) ** 3
    assert rest == pytest.approx(slab, rel=0.02)


def test_a_breast_of_usual_size_is_a_third_longer_in_the_picture() -> None:
    one = Pressing(half_mm=88, deep_mm=94, thickness_mm=59)
    assert 1.25 < one.stretch < 1.45


@few
@given(pressings, st.floats(2, 40), st.floats(0.5, 8))
def test_depth_grows_with_depth(one: Pressing, behind: float, more: float) -> None:
    deep, _ = one.relax(np.array([behind, behind + more]), np.zeros(2))
    assert deep[1] > deep[0]


def test_doubt_is_half_the_way_to_an_even_stretch() -> None:
    one = Pressing(half_mm=85, deep_mm=90, thickness_mm=50)
    behind, across = np.array([20.0]), np.array([15.0])
    rest = one.relax(behind, across)
    doubt = one.doubt(behind, across)
    np.testing.assert_allclose(doubt[0] * 2, abs(rest[0] - 20 / one.stretch))
    np.testing.assert_allclose(doubt[1] * 2, abs(rest[1] - 15 / one.stretch))
