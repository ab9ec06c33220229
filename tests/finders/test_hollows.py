"""Hollows of the picture: what thicker contrast encloses, strip or no strip."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.finders._deficit import Deficit
from galactograph.finders._enclosed import enclosed
from galactograph.finders._hollows import STEP_MM, Hollow, hollows
from galactograph.finders._places import pixels_of
from strips import Ball, World, reading_of, within_strips

few = settings(deadline=None, max_examples=12)

SIDE = 80


def lake(
    row: float, column: float, radius_mm: float, *, rim: float = 2.0, floor: float = 0.8
) -> np.ndarray:
    """Return a plateau of contrast with a round hole, and no contrast at the border."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    picture = np.zeros((SIDE, SIDE), np.float32)
    picture[8:-8, 8:-8] = rim
    away = np.hypot(rows - row, columns - column) * STEP_MM
    picture[away <= radius_mm] = floor
    return picture


def found(picture: np.ndarray) -> list[Hollow]:
    return list(hollows(picture, STEP_MM))


@few
@given(st.floats(30, 50), st.floats(30, 50), st.floats(0.6, 2.0))
def test_a_hole_in_contrast_is_found_where_it_lies_and_as_large_as_it_is(
    row: float, column: float, radius_mm: float
) -> None:
    every = found(lake(row, column, radius_mm))
    assert every
    for one in every:
        assert one.row == pytest.approx(row, abs=0.6)
        assert one.column == pytest.approx(column, abs=0.6)
        assert one.diameter_mm == pytest.approx(2 * radius_mm, abs=0.3)
        assert one.floor_mm == pytest.approx(0.8, abs=1e-5)
        assert one.shore_mm == pytest.approx(2.0, abs=1e-5)
        assert one.solid > 0.85
        assert one.aspect < 1.3


@few
@given(st.integers(-8, 8), st.integers(-8, 8))
def test_hollows_move_with_the_picture(down: int, right: int) -> None:
    picture = lake(40, 40, 1.3)
    moved = found(np.roll(picture, (down, right), (0, 1)))
    for one, other in zip(found(picture), moved, strict=True):
        assert other.row - one.row == pytest.approx(down)
        assert other.column - one.column == pytest.approx(right)
        away = other.outline - one.outline
        np.testing.assert_allclose(away, np.broadcast_to((down, right), away.shape))


def test_what_is_open_to_the_outside_is_no_hollow() -> None:
    picture = lake(40, 40, 1.3)
    picture[40, 40:] = 0.0
    assert not found(picture)


def test_a_shallow_dent_is_no_hollow() -> None:
    assert not found(lake(40, 40, 1.3, floor=1.95))


def test_a_dry_gap_between_ducts_is_no_hollow() -> None:
    assert not found(lake(40, 40, 1.3, floor=0.1))


def test_shores_of_clouds_of_tissue_do_not_count() -> None:
    picture = lake(40, 40, 1.3, rim=0.9, floor=0.4)
    assert found(picture)
    assert not list(hollows(picture, STEP_MM, 0.95))


def test_two_hollows_over_one_saddle_part_below_it() -> None:
    picture = np.minimum(lake(40, 34, 1.0), lake(40, 46, 1.0))
    picture[36:45, 38:43] = 1.2
    counts = dict.fromkeys({one.level_mm for one in found(picture)}, 0)
    for one in found(picture):
        counts[one.level_mm] += 1
    assert counts[min(counts)] == 2
    assert counts[max(counts)] == 1


def placed(world: World) -> list[tuple[Deficit, float, float]]:
    """Return what is enclosed in a painted duct, and where along and across it lies."""
    reading = within_strips(reading_of(world))
    grid = reading.view.image.grid
    middle = (reading.scene.excess.shape[0] - 1) / 2
    told = []
    for deficit, held in enclosed(reading):
        assert not held
        at = np.array([(deficit.s_mm, deficit.u_mm)])
        row, column = pixels_of(deficit.column.strip, at, grid)[0]
        across = (row - middle) * grid.pixel_mm
        told.append((deficit, column * grid.pixel_mm - 8.0, across))
    return told


@few
@given(st.floats(8, 22), st.floats(1.8, 2.4), st.integers(0, 40))
def test_a_body_within_a_wide_duct_is_enclosed_where_it_lies(
    s_mm: float, size_mm: float, seed: int
) -> None:
    world = World(calibre_mm=4.0, balls=(Ball(s_mm, 0.3, size_mm),), seed=seed)
    near = [
        deficit
        for deficit, along, across in placed(world)
        if abs(along - s_mm) < 0.5 and abs(across - 0.3) < 0.5
    ]
    assert near
    assert max(d.length_mm for d in near) == pytest.approx(size_mm, rel=0.45)
    assert max(d.shape.roundness for d in near) > 0.7


def test_an_intact_duct_encloses_nothing() -> None:
    assert not placed(World(calibre_mm=3.0))
