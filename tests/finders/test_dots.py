"""Small places that hold less contrast than what lies about them, in wide ducts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strips
from galactograph.finders._bodies import bodies
from galactograph.finders._column import STEP_MM, Column, columns
from galactograph.finders._dots import dots
from galactograph.finders._grey import chords_mm

S_MM = np.arange(150) * STEP_MM
U_MM = np.arange(-60, 61) * 0.05
WAVE = 1 + 0.06 * np.sin(S_MM / 2.3)
"""Calibre of a duct that is no perfect tube."""


def duct(missing: np.ndarray, radius: float = 1.2, noise: float = 0.01) -> Column:
    """Return a column of 15 mm whose radius waves, less what is missing (N, U)."""
    like = columns(strips.reading_of(strips.World(length_mm=16)))[0]
    whole = chords_mm(radius * WAVE, U_MM)
    rough = noise * np.random.default_rng(2).standard_normal(whole.shape)
    return replace(
        like,
        s_mm=S_MM,
        u_mm=U_MM,
        thickness_mm=np.clip(whole - missing, 0, None) + rough,
        model_mm=chords_mm(np.full(len(S_MM), radius), U_MM),
        radius_mm=radius * WAVE,
        noise_mm=noise,
    )


def bump(diameter: float, depth: float, aside: float, long: float = 1.0) -> np.ndarray:
    """Return missing contrast at 7.5 mm: a ball, `long` times as long as wide."""
    square = ((S_MM[:, None] - 7.5) / long) ** 2 + (U_MM[None, :] - aside) ** 2
    ball = 2 * np.sqrt(np.clip(diameter**2 / 4 - square, 0, None))
    return np.asarray(depth / diameter * ball)


@settings(max_examples=25, deadline=None)
@given(
    diameter=st.floats(0.45, 1.0),
    share=st.floats(0.35, 1.0),
    aside=st.floats(-0.5, 0.5),
)
def test_a_dot_that_takes_a_tenth_of_the_contrast_is_the_clearest_place(
    diameter: float, share: float, aside: float
) -> None:
    best = next(dots(duct(bump(diameter, share * diameter, aside))))
    assert S_MM[best.station] == pytest.approx(7.5, abs=0.15)
    assert best.u_mm == pytest.approx(aside, abs=0.15)
    assert best.clear > 4
    assert best.even > 0.5


def test_its_depth_and_size_are_those_of_the_ball() -> None:
    best = next(dots(duct(bump(0.7, 0.7, 0.0))))
    assert best.diameter_mm in {0.5, 0.7, 1.0}
    assert best.depth_mm == pytest.approx(0.7, abs=0.15)


@settings(max_examples=15, deadline=None)
@given(depth=st.floats(0.1, 0.6), aside=st.floats(-0.4, 0.4))
def test_a_gap_that_runs_along_the_duct_is_no_dot(depth: float, aside: float) -> None:
    gap = bump(0.4, depth, aside, long=12.0)
    assert all(abs(S_MM[dot.station] - 7.5) > 1 for dot in dots(duct(gap)))


def test_an_intact_duct_that_waves_has_no_clear_dot() -> None:
    found = list(dots(duct(np.zeros((len(S_MM), len(U_MM))))))
    assert all(dot.clear < 6 for dot in found)


def test_a_dot_is_told_as_missing_contrast() -> None:
    ball = strips.Ball(s_mm=15.0, u_mm=0.3, diameter_mm=0.7)
    world = strips.World(calibre_mm=2.4, balls=(ball,), opacity_per_mm=0.5)
    (column,) = columns(strips.reading_of(world))
    deficit = next(iter(bodies(column)))
    assert deficit.dot is not None
    assert deficit.s_mm == pytest.approx(15, abs=0.2)
    assert deficit.u_mm == pytest.approx(0.3, abs=0.2)
    assert deficit.shape.roundness > 0.8
