"""Halve a range of seeds, so that two ducts can serve it.

Compiled; arrays in, arrays out, mm.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from galactograph.kernels.branches import dot, unit

SIDE_SHARE = 0.22
"""Share of forks that only give off a side branch."""

LEAST_OPENING = 0.38
"""Least angle between the ways to the two parts, rad; ducts that part by less would run
side by side."""

CLOSE_MM = 6.0
"""Nearer to the middle of its seeds than this a duct forks whatever the angle."""


@njit(cache=True, nogil=True)
def middle_of(
    seeds: NDArray[np.float64], low: int, high: int, middle: NDArray[np.float64]
) -> None:
    """Write the mean of a range of seeds into `middle`."""
    for a in range(3):
        middle[a] = 0.0
        for n in range(low, high):
            middle[a] += seeds[n, a] / (high - low)


@njit(cache=True, nogil=True)
def _split_axis(
    seeds: NDArray[np.float64],
    low: int,
    high: int,
    middle: NDArray[np.float64],
    ahead: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the axis along which seeds spread most; spread ahead counts less."""
    spread = np.zeros((3, 3))
    d = np.empty(3)
    for n in range(low, high):
        for a in range(3):
            d[a] = seeds[n, a] - middle[a]
        much = 0.2 * dot(d, ahead)
        for a in range(3):
            d[a] -= much * ahead[a]
        for a in range(3):
            for b in range(3):
                spread[a, b] += d[a] * d[b]
    axis: NDArray[np.float64] = unit(np.array([0.51, 0.37, 0.78]))
    for _ in range(24):
        for a in range(3):
            d[a] = dot(spread[a], axis)
        axis = unit(d)
    return axis


@njit(cache=True, nogil=True)
def _sort(
    seeds: NDArray[np.float64], low: int, high: int, axis: NDArray[np.float64]
) -> None:
    """Sort a range of seeds along an axis, in place (Shell's way)."""
    gap = (high - low) // 2
    kept = np.empty(3)
    while gap > 0:
        for n in range(low + gap, high):
            for a in range(3):
                kept[a] = seeds[n, a]
            key = dot(kept, axis)
            m = n
            while m >= low + gap and dot(seeds[m - gap], axis) > key:
                for a in range(3):
                    seeds[m, a] = seeds[m - gap, a]
                m -= gap
            for a in range(3):
                seeds[m, a] = kept[a]
        gap = gap // 2


@njit(cache=True, nogil=True)
def opening(
    seeds: NDArray[np.float64],
    low: int,
    cut: int,
    high: int,
    start: NDArray[np.float64],
) -> float:
    """Return the angle between the ways to two parts of a range, seen from a fork."""
    one, two = np.empty(3), np.empty(3)
    middle_of(seeds, low, cut, one)
    middle_of(seeds, cut, high, two)
    for a in range(3):
        one[a] -= start[a]
        two[a] -= start[a]
    return math.acos(min(max(dot(unit(one), unit(two)), -1.0), 1.0))


@njit(cache=True, nogil=True)
def split(
    rng: np.random.Generator,
    seeds: NDArray[np.float64],
    low: int,
    high: int,
    start: NDArray[np.float64],
    ahead: NDArray[np.float64],
) -> int:
    """Order a range of seeds so that two parts lie apart; return where they meet.

    Halves, or a few for a side branch. Where the ways to them would run side by
    side, the nearest few; where even those would, no fork (the end of the range).
    """
    held = high - low
    if held == 1:
        return high
    middle = np.empty(3)
    middle_of(seeds, low, high, middle)
    _sort(seeds, low, high, _split_axis(seeds, low, high, middle, ahead))
    share = rng.uniform(0.3, 0.5)
    if rng.random() < SIDE_SHARE:
        share = rng.uniform(0.06, 0.25)
    if rng.random() < 0.5:
        share = 1.0 - share
    cut = low + min(max(round(held * share), 1), held - 1)
    if opening(seeds, low, cut, high, start) > LEAST_OPENING:
        return cut
    _sort(seeds, low, high, ahead)
    cut = low + min(max(round(held * rng.uniform(0.04, 0.15)), 1), held - 1)
    if opening(seeds, low, cut, high, start) > LEAST_OPENING:
        return cut
    far = 0.0
    for a in range(3):
        far += (middle[a] - start[a]) ** 2
    return high if far > CLOSE_MM**2 else cut
