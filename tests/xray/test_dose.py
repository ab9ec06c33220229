"""Air kerma and mean glandular dose."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.errors import NotFound
from galactograph.values.codes import Laterality
from galactograph.values.procedure import Exposure, ViewPosition
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Slab
from galactograph.xray import dose
from galactograph.xray.materials import energies_kev, table

few = settings(deadline=None, max_examples=25)
thick = st.floats(20, 100)
share = st.floats(0.01, 0.99)


@few
@given(st.floats(1, 300), st.floats(1.1, 5), thick, share)
def test_dose_is_linear_in_mas(
    mas: float, more: float, thickness: float, gland: float
) -> None:
    shot = Exposure(mas=mas)
    one = dose.mean_glandular_dose_mgy(shot, thickness, gland)
    many = dose.mean_glandular_dose_mgy(replace(shot, mas=mas * more), thickness, gland)
    assert many == pytest.approx(more * one, rel=1e-9)


@few
@given(thick, st.floats(24, 34), share)
def test_more_kilovolts_give_more_dose(
    thickness: float, kv: float, gland: float
) -> None:
    one = dose.mean_glandular_dose_mgy(Exposure(kv=kv), thickness, gland)
    assert dose.mean_glandular_dose_mgy(Exposure(kv=kv + 1), thickness, gland) > one


@few
@given(st.floats(20, 95), st.floats(0.3, 0.6))
def test_a_thicker_breast_takes_less_dose_per_kerma(
    thickness: float, hvl: float
) -> None:
    assert dose.g_factor(thickness + 5, hvl) < dose.g_factor(thickness, hvl)


@few
@given(st.floats(22, 100), st.floats(0.34, 0.6), st.floats(0.05, 0.9))
def test_gland_shields_gland(thickness: float, hvl: float, gland: float) -> None:
    more = dose.c_factor(thickness, hvl, gland + 0.05)
    assert more < dose.c_factor(thickness, hvl, gland)
    assert dose.c_factor(thickness, hvl, 0.5) == pytest.approx(1, abs=1e-9)


def test_harder_than_the_table_goes_on_smoothly() -> None:
    edge = dose.g_factor(50, dose.BEAM_HARD_HVL_MM)
    assert dose.g_factor(50, 0.601) == pytest.approx(edge, rel=0.01)
    assert dose.g_factor(50, 3.36) == pytest.approx(0.888, rel=1e-6)


# source: Dance 2000, as in the design page: 50 mm.
@pytest.mark.parametrize(("hvl", "g"), [(0.30, 0.164), (0.45, 0.232), (0.60, 0.310)])
def test_g_is_as_published(hvl: float, g: float) -> None:
    assert dose.g_factor(50, hvl) == pytest.approx(g, rel=1e-6)


# source: Dance 2000 at a half-value layer of 0.35 mm (remembered).
@pytest.mark.parametrize(
    ("thickness", "gland", "c"),
    [(32, 0.67, 0.943), (60, 0.2, 1.160), (75, 0.09, 1.245)],
)
def test_c_of_the_monte_carlo_is_as_published(
    thickness: float, gland: float, c: float
) -> None:
    assert dose.c_factor(thickness, 0.35, gland) == pytest.approx(c, rel=0.02)


# source: EUREF, typical half-value layers with the paddle (found).
@pytest.mark.parametrize(
    ("beam", "kv", "hvl", "slack"),
    [("Mo/Mo", 28, 0.36, 0.02), ("Rh/Rh", 28, 0.43, 0.02), ("W/Rh", 28, 0.54, 0.03)],
)
def test_half_value_layers_are_as_published(
    beam: str, kv: float, hvl: float, slack: float
) -> None:
    assert dose.half_value_layer(beam, kv) == pytest.approx(hvl, abs=slack)


# source: NIST mass energy-absorption of dry air, cm2/g (remembered).
@pytest.mark.parametrize(("kev", "air"), [(15, 1.334), (20, 0.5389), (30, 0.1537)])
def test_air_absorbs_as_published(kev: float, air: float) -> None:
    logs = np.log(table("air")["air"])
    got = np.exp(np.interp(np.log(kev), np.log(energies_kev()), logs))
    assert got == pytest.approx(air, rel=0.012)


def test_output_is_the_measured_one() -> None:
    # source: 14.7 uGy/mAs at 1 m, W/Rh 30 kV, NHSBSP 1306; the paddle takes a share.
    shot = Exposure(kv=30, mas=1, air_gap_mm=0, source_to_detector_mm=1000)
    behind = 1000 * dose.incident_kerma_mgy(shot, 0)
    assert 0.75 * 14.7 < behind < 14.7


def test_fifty_millimetres_take_about_the_dose_of_the_monte_carlo() -> None:
    # source: 0.282 mGy per mGy, W/Rh 28 kV, half glandular (design, derived), with
    # skin in place of Dance's fat.
    hvl = dose.half_value_layer("W/Rh", 28)
    got = dose.g_factor(50, hvl) * dose.s_factor("W/Rh")
    assert got == pytest.approx(0.282, rel=0.04)


def test_an_unknown_beam_has_no_factor() -> None:
    with pytest.raises(NotFound, match="no s factor for 'Ag/Ag'"):
        dose.s_factor("Ag/Ag")


def test_a_magnified_breast_is_nearer_to_the_tube() -> None:
    plain, near = Exposure(), Exposure(magnification=1.8)
    assert dose.incident_kerma_mgy(near, 50) > 2 * dose.incident_kerma_mgy(plain, 50)


@few
@given(st.floats(0.0, 1.0))
def test_glandularity_is_by_mass(volume: float) -> None:
    raster = np.ones((4, 5), np.float32)
    slab = Slab(
        position=ViewPosition.CC,
        laterality=Laterality.LEFT,
        thickness_mm=50,
        corner_mm=(0, 0),
        pitch_mm=1,
        adipose_mm=50 * (1 - volume) * raster,
        gland_mm=50 * volume * raster,
        skin_mm=0 * raster,
        tree=DuctTree(
            points_mm=np.zeros((1, 3)), parents=np.array([-1]), radii_mm=np.ones(1)
        ),
        nipple_mm=np.zeros(3),
    )
    want = 1.04 * volume / (1.04 * volume + 0.93 * (1 - volume))
    assert dose.glandularity(slab) == pytest.approx(want, abs=1e-5)
