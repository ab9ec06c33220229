"""Lay the points of one branch, or of one lobule, and turn directions.

Compiled; arrays in, arrays out, mm. Loops are written out: array expressions would
take several times as long to compile.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

WAVE_MM = 3.0
"""Shortest half-wave of a duct's wander."""


@njit(cache=True, nogil=True)
def dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the inner product of two (3,) vectors."""
    total = 0.0
    for k in range(3):
        total += a[k] * b[k]
    return total


@njit(cache=True, nogil=True)
def unit(v: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a vector of length 1 along `v`."""
    length = max(math.sqrt(dot(v, v)), 1e-12)
    turned = np.empty(3)
    for k in range(3):
        turned[k] = v[k] / length
    return turned


@njit(cache=True, nogil=True)
def across(v: NDArray[np.float64], along: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the part of `v` square to unit `along`; any such direction if none."""
    rest = np.empty(3)
    much = dot(v, along)
    for k in range(3):
        rest[k] = v[k] - much * along[k]
    if dot(rest, rest) < 1e-12:
        rest[0], rest[1], rest[2] = along[1], along[2], -along[0]
        much = dot(rest, along)
        for k in range(3):
            rest[k] -= much * along[k]
    square: NDArray[np.float64] = unit(rest)
    return square


@njit(cache=True, nogil=True)
def parted(
    towards: NDArray[np.float64],
    ahead: NDArray[np.float64],
    least: float,
    most: float,
) -> NDArray[np.float64]:
    """Return unit `towards`, turned to `least`..`most` radians from unit `ahead`."""
    angle = math.acos(min(max(dot(towards, ahead), -1.0), 1.0))
    wanted = min(max(angle, least), most)
    if wanted == angle:
        return towards
    aside = across(towards, ahead)
    turned = np.empty(3)
    for k in range(3):
        turned[k] = math.cos(wanted) * ahead[k] + math.sin(wanted) * aside[k]
    return turned


@njit(cache=True, nogil=True)
def lay(
    rng: np.random.Generator,
    points: NDArray[np.float64],
    parents: NDArray[np.int32],
    radii: NDArray[np.float64],
    n: int,
    at: int,
    leaves: NDArray[np.float64],
    arrives: NDArray[np.float64],
    target: NDArray[np.float64],
    first: float,
    last: float,
    curl: float,
    step: float,
) -> int:
    """Write one branch from point `at` to `target`; return the new count.

    A cubic with the two directions given, and a wander that vanishes at its ends.
    It leaves its parent as a funnel about as long as the parent is wide.
    """
    start, chord = np.empty(3), np.empty(3)
    for k in range(3):
        start[k] = points[at, k]
        chord[k] = target[k] - start[k]
    length = math.sqrt(dot(chord, chord))
    count = max(math.ceil(length / step), 2)
    along = unit(chord)
    one = across(along, along)
    modes = min(max(int(length / WAVE_MM), 1), 8)
    size = np.empty((modes, 2))
    for k in range(modes):
        for a in range(2):
            size[k, a] = rng.normal(0.0, 1.0) * curl * length / (k + 1) ** 1.5
    wide = radii[at]
    mouth = min(wide, 1.5 * first)
    before = at
    for s in range(1, count + 1):
        t = s / count
        h1 = t * (1.0 - t) ** 2
        h2 = t * t * (3.0 - 2.0 * t)
        h3 = -t * t * (1.0 - t)
        aside, beside = 0.0, 0.0
        for k in range(modes):
            wave = math.sin(math.pi * (k + 1) * t)
            aside += size[k, 0] * wave
            beside += size[k, 1] * wave
        for a in range(3):
            b, c = (a + 1) % 3, (a + 2) % 3
            two = along[b] * one[c] - along[c] * one[b]
            points[n, a] = (
                start[a]
                + h2 * chord[a]
                + length * (h1 * leaves[a] + h3 * arrives[a])
                + aside * one[a]
                + beside * two
            )
        parents[n] = before
        r = first + (last - first) * t
        flare = math.exp(-((t * length / (1.2 * wide)) ** 2))
        radii[n] = r + max(mouth - r, 0.0) * flare
        before = n
        n += 1
    return n


@njit(cache=True, nogil=True)
def lobule(
    rng: np.random.Generator,
    points: NDArray[np.float64],
    parents: NDArray[np.int32],
    radii: NDArray[np.float64],
    n: int,
    at: int,
    ahead: NDArray[np.float64],
    ductules: int,
    widest: float,
) -> int:
    """End a terminal duct in a lobule: a short stem that gives off ductules."""
    stem = at
    lean = np.empty(3)
    for k in range(ductules):
        for a in range(3):
            lean[a] = rng.normal(0.0, 1.0)
        lean = parted(unit(lean), ahead, 0.0, 1.2)
        reach = rng.uniform(0.35, 0.9)
        r = widest * rng.uniform(0.6, 0.95)
        before = stem
        for s in range(2):
            for a in range(3):
                points[n, a] = points[stem, a] + lean[a] * (reach * (s + 1) / 2)
            parents[n] = before
            radii[n] = r * (1.0 - 0.15 * s)
            before = n
            n += 1
        if k < ductules - 2:
            reach = rng.uniform(0.15, 0.3)
            for a in range(3):
                points[n, a] = points[stem, a] + ahead[a] * reach
            parents[n] = stem
            radii[n] = 0.98 * widest
            stem = n
            n += 1
    return n
