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

_BINS_MM = (0.0, 0.45, 0.6, 0.8, 1.2, 2.0, 99.0)
"""Ducts of like calibre scatter alike. source: design."""

_LEAST_STATIONS = 100
"""A centimetre of duct, for a spread that holds. source: assumed."""

_UNKNOWN_SCATTER = 0.1
"""Where there are fewer. source: measured on simulated development studies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What counts as a narrowing.

    Attributes
    ----------
    most_ratio, most_outline
        Calibre over that of the narrower neighbour, by contrast and by outline.
        source: design page (0.6); the outline of a throat near the size of the blur
        keeps more, assumed.
    throat
        The throat reaches as far as the ratio is below this. source: assumed.
    least_mm, most_mm
        Length. source: design page (0.5 mm); longer than 15 mm is a thin duct, assumed.
    reaches_mm
        Half the length of dip that the neighbours are looked for beyond, in turn.
        source: 0.6 mm for short throats, the rest for encasements, assumed.
    least_calibre_mm
        Of the neighbours. source: design page (0.4 mm, and a margin), assumed.
    least_throat_mm
        Calibre of the throat: three times the blur, below which a gap in the trace
        looks the same. source: derived.
    least_walled
        Share of the throat where both walls are seen. source: assumed.
    least_scatters
        Depth of the dip in log calibre over the scatter along the run.
        source: assumed; white noise passes it once in thousands of stations.
    """

    most_ratio: float = 0.6
    most_outline: float = 0.75
    throat: float = 0.75
    least_mm: float = 0.5
    most_mm: float = 15.0
    reaches_mm: tuple[float, ...] = (0.6, 2.5, 6.0)
    least_calibre_mm: float = 0.45
    least_walled: float = 0.6
    least_throat_mm: float = 0.2
    least_scatters: float = 4.0


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
    """One dip in calibre: stations of the column, and what is known of it."""

    column: Column
    first: int
    last: int
    ratio: float
    outline: float
    beside_mm: float
    scatters: float

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
        if settings.least_mm <= length <= settings.most_mm:
            throat = _measured(run, inside, usual)
            if throat is not None:
                yield throat


def _measured(run: Run, inside: slice, usual: Scatter) -> Throat | None:
    """Return a dip against free duct on both sides; None where there is none."""
    sides = sides_of(run.column, inside)
    if sides is None:
        return None
    beside, edge = (
        min(float(np.median(line[side])) for side in sides)
        for line in (run.dense_mm, run.outline_mm)
    )
    ratio = float(np.percentile(run.dense_mm[inside], 20)) / max(beside, 1e-6)
    return Throat(
        column=run.column,
        first=inside.start,
        last=inside.stop - 1,
        ratio=ratio,
        outline=float(np.percentile(run.outline_mm[inside], 20)) / max(edge, 1e-6),
        beside_mm=beside,
        scatters=float(-np.log(max(ratio, 0.05))) / usual.at(beside),
    )


def sides_of(column: Column, inside: slice) -> tuple[Ints, Ints] | None:
    """Return the nearest stations of free duct on either side of a dip.

    Where a thin duct leaves a wide one, or passes under it, both seem to narrow
    beyond: forks and crossings are no yardstick.
    """
    free = column.walled & ~column.overlap
    reach, most = round(_REACH_MM / STEP_MM), round(_FLANK_MM / STEP_MM)
    sides = []
    for side in (
        np.arange(inside.start - 3, max(inside.start - 3 - reach, -1), -1),
        np.arange(inside.stop + 2, min(inside.stop + 2 + reach, len(free))),
    ):
        found = side[free[side]][:most] if len(side) else side
        if len(found) < most // 3:
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
    # A flank needs half its length of duct.
    left, right = at - away, at + away
    whole = (left >= -(size // 4)) & (right < len(even) + size // 4)
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
