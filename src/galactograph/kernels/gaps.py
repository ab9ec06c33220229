"""How near straight pieces of duct come to one another."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from galactograph.kernels.branches import dot


@njit(cache=True, nogil=True)
def gap(
    a0: NDArray[np.float64],
    a1: NDArray[np.float64],
    b0: NDArray[np.float64],
    b1: NDArray[np.float64],
) -> float:
    """Return the least distance between two straight pieces, (3,) ends each."""
    d1, d2, r = np.empty(3), np.empty(3), np.empty(3)
    for k in range(3):
        d1[k], d2[k], r[k] = a1[k] - a0[k], b1[k] - b0[k], a0[k] - b0[k]
    a, e = dot(d1, d1), dot(d2, d2)
    b, c, f = dot(d1, d2), dot(d1, r), dot(d2, r)
    s = 0.0
    if a * e - b * b > 1e-12:
        s = min(max((b * f - c * e) / (a * e - b * b), 0.0), 1.0)
    t = (b * s + f) / max(e, 1e-12)
    if t < 0.0 or t > 1.0:
        t = min(max(t, 0.0), 1.0)
        s = min(max((b * t - c) / max(a, 1e-12), 0.0), 1.0)
    for k in range(3):
        r[k] += s * d1[k] - t * d2[k]
    return math.sqrt(dot(r, r))


@njit(cache=True, nogil=True)
def touching(
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    radii: NDArray[np.float64],
    pairs: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Tell which pairs (P, 2) of pieces overlap: their gap is below both radii."""
    found = np.zeros(len(pairs), np.bool_)
    for k in range(len(pairs)):
        i, j = pairs[k]
        away = gap(starts[i], ends[i], starts[j], ends[j])
        found[k] = away < radii[i] + radii[j]
    return found
