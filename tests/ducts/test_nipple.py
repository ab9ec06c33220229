"""The nipple, placed with the help of the trunk that leads to it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ducts.scenes import TREE, World, reading_of, tip_px, view_of
from galactograph.ducts.nipple import SURE, refine
from galactograph.values.report import Nipple, Scene

WORLD = World(lines=TREE)


def unsure(row: float, confidence: float) -> Scene:
    """Return the scene with the nipple on the skin elsewhere, less sure."""
    scene = reading_of(WORLD).scene
    column = float(tip_px(WORLD)[1])
    return replace(
        scene, nipple=Nipple(row=row, column=column, confidence=confidence, reason="?")
    )


def off_mm(nipple: Nipple | None) -> float:
    """Return how far a nipple lies from the painted one."""
    assert nipple is not None
    gap = np.array([nipple.row, nipple.column]) - tip_px(WORLD)
    return float(np.hypot(*gap)) * WORLD.pixel_mm


def test_a_sure_nipple_stays() -> None:
    scene = unsure(600.0, SURE)
    assert refine(view_of(WORLD), scene, reading_of(WORLD).ducts) is scene.nipple


def test_without_ducts_a_nipple_stays() -> None:
    scene = unsure(600.0, 0.3)
    assert refine(view_of(WORLD), scene, ()) is scene.nipple
    loose = tuple(replace(duct, rooted=False) for duct in reading_of(WORLD).ducts)
    assert refine(view_of(WORLD), scene, loose) is scene.nipple


def test_no_nipple_stays_none() -> None:
    scene = replace(reading_of(WORLD).scene, nipple=None)
    assert refine(view_of(WORLD), scene, reading_of(WORLD).ducts) is None


@settings(deadline=None, max_examples=25)
@given(st.floats(400, 500), st.floats(0.0, 0.85))
def test_an_unsure_nipple_is_drawn_towards_the_trunk(
    row: float, confidence: float
) -> None:
    scene = unsure(row, confidence)
    before, after = scene.nipple, refine(view_of(WORLD), scene, reading_of(WORLD).ducts)
    assert after is not None
    assert before is not None
    # The trunk points at the skin less than a millimetre from the painted tip.
    assert off_mm(after) <= max(off_mm(before), 1.0) + 0.1
    assert before.confidence <= after.confidence <= 0.95
    assert "trunk" in after.reason


def test_the_less_sure_the_outline_the_more_the_trunk_counts() -> None:
    offs = [
        off_mm(refine(view_of(WORLD), unsure(520.0, c), reading_of(WORLD).ducts))
        for c in (0.1, 0.4, 0.8)
    ]
    assert offs == sorted(offs)
    assert offs[0] < 0.3 * offs[2]
    assert offs[2] == pytest.approx(0.8 * 7, abs=1.0)
