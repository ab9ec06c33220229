"""A mammogram made of slices: the synthetic two-dimensional view."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.values.image import Image

Pixels = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How slices are put together.

    Attributes
    ----------
    fine_mm
        What is finer stands out of its slice; assumed.
    power
        Of the mean over slices in which fine things are put together: 1 is the mean,
        infinity the maximum. 8 keeps a thin duct and lets noise be averaged; assumed.
    lifted
        How many times fine things are lifted over the mean; assumed.
    black, white
        Levels of the mean attenuation per mm, in shares of that of fat; assumed.
    """

    fine_mm: float = 1.5
    power: float = 8.0
    lifted: float = 1.0
    black: float = 0.6
    white: float = 2.6


def combined(slices: Image, *, settings: Settings | None = None) -> Pixels:
    """Return attenuation per mm as one picture, (rows, columns).

    The coarse part is the mean of the slices, as in a mammogram; the fine part is a
    power mean of what is brighter than its surroundings, so that a duct of one slice
    keeps its contrast.
    """
    settings = settings or Settings()
    sigma = settings.fine_mm / slices.grid.pixel_mm
    coarse = np.zeros(slices.grid.shape[1:], np.float32)
    fine = np.zeros_like(coarse)
    unit = np.float32(1 / max(float(slices.pixels.max()), 1e-6))
    for pixels in slices.pixels:
        smooth = cv2.GaussianBlur(pixels, (0, 0), sigma)
        coarse += smooth
        out = np.maximum(pixels - smooth, 0) * unit
        fine += out ** np.float32(settings.power)
    coarse /= np.float32(len(slices.pixels))
    fine = (fine / np.float32(len(slices.pixels))) ** np.float32(1 / settings.power)
    # A duct is in a few slices only: its power mean is that much below its peak.
    peak = np.float32(len(slices.pixels) ** (1 / settings.power)) / unit
    picture: Pixels = coarse + np.float32(settings.lifted) * peak * fine
    return picture


def synthetic(slices: Image, *, settings: Settings | None = None) -> NDArray[np.uint16]:
    """Return a synthetic mammogram to look at: 12 bits, bright is dense, air black."""
    settings = settings or Settings()
    picture = combined(slices, settings=settings)
    inside = picture[picture > 0.3 * np.median(picture[picture > 0])]
    fat = float(np.percentile(inside, 20))
    x = (picture / fat - settings.black) / (settings.white - settings.black)
    x = np.clip(x, 0, None)
    # Linear below, then a shoulder that never quite reaches white.
    grey = np.where(x < 0.7, x, 0.7 + 0.3 * (1 - np.exp(-(x - 0.7) / 0.3)))
    shades: NDArray[np.uint16] = np.clip(grey * 4095, 0, 4095).astype(np.uint16)
    return shades
