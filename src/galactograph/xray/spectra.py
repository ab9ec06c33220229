"""Tube spectra by anode, filter and kilovolt, and how the panel weighs them."""

from __future__ import annotations

import numpy as np

from galactograph.errors import NotFound
from galactograph.values.arrays import Floats, Ints
from galactograph.xray.materials import energies_kev, per_mm, table

OUTPUT_SHARE = 14.7 / 25.2
"""Measured tube output over the table's; source: 14.7 uGy/mAs at 1 m, W/Rh 30 kV,
NHSBSP 1306 (found), against 25.2 of spekpy (derived)."""

PADDLE_MM = 2.8
"""Compression paddle, PMMA; source: design (remembered)."""

SELENIUM_MM = 0.2
"""Layer of the panel; source: MC-GPU's detector (found)."""


def photons(beam: str, kv: float) -> Floats:
    """Return photons per mm^2 and mAs at 1 m behind the paddle, by energy bin.

    Between tabulated kilovolts the two neighbours are mixed.
    """
    columns = table("spectra")
    low = int(np.floor(kv))
    high = low + (kv > low)
    names = [f"{beam}@{v}" for v in (low, high)]
    for name in names:
        if name not in columns:
            raise NotFound(
                f"no spectrum {name!r} kV; there are W/Rh, W/Ag and Mo/Mo, 24 to 35 kV"
            )
    mixed = columns[names[0]] * (1 - (kv - low)) + columns[names[1]] * (kv - low)
    behind: Floats = mixed * OUTPUT_SHARE * np.exp(-PADDLE_MM * per_mm("pmma"))
    return behind


def absorbed() -> Floats:
    """Return the share of photons that the panel absorbs, by energy bin."""
    share: Floats = 1 - np.exp(-SELENIUM_MM * per_mm("selenium"))
    return share


def weights(beam: str, kv: float) -> tuple[Floats, Ints]:
    """Return the share of the air signal of each used bin, and which bins are used.

    The panel integrates energy. Bins with less than 1e-5 of the signal are dropped.
    """
    signal = photons(beam, kv) * absorbed() * energies_kev()
    used = np.flatnonzero(signal > 1e-5 * signal.sum())
    return signal[used] / signal[used].sum(), used
