"""Ridges: lines answer where, as strongly and in the direction that they should."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from galactograph.kernels import ridges

F4 = NDArray[np.float32]
U1 = NDArray[np.uint8]
SIZE = 81
few = settings(deadline=None, max_examples=25)
turn = st.floats(0, np.pi - 1e-3)
shift = st.floats(-0.5, 0.5)
LEAN = 0.8
EVERY = np.ones((SIZE, SIZE), bool)


def line(angle: float, width: float, *, offset: float = 0.0, height: float = 1) -> F4:
    """Return a Gaussian line through the middle of SIZE x SIZE pixels.

    `angle` is atan2(rows, columns) of its direction; `width` its standard deviation.
    """
    r, c = np.mgrid[:SIZE, :SIZE] - SIZE // 2
    across = -r * np.cos(angle) + c * np.sin(angle) - offset
    return np.asarray(height * np.exp(-(across**2) / (2 * width**2)), np.float32)


def answer(smooth: F4, width: float = 2.0, number: int = 3) -> tuple[F4, U1, F4]:
    """Return strength, scale and direction of the ridges of an image."""
    best = np.zeros(smooth.shape, np.float32)
    scale = np.zeros(smooth.shape, np.uint8)
    angle = np.zeros(smooth.shape, np.float32)
    every = np.ones(smooth.shape, bool)
    ridges.strengthen(smooth, every, number, 1.0, width * LEAN, best, scale, angle)
    return best, scale, angle


def apart(one: NDArray[np.floating], other: float) -> NDArray[np.float64]:
    """Return the difference of directions modulo pi."""
    turned = (np.asarray(one, float) - other + np.pi / 2) % np.pi - np.pi / 2
    return np.asarray(np.abs(turned))


def inner(picture: NDArray[Any]) -> NDArray[Any]:
    """Return the part of a picture that no border touches."""
    return picture[15:-15, 15:-15]


@few
@given(turn, shift, st.floats(1.3, 3.5))
def test_a_line_of_any_angle_gives_a_crest_on_its_centre(
    angle: float, offset: float, width: float
) -> None:
    best, _, direction = answer(line(angle, width, offset=offset), width)
    crest = ridges.crests(best, direction, 0.3 * float(best.max()))
    rows, columns = np.nonzero(inner(crest))
    rows, columns = rows + 15 - SIZE // 2, columns + 15 - SIZE // 2
    across = -rows * np.cos(angle) + columns * np.sin(angle) - offset
    assert len(rows) > 40
    assert np.abs(across).max() < 0.8
    # No piece of the line is missed.
    along = np.sort(rows * np.sin(angle) + columns * np.cos(angle))
    assert np.diff(along).max() < 2.5


@few
@given(turn, shift, st.floats(1.3, 3.5))
def test_the_direction_is_that_of_the_line_modulo_pi(
    angle: float, offset: float, width: float
) -> None:
    picture = line(angle, width, offset=offset)
    _, _, direction = answer(picture, width)
    middle = inner(picture) > 0.9
    assert apart(inner(direction)[middle].astype(float), angle).max() < np.radians(4)


@few
@given(turn, st.floats(0.1, 10))
def test_strength_is_linear_in_contrast(angle: float, height: float) -> None:
    one, _, _ = answer(line(angle, 2))
    other, _, _ = answer(line(angle, 2, height=height))
    np.testing.assert_allclose(other, height * one, atol=2e-4 * height, rtol=1e-3)


@few
@given(turn, st.floats(-100, 100))
def test_level_ground_does_not_matter(angle: float, level: float) -> None:
    one, _, _ = answer(line(angle, 2))
    other, _, _ = answer(line(angle, 2) + np.float32(level))
    np.testing.assert_allclose(other, one, atol=2e-4)


@few
@given(turn)
def test_the_mirrored_line_answers_mirrored(angle: float) -> None:
    picture = gaussian_filter(
        line(angle, 1.5) + np.random.default_rng(2).normal(0, 0.1, (SIZE, SIZE)), 1.5
    ).astype(np.float32)
    one, scale, direction = answer(picture)
    other, flipped, back = answer(np.ascontiguousarray(picture[:, ::-1]))
    # Single precision: sums run the other way round.
    np.testing.assert_allclose(other[:, ::-1], one, atol=1e-4)
    sure = one > 0.2 * one.max()
    np.testing.assert_array_equal(flipped[:, ::-1][sure], scale[sure])
    gap = (back[:, ::-1][sure] + direction[sure] + np.pi / 2) % np.pi - np.pi / 2
    assert np.abs(gap).max() < 1e-2


def test_the_strength_on_a_line_is_its_curvature() -> None:
    # The second difference of exp(-x^2 / 2 s^2) at 0 is 2 (1 - exp(-1 / 2 s^2)).
    best, _, _ = answer(line(0.0, 2.0))
    want = 2 * (1 - np.exp(-1 / 8))
    assert best[SIZE // 2, SIZE // 2] == pytest.approx(want, rel=1e-3)


def test_a_round_spot_counts_for_half_of_a_line() -> None:
    r, c = np.mgrid[:SIZE, :SIZE] - SIZE // 2
    spot = np.exp(-(r**2 + c**2) / 8).astype(np.float32)
    middle = SIZE // 2, SIZE // 2
    ratio = answer(spot)[0][middle] / answer(line(0.0, 2.0))[0][middle]
    assert ratio == pytest.approx(0.5, rel=0.01)


@few
@given(turn, st.floats(2.0, 3.5))
def test_an_edge_gives_almost_nothing(angle: float, blur: float) -> None:
    r, c = np.mgrid[:SIZE, :SIZE] - SIZE // 2
    side = (-r * np.cos(angle) + c * np.sin(angle) > 0).astype(float)
    edge = gaussian_filter(side, blur).astype(np.float32)
    strip = line(angle, blur)
    # Without the penalty on slope the shoulder of the edge is a ridge.
    best = np.zeros((SIZE, SIZE), np.float32)
    loose = (np.zeros((SIZE, SIZE), np.uint8), np.zeros((SIZE, SIZE), np.float32))
    ridges.strengthen(edge, np.ones(edge.shape, bool), 1, 1.0, 1e6, best, *loose)
    guarded = inner(answer(edge, blur)[0]).max()
    assert guarded < 0.25 * inner(best).max()
    assert guarded < 0.05 * inner(answer(strip, blur)[0]).max()


def test_a_dark_line_gives_nothing_on_its_centre() -> None:
    best, _, _ = answer(-line(0.7, 2))
    assert best[SIZE // 2, SIZE // 2] == 0


def test_only_a_stronger_scale_replaces_what_is_there() -> None:
    best, scale, angle = answer(line(0.5, 2), number=3)
    kept = best.copy(), scale.copy(), angle.copy()
    ridges.strengthen(line(0.5, 2), EVERY, 5, 0.5, 2 * LEAN, best, scale, angle)
    for now, before in zip((best, scale, angle), kept, strict=True):
        np.testing.assert_array_equal(now, before)
    ridges.strengthen(line(0.5, 2), EVERY, 5, 2.0, 2 * LEAN, best, scale, angle)
    assert scale[SIZE // 2, SIZE // 2] == 5


def test_crests_below_the_least_strength_are_left_out() -> None:
    best, _, angle = answer(line(0.3, 2))
    assert ridges.crests(best, angle, 1.01 * float(best.max())).sum() == 0


@few
@given(turn, st.floats(0.2, 5), st.floats(1.3, 3.5))
def test_weights_tell_how_strong_a_line_is_and_never_where_it_runs(
    angle: float, slope: float, width: float
) -> None:
    best, _, direction = answer(line(angle, width), width)
    least = 0.3 * float(best.max())
    even = np.ones_like(best)
    plain = ridges.crests(best, direction, least)
    np.testing.assert_array_equal(
        ridges.weighed_crests(best, even, direction, least), plain
    )
    # As a network would, that sees the line a little aside of where it is.
    steep = np.exp(slope * np.sin(np.arange(SIZE)))[None, :].astype(np.float32) * even
    weighed = ridges.weighed_crests(best, steep, direction, least)
    every = ridges.crests(best, direction, 0.0)
    assert weighed.any()
    assert not (weighed & ~every & 1).any()
    assert (best[weighed > 0] * steep[weighed > 0] >= least).all()


def test_curvatures_samples_the_strength_of_every_few_pixels() -> None:
    picture = line(0.4, 3)
    sampled = ridges.curvatures(picture, 5)
    xx, xy, yy = bent(picture)
    whole = np.hypot((xx - yy) / 2, xy) - (xx + yy) / 2
    np.testing.assert_allclose(sampled, whole[1:-2:5, 1:-2:5], atol=1e-5)


def bent(picture: F4) -> tuple[F4, F4, F4]:
    """Return second derivatives along columns, mixed, along rows; 0 at the border."""
    xx, xy, yy = np.zeros((3, *picture.shape), np.float32)
    ridges.hessian(picture, 1, 1, *(part[1:-1, 1:-1] for part in (xx, xy, yy)))
    return xx, xy, yy


def followed(picture: F4, half: int = 6, least: float = -1e9) -> tuple[F4, U1, F4]:
    """Return strength, scale and direction of lines followed along themselves."""
    best = np.zeros(picture.shape, np.float32)
    scale = np.zeros(picture.shape, np.uint8)
    angle = np.zeros(picture.shape, np.float32)
    turns = np.arange(16, dtype=np.float32) * np.float32(np.pi / 16)
    every = np.ones(picture.shape, bool)
    ridges.follow(picture, every, 4, 1.0, least, turns, half, best, scale, angle)
    return best, scale, angle


@few
@given(turn)
def test_a_followed_line_keeps_its_strength_and_direction(angle: float) -> None:
    best, scale, direction = followed(line(angle, 2.5))
    middle = SIZE // 2, SIZE // 2
    own = 2 * (1 - np.exp(-1 / (2 * 2.5**2)))
    assert best[middle] == pytest.approx(own, rel=0.12)
    assert scale[middle] == 4
    # Within half a step of the sixteen directions, and rounding of the places.
    assert apart(direction[middle], angle) < np.radians(8)


def test_following_is_the_same_across_the_borders_of_tiles() -> None:
    # 60 x 1000 pixels are more than two tiles each way; each pixel by hand.
    noise = np.random.default_rng(3).normal(0, 1, (60, 1000))
    picture = gaussian_filter(noise, 1.5).astype(np.float32)
    half = 4
    best, _, _ = followed(picture, half=half)
    xx, xy, yy = (part.astype(float) for part in bent(picture))
    inside = (slice(half + 1, -half - 1),) * 2
    sums = []
    for t in np.arange(16) * np.pi / 16:
        c, s = np.cos(t), np.sin(t)
        across = 2 * s * c * xy - s * s * xx - c * c * yy
        steps = np.arange(-half, half + 1)
        moves = zip(np.rint(steps * s), np.rint(steps * c), strict=True)
        sums.append(
            sum(np.roll(across, (-int(y), -int(x)), (0, 1)) for y, x in moves) / 9
        )
    wanted = np.maximum(np.max(sums, axis=0), 0)[inside]
    np.testing.assert_allclose(best[inside], wanted, atol=1e-5)


def test_noise_averages_out_along_a_line() -> None:
    noise = np.random.default_rng(5).normal(0, 1, (200, 200))
    picture = gaussian_filter(noise, 1.0).astype(np.float32)
    plain = ridges.persistence(picture, 1, 3)
    steady = ridges.persistence(picture, 10, 3)
    # Noise blurred by 1 pixel keeps its sign over some 2 pixels: 21 hold ten of them.
    assert steady.std() < 0.55 * plain.std()
    assert abs(float(steady.mean())) < 0.1 * float(plain.std())


def test_persistence_sees_a_straight_line_in_full() -> None:
    along = ridges.persistence(line(0.0, 2.0), 5, 1)
    row = SIZE // 2 - 6
    np.testing.assert_allclose(along[row, :, 0], 2 * (1 - np.exp(-1 / 8)), rtol=1e-3)
    np.testing.assert_allclose(along[row, :, 1], 0, atol=1e-5)


def test_pixels_of_little_curvature_are_not_followed() -> None:
    best, scale, _ = followed(line(0.0, 2.0), least=0.2)
    assert best[SIZE // 2, SIZE // 2] > 0.2
    assert best[SIZE // 2 + 6, SIZE // 2] == 0
    assert scale[SIZE // 2 + 6, SIZE // 2] == 0


def test_what_is_inside_is_answered_as_if_all_were() -> None:
    noise = np.random.default_rng(7).normal(0, 1, (80, 600))
    picture = gaussian_filter(noise, 1.5).astype(np.float32)
    inside = np.zeros(picture.shape, bool)
    inside[10:50, 500:590] = True
    inside[30:70, 20:300] = True
    turns = np.arange(16, dtype=np.float32) * np.float32(np.pi / 16)
    answers = []
    for where in (np.ones_like(inside), inside):
        best = np.zeros(picture.shape, np.float32)
        scale, angle = np.zeros(best.shape, np.uint8), np.zeros_like(best)
        ridges.strengthen(picture, where, 1, 1.0, 2.0, best, scale, angle)
        ridges.follow(picture, where, 2, 1.1, 0.0, turns, 5, best, scale, angle)
        answers.append(np.where(inside, best, 0))
        assert (best > 0).sum() > 1000
    np.testing.assert_allclose(answers[1], answers[0], atol=1e-6)
