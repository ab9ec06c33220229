"""Mammography units by class: panel, geometry and technique, from a table.

The classes are named after the maker whose published figures they follow; they are
not models of a product.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from galactograph.errors import NotFound
from galactograph.xray.detector import Settings


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One class of unit.

    Attributes
    ----------
    detector
        The panel and the grid.
    pixel_mm, rows, columns, source_to_detector_mm, air_gap_mm
        As in `Exposure`.
    dose_mgy
        Mean glandular dose to a half glandular breast of 50 mm, at which exposure
        control is set.
    technique
        (from mm, kV, beam), thin to thick.
    """

    name: str
    label: str
    detector: Settings
    pixel_mm: float
    rows: int
    columns: int
    source_to_detector_mm: float
    air_gap_mm: float
    dose_mgy: float
    technique: tuple[tuple[float, float, str], ...]

    def beam(self, thickness_mm: float) -> tuple[float, str]:
        """Return kV, and anode and filter, for a thickness."""
        fits = [row for row in self.technique if thickness_mm >= row[0]]
        return fits[-1][1], fits[-1][2]


@cache
def units() -> dict[str, Unit]:
    """Return every unit of the table, by name."""
    text = (files("galactograph") / "data" / "vendors.toml").read_text("utf-8")
    found = {}
    for name, row in tomllib.loads(text).items():
        detector = Settings(
            material=row["material"],
            layer_mm=row["layer_mm"],
            packing=row["packing"],
            spread=tuple((float(w), float(f)) for w, f in row["spread"]),
            noise=tuple((float(w), float(f)) for w, f in row["noise"]),
            information=row["information"],
            read_photons=row["read_photons"],
            structure=row["structure"],
        )
        found[name] = Unit(
            name=name,
            label=row["label"],
            detector=detector,
            pixel_mm=row["pixel_mm"],
            rows=row["rows"],
            columns=row["columns"],
            source_to_detector_mm=row["source_to_detector_mm"],
            air_gap_mm=row["air_gap_mm"],
            dose_mgy=row["dose_mgy"],
            technique=tuple((float(t), float(k), b) for t, k, b in row["technique"]),
        )
    return found


def unit(name: str) -> Unit:
    """Return the unit called `name`, such as "ge".

    Examples
    --------
    >>> unit("ge").pixel_mm
    0.1
    """
    known = units()
    if name not in known:
        raise NotFound(f"no vendor {name!r}; there are: {', '.join(known)}")
    return known[name]
