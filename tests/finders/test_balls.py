"""Small bodies: fitted as balls, and not seen in ducts that only narrow or fork."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.finders._balls import Ball as Fitted
from galactograph.finders._balls import balls
from galactograph.finders._bodies import bodies
from galactograph.finders._column import columns
from galactograph.finders._deficit import Deficit
from strips import Ball, Other, World, reading_of

few = settings(deadline=None, max_examples=10)


def small(world: World) -> list[Deficit]:
    """Return the small bodies in a painted duct."""
    return [d for column in columns(reading_of(world)) for d in bodies(column)]


def clearest(world: World) -> Fitted:
    """Return the clearest ball in a painted duct."""
    (column,) = columns(reading_of(world))
    return next(iter(balls(column)))


@few
@given(st.floats(1.0, 1.6), st.floats(0.6, 0.75), st.integers(0, 40))
def test_a_body_that_takes_most_of_the_calibre_is_seen_where_it_lies(
    calibre: float, share: float, seed: int
) -> None:
    body = Ball(8, 0.0, share * calibre)
    found = small(World(calibre_mm=calibre, length_mm=16, balls=(body,), seed=seed))
    assert len(found) == 1
    assert found[0].s_mm == pytest.approx(8 - 0.1, abs=0.3)
    assert found[0].length_mm == pytest.approx(body.diameter_mm, rel=0.5)


@few
@given(st.floats(0.7, 1.4), st.integers(0, 40))
def test_a_ball_displaces_its_own_diameter(diameter: float, seed: int) -> None:
    body = Ball(8, 0.0, diameter)
    ball = clearest(World(calibre_mm=2.0, length_mm=16, balls=(body,), seed=seed))
    displaced = ball.amplitude * ball.diameter_mm
    assert displaced == pytest.approx(diameter, rel=0.35)


def test_several_bodies_are_seen_one_by_one() -> None:
    bodies_of = tuple(Ball(s, 0.0, 0.6) for s in (6, 9, 12, 15))
    assert len(small(World(calibre_mm=1.0, length_mm=20, balls=bodies_of))) == 4


@pytest.mark.parametrize(
    "world",
    [
        World(calibre_mm=1.2),
        World(calibre_mm=1.5, waists=((15, 3, 0.5),)),
        World(calibre_mm=1.2, wobble=0.08),
        World(calibre_mm=1.2, fade_mm=12),
        World(calibre_mm=1.2, others=(Other(15, 0, 40, 0.4),)),
        World(calibre_mm=1.2, others=(Other(15, 0, 40, 0.4, 15),)),
        World(calibre_mm=1.2, shift_mm=0.07, taper_per_mm=0.02),
    ],
    ids=["plain", "waist", "waving", "fading", "crossing", "fork", "beside the middle"],
)
def test_what_an_intact_duct_does_is_no_body(world: World) -> None:
    for seed in range(2):
        assert not small(replace(world, seed=seed))


def test_noise_makes_a_body_less_clear() -> None:
    world = World(calibre_mm=1.2, length_mm=16, balls=(Ball(8, 0.0, 0.8),))
    (clear,), (noisy,) = (small(replace(world, noise=n)) for n in (0.02, 0.06))
    assert clear.z > noisy.z
