"""Medians and percentiles of a few numbers, as numpy gives them, without its overhead.

numpy spends some 10 microseconds on the median of ten numbers, and a reading asks for
tens of thousands. Of more than a thousand numbers numpy is the faster.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def median(values: NDArray[np.float64]) -> float:
    """Return the median of (N,) numbers, none of them NaN; NaN of none."""
    count = len(values)
    if count == 0:
        return np.nan
    inner = np.sort(values)
    low, high = inner[(count - 1) // 2], inner[count // 2]
    middle: float = (low + high) / 2
    return middle


@njit(cache=True, nogil=True)
def percentile(values: NDArray[np.float64], percent: float) -> float:
    """Return a percentile of (N,) numbers, none of them NaN, linear between two."""
    inner = np.sort(values)
    at = percent / 100 * (len(inner) - 1)
    low = min(int(np.floor(at)), len(inner) - 1)
    high = min(low + 1, len(inner) - 1)
    part, step = at - low, inner[high] - inner[low]
    found: float = inner[low] + step * part
    if part >= 0.5:
        found = inner[high] - step * (1 - part)
    return found
