"""The range and unit of every number of an `Anatomy` that may be set."""

from __future__ import annotations

from dataclasses import dataclass

from galactograph.errors import InvalidValue


@dataclass(frozen=True)
class Limit:
    """Least and most of a number, its unit, and whether it must be whole."""

    least: float
    most: float
    unit: str
    whole: bool = False

    def check(self, name: str, value: object) -> None:
        """Refuse a value outside; None, for drawn, passes.

        Raises
        ------
        InvalidValue
            In one sentence that names the range and the unit.
        """
        if value is None:
            return
        kinds = int if self.whole else (int, float)
        if not isinstance(value, kinds) or isinstance(value, bool):
            kind = "a whole number" if self.whole else "a number"
            raise InvalidValue(f"{name} must be {kind}, got {value!r}")
        if not self.least <= value <= self.most:
            unit = f" {self.unit}" if self.unit else ""
            raise InvalidValue(
                f"{name} must be in {self.least:g}..{self.most:g}{unit}, got {value:g}"
            )


LIMITS: dict[str, Limit] = {
    "lesion_size_mm": Limit(0.2, 40, "mm"),
    "age_years": Limit(18, 100, "years", whole=True),
    "density": Limit(0.005, 0.9, "(a fraction)"),
    "volume_ml": Limit(40, 3000, "mL"),
    "thickness_mm": Limit(15, 110, "mm"),
    "radius_mm": Limit(15, 150, "mm"),
    "depth_mm": Limit(15, 150, "mm"),
    "bubbles": Limit(0, 50, "", whole=True),
    "debris": Limit(0, 20, "", whole=True),
    "lobes": Limit(1, 25, "", whole=True),
    "blind_ducts": Limit(0, 40, "", whole=True),
    "share": Limit(0.01, 0.95, "(a fraction)"),
    "branches": Limit(1, 6000, "", whole=True),
    "ductules": Limit(0, 30, "", whole=True),
    "trunk_mm": Limit(0.3, 6, "mm"),
    "terminal_mm": Limit(0.1, 0.4, "mm"),
    "sinus_mm": Limit(0, 8, "mm"),
    "murray": Limit(2, 4, ""),
    "curl": Limit(0, 0.2, "(relative to length)"),
    "loops": Limit(0, 10, "", whole=True),
    "strands": Limit(0, 5, "(times the usual)"),
    "texture": Limit(0, 5, "(times the usual)"),
}
"""Wider than anything drawn; source: what the kernels can take (assumed)."""
