"""Attenuation, spectra, and what the panel makes of them."""

import numpy as np
import pytest

from galactograph.errors import NotFound
from galactograph.kernels.beams import attenuate
from galactograph.xray.exposure import automatic_mas
from galactograph.xray.materials import energies_kev, per_mm, table
from galactograph.xray.spectra import photons, weights


def at(material: str, kev: float) -> float:
    """Return attenuation between two bins, 1/cm."""
    return 10 * float(np.exp(np.interp(kev, energies_kev(), np.log(per_mm(material)))))


# source: design page on physics, xraylib CS_Total, 1/cm.
@pytest.mark.parametrize(
    ("material", "kev", "per_cm"),
    [
        ("adipose", 20, 0.516),
        ("adipose", 30, 0.281),
        ("glandular", 20, 0.801),
        ("glandular", 25, 0.507),
        ("skin", 20, 0.837),
        ("pmma", 20, 0.680),
    ],
)
def test_attenuation_is_as_published(material: str, kev: float, per_cm: float) -> None:
    assert at(material, kev) == pytest.approx(per_cm, rel=0.015)


@pytest.mark.parametrize(("kev", "per_cm"), [(17.5, 11.98), (20, 8.41), (30, 2.94)])
def test_contrast_of_300_mg_attenuates_as_published(kev: float, per_cm: float) -> None:
    # Iodine is tabulated on top of the water it is dissolved in.
    got = at("water", kev) + 300 * at("iodine", kev)
    assert got == pytest.approx(per_cm, rel=0.015)


def test_iodine_jumps_at_its_k_edge() -> None:
    iodine, kev = per_mm("iodine"), energies_kev()
    below, above = iodine[kev == 32.5][0], iodine[kev == 33.5][0]
    assert above > 3 * below


def test_an_unknown_material_is_refused() -> None:
    with pytest.raises(NotFound, match="no material 'lead'"):
        per_mm("lead")


def test_an_unknown_beam_is_refused() -> None:
    with pytest.raises(NotFound, match="no spectrum 'Rh/Mo@28'"):
        photons("Rh/Mo", 28)


def test_no_photon_has_more_energy_than_the_tube_gives() -> None:
    for kv in (25, 28, 32):
        assert photons("W/Rh", kv)[energies_kev() > kv + 0.5].sum() == 0


def test_mean_energy_is_as_published() -> None:
    # source: 18.66 keV for W/Rh 28 kV before the paddle (spekpy).
    n, kev = table("spectra")["W/Rh@28"], energies_kev()
    assert (n * kev).sum() / n.sum() == pytest.approx(18.66, abs=0.15)


def test_half_kilovolts_lie_between() -> None:
    low, mid, high = (photons("W/Rh", kv).sum() for kv in (28, 28.5, 29))
    assert low < mid < high


# source: share of signal lost in 0.1, 0.5, 1 and 2 mm of 300 mg/mL that replace half
# and half tissue, W/Rh 28 kV behind 5 cm, without scatter: .065 .282 .480 .723.
@pytest.mark.parametrize(
    ("mm", "lost"), [(0.1, 0.065), (0.5, 0.282), (1, 0.480), (2, 0.723)]
)
def test_a_filled_duct_takes_the_published_share_of_the_signal(
    mm: float, lost: float
) -> None:
    share, used = weights("W/Rh", 28)
    names = ("adipose", "glandular", "water", "iodine")
    mu = np.column_stack([per_mm(m)[used] for m in names]).astype(np.float32)
    paths = np.zeros((4, 1, 2), np.float32)
    paths[:2] = 25
    paths[:2, 0, 1] -= mm / 2
    paths[2:, 0, 1] = mm, 300 * mm
    plain, filled = attenuate(paths, mu, share.astype(np.float32))[0]
    assert 1 - filled / plain == pytest.approx(lost, abs=0.012)


def test_nothing_in_the_way_leaves_everything() -> None:
    out = attenuate(
        np.zeros((2, 3, 4), np.float32),
        np.ones((5, 2), np.float32),
        np.full(5, 0.2, np.float32),
    )
    np.testing.assert_array_equal(out, 1)


def test_one_energy_follows_beer_and_lambert() -> None:
    path = np.linspace(0, 30, 12, dtype=np.float32).reshape(1, 3, 4)
    out = attenuate(path, np.array([[0.08]], np.float32), np.ones(1, np.float32))
    np.testing.assert_allclose(out, np.exp(-0.08 * path[0]), rtol=1e-5)


def test_exposure_control_gives_more_to_thick_and_dense_breasts() -> None:
    assert automatic_mas(60, 0.2, 28) > automatic_mas(45, 0.2, 28)
    assert automatic_mas(50, 0.4, 28) > automatic_mas(50, 0.1, 28)
    assert 30 < automatic_mas(50, 0.5, 28) < 250
