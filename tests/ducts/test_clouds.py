"""Contrast outside ducts: found where it is, soft where it is soft, never a duct."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from ducts.scenes import TREE, World, reading_of, view_of
from galactograph.ducts.background import prepare
from galactograph.ducts.clouds import Settings, find_clouds
from galactograph.reading import read_view
from galactograph.values.codes import Adequacy
from galactograph.values.report import Cloud
from galactograph.values.study import View

WORLD = World(lines=TREE)
MM = WORLD.pixel_mm
GAUGE = WORLD.opacity_per_mm


def with_cloud(
    radius: float,
    behind: float,
    above: float,
    *,
    height: float = 0.8,
    soft: float = 1.0,
    filled: bool = True,
) -> View:
    """Return the painted view with a ball of contrast, blurred by `soft`; all in mm."""
    view = view_of(WORLD, filled=filled)
    rows, columns = np.mgrid[:900, :700] * MM
    square = (rows - (45 - above)) ** 2 + (columns - (63 - behind)) ** 2
    flat = (square < radius**2).astype(np.float32)
    blot = height * gaussian_filter(flat, max(soft / MM, 0.5))
    pixels = (view.image.pixels + blot).astype(np.float32)
    return replace(view, image=replace(view.image, pixels=pixels))


@lru_cache(maxsize=64)
def clouds_of(
    radius: float,
    behind: float,
    above: float,
    height: float = 0.8,
    soft: float = 1.0,
    *,
    scout: bool = True,
) -> tuple[Cloud, ...]:
    """Return the clouds of a painted view whose ducts are known."""
    view = with_cloud(radius, behind, above, height=height, soft=soft)
    before = view_of(WORLD, filled=False) if scout else None
    scene = prepare(view, scout=before)
    assert scene.subtracted is scout
    return find_clouds(view, scene, reading_of(WORLD).ducts, GAUGE)


@pytest.mark.parametrize(
    ("behind", "above"), [(24.0, 6.0), (24.0, -7.0), (20.0, 0.0), (30.0, 8.0)]
)
@pytest.mark.parametrize("scout", [True, False])
def test_a_leak_is_found_where_it_is_beside_a_duct_or_over_it(
    behind: float, above: float, *, scout: bool
) -> None:
    (cloud,) = clouds_of(3.5, behind, above, scout=scout)
    expected = ((45 - above) / MM, (63 - behind) / MM)
    # On the duct that it touches, which lies within its radius and half a mm.
    assert np.hypot(cloud.row - expected[0], cloud.column - expected[1]) < 4.0 / MM
    # A disc of 3.5 mm radius: 38 square mm at half its height; counted further out.
    assert 25 < cloud.area_mm2 < 110


def test_the_outline_holds_the_middle_and_is_shut() -> None:
    (cloud,) = clouds_of(3.5, 24.0, 6.0)
    line = np.array(cloud.outline)
    np.testing.assert_array_equal(line[0], line[-1])
    assert (line.min(0) < (cloud.row, cloud.column)).all()
    assert (line.max(0) > (cloud.row, cloud.column)).all()


@pytest.mark.parametrize("radius", [2.5, 3.5, 5.0])
def test_more_contrast_is_a_larger_area_and_a_greater_excess(radius: float) -> None:
    (small,) = clouds_of(radius, 24.0, 6.0, 0.6)
    (wide,) = clouds_of(radius + 1.5, 24.0, 6.0, 0.6)
    (dense,) = clouds_of(radius, 24.0, 6.0, 1.2)
    assert wide.area_mm2 > small.area_mm2
    assert dense.excess > 1.5 * small.excess


def test_the_softer_the_edge_the_less_steep() -> None:
    steep = [
        clouds_of(4.0, 21.0, 0.0, 0.8, soft)[0].steep_per_mm
        for soft in (0.05, 0.6, 1.2)
    ]
    assert steep[0] > 1.3 * steep[1] > 1.3**2 * steep[2]
    # 1 / (2.5 * 0.3 mm of our own blur) is 1.3 per mm.
    assert steep[0] == pytest.approx(1.3, abs=0.35)


def test_a_cloud_names_the_duct_it_hides() -> None:
    (cloud,) = clouds_of(3.5, 24.0, 6.0)
    assert cloud.calibre_mm == pytest.approx(0.75, abs=0.25)
    assert clouds_of(3.5, 40.0, 18.0)[0].tips >= 1


def test_without_a_scout_what_is_as_bright_as_tissue_is_none() -> None:
    assert clouds_of(3.5, 24.0, 6.0, 0.15, scout=True)
    assert not clouds_of(3.5, 24.0, 6.0, 0.06, scout=False)


def test_small_spots_are_no_clouds() -> None:
    assert not clouds_of(1.0, 24.0, 6.0, 0.8, 0.2)


def test_contrast_that_touches_no_duct_came_from_none() -> None:
    assert not clouds_of(3.0, 20.0, 25.0)


def test_a_mass_that_the_scout_shows_is_no_extravasation() -> None:
    view = with_cloud(4.0, 27.0, -3.0, height=1.0)
    assert read_view(view).clouds
    scout = with_cloud(4.0, 27.0, -3.0, height=1.0, filled=False)
    reading = read_view(view, scout=scout)
    assert reading.scene.subtracted
    assert not reading.clouds


def test_a_view_with_a_leak_is_extravasated() -> None:
    scout = view_of(WORLD, filled=False)
    reading = read_view(with_cloud(4.5, 27.0, 0.0, soft=1.5), scout=scout)
    assert reading.adequacy.status is Adequacy.EXTRAVASATED
    assert "outside ducts" in reading.adequacy.reasons[-1]


@pytest.mark.parametrize("scout", [True, False])
def test_ducts_are_no_clouds(*, scout: bool) -> None:
    view = view_of(WORLD)
    before = view_of(WORLD, filled=False) if scout else None
    scene = prepare(view, scout=before)
    assert find_clouds(view, scene, reading_of(WORLD).ducts, GAUGE) == ()


def test_without_ducts_or_a_gauge_nothing_is_a_cloud() -> None:
    view = with_cloud(3.5, 24.0, 6.0)
    scene = prepare(view)
    assert find_clouds(view, scene, (), GAUGE) == ()
    assert find_clouds(view, scene, reading_of(WORLD).ducts, 0.0) == ()


def test_where_all_is_duct_no_tissue_tells_what_a_cloud_is() -> None:
    view = with_cloud(3.5, 24.0, 6.0)
    scene = prepare(view)
    ducts = reading_of(WORLD).ducts
    nowhere = Settings(away_mm=500.0)
    assert find_clouds(view, scene, ducts, GAUGE, nowhere) == ()
