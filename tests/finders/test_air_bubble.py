"""Air bubbles: round, free, sharp, often several."""

from __future__ import annotations

import numpy as np
import pytest

from galactograph.finders.air_bubble import find
from galactograph.finders.filling_defect import find as find_defects
from galactograph.values.report import Finding
from strips import PIXEL_MM, Ball, World, lobulated, papilloma, reading_of


def bubbles(world: World) -> list[Finding]:
    """Return what is named a bubble."""
    return list(find(reading_of(world)))


@pytest.mark.parametrize("seed", range(3))
def test_several_round_bubbles_are_named_bubbles(seed: int) -> None:
    balls = tuple(Ball(s, 0.1, 1.2) for s in (9, 15, 21))
    found = bubbles(World(calibre_mm=1.9, balls=balls, seed=seed))
    assert len(found) == 3
    assert all("ball" in f.explanation for f in found)


def test_company_makes_a_bubble_surer() -> None:
    one = bubbles(World(calibre_mm=1.9, balls=(Ball(15, 0, 1.2),)))
    two = bubbles(World(calibre_mm=1.9, balls=(Ball(15, 0, 1.2), Ball(22, 0, 1.2))))
    assert two
    if one:
        assert max(f.confidence for f in two) > one[0].confidence


def test_a_growth_is_no_bubble() -> None:
    rng = np.random.default_rng(0)
    growths = (
        papilloma(World(calibre_mm=1.2), 15, 2.5),
        World(calibre_mm=3.5, balls=lobulated(15, 0, 3, rng)),
        World(calibre_mm=1.5, plugs=((14, 17),)),
        World(calibre_mm=4.0, balls=(Ball(15, 0, 2.8),)),
    )
    for world in growths:
        assert not bubbles(world)
        assert list(find_defects(reading_of(world)))


def test_a_bubble_is_measured() -> None:
    balls = (Ball(12, 0.2, 1.4), Ball(20, -0.2, 1.4))
    first, second = bubbles(World(calibre_mm=2.2, balls=balls))
    for found, ball in ((first, balls[0]), (second, balls[1])):
        away = found.places[0].column * PIXEL_MM - 8 - ball.s_mm
        assert abs(away) < 0.2
        assert found.length_mm == pytest.approx(1.4, abs=0.25)
        assert found.width_mm == pytest.approx(1.4, abs=0.25)
