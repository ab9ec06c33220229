"""The column of contrast in a strip, in millimetres of contrast, beside its model.

A filled round duct casts a chord: at offset u the beam crosses
2 sqrt(r^2 - u^2) of contrast, blurred by the system. Everything that a finder asks
of grey levels is asked here once: how many mm of contrast does each number of a
strip stand for, and how many should it be?
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from scipy.ndimage import median_filter, percentile_filter

from galactograph.finders._grey import (
    BLUR_MM,
    Curve,
    chords_mm,
    grey_of_thickness,
    thickness_of,
)
from galactograph.finders._walls import follow
from galactograph.kernels import blurs, ranks
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.report import Reading, Strip
from galactograph.values.study import GreyScale

STEP_MM = 0.1
"""Stations of a column. source: design, assumed; under half of the smallest defect."""

_FINEST_MM = 0.05
"""source: half of the pixels of digital mammography are finer than 0.1 mm, assumed."""

_FLANK_MM = 3.0
"""Length of duct on either side by which dilution is judged. source: assumed."""

LEAST_SUPPORT = 0.15
"""A wall is seen from this support on. source: assumed."""

_LEAST_STATIONS = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """One strip, evenly sampled, as thickness of contrast. N stations, U offsets.

    Attributes
    ----------
    number, strip
        Index into `Reading.strips`, and the strip.
    station : int, (N,)
        Nearest station of the strip.
    s_mm : (N,)
        Distance along the strip, steps of `STEP_MM`.
    u_mm : (U,)
        Offset across, from the middle between the walls.
    thickness_mm : (N, U)
        Contrast that the beam crossed, as dense as usual in this strip.
    model_mm : (N, U)
        What an intact duct of `radius_mm` would give.
    radius_mm : (N,)
        Half the distance of the outer walls, smooth.
    calibre_mm, expected_mm : (N,)
        Of the strip, the first without single outliers.
    filled : (N,)
        Measured over modelled area of each cross-section, 1 in the median.
    overlap : (N,)
        Of the strip.
    middle_mm : (N,)
        Offset of the middle between the walls in the strip.
    rough_mm : (N,)
        Distance of the walls, not smoothed.
    support : (2, N)
        How clearly each wall is seen, in [0, 1].
    noise_mm
        Standard deviation of one number of `thickness_mm` over thin contrast.
    """

    number: int
    strip: Strip
    station: Ints
    s_mm: Floats
    u_mm: Floats
    thickness_mm: Floats
    model_mm: Floats
    radius_mm: Floats
    calibre_mm: Floats
    expected_mm: Floats
    filled: Floats
    overlap: Bools
    middle_mm: Floats
    rough_mm: Floats
    support: Floats
    noise_mm: float

    @cached_property
    def walled(self) -> Bools:
        """Stations (N,) where both walls are seen."""
        return np.asarray(self.support.min(0) > LEAST_SUPPORT)

    @cached_property
    def clear(self) -> Bools:
        """Stations (N,) fit to be a yardstick: walled, and not lit by another duct."""
        bright = self.filled > 1.15 * running(self.filled, 50, 12.0)
        return np.asarray(self.walled & ~(self.overlap & bright))

    @cached_property
    def beside(self) -> Floats:
        """Filled fraction (N,) as it usually is around each station."""
        even = fill_where(self.filled, self.clear)
        out: Floats = percentile_filter(even, 60, size=odd(_FLANK_MM), mode="nearest")
        return out

    @property
    def du_mm(self) -> float:
        """Step across."""
        return float(self.u_mm[1] - self.u_mm[0])


_KEPT: WeakKeyDictionary[Reading, tuple[Column, ...]] = WeakKeyDictionary()


def columns(reading: Reading) -> tuple[Column, ...]:
    """Return the columns of all strips that are long enough to be judged.

    Kept while the reading lives, for several finders ask for the same.
    """
    if reading not in _KEPT:
        _KEPT[reading] = _columns(reading)
    return _KEPT[reading]


def _columns(reading: Reading) -> tuple[Column, ...]:
    """Return the columns of a reading, freshly cut."""
    linear = reading.view.grey_scale is not GreyScale.DISPLAY
    curve = None if linear else grey_of_thickness(reading)
    return tuple(
        column
        for number, strip in enumerate(reading.strips)
        if (column := _column(number, strip, curve)) is not None
    )


def smooth_mm(values: Floats, sigma_mm: float) -> Floats:
    """Return `values` along stations, blurred by `sigma_mm`."""
    out: Floats = blurs.along(np.asarray(values, float), sigma_mm / STEP_MM)
    return out


def running(values: Floats, percent: float, window_mm: float) -> Floats:
    """Return the running percentile of (N,) over `window_mm`, edges repeated."""
    size = min(odd(window_mm), len(values) // 2 * 2 + 1)
    out: Floats = percentile_filter(values, percent, size=size, mode="nearest")
    return out


def odd(length_mm: float) -> int:
    """Return the odd number of stations nearest to `length_mm`."""
    return max(1, round(length_mm / STEP_MM) // 2 * 2 + 1)


def fill_where(values: Floats, good: Bools) -> Floats:
    """Return (N,) with the numbers that are not good interpolated from the rest."""
    if good.all() or not good.any():
        return values
    x = np.arange(len(values))
    out: Floats = np.interp(x, x[good], values[good])
    return out


def _column(number: int, strip: Strip, curve: Curve | None) -> Column | None:
    """Return the column of one strip, or None if it is too short."""
    if len(strip.s_mm) < 3 or len(strip.u_mm) < 5:
        return None
    s = np.arange(strip.s_mm[0], strip.s_mm[-1], STEP_MM)
    if len(s) < _LEAST_STATIONS:
        return None
    station = np.abs(np.searchsorted(strip.s_mm, s).clip(1, len(strip.s_mm) - 1))
    station -= (s - strip.s_mm[station - 1]) < (strip.s_mm[station] - s)
    u, excess = _resample(strip, s)
    overlap = strip.overlap[station]
    # Under another duct the outline is not ours alone: bridge it.
    expected = fill_where(np.interp(s, strip.s_mm, strip.expected_mm), ~overlap)
    calibre = _calm(np.interp(s, strip.s_mm, strip.calibre_mm))
    excess = _level(excess, u, expected / 2)
    raw, noise = thickness_of(strip, excess, curve)
    walls = follow(raw, u, expected, STEP_MM)
    raw = _shifted(raw, u, walls.middle_mm)
    radius = walls.radius_mm
    model = chords_mm(radius, u)
    inside = np.abs(u)[None, :] <= radius[:, None] + BLUR_MM
    area = (model * inside).sum(1)
    filled = (raw * inside).sum(1) / np.maximum(area, 1e-6)
    gain = max(
        float(ranks.median(filled[~overlap] if (~overlap).any() else filled)), 0.1
    )
    return Column(
        number=number,
        strip=strip,
        station=station,
        s_mm=s,
        u_mm=u,
        thickness_mm=raw / gain,
        model_mm=model,
        radius_mm=radius,
        calibre_mm=calibre,
        expected_mm=expected,
        filled=filled / gain,
        overlap=overlap,
        middle_mm=walls.middle_mm,
        rough_mm=walls.rough_mm,
        support=walls.support,
        noise_mm=noise / gain,
    )


def _resample(strip: Strip, s: Floats) -> tuple[Floats, Floats]:
    """Return offsets (U,), and excess (N, U) at even stations and those offsets.

    Offsets finer than `_FINEST_MM` are averaged two by two: half the work.
    """
    at = np.interp(s, strip.s_mm, np.arange(len(strip.s_mm)))
    low = np.floor(at).astype(int).clip(0, len(strip.s_mm) - 2)
    part = (at - low)[:, None]
    rows = np.asarray(strip.excess, float)
    mixed = rows[low] * (1 - part) + rows[low + 1] * part
    u = np.asarray(strip.u_mm, float)
    if u[1] - u[0] >= _FINEST_MM:
        return u, mixed
    kept = np.arange(1 + (int(np.abs(u).argmin()) + 1) % 2, len(u) - 1, 2)
    return u[kept], (mixed[:, kept - 1] + 2 * mixed[:, kept] + mixed[:, kept + 1]) / 4


def _calm(calibre: Floats) -> Floats:
    """Return calibre without single outliers."""
    out: Floats = median_filter(calibre, size=odd(0.5), mode="nearest")
    return out


def _level(excess: Floats, u: Floats, radius: Floats) -> Floats:
    """Return excess with a zero that no neighbour has pushed below zero.

    A duct beside ours lifts the surroundings that were subtracted; the clean side
    is then negative, and so is everything else by the same amount.
    """
    limit = min(float(ranks.percentile(radius, 75.0)) * 1.15 + 0.25, abs(u[0]) - 0.2)
    left, right = u < -limit, u > limit
    if left.sum() < 2 or right.sum() < 2:
        return excess
    sides = np.stack([np.median(excess[:, side], axis=1) for side in (left, right)])
    base = smooth_mm(np.minimum(sides, sides[::-1]).min(0), 1.0)
    return excess - np.minimum(base, 0)[:, None]


def _shifted(rows: Floats, u: Floats, shift_mm: Floats) -> Floats:
    """Return rows (N, U) moved across so that offset `shift_mm` comes to lie at 0."""
    at = np.arange(len(u))[None, :] + shift_mm[:, None] / (u[1] - u[0])
    inside = (at >= 0) & (at <= len(u) - 1)
    at = np.clip(at, 0, len(u) - 1.001)
    low = at.astype(int)
    number = np.arange(len(rows))[:, None]
    part = at - low
    moved = rows[number, low] * (1 - part) + rows[number, low + 1] * part
    return np.where(inside, moved, 0.0)


def levelled(column: Column, hole_mm: float) -> Column:
    """Return the column as if contrast were equally dense all along.

    Every station is measured against the mean of what the duct holds just before
    and just beyond a hole of `hole_mm` around it, so no defect up to that length
    pulls its own yardstick; a straight fade of contrast gives itself.
    """
    beside = column.beside
    away = round(hole_mm / 2 / STEP_MM) + odd(_FLANK_MM) // 2
    at = np.arange(len(beside))
    left = beside[np.maximum(at - away, 0)]
    right = beside[np.minimum(at + away, len(beside) - 1)]
    usual = np.maximum(smooth_mm((left + right) / 2, 0.5), 0.15)
    return replace(
        column,
        thickness_mm=column.thickness_mm / usual[:, None],
        filled=column.filled / usual,
    )
