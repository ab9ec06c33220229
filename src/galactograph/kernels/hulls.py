"""The skin line of a slab: where the breast ends, and its path lengths.

Compiled; plain arrays in, plain arrays out.
"""

import math

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from galactograph.kernels.sheets import settle, step

SHEETS = 400
"""Slices of the skin line: they crowd where it is flat, so that no step is seen."""


@njit(cache=True, nogil=True, fastmath=True)
def superellipse(level: float, across: float, flank: float) -> float:
    """Return x / depth where |x|^p + |across|^p = level^p; 0 outside."""
    if level <= 0.0 or across >= level:
        return 0.0
    return float((level**flank - across**flank) ** (1.0 / flank))


@njit(cache=True, nogil=True, fastmath=True)
def level_at(height: float, half: float, roundness: float) -> float:
    """Return the normalised radius up to which a slab is taller than `height`."""
    share = height / half
    if share >= 1.0:
        return 0.0
    return 1.0 - roundness + roundness * math.sqrt(1.0 - share * share)


@njit(cache=True, nogil=True, fastmath=True)
def inner_end(y: float, height: float, hull: NDArray[np.float64]) -> float:
    """Return x where the tissue inside the skin ends; `height` off the middle."""
    half = 0.5 * hull[0]
    grown = 1.0 + 2.0 * hull[5] / (hull[1] + hull[2])
    level = level_at(abs(height) + hull[5], half, hull[4]) / grown
    return float(hull[2] * superellipse(level, abs(y) / hull[1], hull[3]))


@njit(cache=True, nogil=True, fastmath=True)
def _outer_end(y: float, height: float, hull: NDArray[np.float64]) -> float:
    """Return x where the breast ends, nipple included; `height` off the middle."""
    level = level_at(abs(height), 0.5 * hull[0], hull[4])
    end = hull[2] * superellipse(level, abs(y) / hull[1], hull[3])
    radius, long = hull[6], hull[7]
    off = math.sqrt(y * y + height * height) / radius
    if off < 2.5:
        # A peg with a blunt tip, and a foot that widens into the areola.
        peg = 1.0 / (1.0 + (off / 0.9) ** 4)
        end = max(end, hull[2] + (long + 2.0) * peg - 2.0 - 0.8 * off * off)
    return float(end)


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def enclose(
    hull: NDArray[np.float64],
    under: float,
    weights: NDArray[np.float32],
    source: NDArray[np.float64],
    frame: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Add the inside of a slab, and its skin, to `out` (C, rows, columns).

    Parameters
    ----------
    hull
        (8,) the skin line.
    under
        Height of the underside above the panel, mm.
    weights
        (3, C) what a millimetre of air, of the inside and of skin add.
    source, frame
        As in `project`.
    """
    tall, wide = out.shape[1], out.shape[2]
    half = 0.5 * hull[0]
    for j in prange(tall):
        change = np.zeros((wide + 2, weights.shape[1]), np.float32)
        met = False
        for k in range(SHEETS):
            turn = math.pi * ((k + 0.5) / SHEETS - 0.5)
            below = math.sin(math.pi * (k / SHEETS - 0.5))
            above = math.sin(math.pi * ((k + 1) / SHEETS - 0.5))
            height = half * math.sin(turn)
            shrink = (source[2] - under - half - height) / source[2]
            y = frame[1] + (j + 0.5) * frame[2] - source[1]
            y = source[1] + y * shrink
            if abs(y) >= hull[1]:
                continue
            outer = _outer_end(y, height, hull)
            if outer <= 0.0:
                continue
            met = True
            strength = np.float32(half * (above - below))
            inner = inner_end(y, height, hull)
            first = source[0] + (frame[0] - source[0]) * shrink
            scale = 1.0 / (frame[2] * shrink)
            zero = np.float32(-first * scale)
            if inner > 0.0:
                u = np.float32((inner - first) * scale)
                step(change, zero, weights, 1, 0, wide, strength)
                step(change, u, weights, 2, 1, wide, strength)
            else:
                step(change, zero, weights, 2, 0, wide, strength)
            u = np.float32((outer - first) * scale)
            step(change, u, weights, 0, 2, wide, strength)
        if met:
            settle(change, source, frame, j, out)
