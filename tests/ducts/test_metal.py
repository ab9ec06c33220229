"""Metal that the scout shows is no duct."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ducts.comparing import precision, recall, traced
from ducts.scenes import TREE, World, shape_of, view_of
from galactograph.ducts.background import prepare
from galactograph.ducts.metal import hide_metal
from galactograph.reading import read_view
from galactograph.values.study import View

ROUGH = World(lines=TREE, texture=0.06)
FROM, TO = (250, 655), (560, 620)
"""Ends of a wire (column, row) beside the ducts."""


def metal(world: World) -> np.ndarray:
    """Return the attenuation of a wire of half a millimetre."""
    drawn = np.zeros(shape_of(world), np.float32)
    cv2.line(drawn, FROM, TO, 3.0, 5)
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), 0.6), np.float32)


def wired(view: View, world: World, *, shift: int = 0) -> View:
    added = np.roll(metal(world), shift, 0)
    image = replace(view.image, pixels=view.image.pixels + added)
    return replace(view, image=image)


def test_a_wire_that_the_scout_shows_is_not_traced_and_ducts_are() -> None:
    view, scout = view_of(ROUGH), view_of(ROUGH, filled=False)
    bare = read_view(view, scout=scout)
    reading = read_view(wired(view, ROUGH), scout=wired(scout, ROUGH))
    assert recall(ROUGH, reading) > recall(ROUGH, bare) - 0.02
    assert precision(ROUGH, reading) > precision(ROUGH, bare) - 0.02
    beside = traced(reading.ducts)
    column, row = (np.array(FROM) + np.array(TO)) / 2
    assert np.hypot(beside[:, 0] - row, beside[:, 1] - column).min() > 30
    assert any("Metal" in note for note in reading.scene.notes)


def test_a_scout_without_metal_hides_nothing() -> None:
    scene = prepare(view_of(ROUGH), scout=view_of(ROUGH, filled=False))
    assert not any("Metal" in note for note in scene.notes)


def test_where_metal_lies_the_surroundings_stand() -> None:
    rng = np.random.default_rng(1)
    clean = rng.normal(0, 0.02, shape_of(ROUGH)).astype(np.float32)
    scout = (1.0 + metal(ROUGH) + rng.normal(0, 0.02, clean.shape)).astype(np.float32)
    inside = np.ones(clean.shape, bool)
    shown, share = hide_metal(clean + metal(ROUGH), scout, inside)
    assert 0 < share < 0.05
    assert np.abs(shown).max() < 0.2
    away = metal(ROUGH) == 0
    away = cv2.erode(away.astype(np.uint8), np.ones((61, 61), np.uint8)) > 0
    np.testing.assert_array_equal(shown[away], clean[away])


def test_without_a_breast_nothing_is_hidden() -> None:
    clean = np.zeros(shape_of(ROUGH), np.float32)
    shown, share = hide_metal(clean, metal(ROUGH), np.zeros(clean.shape, bool))
    assert share == 0
    assert shown is clean
