"""Projecting slices and smearing projections back."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.errors import InvalidValue
from galactograph.tomo.operators import Operator, Sweep, upright
from galactograph.values.procedure import Exposure
from tomo.scenes import operator, shadows, sweep

few = settings(deadline=None, max_examples=12)


@few
@given(
    seed=st.integers(0, 99),
    views=st.integers(1, 7),
    arc=st.floats(1, 60),
    pivot=st.floats(0, 60),
    off=st.floats(-20, 20),
)
def test_projector_and_back_projector_are_adjoint(
    seed: int, views: int, arc: float, pivot: float, off: float
) -> None:
    seen = sweep(views=views, arc_deg=arc, rows=70, columns=50, pivot_mm=pivot)
    seen = replace(seen, corner_mm=(max(off, 0.0), -7.0 + off))
    a = operator(seen, slices=6, slice_mm=4.0)
    rng = np.random.default_rng(seed)
    x = rng.random(a.shape, np.float32)
    y = rng.random((views, *seen.shape), np.float32)
    forth = float((a.project(x).astype(float) * y).sum())
    back = float((a.back(y).astype(float) * x).sum())
    np.testing.assert_allclose(forth, back, rtol=1e-5)


@few
@given(st.integers(0, 99), st.floats(-3, 3), st.floats(-3, 3))
def test_projector_and_back_projector_are_linear(seed: int, p: float, q: float) -> None:
    a = operator(sweep(views=3, rows=60, columns=40), slices=4)
    rng = np.random.default_rng(seed)
    x, y = rng.random((2, *a.shape), np.float32)
    both = a.project(np.float32(p) * x + np.float32(q) * y)
    apart = np.float32(p) * a.project(x) + np.float32(q) * a.project(y)
    np.testing.assert_allclose(both, apart, atol=1e-4)


@few
@given(st.integers(0, 99))
def test_a_mirrored_breast_has_mirrored_projections(seed: int) -> None:
    a = operator(sweep(views=5, rows=60, columns=40), slices=6)
    x = np.random.default_rng(seed).random(a.shape, np.float32)
    x[:, [0, 1, 2, -1, -2, -3]] = 0  # the last row of a panel is not used
    there = a.project(x)
    mirrored = a.project(np.ascontiguousarray(x[:, ::-1]))
    inside = slice(4, -4)
    np.testing.assert_allclose(
        mirrored[::-1, ::-1][:, inside], there[:, inside], atol=2e-3
    )


@pytest.mark.parametrize("arc", [15.0, 50.0])
def test_a_sphere_of_voxels_casts_its_chords(arc: float) -> None:
    seen = sweep(views=5, arc_deg=arc)
    a = operator(seen, slices=40, slice_mm=0.5)
    middle, radius = np.array([15.0, 1.0, 30.0]), 6.0
    ball = np.zeros(a.shape, np.float32)
    for k, z in enumerate(a.heights_mm):
        shrink = 1 - z / a.top_mm
        y = (seen.corner_mm[1] + 0.2 * (np.arange(seen.shape[0]) + 0.5)) * shrink
        x = (seen.corner_mm[0] + 0.2 * (np.arange(seen.shape[1]) + 0.5)) * shrink
        away = (x[None] - middle[0]) ** 2 + (y[:, None] - middle[1]) ** 2
        # How much of the voxel's height lies inside, exactly.
        half = np.sqrt(np.clip(radius**2 - away, 0, None))
        low, high = z - middle[2] - 0.25, z - middle[2] + 0.25
        ball[k] = np.clip(np.minimum(high, half) - np.maximum(low, -half), 0, None) * 2
    got = a.project(ball)
    want = shadows(seen, middle[None], middle[None], radius)
    hit = want > 1
    assert abs((got - want)[hit].mean()) < 0.01
    assert float(np.sqrt(((got - want)[hit] ** 2).mean())) < 0.06
    np.testing.assert_allclose(got.sum(), want.sum(), rtol=1e-3)


def test_the_straightened_grid_is_where_it_says() -> None:
    seen = sweep(views=1, arc_deg=0.0, pixel_mm=0.2)
    a = operator(seen, slices=30)
    volume = np.zeros(a.shape, np.float32)
    x, y = 12.0, -8.0
    for k, z in enumerate(a.heights_mm):
        m = a.top_mm / (a.top_mm - z)
        row = (y * m - seen.corner_mm[1]) / 0.2 - 0.5
        column = (x * m - seen.corner_mm[0]) / 0.2 - 0.5
        rows, columns = np.mgrid[: seen.shape[0], : seen.shape[1]]
        volume[k] = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 8)
    a.straighten(volume)
    for k, z in enumerate(a.heights_mm):
        rows, columns = np.mgrid[: seen.shape[0], : seen.shape[1]]
        mass = volume[k].sum(dtype=float)
        index = [k, (volume[k] * rows).sum() / mass, (volume[k] * columns).sum() / mass]
        at = a.grid.panel_from_index(np.array([index]))[0]
        np.testing.assert_allclose(at, [x, y, z], atol=0.01)


@few
@given(st.floats(-8, 8), st.floats(5, 25), st.floats(-18, 18), st.floats(22, 38))
def test_a_panel_that_tilted_is_made_upright(
    arc: float, x: float, y: float, z: float
) -> None:
    tilted = sweep(views=3, arc_deg=15.0, panel_arc_deg=arc)
    flat = replace(tilted, panel_rad=np.zeros(3))
    ball = np.array([[x, y, z]])
    was, made = upright(shadows(tilted, ball, ball, 1.0), tilted)
    assert not made.panel_rad.any()
    want = shadows(flat, ball, ball, 1.0)
    rows, columns = np.mgrid[: flat.shape[0], : flat.shape[1]]
    for a, b in zip(was, want, strict=True):
        for index in (rows, columns):
            at = (a * index).sum(dtype=float) / a.sum(dtype=float)
            to = (b * index).sum(dtype=float) / b.sum(dtype=float)
            assert abs(at - to) < 0.1


def test_a_still_panel_is_left_alone() -> None:
    seen = sweep(views=2)
    images = np.ones((2, *seen.shape), np.float32)
    assert upright(images, seen)[0] is images


def test_a_crop_sees_the_same() -> None:
    seen = sweep(views=3, rows=80, columns=60)
    ball = np.array([[6.0, 0.0, 30.0]])
    whole = shadows(seen, ball, ball, 1.0)
    rows, columns = slice(10, 70), slice(5, 50)
    part = shadows(seen.cropped(rows, columns), ball, ball, 1.0)
    np.testing.assert_allclose(part, whole[:, rows, columns], atol=1e-5)


def test_a_sweep_is_taken_from_exposures() -> None:
    shots = [
        Exposure(rows=4, columns=5, angle_deg=a, pivot_mm=50) for a in (-90 / 2, 0)
    ]
    seen = Sweep.of(shots, (0.0, -1.0))
    np.testing.assert_allclose(seen.sources_mm[1], [0, 0, 650])
    np.testing.assert_allclose(
        seen.sources_mm[0], [0, -600 * np.sqrt(0.5), 50 + 600 * np.sqrt(0.5)]
    )


def test_what_cannot_be_is_refused() -> None:
    seen = sweep()
    with pytest.raises(InvalidValue, match="above the panel"):
        replace(seen, sources_mm=-seen.sources_mm)
    with pytest.raises(InvalidValue, match="rows, columns"):
        replace(seen, shape=(1, 9))
    with pytest.raises(InvalidValue, match="between the panel and the source"):
        Operator(sweep=seen, heights_mm=np.array([700.0]))
    with pytest.raises(InvalidValue, match="upright"):
        operator(sweep(panel_arc_deg=4.0))
