"""The column of contrast in a strip, in millimetres of contrast, beside its model.

A filled round duct casts a chord: at offset u the beam crosses
2 sqrt(r^2 - u^2) of contrast, blurred by the system. Everything that a finder asks
of grey levels is asked here once: how many mm of contrast does each number of a
strip stand for, and how many should it be?
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import (
    gaussian_filter1d,
    median_filter,
    minimum_filter1d,
    percentile_filter,
)

from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.report import Reading, Strip
from galactograph.values.study import GreyScale

STEP_MM = 0.1
"""Stations of a column. source: design, assumed; under half of the smallest defect."""

BLUR_MM = 0.07
"""Standard deviation of the system blur. source: design page of the reader, measured
0.06 to 0.08 mm on simulated panels."""

_GAIN_WINDOW_MM = 24.0
"""Dilution changes slowly along a duct, defects are up to 10 mm long. source: design
(low-pass of 8 mm and more), assumed."""

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
        Offset across.
    thickness_mm : (N, U)
        Contrast that the beam crossed, of the dilution of its surroundings.
    model_mm : (N, U)
        What an intact duct of `radius_mm` would give.
    radius_mm : (N,)
        Smooth radius of the lumen without a defect; follows the outline where the
        duct is widened.
    calibre_mm, expected_mm : (N,)
        Of the strip, the first smoothed over 0.3 mm.
    filled : (N,)
        Measured over modelled area of each cross-section, about 1 where intact.
    overlap : (N,)
        Of the strip.
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
    noise_mm: float

    @property
    def du_mm(self) -> float:
        """Step across."""
        return float(self.u_mm[1] - self.u_mm[0])


def columns(reading: Reading) -> tuple[Column, ...]:
    """Return the columns of all strips that are long enough to be judged."""
    linear = reading.view.grey_scale is not GreyScale.DISPLAY
    curve = None if linear else _grey_of_thickness(reading)
    return tuple(
        column
        for number, strip in enumerate(reading.strips)
        if (column := _column(number, strip, curve)) is not None
    )


def chords_mm(radius_mm: Floats, u_mm: Floats) -> Floats:
    """Return blurred chords (N, U) of round lumina.

    Each number is the mean over its own cell, exactly, so that ducts thinner than
    a pixel keep their contrast.

    Examples
    --------
    >>> u = np.linspace(-3, 3, 121)
    >>> area = chords_mm(np.array([1.0]), u).sum() * 0.05
    >>> bool(abs(area - np.pi) < 0.01)
    True
    """
    step = float(u_mm[1] - u_mm[0])
    edges = np.append(u_mm - step / 2, u_mm[-1] + step / 2)
    r = np.maximum(np.asarray(radius_mm, float), 1e-3)[:, None]
    x = np.clip(edges[None, :] / r, -1, 1)
    whole = r * r * (x * np.sqrt(1 - x * x) + np.arcsin(x))
    cells = np.diff(whole, axis=1) / step
    blurred: Floats = gaussian_filter1d(cells, BLUR_MM / step, axis=1, mode="constant")
    return blurred


def smooth_mm(values: Floats, sigma_mm: float, *, axis: int = 0) -> Floats:
    """Return `values` along stations, blurred by `sigma_mm`."""
    out: Floats = gaussian_filter1d(values, sigma_mm / STEP_MM, axis=axis)
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


def _column(
    number: int, strip: Strip, curve: tuple[Floats, Floats] | None
) -> Column | None:
    """Return the column of one strip, or None if it is too short."""
    if len(strip.s_mm) < 3 or len(strip.u_mm) < 5:
        return None
    s = np.arange(strip.s_mm[0], strip.s_mm[-1], STEP_MM)
    if len(s) < _LEAST_STATIONS:
        return None
    station = np.abs(np.searchsorted(strip.s_mm, s).clip(1, len(strip.s_mm) - 1))
    station -= (s - strip.s_mm[station - 1]) < (strip.s_mm[station] - s)
    excess = _resample(strip, s)
    overlap = strip.overlap[station]
    expected = np.interp(s, strip.s_mm, strip.expected_mm)
    calibre = _calm(np.interp(s, strip.s_mm, strip.calibre_mm))
    radius = _radius(calibre, expected, overlap)
    raw, noise = _thickness(strip, s, _level(excess, strip.u_mm, radius), curve)
    model = chords_mm(radius, strip.u_mm)
    inside = np.abs(strip.u_mm)[None, :] <= radius[:, None] + BLUR_MM
    area = (model * inside).sum(1)
    filled = (raw * inside).sum(1) / np.maximum(area, 1e-6)
    gain = _gain(filled, ~overlap)
    return Column(
        number=number,
        strip=strip,
        station=station,
        s_mm=s,
        u_mm=strip.u_mm,
        thickness_mm=raw / gain[:, None],
        model_mm=model,
        radius_mm=radius,
        calibre_mm=calibre,
        expected_mm=expected,
        filled=filled / gain,
        overlap=overlap,
        noise_mm=float(noise / np.median(gain)),
    )


def _resample(strip: Strip, s: Floats) -> Floats:
    """Return the strip's excess at even stations, averaged over one step."""
    at = np.interp(s, strip.s_mm, np.arange(len(strip.s_mm)))
    low = np.floor(at).astype(int).clip(0, len(strip.s_mm) - 2)
    part = (at - low)[:, None]
    rows = np.asarray(strip.excess, float)
    mixed: Floats = rows[low] * (1 - part) + rows[low + 1] * part
    return mixed


def _calm(calibre: Floats) -> Floats:
    """Return calibre without single outliers."""
    out: Floats = median_filter(calibre, size=odd(0.5), mode="nearest")
    return out


def _radius(calibre: Floats, expected: Floats, overlap: Bools) -> Floats:
    """Return the radius an intact duct would have, from outline and expectation.

    Where the outline is clearly wider than expected (an ectatic stretch, or a
    growth that expands its duct) the outline counts; where it is narrower the
    expectation counts, for that is where contrast may be missing.
    """
    wide = smooth_mm(minimum_filter1d(calibre, odd(0.4)), 0.2)
    widened = (wide > 1.12 * expected) & (wide > expected + 0.15) & ~overlap
    follow = smooth_mm(widened.astype(float), 0.3)
    diameter: Floats = np.where(wide > expected, follow * wide, 0) + np.where(
        wide > expected, (1 - follow) * expected, expected
    )
    return np.maximum(diameter, 0.05) / 2


def _level(excess: Floats, u: Floats, radius: Floats) -> Floats:
    """Return excess with a zero that no neighbour has pushed below zero.

    A duct beside ours lifts the surroundings that were subtracted; the clean side
    is then negative, and so is everything else by the same amount.
    """
    limit = min(float(np.percentile(radius, 75)) * 1.15 + 0.25, abs(u[0]) - 0.2)
    left, right = u < -limit, u > limit
    if left.sum() < 2 or right.sum() < 2:
        return excess
    sides = np.stack([np.median(excess[:, side], axis=1) for side in (left, right)])
    base = smooth_mm(np.minimum(sides, sides[::-1]).min(0), 1.0)
    return excess - np.minimum(base, 0)[:, None]


def _thickness(
    strip: Strip, s: Floats, excess: Floats, curve: tuple[Floats, Floats] | None
) -> tuple[Floats, float]:
    """Return mm of contrast (N, U) and the noise of one number."""
    if curve is None:
        opacity = np.maximum(np.interp(s, strip.s_mm, strip.opacity_per_mm), 1e-6)
        opacity = np.maximum(opacity, 0.2 * np.median(opacity))
        return excess / opacity[:, None], float(strip.noise / np.median(opacity))
    thickness, grey = curve
    slope = (grey[1] - grey[0]) / (thickness[1] - thickness[0])
    out = np.interp(excess, grey, thickness)
    out += np.minimum(excess - grey[0], 0) / slope
    return out, float(strip.noise / slope)


def _grey_of_thickness(reading: Reading) -> tuple[Floats, Floats]:
    """Return the grey that thickness makes in this view, both ascending.

    A display image keeps only the order of grey; what thickness each grey stands
    for is learnt from its own intact ducts, by isotonic medians over all strips.
    """
    known, grey = [], []
    for strip in reading.strips:
        good = ~strip.overlap
        if len(strip.u_mm) < 5 or good.sum() < _LEAST_STATIONS:
            continue
        chords = chords_mm(strip.expected_mm[good] / 2, strip.u_mm)
        inside = np.abs(strip.u_mm)[None, :] < 0.45 * strip.expected_mm[good][:, None]
        known.append(chords[inside])
        grey.append(np.asarray(strip.excess, float)[good][inside])
    if not known:
        return np.array([0.0, 1.0]), np.array([0.0, 1.0])
    x, y = np.concatenate(known), np.concatenate(grey)
    order = np.argsort(x)
    parts = np.array_split(order, max(3, min(24, len(x) // 200)))
    x = np.array([0.0, *(float(np.median(x[part])) for part in parts)])
    y = np.array([0.0, *(float(np.median(y[part])) for part in parts)])
    y = np.maximum.accumulate(y)
    # A curve that saturates cannot be inverted: keep a tenth of its mean slope.
    least = 0.1 * max(y[-1], 1e-6) / max(x[-1], 1e-6)
    rise = np.maximum(np.diff(y), least * np.diff(x) + 1e-9)
    y = np.concatenate([[0.0], np.cumsum(rise)])
    keep = np.concatenate([[True], np.diff(x) > 1e-6])
    return _beyond(x[keep], y[keep])


def _beyond(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return the curve carried on straight to four times its reach."""
    if len(x) < 2:
        return np.array([0.0, 1.0]), np.array([0.0, 1.0])
    tail = max(len(x) // 3, 2)
    slope = (y[-1] - y[-tail]) / (x[-1] - x[-tail])
    return (
        np.append(x, 4 * x[-1]),
        np.append(y, y[-1] + 3 * x[-1] * max(slope, 1e-6)),
    )


def _gain(filled: Floats, good: Bools) -> Floats:
    """Return the slow drift of filled fraction that dilution alone explains."""
    usual = running(fill_where(filled, good), 65, _GAIN_WINDOW_MM)
    least = 0.15 * max(float(np.median(usual)), 1e-3)
    return np.maximum(smooth_mm(usual, 2.0), least)
