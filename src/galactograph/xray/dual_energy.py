"""Two beams, below and above iodine's K edge: ducts without anatomy.

The high beam sees iodine almost as well as the low one (33.2 keV lies below its mean
energy) and hardly tells gland from fat. High less a share of low leaves iodine.

source: low 26 to 32 kV, high 45 to 49 kV with copper (found in the design); dose of
the high picture a quarter to a third of the low (remembered).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from galactograph.errors import InvalidValue
from galactograph.values.procedure import Exposure
from galactograph.xray import dose
from galactograph.xray.exposure import caught, panel_settings
from galactograph.xray.materials import per_mm
from galactograph.xray.spectra import weights

Pixels = NDArray[np.float32]

HIGH_BEAM, HIGH_KV = "W/Cu", 49.0
"""Tungsten behind 0.3 mm copper; source: design (found)."""

HIGH_SHARE = 0.35
"""Glandular dose of the high picture over that of the low one; remembered."""

MEASURED_AT = (0.2, 0.6)
"""Glandular fractions between which the weight cancels the difference; assumed."""

STANDARD_MM = 50.0
"""Breast for which the high mAs is set."""


def high(low: Exposure) -> Exposure:
    """Return the high exposure that goes with a low one.

    The same panel and place; its mAs gives HIGH_SHARE of the low one's dose.
    """
    one = replace(low, beam=HIGH_BEAM, kv=HIGH_KV, mas=1.0)
    wanted = HIGH_SHARE * dose.mean_glandular_dose_mgy(low, STANDARD_MM, 0.5)
    per_mas = dose.mean_glandular_dose_mgy(one, STANDARD_MM, 0.5)
    return replace(one, mas=round(wanted / per_mas, 1))


def is_high(exposure: Exposure) -> bool:
    """Tell whether an exposure is a high one."""
    return exposure.beam == HIGH_BEAM


def seen(exposure: Exposure, thickness_mm: float, share: float, iodine: float) -> float:
    """Return log attenuation behind plain tissue, scatter left out.

    Parameters
    ----------
    exposure
        Beam and panel.
    thickness_mm, share
        Of the tissue, and its glandular share by volume, in [0, 1].
    iodine
        In the way, mm mg/mL.
    """
    weight, used = weights(exposure.beam, exposure.kv, caught(panel_settings(exposure)))
    tissue = (1 - share) * per_mm("adipose") + share * per_mm("glandular")
    depth = tissue[used] * thickness_mm + per_mm("iodine")[used] * iodine
    return float(-np.log((weight * np.exp(-depth)).sum()))


def cancelling_weight(low: Exposure, high: Exposure, thickness_mm: float) -> float:
    """Return the share of the low picture that cancels gland against fat.

    Examples
    --------
    >>> low = Exposure(kv=28)
    >>> 0.2 < cancelling_weight(low, high(low), 50) < 0.35
    True
    """
    less, more = MEASURED_AT
    below = seen(low, thickness_mm, more, 0) - seen(low, thickness_mm, less, 0)
    above = seen(high, thickness_mm, more, 0) - seen(high, thickness_mm, less, 0)
    return above / below


def iodine_per_mm(low: Exposure, high: Exposure, thickness_mm: float) -> float:
    """Return what one mg/mL of iodine adds to the subtracted picture, 1/mm.

    Behind half glandular tissue, for a little iodine.
    """
    weight = cancelling_weight(low, high, thickness_mm)
    little = 10.0
    above, below = (
        seen(e, thickness_mm, 0.5, little) - seen(e, thickness_mm, 0.5, 0)
        for e in (high, low)
    )
    return (above - weight * below) / little


def subtract(low: Pixels, high: Pixels, weight: float) -> Pixels:
    """Return high less `weight` times low, both log attenuation.

    Air is 0; iodine is bright; gland and fat are alike.
    """
    if low.shape != high.shape:
        raise InvalidValue(
            f"both pictures must have one shape, got {low.shape} and {high.shape}"
        )
    left: Pixels = high - np.float32(weight) * low
    return left
