"""Smooth functions of the material point, laid out on a lattice in a slab.

Compiled; plain arrays in, plain arrays out.
"""

import math

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

MOST_NEAR = 8
"""Compartments listed near a lattice cell."""

APEX_MM = 35.0
"""How far before the nipple fibres seem to come together; assumed."""

ALONG = 0.72
"""Fibres are this much finer across than along; assumed."""

# A turn that lines no axis of the noise up with a view, so that its period is not seen.
_C1, _S1, _C2, _S2 = 0.8290, 0.5592, 0.7771, 0.6293


@njit(cache=True, nogil=True, fastmath=True)
def place_noise(
    x: float, y: float, z: float, pitch: float, out: NDArray[np.float64]
) -> None:
    """Put the place in the noise, in its pixels, of a point at rest into `out`."""
    k = (55.0 + APEX_MM) / (max(y, -15.0) + APEX_MM + 20.0)
    a, b, c = x * k / pitch, y * ALONG / pitch, z * k / pitch
    a, b = _C1 * a - _S1 * b, _S1 * a + _C1 * b
    b, c = _C2 * b - _S2 * c, _S2 * b + _C2 * c
    a, c = _C2 * a + _S2 * c, _C2 * c - _S2 * a
    # Far from zero, so that cutting off decimals rounds down.
    out[0], out[1], out[2] = a + 4096.0, b + 4096.0, c + 4096.0


@njit(cache=True, nogil=True, fastmath=True)
def sample_smooth(
    smooth: NDArray[np.float32],
    pitch: float,
    x: float,
    y: float,
    z: float,
    out: NDArray[np.float64],
) -> None:
    """Put the four smooth fields at a point at rest into `out`, trilinear."""
    nz, ny, nx, _ = smooth.shape
    u = min(max(x / pitch + 0.5 * (nx - 1), 0.0), nx - 1.001)
    v = min(max(y / pitch, 0.0), ny - 1.001)
    w = min(max(z / pitch + 0.5 * (nz - 1), 0.0), nz - 1.001)
    i, j, k = int(u), int(v), int(w)
    u, v, w = u - i, v - j, w - k
    for c in range(4):
        low = (smooth[k, j, i, c] * (1 - u) + smooth[k, j, i + 1, c] * u) * (1 - v) + (
            smooth[k, j + 1, i, c] * (1 - u) + smooth[k, j + 1, i + 1, c] * u
        ) * v
        high = (smooth[k + 1, j, i, c] * (1 - u) + smooth[k + 1, j, i + 1, c] * u) * (
            1 - v
        ) + (
            smooth[k + 1, j + 1, i, c] * (1 - u) + smooth[k + 1, j + 1, i + 1, c] * u
        ) * v
        out[c] = low * (1 - w) + high * w


@njit(cache=True, nogil=True, fastmath=True)
def sample_noise(noise: NDArray[np.int8], a: float, b: float, c: float) -> float:
    """Return periodic noise at a place in its pixels, in standard deviations."""
    mask = noise.shape[0] - 1
    i, j, k = np.int32(a), np.int32(b), np.int32(c)
    u, v, w = np.float32(a - i), np.float32(b - j), np.float32(c - k)
    i, j, k = i & mask, j & mask, k & mask
    i1, j1, k1 = (i + 1) & mask, (j + 1) & mask, (k + 1) & mask
    # Differences of int8 would overflow where this runs uncompiled.
    n000, n001 = np.float32(noise[k, j, i]), np.float32(noise[k, j, i1])
    n010, n011 = np.float32(noise[k, j1, i]), np.float32(noise[k, j1, i1])
    n100, n101 = np.float32(noise[k1, j, i]), np.float32(noise[k1, j, i1])
    n110, n111 = np.float32(noise[k1, j1, i]), np.float32(noise[k1, j1, i1])
    n00, n01 = n000 + u * (n001 - n000), n010 + u * (n011 - n010)
    n10, n11 = n100 + u * (n101 - n100), n110 + u * (n111 - n110)
    n0, n1 = n00 + v * (n01 - n00), n10 + v * (n11 - n10)
    return float((n0 + w * (n1 - n0)) * np.float32(0.025))


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def develop(
    middle: NDArray[np.float64],
    beam: NDArray[np.float64],
    half_mm: NDArray[np.float64],
    heights_mm: NDArray[np.float64],
    smooth: NDArray[np.float32],
    pitch_mm: float,
    noise_mm: float,
) -> NDArray[np.float32]:
    """Lay the smooth fields out on a slab's lattice: float32, (K, J, I, 7).

    Parameters
    ----------
    middle, beam
        (J, I, 3) where a lattice column's middle lies at rest, and what leads from
        it to its top, mm.
    half_mm
        (J, I) half-height of the slab.
    heights_mm
        (K,) above the middle plane.
    smooth
        (.., .., .., 4) fields at rest, on a lattice of `pitch_mm`.
    noise_mm
        Pitch of the noise.

    Returns
    -------
    float32, (K, J, I, 7)
        Bent place (3), mm; place in the noise (3), pixels; plenty, mm.
    """
    rows, columns = half_mm.shape
    out = np.empty((len(heights_mm), rows, columns, 7), np.float32)
    for k in prange(len(heights_mm)):
        fields = np.empty(4)
        place = np.empty(3)
        for j in range(rows):
            for i in range(columns):
                share = heights_mm[k] / max(half_mm[j, i], 1e-3)
                share = min(max(share, -1.0), 1.0)
                x = middle[j, i, 0] + share * beam[j, i, 0]
                y = middle[j, i, 1] + share * beam[j, i, 1]
                z = middle[j, i, 2] + share * beam[j, i, 2]
                sample_smooth(smooth, pitch_mm, x, y, z, fields)
                place_noise(x, y, z, noise_mm, place)
                out[k, j, i, 0] = x + fields[0]
                out[k, j, i, 1] = y + fields[1]
                out[k, j, i, 2] = z + fields[2]
                out[k, j, i, 3:6] = place
                out[k, j, i, 6] = fields[3]
    return out


@njit(cache=True, nogil=True, fastmath=True)
def _keep_near(
    square: float,
    index: int,
    near: NDArray[np.int32],
    squares: NDArray[np.float64],
    count: int,
) -> int:
    """Insert a seed into a list sorted by distance; return the list's length."""
    most = len(near)
    if count == most and square >= squares[most - 1]:
        return count
    at = min(count, most - 1)
    while at > 0 and squares[at - 1] > square:
        squares[at], near[at] = squares[at - 1], near[at - 1]
        at -= 1
    squares[at], near[at] = square, index
    return min(count + 1, most)


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def neighbours(
    places: NDArray[np.float32],
    seeds_mm: NDArray[np.float32],
    first: NDArray[np.int32],
    members: NDArray[np.int32],
    corner_mm: NDArray[np.float64],
    bucket_mm: float,
    counts: NDArray[np.int64],
) -> NDArray[np.int16]:
    """List the compartments that may be nearest within each lattice cell.

    Parameters
    ----------
    places
        (K, J, I, 7) as `develop` returns.
    seeds_mm
        (M, 3)
    first, members
        Seeds by bucket: those of bucket b are members[first[b]:first[b + 1]].
    corner_mm, bucket_mm, counts
        Corner of the first bucket, their edge, and how many there are along x, y, z.

    Returns
    -------
    int16, (K - 1, J - 1, I - 1, MOST_NEAR)
        Indices by distance from the middle of the cell; -1 beyond the last.
    """
    slices, rows, columns, _ = places.shape
    out = np.empty((slices - 1, rows - 1, columns - 1, MOST_NEAR), np.int16)
    for k in prange(slices - 1):
        near = np.empty(MOST_NEAR, np.int32)
        squares = np.empty(MOST_NEAR)
        for j in range(rows - 1):
            for i in range(columns - 1):
                m = np.zeros(3)
                reach = 0.0
                for c in range(3):
                    a, b = places[k, j, i, c], places[k + 1, j + 1, i + 1, c]
                    m[c] = 0.5 * (a + b)
                    reach += (b - a) ** 2
                # The other diagonals may be longer; a quarter more allows for that.
                reach = 0.625 * math.sqrt(reach)
                count = 0
                lo = np.empty(3, np.int64)
                for c in range(3):
                    at = int((m[c] - corner_mm[c]) / bucket_mm)
                    lo[c] = min(max(at, 0), counts[c] - 1)
                for c in range(max(lo[2] - 1, 0), min(lo[2] + 2, counts[2])):
                    for b in range(max(lo[1] - 1, 0), min(lo[1] + 2, counts[1])):
                        for a in range(max(lo[0] - 1, 0), min(lo[0] + 2, counts[0])):
                            at = (c * counts[1] + b) * counts[0] + a
                            for q in range(first[at], first[at + 1]):
                                s = members[q]
                                square = (
                                    (seeds_mm[s, 0] - m[0]) ** 2
                                    + (seeds_mm[s, 1] - m[1]) ** 2
                                    + (seeds_mm[s, 2] - m[2]) ** 2
                                )
                                count = _keep_near(square, s, near, squares, count)
                limit = 1e30
                if count > 1:
                    limit = (math.sqrt(squares[1]) + 2 * reach) ** 2
                for n in range(MOST_NEAR):
                    good = n < count and squares[n] <= limit
                    out[k, j, i, n] = near[n] if good else -1
    return out


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def look_up(
    points_mm: NDArray[np.float64],
    smooth: NDArray[np.float32],
    pitch_mm: float,
    noise: NDArray[np.int8],
    noise_mm: float,
) -> NDArray[np.float64]:
    """Return bent place (3), plenty and noise at points (N, 3) at rest: (N, 5)."""
    out = np.empty((len(points_mm), 5))
    for n in prange(len(points_mm)):
        fields = np.empty(4)
        place = np.empty(3)
        x, y, z = points_mm[n]
        sample_smooth(smooth, pitch_mm, x, y, z, fields)
        place_noise(x, y, z, noise_mm, place)
        out[n, :3] = points_mm[n] + fields[:3]
        out[n, 3] = fields[3]
        out[n, 4] = sample_noise(noise, place[0], place[1], place[2])
    return out
