"""Where a lumen runs: along a trace, and as the image shows it at a place."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from galactograph.finders._ends import sample
from galactograph.values.arrays import Floats
from galactograph.values.report import Reading, Strip

STEP_MM = 0.07
"""Step of samples, about a pixel. source: assumed."""

Course = tuple[Floats, Floats, float, float]
"""Middle, direction outward, contrast times mm of the section, and calibre."""


def line_of(reading: Reading, strip: Strip) -> Floats:
    """Return the middle of a strip (S, 2), smooth, in mm of the image plane."""
    spacing = np.array(reading.view.image.grid.spacing_mm)
    pitch = float(np.median(np.diff(strip.s_mm)))
    line = np.stack([strip.rows, strip.columns], 1) * spacing
    smooth: Floats = gaussian_filter1d(line, 0.6 / pitch, axis=0, mode="nearest")
    return smooth


def way_at(
    line: Floats, strip: Strip, station: int, before_mm: float
) -> tuple[Floats, Floats, float] | None:
    """Return where a strip is at a station, which way it goes, and from how far.

    The direction is that over the last `before_mm`; None where the strip stands still.
    """
    first = int(np.searchsorted(strip.s_mm, strip.s_mm[station] - before_mm))
    along = line[station] - line[first]
    size = float(np.hypot(*along))
    return None if size <= 0 else (line[station], along / size, size)


def course_at(
    reading: Reading,
    way: tuple[Floats, Floats],
    wide: float,
    *,
    least_mm: float,
    noise: float,
) -> Course | None:
    """Return middle, direction, contrast of the section (mm) and calibre at a place.

    Measured in the image over the last stretch; None where that is no single lumen of
    `least_mm` and more, with contrast of `noise` times that of a pixel.
    """
    place, along = way
    across = np.array([along[1], -along[0]])
    u = np.arange(-wide, wide, STEP_MM)
    back = np.linspace(-0.6, 0.0, 4) * wide
    section = sample(
        reading,
        place + back[:, None, None] * along + u[None, :, None] * across,
    ).mean(0)
    peak = float(np.percentile(section[np.abs(u) < 0.5 * wide], 85))
    if peak < noise * reading.scene.noise:
        return None
    held = section > 0.5 * peak
    middle = int(np.where(held, np.abs(u), np.inf).argmin())
    left = middle - int((~held[middle::-1]).argmax()) + 1
    right = middle + int((~held[middle:]).argmax()) - 1
    if held[: middle + 1].all() or held[middle:].all():
        return None
    # Half the peak of a round column lies at 0.866 of its radius (derived).
    calibre = float(u[right] - u[left]) / 0.866
    if calibre < least_mm:
        return None
    at = place + across * float(u[right] + u[left]) / 2
    return at, along, float(section.clip(0).sum() * STEP_MM), calibre
