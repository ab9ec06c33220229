"""The breast clock, facing the patient."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galactograph.values.clock import hour, quadrant, spoken
from galactograph.values.codes import Laterality

hours = st.integers(1, 12)
minutes = st.sampled_from(["", ":00", ":30"])


@given(hours, minutes)
def test_what_is_spoken_names_the_same_hour(at: int, rest: str) -> None:
    clock = f"{at}{rest}"
    assert hour(spoken(clock)) == hour(clock)
    assert spoken(spoken(clock)) == spoken(clock)


@given(hours, minutes)
def test_a_mirrored_breast_has_the_mirrored_clock(at: int, rest: str) -> None:
    mine = hour(f"{at}{rest}")
    assert mine is not None
    mirrored = (12 - mine) % 12
    clock = f"{int(mirrored) or 12}:{30 if mirrored % 1 else 0:02d}"
    assert quadrant(f"{at}{rest}", Laterality.LEFT) == quadrant(clock, Laterality.RIGHT)


@pytest.mark.parametrize(
    ("clock", "left", "right"),
    [
        ("2:00", "upper outer", "upper inner"),
        ("10:30", "upper inner", "upper outer"),
        ("5", "lower outer", "lower inner"),
        ("7", "lower inner", "lower outer"),
        ("12:00", None, None),
        ("3 o'clock", None, None),
    ],
)
def test_quadrants_by_hand(clock: str, left: str | None, right: str | None) -> None:
    assert quadrant(clock, Laterality.LEFT) == left
    assert quadrant(clock, Laterality.RIGHT) == right


def test_what_names_no_hour_has_no_quadrant() -> None:
    assert hour("retroareolar") is None
    assert quadrant(None, Laterality.LEFT) is None
    assert quadrant("2", None) is None
    assert spoken("retroareolar") == "retroareolar"
