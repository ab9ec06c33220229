"""A mammogram made of slices: the synthetic two-dimensional view."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.values.image import Image

Pixels = NDArray[np.float32]

IN_TISSUE_PER_MM = 0.015
"""A third of the attenuation of fat, seen through a few cm of breast; derived."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How slices are put together.

    Attributes
    ----------
    fine_mm
        What is finer stands out of its slice; assumed.
    power
        Of the norm over slices by which fine things are put together: infinity is the
        maximum. 8 keeps a thin duct; assumed.
    lifted
        How many times fine things are lifted over the mean; assumed.
    black, white
        Levels of the mean attenuation per mm, in shares of that of fat; assumed.
    """

    fine_mm: float = 1.5
    power: float = 8.0
    lifted: float = 1.0
    black: float = 0.7
    white: float = 2.0


def combined(slices: Image, *, settings: Settings | None = None) -> Pixels:
    """Return attenuation per mm as one picture, (rows, columns).

    The coarse part is the mean of the slices that lie in the breast, as in a mammogram
    whose thickness is evened out; the fine part puts together what is brighter than
    its surroundings, so that a duct of one slice keeps its contrast.
    """
    settings = settings or Settings()
    sigma = settings.fine_mm / slices.grid.pixel_mm
    whole, inside, fine = np.zeros((3, *slices.grid.shape[1:]), np.float32)
    unit = np.float32(1 / max(float(slices.pixels.max()), 1e-6))
    for pixels in slices.pixels:
        # Each slice ends where the breast does: air is not mixed into its edge.
        breast = (pixels > 0).astype(np.float32)
        share = cv2.GaussianBlur(breast, (0, 0), sigma)
        smooth = cv2.GaussianBlur(pixels, (0, 0), sigma)
        whole += smooth
        inside += share
        smooth /= np.maximum(share, np.float32(0.05))
        fine += (np.maximum(pixels - smooth, 0) * unit) ** np.float32(settings.power)
    count = np.float32(len(slices.pixels))
    coarse = whole / np.maximum(inside, np.float32(0.05))
    coarse *= np.clip(8 * inside / count - np.float32(0.2), 0, 1)
    # A duct is in a few slices only: the root of the sum is near its peak.
    fine **= np.float32(1 / settings.power)
    picture: Pixels = coarse + np.float32(settings.lifted) / unit * fine
    return picture


def synthetic(slices: Image, *, settings: Settings | None = None) -> NDArray[np.uint16]:
    """Return a synthetic mammogram to look at: 12 bits, bright is dense, air black."""
    settings = settings or Settings()
    picture = combined(slices, settings=settings)
    inside = picture[picture > IN_TISSUE_PER_MM]
    fat = float(np.percentile(inside, 20)) if inside.size else 1.0
    x = (picture / fat - settings.black) / (settings.white - settings.black)
    x = np.clip(x, 0, None)
    # Linear below, then a shoulder that never quite reaches white.
    grey = np.where(x < 0.7, x, 0.7 + 0.3 * (1 - np.exp(-(x - 0.7) / 0.3)))
    shades: NDArray[np.uint16] = np.clip(grey * 4095, 0, 4095).astype(np.uint16)
    return shades
