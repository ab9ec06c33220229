"""Bright lines in an image: ridge strength, orientation and scale in one pass.

Compiled; plain arrays in, plain arrays out. Nothing is checked here: the caller
has. Images are (H, W), rows first; angles are atan2(along rows, along columns).
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

F4 = NDArray[np.float32]
U1 = NDArray[np.uint8]


@njit(cache=True, parallel=True, fastmath=True)
def strengthen(
    smooth: F4, number: int, gain: float, lean_px: float, best: F4, scale: U1, angle: F4
) -> None:
    """Raise `best` (H, W) where the ridge of `smooth` (H, W) times `gain` is stronger.

    Ridge strength is the curvature across the line, less half of any curvature
    along it, so that blobs count for half, and less the slope across divided by
    `lean_px`, so that the shoulder of an edge is no ridge. `scale` gets `number`,
    `angle` the direction of the line, where `best` was raised.
    """
    rows, columns = smooth.shape
    quarter, half = np.float32(0.25), np.float32(0.5)
    for i in prange(1, rows - 1):
        for j in range(1, columns - 1):
            centre = smooth[i, j] + smooth[i, j]
            xx = smooth[i, j - 1] + smooth[i, j + 1] - centre
            yy = smooth[i - 1, j] + smooth[i + 1, j] - centre
            mean = half * (xx + yy)
            if mean >= np.float32(0.0) and xx >= 0 and yy >= 0:
                continue
            xy = quarter * (
                smooth[i - 1, j - 1]
                + smooth[i + 1, j + 1]
                - smooth[i - 1, j + 1]
                - smooth[i + 1, j - 1]
            )
            lean = half * (xx - yy)
            swing = np.sqrt(lean * lean + xy * xy)
            value = swing - mean
            along = mean + swing
            if along < 0:
                value += half * along
            value *= np.float32(gain)
            if value <= best[i, j]:
                continue
            gx = half * (smooth[i, j + 1] - smooth[i, j - 1])
            gy = half * (smooth[i + 1, j] - smooth[i - 1, j])
            turned = half * (gx * gx - gy * gy) * lean + gx * gy * xy
            slope = half * (gx * gx + gy * gy) - turned / max(swing, np.float32(1e-20))
            value -= np.sqrt(max(slope, np.float32(0.0))) * np.float32(gain / lean_px)
            if value > best[i, j]:
                best[i, j] = value
                scale[i, j] = number
                angle[i, j] = half * np.arctan2(xy, lean)


@njit(cache=True, fastmath=True)
def curvatures(smooth: F4, step: int) -> F4:
    """Return signed curvature across the strongest direction, every `step` pixels."""
    rows, columns = smooth.shape
    out = np.empty(((rows - 3) // step + 1, (columns - 3) // step + 1), np.float32)
    for a in range(out.shape[0]):
        for b in range(out.shape[1]):
            i, j = 1 + a * step, 1 + b * step
            centre = smooth[i, j] + smooth[i, j]
            xx = smooth[i, j - 1] + smooth[i, j + 1] - centre
            yy = smooth[i - 1, j] + smooth[i + 1, j] - centre
            xy = np.float32(0.25) * (
                smooth[i - 1, j - 1]
                + smooth[i + 1, j + 1]
                - smooth[i - 1, j + 1]
                - smooth[i + 1, j - 1]
            )
            lean = np.float32(0.5) * (xx - yy)
            out[a, b] = np.sqrt(lean * lean + xy * xy) - np.float32(0.5) * (xx + yy)
    return out


@njit(cache=True, parallel=True, fastmath=True)
def crests(best: F4, angle: F4, least: float) -> U1:
    """Return 1 where `best` (H, W) is a maximum across its line and >= `least`."""
    rows, columns = best.shape
    out = np.zeros((rows, columns), np.uint8)
    for i in prange(2, rows - 2):
        for j in range(2, columns - 2):
            value = best[i, j]
            if value < least:
                continue
            down, right = np.cos(angle[i, j]), -np.sin(angle[i, j])
            crest = True
            for sign in (-1.0, 1.0):
                y, x = i + sign * down, j + sign * right
                top, left = int(np.floor(y)), int(np.floor(x))
                fy, fx = y - top, x - left
                beside = (1 - fy) * (
                    (1 - fx) * best[top, left] + fx * best[top, left + 1]
                ) + fy * ((1 - fx) * best[top + 1, left] + fx * best[top + 1, left + 1])
                if beside > value:
                    crest = False
                    break
            if crest:
                out[i, j] = 1
    return out
