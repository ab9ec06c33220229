"""What stands out of its own slice, over a stack that comes slice by slice.

The largest value of a stack is that of the densest tissue as often as that of a duct:
what is thin and faint is hidden by what is broad and lies elsewhere. So each slice
loses its own broad background first, and the largest of what is left is kept.
"""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

F4 = NDArray[np.float32]

WORK_MM = 0.28
"""Pixel that a background is made at (assumed)."""

WIDEST_MM = 7.0
"""A background keeps only what is wider than this, the widest duct (assumed)."""

SLAB_MM = 5.0
"""Of the thick slabs. A duct along the sweep is smeared over many slices, and one
across it over one or two; source: of 3, 4, 5, 8 and 12 mm beside single slices, 4 to 5
read best on nine simulated dev views of tomosynthesis (measured)"""


class Reliefs:
    """The largest of what stands out, of single slices and of slabs of 5 mm.

    Parameters
    ----------
    pixel_mm
        Pixel of a slice.
    slice_mm
        From slice to slice.
    frames
        How many slices will come.
    """

    def __init__(self, pixel_mm: float, slice_mm: float, frames: int) -> None:
        self._pixel_mm = pixel_mm
        thick = min(max(1, round(SLAB_MM / slice_mm)), frames)
        self._slabs = (1, thick) if thick > 1 else (1,)
        self._held: deque[F4] = deque()
        self._best: list[F4] = []

    def add(self, picture: F4) -> None:
        """Take the next slice, (rows, columns), larger is more attenuating."""
        if not self._best:
            lowest = np.float32(-np.inf)
            self._best = [np.full(picture.shape, lowest) for _ in self._slabs]
        self._held.append(picture)
        while len(self._held) > self._slabs[-1]:
            self._held.popleft()
        for best, thick in zip(self._best, self._slabs, strict=True):
            if len(self._held) < thick:
                continue
            slab = picture
            if thick > 1:
                slab = np.add.reduce(list(self._held))
                slab *= np.float32(1 / thick)
            np.maximum(best, standing(slab, self._pixel_mm), out=best)

    def done(self) -> F4:
        """Return the reliefs, (1 or 2, rows, columns): of slices, of slabs."""
        return np.stack(self._best)


def standing(picture: F4, pixel_mm: float) -> F4:
    """Return what stands out of a picture's own broad background, 0 or more."""
    rows, columns = picture.shape
    step = max(1, round(WORK_MM / pixel_mm))
    size = (max(1, columns // step), max(1, rows // step))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 1.0)
    low = ground(small, max(1, round(WIDEST_MM / 2 / (pixel_mm * step))))
    out: F4 = cv2.resize(low, (columns, rows), interpolation=cv2.INTER_LINEAR)
    np.subtract(picture, out, out=out)
    return out


def ground(small: F4, radius: int) -> F4:
    """Return what is left of a picture when all narrower than a disc is gone.

    Parameters
    ----------
    small : float32, (rows, columns)
    radius
        Of the disc, pixels.
    """
    disc = cv2.getStructuringElement(
        cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)
    )
    # Border pixels count as high, so that the opening does not eat the chest wall.
    padded = cv2.copyMakeBorder(
        small, radius, radius, radius, radius, cv2.BORDER_REPLICATE
    )
    opened = cv2.morphologyEx(padded, cv2.MORPH_OPEN, disc)
    opened = cv2.GaussianBlur(opened, (0, 0), radius / 3)
    lower: F4 = np.minimum(opened[radius:-radius, radius:-radius], small)
    return np.ascontiguousarray(lower)
