"""Grey pictures: window, shrink without losing ducts, encode."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.values.report import Reading

Grey = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a view is shown.

    Attributes
    ----------
    dark_quantile, bright_quantile
        Of the breast's pixels; between them grey is linear. The bright end lies so
        high that contrast keeps its own greys. (assumed: judged by eye)
    gamma
        Below 1 opens the shadows near the skin line. (assumed: judged by eye)
    stride
        Every n-th pixel is enough for a quantile.
    """

    dark_quantile: float = 0.02
    bright_quantile: float = 0.9995
    gamma: float = 0.8
    stride: int = 7


def window(reading: Reading, settings: Settings | None = None) -> tuple[float, float]:
    """Return the attenuation shown black, and that shown white."""
    settings = settings or Settings()
    step = settings.stride
    pixels = reading.view.image.pixels[::step, ::step]
    breast = reading.scene.breast[::step, ::step]
    inside = pixels[breast] if breast.any() else pixels.ravel()
    dark, bright = np.quantile(
        inside, [settings.dark_quantile, settings.bright_quantile]
    )
    outside = pixels[~breast]
    air = float(np.median(outside)) if outside.size else float(dark)
    # Half-way to air: the skin line stays grey, and air stays black.
    low = 0.5 * (min(air, float(dark)) + float(dark))
    return low, max(float(bright), low + 1e-6)


def to_grey(
    pixels: NDArray[np.float32],
    limits: tuple[float, float],
    settings: Settings | None = None,
) -> Grey:
    """Map attenuation to 8 bits, larger is brighter; shape is kept."""
    settings = settings or Settings()
    low, high = limits
    scaled = np.clip((pixels - low) / (high - low), 0, 1)
    grey: Grey = np.rint(255 * np.power(scaled, settings.gamma)).astype(np.uint8)
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
    shown = image[..., ::-1] if image.ndim == 3 else image
    _, encoded = cv2.imencode(".png", shown, [cv2.IMWRITE_PNG_COMPRESSION, 4])
    return bytes(encoded.tobytes())
