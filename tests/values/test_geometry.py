"""Grids: from pixels to millimetres and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galactograph.errors import InvalidValue
from galactograph.values.geometry import Grid, SpacingKind
from galactograph.values.image import DuctMap, Image

mm = st.floats(0.01, 5)
where = st.floats(-500, 500)
grids = st.builds(
    Grid,
    shape=st.sampled_from([(30, 40), (5, 30, 40)]),
    spacing_mm=st.tuples(mm, mm),
    slice_mm=mm,
    origin_mm=st.tuples(where, where, where),
)


@given(grids, st.lists(st.tuples(where, where, where), min_size=1, max_size=5))
def test_to_the_panel_and_back_is_the_same_place(
    grid: Grid, places: list[tuple[float, float, float]]
) -> None:
    index = np.array(places)
    back = grid.index_from_panel(grid.panel_from_index(index))
    np.testing.assert_allclose(back, index, atol=1e-6 * (1 + 500 / 0.01))


@given(grids, where, where)
def test_a_place_without_a_slice_lies_in_the_first(
    grid: Grid, row: float, column: float
) -> None:
    flat = grid.panel_from_index(np.array([[row, column]]))
    deep = grid.panel_from_index(np.array([[0.0, row, column]]))
    np.testing.assert_allclose(flat, deep)


def test_the_panel_frame_has_x_along_columns_by_hand() -> None:
    grid = Grid(
        shape=(4, 10, 10), spacing_mm=(0.1, 0.2), slice_mm=1.5, origin_mm=(1, 2, 3)
    )
    got = grid.panel_from_index(np.array([[2.0, 10.0, 20.0]]))
    np.testing.assert_allclose(got, [[1 + 4, 2 + 1, 3 + 3]])


def test_a_pixel_is_the_geometric_mean_of_its_sides() -> None:
    assert Grid(shape=(2, 2), spacing_mm=(0.05, 0.2)).pixel_mm == pytest.approx(0.1)


def test_without_a_spacing_there_are_no_millimetres() -> None:
    grid = Grid(shape=(2, 2), spacing_mm=(0.08, 0.08), spacing_kind=SpacingKind.NONE)
    assert not grid.has_millimetres
    for kind in set(SpacingKind) - {SpacingKind.NONE}:
        told = Grid(shape=(2, 2), spacing_mm=(0.08, 0.08), spacing_kind=kind)
        assert told.has_millimetres


@pytest.mark.parametrize("shape", [(), (3,), (0, 4), (2, 3, 4, 5)])
def test_a_grid_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidValue, match="shape must be"):
        Grid(shape=shape, spacing_mm=(0.1, 0.1))


@pytest.mark.parametrize("spacing", [(0.0, 0.1), (0.1, -0.1), (float("nan"), 0.1)])
def test_a_spacing_that_cannot_be_is_refused(spacing: tuple[float, float]) -> None:
    with pytest.raises(InvalidValue, match="spacing_mm must be > 0"):
        Grid(shape=(2, 2), spacing_mm=spacing)


def test_an_image_has_the_shape_of_its_grid() -> None:
    grid = Grid(shape=(3, 4), spacing_mm=(0.1, 0.1))
    assert Image(pixels=np.zeros((3, 4), np.float32), grid=grid).pixels.shape == (3, 4)
    with pytest.raises(InvalidValue, match="pixels must have shape"):
        Image(pixels=np.zeros((4, 3), np.float32), grid=grid)


def test_the_layers_of_a_duct_map_have_one_shape() -> None:
    flat = np.zeros((3, 4), np.float32)
    with pytest.raises(InvalidValue, match="centreline must have shape"):
        DuctMap(
            probability=flat,
            centreline=np.zeros((3, 5), bool),
            scale_px=flat,
            orientation_rad=flat,
        )
    with pytest.raises(InvalidValue, match="two axes"):
        DuctMap(
            probability=flat[0],
            centreline=flat[0] > 0,
            scale_px=flat[0],
            orientation_rad=flat[0],
        )
