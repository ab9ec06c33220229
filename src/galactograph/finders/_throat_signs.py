"""The signs by which a dip of calibre is weighed as a narrowing.

A narrowing takes contrast and outline alike, keeps to the axis of its duct, is a duct
of full depth on both sides, and swells again. A body in the lumen leaves the outline, a
fork leaves one side thinner, noise has no form, parenchyma no walls.
"""

from __future__ import annotations

import numpy as np

from galactograph.finders._chances import Signs, bound, log
from galactograph.finders._column import STEP_MM
from galactograph.finders._confidence import quality
from galactograph.finders._lumen import edge_mm
from galactograph.finders._throats import Run, Throat
from galactograph.values.arrays import Floats, Ints
from galactograph.values.report import Reading
from galactograph.values.study import GreyScale

_ROUND_MM = 2.5
"""Half the stretch over which the form of a dip is looked at. source: assumed."""

_SIGMA_MM = 0.8
"""A throat is a bell of about this spread. source: as the phantom makes stenoses; few
measured throats are published, assumed."""

_NEAR_NIPPLE_MM = 9.0
"""Here the background steps. source: as for missing contrast"""


def signs(reading: Reading, run: Run, throat: Throat) -> Signs:
    """Return the signs of one dip by name."""
    column = throat.column
    rows = slice(throat.first, throat.last + 1)
    middle = (throat.first + throat.last) // 2
    before, beyond = throat.sides
    calibre = max(throat.ratio * throat.beside_mm, 0.05)
    both = np.concatenate([before, beyond])
    strip = column.strip
    return {
        "ratio": log(throat.ratio, 0.15, 0.8),
        "outline": log(throat.outline, 0.15, 1.2),
        "uneven": bound(throat.uneven, 0, 1),
        "beside": log(throat.beside_mm, 0.3, 3),
        "length": log(throat.length_mm, 0.3, 10),
        "scatters": log(throat.scatters, 1, 8),
        "clear": log(calibre / max(column.noise_mm, 1e-3), 0.5, 30),
        "held": log(_held(throat) / max(column.noise_mm, 1e-3), 0.5, 60),
        "walled": float(column.walled[rows].mean()),
        "overlap": float(column.overlap[rows].mean()),
        "free": float((~column.overlap[both]).mean()),
        "beside_walled": float(column.support[:, both].min(0).mean()),
        "aside": _aside(throat),
        "bell": _bell(run.dense_mm, middle),
        "bell_outline": _bell(run.outline_mm, middle),
        "start": bound(middle * STEP_MM, 0, 5),
        "end": bound((len(column.s_mm) - middle) * STEP_MM, 0, 5),
        "edge": _edges(throat),
        "depth": _depth(reading, throat, both),
        "steady": _steady(run, throat),
        "quality": log(quality(reading), 0.1, 1),
        "nipple": float(strip.from_nipple_mm[column.station[middle]] < _NEAR_NIPPLE_MM),
    }


def _held(throat: Throat) -> float:
    """Return the least contrast of the throat's middle, mm."""
    rows = throat.column.thickness_mm[throat.first : throat.last + 1]
    inside = np.abs(throat.column.u_mm) <= max(throat.beside_mm / 2, 0.15)
    return float(np.percentile(rows[:, inside].max(1), 20))


def _aside(throat: Throat) -> float:
    """Return how far what the throat holds lies from the axis, in radii."""
    column = throat.column
    rows = column.thickness_mm[throat.first : throat.last + 1].mean(0)
    radius = float(column.radius_mm[throat.first : throat.last + 1].mean())
    held = np.where(np.abs(column.u_mm) <= radius, np.maximum(rows, 0), 0)
    middle = abs(float((held * column.u_mm).sum() / max(float(held.sum()), 1e-9)))
    return bound(middle / max(radius, throat.beside_mm / 2), 0, 1)


def _bell(calibre_mm: Floats, middle: int) -> float:
    """Return how well log calibre follows a bell about a station, in [-1, 1]."""
    reach = round(_ROUND_MM / STEP_MM)
    at = np.arange(max(middle - reach, 0), min(middle + reach + 1, len(calibre_mm)))
    if len(at) < reach:
        return 0.0
    line = np.log(np.maximum(calibre_mm[at], 0.05))
    form = -np.exp(-(((at - middle) * STEP_MM / _SIGMA_MM) ** 2) / 2)
    if line.std() < 1e-9:
        return 0.0
    return float(np.corrcoef(line, form)[0, 1])


def _edges(throat: Throat) -> float:
    """Return the softer wall of the duct beside a throat, over that of a lumen.

    1 where contrast falls as at the wall of a round lumen, blur included; the log.
    """
    column = throat.column
    worst = 0.0
    for side in throat.sides:
        profile = np.median(column.thickness_mm[side], axis=0)
        calibre = 2 * float(np.max(column.radius_mm[side]))
        edge = edge_mm(profile, column.u_mm, calibre)
        worst = max(worst, edge / (0.31 * calibre / 2 + 0.12))
    return log(worst, 0.5, 4)


def _depth(reading: Reading, throat: Throat, both: Ints) -> float:
    """Return the log of depth over width of the duct beside; 0 for a round one."""
    if reading.view.grey_scale is GreyScale.DISPLAY or reading.opacity_per_mm <= 0:
        return 0.0
    strip, stations = throat.column.strip, throat.column.station[both]
    inside = np.abs(strip.u_mm) <= max(throat.beside_mm / 2, 0.1)
    profile = np.median(np.asarray(strip.excess, float)[stations], axis=0)
    held = float(profile[inside].max()) / reading.opacity_per_mm
    return log(held / throat.beside_mm, 0.2, 2)


def _steady(run: Run, throat: Throat) -> float:
    """Return how alike both measures are along the duct beside: spread of their log."""
    both = np.concatenate(throat.sides)
    apart = np.log(
        np.maximum(run.dense_mm[both], 0.05) / np.maximum(run.outline_mm[both], 0.05)
    )
    return log(float(np.std(apart)), 0.02, 1)
