"""Signs of missing contrast, weighed together; the picture around a place."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.finders._around import around
from galactograph.finders._deficit import Deficit, Settings
from galactograph.finders._evidence import chance, signs, sort_of, weigh
from galactograph.finders._search import deficits, tried_in
from galactograph.values.report import Reading
from strips import Ball, World, intact, papilloma, reading_of, within_strips

few = settings(deadline=None, max_examples=8)


def weights() -> dict[str, dict[str, float]]:
    """Return the weights as they are kept."""
    text = files("galactograph.finders").joinpath("evidence.toml").read_text("utf-8")
    held: dict[str, dict[str, float]] = tomllib.loads(text)["weight"]
    return held


def places(reading: Reading) -> list[Deficit]:
    """Return every place that is weighed."""
    return [deficit for deficit, _ in tried_in(reading, Settings())]


@few
@given(st.floats(-0.5, 3.0), st.floats(0.3, 4.0))
def test_an_even_picture_has_as_much_about_a_place_as_in_it(
    contrast_mm: float, width_mm: float
) -> None:
    reading = reading_of(World())
    even = np.full_like(reading.scene.excess, contrast_mm * reading.opacity_per_mm)
    reading = replace(reading, scene=replace(reading.scene, excess=even))
    centre, rings = around(reading, np.array([[30.0, 90.0]]), np.array([width_mm]))
    np.testing.assert_allclose(centre, contrast_mm, atol=1e-5)
    np.testing.assert_allclose(rings, contrast_mm, atol=1e-5)


@few
@given(st.integers(-4, 4), st.integers(-6, 6))
def test_what_lies_around_moves_with_the_picture(down: int, right: int) -> None:
    reading = reading_of(World())
    moved = np.roll(reading.scene.excess, (down, right), (0, 1))
    other = replace(reading, scene=replace(reading.scene, excess=moved))
    spot = np.array([[44.0, 200.0]])
    width = np.array([1.0])
    before = around(reading, spot, width)
    after = around(other, spot + np.array([[down, right]]), width)
    for one, two in zip(before, after, strict=True):
        np.testing.assert_allclose(one, two)


def test_a_ball_in_a_duct_has_more_contrast_about_it_than_in_it() -> None:
    world = World(calibre_mm=2.0, balls=(Ball(15, 0.0, 1.2),), noise=0.005, texture=0)
    reading = reading_of(world)
    row = (reading.scene.excess.shape[0] - 1) / 2
    column = (15 + 8.0) / reading.view.image.grid.pixel_mm
    centre, rings = around(reading, np.array([[row, column]]), np.array([1.2]))
    assert centre[0] == pytest.approx(2.0 - 1.2, abs=0.15)
    assert rings[0, 0].min() > centre[0] + 0.2


def test_every_sign_has_a_weight_and_every_weight_a_sign() -> None:
    small, wide = (
        papilloma(World(calibre_mm=1.2), 15, 1.3),
        World(calibre_mm=4.0, balls=(Ball(15, 0.3, 2.0),)),
    )
    named = {
        sort_of(deficit): set(told)
        for reading in (reading_of(small), within_strips(reading_of(wide)))
        for deficit, told in zip(
            places(reading), signs(reading, places(reading)), strict=True
        )
    }
    assert set(named) == {"outlined", "dotted", "enclosed"}
    for sort, names in named.items():
        assert names | {"constant"} == set(weights()[sort])


@few
@given(st.integers(0, 60))
def test_signs_are_bounded_and_chances_lie_between_zero_and_one(seed: int) -> None:
    reading = reading_of(intact(seed))
    found = places(reading)
    for told in signs(reading, found):
        assert all(abs(value) <= 8 for value in told.values())
    assert all(0 <= deficit.chance <= 1 for deficit in weigh(reading, found))


@pytest.mark.parametrize("sort", ["outlined", "dotted"])
def test_the_chance_grows_with_a_sign_that_speaks_for_a_body(sort: str) -> None:
    told = dict.fromkeys(weights()[sort], 0.0)
    for name, weight in weights()[sort].items():
        if name != "constant" and weight != 0:
            more = {**told, name: np.sign(weight)}
            assert chance(sort, more) > chance(sort, told)


def test_what_can_only_speak_for_a_body_never_speaks_against_it() -> None:
    for sort, held in weights().items():
        for name in ("clear", "depth", "rim", "roundness", "snr", "even", "walls"):
            assert held.get(name, 0.0) >= 0
        for name in ("wider", "narrower", "solidity", "aspect", "overlap", "nipple"):
            assert held.get(name, 0.0) <= 0
        rings = [value for name, value in held.items() if name.startswith("ring")]
        assert min(rings) >= 0
        # What is enclosed has contrast about it by its nature: rings add nothing.
        assert sort == "enclosed" or max(rings) > 0.2


def test_no_place_is_told_twice_and_none_below_the_least_chance() -> None:
    world = World(calibre_mm=1.2, balls=tuple(Ball(s, 0.0, 0.8) for s in (8, 14, 21)))
    told = deficits(reading_of(world), Settings())
    assert all(deficit.chance >= Settings().least_chance for deficit in told)
    at = sorted(deficit.s_mm for deficit in told)
    assert all(np.diff(at) > 0.4)
    assert {round(s) for s in at} >= {8, 14, 21}
