"""Exposure control: which mAs a unit would choose, contrast left out."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import numpy as np

from galactograph.values.procedure import Exposure
from galactograph.xray import dose
from galactograph.xray.exposure import caught, panel_settings
from galactograph.xray.materials import energies_kev, per_mm
from galactograph.xray.scatter import at_centre
from galactograph.xray.spectra import photons
from galactograph.xray.vendors import Unit, unit

MAS = (3.0, 600.0)
"""What a tube and a second of compression allow; assumed."""

DISC_MM = 0.2
"""Aluminium whose signal difference is held; source: EUREF 4th edition (remembered)."""

# Signal difference to noise over that at 60 mm, by thickness of the breast (mm).
# source: EUREF 4th edition, limiting ratios for 20 to 70 mm of PMMA and the breasts
# they stand for (remembered).
_THICK_MM = (21.0, 32.0, 45.0, 53.0, 60.0, 75.0, 90.0)
_RATIO = (1.15, 1.10, 1.05, 1.03, 1.00, 0.95, 0.90)

STANDARD_MM, STANDARD_GLANDULARITY = 50.0, 0.5
"""The breast for which a unit's dose is stated."""


class Aim(StrEnum):
    """What exposure control holds."""

    SIGNAL = "signal"
    DIFFERENCE = "difference"
    DOSE = "dose"


def signal_difference(
    exposure: Exposure, thickness_mm: float, glandularity: float
) -> float:
    """Return the signal difference to noise of DISC_MM of aluminium in one pixel.

    Quantum noise only; scatter adds noise and no difference.
    """
    settings = panel_settings(exposure)
    kev = energies_kev()
    volume = _volume_share(glandularity)
    tissue = (1 - volume) * per_mm("adipose") + volume * per_mm("glandular")
    n = photons(exposure.beam, exposure.kv) * exposure.mas * caught(settings)
    n = n * (1000 / exposure.source_to_detector_mm) ** 2 * exposure.pixel_mm**2
    n = n * np.exp(-tissue * thickness_mm) * settings.information
    share = 1.0
    if exposure.grid and exposure.magnification <= 1:
        n = n * settings.primary_passed
        share = settings.scatter_passed / settings.primary_passed
    veil = 1 + share * at_centre(thickness_mm)
    lost = (kev * n * (1 - np.exp(-DISC_MM * per_mm("aluminium")))).sum()
    return float(lost / np.sqrt(veil * (kev**2 * n).sum()))


def _volume_share(glandularity: float) -> float:
    """Return the glandular share by volume of one by mass."""
    # source: densities of Hammerstein 1979, g/cm3 (found).
    gland, fat = glandularity / 1.04, (1 - glandularity) / 0.93
    return gland / (gland + fat)


def automatic(
    exposure: Exposure,
    thickness_mm: float,
    glandularity: float,
    *,
    aim: Aim = Aim.DIFFERENCE,
) -> Exposure:
    """Return the exposure with the mAs that control would choose.

    DIFFERENCE holds the signal difference of aluminium, by thickness as EUREF wants
    it; SIGNAL holds the photons on the panel; DOSE holds the mean glandular dose. Each
    is set where the unit gives its stated dose to a half glandular breast of 50 mm.

    Parameters
    ----------
    exposure
        As planned; its mAs is replaced.
    thickness_mm, glandularity
        Of the compressed breast; glandularity by mass, in [0, 1].
    aim
        What is held.
    """
    machine = unit(exposure.vendor or "generic")
    standard = _standard(machine, exposure)
    one = replace(exposure, mas=1.0)
    if aim is Aim.DOSE:
        wanted = machine.dose_mgy
        mas = wanted / dose.mean_glandular_dose_mgy(one, thickness_mm, glandularity)
    else:
        ratio = 1.0
        if aim is Aim.DIFFERENCE:
            ratio = np.interp(thickness_mm, _THICK_MM, _RATIO)
            ratio /= np.interp(STANDARD_MM, _THICK_MM, _RATIO)
        measure = signal_difference if aim is Aim.DIFFERENCE else _signal
        wanted = ratio * measure(standard, STANDARD_MM, STANDARD_GLANDULARITY)
        power = 2 if aim is Aim.DIFFERENCE else 1
        mas = (wanted / measure(one, thickness_mm, glandularity)) ** power
    return replace(exposure, mas=round(float(np.clip(mas, *MAS)), 1))


def _signal(exposure: Exposure, thickness_mm: float, glandularity: float) -> float:
    """Return the energy on one pixel behind a plain breast."""
    volume = _volume_share(glandularity)
    tissue = (1 - volume) * per_mm("adipose") + volume * per_mm("glandular")
    n = photons(exposure.beam, exposure.kv) * exposure.mas
    n = n * np.exp(-tissue * thickness_mm) * caught(panel_settings(exposure))
    return float((energies_kev() * n).sum())


def _standard(machine: Unit, exposure: Exposure) -> Exposure:
    """Return the unit's exposure of the standard breast at its stated dose."""
    kv, beam = machine.beam(STANDARD_MM)
    one = replace(exposure, kv=kv, beam=beam, mas=1.0)
    per_mas = dose.mean_glandular_dose_mgy(one, STANDARD_MM, STANDARD_GLANDULARITY)
    return replace(one, mas=machine.dose_mgy / per_mas)


def technique(
    vendor: str,
    thickness_mm: float,
    glandularity: float,
    *,
    aim: Aim = Aim.DIFFERENCE,
) -> Exposure:
    """Return the exposure that a unit would make: panel, geometry, kV, beam and mAs.

    Examples
    --------
    >>> shot = technique("ge", 55, 0.25)
    >>> shot.beam, shot.pixel_mm, 20 < shot.mas < 200
    ('Rh/Ag', 0.1, True)
    """
    machine = unit(vendor)
    kv, beam = machine.beam(thickness_mm)
    plain = Exposure(
        rows=machine.rows,
        columns=machine.columns,
        pixel_mm=machine.pixel_mm,
        source_to_detector_mm=machine.source_to_detector_mm,
        air_gap_mm=machine.air_gap_mm,
        kv=kv,
        beam=beam,
        vendor=vendor,
    )
    return automatic(plain, thickness_mm, glandularity, aim=aim)
