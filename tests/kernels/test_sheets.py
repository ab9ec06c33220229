"""Path lengths through rows of runs, from any source."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from galactograph.kernels import hulls, sheets

few = settings(deadline=None, max_examples=15)
ONE = np.array([[0], [1]], np.float32)
UNIT_MM = 0.001

Runs = tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.uint8]]


def ball_runs(radius: float, pitch: float, wide: float) -> tuple[Runs, tuple[int, int]]:
    """Return rows through a ball in the middle of a cube of edge `wide`."""
    n = round(wide / pitch)
    z, y = (np.mgrid[:n, :n] + 0.5) * pitch - wide / 2
    half = np.sqrt(np.clip(radius**2 - y**2 - z**2, 0, None)).ravel()
    met = half > 0
    ends = np.stack([wide / 2 - half[met], wide / 2 + half[met]], 1) / UNIT_MM
    offsets = np.concatenate([[0], np.cumsum(2 * met)])
    labels = np.tile(np.array([1, 0], np.uint8), met.sum())
    return (offsets, np.round(ends).astype(np.uint16).ravel(), labels), (n, n)


def box_runs(
    wide: float, long: float, tall: float, pitch: float
) -> tuple[Runs, tuple[int, int]]:
    """Return rows that fill a box."""
    rows, slices = round(wide / pitch), round(tall / pitch)
    many = rows * slices
    starts = np.tile(np.array([0, round(long / UNIT_MM)], np.uint16), many)
    labels = np.tile(np.array([1, 0], np.uint8), many)
    return (np.arange(many + 1) * 2, starts, labels), (slices, rows)


def cast(  # noqa: PLR0913
    runs: Runs,
    shape: tuple[int, int],
    pitch: float,
    *,
    source: tuple[float, float, float] = (0.0, 0.0, 650.0),
    under: float = 20.0,
    corner: tuple[float, float] = (0.0, -20.0),
    pixel: float = 0.1,
    size: tuple[int, int] = (400, 400),
) -> NDArray[np.float32]:
    """Project rows that begin at y = -shape[1] * pitch / 2."""
    out = np.zeros((1, *size), np.float32)
    layout = np.array([pitch, pitch, -shape[1] * pitch / 2, UNIT_MM, under])
    sheets.project(
        *runs, layout, *shape, ONE, np.array(source), np.array([*corner, pixel]), out
    )
    cast_: NDArray[np.float32] = out[0]
    return cast_


def chords(
    radius: float, centre: tuple[float, float, float], source: tuple[float, ...]
) -> NDArray[np.float64]:
    """Return a ball's chord at the pixels of `cast`, averaged over 4 x 4 rays."""
    at = (np.arange(1600) + 0.5) * 0.025
    x, y = at[None], at[:, None] - 20.0
    s, c = np.array(source), np.array(centre)
    way = [x - s[0], y - s[1], -s[2]]
    norm = np.sqrt(way[0] ** 2 + way[1] ** 2 + way[2] ** 2)
    to = c - s
    along = (way[0] * to[0] + way[1] * to[1] + way[2] * to[2]) / norm
    square = radius**2 - (to @ to - along**2)
    fine = 2 * np.sqrt(np.clip(square, 0, None))
    return np.asarray(fine.reshape(400, 4, 400, 4).mean((1, 3)))


@pytest.mark.parametrize(
    "source", [(0.0, 0.0, 650.0), (0.0, 150.0, 620.0), (40.0, -270.0, 590.0)]
)
def test_a_ball_casts_its_chord_from_any_source(
    source: tuple[float, float, float],
) -> None:
    wide, radius, pitch = 20.0, 8.0, 0.1
    runs, shape = ball_runs(radius, pitch, wide)
    m = source[2] / (source[2] - 30)
    # Keep the shadow on the panel, wherever the source is.
    y = source[1] + (0 - source[1]) * m
    corner = (source[0] + (10 - source[0]) * m - 20, y - 20)
    got = cast(runs, shape, pitch, source=source, corner=corner)
    moved = (source[0] - corner[0], source[1] - corner[1] - 20, source[2])
    want = chords(radius, (10 - corner[0], -corner[1] - 20, 30.0), moved)
    assert got.sum(dtype=float) == pytest.approx(want.sum(), rel=1e-3)
    inside = want > 4
    assert np.abs(got - want)[inside].max() < 0.25
    assert float((got - want)[inside].std()) < 0.05


def test_error_falls_with_the_pitch() -> None:
    error = []
    for pitch in (0.4, 0.2, 0.1):
        runs, shape = ball_runs(7.0, pitch, 20.0)
        want = chords(7.0, (10.0, 0.0, 30.0), (0.0, 0.0, 650.0))
        error.append(float((cast(runs, shape, pitch) - want).std()))
    assert error[1] < 0.6 * error[0]
    assert error[2] < 0.6 * error[1]


@few
@given(st.floats(-200, 200), st.floats(20, 60), st.floats(2, 20))
def test_a_slab_is_its_thickness_over_the_cosine(
    y: float, tall: float, under: float
) -> None:
    pitch = tall / 20
    runs, shape = box_runs(60.0, 60.0, tall, pitch)
    layout = np.array([pitch, 60 / shape[1], -30.0, UNIT_MM, under])
    source = np.array([5.0, y, 650.0])
    out = np.zeros((1, 40, 40), np.float32)
    sheets.project(*runs, layout, *shape, ONE, source, np.array([20.0, -2, 0.1]), out)
    px, py = np.meshgrid(20 + 0.1 * (np.arange(40) + 0.5), 0.1 * np.arange(40) - 1.95)
    slant = np.sqrt((px - 5) ** 2 + (py - y) ** 2 + 650**2) / 650
    # Where no ray leaves through a side.
    if abs(y) * (tall + under) / 650 < 25:
        np.testing.assert_allclose(out[0], tall * slant, rtol=2e-4)


def some_rows(seed: int, pitch: float) -> tuple[Runs, tuple[int, int]]:
    """Return rows of random runs, 20 mm long, wide and tall."""
    rng = np.random.default_rng(seed)
    n = round(20 / pitch)
    starts = np.sort(rng.integers(0, 20000, (n * n, 6)), axis=1).astype(np.uint16)
    labels = np.tile(np.array([1, 0], np.uint8), 3 * n * n)
    return (np.arange(n * n + 1) * 6, starts.ravel(), labels), (n, n)


@few
@given(st.integers(0, 1000), st.floats(-150, 150), st.floats(0, 30))
def test_a_pixel_is_the_mean_of_its_parts(seed: int, y: float, x: float) -> None:
    runs, shape = some_rows(seed, 1.0)
    whole, parts = (
        cast(
            runs,
            shape,
            1.0,
            source=(x, y, 650.0),
            corner=(0.0, -15.0),
            pixel=30 / n,
            size=(n, n),
        )
        for n in (60, 120)
    )
    mean = parts.reshape(60, 2, 60, 2).mean((1, 3))
    np.testing.assert_allclose(whole, mean, atol=2e-3)


@few
@given(st.integers(0, 1000), st.floats(-100, 100))
def test_a_mirrored_breast_casts_a_mirrored_shadow(seed: int, y: float) -> None:
    (offsets, starts, labels), shape = some_rows(seed, 1.0)
    flipped = starts.reshape(*shape, 6)[:, ::-1].ravel()
    one = cast((offsets, starts, labels), shape, 1.0, source=(0.0, y, 650.0))
    two = cast((offsets, flipped, labels), shape, 1.0, source=(0.0, -y, 650.0))
    np.testing.assert_allclose(two, one[::-1], atol=2e-3)


@few
@given(st.integers(0, 1000), st.floats(5, 15), st.floats(-8, 8))
def test_a_ray_is_as_long_from_either_end(seed: int, x: float, y: float) -> None:
    (offsets, starts, labels), shape = some_rows(seed, 1.0)
    upside_down = starts.reshape(*shape, 6)[::-1].ravel()
    source, foot, fine = (10.0, 4.0), (x, y), 0.002
    corner = (foot[0] - fine / 2, foot[1] - fine / 2)
    one = cast(
        (offsets, starts, labels),
        shape,
        1.0,
        source=(*source, 60.0),
        corner=corner,
        pixel=fine,
        size=(1, 1),
    )
    corner = (source[0] - fine / 2, source[1] - fine / 2)
    # 20 mm of breast, 20 below it and 20 above: turned over, it stands as it stood.
    two = cast(
        (offsets, upside_down, labels),
        shape,
        1.0,
        source=(*foot, 60.0),
        corner=corner,
        pixel=fine,
        size=(1, 1),
    )
    # A ray that grazes a row takes it or leaves it: 0.11 mm in 1 of 200 random rays.
    np.testing.assert_allclose(one, two, atol=0.12)


def test_a_skin_line_as_round_as_a_ball_casts_half_a_ball() -> None:
    # Roundness 1 and equal axes make the slab half a ball of radius 20.
    hull = np.array([40.0, 20.0, 20.0, 2.0, 1.0, 1.0, 1e-3, 0.0])
    out = np.zeros((1, 500, 250), np.float32)
    weights = np.array([[0], [1], [1]], np.float32)
    frame = np.array([0.0, -25.0, 0.1])
    hulls.enclose(hull, 0.0, weights, np.array([0.0, 0.0, 1e7]), frame, out)
    volume = out.sum(dtype=float) * 0.01
    assert volume == pytest.approx(2 / 3 * np.pi * 20**3, rel=1e-3)
    x, y = np.meshgrid(0.05 + 0.1 * np.arange(250), 0.05 + 0.1 * np.arange(500) - 25)
    want = 2 * np.sqrt(np.clip(400 - x**2 - y**2, 0, None))
    error = (out[0] - want)[want > 5]
    assert np.abs(error).max() < 0.2
    assert float(error.std()) < 0.04
    # Nothing is left behind the skin.
    assert out[0][x**2 + y**2 > 20.3**2].max() == 0
