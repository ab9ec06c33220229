"""Two views tell one place; one view, or two alike, tell none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.ducts.space_compression import Pressing
from galactograph.ducts.space_frame import Frame
from galactograph.ducts.space_places import Spot, hour_of, meet, sight, turn_deg
from galactograph.values.codes import Laterality

few = settings(deadline=None, max_examples=50)
PRESSED = Pressing(half_mm=90, deep_mm=80, thickness_mm=50, flank=1.8)


def frame(angle_deg: float, view: int = 0) -> Frame:
    """Return the frame of a view whose picture shows a direction of the breast."""
    turn = np.radians(angle_deg)
    return Frame(
        view=view,
        base=(500.0, 800.0),
        spacing_mm=(0.1, 0.1),
        edge="left",
        axis=(float(np.cos(turn)), float(np.sin(turn))),
        pressing=PRESSED,
        nipple_sigma_mm=1.0,
    )


def seen_from(spot: Spot, view: Frame) -> tuple[float, float]:
    """Return the pixel at which a view shows a place."""
    assert view.axis is not None
    across = view.axis[0] * spot.left_mm + view.axis[1] * spot.up_mm
    row, column = view.pixel(np.asarray(spot.behind_mm), np.asarray(across))
    return float(row), float(column)


places = st.builds(
    Spot,
    left_mm=st.floats(-30, 30),
    behind_mm=st.floats(3, 45),
    up_mm=st.floats(-30, 30),
    sigma_mm=st.just((0.0, 0.0, 0.0)),
)


@few
@given(places, st.sampled_from([30.0, 45.0, 90.0, 135.0]))
def test_two_views_tell_the_place_that_both_show(spot: Spot, turn: float) -> None:
    views = (frame(0), frame(turn, 1))
    told = meet([sight(view, *seen_from(spot, view)) for view in views])
    assert told is not None
    np.testing.assert_allclose(
        [told.left_mm, told.behind_mm, told.up_mm],
        [spot.left_mm, spot.behind_mm, spot.up_mm],
        atol=0.1,
    )


def test_one_view_or_two_alike_tell_no_place() -> None:
    one = sight(frame(0), 400, 500)
    assert meet([]) is None
    assert meet([one]) is None
    assert meet([one, sight(frame(10, 1), 400, 500)]) is None


def test_a_view_at_a_small_angle_tells_the_third_direction_worse() -> None:
    spot = Spot(left_mm=10, behind_mm=30, up_mm=5, sigma_mm=(0, 0, 0))
    sigma = []
    for turn in (90, 45, 25):
        views = (frame(0), frame(turn, 1))
        told = meet([sight(view, *seen_from(spot, view)) for view in views])
        assert told is not None
        sigma.append(told.sigma_mm[2])
    assert sigma[0] < sigma[1] < sigma[2]


def test_views_that_disagree_about_depth_know_it_worse() -> None:
    view = (frame(0), frame(90, 1))
    same = meet([sight(view[0], 450, 500), sight(view[1], 450, 500)])
    apart = meet([sight(view[0], 450, 500), sight(view[1], 450, 400)])
    assert same is not None
    assert apart is not None
    assert apart.sigma_mm[1] > same.sigma_mm[1] + 2


@few
@given(places)
def test_the_other_breast_is_the_mirror(spot: Spot) -> None:
    left, right = spot.lateral(Laterality.LEFT), spot.lateral(Laterality.RIGHT)
    assert left is not None
    assert right is not None
    assert left[0] == -right[0]
    assert left[1:] == right[1:]
    assert spot.lateral(None) is None


@pytest.mark.parametrize(
    ("left", "up", "hour"), [(1, 0, "3:00"), (0, 1, "12:00"), (-5, -8.66, "7:00")]
)
def test_her_left_is_at_three(left: float, up: float, hour: str) -> None:
    assert hour_of(left, up) == hour


def test_the_hour_is_surer_far_from_the_nipple() -> None:
    near = Spot(left_mm=4, behind_mm=20, up_mm=0, sigma_mm=(2, 2, 2))
    far = Spot(left_mm=40, behind_mm=20, up_mm=0, sigma_mm=(2, 2, 2))
    assert turn_deg(far) < 3
    assert turn_deg(near) > 20
