"""Contrast agents: how thick they are, and what the cannula makes of that."""

from __future__ import annotations

import math

import numpy as np

from galactograph.errors import InvalidValue
from galactograph.values.procedure import Injection

VISCOSITY = {
    "iohexol": (
        (0.0, 1.00, 0.69),
        (140.0, 2.3, 1.5),
        (180.0, 3.1, 2.0),
        (240.0, 5.8, 3.4),
        (300.0, 11.8, 6.3),
        (350.0, 20.4, 10.4),
    ),
    "iopamidol": (
        (0.0, 1.00, 0.69),
        (200.0, 3.3, 2.0),
        (300.0, 8.8, 4.7),
        (370.0, 20.9, 9.4),
    ),
    "iodixanol": (
        (0.0, 1.00, 0.69),
        (270.0, 12.7, 6.3),
        (320.0, 26.6, 11.8),
    ),
}
"""mg/mL of iodine, and mPa s at 20 and at 37 degrees; 0 is water.

source: iohexol, and iopamidol 300 at 37 degrees, from labels (found: design); the rest
of iopamidol and iodixanol from labels (remembered); water (remembered).
"""

BORE_MM = {24: 0.31, 25: 0.26, 26: 0.26, 27: 0.21, 28: 0.184, 30: 0.159, 31: 0.133}
"""Inner diameter by gauge, regular wall; source: needle table (remembered)."""

PA_PER_MMHG = 133.322
"""Pascals in a millimetre of mercury."""


def viscosity_mpas(agent: str, iodine_mg_ml: float, temperature_c: float) -> float:
    """Return the viscosity of an agent, mPa s.

    Between the labelled strengths and temperatures its logarithm is linear.

    Examples
    --------
    >>> round(viscosity_mpas("iohexol", 300, 37), 2)
    6.3
    """
    if agent not in VISCOSITY:
        known = ", ".join(VISCOSITY)
        raise InvalidValue(f"agent must be one of {known}, got {agent}")
    rows = np.array(VISCOSITY[agent])
    logs = [np.interp(iodine_mg_ml, rows[:, 0], np.log(rows[:, k])) for k in (1, 2)]
    if iodine_mg_ml > rows[-1, 0]:
        # Beyond the strongest label the last slope goes on.
        steps = np.diff(np.log(rows[-2:, 1:]), axis=0)[0] / np.diff(rows[-2:, 0])
        logs = [
            float(x + s * (iodine_mg_ml - rows[-1, 0]))
            for x, s in zip(logs, steps, strict=True)
        ]
    warmth = (temperature_c - 20) / 17
    return math.exp(logs[0] + (logs[1] - logs[0]) * warmth)


def line_mmhg(injection: Injection) -> float:
    """Return the pressure that the cannula costs: what the thumb feels, not the duct.

    Poiseuille's law.

    Examples
    --------
    >>> cold = Injection(temperature_c=20.0)  # 30 G, iohexol 300, 0.01 mL/s
    >>> 1350 < line_mmhg(cold) < 1450
    True
    """
    if injection.gauge not in BORE_MM:
        known = ", ".join(map(str, BORE_MM))
        raise InvalidValue(f"gauge must be one of {known}, got {injection.gauge}")
    thick = viscosity_mpas(
        injection.agent, injection.iodine_mg_ml, injection.temperature_c
    )
    pascal = (
        128 * thick * 1e-3 * injection.cannula_mm * injection.rate_ml_s * 1000
    ) / (math.pi * BORE_MM[injection.gauge] ** 4)
    return pascal / PA_PER_MMHG
