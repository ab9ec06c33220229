"""How a breast rolled is learnt from the findings that two views share."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.ducts.space_pairing import NEVER, choose
from galactograph.ducts.space_pairs import Fit, Settings
from galactograph.ducts.space_shift import best_odds

few = settings(deadline=None, max_examples=40)
ASKED = Settings()
DEPTHS = (20.0, 24.0, 31.0, 35.0, 47.0)


def table(moved_mm: float, depths: tuple[float, ...]) -> list[list[tuple[Fit, ...]]]:
    """Return how findings at some depths fit those of a view moved against theirs."""
    return [
        [
            (Fit(rest=0.5, gap_mm=one - other + moved_mm, sigma_mm=1.0),)
            for other in depths
        ]
        for one in depths
    ]


@pytest.mark.parametrize("moved_mm", [0.0, 1.0, 3.0, -3.0, 4.0])
def test_several_bodies_find_their_twins_however_the_breast_rolled(
    moved_mm: float,
) -> None:
    odds = best_odds(table(moved_mm, DEPTHS), ASKED)
    assert choose(odds).partner.tolist() == list(range(len(DEPTHS)))
    assert choose(odds).belief.diagonal().min() > 0.7


@few
@given(st.floats(-6, 6))
def test_two_findings_tell_of_no_roll(moved_mm: float) -> None:
    fits = table(moved_mm, DEPTHS[::3])
    still = [[one[0].log_odds(ASKED) for one in row] for row in fits]
    told = np.array([[NEVER if o is None else o for o in row] for row in still])
    np.testing.assert_allclose(best_odds(fits, ASKED), told)


@few
@given(st.lists(st.floats(5, 60), min_size=3, max_size=6, unique=True))
def test_what_fits_as_it_is_is_not_moved(depths: list[float]) -> None:
    fits = table(0.0, tuple(depths))
    usual = [row[k][0].log_odds(ASKED) for k, row in enumerate(fits)]
    assert best_odds(fits, ASKED).diagonal().tolist() == pytest.approx(usual)


def test_what_cannot_be_one_stays_so() -> None:
    fits = table(3.0, DEPTHS)
    fits[1][1] = ()
    odds = best_odds(fits, ASKED)
    assert odds[1, 1] == NEVER
    assert best_odds([], ASKED).size == 0
    assert best_odds([[()]], ASKED).tolist() == [[NEVER]]
