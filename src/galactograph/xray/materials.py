"""Attenuation of breast tissue, contrast and detector, by photon energy."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import numpy as np

from galactograph.errors import NotFound
from galactograph.values.arrays import Floats

SKIN_AS_GLAND = 1.05
"""Skin in millimetres of gland; source: 0.837 / 0.801 per cm at 20 keV (derived)."""


@cache
def table(name: str) -> dict[str, Floats]:
    """Load a table that ships with the package, column by column.

    The first line of the file names its source.
    """
    text = (files("galactograph") / "data" / f"{name}.csv").read_text("utf-8")
    rows = list(csv.reader(text.splitlines()[1:]))
    numbers = np.array(rows[1:], float)
    numbers.flags.writeable = False
    return dict(zip(rows[0], numbers.T, strict=True))


def energies_kev() -> Floats:
    """Return the centres of the energy bins, 1 keV wide."""
    return table("attenuation")["kev"]


def per_mm(material: str) -> Floats:
    """Return linear attenuation at each energy, 1/mm.

    For "iodine": per mm and per mg/mL, on top of water.

    Examples
    --------
    >>> bool(per_mm("glandular")[14] > per_mm("adipose")[14])
    True
    """
    columns = table("attenuation")
    if material not in columns or material == "kev":
        known = ", ".join(sorted(set(columns) - {"kev"}))
        raise NotFound(f"no material {material!r}; there are: {known}")
    return columns[material]
