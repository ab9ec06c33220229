"""Narrowing: two witnesses, both neighbours, and what only looks like one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.finders._calipers import dense_mm, outline_mm
from galactograph.finders._chances import chance
from galactograph.finders._column import columns
from galactograph.finders._confidence import TOLD_FROM
from galactograph.finders.narrowing import candidates, find
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
    assert not [f for f in find(reading_of(world)) if f.confidence >= TOLD_FROM]


def test_a_tighter_throat_is_told_as_tighter() -> None:
    tight, mild = (
        next(iter(find(reading_of(World(calibre_mm=1.5, waists=((15, 4, r),))))))
        for r in (0.3, 0.5)
    )
    assert tight.evidence["stenosis"] > mild.evidence["stenosis"] + 0.1
    assert tight.width_mm is not None
    assert mild.width_mm is not None
    assert tight.width_mm < mild.width_mm


def test_a_throat_that_only_contrast_tells_of_is_less_sure() -> None:
    reading = reading_of(World(calibre_mm=1.5, waists=((15, 4, 0.4),)))
    (one, *_) = sorted(candidates(reading), key=lambda c: -chance("narrowing", c.signs))
    unseen = {**one.signs, "outline": 0.0, "bell_outline": 0.0}
    assert chance("narrowing", unseen) < chance("narrowing", one.signs)


def test_one_throat_is_told_once_though_several_reaches_see_it() -> None:
    reading = reading_of(World(calibre_mm=1.2, waists=((15, 3, 0.4),)))
    assert len(list(candidates(reading))) > 1
    assert len(list(find(reading))) == 1


def test_every_sign_of_a_dip_is_bounded_and_finite() -> None:
    for seed in range(3):
        world = World(calibre_mm=0.5, ripple=0.4, noise=0.05, seed=seed)
        for one in candidates(reading_of(world)):
            assert all(abs(value) < 12 for value in one.signs.values())
