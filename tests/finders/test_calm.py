"""How restless tissue is: told beside the ducts, whatever these do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from galactograph.finders._tissue import calm
from galactograph.values.report import Reading
from strips import World, reading_of

_WORLD = World(length_mm=40.0, texture=0.0, noise=0.01, seed=4)


def _at_middle(reading: Reading) -> float:
    rows, columns = reading.scene.excess.shape
    known = replace(reading, opacity_per_mm=_WORLD.opacity_per_mm)
    return calm(known, rows / 2, columns / 2)


def test_restless_tissue_is_less_calm() -> None:
    told = [
        _at_middle(reading_of(replace(_WORLD, clutter=clutter)))
        for clutter in (0.02, 0.08, 0.16)
    ]
    assert told[0] > 1.8 * told[1] > 3 * told[2]


def test_the_ducts_themselves_are_no_tissue() -> None:
    thin, wide = (
        _at_middle(reading_of(replace(_WORLD, calibre_mm=calibre, clutter=0.08)))
        for calibre in (0.6, 2.5)
    )
    assert wide == pytest.approx(thin, rel=0.35)


def test_more_contrast_stands_better_over_the_same_tissue() -> None:
    reading = reading_of(replace(_WORLD, clutter=0.12))
    rows, columns = reading.scene.excess.shape
    faint, usual = (
        calm(replace(reading, opacity_per_mm=opacity), rows / 2, columns / 2)
        for opacity in (0.2, 0.4)
    )
    assert usual == pytest.approx(2 * faint)


def test_nothing_is_said_where_opacity_is_not_known() -> None:
    reading = replace(reading_of(replace(_WORLD, clutter=0.16)), opacity_per_mm=0.0)
    assert calm(reading, 10.0, 10.0) == 1.0


def test_places_beyond_the_picture_are_at_its_edge() -> None:
    reading = replace(reading_of(_WORLD), opacity_per_mm=0.6)
    assert np.isfinite(calm(reading, -50.0, 1e6))
