"""Narrowing: two witnesses, both neighbours, and what only looks like one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.finders._calipers import dense_mm, outline_mm
from galactograph.finders._column import columns
from galactograph.finders.narrowing import find
from strips import MARGIN_MM, PIXEL_MM, Ball, Other, World, reading_of

few = settings(deadline=None, max_examples=8)


@few
@given(st.floats(0.5, 2.5), st.integers(0, 50))
def test_both_calipers_measure_a_plain_duct(calibre: float, seed: int) -> None:
    (column,) = columns(reading_of(World(calibre_mm=calibre, seed=seed, length_mm=15)))
    assert np.median(dense_mm(column)) == pytest.approx(calibre, rel=0.1)
    assert np.median(outline_mm(column)) == pytest.approx(calibre, rel=0.15)


def test_a_body_takes_contrast_and_leaves_the_outline() -> None:
    world = World(calibre_mm=2.0, length_mm=20, balls=(Ball(10, 0.0, 1.2),))
    (column,) = columns(reading_of(world))
    at = int(np.abs(column.s_mm - 9.9).argmin())
    assert dense_mm(column)[at] < 0.85 * 2.0
    assert outline_mm(column)[at] > 0.9 * 2.0


@few
@given(st.floats(1.0, 2.0), st.floats(0.3, 0.45), st.integers(0, 50))
def test_a_throat_is_told_with_its_stenosis(
    calibre: float, ratio: float, seed: int
) -> None:
    world = World(calibre_mm=calibre, waists=((15, 4, ratio),), seed=seed)
    (found,) = find(reading_of(world))
    assert found.evidence["stenosis"] == pytest.approx(1 - ratio, abs=0.15)
    assert found.places[0].column * PIXEL_MM - MARGIN_MM == pytest.approx(15, abs=0.6)


def test_a_long_encasement_is_told_with_its_length() -> None:
    (found,) = find(reading_of(World(calibre_mm=1.5, waists=((15, 12, 0.35),))))
    assert found.length_mm == pytest.approx(9, abs=3)


@pytest.mark.parametrize(
    "world",
    [
        World(calibre_mm=1.5, taper_per_mm=0.04),
        World(calibre_mm=2.0, balls=(Ball(15, 0.0, 1.5),)),
        World(calibre_mm=1.2, waists=((15, 4, 0.8),)),
        World(calibre_mm=0.6, others=(Other(10, 0, 60, 0.9), Other(14, 0, -60, 0.9))),
        World(calibre_mm=1.2, ends_mm=20),
    ],
    ids=["taper", "body", "slight waist", "between two crossings", "end"],
)
def test_what_only_looks_narrow_is_not_told(world: World) -> None:
    assert not list(find(reading_of(world)))


def test_a_tighter_throat_is_surer() -> None:
    sure = [
        next(iter(find(reading_of(World(calibre_mm=1.5, waists=((15, 4, r),))))))
        for r in (0.3, 0.45)
    ]
    assert sure[0].confidence > sure[1].confidence
