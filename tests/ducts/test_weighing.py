"""What a line speaks for: its mean evidence, its length, and its opacity."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.ducts import weighing
from galactograph.ducts.graph import Edge
from galactograph.ducts.weighing import likeness, worth_of

MM = 0.07
SOME = st.floats(0.5, 200)


def line_of(strength: float, length_mm: float = 1.4) -> Edge:
    """Return a straight line of one strength."""
    count = round(length_mm / MM) + 1
    points = np.stack([np.arange(count), np.zeros(count)], axis=1).astype(float)
    return Edge(
        first=0,
        last=1,
        points=points,
        half_px=np.full(count, 2.0),
        strength=np.full(count, strength),
        whole_px=length_mm / MM,
    )


@settings(deadline=None)
@given(SOME, SOME)
def test_the_stronger_of_two_lines_is_never_worth_less(
    one: float, other: float
) -> None:
    weak, strong = sorted((one, other))
    assert worth_of(line_of(weak), 2.75, MM) <= worth_of(line_of(strong), 2.75, MM)


@settings(deadline=None)
@given(SOME, st.floats(0.8, 30), st.floats(0.8, 30))
def test_of_lines_as_strong_the_longer_is_less_surely_duct(
    strength: float, one: float, other: float
) -> None:
    short, long = sorted((one, other))
    share = [
        worth_of(line_of(strength, length), 2.75, MM)
        / (line_of(strength, length).length_px * MM)
        for length in (short, long)
    ]
    assert share[1] <= share[0] + 1e-9


def test_evidence_adds_up_along_a_line() -> None:
    even = line_of(4.0, 19 * MM)
    mixed = replace(even, strength=np.tile([2.0, 8.0], 10))
    assert worth_of(mixed, 2.75, MM) == pytest.approx(worth_of(even, 2.75, MM))


def test_a_line_of_usual_length_is_even_at_the_weak_strength() -> None:
    assert worth_of(line_of(2.75), 2.75, MM) == pytest.approx(0, abs=1e-9)
    assert worth_of(line_of(5.5), 2.75, MM) == pytest.approx(1.4, rel=0.02)
    assert worth_of(line_of(0.0), 2.75, MM) > -1.4 - 1e-9


@settings(deadline=None)
@given(st.floats(0, 2), st.floats(0, 2), st.floats(0.01, 1))
def test_a_denser_line_is_never_less_like_contrast(
    one: float, other: float, gauge: float
) -> None:
    thin, dense = sorted((one, other))
    least, most = weighing.LIKENESS
    assert least <= likeness(thin, gauge) <= likeness(dense, gauge) <= most


def test_without_a_gauge_opacity_says_nothing() -> None:
    assert likeness(0.01, 0.0) == likeness(3.0, 0.0) == 1.0
