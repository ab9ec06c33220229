"""Path lengths through a slab, slice by slice, from any source to a parallel panel.

Compiled; plain arrays in, plain arrays out. A slice parallel to the panel projects
by scale and shift alone; runs are spread over the pixels that they cover exactly.
"""

import math

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

ROUNDING_MM = np.float32(2e-4)
"""Paths below this are none."""


@njit(cache=True, nogil=True, fastmath=True)
def step(
    change: NDArray[np.float32],
    u: np.float32,
    weights: NDArray[np.float32],
    label: int,
    before: int,
    columns: int,
    strength: np.float32,
) -> None:
    """Note in `change` that material `before` turns into `label` at column u."""
    u = min(max(u, np.float32(0.0)), np.float32(columns))
    i = int(u)
    part = u - np.float32(i)
    for c in range(weights.shape[1]):
        jump = strength * (weights[label, c] - weights[before, c])
        change[i, c] += jump * (np.float32(1.0) - part)
        change[i + 1, c] += jump * part


@njit(cache=True, nogil=True, fastmath=True)
def settle(
    change: NDArray[np.float32],
    source: NDArray[np.float64],
    frame: NDArray[np.float64],
    row: int,
    out: NDArray[np.float32],
) -> None:
    """Sum changes along a panel row, lengthened by each ray's slant; add to `out`."""
    dy = frame[1] + (row + 0.5) * frame[2] - source[1]
    square = dy * dy + source[2] * source[2]
    for c in range(out.shape[0]):
        total = np.float32(0.0)
        for i in range(out.shape[2]):
            total += change[i, c]
            # What rounding left behind the last run is nothing: air stays empty.
            if abs(total) < ROUNDING_MM:
                continue
            dx = frame[0] + (i + 0.5) * frame[2] - source[0]
            slant = math.sqrt(dx * dx + square) / source[2]
            out[c, row, i] += total * np.float32(slant)


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def project(
    offsets: NDArray[np.int64],
    starts: NDArray[np.uint16],
    labels: NDArray[np.uint8],
    layout: NDArray[np.float64],
    slices: int,
    rows: int,
    weights: NDArray[np.float32],
    source: NDArray[np.float64],
    frame: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Add what runs weigh along each ray to `out` (C, rows of the panel, columns).

    Parameters
    ----------
    offsets, starts, labels
        Rows of runs; see `values.parenchyma.Runs`.
    layout
        (5,) slice pitch, row pitch, y of the first row's edge, mm a unit of
        `starts`, and height of the underside above the panel, mm.
    slices, rows
        Of the runs.
    weights
        (L, C) what a millimetre of each label adds to each channel.
    source
        (3,) mm; the panel lies at z = 0.
    frame
        (3,) x and y of the panel's corner, pixel pitch, mm.
    """
    slice_mm, row_mm, top, unit_mm, under = layout
    tall, wide = out.shape[1], out.shape[2]
    for j in prange(tall):
        change = np.zeros((wide + 2, weights.shape[1]), np.float32)
        met = False
        for k in range(slices):
            # In this slice a pixel is this much smaller than on the panel.
            shrink = (source[2] - under - (k + 0.5) * slice_mm) / source[2]
            deep = frame[2] * shrink / row_mm
            low = (source[1] + (frame[1] + j * frame[2] - source[1]) * shrink) - top
            low /= row_mm
            high = low + deep
            if high <= 0.0 or low >= rows:
                continue
            first = (source[0] + (frame[0] - source[0]) * shrink) / unit_mm
            per_unit = np.float32(unit_mm / (frame[2] * shrink))
            for r in range(max(int(low), 0), min(int(high), rows - 1) + 1):
                begin, end = offsets[k * rows + r], offsets[k * rows + r + 1]
                share = (min(high, r + 1.0) - max(low, float(r))) / deep
                if begin == end or share <= 0.0:
                    continue
                met = True
                strength = np.float32(share * slice_mm)
                before = 0
                for q in range(begin, end):
                    u = np.float32(starts[q] - first) * per_unit
                    label = labels[q]
                    step(change, u, weights, label, before, wide, strength)
                    before = label
        if met:
            settle(change, source, frame, j, out)
