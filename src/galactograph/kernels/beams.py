"""What a polyenergetic beam leaves behind mixed materials.

Compiled; plain arrays in, plain arrays out.
"""

import math

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def attenuate(
    paths: NDArray[np.float32],
    mu: NDArray[np.float32],
    weights: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the signal behind M materials relative to none: (rows, columns).

    Parameters
    ----------
    paths
        (M, rows, columns), length (or length times concentration) of each.
    mu
        (E, M) attenuation per unit of path at E energies.
    weights
        (E,) share of the signal at each energy; their sum is 1.
    """
    kinds, rows, columns = paths.shape
    out = np.empty((rows, columns), np.float32)
    for row in prange(rows):
        for column in range(columns):
            whole = np.float32(0.0)
            for m in range(kinds):
                whole += abs(paths[m, row, column])
            if whole == 0.0:
                out[row, column] = 1.0
                continue
            total = np.float32(0.0)
            for e in range(len(weights)):
                depth = np.float32(0.0)
                for m in range(kinds):
                    depth += mu[e, m] * paths[m, row, column]
                total += weights[e] * np.float32(math.exp(-depth))
            out[row, column] = total
    return out
