"""Smooth values along forests of points.

Compiled; plain arrays in, plain arrays out.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]


@njit(cache=True)
def settle(values: F8, weights: F8, bonds: F8, parents: I8) -> F8:
    """Smooth values along a forest; exact, in two passes.

    Minimises sum of `weights` (N,) times (result - `values`)^2 plus, over all links
    to the parent, `bonds` (N,) times (result - the parent's result)^2. Parents come
    first; -1 has none. Returns (N, 2): results and their variances.
    """
    count = len(values)
    mass, pull = weights.copy(), weights * values
    out = np.zeros((count, 2))
    up_mass, up_pull = np.zeros(count), np.zeros(count)
    for n in range(count - 1, -1, -1):
        p = parents[n]
        if p >= 0 and mass[n] > 0:
            up_mass[n] = mass[n] * bonds[n] / (mass[n] + bonds[n] + 1e-300)
            up_pull[n] = up_mass[n] * pull[n] / mass[n]
            mass[p] += up_mass[n]
            pull[p] += up_pull[n]
    for n in range(count):
        p = parents[n]
        if p >= 0:
            # What the rest of the tree says through the parent.
            rest, drawn = mass[p] - up_mass[n], pull[p] - up_pull[n]
            if rest > 0:
                down = rest * bonds[n] / (rest + bonds[n] + 1e-300)
                mass[n] += down
                pull[n] += down * drawn / rest
        out[n, 0] = pull[n] / mass[n] if mass[n] > 0 else values[n]
        out[n, 1] = 1.0 / mass[n] if mass[n] > 0 else np.inf
    return out
