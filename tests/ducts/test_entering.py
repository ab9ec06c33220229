"""A tree that begins inside the breast is led to the nipple that it was filled from."""

from dataclasses import replace

import numpy as np
import pytest

from ducts.scenes import TREE, World, view_of
from galactograph.ducts.background import prepare
from galactograph.ducts.entering import FAR_MM, NEAR_MM, enter
from galactograph.ducts.tracing import Trace
from galactograph.values.arrays import Floats
from galactograph.values.report import Scene

MM = 0.1
SCENE = prepare(view_of(World(lines=TREE, pixel_mm=MM)))


def tip_of(scene: Scene) -> Floats:
    """Return row and column of the nipple."""
    assert scene.nipple is not None
    return np.array([scene.nipple.row, scene.nipple.column])


def line(first_mm: float, last_mm: float, *, rooted: bool = True) -> Trace:
    """Return a straight trace between two distances behind the nipple."""
    inward = np.array([0.0, -1.0])
    along = np.arange(first_mm, last_mm, 0.3) / MM
    return Trace(
        points=tip_of(SCENE) + along[:, None] * inward,
        parents=np.arange(-1, len(along) - 1, dtype=np.int32),
        half_px=np.full(len(along), 4.0),
        strength=np.full(len(along), 9.0),
        rooted=rooted,
        worth=last_mm - first_mm,
    )


@pytest.mark.parametrize("begins_mm", [NEAR_MM + 1, 8.0, FAR_MM - 1])
def test_a_tree_that_begins_inside_is_led_to_the_tip(begins_mm: float) -> None:
    (led,) = enter((line(begins_mm, 45.0),), SCENE, MM)
    far = np.hypot(*(led.points[0] - tip_of(SCENE))) * MM
    assert far < 0.2
    assert led.parents[0] == -1
    assert (led.parents[1:] < np.arange(1, len(led.parents))).all()
    gaps = np.hypot(*(led.points[1:] - led.points[led.parents[1:]]).T)
    assert gaps.max() <= 6
    # A duct runs there in the picture: most of the way is seen.
    way = led.strength[: len(led.points) - len(line(begins_mm, 45.0).points)]
    assert (way > 0).mean() > 0.5


def test_a_way_without_contrast_is_not_said_to_be_seen() -> None:
    dark = replace(SCENE, excess=np.zeros_like(SCENE.excess))
    (led,) = enter((line(8.0, 45.0),), dark, MM)
    assert (led.strength > 0).sum() == len(line(8.0, 45.0).points)


@pytest.mark.parametrize(
    "trace",
    [line(1.0, 45.0), line(FAR_MM + 2, 45.0), line(8.0, 45.0, rooted=False)],
    ids=["near", "far", "loose"],
)
def test_others_stay_as_they_are(trace: Trace) -> None:
    assert enter((trace,), SCENE, MM) == (trace,)


def test_a_short_line_is_led_nowhere() -> None:
    short = line(8.0, 15.0)
    assert enter((short,), SCENE, MM) == (short,)


def test_a_piece_on_the_way_becomes_part_of_it() -> None:
    piece = line(1.0, 3.0)
    assert len(enter((line(8.0, 45.0), piece), SCENE, MM)) == 1
    aside = replace(piece, points=piece.points + np.array([40.0, 0.0]))
    assert len(enter((line(8.0, 45.0), aside), SCENE, MM)) == 2


def test_without_a_nipple_nothing_is_led() -> None:
    trace = line(8.0, 45.0)
    assert enter((trace,), replace(SCENE, nipple=None), MM) == (trace,)
