"""Gaussian blurs of small arrays, as scipy gives them to rounding, but quicker.

scipy spends most of its time on such arrays in Python.
"""

from functools import lru_cache
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]
# What numpy makes of several of them it says no width of.
Reals = NDArray[np.floating[Any]]

_TRUNCATE = 4.0
"""Blurs within which a Gaussian is summed, as in scipy."""

_BORDERS = {
    "reflect": cv2.BORDER_REFLECT,
    "nearest": cv2.BORDER_REPLICATE,
    "constant": cv2.BORDER_CONSTANT,
}

Border = Literal["reflect", "nearest", "constant"]
"""What lies beyond: the array mirrored, its last number repeated, or zeros."""


def gaussian(
    values: Reals, sigmas: tuple[float, float], border: Border = "reflect"
) -> F8:
    """Return (N, U) blurred by `sigmas`, along rows' numbers first, then across."""
    out: F8 = cv2.sepFilter2D(
        values,
        cv2.CV_64F,
        _weights(sigmas[1]),
        _weights(sigmas[0]),
        borderType=_BORDERS[border],
    )
    return out


def along(values: Reals, sigma: float, border: Border = "reflect") -> F8:
    """Return (N,) blurred by `sigma`, or (N, U) along its first axis."""
    if values.ndim == 1:
        row: F8 = gaussian(values[None, :], (0.0, sigma), border)[0]
        return row
    return gaussian(values, (sigma, 0.0), border)


@lru_cache(maxsize=256)
def _weights(sigma: float) -> F8:
    reach = int(_TRUNCATE * sigma + 0.5)
    if reach == 0:
        return np.ones(1)
    at = np.arange(-reach, reach + 1)
    weights: F8 = np.exp(-0.5 / (sigma * sigma) * at**2)
    weights /= weights.sum()
    weights.flags.writeable = False
    return weights
