"""Grey pictures: window, shrink without losing ducts, encode."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.values.arrays import Floats
from galactograph.values.report import Reading
from galactograph.values.study import GreyScale

Grey = NDArray[np.uint8]
Box = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a view is shown; every default is assumed, judged by eye.

    Attributes
    ----------
    smooth_mm
        Scale over which thickness is evened out towards the skin.
    evened
        Share of the thickness difference that is taken out, in [0, 1]. Display
        images have had it done already.
    dark_quantile, bright_quantile
        Of the breast's pixels; shown black and white. The bright end lies so high
        that contrast keeps its own greys.
    gamma
        Above 1 spends the greys on the bright end, where contrast is.
    coarse_px
        Longer side of the picture on which thickness is judged.
    """

    smooth_mm: float = 6.0
    evened: float = 0.85
    dark_quantile: float = 0.02
    bright_quantile: float = 0.9997
    gamma: float = 1.3
    coarse_px: int = 256


def show(
    reading: Reading, box: Box, longest: int, settings: Settings | None = None
) -> Grey:
    """Show a part of a view in 8 bits, shrunk by area averaging.

    Parameters
    ----------
    box
        First row, first column, last row + 1, last column + 1 of the part.
    longest
        Longer side of the picture, pixels.

    Returns
    -------
    uint8, (rows, columns)
        Larger attenuation is brighter; air is black.
    """
    settings = settings or Settings()
    top, left, bottom, right = box
    part = reading.view.image.pixels[top:bottom, left:right]
    small, _ = shrink(part, longest)
    breast = reading.scene.breast[top:bottom, left:right].astype(np.float32)
    inside = _resize(breast, small.shape)
    if reading.view.grey_scale is not GreyScale.DISPLAY and inside.any():
        spacing = reading.view.image.grid.pixel_mm * len(part) / len(small)
        small = small + _evened(small, inside, spacing, settings)
    chosen = small[inside > 0.5] if (inside > 0.5).any() else small.ravel()
    dark, bright = np.quantile(
        chosen, [settings.dark_quantile, settings.bright_quantile]
    )
    # A little below the darkest tissue: fat stays grey, and air stays black.
    low = float(dark) - 0.2 * float(bright - dark)
    if (inside < 0.5).any():
        low = max(low, float(np.median(small[inside < 0.5])))
    return to_grey(small, (low, float(bright)), settings.gamma)


def _resize(image: Floats, shape: tuple[int, ...]) -> NDArray[np.float32]:
    size = (shape[1], shape[0])
    fewer = shape[0] < image.shape[0]
    how = cv2.INTER_AREA if fewer else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=how), np.float32)


def _evened(
    image: NDArray[np.float32],
    inside: NDArray[np.float32],
    spacing_mm: float,
    settings: Settings,
) -> NDArray[np.float32]:
    """Return what to add so that the thin edge is shown as dense as the middle."""
    factor = min(1.0, settings.coarse_px / max(image.shape))
    coarse = (
        max(8, round(len(image) * factor)),
        max(8, round(image.shape[1] * factor)),
    )
    small, weight = _resize(image, coarse), _resize(inside, coarse)
    if not (weight > 0.5).any():
        return np.zeros_like(image)
    level = float(np.median(small[weight > 0.5]))
    sigma = max(0.8, settings.smooth_mm / spacing_mm * factor)
    # Contrast and dense gland are not thickness: they count as the middle does.
    thick = cv2.GaussianBlur(np.minimum(small, level) * weight, (0, 0), sigma)
    spread = np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3)
    lack = settings.evened * np.clip(level - thick / spread, 0, None)
    return _resize((lack * weight).astype(np.float32), image.shape)


def to_grey(
    pixels: NDArray[np.float32], limits: tuple[float, float], gamma: float = 1.0
) -> Grey:
    """Map attenuation to 8 bits, larger is brighter; shape is kept."""
    low, high = limits
    scaled = np.clip((pixels - low) / max(high - low, 1e-6), 0, 1)
    grey: Grey = np.rint(255 * np.power(scaled, gamma)).astype(np.uint8)
    return grey


def shrink(
    pixels: NDArray[np.float32], longest: int
) -> tuple[NDArray[np.float32], float]:
    """Shrink to at most `longest` pixels a side; also return the factor, <= 1.

    Every new pixel is the mean of all old ones that it covers, so that a duct of
    one pixel dims but never vanishes; nearest and bilinear sampling drop it.
    """
    factor = min(1.0, longest / max(pixels.shape))
    if factor == 1.0:
        return pixels, 1.0
    rows, columns = (max(1, round(n * factor)) for n in pixels.shape)
    small = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32), factor


def jpeg(grey: NDArray[np.uint8], quality: int = 88) -> bytes:
    """Encode as JPEG, (rows, columns) or (rows, columns, 3) RGB."""
    shown = grey[..., ::-1] if grey.ndim == 3 else grey
    _, encoded = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(encoded.tobytes())


def png(image: NDArray[np.uint8]) -> bytes:
    """Encode as PNG, (rows, columns) or (rows, columns, 3) RGB."""
    mask = image.ndim == 2
    # Long runs of one value pack fastest as runs; photographs do not.
    how = cv2.IMWRITE_PNG_STRATEGY_RLE if mask else cv2.IMWRITE_PNG_STRATEGY_DEFAULT
    options = [cv2.IMWRITE_PNG_COMPRESSION, 3, cv2.IMWRITE_PNG_STRATEGY, how]
    _, encoded = cv2.imencode(".png", image if mask else image[..., ::-1], options)
    return bytes(encoded.tobytes())
