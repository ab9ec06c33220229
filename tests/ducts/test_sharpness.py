"""The blur of a picture is read off its own ducts, and calibres do without it."""

from dataclasses import replace

import numpy as np
import pytest

from ducts.scenes import TREE, Line, World, reading_of
from galactograph.ducts.optics import SHARP_MM

WORLD = World(lines=TREE, pixel_mm=0.07)
LONE = Line(places=((3, 0), (40, 1)), calibre_mm=(0.9, 0.9))


@pytest.mark.parametrize("blur_mm", [0.09, 0.13, 0.2])
def test_the_blur_of_a_picture_is_found(blur_mm: float) -> None:
    reading = reading_of(replace(WORLD, blur_mm=blur_mm))
    assert reading.blur_mm == pytest.approx(blur_mm, rel=0.2)
    told = any("blurred" in reason for reason in reading.adequacy.reasons)
    assert told is (blur_mm > 0.15)


def test_a_sharp_picture_is_sharp() -> None:
    assert reading_of(replace(WORLD, blur_mm=0.03)).blur_mm == SHARP_MM


def test_without_ducts_a_picture_counts_as_sharp() -> None:
    assert reading_of(replace(WORLD, lines=())).blur_mm == SHARP_MM


@pytest.mark.parametrize("blur_mm", [0.05, 0.15])
def test_a_blurred_duct_measures_as_wide_as_it_is(blur_mm: float) -> None:
    reading = reading_of(World(lines=(LONE,), pixel_mm=0.07, blur_mm=blur_mm))
    calibre = np.concatenate([duct.calibre_mm for duct in reading.ducts])
    assert np.median(calibre) == pytest.approx(0.9, abs=0.03)
