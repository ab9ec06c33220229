"""Samples across lines: straightened strips of an image.

Compiled; plain arrays in, plain arrays out. Positions are rows and columns.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

F4 = NDArray[np.float32]
F8 = NDArray[np.float64]


@njit(cache=True, inline="always")
def _bilinear(image: F4, y: float, x: float) -> float:
    rows, columns = image.shape
    y = min(max(y, 0.0), rows - 1.001)
    x = min(max(x, 0.0), columns - 1.001)
    top, left = int(y), int(x)
    fy, fx = y - top, x - left
    upper = (1 - fx) * image[top, left] + fx * image[top, left + 1]
    lower = (1 - fx) * image[top + 1, left] + fx * image[top + 1, left + 1]
    return float((1 - fy) * upper + fy * lower)


@njit(cache=True, nogil=True, parallel=True)
def across(
    image: F4, rows: F8, columns: F8, normals: F8, steps: F8, half: int, along: int
) -> F4:
    """Sample `image` (H, W) across N points; returns (N, 2 half + 1) float32.

    `normals` (N, 2) are unit vectors (row, column); `steps` (N,) is the spacing of
    samples in pixels. Each sample is the mean over 2 `along` + 1 places one pixel
    apart along the line.
    """
    count = len(rows)
    out = np.empty((count, 2 * half + 1), np.float32)
    for n in prange(count):
        down, right = normals[n, 0], normals[n, 1]
        for k in range(2 * half + 1):
            u = (k - half) * steps[n]
            total = 0.0
            for a in range(-along, along + 1):
                total += _bilinear(
                    image,
                    rows[n] + u * down - a * right,
                    columns[n] + u * right + a * down,
                )
            out[n, k] = total / (2 * along + 1)
    return out


@njit(cache=True, inline="always")
def _ground(profile: F4, foot: int, way: int, most: float) -> float:
    """Mean level from a foot outward: the lowest value alone is noise's lowest."""
    total, count = 0.0, 0
    k = foot - way
    while 0 <= k < len(profile) and count < 8:
        if profile[k] > most:
            if count > 1:
                break
        else:
            total += profile[k]
            count += 1
        k += way
        if abs(k - foot) > 10:
            break
    return total / max(count, 1) if count else float(profile[foot])


@njit(cache=True, nogil=True, parallel=True)
def widths(profiles: F4, reach: int, slack: float) -> F8:
    """Measure N profiles (N, M) that peak near their middle.

    Returns (N, 6): base left, base right, peak above base, left and right
    half-height crossing (in samples from the middle), area above base between the
    feet. `reach` bounds the search for the peak; a rise of less than `slack` (more
    inside an opaque duct) on a flank is noise. A profile without a peak gives zeros.
    """
    count, length = profiles.shape
    middle = length // 2
    out = np.zeros((count, 6))
    for n in prange(count):
        profile = profiles[n]
        top = middle
        for k in range(middle - reach, middle + reach + 1):
            if profile[k] > profile[top]:
                top = k
        # Fewer photons pass an opaque duct: its noise grows as exp(attenuation / 2).
        lowest = profile[top]
        for k in range(length):
            lowest = min(lowest, profile[k])
        rise = slack * np.exp(0.5 * min(profile[top] - lowest, 3.0))
        left, right = top, top
        lowest_left, lowest_right = profile[top], profile[top]
        # Walk down each flank to its foot: the lowest value before it rises again
        # by a fifth of what it fell, so that a neighbour does not lift the base.
        k = top
        while k > 0:
            k -= 1
            if profile[k] < lowest_left:
                lowest_left, left = profile[k], k
            elif profile[k] - lowest_left > 0.2 * (profile[top] - lowest_left) + rise:
                break
        k = top
        while k < length - 1:
            k += 1
            if profile[k] < lowest_right:
                lowest_right, right = profile[k], k
            elif profile[k] - lowest_right > 0.2 * (profile[top] - lowest_right) + rise:
                break
        if right <= left:
            continue
        lowest_left = _ground(profile, left, -1, lowest_left + 2 * rise)
        lowest_right = _ground(profile, right, 1, lowest_right + 2 * rise)
        slope = (lowest_right - lowest_left) / (right - left)
        base = lowest_left + slope * (top - left)
        peak = profile[top] - base
        if peak <= 0:
            continue
        a = top
        while a > left and profile[a] - lowest_left - slope * (a - left) > peak / 2:
            a -= 1
        here = profile[a] - lowest_left - slope * (a - left)
        above = profile[a + 1] - lowest_left - slope * (a + 1 - left)
        first = a + min(max((peak / 2 - here) / max(above - here, 1e-9), 0.0), 1.0)
        b = top
        while b < right and profile[b] - lowest_left - slope * (b - left) > peak / 2:
            b += 1
        here = profile[b] - lowest_left - slope * (b - left)
        above = profile[b - 1] - lowest_left - slope * (b - 1 - left)
        last = b - min(max((peak / 2 - here) / max(above - here, 1e-9), 0.0), 1.0)
        area = 0.0
        for k in range(left, right + 1):
            area += profile[k] - lowest_left - slope * (k - left)
        out[n, 0], out[n, 1], out[n, 2] = lowest_left, lowest_right, peak
        out[n, 3], out[n, 4], out[n, 5] = first - middle, last - middle, area
    return out
