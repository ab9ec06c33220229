"""The frame of a view: its axis, its outline, and the way back to pixels."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ducts.test_correlation import LEFT, RIGHT, reading
from galactograph.ducts.space_compression import Pressing
from galactograph.ducts.space_frame import Frame, frame_of
from galactograph.values.arrays import Floats
from galactograph.values.codes import Laterality
from galactograph.values.geometry import SpacingKind
from galactograph.values.report import Edge, Nipple, Reading

few = settings(deadline=None, max_examples=40)


def outlined(half_mm: float, deep_mm: float, flank: float, nipple_mm: float) -> Reading:
    """Return a left CC view of 1 mm pixels with a skin line and a nipple on it."""
    shape = (240, 180)
    one = reading(LEFT, "CC")
    pixels = np.zeros(shape, np.float32)
    image = replace(
        one.view.image,
        pixels=pixels,
        grid=replace(one.view.image.grid, shape=shape),
    )
    across = np.linspace(-half_mm * 0.999, half_mm * 0.999, 600)
    deep = deep_mm * (1 - np.abs(across / half_mm) ** flank) ** (1 / flank)
    # The nipple stands out by its length, 11 mm wide.
    deep += nipple_mm * (np.abs(across) < 5.5)
    skin = np.stack([120 + across, deep - 0.5], axis=1)
    return replace(
        one,
        view=replace(one.view, image=image, thickness_mm=50.0),
        scene=replace(
            one.scene,
            excess=pixels,
            breast=pixels == 0,
            skin=skin,
            nipple=Nipple(row=120, column=deep_mm + nipple_mm - 0.5, confidence=0.95),
        ),
    )


@few
@given(
    st.floats(60, 105),
    st.floats(0.8, 1.3),
    st.sampled_from([1.5, 1.8, 2.0]),
    st.floats(6, 10),
)
def test_the_outline_tells_width_depth_and_flank(
    half: float, aspect: float, flank: float, nipple: float
) -> None:
    deep = half * aspect
    frame = frame_of(outlined(half, deep, flank, nipple))
    assert frame is not None
    assert frame.pressing is not None
    # A pointed breast bulges a little more than a parabola beside its nipple.
    assert frame.pressing.deep_mm == pytest.approx(deep, abs=2.5)
    assert frame.pressing.half_mm == pytest.approx(half, rel=0.12)
    assert frame.pressing.thickness_mm == pytest.approx(50)


def test_without_an_outline_the_picture_is_taken_as_it_is() -> None:
    frame = frame_of(reading(LEFT, "CC"))
    assert frame is not None
    assert frame.pressing is None
    behind, across = frame.rest(np.array([55.0]), np.array([40.0]))
    np.testing.assert_allclose([behind[0], across[0]], [20, 5])


def test_no_nipple_or_no_millimetres_is_no_frame() -> None:
    assert frame_of(reading(LEFT, "CC", nipple=False)) is None
    assert frame_of(reading(LEFT, "CC", kind=SpacingKind.NONE)) is None


def test_a_machine_that_tells_no_thickness_gets_the_usual_one() -> None:
    one = outlined(80, 90, 1.8, 8)
    frame = frame_of(replace(one, view=replace(one.view, thickness_mm=None)))
    assert frame is not None
    assert frame.pressing is not None
    assert frame.pressing.thickness_mm == pytest.approx(59)


edges: st.SearchStrategy[Edge] = st.sampled_from(["left", "right", "top", "bottom"])


@few
@given(edges, st.floats(-60, 60), st.floats(2, 50))
def test_a_place_in_the_breast_comes_back_to_its_pixel(
    edge: Edge, across: float, behind: float
) -> None:
    frame = Frame(
        view=0,
        base=(300.0, 200.0),
        spacing_mm=(0.1, 0.1),
        edge=edge,
        axis=None,
        pressing=Pressing(half_mm=90, deep_mm=80, thickness_mm=50),
        nipple_sigma_mm=1.0,
    )
    place: tuple[Floats, Floats] = frame.pixel(np.array([behind]), np.array([across]))
    back = frame.rest(*place)
    np.testing.assert_allclose(back, [[behind], [across]], atol=0.05)


@pytest.mark.parametrize(
    ("side", "position", "orientation", "angle", "axis"),
    [
        (LEFT, "CC", ("A", "R"), None, (-1, 0)),
        (RIGHT, "CC", ("P", "L"), None, (1, 0)),
        (LEFT, "ML", ("A", "F"), None, (0, -1)),
        (LEFT, "LM", ("A", "F"), 90.0, (0, -1)),
        # The axilla is up: rows grow to the feet and the middle.
        (LEFT, "MLO", ("A", "FR"), None, (-0.7071, -0.7071)),
        (RIGHT, "MLO", ("P", "FL"), 45.0, (0.7071, -0.7071)),
        (LEFT, "MLO", ("A", "F"), 60.0, (-0.5, -0.8660)),
        (RIGHT, "MLO", ("P", "F"), -60.0, (0.5, -0.8660)),
        (LEFT, "MLO", ("A", "F"), 130.0, (-0.6428, -0.7660)),
        (LEFT, "CC", None, None, None),
        (LEFT, "CC", ("A", "F"), None, None),
        (LEFT, "AT", ("A", "F"), None, None),
    ],
)
def test_the_axis_is_where_rows_lead(
    side: Laterality,
    position: str,
    orientation: tuple[str, str] | None,
    angle: float | None,
    axis: tuple[float, float] | None,
) -> None:
    one = reading(side, "CC")
    view = replace(
        one.view, position=position, orientation=orientation, angle_deg=angle
    )
    frame = frame_of(replace(one, view=view))
    assert frame is not None
    if axis is None or frame.axis is None:
        assert frame.axis is axis
    else:
        np.testing.assert_allclose(frame.axis, axis, atol=1e-3)


def test_a_nipple_that_is_guessed_is_known_to_six_millimetres() -> None:
    one = reading(LEFT, "CC")
    nipple = Nipple(row=50, column=60, confidence=0.35)
    frame = frame_of(replace(one, scene=replace(one.scene, nipple=nipple)))
    assert frame is not None
    assert frame.nipple_sigma_mm == pytest.approx(6)


def test_the_skin_of_a_stack_is_taken_back_by_the_fan_of_its_rays() -> None:
    flat = outlined(90, 90, 1.8, 8)
    stack = replace(flat, view=replace(flat.view, frames=50))
    one, other = frame_of(flat), frame_of(stack)
    assert one is not None
    assert other is not None
    assert one.pressing is not None
    assert other.pressing is not None
    # 25 mm above the middle, seen from 610 mm above that: 4 % of 90 mm, half of it.
    moved = one.pressing.deep_mm - other.pressing.deep_mm
    assert moved == pytest.approx(0.55 * 90 * 25 / 610, abs=0.1)
    assert abs(other.base[1] - one.base[1]) == pytest.approx(moved)
    thick = replace(stack, view=replace(stack.view, thickness_mm=80.0))
    wider = frame_of(thick)
    assert wider is not None
    assert abs(wider.base[1] - one.base[1]) > moved
