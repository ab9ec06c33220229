"""Filtered back-projection of a short arc."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from galactograph.errors import InvalidValue
from galactograph.tomo.operators import UNBOUNDED, Operator
from galactograph.values.arrays import Floats

Pixels = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How sharp, and how deep.

    Attributes
    ----------
    cutoff
        Frequency along the sweep where the window ends, as a fraction of the panel's
        Nyquist frequency, in (0, 1]; assumed.
    smoothness
        0 for no window, 1 for a full Hann window; assumed.
    slice_resolution_mm
        Depth below which nothing is asked for; a Hann window over depth frequency ends
        at its inverse. None for two slices.
    least
        Voxels below it are set to it: attenuation is not negative.
    workers
        Threads of the Fourier transforms.
    """

    cutoff: float = 1.0
    smoothness: float = 0.7
    slice_resolution_mm: float | None = None
    least: float = UNBOUNDED
    workers: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.cutoff <= 1 or not 0 <= self.smoothness <= 1:
            raise InvalidValue("cutoff must be in (0, 1] and smoothness in [0, 1]")


def response(operator: Operator, per_mm: Floats, settings: Settings) -> Floats:
    """Return the filter of each view at `per_mm` cycles on the panel, (P, F).

    A line integral at slope t = tan(angle) holds the volume's spectrum at depth
    frequency t times the in-plane frequency, so slopes dt apart stand for |f| dt of
    it: the ramp (source: linear tomosynthesis, Fourier slice theorem; derived). Where
    the whole arc spans less than the inverse of the breast's thickness, depth cannot
    be told: there each view counts the same, and the sum is the mean attenuation of
    the breast. The two meet as the root of the sum of squares.
    """
    sources = operator.sweep.sources_mm
    slope = sources[:, 1] / (sources[:, 2] - operator.middle_mm)
    apart = np.abs(np.gradient(slope)) if len(slope) > 1 else np.zeros(1)
    # Cycles per mm in the middle of the breast, where the beam is narrower.
    inside = per_mm * operator.top_mm / (operator.top_mm - operator.middle_mm)
    thickness = len(operator.heights_mm) * operator.slice_mm
    flat = 1 / (len(slope) * thickness)
    ramp = np.hypot(flat, inside[None] * apart[:, None])
    resolution = settings.slice_resolution_mm or 2 * operator.slice_mm
    depth = np.minimum(np.abs(inside[None] * slope[:, None]) * resolution, 1)
    end = settings.cutoff * 0.5 / operator.sweep.pixel_mm
    along = np.minimum(per_mm / end, 1)
    window = 1 - settings.smoothness * 0.5 * (1 - np.cos(np.pi * along))
    window = np.where(per_mm <= end, window, 0)
    filtered: Floats = ramp * window * 0.5 * (1 + np.cos(np.pi * depth))
    return filtered


def filtered(projections: Pixels, operator: Operator, settings: Settings) -> Pixels:
    """Return the projections, weighed by obliquity and filtered along the sweep."""
    rows = operator.sweep.shape[0]
    # Beyond the panel there is air; the ramp's tail is short after a quarter of it.
    padded = fft.next_fast_len(rows + rows // 4, real=True)
    per_mm = np.fft.rfftfreq(padded, operator.sweep.pixel_mm)
    gain = response(operator, per_mm, settings).astype(np.float32)
    out = np.empty(projections.shape, np.float32)
    for view, image in enumerate(projections):
        level = operator.slant(view)
        np.divide(image, level, out=level)
        spectrum = fft.rfft(level, padded, axis=0, workers=settings.workers)
        spectrum *= gain[view][:, None]
        back = fft.irfft(spectrum, padded, axis=0, workers=settings.workers)
        out[view] = back[:rows]
    return out


def reconstruct(
    projections: Pixels, operator: Operator, *, settings: Settings | None = None
) -> Pixels:
    """Reconstruct slices by filtered back-projection.

    Parameters
    ----------
    projections : float32, (P, rows, columns)
        Natural log attenuation: 0 in air.
    operator
        Geometry of the sweep and of the slices.
    settings
        Filter.

    Returns
    -------
    float32, (K, rows, columns)
        Attenuation per mm on `operator.grid`: structures finer than the arc can tell
        apart in depth keep their contrast, coarser ones are averaged over the
        thickness.
    """
    settings = settings or Settings()
    operator.check(projections)
    volume = np.empty(operator.shape, np.float32)
    operator.smear(
        filtered(projections, operator, settings), volume, least=settings.least
    )
    return operator.straighten(volume)
