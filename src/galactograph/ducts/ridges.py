"""Bright lines of many scales, in units of their own noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.kernels import ridges
from galactograph.values.arrays import Bools

F4 = NDArray[np.float32]


U1 = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Scales and thresholds of the ridge segmenter (assumed; reading.md 5)."""

    scales_mm: tuple[float, ...] = (0.085, 0.14, 0.23, 0.37, 0.6, 1.0, 1.6)
    """Gaussian widths; a lumen of calibre D answers best at about 0.3 D."""
    low: float = 2.5
    """Ridge strength, in robust standard deviations, that may continue a line."""
    high: float = 4.5
    """Strength that starts one."""
    persist_mm: float = 1.2
    """Length over which a fine line is averaged along itself."""
    persist_gain: float = 0.6
    """Weight of the averaged strength: the best of many directions is flattered."""
    least_own: float = 1.0
    """Averaged only where the pixel's own curvature reaches this."""
    directions: int = 16
    least_mm: float = 0.9
    """Shorter lines are not followed."""
    wide_mm: float = 0.8
    """Ducts of this calibre and more are taken from the coarse scales."""
    least_wide_mm: float = 1.5
    """Shorter pieces of wide duct are not believed."""
    skin_mm: float = 3.5
    """So near the skin, a line along the skin is the skin; it is 1.45 mm thick
    (remembered, Huang 2008) and its shoulder is blurred."""
    nipple_mm: float = 9.0
    """So near the nipple's tip, lines along the skin may be duct."""
    rim_mm: float = 1.8
    """Skin of the nipple itself."""
    skin_deg: float = 35.0
    """Along means within this angle."""


LEAN = 0.8
"""Slope across a line, in blurs, that cancels its curvature: at the shoulder of a
step edge both are equal (derived), so edges lose four fifths of their strength."""


@dataclass(slots=True, kw_only=True, eq=False)
class Ridges:
    """Ridge strength in noise units, number of the scale, direction: all (H, W)."""

    strength: F4
    scale: U1
    angle: F4

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> Ridges:
        """Return ridges of strength 0."""
        return cls(
            strength=np.zeros(shape, np.float32),
            scale=np.zeros(shape, np.uint8),
            angle=np.zeros(shape, np.float32),
        )


def strengthen(
    excess: F4, inside: Bools, pixel_mm: float, settings: Settings
) -> tuple[Ridges, Ridges]:
    """Return ridges of the fine scales, and of the coarse ones on a smaller grid.

    The coarse grid is shrunken by a power of two, so that the narrowest coarse blur
    is no wider than 4.5 pixels: that costs little and loses nothing.
    """
    widths = [max(width / pixel_mm, 0.8) for width in settings.scales_mm]
    numbers = range(len(widths))
    narrow = [n for n in numbers if settings.scales_mm[n] < settings.wide_mm * 0.4]
    broad = [n for n in numbers if n not in narrow]
    factor = 1
    while widths[broad[0]] / factor > 4.5:
        factor *= 2
    rows, columns = excess.shape
    size = (max(3, columns // factor), max(3, rows // factor))
    small = cv2.resize(
        excess[: size[1] * factor, : size[0] * factor],
        size,
        interpolation=cv2.INTER_AREA,
    )
    mask = (
        cv2.resize(
            inside[: size[1] * factor, : size[0] * factor].astype(np.uint8),
            size,
            interpolation=cv2.INTER_NEAREST,
        )
        > 0
    )
    fine, coarse = Ridges.empty(excess.shape), Ridges.empty(small.shape)
    for members, image, where, shrunk, out in (
        (narrow, excess, inside, 1, fine),
        (broad, small, mask, factor, coarse),
    ):
        blurred: F4 = np.empty_like(image)
        for number in members:
            width = widths[number] / shrunk
            cv2.GaussianBlur(image, (0, 0), width, dst=blurred)
            gain = 1 / _spread(blurred, where)
            ridges.strengthen(
                blurred,
                where,
                number,
                gain,
                width * LEAN,
                out.strength,
                out.scale,
                out.angle,
            )
            if number in narrow:
                _follow(blurred, number, where, pixel_mm, settings, out)
        out.strength *= where
    return fine, coarse


def enlarge(small: Ridges, shape: tuple[int, ...]) -> Ridges:
    """Return ridges on a larger grid of `shape`."""
    rows, columns = shape
    down, right = small.strength.shape
    factor = max(1, rows // down, columns // right)
    if factor == 1:
        return Ridges(
            strength=small.strength.copy(), scale=small.scale, angle=small.angle
        )
    size = (right * factor, down * factor)
    edge = ((0, max(0, rows - size[1])), (0, max(0, columns - size[0])))

    def grow(array: NDArray[Any], kind: int) -> NDArray[Any]:
        big = cv2.resize(array, size, interpolation=kind)
        if edge != ((0, 0), (0, 0)):
            big = np.pad(big, edge, mode="edge")
        return np.ascontiguousarray(big[:rows, :columns])

    return Ridges(
        strength=grow(small.strength, cv2.INTER_LINEAR),
        scale=grow(small.scale, cv2.INTER_NEAREST),
        angle=grow(small.angle, cv2.INTER_NEAREST),
    )


def _follow(
    blurred: F4,
    number: int,
    mask: Bools,
    pixel_mm: float,
    settings: Settings,
    here: Ridges,
) -> None:
    """Strengthen fine lines that go on straight: their noise averages out."""
    half = max(2, round(settings.persist_mm / 2 / pixel_mm))
    step = 5
    values = ridges.persistence(blurred, half, step)
    first = half + 1
    where = mask[first::step, first::step][: values.shape[0], : values.shape[1]]
    values = values[: where.shape[0], : where.shape[1]][where]
    if values.size < 40:
        return
    spread = max(1.4826 * float(np.median(np.abs(values))), 1e-9)
    turns = np.arange(settings.directions, dtype=np.float32) * np.float32(
        np.pi / settings.directions
    )
    least = settings.least_own
    ridges.follow(
        blurred,
        mask,
        number,
        settings.persist_gain / spread,
        least,
        turns,
        half,
        here.strength,
        here.scale,
        here.angle,
    )


def join(fine: Ridges, coarse: Ridges) -> None:
    """Put into `fine` what is stronger in `coarse`, pixel by pixel."""
    stronger = coarse.strength > fine.strength
    np.copyto(fine.strength, coarse.strength, where=stronger)
    np.copyto(fine.scale, coarse.scale, where=stronger)
    np.copyto(fine.angle, coarse.angle, where=stronger)


def _spread(smooth: F4, mask: Bools) -> float:
    """Robust standard deviation of the curvature inside the breast."""
    values = ridges.curvatures(smooth, 5)
    where = mask[1::5, 1::5][: values.shape[0], : values.shape[1]]
    values = values[: where.shape[0], : where.shape[1]][where]
    if values.size < 20:
        return 1e9
    spread = 1.4826 * float(np.median(np.abs(values - np.median(values))))
    return max(spread, 1e-9)
