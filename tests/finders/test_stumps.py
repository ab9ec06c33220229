"""Stumps: short wide ends beside the daughter that the trace goes into."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from galactograph.finders._stumps import stumps
from galactograph.finders.termination import find
from galactograph.values.report import Reading
from strips import MARGIN_MM, PIXEL_MM, Other, World, reading_of

FORKED = World(
    calibre_mm=1.4,
    length_mm=27.0,
    ends_mm=23.0,
    others=(Other(18.0, 0.0, 28.0, 0.5, starts_mm=17.8),),
)
"""A duct that is blocked 5 mm beyond a fork; a daughter goes on."""


def astray(world: World, fork_mm: float, angle_deg: float) -> Reading:
    """Return a reading whose only trace turns aside at a fork, and goes on."""
    reading, whole = reading_of(world), reading_of(replace(world, ends_mm=None))
    (strip,), (duct,) = whole.strips, whole.ducts
    slope = np.tan(np.deg2rad(angle_deg))

    def aside(s: np.ndarray) -> np.ndarray:
        away: np.ndarray = np.clip(s - fork_mm, 0, None) * slope / PIXEL_MM
        return away

    rows = strip.rows + aside(strip.s_mm)
    across = np.arange(len(strip.u_mm)) - len(strip.u_mm) // 2
    at = np.rint(rows).astype(int)[:, None] + across
    at = np.clip(at, 0, reading.scene.excess.shape[0] - 1)
    seen = reading.scene.excess[at, np.rint(strip.columns).astype(int)[:, None]]
    turned = replace(strip, rows=rows, excess=seen)
    traced = duct.columns * PIXEL_MM - MARGIN_MM
    bent = replace(duct, rows=duct.rows + aside(traced))
    return replace(reading, strips=(turned,), ducts=(bent,))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_stump_beside_the_traced_daughter_is_found_at_its_end(seed: int) -> None:
    reading = astray(replace(FORKED, seed=seed), 18.0, 28.0)
    (front,) = stumps(reading)
    assert front.place[1] - MARGIN_MM == pytest.approx(23.0, abs=0.5)
    assert front.calibre_mm == pytest.approx(1.4, abs=0.3)
    (found,) = find(reading)
    assert found.places[0].column * PIXEL_MM - MARGIN_MM == pytest.approx(23, abs=0.6)


def test_what_goes_on_in_the_traced_daughter_does_not_go_on_past_the_front() -> None:
    (front,) = stumps(astray(FORKED, 18.0, 28.0))
    assert front.share < 0.2


def test_an_end_that_a_trace_reaches_is_no_stump() -> None:
    assert not stumps(reading_of(FORKED))
    assert not stumps(reading_of(replace(FORKED, others=())))


def test_the_crotch_of_a_fork_is_no_stump() -> None:
    daughters = tuple(Other(18.0, 0.0, a, 0.6, starts_mm=17.8) for a in (-24, 24))
    world = replace(FORKED, ends_mm=19.5, others=daughters)
    assert not stumps(astray(world, 18.0, 24.0))


def test_a_daughter_that_goes_on_untraced_is_no_stump() -> None:
    world = replace(FORKED, length_mm=40.0, ends_mm=None)
    assert not stumps(astray(world, 18.0, 8.0))


def test_a_reading_without_ducts_has_no_stumps() -> None:
    assert stumps(replace(reading_of(FORKED), ducts=(), strips=())) == []
