"""Tube spectra by anode, filter and kilovolt, and how the panel weighs them."""

from __future__ import annotations

import numpy as np

from galactograph.errors import NotFound
from galactograph.values.arrays import Floats, Ints
from galactograph.xray.materials import energies_kev, per_mm, table

INHERENT_MM = 0.11
"""Aluminium that window, oil and mirror stand for; brings half-value layers of the
computed spectra to the measured ones, EUREF's table (found), within its tolerance."""

OUTPUT_SHARE = 14.7 / 21.5
"""Measured tube output over the table's; source: 14.7 uGy/mAs at 1 m, W/Rh 30 kV,
NHSBSP 1306 (found), against 21.5 of spekpy behind the inherent filter (derived)."""

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
            known = sorted({n.split("@")[0] for n in columns if "@" in n})
            raise NotFound(
                f"no spectrum {name!r} kV; there are {', '.join(known)}, 24 to 35 kV, "
                "and W/Cu 40 to 49 kV"
            )
    mixed = columns[names[0]] * (1 - (kv - low)) + columns[names[1]] * (kv - low)
    inherent = INHERENT_MM * per_mm("aluminium")
    through = np.exp(-PADDLE_MM * per_mm("pmma") - inherent)
    behind: Floats = mixed * OUTPUT_SHARE * through
    return behind


def absorbed(material: str = "selenium", layer_mm: float = SELENIUM_MM) -> Floats:
    """Return the share of photons that the panel absorbs, by energy bin."""
    share: Floats = 1 - np.exp(-layer_mm * per_mm(material))
    return share


def weights(beam: str, kv: float, caught: Floats | None = None) -> tuple[Floats, Ints]:
    """Return the share of the air signal of each used bin, and which bins are used.

    The panel integrates energy; `caught` is what it absorbs, the plain selenium
    panel's if not given. Bins with less than 1e-5 of the signal are dropped.
    """
    caught = absorbed() if caught is None else caught
    signal = photons(beam, kv) * caught * energies_kev()
    used = np.flatnonzero(signal > 1e-5 * signal.sum())
    return signal[used] / signal[used].sum(), used
