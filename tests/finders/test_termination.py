"""Abrupt terminations: wide, sharp, and nothing beyond."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from galactograph.finders.termination import find
from galactograph.values.report import Finding, Reading
from strips import MARGIN_MM, PIXEL_MM, Other, World, reading_of

ENDED = World(calibre_mm=1.4, length_mm=40.0, ends_mm=25.0)


def ends(world: World) -> list[Finding]:
    """Return the terminations of a painted duct."""
    return list(find(reading_of(world)))


@pytest.mark.parametrize("calibre", [0.85, 1.2, 2.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_wide_duct_that_stops_is_found_at_its_end(calibre: float, seed: int) -> None:
    (found,) = ends(replace(ENDED, calibre_mm=calibre, seed=seed))
    assert found.places[0].column * PIXEL_MM - MARGIN_MM == pytest.approx(25, abs=0.6)
    assert found.width_mm == pytest.approx(calibre, abs=0.15)
    assert found.along_duct_mm == pytest.approx(35, abs=0.8)
    assert "no duct carries on" in found.explanation


def test_a_thin_tip_is_no_termination() -> None:
    assert not ends(replace(ENDED, calibre_mm=0.35))
    assert not ends(replace(ENDED, calibre_mm=0.6))
    assert not ends(replace(ENDED, calibre_mm=1.4, taper_per_mm=0.08))


def test_a_dilution_front_is_no_termination() -> None:
    assert not ends(World(calibre_mm=1.4, length_mm=30, fade_mm=8))


def test_a_tip_at_the_border_is_no_termination() -> None:
    world = replace(ENDED, length_mm=26.0, ends_mm=25.5)
    reading = reading_of(world)
    edge = round((MARGIN_MM + 28) / PIXEL_MM)
    assert reading.scene.excess.shape[1] - edge < 8 / PIXEL_MM
    (strip,) = reading.strips
    moved = replace(strip, columns=strip.columns + 60)
    assert not list(find(replace(reading, strips=(moved,))))


def test_a_trace_that_runs_on_past_the_end_is_seen_through() -> None:
    reading = reading_of(ENDED)
    whole = reading_of(replace(ENDED, ends_mm=None))
    (strip,) = whole.strips
    rows = round(strip.rows[0])
    across = np.arange(len(strip.u_mm)) - len(strip.u_mm) // 2 + rows
    seen = reading.scene.excess[np.ix_(across, strip.columns.astype(int))].T
    long = replace(strip, excess=seen)
    found = list(find(replace(reading, strips=(long,), ducts=whole.ducts)))
    assert [f.places[0].column * PIXEL_MM - MARGIN_MM for f in found] == pytest.approx(
        [25], abs=1.0
    )


def test_a_duct_that_carries_on_untraced_is_no_termination() -> None:
    whole = reading_of(replace(ENDED, ends_mm=None))
    short = reading_of(ENDED)
    cut = replace(short, scene=whole.scene)
    assert not list(find(cut))


def test_a_tip_that_lies_on_another_duct_is_no_termination() -> None:
    world = replace(ENDED, others=(Other(25.5, 0, 80, 0.8),))
    assert not ends(world)


def test_a_faint_wide_band_is_no_duct() -> None:
    reading = reading_of(ENDED)
    faint: Reading = replace(reading, opacity_per_mm=5 * reading.opacity_per_mm)
    assert not list(find(faint))


def test_confidence_lies_in_bounds_and_grows_with_calibre() -> None:
    thin, wide = (ends(replace(ENDED, calibre_mm=c))[0].confidence for c in (0.85, 1.8))
    assert 0 <= thin <= wide <= 1
