"""The best course along a strip of scores: at most two lanes aside at each station."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]

ASIDE = 2
"""Lanes that a course may move between two stations."""


@njit(cache=True, nogil=True)
def best(score: F8, price: float) -> I8:
    """Return the lane (N,) at each station of the course of greatest total score.

    `score` is (N, U); a step aside costs `price` for each lane. Of courses that are
    worth the same, the one of lower lanes is taken.
    """
    count, width = score.shape
    came = np.zeros((count, width), np.int8)
    total = score[0].copy()
    onward = np.empty(width)
    for station in range(1, count):
        for lane in range(width):
            most, move = -np.inf, 0
            for step in range(-ASIDE, ASIDE + 1):
                before = lane + step
                if 0 <= before < width:
                    value = total[before] - price * abs(step)
                    if value > most:
                        most, move = value, step
            onward[lane] = most + score[station, lane]
            came[station, lane] = move
        total[:] = onward
    path = np.zeros(count, np.int64)
    path[count - 1] = np.argmax(total)
    for station in range(count - 1, 0, -1):
        path[station - 1] = path[station] + came[station, path[station]]
    return path
