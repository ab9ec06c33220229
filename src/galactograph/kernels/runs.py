"""Rows of tissue as runs, carved from functions of the material point.

Compiled; plain arrays in, plain arrays out.
"""

import math

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from galactograph.kernels.compartments import sample_noise
from galactograph.kernels.hulls import inner_end

FAT, GLAND, FIBROUS, MUSCLE = 0, 1, 2, 3

MOST_NOISE = 3.2
"""Standard deviations beyond which there is no noise: it is held in eight bits."""

STEADY_MM = 0.33
"""Millimetres along a row in which the plenty of gland changes by one at most."""

MUSCLE_SHARE = 0.4
"""How much of the slab's thickness the pectoral muscle takes; source: assumed."""

WANDER = 1.5
"""How far threads wander, in pitches of slices: their mean heights then cover one."""

MOST_RUNS = 640
"""Runs kept in a row; a row of noise holds about 150."""


@njit(cache=True, nogil=True, fastmath=True)
def _hash(a: int, b: int, c: int) -> float:
    """Return a fraction in [0, 1) that depends on three integers only."""
    # Products of two 32-bit numbers fit 64 bits: nothing overflows, compiled or not.
    low = np.uint64(0xFFFFFFFF)
    h = (np.uint64(a) * np.uint64(0x9E3779B1)) & low
    h ^= (np.uint64(b) * np.uint64(0x85EBCA77)) & low
    h ^= (np.uint64(c) * np.uint64(0xC2B2AE3D)) & low
    h ^= h >> np.uint64(15)
    h = (h * np.uint64(0x2C1B3C6D)) & low
    h ^= h >> np.uint64(12)
    h = (h * np.uint64(0x297A2D39)) & low
    h ^= h >> np.uint64(15)
    return float(h) * 2.3283064365386963e-10


@njit(cache=True, nogil=True, fastmath=True)
def _wall_mm(u: float) -> float:
    """Return the thickness of a wall by its number in [0, 1).

    source: ligaments a few tenths of a millimetre thick; not every wall is one
    (assumed).
    """
    u = max(u - 0.3, 0.0) / 0.7
    return (u > 0.0) * (0.06 + 0.7 * u**5)


@njit(cache=True, nogil=True)
def wall_thickness(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the thickness, mm, of walls of given numbers (N,) in [0, 1)."""
    out = np.empty(len(numbers))
    for n in range(len(numbers)):
        out[n] = _wall_mm(numbers[n])
    return out


@njit(cache=True, nogil=True, fastmath=True)
def _push(
    x: float,
    label: int,
    last: float,
    count: int,
    ends: NDArray[np.float32],
    kinds: NDArray[np.uint8],
) -> int:
    """Add a run; return how many there are."""
    if count > 0:
        x = max(x, ends[count - 1])
        if kinds[count - 1] == label:
            return count
    elif label == FAT:
        return count
    if count >= len(ends):
        return count
    ends[count], kinds[count] = min(x, last), label
    return count + 1


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def carve(
    places: NDArray[np.float32],
    near: NDArray[np.int16],
    node_mm: float,
    corner_mm: NDArray[np.float64],
    seeds_mm: NDArray[np.float32],
    plenty_mm: NDArray[np.float32],
    noise: NDArray[np.int8],
    hull: NDArray[np.float64],
    muscle_mm: NDArray[np.float32],
    numbers: NDArray[np.float64],
    first_slice: int,
    slices: int,
    rows: int,
    steps: int,
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.int32]]:
    """Carve rows of `slices` slices: where runs start, what they are, how many.

    A row is a thread that wanders up and down its slice, so that surfaces along the
    slices are sampled evenly and do not show as terraces.

    Parameters
    ----------
    places, near
        Fields and compartments on a lattice of `node_mm`; see kernels.compartments.
    corner_mm
        (2,) y and z of its first node; x starts at 0.
    seeds_mm, plenty_mm, noise
        Of the parenchyma.
    hull
        (8,) the skin line.
    muscle_mm
        (rows,) x where muscle ends.
    numbers
        (8,) row pitch, slice pitch, y of the first row's edge, roughness, how strong
        walls are, and where the beam comes from at rest.
    first_slice
        Number of the first slice.
    steps
        Samples between two nodes.

    Returns
    -------
    ends : float32, (slices * rows, MOST_RUNS), mm
    kinds : uint8, of that shape
    counts : int32, (slices * rows,)
    """
    row_mm, slice_mm, top, rough, fibre, beam_x, beam_y, beam_z = numbers
    nodes = places.shape[2]
    ends = np.empty((slices * rows, MOST_RUNS), np.float32)
    kinds = np.empty((slices * rows, MOST_RUNS), np.uint8)
    counts = np.zeros(slices * rows, np.int32)
    dx = np.float32(node_mm / steps)
    for n in prange(slices * rows):
        k, r = first_slice + n // rows, n % rows
        y_mid, z_mid = top + (r + 0.5) * row_mm, (k + 0.5) * slice_mm
        end = np.float32(inner_end(y_mid, z_mid - 0.5 * hull[0], hull))
        if end <= 0.0:
            continue
        count = 0
        band = int((r + 0.5) * row_mm / node_mm)
        blend = (r + 0.5) * row_mm / node_mm - band
        # Muscle is a tongue in the middle of the slab, with fat above and below.
        off = (2.0 * z_mid / hull[0] - 1.0) ** 2
        tongue = math.sqrt(max(1.0 - off / MUSCLE_SHARE**2, 0.0))
        before = np.float32(min(muscle_mm[r] * tongue, end))
        if before > 0.0:
            count = _push(np.float32(0.0), MUSCLE, end, 0, ends[n], kinds[n])
            count = _push(before, FAT, end, count, ends[n], kinds[n])
        start = min(int(before / node_mm), nodes - 2)
        f = np.empty((2, 7), np.float32)
        cell_j, cell_k = 0, 0
        last_value, last_wall = np.float32(-1.0), np.float32(0.0)
        last_owner, last_x = -1, np.float32(0.0)
        for i in range(start, nodes):
            # Where the thread runs at this node. Threads side by side rise and fall
            # together: what they miss looks like tissue, not like streaks.
            y = y_mid
            turn = (1.0 - blend) * _hash(k, band, i) + blend * _hash(k, band + 1, i)
            z = z_mid + WANDER * slice_mm * (turn - 0.5)
            v = min(max((y - corner_mm[0]) / node_mm, 0.0), places.shape[1] - 1.001)
            w = min(max((z - corner_mm[1]) / node_mm, 0.0), places.shape[0] - 1.001)
            j0, k0 = int(v), int(w)
            fv, fw = np.float32(v - j0), np.float32(w - k0)
            for n_ in range(7):
                f[0, n_] = f[1, n_]
                low = places[k0, j0, i, n_]
                low += fv * (places[k0, j0 + 1, i, n_] - low)
                high = places[k0 + 1, j0, i, n_]
                high += fv * (places[k0 + 1, j0 + 1, i, n_] - high)
                f[1, n_] = low + fw * (high - low)
            if i == start:
                cell_j, cell_k = j0, k0
                continue
            x0 = np.float32((i - 1) * node_mm)
            if x0 >= end:
                break
            listed = near[cell_k, cell_j, i - 1]
            cell_j, cell_k = j0, k0
            s = 0
            while s < steps:
                x = x0 + (s + np.float32(0.5)) * dx
                if x < before:
                    s += 1
                    continue
                if x > end:
                    break
                share = (s + np.float32(0.5)) / np.float32(steps)
                g0 = f[0, 0] + share * (f[1, 0] - f[0, 0])
                g1 = f[0, 1] + share * (f[1, 1] - f[0, 1])
                g2 = f[0, 2] + share * (f[1, 2] - f[0, 2])
                nearest, second = np.float32(1e30), np.float32(1e30)
                owner, other = 0, 0
                for q in range(len(listed)):
                    m = listed[q]
                    if m < 0:
                        break
                    a, b = g0 - seeds_mm[m, 0], g1 - seeds_mm[m, 1]
                    c = g2 - seeds_mm[m, 2]
                    square = a * a + b * b + c * c
                    if square < nearest:
                        second, other = nearest, owner
                        nearest, owner = square, m
                    elif square < second:
                        second, other = square, m
                a = seeds_mm[owner, 0] - seeds_mm[other, 0]
                b = seeds_mm[owner, 1] - seeds_mm[other, 1]
                c = seeds_mm[owner, 2] - seeds_mm[other, 2]
                apart = np.float32(math.sqrt(a * a + b * b + c * c))
                wall = np.float32(0.5) * (second - nearest) / (apart + np.float32(1e-6))
                value = f[0, 6] + share * (f[1, 6] - f[0, 6])
                value += plenty_mm[owner] - wall
                # Far from zero, noise does not matter, and samples may be left out.
                room = abs(value) - MOST_NOISE * rough
                if room < 0.0:
                    g3 = f[0, 3] + share * (f[1, 3] - f[0, 3])
                    g4 = f[0, 4] + share * (f[1, 4] - f[0, 4])
                    g5 = f[0, 5] + share * (f[1, 5] - f[0, 5])
                    value += rough * sample_noise(noise, g3, g4, g5)
                if (value > 0.0) != (last_value > 0.0):
                    at = x - (x - last_x) * value / (value - last_value)
                    label = GLAND if value > 0.0 else FAT
                    count = _push(at, label, end, count, ends[n], kinds[n])
                elif value <= 0.0 and owner != last_owner and last_owner >= 0:
                    one, two = min(owner, last_owner), max(owner, last_owner)
                    thick = fibre * _wall_mm(_hash(one, two, 11))
                    slope = (wall + last_wall) / (x - last_x)
                    # A wall that faces the beam is not seen: rows that met it at
                    # random would only be streaks.
                    facing = (a * beam_x + b * beam_y + c * beam_z) / (apart + 1e-6)
                    least = 0.3 if abs(facing) > 0.8 else 0.05
                    if thick > 0.0 and slope > least:
                        share = wall / (wall + last_wall + np.float32(1e-6))
                        at = x - (x - last_x) * share
                        long = np.float32(0.5 * thick / slope)
                        count = _push(at - long, FIBROUS, end, count, ends[n], kinds[n])
                        count = _push(at + long, FAT, end, count, ends[n], kinds[n])
                last_value, last_wall, last_owner, last_x = value, wall, owner, x
                s += 1
                if room > 0.0:
                    if value < 0.0:
                        room = min(room, 2.0 * wall)
                    # A lone compartment has no wall: the way to it is endless.
                    s += int(min(room * STEADY_MM / dx, float(steps)))
        if count > 0:
            count = _push(end, FAT, end, count, ends[n], kinds[n])
            kinds[n, count - 1] = FAT
        counts[n] = count
    return ends, kinds, counts


@njit(cache=True, nogil=True, parallel=True)
def pack(
    ends: NDArray[np.float32],
    kinds: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    unit_mm: float,
    starts: NDArray[np.uint16],
    labels: NDArray[np.uint8],
) -> None:
    """Copy carved rows into `starts` and `labels` at `offsets` (rows + 1,)."""
    for n in prange(len(offsets) - 1):
        for q in range(offsets[n + 1] - offsets[n]):
            unit = ends[n, q] / unit_mm + 0.5
            starts[offsets[n] + q] = np.uint16(min(max(unit, 0.0), 65535.0))
            labels[offsets[n] + q] = kinds[n, q]
