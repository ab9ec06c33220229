"""What a calibration error is worth beside what chance alone makes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galactograph.seeds import stream
from galactograph.trials.probabilities import calibration_error, error_by_chance

CHANCES = st.lists(st.floats(0, 1), min_size=1, max_size=80)


def test_a_reader_who_is_wholly_right_shows_the_error_of_chance() -> None:
    rng = stream(1, "calibration")
    said = rng.uniform(0.05, 0.95, 300)
    shown = [
        calibration_error(said.tolist(), (rng.random(300) < said).tolist())
        for _ in range(400)
    ]
    assert np.mean([x for x in shown if x is not None]) == pytest.approx(
        error_by_chance(said.tolist()), rel=0.05
    )


def test_a_reader_who_says_too_much_shows_more_than_that() -> None:
    said = [0.9] * 200
    by_chance = error_by_chance(said)
    shown = calibration_error(said, [n % 2 == 0 for n in range(200)])
    assert by_chance is not None
    assert shown == pytest.approx(0.4)
    assert by_chance < 0.1


@given(CHANCES)
def test_chance_makes_no_error_of_what_is_sure_and_at_most_two_fifths(
    said: list[float],
) -> None:
    made = error_by_chance(said)
    assert made is not None
    assert 0 <= made <= 0.4
    assert error_by_chance([float(x > 0.5) for x in said]) == 0


def test_without_cases_there_is_no_error() -> None:
    assert error_by_chance([]) is None
