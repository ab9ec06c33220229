"""Fit the blurred shadow of a round lumen to pixels, with its neighbours' shadows.

Compiled; plain arrays in, plain arrays out. Positions are rows and columns, lengths
pixels. A lumen of radius r casts the chord g 2 sqrt(r^2 - u^2), blurred; lumina that
lie over one another add up, lumina that meet in a fork are one.
"""

import math

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

F4 = NDArray[np.float32]
F8 = NDArray[np.float64]
I8 = NDArray[np.int64]
B1 = NDArray[np.bool_]

UNKNOWNS = 5
"""Offset across, radius, log of the gain, level and slope of what lies beside."""


@njit(cache=True, inline="always")
def _chord(
    table: F8, frame: F8, u: float, radius: float, level: float
) -> tuple[float, float, float]:
    """Return the blurred chord at `u` and its slopes by u and by radius.

    All in units of the blur; `level` is what `_level` says of the radius. `table`
    (3, R, X) holds the three at even steps of log radius and of the distance from
    the edge; `frame` is first log radius, its step, first distance, its step.
    """
    away = abs(u)
    side = 1.0 if u >= 0 else -1.0
    edge = away - radius
    last = frame[2] + frame[3] * (table.shape[2] - 1)
    if edge >= last:
        return 0.0, 0.0, 0.0
    if edge < frame[2]:
        half = math.sqrt(radius * radius - away * away)
        return 2.0 * half, -2.0 * u / half, 2.0 * radius / half
    x = (edge - frame[2]) / frame[3]
    i, j = int(level), min(int(x), table.shape[2] - 2)
    a, b = level - i, x - j
    p, q = (1 - a) * (1 - b), (1 - a) * b
    s, t = a * (1 - b), a * b
    v = p * table[0, i, j] + q * table[0, i, j + 1]
    v += s * table[0, i + 1, j] + t * table[0, i + 1, j + 1]
    d = p * table[1, i, j] + q * table[1, i, j + 1]
    d += s * table[1, i + 1, j] + t * table[1, i + 1, j + 1]
    r = p * table[2, i, j] + q * table[2, i, j + 1]
    r += s * table[2, i + 1, j] + t * table[2, i + 1, j + 1]
    return v, side * d, r


@njit(cache=True, inline="always")
def _level(table: F8, frame: F8, radius: float) -> float:
    """Return the row of the table that holds a radius, in units of the blur."""
    y = (math.log(radius) - frame[0]) / frame[1]
    return float(min(max(y, 0.0), table.shape[1] - 1.001))


@njit(cache=True, inline="always")
def _beside(
    y: float,
    x: float,
    first: int,
    last: int,
    links: I8,
    groups: I8,
    joined: B1,
    ends: F8,
    table: F8,
    frame: F8,
    blur: float,
) -> tuple[float, float]:
    """Return what other lumina cast on a place: those that pass, those that meet.

    `ends` (S, 8) is row, column, radius and gain of both ends of each piece; pieces
    of one duct stand together in `links[first:last]`.
    """
    passing, meeting = 0.0, 0.0
    k = first
    while k < last:
        group, meets = groups[k], joined[k]
        nearest, radius, gain = 1e30, 1.0, 0.0
        while k < last and groups[k] == group:
            e = ends[links[k]]
            wy, wx = e[4] - e[0], e[5] - e[1]
            f = ((y - e[0]) * wy + (x - e[1]) * wx) / (wy * wy + wx * wx + 1e-12)
            f = min(max(f, 0.0), 1.0)
            dy, dx = y - e[0] - f * wy, x - e[1] - f * wx
            d = dy * dy + dx * dx
            if d < nearest:
                nearest = d
                radius = e[2] + f * (e[6] - e[2])
                gain = e[3] + f * (e[7] - e[3])
            k += 1
        d = math.sqrt(nearest)
        if d < radius + 5.0 * blur:
            level = _level(table, frame, radius / blur)
            value, _, _ = _chord(table, frame, d / blur, radius / blur, level)
            if meets:
                meeting = max(meeting, gain * blur * value)
            else:
                passing += gain * blur * value
    return passing, meeting


@njit(cache=True, inline="always")
def _invert(matrix: F8) -> None:
    """Turn a positive definite matrix (n, n) into its inverse, in place."""
    size = len(matrix)
    for k in range(size):
        pivot = 1.0 / matrix[k, k]
        for j in range(size):
            matrix[k, j] *= pivot
        for i in range(size):
            if i != k:
                factor = matrix[i, k]
                for j in range(size):
                    matrix[i, j] -= factor * matrix[k, j]
                matrix[i, k] = -factor * pivot
        matrix[k, k] = pivot


@njit(cache=True, parallel=True)
def fit(
    image: F4,
    points: F8,
    normals: F8,
    start: F8,
    prior: F8,
    slack: F8,
    reach: F8,
    offsets: I8,
    links: I8,
    groups: I8,
    joined: B1,
    ends: F8,
    table: F8,
    frame: F8,
    blur: float,
    noise: float,
    scatter: float,
    error: float,
    rounds: int,
    half: float,
) -> F8:
    """Fit N lumina to the pixels of an attenuation image (H, W) near their places.

    Each place looks at the pixels of the rows (of the columns, where the duct runs
    along them) within `half` pixels along the duct and `reach` (N,) across it, so
    nothing is interpolated. Unknowns are the offset along the normal, the radius,
    the log of the gain, and level and slope of the surroundings; `start`, `prior`
    and `slack` (N, 5) are where they start, where they are expected, and how far
    off they may be. Neighbours of place n are pieces `links[offsets[n]:
    offsets[n + 1]]` of `ends` (S, 8), by `groups`, `joined` if they meet in a fork.
    `error` is what the model may be off by, relative to what it casts; `scatter` is
    relative to what passes.

    Returns (N, 13): the unknowns, their standard errors, the misfit (mean square of
    the residual over what noise explains, 1 if the model is right), the number of
    pixels that count, and the share of the own shadow that no neighbour hides.
    """
    count = len(points)
    out = np.zeros((count, 2 * UNKNOWNS + 3))
    rows, columns = image.shape
    for n in prange(count):
        down, right = normals[n, 0], normals[n, 1]
        upright = abs(down) < abs(right)
        lean = max(abs(down), abs(right))
        theta = start[n].copy()
        matrix = np.zeros((UNKNOWNS, UNKNOWNS))
        side = np.zeros(UNKNOWNS)
        slope = np.zeros(UNKNOWNS)
        misfit, used, seen, whole = 0.0, 0.0, 0.0, 0.0
        # Lines of pixels that cross the duct: their first one and how many.
        across = points[n, 0] if upright else points[n, 1]
        middle = points[n, 1] if upright else points[n, 0]
        span = half * lean
        low, high = math.ceil(across - span), math.floor(across + span)
        size = int(reach[n] / lean)
        most = (high - low + 1) * (2 * size + 3)
        place = np.empty((most, 5))
        total = 0
        for line in range(low, high + 1):
            if line < 0 or line >= (rows if upright else columns):
                continue
            # Where the line of pixels meets the course of the duct.
            ahead = line - across
            centre = middle - ahead * (down / right if upright else right / down)
            first = math.ceil(centre - size)
            for k in range(first, first + 2 * size + 1):
                if k < 0 or k >= (columns if upright else rows):
                    continue
                y, x = (line, k) if upright else (k, line)
                u = (y - points[n, 0]) * down + (x - points[n, 1]) * right
                passing, meeting = _beside(
                    y,
                    x,
                    offsets[n],
                    offsets[n + 1],
                    links,
                    groups,
                    joined,
                    ends,
                    table,
                    frame,
                    blur,
                )
                place[total, 0], place[total, 1] = u, image[y, x]
                place[total, 2], place[total, 3] = passing, meeting
                total += 1
        if total < 8:
            continue
        for turn in range(rounds + 1):
            for i in range(UNKNOWNS):
                for j in range(UNKNOWNS):
                    matrix[i, j] = 0.0
                weight = 1.0 / slack[n, i] ** 2
                matrix[i, i] = weight
                side[i] = weight * (prior[n, i] - theta[i])
            misfit, used, seen, whole = 0.0, 0.0, 0.0, 0.0
            radius, gain = theta[1], math.exp(theta[2])
            level = _level(table, frame, radius / blur)
            for k in range(total):
                u = place[k, 0] - theta[0]
                c, by_u, by_r = _chord(table, frame, u / blur, radius / blur, level)
                own = gain * blur * c
                whole += own
                meeting = place[k, 3]
                if meeting > own:
                    if meeting > 2.0 * own + noise:
                        continue
                    # Within the lumen that it meets a duct has no outline of its own.
                    deep = meeting
                else:
                    deep = own
                seen += own
                deep += place[k, 2]
                light = math.exp(-deep)
                passed = (light + scatter) / (1.0 + scatter)
                cast = -math.log(passed)
                flat = light / (light + scatter)
                residual = place[k, 1] - cast - theta[3] - theta[4] * place[k, 0]
                other = place[k, 2] + meeting
                # Fewer photons pass an opaque duct: there is more noise.
                spread = noise * noise / max(passed, 0.05)
                spread += (error * own) ** 2 + (3.0 * error * other) ** 2
                square = residual * residual / spread
                weight = 1.0 / spread
                if turn > 0:
                    weight *= 5.0 / (4.0 + square)
                if meeting > own:
                    slope[0], slope[1], slope[2] = 0.0, 0.0, 0.0
                else:
                    slope[0] = -flat * gain * by_u
                    slope[1] = flat * gain * by_r
                    slope[2] = flat * own
                slope[3], slope[4] = 1.0, place[k, 0]
                misfit += min(square, 25.0)
                used += 1.0
                for i in range(UNKNOWNS):
                    side[i] += weight * slope[i] * residual
                    for j in range(i + 1):
                        matrix[i, j] += weight * slope[i] * slope[j]
            for i in range(UNKNOWNS):
                for j in range(i):
                    matrix[j, i] = matrix[i, j]
            _invert(matrix)
            if turn == rounds:
                break
            for i in range(UNKNOWNS):
                step = 0.0
                for j in range(UNKNOWNS):
                    step += matrix[i, j] * side[j]
                slope[i] = step
            # A step of more than a third of the radius leaves where slopes hold.
            limit = max(0.3 * radius, 0.4 * blur)
            theta[0] += min(max(slope[0], -limit), limit)
            theta[1] = max(radius + min(max(slope[1], -limit), limit), 0.25 * blur)
            theta[2] += min(max(slope[2], -0.5), 0.5)
            theta[3] += slope[3]
            theta[4] += slope[4]
        for i in range(UNKNOWNS):
            out[n, i] = theta[i]
            out[n, UNKNOWNS + i] = math.sqrt(max(matrix[i, i], 0.0))
        out[n, 10] = misfit / max(used - UNKNOWNS, 1.0)
        out[n, 11] = used
        out[n, 12] = seen / max(whole, 1e-12)
    return out
