"""The column of contrast: chords, walls, and what grey stands for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galactograph.finders._column import columns, levelled
from galactograph.finders._grey import Curve, chords_mm
from strips import Other, World, papilloma, reading_of


@given(st.floats(0.05, 3.0), st.floats(0.02, 0.1))
def test_a_chord_keeps_the_area_of_its_lumen(radius: float, step: float) -> None:
    u = np.arange(-5, 5 + step / 2, step)
    area = chords_mm(np.array([radius]), u).sum() * step
    assert area == pytest.approx(np.pi * radius**2, rel=0.02)


@given(st.floats(0.05, 0.9), st.floats(0.3, 20.0))
def test_a_display_curve_is_undone(share: float, reach: float) -> None:
    curve = Curve(top=2.0, reach_mm=reach)
    thickness = -reach * np.log1p(-share)
    got = curve.thickness_mm(np.array([2.0 * share]))
    assert got[0] == pytest.approx(thickness, rel=1e-9)


@pytest.mark.parametrize("calibre", [0.5, 1.0, 2.0, 4.0])
def test_walls_lie_a_calibre_apart(calibre: float) -> None:
    (column,) = columns(reading_of(World(calibre_mm=calibre, seed=3)))
    assert np.median(2 * column.radius_mm) == pytest.approx(calibre, abs=0.1)
    assert np.median(column.filled) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("opacity", [0.3, 0.75])
def test_thickness_does_not_depend_on_the_dilution(opacity: float) -> None:
    world = World(calibre_mm=2.0, opacity_per_mm=opacity, noise=0.001, texture=0.0)
    (column,) = columns(reading_of(world))
    middle = np.abs(column.u_mm) < 0.1
    assert np.median(column.thickness_mm[:, middle]) == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("display", [0.5, 1.0])
def test_display_grey_gives_about_the_same_thickness(display: float) -> None:
    world = World(calibre_mm=1.5, taper_per_mm=0.01, noise=0.002, texture=0.0)
    linear, shown = (
        columns(reading_of(replace(world, display=value)))[0] for value in (0, display)
    )
    middle = np.abs(linear.u_mm) < 0.1
    ratio = shown.thickness_mm[:, middle] / linear.thickness_mm[:, middle]
    assert np.median(ratio) == pytest.approx(1, abs=0.15)


def test_what_fills_the_middle_does_not_hide_the_walls() -> None:
    world = papilloma(World(calibre_mm=1.2), 15, 3)
    (column,) = columns(reading_of(world))
    at = int(np.abs(column.s_mm - 15).argmin())
    assert 2 * column.radius_mm[at] == pytest.approx(0.72 * 3 + 0.4, abs=0.25)


def test_a_crossing_duct_does_not_pull_the_walls() -> None:
    alone = World(calibre_mm=1.2, wobble=0.0, seed=1)
    crossed = replace(alone, others=(Other(15, 0, 50, 0.5),))
    one, two = (columns(reading_of(w))[0] for w in (alone, crossed))
    assert np.abs(one.radius_mm - two.radius_mm).max() < 0.15


def test_a_straight_fade_is_its_own_yardstick() -> None:
    world = World(calibre_mm=1.5, fade_mm=25, noise=0.005, texture=0.0)
    (column,) = columns(reading_of(world))
    level = levelled(column, 4.0).filled
    inner = (column.s_mm > 8) & (column.s_mm < 20)
    assert np.abs(level[inner] - 1).max() < 0.1
