"""What is left when the background is taken away, with and without a scout."""

from dataclasses import replace

import numpy as np
import pytest

from ducts.comparing import truth_px
from ducts.scenes import TREE, World, lumen_mm, mirrored, shape_of, view_of
from galactograph.ducts.background import behind_pectoral, prepare
from galactograph.values.arrays import Bools
from galactograph.values.report import Scene

WORLD = World(lines=TREE)
ROUGH = World(lines=TREE, texture=0.06)


def away_from_ducts(world: World, scene: Scene) -> Bools:
    """Return where there is breast, no skin, and no duct within 2 mm."""
    fine = lumen_mm(world)
    rows, columns = shape_of(world)
    lumen = fine.reshape(rows, 3, columns, 3).mean(axis=(1, 3)) > 0
    r, c = np.mgrid[:rows, :columns] * world.pixel_mm
    middle = ((r - 45) / 30) ** 2 + (c / 48) ** 2 < 1
    near = np.zeros_like(lumen)
    for row, column in np.rint(truth_px(world)[::10]).astype(int):
        near[max(0, row - 20) : row + 21, max(0, column - 20) : column + 21] = True
    return np.asarray(scene.breast & middle & ~near & ~lumen)


@pytest.mark.parametrize("noise", [0.005, 0.015, 0.04])
def test_the_noise_is_the_painted_noise(noise: float) -> None:
    scene = prepare(view_of(replace(WORLD, noise=noise)))
    assert scene.noise == pytest.approx(noise, rel=0.1)


def test_nothing_is_left_off_the_breast() -> None:
    scene = prepare(view_of(WORLD))
    assert (scene.excess[~scene.breast] == 0).all()


def test_a_duct_keeps_its_height_above_the_background() -> None:
    scene = prepare(view_of(WORLD))
    trunk = np.rint(truth_px(WORLD, TREE[:1])[30:-30]).astype(int)
    # Opacity 0.6 per mm over a chord of 1.15 mm, blurred a little.
    values = scene.excess[trunk[:, 0], trunk[:, 1]]
    assert np.median(values) == pytest.approx(0.6 * 1.15, abs=0.08)


def test_beside_ducts_little_is_left() -> None:
    scene = prepare(view_of(WORLD))
    beside = scene.excess[away_from_ducts(WORLD, scene)]
    assert abs(float(np.median(beside))) < 3 * WORLD.texture
    assert float(beside.std()) < 3 * WORLD.texture


def test_the_mirrored_view_is_prepared_alike() -> None:
    one, other = prepare(view_of(WORLD)), prepare(mirrored(view_of(WORLD)))
    assert (one.chest_wall, other.chest_wall) == ("left", "right")
    gap = other.excess[:, ::-1] - one.excess
    assert np.percentile(np.abs(gap), 99) < 0.02
    assert one.nipple is not None
    assert other.nipple is not None
    assert other.nipple.row == pytest.approx(one.nipple.row, abs=3)
    assert 699 - other.nipple.column == pytest.approx(one.nipple.column, abs=3)


def test_a_scout_takes_the_texture_and_leaves_the_ducts() -> None:
    view, scout = view_of(ROUGH), view_of(ROUGH, filled=False)
    plain, better = prepare(view), prepare(view, scout=scout)
    assert better.subtracted
    beside = away_from_ducts(ROUGH, plain)
    assert better.excess[beside].std() < 0.6 * plain.excess[beside].std()
    spots = np.rint(truth_px(ROUGH)[::5]).astype(int)
    mine, theirs = (s.excess[spots[:, 0], spots[:, 1]] for s in (plain, better))
    assert np.median(theirs) > 0.9 * np.median(mine) - 0.02


def test_a_scout_of_a_moved_breast_is_aligned() -> None:
    view, scout = view_of(ROUGH), view_of(ROUGH, filled=False)
    rolled = np.roll(scout.image.pixels, (6, -4), (0, 1))
    moved = replace(scout, image=replace(scout.image, pixels=rolled))
    plain, better = prepare(view), prepare(view, scout=moved)
    assert better.subtracted
    beside = away_from_ducts(ROUGH, plain)
    assert better.excess[beside].std() < 0.6 * plain.excess[beside].std()
    assert any("aligned" in note for note in better.notes)


def test_a_scout_of_another_matrix_is_not_subtracted() -> None:
    scout = view_of(ROUGH, filled=False)
    part = np.ascontiguousarray(scout.image.pixels[:-10])
    grid = replace(scout.image.grid, shape=part.shape)
    cut = replace(scout, image=replace(scout.image, pixels=part, grid=grid))
    scene = prepare(view_of(ROUGH), scout=cut)
    assert not scene.subtracted
    assert any("another matrix" in note for note in scene.notes)


def test_what_lies_behind_the_pectoral_edge_is_told_by_its_sign() -> None:
    scene = replace(prepare(view_of(WORLD)), pectoral=((0.0, 300.0), (500.0, 0.0)))
    # The corner at the chest wall is muscle, the nipple is not.
    assert behind_pectoral(scene, 10.0, 10.0) > 0
    assert behind_pectoral(scene, 450.0, 620.0) < 0
    far = behind_pectoral(scene, 0.0, 0.0)
    np.testing.assert_allclose(far, 300 * 500 / np.hypot(300, 500))
    right = replace(scene, chest_wall="right", pectoral=((0.0, 399.0), (500.0, 699.0)))
    np.testing.assert_allclose(behind_pectoral(right, 0.0, 699.0), far)
    none = replace(scene, pectoral=None)
    assert behind_pectoral(none, np.zeros(3), np.zeros(3)).tolist() == [-np.inf] * 3


def test_the_pectoral_edge_of_an_oblique_view_is_found() -> None:
    view = view_of(World())
    rows, columns = np.mgrid[: view.image.pixels.shape[0], : view.image.pixels.shape[1]]
    muscle = np.clip((1 - rows / 500 - columns / 260) * 40 + 0.5, 0, 1) * 0.8
    soft = view.image.pixels + np.where(view.image.pixels > 0.3, muscle, 0)
    oblique = replace(
        view,
        position="MLO",
        image=replace(view.image, pixels=soft.astype(np.float32)),
    )
    edge = prepare(oblique).pectoral
    assert edge is not None
    (top, head), (foot, low) = edge
    assert (top, low) == (0, 0)
    # The muscle shows only where there is breast, from row 80 on.
    at = 250
    column = head + (low - head) * (at - top) / (foot - top)
    assert column == pytest.approx(260 * (1 - at / 500), abs=25)
    assert prepare(replace(oblique, position="CC")).pectoral is None
