"""Tomosynthesis units as numbers: arc, panel and beam."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

from galactograph.errors import InvalidValue, NotFound
from galactograph.values.procedure import Exposure


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One class of tomosynthesis unit.

    Attributes
    ----------
    views
        Projections of one sweep.
    arc_deg
        From the first tube position to the last, about the pivot.
    panel_arc_deg
        The same of the panel, about its surface; 0 if it stands still.
    source_to_detector_mm, pivot_mm, air_gap_mm
        Tube to panel; pivot above the panel; underside of the breast above the panel.
    pixel_mm, rows, columns
        As read out for tomosynthesis.
    travel_deg
        Arc that the tube goes on through during each projection; 0 if it stops.
    beam
        Anode and filter; no grid.
    dose_ratio
        Charge of the whole sweep over that of one mammogram.
    sources
        Where each number is from.
    """

    name: str
    title: str
    views: int
    arc_deg: float
    source_to_detector_mm: float
    pivot_mm: float
    air_gap_mm: float
    pixel_mm: float
    rows: int
    columns: int
    panel_arc_deg: float = 0.0
    travel_deg: float = 0.0
    beam: str = "W/Rh"
    dose_ratio: float = 1.0
    sources: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.views < 2 or not 0 < self.arc_deg <= 90:
            raise InvalidValue(
                "a sweep has views >= 2 and arc_deg in (0, 90], "
                f"got {self.views} and {self.arc_deg}"
            )

    def sweep(self, shot: Exposure) -> tuple[Exposure, ...]:
        """Return the exposures of one sweep, by growing angle.

        Parameters
        ----------
        shot
            The mammogram that the sweep takes the place of: its view, contrast, kV,
            and mAs.
        """
        step = self.arc_deg / (self.views - 1)
        panel = self.panel_arc_deg / (self.views - 1)
        middle = (self.views - 1) / 2
        plain = replace(
            shot,
            rows=self.rows,
            columns=self.columns,
            pixel_mm=self.pixel_mm,
            source_to_detector_mm=self.source_to_detector_mm,
            air_gap_mm=self.air_gap_mm,
            pivot_mm=self.pivot_mm,
            travel_deg=self.travel_deg,
            beam=self.beam,
            mas=shot.mas * self.dose_ratio / self.views,
            grid=False,
            magnification=1.0,
        )
        return tuple(
            replace(
                plain, angle_deg=step * (k - middle), panel_deg=panel * (k - middle)
            )
            for k in range(self.views)
        )


@cache
def machines() -> dict[str, Machine]:
    """Return the units that ship with the package, by name."""
    text = (files("galactograph") / "tomo" / "machines.toml").read_text("utf-8")
    return {name: _machine(name, told) for name, told in tomllib.loads(text).items()}


def _machine(name: str, told: dict[str, Any]) -> Machine:
    numbers = {key: item for key, item in told.items() if key != "title"}
    return Machine(
        name=name,
        title=told["title"],
        sources={key: item["source"] for key, item in numbers.items()},
        **{key: item["value"] for key, item in numbers.items()},
    )


def machine(name: str) -> Machine:
    """Return one unit.

    Examples
    --------
    >>> machine("siemens").views
    25
    """
    known = machines()
    if name not in known:
        raise NotFound(f"no machine {name!r}; there are: {', '.join(sorted(known))}")
    return known[name]
