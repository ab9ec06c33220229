"""Forward and back-projection on a slice grid that matches the cone of the beam.

In slice k, at height z, pixels are `pitch * (top - z) / top` apart: each lies on the
line from the panel's pixel of the same row and column to a source at (0, 0, top). From
any other source of the arc, rows and columns are then shifted and stretched by less
than a hundredth, so that the interpolation weight drifts slowly and the inner loop is
a few contiguous loads: no gathers, no divisions.

`gather` interpolates projections at voxels; `scatter` is its exact transpose. Both
weigh a voxel by its area on the panel in pixels, so that `scatter` of ones is the
number of slices on a ray. The last row and column of the panel are not used.

Compiled; plain arrays in, plain arrays out.
"""

import math
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Pixels = NDArray[np.float32]

BLOCK = 16
"""Rows of one task: the rows of all projections that it needs stay in the cache."""

_CLOSE = 1e-6
"""Pixels by which rounding may put a position below the pixel that it lies on."""


@njit(cache=True, inline="always")
def _line(z: float, source: Floats, frame: Floats, top: float, axis: int) -> Any:  # noqa: ANN401
    """Return stretch and start: panel index = start + stretch * slice index.

    axis 0 is columns (x), 1 is rows (y).
    """
    m = source[2] / (source[2] - z)
    stretch = m * (top - z) / top
    half = frame[axis] / frame[2] + 0.5
    return stretch, stretch * half + source[axis] * (1.0 - m) / frame[2] - half


@njit(cache=True, inline="always")
def _run(weight: float, drift: float, left: int) -> int:
    """Return for how many pixels the weight stays in [0, 1]."""
    if drift > 1e-9:
        return min(int((1.0 - weight) / drift) + 1, left)
    if drift < -1e-9:
        return min(int(-weight / drift) + 1, left)
    return left


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def slants(source: Floats, frame: Floats, rows: int, columns: int) -> Pixels:
    """Return length over height of the rays of one projection, (rows, columns)."""
    out = np.empty((rows, columns), np.float32)
    scale = 1.0 / source[2]
    for row in prange(rows):
        y = np.float32((frame[1] + frame[2] * (row + 0.5) - source[1]) * scale)
        across = np.float32(1.0) + y * y
        first = np.float32((frame[0] + frame[2] * 0.5 - source[0]) * scale)
        step = np.float32(frame[2] * scale)
        for i in range(columns):
            x = first + step * np.float32(i)
            out[row, i] = math.sqrt(across + x * x)
    return out


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def gather(
    projections: Pixels,
    sources: Floats,
    frame: Floats,
    heights: Floats,
    top: float,
    volume: Pixels,
    keep: float,
    least: float,
) -> None:
    """Back-project: volume = max(least, keep * volume + weighted sum of projections).

    Parameters
    ----------
    projections
        (P, V, U).
    sources
        (P, 3) mm, panel frame.
    frame
        (3,) x and y of the panel's corner, pixel pitch, mm.
    heights
        (K,) of the slices above the panel, mm.
    top
        Height of the source that the slice grid matches, mm.
    volume
        (K, V, U), changed in place.
    """
    count, tall, wide = projections.shape
    for block in prange((tall + BLOCK - 1) // BLOCK):
        line = np.empty(wide, np.float32)
        for k in range(len(heights)):
            for row in range(block * BLOCK, min(tall, (block + 1) * BLOCK)):
                target = volume[k, row]
                for i in range(wide):
                    line[i] = np.float32(0.0)
                for p in range(count):
                    by, ay = _line(heights[k], sources[p], frame, top, 1)
                    v = ay + by * row
                    first = math.floor(v + _CLOSE)
                    if first < 0 or first >= tall - 1:
                        continue
                    share = np.float32(max(v - first, 0.0))
                    upper, lower = projections[p, first], projections[p, first + 1]
                    bx, ax = _line(heights[k], sources[p], frame, top, 0)
                    area = np.float32(bx * by)
                    i = max(0, math.ceil((-ax - _CLOSE) / bx))
                    end = min(wide, math.floor((wide - 1 - _CLOSE - ax) / bx) + 1)
                    drift = np.float32(bx - 1.0)
                    while i < end:
                        u = ax + bx * i
                        q = math.floor(u + _CLOSE)
                        w0 = np.float32(max(u - q, 0.0))
                        n = min(_run(w0, bx - 1.0, end - i), wide - 1 - q)
                        if n < 1:
                            break
                        a, b = upper[q : q + n + 1], lower[q : q + n + 1]
                        out = line[i : i + n]
                        for m in range(n):
                            w = w0 + drift * np.float32(m)
                            here = a[m] + share * (b[m] - a[m])
                            beyond = a[m + 1] + share * (b[m + 1] - a[m + 1])
                            out[m] += area * (here + w * (beyond - here))
                        i += n
                if keep == 0.0:
                    for i in range(wide):
                        target[i] = max(line[i], np.float32(least))
                else:
                    for i in range(wide):
                        target[i] = max(
                            np.float32(keep) * target[i] + line[i], np.float32(least)
                        )


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def scatter(
    volume: Pixels,
    sources: Floats,
    frame: Floats,
    heights: Floats,
    top: float,
    projections: Pixels,
) -> None:
    """Project: the exact transpose of `gather`; overwrites `projections` (P, V, U)."""
    count, tall, wide = projections.shape
    blocks = (tall + BLOCK - 1) // BLOCK
    for task in prange(count * blocks):
        p, block = task % count, task // count
        line = np.empty(wide, np.float32)
        for row in range(block * BLOCK, min(tall, (block + 1) * BLOCK)):
            for i in range(wide):
                line[i] = np.float32(0.0)
            for k in range(len(heights)):
                by, ay = _line(heights[k], sources[p], frame, top, 1)
                low = max(0, math.floor((row - 1 - ay) / by))
                high = min(tall - 1, math.ceil((row + 1 - ay) / by))
                # Two slice rows at most reach a panel row: their stretch is >= 1.
                one, two = -1, -1
                part, rest = np.float32(0.0), np.float32(0.0)
                for y in range(low, high + 1):
                    v = ay + by * y
                    first = math.floor(v + _CLOSE)
                    if first < 0 or first >= tall - 1:
                        continue
                    share = np.float32(max(v - first, 0.0))
                    if first == row:
                        share = np.float32(1.0) - share
                    elif first != row - 1:
                        continue
                    if one < 0:
                        one, part = y, share
                    elif two < 0:
                        two, rest = y, share
                if one < 0:
                    continue
                upper = volume[k, one]
                lower = volume[k, max(two, one)]
                bx, ax = _line(heights[k], sources[p], frame, top, 0)
                part *= np.float32(bx * by)
                rest *= np.float32(bx * by)
                i = max(0, math.ceil((-ax - _CLOSE) / bx))
                end = min(wide, math.floor((wide - 1 - _CLOSE - ax) / bx) + 1)
                drift = np.float32(bx - 1.0)
                while i < end:
                    u = ax + bx * i
                    q = math.floor(u + _CLOSE)
                    w0 = np.float32(max(u - q, 0.0))
                    n = min(_run(w0, bx - 1.0, end - i), wide - 1 - q)
                    if n < 1:
                        break
                    a, b = upper[i : i + n], lower[i : i + n]
                    out = line[q : q + n + 1]
                    last = part * a[0] + rest * b[0]
                    out[0] += last - w0 * last
                    for m in range(1, n):
                        w = w0 + drift * np.float32(m)
                        here = part * a[m] + rest * b[m]
                        before = part * a[m - 1] + rest * b[m - 1]
                        out[m] += here - w * here + (w - drift) * before
                    last = part * a[n - 1] + rest * b[n - 1]
                    out[n] += (w0 + drift * np.float32(n - 1)) * last
                    i += n
            projections[p, row, :] = line


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def straighten(
    volume: Pixels, frame: Floats, heights: Floats, top: float, middle: float
) -> None:
    """Resample slices in place to the spacing that the slice at `middle` mm has.

    Bilinear, on the lattice of that slice; outside a slice, its edge.
    """
    tall, wide = volume.shape[1:]
    spare = np.empty((tall, wide), np.float32)
    for k in range(len(heights)):
        ratio = (top - middle) / (top - heights[k])
        for row in prange(tall):
            spare[row, :] = volume[k, row]
        for row in prange(tall):
            half = frame[1] / frame[2] + 0.5
            v = min(max(ratio * (row + half) - half, 0.0), tall - 1.0)
            first = min(int(v), tall - 2)
            share = np.float32(v - first)
            upper, lower = spare[first], spare[first + 1]
            back = frame[0] / frame[2] + 0.5
            start, target = ratio * back - back, volume[k, row]
            begin = min(max(0, math.ceil(-start / ratio)), wide)
            end = max(begin, min(wide, math.floor((wide - 2 - start) / ratio) + 1))
            for i in range(begin):
                target[i] = upper[0] + share * (lower[0] - upper[0])
            for i in range(end, wide):
                u = min(max(start + ratio * i, 0.0), wide - 1.0)
                q = min(int(u), wide - 2)
                w = np.float32(u - q)
                here = upper[q] + share * (lower[q] - upper[q])
                beyond = upper[q + 1] + share * (lower[q + 1] - upper[q + 1])
                target[i] = here + w * (beyond - here)
            drift = np.float32(ratio - 1.0)
            i = begin
            while i < end:
                u = start + ratio * i
                q = max(math.floor(u), 0)
                w0 = np.float32(u - q)
                n = min(_run(w0, ratio - 1.0, end - i), wide - 1 - q)
                if n < 1:
                    break
                a, b = upper[q : q + n + 1], lower[q : q + n + 1]
                out = target[i : i + n]
                for m in range(n):
                    w = w0 + drift * np.float32(m)
                    here = a[m] + share * (b[m] - a[m])
                    beyond = a[m + 1] + share * (b[m + 1] - a[m + 1])
                    out[m] = here + w * (beyond - here)
                i += n
