"""The beam through a stack: rays that meet every slice."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galactograph.errors import InvalidValue
from galactograph.values.fan import FOCUS_MM, Fan, Shadow

rows = st.floats(-50, 4000)
slices = st.floats(0, 49)
fans = st.builds(
    Fan,
    foot=st.tuples(rows, st.sampled_from((-0.5, 2000.5))),
    middle=st.just(24.5),
    focus=st.sampled_from((605.0, -605.0, 1210.0)),
)


@given(fan=fans, row=rows, column=rows, height=slices)
def test_what_is_cast_is_placed_where_it_was(
    fan: Fan, row: float, column: float, height: float
) -> None:
    points, heights = np.array([[row, column]]), np.array([height])
    back = fan.placed(fan.cast(points, heights), heights)
    np.testing.assert_allclose(back, points, atol=1e-8)


@given(fan=fans, row=rows, column=rows)
def test_the_middle_slice_stays_as_it_is(fan: Fan, row: float, column: float) -> None:
    points = np.array([[row, column]])
    np.testing.assert_allclose(fan.cast(points, np.array([24.5])), points, atol=1e-8)


@given(fan=fans, height=slices)
def test_what_lies_under_the_source_stays_there(fan: Fan, height: float) -> None:
    foot = np.array([fan.foot])
    np.testing.assert_allclose(fan.cast(foot, np.array([height])), foot, atol=1e-8)


@given(fan=fans, row=rows, column=rows, low=slices, high=slices)
def test_a_ray_is_straight_through_all_slices_to_the_source(
    fan: Fan, row: float, column: float, low: float, high: float
) -> None:
    ray = np.array([[row, column]])
    # Away from the foot a ray moves in proportion to what is left of the way.
    one, other = (fan.placed(ray, np.array([s])) - fan.foot for s in (low, high))
    left = [fan.focus - (s - fan.middle) for s in (low, high)]
    np.testing.assert_allclose(one * left[1], other * left[0], rtol=1e-9, atol=1e-6)


def test_what_lies_nearer_to_the_source_is_cast_farther_from_its_foot() -> None:
    fan = Fan.over((50, 2000, 1000), "left", 1.0)
    assert fan.foot == (999.5, -0.5)
    assert fan.stretch(24.5) == pytest.approx(1.0)
    # 20 mm higher: by 20 in 585 more.
    assert fan.stretch(44.5) == pytest.approx(FOCUS_MM / (FOCUS_MM - 20))
    below = replace(fan, focus=-fan.focus)
    assert below.stretch(4.5) == pytest.approx(fan.stretch(44.5))
    assert Fan.over((50, 2000, 1000), "right", 1.0).foot == (999.5, 999.5)


def test_a_source_within_the_stack_is_refused() -> None:
    with pytest.raises(InvalidValue, match="outside the stack"):
        Fan(foot=(0.0, 0.0), middle=24.5, focus=20.0)


def test_the_pictures_of_a_shadow_are_of_one_size() -> None:
    fan = Fan.over((5, 8, 6), "left", 1.0)
    flat = np.zeros((8, 6), np.float32)
    with pytest.raises(InvalidValue, match="reliefs"):
        Shadow(
            fan=fan,
            pixels=flat,
            reliefs=np.zeros((3, 8, 7), np.float32),
            depth=np.zeros((8, 6), np.uint16),
        )
