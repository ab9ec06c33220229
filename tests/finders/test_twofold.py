"""Two ducts in one outline are told from one duct with a body in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strips
from galactograph.finders._column import Column, columns
from galactograph.finders._grey import chords_mm
from galactograph.finders._twofold import Twofold, twofold

S_MM = np.arange(150) * 0.1
"""Of a column of 15 mm; what is judged lies in its middle."""


def column(thickness: np.ndarray, radius: np.ndarray, noise: float = 0.02) -> Column:
    """Return a column of 15 mm that holds `thickness`, within an outline."""
    like = columns(strips.reading_of(strips.World(length_mm=16)))[0]
    seen = thickness + noise * np.random.default_rng(1).standard_normal(thickness.shape)
    return replace(
        like,
        s_mm=S_MM,
        u_mm=U_MM,
        thickness_mm=seen,
        model_mm=chords_mm(radius, U_MM),
        radius_mm=radius,
        noise_mm=noise,
    )


U_MM = np.arange(-60, 61) * 0.05


def twist(one: float, other: float, apart: float, wave: float) -> Column:
    """Return two lumina of radii `one`, `other` that sway `apart` about each other."""
    sway = apart / 2 * np.cos(2 * np.pi * (S_MM - 7.5) / wave)
    lumina = [
        np.stack([chords_mm(np.array([radius]), U_MM - way * at)[0] for at in sway])
        for radius, way in ((one, 1.0), (other, -1.0))
    ]
    left = np.minimum(sway - one, -sway - other)
    right = np.maximum(sway + one, -sway + other)
    middle = (left + right) / 2
    both = np.stack(
        [
            np.interp(U_MM + at, U_MM, row)
            for row, at in zip(lumina[0] + lumina[1], middle, strict=True)
        ]
    )
    return column(both, (right - left) / 2)


def bodied(radius: float, diameter: float, aside: float) -> Column:
    """Return one lumen with a ball at 7.5 mm, `aside` of its axis."""
    square = diameter**2 / 4 - (S_MM[:, None] - 7.5) ** 2 - (U_MM - aside)[None, :] ** 2
    ball = 2 * np.sqrt(np.clip(square, 0, None))
    whole = chords_mm(np.full(len(S_MM), radius), U_MM)
    return column(np.clip(whole - ball, 0, None), np.full(len(S_MM), radius))


@settings(max_examples=25, deadline=None)
@given(
    one=st.floats(0.4, 0.9),
    share=st.floats(0.7, 1.0),
    apart=st.floats(0.8, 1.4),
    wave=st.floats(12, 25),
)
def test_a_twist_keeps_its_contrast_and_is_two_lumina_rather_than_one(
    one: float, share: float, apart: float, wave: float
) -> None:
    told = twofold(twist(one, share * one, apart * one, wave), 72, 78)
    assert told.kept == pytest.approx(1, abs=0.12)
    assert told.wider > 1
    assert told.gain < 0.6


@settings(max_examples=25, deadline=None)
@given(
    radius=st.floats(0.5, 1.2), share=st.floats(0.55, 0.95), off=st.floats(-0.5, 0.5)
)
def test_a_body_takes_contrast_away_and_leaves_one_lumen_beside_it(
    radius: float, share: float, off: float
) -> None:
    diameter = 2 * radius * share
    half = max(round(diameter / 2 / 0.1), 1)
    aside = off * (radius - diameter / 2)
    told = twofold(bodied(radius, diameter, aside), 75 - half, 75 + half)
    assert told.kept < 0.9
    assert told.wider == pytest.approx(1, abs=0.01)
    assert told.misfit < 0.05
    assert told.gain > 0


def test_what_a_ball_takes_is_its_share_of_the_lumen() -> None:
    told = twofold(bodied(1.0, 1.6, 0.0), 70, 80)
    # The middle half of the ball: its cross-section is 0.94 of the greatest on average.
    assert told.kept == pytest.approx(1 - 0.64 * 0.94, abs=0.04)


def test_nothing_is_said_at_the_end_of_a_duct() -> None:
    assert twofold(bodied(1.0, 1.0, 0.0), 0, 10) == Twofold()
