"""Lumina fitted to pictures whose every number is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from galactograph.ducts import optics
from galactograph.kernels import lumina
from galactograph.values.arrays import Floats

few = settings(deadline=None, max_examples=25)
FINE = 5
SIZE = 61
BLUR = 0.6
NONE = np.zeros(0, np.int64)


def tube(row: float, column: float, angle: float, radius: float) -> Floats:
    """Return the chords of a long tube through a place, on a lattice of sub-pixels."""
    at = (np.arange(SIZE * FINE) + 0.5) / FINE - 0.5
    y, x = np.meshgrid(at - row, at - column, indexing="ij")
    u = y * np.cos(angle) - x * np.sin(angle)
    chords: Floats = 2 * np.sqrt(np.clip(radius**2 - u**2, 0, None))
    return chords


def seen(chords: Floats, gain: float) -> Floats:
    """Return the picture of chords: blurred by `BLUR`, the pixels' own part in it."""
    rest = np.sqrt(BLUR**2 - optics.PIXEL_BLUR**2)
    soft = gaussian_filter(gain * chords, rest * FINE)
    picture: Floats = soft.reshape(SIZE, FINE, SIZE, FINE).mean(axis=(1, 3))
    return picture.astype(np.float32)


def fitted(
    picture: Floats,
    angle: float,
    start: tuple[float, float, float],
    others: tuple[Floats, bool] = (np.zeros((0, 8)), False),
    *,
    noise: float = 0.002,
    slack: tuple[float, float, float] = (2.0, 3.0, 1.0),
) -> Floats:
    """Fit the lumen in the middle; `others`: pieces of a neighbour, and if it meets."""
    ends, meets = others
    middle = (SIZE - 1) / 2
    prior = np.array([[start[0], start[1], np.log(start[2]), 0.0, 0.0]])
    found: Floats = lumina.fit(
        picture,
        np.array([[middle, middle]]),
        np.array([[np.cos(angle), -np.sin(angle)]]),
        prior,
        prior,
        np.array([[*slack, 1.0, 0.05]]),
        np.array([2.0 * start[1] + 9.0]),
        np.array([0, len(ends)], np.int64),
        np.arange(len(ends), dtype=np.int64),
        np.zeros(len(ends), np.int64),
        np.full(len(ends), meets),
        ends,
        optics.chord_table(),
        optics.CHORD_FRAME,
        BLUR,
        noise,
        0.0,
        0.0,
        8,
        1.5,
    )
    first: Floats = found[0]
    return first


MIDDLE = (SIZE - 1) / 2
angles = st.floats(0, 2 * np.pi)


@few
@given(angles, st.floats(1.2, 8.0), st.floats(-0.8, 0.8), st.floats(0.01, 0.08))
def test_offset_radius_and_gain_are_found_again(
    angle: float, radius: float, offset: float, gain: float
) -> None:
    row = MIDDLE + offset * np.cos(angle)
    column = MIDDLE - offset * np.sin(angle)
    picture = seen(tube(row, column, angle, radius), gain)
    found = fitted(picture, angle, (0.0, 0.8 * radius, 0.03))
    # The tube is painted on sub-pixels of 0.2, and pixels are square, not bells.
    assert found[0] == pytest.approx(offset, abs=0.03)
    assert found[1] == pytest.approx(radius, abs=0.06)
    assert np.exp(found[2]) == pytest.approx(gain, rel=0.1)


@few
@given(angles, st.floats(0.3, 1.5), st.floats(2.0, 6.0), st.floats(2.0, 6.0))
def test_a_duct_that_passes_over_another_changes_no_calibre(
    angle: float, between: float, radius: float, other: float
) -> None:
    way = angle + between
    picture = seen(
        tube(MIDDLE, MIDDLE, angle, radius) + tube(MIDDLE, MIDDLE, way, other), 0.04
    )
    along = 40 * np.array([np.sin(way), np.cos(way)])
    middle = np.array([MIDDLE, MIDDLE])
    piece = np.array([[*(middle - along), other, 0.04, *(middle + along), other, 0.04]])
    found = fitted(picture, angle, (0.0, 0.9 * radius, 0.04), (piece, False))
    assert found[1] == pytest.approx(radius, abs=0.06)


def test_without_its_neighbour_a_duct_beside_another_is_measured_wrong() -> None:
    beside = tube(MIDDLE + 7.0, MIDDLE, 0.0, 4.0)
    picture = seen(tube(MIDDLE, MIDDLE, 0.0, 3.0) + beside, 0.04)
    row = MIDDLE + 7.0
    piece = np.array([[row, -20.0, 4.0, 0.04, row, 80.0, 4.0, 0.04]])
    start = (0.0, 2.6, 0.04)
    alone, told = (
        fitted(picture, 0.0, start),
        fitted(picture, 0.0, start, (piece, False)),
    )
    assert told[1] == pytest.approx(3.0, abs=0.05)
    assert abs(alone[1] - 3.0) > 0.2


def test_within_the_lumen_of_its_fork_a_branch_has_no_outline_of_its_own() -> None:
    picture = seen(tube(MIDDLE, MIDDLE, 0.0, 6.0), 0.04)
    piece = np.array([[MIDDLE, -20.0, 6.0, 0.04, MIDDLE, 80.0, 6.0, 0.04]])
    start, slack = (0.0, 3.0, 0.04), (0.5, 0.5, 0.1)
    inside = fitted(picture, 0.0, start, (piece, True), slack=slack)
    open_ = fitted(picture, 0.0, start, slack=slack)
    # It keeps what was expected, and says that it does not know.
    assert inside[1] == pytest.approx(3.0, abs=0.1)
    assert inside[6] == pytest.approx(0.5, rel=0.05)
    assert inside[12] < 0.3 < open_[12]
    assert open_[6] < 0.1


def test_the_error_that_is_told_is_the_spread_of_many_fits() -> None:
    clean = seen(tube(MIDDLE, MIDDLE, 0.4, 3.0), 0.04)
    rng = np.random.default_rng(5)
    fits = np.array(
        [
            fitted(
                (clean + 0.02 * rng.standard_normal(clean.shape)).astype(np.float32),
                0.4,
                (0.0, 2.8, 0.04),
                noise=0.02,
            )
            for _ in range(150)
        ]
    )
    # 150 draws know a spread to 6 %; fits by tails of Student's t lose a little.
    assert np.std(fits[:, 1]) == pytest.approx(np.median(fits[:, 6]), rel=0.25)
    assert np.mean(fits[:, 1]) == pytest.approx(3.0, abs=0.06)
    assert np.median(fits[:, 10]) == pytest.approx(1.0, abs=0.15)


def test_off_the_picture_nothing_is_measured() -> None:
    picture = np.zeros((4, 4), np.float32)
    found = lumina.fit(
        picture,
        np.array([[50.0, 50.0]]),
        np.array([[1.0, 0.0]]),
        np.array([[0.0, 2.0, -3.0, 0.0, 0.0]]),
        np.array([[0.0, 2.0, -3.0, 0.0, 0.0]]),
        np.ones((1, 5)),
        np.array([10.0]),
        np.zeros(2, np.int64),
        NONE,
        NONE,
        np.zeros(0, bool),
        np.zeros((0, 8)),
        optics.chord_table(),
        optics.CHORD_FRAME,
        BLUR,
        0.01,
        0.1,
        0.03,
        3,
        1.5,
    )
    assert found[0, 11] == 0
