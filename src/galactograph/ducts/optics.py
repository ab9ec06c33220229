"""What a filled duct looks like through the detector: chord, blur, and its inverse."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter1d

from galactograph.values.arrays import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How contrast looks in a view.

    Attributes
    ----------
    opacity_per_mm
        Attenuation per mm of undiluted lumen.
    blur_mm
        Blur of the picture beyond its pixels, standard deviation.
    """

    opacity_per_mm: float
    blur_mm: float


PIXEL_BLUR = 0.29
"""Standard deviation of a square pixel, in pixels: 1 / sqrt(12) (derived)."""

SHARP_MM = 0.03
"""Blur of an a-Se panel beyond its pixels, standard deviation.

source: they pass 0.4 at 7.1 /mm beyond the aperture (Hoheisel 2004, found)
"""

STRIP_BLUR_MM = 0.04
"""What is added where profiles are interpolated and averaged (assumed)."""


def blur_mm(pixel_mm: float, beyond_mm: float = SHARP_MM) -> float:
    """Return the standard deviation of the whole blur of an interpolated profile.

    `beyond_mm` is the blur of the picture beyond its pixels.
    """
    return float(np.hypot(sharp_blur_mm(pixel_mm, beyond_mm), STRIP_BLUR_MM))


def sharp_blur_mm(pixel_mm: float, beyond_mm: float = SHARP_MM) -> float:
    """Return the blur of pixels that are taken as they are, not interpolated."""
    return float(np.hypot(PIXEL_BLUR * pixel_mm, beyond_mm))


@lru_cache(maxsize=1)
def _table() -> tuple[Floats, Floats, Floats]:
    """Return calibre, full width at half height, and peak, all in units of the blur.

    The profile is the chord of a cylinder, 2 sqrt(r^2 - u^2), blurred by 1.
    """
    calibres = np.exp(np.linspace(np.log(0.2), np.log(160.0), 140))
    widths, peaks = np.empty_like(calibres), np.empty_like(calibres)
    for n, calibre in enumerate(calibres):
        radius = calibre / 2
        step = min(0.05, calibre / 40) if calibre < 40 else calibre / 800
        u = np.arange(-(radius + 6), radius + 6 + step, step)
        chord = 2 * np.sqrt(np.clip(radius**2 - u**2, 0, None))
        profile = gaussian_filter1d(chord, 1 / step, mode="constant")
        peaks[n] = profile.max()
        above = np.flatnonzero(profile >= peaks[n] / 2)
        a, b = above[0], above[-1]
        half = peaks[n] / 2
        left = u[a] - step * (profile[a] - half) / (profile[a] - profile[a - 1])
        right = u[b] + step * (profile[b] - half) / (profile[b] - profile[b + 1])
        widths[n] = right - left
    return calibres, widths, peaks


CHORD_FRAME: Floats = np.array([np.log(0.15), np.log(2000) / 159, -7.0, 0.1])
"""First log radius of `chord_table` and its step, first distance and its step."""


@lru_cache(maxsize=1)
def chord_table() -> Floats:
    """Return the blurred chord of a cylinder and its slopes, (3, 160, 121).

    The chord 2 sqrt(r^2 - u^2), its slope by u and by r, in units of the blur, at
    even steps of log r and of u - r as `CHORD_FRAME` says. The blur is put on the
    chord's integral over u, which is smooth where the chord is not.
    """
    first, step, near, gap = CHORD_FRAME
    y = np.linspace(-5, 5, 201)
    bell = np.exp(-(y**2) / 2) / np.sqrt(2 * np.pi) * (y[1] - y[0])
    slope, bend = -y * bell, (y**2 - 1) * bell
    beyond = near + gap * np.arange(121)
    table = np.empty((3, 160, len(beyond)))
    for n, radius in enumerate(np.exp(first + step * np.arange(160))):
        q = np.clip((beyond[:, None] + radius - y[None]) / radius, -1, 1)
        angle = np.arcsin(q)
        area = radius**2 * (q * np.sqrt(1 - q**2) + angle)
        table[0, n], table[1, n] = area @ slope, area @ bend
        table[2, n] = 2 * radius * angle @ slope
    return table


def calibre_from_width(width_mm: Floats, blur: float) -> Floats:
    """Return the calibre in mm whose blurred chord has this half-height width."""
    calibres, widths, _ = _table()
    found: Floats = np.interp(width_mm / blur, widths, calibres) * blur
    return found


def peak_of(calibre_mm: Floats, blur: float) -> Floats:
    """Return the peak of the blurred chord in mm of lumen."""
    calibres, _, peaks = _table()
    found: Floats = np.interp(calibre_mm / blur, calibres, peaks) * blur
    return found


def calibre_from_area(area: Floats, opacity_per_mm: Floats | float) -> Floats:
    """Return the calibre whose cross-section casts `area` (attenuation times mm)."""
    found: Floats = np.sqrt(
        np.clip(area, 0, None) / np.maximum(opacity_per_mm, 1e-9) * 4 / np.pi
    )
    return found


def flattened(calibre_mm: Floats, opacity_per_mm: float, scatter: float) -> Floats:
    """Return how much wider than its chord a duct looks at half its height.

    Scatter (relative to what passes beside the duct) fills in the dark of an opaque
    duct: its profile is -ln((exp(-t) + s) / (1 + s)), flatter than t.
    """
    depth = np.maximum(np.asarray(calibre_mm, float) * opacity_per_mm, 1e-6)
    peak = -np.log((np.exp(-depth) + scatter) / (1 + scatter))
    level = np.exp(-peak / 2) * (1 + scatter) - scatter
    crossing = np.clip(-np.log(np.maximum(level, 1e-9)) / depth, 0, 1)
    ratio: Floats = np.sqrt(1 - crossing**2) / np.sqrt(0.75)
    return ratio


def scatter_of(calibre_mm: Floats, peak: Floats, opacity_per_mm: float) -> float:
    """Return the scatter that explains how peaks fall behind calibre in wide ducts."""
    best, least = 0.0, np.inf
    for scatter in np.arange(0.0, 0.65, 0.05):
        depth = calibre_mm / flattened(calibre_mm, opacity_per_mm, scatter)
        depth = depth * opacity_per_mm
        model = -np.log((np.exp(-depth) + scatter) / (1 + scatter))
        misfit = abs(float(np.median(np.log(model / np.maximum(peak, 1e-6)))))
        if misfit < least - 1e-3:
            best, least = float(scatter), misfit
    return best


SOURCE_MM = 650.0
"""From the focal spot to the panel. source: 650 to 700 (domain 1.6; remembered)"""

UNDER_MM = 20.0
"""From the panel to the breast: breast support, grid, housing (assumed)."""

HALF_MM = 27.0
"""Half a compressed breast, where no header tells. source: 54 mm (remembered)"""

LAYER_ERROR = 0.004
"""Of a calibre measured in its own slice: half a slice gap in the way to the source
(derived from 1 mm slices, and twice that for where the slice is picked)."""


def depth_error(magnification: float | None, *, layered: bool) -> float:
    """Return the relative error of calibre from not knowing how high a duct lies.

    The millimetres of a radiograph are those of the breast's middle plane. A duct
    `h` nearer to the source is drawn larger by h over the way from the source. Ducts
    lie anywhere between panel and paddle, so the standard deviation is half the
    thickness over sqrt(3).
    """
    if layered:
        return LAYER_ERROR
    factor = magnification or SOURCE_MM / (SOURCE_MM - UNDER_MM - HALF_MM)
    half = HALF_MM
    # In contact the middle plane's height tells the thickness; on a stand it does not.
    if factor < 1.3:
        half = float(np.clip(SOURCE_MM * (1 - 1 / factor) - UNDER_MM, 8.0, 50.0))
    return float(half / np.sqrt(3) * factor / SOURCE_MM)
