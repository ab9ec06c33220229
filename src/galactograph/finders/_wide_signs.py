"""The signs by which a wide stretch of duct is weighed as an ectasia.

An ectatic duct is one lumen: walls on both sides, contrast as deep as it is wide and
rounded across, narrower ducts before and beyond or ducts as wide elsewhere in its
system. Two ducts side by side, or one across another, hold too little and are peaked;
a cloud of parenchyma has no walls; the ampulla behind the nipple is wide by nature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from galactograph.finders._chances import Signs, bound, log
from galactograph.finders._column import STEP_MM, Column
from galactograph.finders._confidence import quality
from galactograph.finders._lumen import Settings as Lumen
from galactograph.finders._lumen import edge_mm, form
from galactograph.values.arrays import Floats
from galactograph.values.report import Reading
from galactograph.values.study import GreyScale

_BESIDE_MM = 4.0
"""How far before and beyond a stretch its neighbours are looked at. source: assumed."""

_LUMEN = Lumen()


@dataclass(frozen=True, kw_only=True, eq=False)
class Stretch:
    """A wide part of one column.

    Attributes
    ----------
    first, last
        Its stations in the column.
    widest_mm, over
        Calibre, and calibre over its limit, 90th percentiles.
    calibre_mm : (N,)
        Of the whole column, smooth.
    near
        Share of its stations that lie within reach of the ampulla.
    """

    column: Column
    first: int
    last: int
    widest_mm: float
    over: float
    calibre_mm: Floats
    near: float

    @property
    def rows(self) -> slice:
        """Its stations."""
        return slice(self.first, self.last + 1)

    @property
    def length_mm(self) -> float:
        """Its length along the duct."""
        return (self.last - self.first + 1) * STEP_MM


def signs(reading: Reading, stretch: Stretch, others: Sequence[Stretch]) -> Signs:
    """Return the signs of one stretch by name; `others` are those of its system."""
    column, rows = stretch.column, stretch.rows
    misshaped, peaked = _forms(reading, column, rows)
    before, beyond = _sides(stretch)
    beside = sum(o.length_mm for o in others if o is not stretch)
    return {
        "over": log(stretch.over, 1, 2.5),
        "length": log(stretch.length_mm, 1, 40),
        "calibres": log(stretch.length_mm / stretch.widest_mm, 0.3, 10),
        "sigma": log(float(np.median(column.strip.sigma_mm)), 0.01, 0.5),
        "walled": float(column.walled[rows].mean()),
        "support": float(column.support[:, rows].min(0).mean()),
        "overlap": float(column.overlap[rows].mean()),
        "depth": log(depth(reading, column, rows), 0.2, 2),
        "filled": log(float(np.median(column.filled[rows])), 0.2, 2),
        "misshaped": log(misshaped / _LUMEN.most_misshaped, 0.3, 5),
        "peaked": log(peaked / _LUMEN.most_peaked, 0.7, 2),
        "edge": _edge(stretch),
        "before": before,
        "beyond": beyond,
        "near": stretch.near,
        "others": float(np.log1p(min(beside, 60.0))),
        "quality": log(quality(reading), 0.1, 1),
    }


def depth(reading: Reading, column: Column, rows: slice) -> float:
    """Return depth of contrast over calibre; 1 where grey is not linear."""
    if reading.view.grey_scale is GreyScale.DISPLAY or reading.opacity_per_mm <= 0:
        return 1.0
    strip = column.strip
    # The column's offsets are its own; the strip's excess lies on the strip's.
    middle = np.abs(strip.u_mm) < 0.2
    held = np.median(
        np.asarray(strip.excess, float)[column.station[rows]][:, middle], axis=1
    )
    deep = held / reading.opacity_per_mm
    return float(np.median(deep / np.maximum(2 * column.radius_mm[rows], 1e-6)))


def _forms(reading: Reading, column: Column, rows: slice) -> tuple[float, float]:
    """Return how misshaped and how peaked cross-sections are; a lumen's if not known.

    A defect misshapes a part of a stretch, a second duct nearly all of it: of the first
    the lower quartile, of the second the median.
    """
    usual = (_LUMEN.most_misshaped / 2, _LUMEN.most_peaked)
    if reading.view.grey_scale is GreyScale.DISPLAY:
        return usual
    thickness = gaussian_filter(column.thickness_mm[rows], (3.0, 1.0))
    forms = np.array(
        [
            form(section, column.u_mm, float(radius))
            for section, radius in zip(thickness, column.radius_mm[rows], strict=True)
        ]
    )
    forms = forms[np.isfinite(forms).all(1)]
    if not len(forms):
        return usual
    return float(np.percentile(forms[:, 0], 25)), float(np.median(forms[:, 1]))


def _edge(stretch: Stretch) -> float:
    """Return the log of how soft the walls are, over those of a round lumen."""
    profile = np.median(stretch.column.thickness_mm[stretch.rows], axis=0)
    edge = edge_mm(profile, stretch.column.u_mm, stretch.widest_mm)
    usual = _LUMEN.edge_of_radius * stretch.widest_mm / 2 + _LUMEN.blur_mm
    return log(edge / usual, 0.5, 4)


def _sides(stretch: Stretch) -> tuple[float, float]:
    """Return the log of its calibre over that before and beyond it; 0 if none is."""
    reach = round(_BESIDE_MM / STEP_MM)
    sides = (
        slice(max(stretch.first - reach, 0), max(stretch.first - 1, 0)),
        slice(stretch.last + 2, stretch.last + 1 + reach),
    )
    ratios = []
    for side in sides:
        calibres = stretch.calibre_mm[side]
        beside = float(np.median(calibres)) if len(calibres) else stretch.widest_mm
        ratios.append(bound(np.log(stretch.widest_mm / max(beside, 0.1)), 0, 2))
    return ratios[0], ratios[1]
