"""Whether several threads may run compiled loops at once."""

from __future__ import annotations

from functools import cache

import numpy as np
from numba import njit, prange, threading_layer
from numpy.typing import NDArray

_SAFE = ("omp", "tbb")
"""Layers that more than one thread may enter. source: numba, threading layer (found)"""


@cache
def shareable() -> bool:
    """Return True if parallel kernels may be called from several threads at once.

    Numba's own layer (workqueue) stops the process if two threads meet in it; which
    layer there is depends on the machine, and is known once a loop has run.
    """
    _touch(np.zeros(8))
    return threading_layer() in _SAFE


@njit(cache=True, nogil=True, parallel=True)
def _touch(values: NDArray[np.float64]) -> None:
    for index in prange(len(values)):
        values[index] = index
