"""Extravasation: soft clouds are leaks, sharp ones and filled lobules less so."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.finders.extravasation import find
from galactograph.values.codes import Adequacy
from galactograph.values.geometry import SpacingKind
from galactograph.values.report import AdequacyVerdict, Cloud, Finding, Reading
from strips import World, reading_of

LEAK = Cloud(row=70.0, column=300.0, area_mm2=40.0, excess=0.4, steep_per_mm=0.5)


@lru_cache(maxsize=4)
def one_duct(kind: SpacingKind = SpacingKind.DETECTOR) -> Reading:
    """Return the reading of one painted duct."""
    return reading_of(World(calibre_mm=1.0, length_mm=40, spacing_kind=kind))


def found(cloud: Cloud) -> list[Finding]:
    """Return what is found in a view with one cloud."""
    return list(find(replace(one_duct(), clouds=(cloud,))))


@settings(deadline=None, max_examples=60)
@given(
    area=st.floats(8.1, 400),
    steep=st.floats(0, 5),
    excess=st.floats(0.2, 3),
    tips=st.integers(0, 20),
    calibre=st.floats(0, 5),
)
def test_confidence_lies_in_bounds_and_falls_with_steepness(
    area: float, steep: float, excess: float, tips: int, calibre: float
) -> None:
    cloud = replace(
        LEAK,
        area_mm2=area,
        excess=excess,
        steep_per_mm=steep,
        tips=tips,
        calibre_mm=calibre,
    )
    (here,) = found(cloud)
    (sharper,) = found(replace(cloud, steep_per_mm=steep + 1))
    (larger,) = found(replace(cloud, area_mm2=area + 10))
    assert 0 <= sharper.confidence <= here.confidence <= larger.confidence <= 1


def test_a_soft_cloud_at_a_wide_duct_is_sure() -> None:
    (leak,) = found(LEAK)
    assert leak.confidence > 0.7
    assert leak.places[0].duct == 0
    assert leak.evidence["softness"] == 1
    # The disc of 40 square mm.
    assert leak.length_mm == pytest.approx(7.14, abs=0.01)
    assert "soft" in leak.explanation


def test_filled_lobules_at_thin_tips_are_hardly_a_leak() -> None:
    (blush,) = found(replace(LEAK, tips=5, calibre_mm=0.25))
    assert blush.confidence < 0.5 < found(LEAK)[0].confidence
    assert "lobules" in blush.explanation


def test_a_leak_over_a_wide_duct_stays_one_however_many_tips_end_in_it() -> None:
    (leak,) = found(replace(LEAK, tips=5, calibre_mm=1.4))
    assert leak.confidence == found(LEAK)[0].confidence


def test_what_has_a_wall_is_below_what_is_told() -> None:
    (cyst,) = found(replace(LEAK, area_mm2=12.0, steep_per_mm=2.0))
    assert cyst.confidence < 0.25


def test_small_or_faint_clouds_are_none() -> None:
    assert not found(replace(LEAK, area_mm2=7.0))
    assert not found(replace(LEAK, excess=0.2 * one_duct().scene.noise))


def test_it_says_when_no_scout_excludes_dense_tissue() -> None:
    assert "scout" in found(LEAK)[0].explanation


def test_without_spacing_it_tells_no_millimetres() -> None:
    reading = replace(one_duct(SpacingKind.NONE), clouds=(LEAK,))
    (leak,) = find(reading)
    assert leak.length_mm is None
    assert "area_mm2" not in leak.evidence


def test_a_view_that_cannot_be_read_shows_none() -> None:
    verdict = AdequacyVerdict(status=Adequacy.NO_CONTRAST)
    assert not list(find(replace(one_duct(), clouds=(LEAK,), adequacy=verdict)))
