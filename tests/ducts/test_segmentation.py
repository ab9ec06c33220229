"""Filled ducts told from the rest: lines where there is contrast, none elsewhere."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import binary_dilation, label
from skimage.morphology import skeletonize

from ducts.comparing import share_near, truth_px
from ducts.scenes import TREE, Line, World, mirrored, view_of
from galactograph.ducts.background import prepare
from galactograph.ducts.lumens import thinned
from galactograph.ducts.segmentation import ODDS_STRENGTH, segment, strength_of
from galactograph.values.arrays import Floats
from galactograph.values.image import DuctMap

WORLD = World(lines=TREE)


@lru_cache(maxsize=8)
def map_of(world: World) -> DuctMap:
    """Return the duct map of a painted view."""
    view = view_of(world)
    return segment(view, prepare(view))


def line_px(duct_map: DuctMap) -> Floats:
    """Return the pixels of the centreline."""
    return np.argwhere(duct_map.centreline).astype(float)


def test_the_centreline_runs_in_the_middle_of_every_duct() -> None:
    found = line_px(map_of(WORLD))
    assert share_near(truth_px(WORLD), found, 2.0) > 0.98


def test_a_probability_lies_between_none_and_certain() -> None:
    duct_map = map_of(WORLD)
    assert duct_map.probability.min() >= 0
    assert duct_map.probability.max() <= 1
    assert (duct_map.scale_px[duct_map.centreline] > 0).all()


def test_contrast_is_far_more_probable_than_texture() -> None:
    duct_map = map_of(WORLD)
    spots = np.rint(truth_px(WORLD)[::5]).astype(int)
    on = duct_map.probability[spots[:, 0], spots[:, 1]]
    assert np.median(on) > 0.6
    assert np.median(duct_map.probability[200:700, 50:500]) < 0.25


def test_the_centreline_is_one_pixel_wide() -> None:
    line = map_of(WORLD).centreline.copy()
    assert (line & ~skeletonize(line)).sum() < 0.01 * line.sum()


def test_the_orientation_is_that_of_the_duct() -> None:
    duct_map = map_of(WORLD)
    # The trunk runs almost along the rows: 1 mm down over 11 mm.
    trunk = np.rint(truth_px(WORLD, TREE[:1])[20:-30]).astype(int)
    angle = duct_map.orientation_rad[trunk[:, 0], trunk[:, 1]].astype(float)
    want = -np.arctan2(1, 11)
    gap = np.abs((angle - want + np.pi / 2) % np.pi - np.pi / 2)
    assert np.median(gap) < np.radians(5)


@pytest.mark.parametrize("calibre", [0.25, 0.5, 1.0, 2.0, 4.0])
def test_a_duct_of_any_calibre_has_its_half_width(calibre: float) -> None:
    line = Line(places=((20, -8), (50, -14)), calibre_mm=(calibre, calibre))
    world = World(lines=(TREE[0], line))
    duct_map = map_of(world)
    spots = truth_px(world, (line,))[30:-30]
    found = line_px(duct_map)
    assert share_near(spots, found, max(2.0, calibre)) > 0.97
    near = found[share_mask(found, spots, 3.0)].astype(int)
    half = np.median(duct_map.scale_px[near[:, 0], near[:, 1]]) * world.pixel_mm
    # The half-width at half height of a chord, a little more for a blurred one.
    assert half == pytest.approx(calibre * 0.433, rel=0.15, abs=0.06)


def share_mask(mine: Floats, theirs: Floats, reach: float) -> np.ndarray:
    """Tell which of `mine` lie within reach of `theirs`."""
    far = np.hypot(*(mine[:, None] - theirs[None]).transpose(2, 0, 1)).min(axis=1)
    return np.asarray(far <= reach)


def test_the_mirrored_view_gives_the_mirrored_lines() -> None:
    mine = line_px(map_of(WORLD))
    view = mirrored(view_of(WORLD))
    other = line_px(segment(view, prepare(view)))
    other[:, 1] = view.image.pixels.shape[1] - 1 - other[:, 1]
    spots = truth_px(WORLD)
    # Away from the ducts the lines are noise, so that only duct is compared.
    near = mine[share_mask(mine, spots[::5], 5)]
    assert share_near(near, other, 3) > 0.97
    near = other[share_mask(other, spots[::5], 5)]
    assert share_near(near, mine, 3) > 0.97


def test_what_lies_beside_the_breast_gives_no_lines() -> None:
    world = World(plates=((3, 57, 4, 4), (80, 48, 4, 16)))
    scene = prepare(view_of(world))
    # Coarse lines are drawn in blocks, which reach a pixel or two beyond the skin.
    near = binary_dilation(scene.breast, iterations=3)
    assert not map_of(world).centreline[~near].any()


def test_the_skin_gives_crumbs_at_most() -> None:
    world = World()
    pieces, _ = label(map_of(world).centreline, np.ones((3, 3)))
    skin = prepare(view_of(world)).skin[::3]
    for number in range(1, pieces.max() + 1):
        piece = np.argwhere(pieces == number).astype(float)
        if share_near(piece, skin, 1.5 / world.pixel_mm) > 0.5:
            assert len(piece) * world.pixel_mm < 2.5


def test_where_no_breast_is_no_line_is() -> None:
    view = view_of(WORLD)
    scene = prepare(view)
    nowhere = replace(scene, breast=np.zeros_like(scene.breast))
    duct_map = segment(view, nowhere)
    assert not duct_map.centreline.any()
    assert (duct_map.probability == 0).all()


@given(st.floats(0, 100))
def test_a_probability_stands_for_one_strength(strength: float) -> None:
    chance = np.full((1, 1), strength / (strength + ODDS_STRENGTH), np.float32)
    flat = np.zeros((1, 1), np.float32)
    duct_map = DuctMap(
        probability=chance, centreline=flat >= 0, scale_px=flat, orientation_rad=flat
    )
    got = float(strength_of(duct_map)[0, 0])
    assert got == pytest.approx(strength, rel=1e-3, abs=1e-5)


@given(st.integers(0, 400), st.floats(-1.0, 2.5), st.integers(0, 9))
def test_thinning_does_not_know_of_empty_borders(
    seed: int, level: float, border: int
) -> None:
    values = np.random.default_rng(seed).normal(size=(24, 31))
    drawn = np.pad((values > level).astype(np.uint8), border)
    assert np.array_equal(thinned(drawn), skeletonize(drawn > 0))
