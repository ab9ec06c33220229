"""Exposure control."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.xray import dose
from galactograph.xray.control import (
    MAS,
    Aim,
    automatic,
    signal_difference,
    technique,
)
from galactograph.xray.vendors import units

few = settings(deadline=None, max_examples=20)
names = st.sampled_from(sorted(units()))
thick, gland = st.floats(25, 80), st.floats(0.05, 0.9)


@few
@given(names, thick, gland)
def test_a_dose_that_is_asked_is_given(name: str, mm: float, share: float) -> None:
    shot = technique(name, mm, share, aim=Aim.DOSE)
    got = dose.mean_glandular_dose_mgy(shot, mm, share)
    inside = MAS[0] < shot.mas < MAS[1]
    assert got == pytest.approx(units()[name].dose_mgy, rel=0.02) or not inside


@few
@given(names, st.floats(25, 60), gland)
def test_thicker_breasts_of_one_beam_get_more(
    name: str, mm: float, share: float
) -> None:
    shot = technique(name, mm, share)
    more = automatic(shot, mm + 5, share)
    assert more.mas > shot.mas or more.mas == MAS[1]


@few
@given(names, thick, gland, st.floats(1.5, 4))
def test_difference_grows_with_the_root_of_mas(
    name: str, mm: float, share: float, more: float
) -> None:
    shot = technique(name, mm, share)
    one = signal_difference(shot, mm, share)
    many = signal_difference(replace(shot, mas=shot.mas * more), mm, share)
    assert many / one == pytest.approx(more**0.5, rel=1e-9)


@pytest.mark.parametrize("name", sorted(units()))
def test_the_standard_breast_gets_the_stated_dose(name: str) -> None:
    shot = technique(name, 50, 0.5)
    got = dose.mean_glandular_dose_mgy(shot, 50, 0.5)
    assert got == pytest.approx(units()[name].dose_mgy, rel=0.02)


# source: EUREF, acceptable dose by thickness of breast (remembered).
@pytest.mark.parametrize("name", sorted(units()))
@pytest.mark.parametrize(
    ("mm", "share", "most"), [(21, 0.97, 1.0), (53, 0.29, 2.5), (90, 0.04, 6.5)]
)
def test_dose_stays_under_the_limits(
    name: str, mm: float, share: float, most: float
) -> None:
    shot = technique(name, mm, share)
    assert 0.2 < dose.mean_glandular_dose_mgy(shot, mm, share) < most
