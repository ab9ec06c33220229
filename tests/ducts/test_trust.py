"""Where a line can be duct is asked in the breast and just over its border."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.ducts import trust
from galactograph.ducts.ridges import Settings
from galactograph.values.report import Scene

PIXEL_MM = 0.1
ROWS, COLUMNS = 300, 200
EVERY = slice(0, ROWS), slice(0, COLUMNS)


def half_disc(radius: float, row: float) -> Scene:
    """Return a breast that is half a disc, without contrast; radius and row in px."""
    r, c = np.ogrid[:ROWS, :COLUMNS]
    breast = np.hypot(r - row, c) < radius
    turn = np.linspace(-1.5, 1.5, 50)
    return Scene(
        excess=np.zeros((ROWS, COLUMNS), np.float32),
        breast=breast,
        skin=np.column_stack([row + radius * np.sin(turn), radius * np.cos(turn)]),
        chest_wall="left",
        nipple=None,
        noise=0.01,
    )


def trusted(scene: Scene, angle: float) -> np.ndarray:
    """Tell where lines of one direction can be duct."""
    asked = trust.Trust.of(scene, *EVERY, PIXEL_MM, Settings())
    return asked.lines(np.full((ROWS, COLUMNS), angle, np.float32))


@settings(max_examples=20, deadline=None)
@given(
    radius=st.floats(60, 140),
    row=st.floats(140, 160),
    angle=st.floats(-1.5, 1.5),
)
def test_air_that_is_not_asked_changes_nothing_in_reach_of_the_breast(
    radius: float, row: float, angle: float
) -> None:
    scene = half_disc(radius, row)
    here = trusted(scene, angle)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trust, "OVER", 150)
        everywhere = trusted(scene, angle)
    # Two coarse cells of four pixels: farther over the border no ridge reaches.
    reach = cv2.dilate(scene.breast.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert np.array_equal(here[reach], everywhere[reach])


def test_lines_along_the_skin_are_not_trusted_and_lines_from_it_are() -> None:
    scene = half_disc(100.0, 150.0)
    beneath = (150, 92)
    # At the apex the skin runs along the rows: its direction is a right angle.
    assert not trusted(scene, np.pi / 2)[beneath]
    assert trusted(scene, 0.0)[beneath]


def test_air_far_from_the_breast_is_not_asked() -> None:
    scene = half_disc(80.0, 150.0)
    asked = trust.Trust.of(scene, *EVERY, PIXEL_MM, Settings())
    away = np.hypot(asked.near[0] - 150.0, asked.near[1])
    # Three cells of three pixels, along the diagonal, and one cell of rounding.
    assert away.max() < 80.0 + 18.0
    assert len(asked.near[0]) < 0.5 * (ROWS * COLUMNS - scene.breast.sum())
