"""Thickness of lumen over the pixels of a picture."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.values.geometry import Grid
from galactograph.xray.projection import lumen_thickness

few = settings(deadline=None, max_examples=25)
GRID = Grid(shape=(150, 180), spacing_mm=(0.1, 0.1))


@few
@given(st.floats(0.05, 1.0), st.floats(2, 12), st.floats(-30, 400))
def test_a_straight_duct_has_its_volume_at_any_depth(
    radius: float, row_mm: float, depth: float
) -> None:
    points = np.column_stack(
        [np.linspace(3, 15, 30), np.full(30, row_mm), np.full(30, depth)]
    )
    parents = np.arange(-1, 29)
    image = lumen_thickness(points, parents, np.full(30, radius), GRID)
    got = image.sum(dtype=float) * 0.01
    want = np.pi * radius**2 * 12 + 4 / 3 * np.pi * radius**3
    np.testing.assert_allclose(got, want, rtol=0.03)


def test_pixel_centres_lie_where_the_grid_says() -> None:
    origin = (40.0, -7.0, 0.0)
    grid = Grid(shape=(101, 101), spacing_mm=(0.1, 0.1), origin_mm=origin)
    at = grid.panel_from_index(np.array([[50.0, 20.0], [50.0, 80.0]]))
    image = lumen_thickness(at, np.array([-1, 0]), np.array([0.5, 0.5]), grid)
    np.testing.assert_array_equal(np.argmax(image[:, 50]), 50)
    np.testing.assert_allclose(image[50 - 3, 50], image[50 + 3, 50], rtol=1e-3)
    np.testing.assert_allclose(image[50, 50], 1.0, atol=0.02)


def test_a_body_takes_its_chord_out() -> None:
    points = np.array([[2.0, 7.5, 0.0], [16.0, 7.5, 0.0]])
    parents, radii = np.array([-1, 0]), np.array([1.0, 1.0])
    ball = np.array([[9.0, 7.5, 0.0, 0.6]])
    plain = lumen_thickness(points, parents, radii, GRID)
    cut = lumen_thickness(points, parents, radii, GRID, balls_mm=ball)
    np.testing.assert_allclose((plain - cut)[75, 90], 1.2, atol=0.03)
    assert (plain >= cut - 1e-6).all()


def test_two_trees_may_stand_in_one_call() -> None:
    points = np.array([[2.0, 4, 0], [16, 4, 0], [2, 10, 5], [16, 10, 5]])
    image = lumen_thickness(points, np.array([-1, 0, -1, 2]), np.full(4, 0.3), GRID)
    # Rows 40 and 100 hold a duct each; nothing joins them.
    assert image[40, 90] > 0.5
    assert image[100, 90] > 0.5
    assert image[70].max() == 0
