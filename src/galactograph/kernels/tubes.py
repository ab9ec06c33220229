"""Shadows of tubes: tapered capsules and balls, cast ray by ray.

Compiled; plain arrays in, plain arrays out. Every pixel sends `sub` x `sub` rays
to the source. On each ray the stretches inside capsules are united, so joints and
meeting branches are counted once while separate ducts add up. Balls are then cut
out of the union. The ray runs from the panel (t = 0) towards the source.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

TILE = 16
"""Side of a tile, in pixels."""

MOST = 16
"""Stretches kept on one ray; further ones are merged into the nearest."""


@njit(cache=True, nogil=True, fastmath=True)
def _ball(
    ox: float,
    oy: float,
    oz: float,
    dx: float,
    dy: float,
    dz: float,
    radius: float,
) -> tuple[float, float]:
    """Return where the ray o + t d crosses a ball at the origin (t1 < t0: misses)."""
    middle = -(ox * dx + oy * dy + oz * dz)
    px, py, pz = ox + middle * dx, oy + middle * dy, oz + middle * dz
    h = radius * radius - (px * px + py * py + pz * pz)
    if h <= 0.0:
        return 1.0, 0.0
    s = math.sqrt(h)
    return middle - s, middle + s


@njit(cache=True, nogil=True, fastmath=True)
def _capsule(
    ox: float,
    oy: float,
    oz: float,
    dx: float,
    dy: float,
    dz: float,
    bx: float,
    by: float,
    bz: float,
    ra: float,
    rb: float,
) -> tuple[float, float]:
    """Return where the ray o + t d crosses the hull of two balls.

    The balls lie at the origin (radius `ra`) and at b (radius `rb`); t1 < t0 says
    that the ray misses. Closed form: cone between the tangent planes, caps outside.
    """
    shift = -(ox * dx + oy * dy + oz * dz)
    ax, ay, az = ox + shift * dx, oy + shift * dy, oz + shift * dz
    rr = ra - rb
    m0 = bx * bx + by * by + bz * bz
    d2 = m0 - rr * rr
    if d2 <= 1e-12:
        near, far = 1.0, 0.0
        if ra >= rb:
            near, far = _ball(ox, oy, oz, dx, dy, dz, ra)
        else:
            near, far = _ball(ox - bx, oy - by, oz - bz, dx, dy, dz, rb)
        return near, far
    m1 = bx * ax + by * ay + bz * az
    m2 = bx * dx + by * dy + bz * dz
    m5 = ax * ax + ay * ay + az * az
    low, high = 1e30, -1e30
    y0 = m1 - ra * rr
    k2 = d2 - m2 * m2
    k1 = -m1 * m2 + m2 * rr * ra
    k0 = d2 * m5 - m1 * m1 + 2.0 * m1 * rr * ra - m0 * ra * ra
    h = k1 * k1 - k0 * k2
    if h > 0.0 and abs(k2) > 1e-12:
        s = math.sqrt(h)
        for t in ((-k1 - s) / k2, (-k1 + s) / k2):
            y = y0 + t * m2
            if 0.0 < y < d2:
                low, high = min(low, t), max(high, t)
    h = ra * ra - m5
    if h > 0.0:
        s = math.sqrt(h)
        for t in (-s, s):
            if y0 + t * m2 <= 0.0:
                low, high = min(low, t), max(high, t)
    h = m2 * m2 - (m5 - 2.0 * m1 + m0) + rb * rb
    if h > 0.0:
        s = math.sqrt(h)
        for t in (m2 - s, m2 + s):
            if y0 + t * m2 >= d2:
                low, high = min(low, t), max(high, t)
    return shift + low, shift + high


_STEPS = 1024
_U = np.linspace(-1.0, 1.0, _STEPS + 1)
_DISC = _U * np.sqrt(1.0 - _U**2) + np.arcsin(_U)
"""Chord of a unit disc, integrated from its middle; linear between errs by 3e-5."""


@njit(cache=True, nogil=True, fastmath=True)
def _area(u: float) -> float:
    """Integrate the chord 2 sqrt(1 - x^2) of a unit disc from 0 to u."""
    at = (min(max(u, -1.0), 1.0) + 1.0) * (0.5 * _STEPS)
    i = min(int(at), _STEPS - 1)
    return float(_DISC[i] + (at - i) * (_DISC[i + 1] - _DISC[i]))


@njit(cache=True, nogil=True, fastmath=True)
def _thin(
    ox: float,
    oy: float,
    oz: float,
    dx: float,
    dy: float,
    dz: float,
    bx: float,
    by: float,
    bz: float,
    ra: float,
    rb: float,
    width: float,
    length: float,
    flat: float,
) -> tuple[float, float]:
    """Return the stretch in a thin capsule, averaged over a strip `width` wide.

    A tube about as wide as the gap between rays would be hit or missed by luck;
    the mean chord over the strip of one ray conserves its area at any phase, if
    `width` is how far apart, across the tube, the rays of a row (or column) pass it.
    `flat` is 1 over the square of the length seen across the beam, the same for a tile.
    """
    bd = bx * dx + by * dy + bz * dz
    od = ox * dx + oy * dy + oz * dz
    ob = ox * bx + oy * by + oz * bz
    # Closest approach of the ray to the axis.
    f = (ob - od * bd) * flat
    t = f * bd - od
    ex, ey, ez = ox + t * dx - f * bx, oy + t * dy - f * by, oz + t * dz - f * bz
    e2, half = ex * ex + ey * ey + ez * ez, 0.5 * width
    if e2 > (max(ra, rb) + half) ** 2:
        return 1.0, 0.0
    cap = False
    if f <= 0.0 or f >= 1.0:
        end = ra if f <= 0.0 else rb
        cap = end > 2.0 * width
        if cap:
            f = min(max(f, 0.0), 1.0)
            t = f * bd - od
            ex, ey, ez = (
                ox + t * dx - f * bx,
                oy + t * dy - f * by,
                oz + t * dz - f * bz,
            )
            e2 = ex * ex + ey * ey + ez * ez
        elif max(-f, f - 1.0) * length > 0.6667 * end:
            # An end too small to be seen round holds as much as a flat one two
            # thirds of a radius further on.
            return 1.0, 0.0
    e = math.sqrt(e2)
    r = ra + min(max(f, 0.0), 1.0) * (rb - ra)
    if e > r + half:
        return 1.0, 0.0
    per_r = 1.0 / r
    chord = (_area((e + half) * per_r) - _area((e - half) * per_r)) * r * r / width
    # Along a tube that points at the source the chord is its length instead.
    if not cap:
        chord = min(chord * length * math.sqrt(flat), chord + length)
    return t - 0.5 * chord, t + 0.5 * chord


@njit(cache=True, nogil=True, fastmath=True)
def _unite(
    spans: NDArray[np.float32], n: int, t0: float, t1: float, mass: float
) -> int:
    """Add [t0, t1] to n disjoint sorted spans (start, end, mass); return the count.

    `mass` is strength times length. Where spans merge, their strength becomes the
    mean weighted by length.
    """
    i = 0
    while i < n and spans[i, 1] < t0:
        i += 1
    if i < n and spans[i, 0] <= t1:
        low, high, length = t0, t1, t1 - t0
        j = i
        while j < n and spans[j, 0] <= t1:
            low, high = min(low, spans[j, 0]), max(high, spans[j, 1])
            length += spans[j, 1] - spans[j, 0]
            mass += spans[j, 2]
            j += 1
        spans[i, 0], spans[i, 1] = low, high
        spans[i, 2] = mass * (high - low) / length
        for k in range(j, n):
            for c in range(3):
                spans[i + 1 + k - j, c] = spans[k, c]
        return n - (j - i) + 1
    if n == spans.shape[0]:
        i = min(i, n - 1)
        spans[i, 2] += mass
        spans[i, 1] += t1 - t0
        return n
    for k in range(n, i, -1):
        for c in range(3):
            spans[k, c] = spans[k - 1, c]
    spans[i, 0], spans[i, 1], spans[i, 2] = t0, t1, mass
    return n + 1


@njit(cache=True, nogil=True)
def footprints(
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    radii: NDArray[np.float64],
    source: NDArray[np.float64],
    frame: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where N capsules fall on the panel, in pixels: (N, 5).

    Column and row of both ends (corner origin) and a radius that surely covers.
    `frame` is (x, y) of the panel's corner and the pixel pitch.
    """
    marks = np.empty((len(starts), 5))
    for i in range(len(starts)):
        reach = 0.0
        for e in range(2):
            p = starts[i] if e == 0 else ends[i]
            m = source[2] / (source[2] - p[2])
            x = source[0] + (p[0] - source[0]) * m
            y = source[1] + (p[1] - source[1]) * m
            marks[i, 2 * e] = (x - frame[0]) / frame[2]
            marks[i, 2 * e + 1] = (y - frame[1]) / frame[2]
            # 1.1 covers the obliquity of a ray within 24 degrees of the axis.
            reach = max(reach, radii[i, e] * m * 1.1 / frame[2])
        marks[i, 4] = reach + 1.0
    return marks


@njit(cache=True, nogil=True)
def tile_lists(
    marks: NDArray[np.float64], rows: int, columns: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Sort footprints into tiles; return starts per tile (T + 1,) and the list."""
    across, down = (columns + TILE - 1) // TILE, (rows + TILE - 1) // TILE
    first = np.zeros(across * down + 1, np.int64)
    members = np.zeros(0, np.int32)
    for turn in range(2):
        if turn == 1:
            total = 0
            for k in range(len(first)):
                count = first[k]
                first[k] = total
                total += count
            members = np.empty(total, np.int32)
            at = first.copy()
        for i in range(len(marks)):
            u0, v0, u1, v1, reach = marks[i]
            left = max(int((min(u0, u1) - reach) // TILE), 0)
            right = min(int((max(u0, u1) + reach) // TILE), across - 1)
            top = max(int((min(v0, v1) - reach) // TILE), 0)
            bottom = min(int((max(v0, v1) + reach) // TILE), down - 1)
            du, dv = u1 - u0, v1 - v0
            length = du * du + dv * dv + 1e-20
            limit = (reach + 0.7072 * TILE) ** 2
            for ty in range(top, bottom + 1):
                for tx in range(left, right + 1):
                    cx, cy = (tx + 0.5) * TILE - u0, (ty + 0.5) * TILE - v0
                    f = min(max((cx * du + cy * dv) / length, 0.0), 1.0)
                    if (cx - f * du) ** 2 + (cy - f * dv) ** 2 <= limit:
                        k = ty * across + tx
                        if turn == 0:
                            first[k] += 1
                        else:
                            members[at[k]] = i
                            at[k] += 1
    return first, members
