"""Calibre below the pixel, opacity, error bars, and where ducts overlap."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ducts.comparing import calibres_near, recall
from ducts.scenes import TREE, Line, World, reading_of, view_of
from galactograph.ducts.sections import find_overlaps, normals_of
from galactograph.ducts.tracing import Trace
from galactograph.reading import read_view
from galactograph.values.arrays import Floats
from galactograph.values.geometry import SpacingKind
from galactograph.values.study import GreyScale

few = settings(deadline=None, max_examples=40)
WORLD = World(lines=TREE)
CALIBRES = (0.4, 0.6, 0.8, 1.0, 1.5, 2.0)


@lru_cache(maxsize=8)
def comb(pixel_mm: float, angle_deg: float) -> World:
    """Return six ducts of different calibre side by side, at an angle, and a trunk."""
    turn = np.radians(angle_deg)
    way = np.array([np.cos(turn), np.sin(turn)])
    beside = np.array([-way[1], way[0]])
    lines = [Line(places=((3, 0), (14, 0)), calibre_mm=(1, 1))]
    for number, calibre in enumerate(CALIBRES):
        middle = np.array([34.0, 0.0]) + (number - 2.5) * 6 * beside
        first, last = middle - 9 * way, middle + 9 * way
        lines.append(
            Line(
                places=((first[0], first[1]), (last[0], last[1])),
                calibre_mm=(calibre, calibre),
            )
        )
    return World(lines=tuple(lines), pixel_mm=pixel_mm)


@pytest.mark.parametrize(
    ("pixel_mm", "angle"),
    [
        (0.07, 25),
        pytest.param(0.07, 45, marks=pytest.mark.slow),
        (0.1, 0),
        pytest.param(0.1, 25, marks=pytest.mark.slow),
        (0.1, 70),
    ],
)
def test_calibre_is_right_within_a_twentieth_of_a_millimetre(
    pixel_mm: float, angle: float
) -> None:
    world = comb(pixel_mm, angle)
    reading = reading_of(world)
    for calibre, line in zip(CALIBRES, world.lines[1:], strict=True):
        found, true = calibres_near(world, reading, line)
        assert len(found) > 20, f"{calibre} mm was not traced"
        assert np.median(found) == pytest.approx(calibre, abs=0.05)
        assert np.percentile(np.abs(found - true), 90) < 0.1


@pytest.mark.parametrize(("pixel_mm", "angle"), [(0.1, 10)])
def test_no_line_is_lost_for_crumbs_at_its_end(pixel_mm: float, angle: float) -> None:
    world = comb(pixel_mm, angle)
    assert recall(world, reading_of(world)) > 0.95


@pytest.mark.parametrize("calibre", [0.2, 0.3])
def test_thin_ducts_are_measured_below_the_pixel(calibre: float) -> None:
    thin = Line(places=((24, -12), (50, -18)), calibre_mm=(calibre, calibre))
    world = World(lines=(*TREE, thin))
    found, _ = calibres_near(world, reading_of(world), thin)
    assert np.median(found) == pytest.approx(calibre, abs=0.05)


def test_a_taper_is_followed() -> None:
    cone = Line(places=((20, -8), (50, -14)), calibre_mm=(1.8, 0.5))
    world = World(lines=(TREE[0], cone))
    found, true = calibres_near(world, reading_of(world), cone)
    np.testing.assert_allclose(np.median(np.abs(found - true)), 0, atol=0.04)
    assert np.corrcoef(found, true)[0, 1] > 0.99


@pytest.mark.parametrize("opacity", [0.3, 1.0])
def test_the_opacity_of_contrast_is_gauged(opacity: float) -> None:
    world = replace(WORLD, opacity_per_mm=opacity)
    reading = reading_of(world)
    assert reading.opacity_per_mm == pytest.approx(opacity, rel=0.1)
    (duct,) = reading.ducts
    # The fit reckons with scatter, a tenth; this picture was painted without.
    assert np.median(duct.opacity_per_mm) == pytest.approx(opacity, rel=0.2)


def test_errors_bars_hold_most_errors() -> None:
    (duct,) = reading_of(WORLD).ducts
    assert (duct.sigma_mm > 0).all()
    for line in (TREE[1], TREE[2]):
        found, true = calibres_near(WORLD, reading_of(WORLD), line)
        assert np.abs(found - true).max() < 0.15
    assert np.median(duct.sigma_mm) < 0.08


def test_calibre_does_not_depend_on_the_grey_scale_of_shape() -> None:
    shown = replace(view_of(WORLD), grey_scale=GreyScale.PROPORTIONAL)
    found = read_view(shown)
    (mine,), (other,) = reading_of(WORLD).ducts, found.ducts
    np.testing.assert_allclose(other.calibre_mm, mine.calibre_mm, atol=0.02)


def test_without_a_spacing_pixels_are_measured() -> None:
    view = view_of(WORLD)
    grid = replace(view.image.grid, spacing_kind=SpacingKind.NONE)
    reading = read_view(replace(view, image=replace(view.image, grid=grid)))
    assert not reading.view.image.grid.has_millimetres
    (mine,), (other,) = reading_of(WORLD).ducts, reading.ducts
    np.testing.assert_allclose(other.rows, mine.rows, atol=1e-6)
    np.testing.assert_allclose(other.calibre_mm, mine.calibre_mm, atol=1e-6)


def test_forks_are_marked_as_overlap_and_straight_duct_is_not() -> None:
    (duct,) = reading_of(WORLD).ducts
    tree = duct.tree
    forks = np.flatnonzero(tree.children > 1)
    assert duct.overlap[forks].all()
    fork = tree.points_mm[forks]
    far = np.linalg.norm(tree.points_mm[:, None] - fork[None], axis=2).min(axis=1)
    assert not duct.overlap[far > 5].any()


def straight(
    first: tuple[float, float], angle: float, count: int = 30, half: float = 3.0
) -> Trace:
    """Return a straight trace of points 3 pixels apart."""
    way = np.array([np.sin(angle), np.cos(angle)])
    return Trace(
        points=np.array(first) + 3.0 * np.arange(count)[:, None] * way,
        parents=np.arange(-1, count - 1, dtype=np.int32),
        half_px=np.full(count, half),
        strength=np.full(count, 8.0),
        rooted=True,
        worth=10.0,
    )


turn = st.floats(0, 2 * np.pi)


@few
@given(turn)
def test_normals_are_unit_vectors_across_a_straight_duct(angle: float) -> None:
    trace = straight((0, 0), angle)
    normals = normals_of(trace.points, trace.parents)
    np.testing.assert_allclose(np.hypot(*normals.T), 1, atol=1e-9)
    way = np.array([np.sin(angle), np.cos(angle)])
    np.testing.assert_allclose(normals @ way, 0, atol=1e-6)


@few
@given(st.lists(st.floats(-0.15, 0.15), min_size=30, max_size=30))
def test_normals_turn_smoothly_along_a_bent_duct(bends: list[float]) -> None:
    heading = np.cumsum(bends)
    steps = 3 * np.stack([np.sin(heading), np.cos(heading)], axis=1)
    points: Floats = np.cumsum(steps, axis=0)
    normals = normals_of(points, np.arange(-1, 29, dtype=np.int32))
    turned = np.degrees(
        np.arccos(np.clip((normals[1:] * normals[:-1]).sum(axis=1), -1, 1))
    )
    assert turned.max() < np.degrees(0.15) * 2.1


@few
@given(turn, st.floats(1, 5))
def test_one_straight_duct_overlaps_nothing(angle: float, half: float) -> None:
    (flags,) = find_overlaps([straight((0, 0), angle, half=half)])
    assert not flags.any()


@few
@given(turn)
def test_ducts_side_by_side_overlap_and_ducts_apart_do_not(angle: float) -> None:
    beside = np.array([np.cos(angle), -np.sin(angle)])
    one = straight((0, 0), angle)
    near = straight((5 * beside[0], 5 * beside[1]), angle)
    far = straight((60 * beside[0], 60 * beside[1]), angle)
    first, second = find_overlaps([one, near])
    assert first[2:-2].all()
    assert second[2:-2].all()
    first, third = find_overlaps([one, far])
    assert not first.any()
    assert not third.any()


def test_nothing_overlaps_where_nothing_is() -> None:
    assert find_overlaps([]) == []
