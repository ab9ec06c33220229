"""Dips of calibre along a run, measured against free duct on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.ndimage import find_objects, label, percentile_filter

from galactograph.finders._calipers import dense_mm, outline_mm
from galactograph.finders._column import STEP_MM, Column, fill_where, odd
from galactograph.values.arrays import Bools, Floats, Ints

_FLANK_MM = 2.5
"""Duct on either side that a throat is compared with. source: assumed."""


_REACH_MM = 5.0
"""How far off free duct is looked for on either side. source: assumed."""

_LEAST_BESIDE = 5
"""Stations of duct on a side: half a millimetre. source: assumed."""

_BINS_MM = (0.0, 0.35, 0.45, 0.6, 0.8, 1.2, 2.0, 99.0)
"""Ducts of like calibre scatter alike. source: design."""

_LEAST_STATIONS = 100
"""A centimetre of duct, for a spread that holds. source: assumed."""

_UNKNOWN_SCATTER = 0.1
"""Where there are fewer. source: measured on simulated development studies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Which dips are weighed; what they are is left to their signs.

    Attributes
    ----------
    most_ratio
        Calibre by contrast over that of the narrower neighbour. source: design page
        (0.6 is narrow), and a margin for what blur and slant fill up, assumed.
    throat
        The throat reaches as far as the ratio is below this. source: assumed.
    least_mm, most_mm
        Length. source: design page (0.5 mm), less one station on either side; longer
        than 15 mm is a thin duct, assumed.
    reaches_mm
        Half the length of dip that the neighbours are looked for beyond, in turn.
        source: 0.6 mm for short throats, the rest for encasements, assumed.
    least_calibre_mm
        Of the neighbours: four pixels. source: assumed.
    least_walled
        Share of the throat where both walls are seen. source: assumed.
    least_scatters
        Depth of the dip in log calibre over the scatter of ducts like it.
        source: assumed, half of what would be told on its own.
    """

    most_ratio: float = 0.7
    throat: float = 0.75
    least_mm: float = 0.3
    most_mm: float = 15.0
    reaches_mm: tuple[float, ...] = (0.6, 1.2, 2.5, 6.0)
    least_calibre_mm: float = 0.32
    least_walled: float = 0.3
    least_scatters: float = 2.0


@dataclass(frozen=True, slots=True)
class Scatter:
    """Usual spread of log calibre about its neighbours, by calibre."""

    levels: tuple[float, ...]

    def at(self, calibre_mm: float) -> float:
        """Return the spread for ducts of `calibre_mm`."""
        number = int(np.searchsorted(_BINS_MM[1:-1], calibre_mm, side="right"))
        return max(self.levels[number], 0.02)


@dataclass(frozen=True, kw_only=True, eq=False)
class Throat:
    """One dip in calibre: stations of the column, and what is known of it.

    `sides` are the stations of duct before and beyond; `scatters` is its depth in log
    calibre over the scatter of ducts like it.
    """

    column: Column
    first: int
    last: int
    ratio: float
    outline: float
    beside_mm: float
    uneven: float
    scatters: float
    sides: tuple[Ints, Ints]

    @property
    def length_mm(self) -> float:
        return (self.last - self.first + 1) * STEP_MM


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One column (N stations) and its calibres, by contrast and by outline."""

    column: Column
    dense_mm: Floats
    outline_mm: Floats


def run_of(column: Column) -> Run:
    """Return a column with its calibres measured."""
    return Run(column=column, dense_mm=dense_mm(column), outline_mm=outline_mm(column))


def throats(
    run: Run, reach_mm: float, usual: Scatter, settings: Settings
) -> Iterator[Throat]:
    """Yield the dips of one run whose neighbours lie `reach_mm` away and more."""
    beside = _beside(run.dense_mm, run.column.clear, reach_mm)
    ratio = run.dense_mm / np.maximum(beside, 1e-6)
    ratio[beside < settings.least_calibre_mm] = 1.0
    regions, _ = label(ratio < settings.throat)
    for (inside,) in find_objects(regions):
        length = (inside.stop - inside.start) * STEP_MM
        deep = float(ratio[inside].min()) <= settings.most_ratio
        if deep and settings.least_mm <= length <= settings.most_mm:
            throat = _measured(run, inside, usual)
            if throat is not None and _is_deep(throat, settings):
                yield throat


def _is_deep(throat: Throat, settings: Settings) -> bool:
    """Return True if a dip is deep enough to be weighed."""
    rows = slice(throat.first, throat.last + 1)
    return (
        throat.ratio <= settings.most_ratio
        and throat.scatters >= settings.least_scatters
        and float(throat.column.walled[rows].mean()) >= settings.least_walled
    )


def _measured(run: Run, inside: slice, usual: Scatter) -> Throat | None:
    """Return a dip against duct on both sides; None where there is none."""
    sides = sides_of(run.column, inside)
    if sides is None:
        return None
    each, edges = (
        [float(np.median(line[side])) for side in sides]
        for line in (run.dense_mm, run.outline_mm)
    )
    beside, edge = min(each), min(edges)
    ratio = float(np.percentile(run.dense_mm[inside], 20)) / max(beside, 1e-6)
    return Throat(
        column=run.column,
        first=inside.start,
        last=inside.stop - 1,
        ratio=ratio,
        outline=float(np.percentile(run.outline_mm[inside], 20)) / max(edge, 1e-6),
        beside_mm=beside,
        uneven=float(np.log(max(each) / max(beside, 1e-6))),
        scatters=float(-np.log(max(ratio, 0.05))) / usual.at(beside),
        sides=sides,
    )


def sides_of(column: Column, inside: slice) -> tuple[Ints, Ints] | None:
    """Return the nearest stations of duct on either side of a dip, free duct first.

    Where a thin duct leaves a wide one, or passes under it, both seem to narrow
    beyond: forks and crossings are a poor yardstick, and taken where there is no other.
    """
    free = column.walled & ~column.overlap
    reach, most = round(_REACH_MM / STEP_MM), round(_FLANK_MM / STEP_MM)
    sides = []
    for side in (
        np.arange(inside.start - 3, max(inside.start - 3 - reach, -1), -1),
        np.arange(inside.stop + 2, min(inside.stop + 2 + reach, len(free))),
    ):
        if len(side) < _LEAST_BESIDE:
            return None
        found = side[free[side]][:most]
        if len(found) < most // 3:
            found = side[column.walled[side]][: most // 2]
        if len(found) < _LEAST_BESIDE:
            return None
        sides.append(found)
    return sides[0], sides[1]


def _beside(values: Floats, clear: Bools, reach_mm: float) -> Floats:
    """Return the lesser of `values` (N,) on both sides; 0 if one is missing."""
    even = fill_where(values, clear)
    size = odd(_FLANK_MM)
    middle = percentile_filter(even, 60, size=size, mode="nearest")
    away = round(reach_mm / STEP_MM) + size // 2
    at = np.arange(len(even))
    # A flank needs a few stations of duct; what is missing repeats the last.
    left, right = at - away, at + away
    most = size // 2 - _LEAST_BESIDE
    whole = (left >= -most) & (right < len(even) + most)
    lesser = np.minimum(
        middle[np.clip(left, 0, len(even) - 1)],
        middle[np.clip(right, 0, len(even) - 1)],
    )
    return np.where(whole, lesser, 0.0)


def usual_scatter(runs: list[Run], settings: Settings) -> Scatter:
    """Return how far log calibre strays from its neighbours in ducts like these.

    Taken over all runs of the view, by calibre: a diseased segment is a part of a
    lobe, and must not be its own yardstick.
    """
    calibres: list[Floats] = [np.zeros(0)]
    strays: list[Floats] = [np.zeros(0)]
    for run in runs:
        beside = _beside(run.dense_mm, run.column.clear, settings.reaches_mm[0])
        good = run.column.clear & (beside > 0)
        ratio = run.dense_mm[good] / beside[good]
        calibres.append(beside[good])
        strays.append(np.abs(np.log(np.clip(ratio, 0.05, 20.0))))
    every: Floats = np.concatenate(calibres)
    stray: Floats = np.concatenate(strays)
    levels = []
    for low, high in pairwise(_BINS_MM):
        inside = (every >= low) & (every < high)
        enough = int(inside.sum()) >= _LEAST_STATIONS
        levels.append(
            1.4826 * float(np.median(stray[inside])) if enough else _UNKNOWN_SCATTER
        )
    return Scatter(tuple(levels))
