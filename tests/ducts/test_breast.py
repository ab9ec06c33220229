"""The breast in the picture: skin, chest wall, nipple, and what is no tissue."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from ducts.scenes import TREE, World, body, tip_px, turned, view_of
from galactograph.ducts.breast import find_breast, upright
from galactograph.values.report import Edge

EDGES: tuple[Edge, ...] = get_args(Edge)


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("offset", [-8.0, 0.0, 6.0])
def test_the_nipple_is_found_within_two_millimetres(edge: Edge, offset: float) -> None:
    world = World(edge=edge, nipple_offset_mm=offset)
    outline = find_breast(view_of(world))
    assert outline.chest_wall == edge
    assert outline.nipple is not None
    off = np.array([outline.nipple.row, outline.nipple.column]) - tip_px(world)
    assert np.hypot(*off) * world.pixel_mm < 2.0
    assert outline.nipple.confidence > 0.9


@pytest.mark.parametrize("bump", [1.5, 3.0])
def test_a_flat_nipple_off_the_middle_is_found(bump: float) -> None:
    world = World(nipple_offset_mm=5.0, bump_mm=bump)
    nipple = find_breast(view_of(world)).nipple
    assert nipple is not None
    off = np.array([nipple.row, nipple.column]) - tip_px(world)
    assert np.hypot(*off) * world.pixel_mm < 2.0


@pytest.mark.xfail(
    strict=True,
    reason="the curve of a breast without a nipple in profile reads as a bump",
)
def test_a_smooth_outline_gives_no_certain_nipple() -> None:
    nipple = find_breast(view_of(World(bump_mm=0.0))).nipple
    assert nipple is not None
    assert nipple.confidence < 0.5


@pytest.mark.parametrize("edge", EDGES)
def test_the_mask_is_the_painted_breast(edge: Edge) -> None:
    world = World(edge=edge)
    mask = find_breast(view_of(world)).mask
    painted = turned(body(world).astype(np.float32), edge) > 0.12
    either = (mask | painted).sum()
    assert (mask & painted).sum() / either > 0.97


@pytest.mark.parametrize("edge", EDGES)
def test_the_skin_line_follows_the_skin_and_keeps_off_the_border(edge: Edge) -> None:
    world = World(edge=edge)
    outline = find_breast(view_of(world))
    shape = np.array(outline.mask.shape)
    assert len(outline.skin) > 100
    wall = {"left": (1, 0), "right": (1, 1), "top": (0, 0), "bottom": (0, 1)}[edge]
    rim = outline.skin[:, wall[0]]
    gap = rim if wall[1] == 0 else shape[wall[0]] - 1 - rim
    assert gap.min() * world.pixel_mm >= 0.5
    # On the skin the breast fades to air, from side to side of the line.
    rows, columns = np.rint(outline.skin).astype(int).T
    values = turned(body(world).astype(np.float32), edge)[rows, columns]
    assert np.median(values) < 0.4
    # In order: no leaps.
    assert np.hypot(*np.diff(outline.skin, axis=0).T).max() < 3 / world.pixel_mm


def test_text_and_markers_beside_the_breast_are_named() -> None:
    world = World(plates=((3, 57, 4, 4), (80, 48, 4, 16)))
    found = {item.kind: item.box for item in find_breast(view_of(world)).objects}
    assert set(found) == {"marker", "text"}
    for kind, (top, left) in {"marker": (30, 570), "text": (800, 480)}.items():
        first_row, first_column, last_row, last_column = found[kind]
        assert first_row <= top < last_row
        assert first_column <= left < last_column


def test_a_thin_bar_that_leaves_the_nipple_is_a_cannula() -> None:
    world = World(lines=TREE, bump_mm=2.0, plates=((44.6, 57, 0.8, 13),))
    kinds = [item.kind for item in find_breast(view_of(world)).objects]
    assert kinds == ["cannula"]


def test_text_does_not_become_breast() -> None:
    world = World(plates=((80, 48, 4, 16),))
    mask = find_breast(view_of(world)).mask
    assert not mask[800:840, 480:640].any()


def test_an_empty_picture_holds_no_breast() -> None:
    outline = find_breast(view_of(World(breast=False)))
    assert outline.nipple is None
    assert not outline.mask.any() or outline.notes


@pytest.mark.xfail(
    strict=True,
    reason="thinner tissue is taken for air where a magnification view holds none",
)
def test_a_breast_that_fills_the_picture_has_no_skin_line() -> None:
    view = view_of(World())
    part = np.ascontiguousarray(view.image.pixels[350:550, 50:300])
    grid = replace(view.image.grid, shape=part.shape)
    outline = find_breast(
        replace(view, image=replace(view.image, pixels=part, grid=grid))
    )
    assert outline.mask.all()
    assert len(outline.skin) == 0
    assert outline.nipple is None
    assert "No air" in outline.notes[0]


@pytest.mark.parametrize(
    ("said", "edge", "noted"),
    [
        (("A", "L"), "left", False),
        (("P", "L"), "left", True),
        (None, "left", False),
    ],
)
def test_the_tag_is_believed_unless_the_picture_speaks_against_it(
    said: tuple[str, str] | None,
    edge: Edge,
    noted: bool,  # noqa: FBT001
) -> None:
    outline = find_breast(replace(view_of(World()), orientation=said))
    assert outline.chest_wall == edge
    assert any("Patient Orientation" in note for note in outline.notes) == noted


@pytest.mark.parametrize("edge", EDGES)
def test_upright_puts_the_chest_wall_at_the_left(edge: Edge) -> None:
    picture = np.arange(12, dtype=np.float32).reshape(3, 4)
    stored = turned(picture, edge)
    np.testing.assert_array_equal(upright(stored.astype(np.uint8), edge), picture)
