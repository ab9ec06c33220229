"""Dose: air kerma at the breast, and mean glandular dose after Dance.

D = K g c s, with K the incident air kerma at the upper face of the breast (without
backscatter), g for a half glandular breast, c for another glandularity and s for
another spectrum. source: Dance 1990, 2000, 2009 (remembered); marks are in the files.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from galactograph.errors import NotFound
from galactograph.values.arrays import Floats
from galactograph.values.procedure import Exposure
from galactograph.values.truth import Slab
from galactograph.xray.materials import energies_kev, per_mm, table
from galactograph.xray.spectra import photons

MGY_PER_KEV_CM2_G = 1.602177e-10
"""mGy for one keV/g of photon energy per cm^2 and cm^2/g; 1.602e-16 J, 1000 g."""

S_FACTORS = {
    "Mo/Mo": 1.000,
    "Mo/Rh": 1.017,
    "Rh/Rh": 1.061,
    "Rh/Ag": 1.087,
    "W/Rh": 1.042,
    "W/Ag": 1.042,
    "W/Al": 1.10,
    "W/Cu": 1.0,
}
"""By beam. source: Dance 2000 and 2009 (remembered); W/Al grows with thickness and
its mean here agrees with tools/monte_carlo.py; Rh/Ag and W/Cu assumed."""

BEAM_HARD_HVL_MM = 0.60
"""Beyond the hardest beam of the g table, its dose grows as the Monte Carlo of the
high-energy beam says: see HARD_DOSE; derived."""

HARD_DOSE = (3.36, 0.888)
"""HVL (mm Al) and dose over kerma of a half glandular breast of 50 mm, W/Cu 49 kV;
source: Monte Carlo of the design (derived)."""


def kerma_mgy(fluence_per_mm2: Floats) -> float:
    """Return air kerma of photons per mm^2 in each energy bin, mGy."""
    kev = energies_kev()
    per_cm2 = 100 * fluence_per_mm2
    return float((per_cm2 * kev * table("air")["air"]).sum() * MGY_PER_KEV_CM2_G)


@cache
def half_value_layer(beam: str, kv: float) -> float:
    """Return the first half-value layer behind the paddle, mm of aluminium."""
    n = photons(beam, kv)
    whole = kerma_mgy(n)
    low, high = 0.0, 20.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        left = kerma_mgy(n * np.exp(-middle * per_mm("aluminium")))
        low, high = (middle, high) if left > whole / 2 else (low, middle)
    return low


def incident_kerma_mgy(exposure: Exposure, thickness_mm: float) -> float:
    """Return air kerma at the upper face of the breast, on the axis, mGy."""
    e = exposure
    under = e.air_gap_mm
    if e.magnification > 1:
        middle = e.source_to_detector_mm * (1 - 1 / e.magnification)
        under = middle - thickness_mm / 2
    distance = e.source_to_detector_mm - under - thickness_mm
    return kerma_mgy(photons(e.beam, e.kv)) * e.mas * (1000 / distance) ** 2


def g_factor(thickness_mm: float, hvl_mm: float) -> float:
    """Return g, mGy/mGy, between the rows and columns of Dance's table."""
    columns = table("dance")
    hvls = np.array([float(name) for name in columns if name != "thickness_mm"])
    rows = np.log(np.array([columns[f"{h:.2f}"] for h in hvls]))
    thick = columns["thickness_mm"]
    at = np.array([np.interp(thickness_mm, thick, row) for row in rows])
    if hvl_mm <= BEAM_HARD_HVL_MM:
        return float(np.exp(np.interp(hvl_mm, hvls, at)))
    # Harder beams: towards the one Monte Carlo point, scaled by thickness at 0.60.
    reference = np.interp(50.0, thick, rows[-1])
    end = np.log(HARD_DOSE[1]) + 0.5 * (at[-1] - reference)
    logs = np.log([BEAM_HARD_HVL_MM, HARD_DOSE[0]])
    return float(np.exp(np.interp(np.log(hvl_mm), logs, [at[-1], end])))


def c_factor(thickness_mm: float, hvl_mm: float, glandularity: float) -> float:
    """Return c: dose at this glandularity, in [0, 1] by mass, over that at 0.5."""
    columns = table("glandularity")
    names = [name for name in columns if name[0].isdigit()]
    shares = np.array([float(name) for name in names])
    hvls = np.unique(columns["hvl_mm"])
    found = []
    for hvl in hvls:
        rows = columns["hvl_mm"] == hvl
        thick = columns["thickness_mm"][rows]
        by = [np.interp(thickness_mm, thick, columns[name][rows]) for name in names]
        found.append(np.interp(glandularity, shares, by))
    return float(np.interp(hvl_mm, hvls, found))


def s_factor(beam: str) -> float:
    """Return s for an anode and filter such as "W/Rh"."""
    if beam not in S_FACTORS:
        raise NotFound(f"no s factor for {beam!r}; there are: {', '.join(S_FACTORS)}")
    return S_FACTORS[beam]


def mean_glandular_dose_mgy(
    exposure: Exposure, thickness_mm: float, glandularity: float
) -> float:
    """Return the mean glandular dose of one exposure, mGy.

    Parameters
    ----------
    exposure
        Beam, kV, mAs and geometry.
    thickness_mm
        Of the compressed breast.
    glandularity
        Glandular share of the tissue inside the skin, by mass, in [0, 1].
    """
    hvl = half_value_layer(exposure.beam, exposure.kv)
    factors = g_factor(thickness_mm, hvl) * c_factor(thickness_mm, hvl, glandularity)
    kerma = incident_kerma_mgy(exposure, thickness_mm)
    return kerma * factors * s_factor(exposure.beam)


def glandularity(slab: Slab) -> float:
    """Return the glandular share of a compressed breast by mass, in [0, 1]."""
    # source: densities of Hammerstein 1979, g/cm3 (found).
    gland = 1.04 * float(slab.gland_mm.sum(dtype=float))
    fat = 0.93 * float(slab.adipose_mm.sum(dtype=float))
    return gland / max(gland + fat, 1e-9)
