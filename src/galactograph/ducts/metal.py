"""Clips, wires and other dense things that the scout shows too: no contrast.

The scout is taken before the injection, so what is sharp and dense in it cannot be
contrast. Subtraction leaves its edges, because the scout is smoothed and the breast
moves a little, and edges look like ducts: nothing is known there, and nothing shown.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.values.arrays import Bools

F4 = NDArray[np.float32]

STEP = 4
"""Metal is looked for on a grid coarser by this: what it hides is wider than that."""

AROUND_PX = 7.0
"""Width of the surroundings (2 mm at 0.07 mm), in pixels of the coarse grid."""

CLEAR = 20.0
"""Metal stands out by so many spreads of what else is sharp. source: assumed; vessels
and ligaments reach 9, calcifications 18 in simulated dev studies (measured)."""

LEAST_SHARE = 0.15
"""And by this share of the breast's whole range from air: 0.4 of 2.7 in units of
attenuation, where 0.3 mm of steel give 4 (derived). source: assumed"""

RIM_PX = 3
"""Hidden around it: the smoothing of the scout (9 pixels) and how it is aligned."""


def hide_metal(difference: F4, scout: F4, inside: Bools) -> tuple[F4, float]:
    """Replace what lies at metal by its surroundings.

    Parameters
    ----------
    difference : (rows, columns)
        Filled view less scout.
    scout : (rows, columns)
        The scout as it was aligned, not smoothed.
    inside : (rows, columns)
        The breast.

    Returns
    -------
    tuple
        The difference, the same one if there is no metal, and the share of the
        breast's pixels that is hidden, in [0, 1].
    """
    metal = _metal(scout, inside)
    if not metal.any():
        return difference, 0.0
    hidden = cv2.dilate(
        metal.astype(np.uint8), np.ones((2 * RIM_PX + 1,) * 2, np.uint8)
    )
    small = _coarse(difference)
    known = (hidden == 0).astype(np.float32)
    around = _mean(small, known, AROUND_PX)
    size = difference.shape[::-1]
    where = cv2.resize(hidden, size, interpolation=cv2.INTER_NEAREST) > 0
    shown = np.where(where, cv2.resize(around, size), difference)
    return shown.astype(np.float32), float((where & inside).sum() / inside.sum())


def _metal(scout: F4, inside: Bools) -> Bools:
    """Tell where the scout is sharp and denser than tissue can be, on the coarse grid.

    Beyond the breast a wire hangs on to what was found within it.
    """
    small = _coarse(scout)
    size = small.shape[::-1]
    within = cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    if not within.any() or within.all():
        air = float(small.min())
    else:
        air = float(np.median(small[within == 0]))
    mask = within.astype(np.float32)
    sharp = small - _mean(small, mask, AROUND_PX)
    values = sharp[within > 0]
    if not len(values):
        return np.zeros(small.shape, bool)
    spread = 1.4826 * float(np.median(np.abs(values - np.median(values))))
    height = float(np.median(small[within > 0])) - air
    least = max(CLEAR * spread, LEAST_SHARE * height)
    found: Bools = (sharp > least) & (within > 0)
    return found


def _coarse(picture: F4) -> F4:
    """Return a picture on the coarse grid."""
    rows, columns = picture.shape
    size = (max(1, columns // STEP), max(1, rows // STEP))
    return np.asarray(
        cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32
    )


def _mean(picture: F4, weight: F4, width: float) -> F4:
    """Return the mean of the surroundings, weighed; 0 where nothing weighs."""
    total = cv2.GaussianBlur(picture * weight, (0, 0), width)
    share = cv2.GaussianBlur(weight, (0, 0), width)
    mean: F4 = np.divide(total, share, out=np.zeros_like(total), where=share > 1e-4)
    return mean
