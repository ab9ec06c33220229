"""What stands out along the rays of a source, over a stack that comes slice by slice.

A slice is stretched about the point under the source until all that lies on one ray
lies on one pixel. Then what every slice shows, smeared along the beam, adds up in
slabs of any thickness, and nothing is drawn twice.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.kernels.reliefs import standing

F4 = NDArray[np.float32]
U2 = NDArray[np.uint16]

BLOCK_MM = 2.5
"""Slices of so much are added before slabs are made of them: half the thin slab."""

THIN, THICK = 2, 6
"""Blocks of the thin slab, 5 mm, and of the thick one, 15 mm. source: single slices
with slabs of 5, of 15, of 5 and 15 and of 5 mm with the whole stack gave a clDice of
0.884, 0.885, 0.891 and 0.884 along the rays of six simulated dev views (measured)"""


class Rays:
    """The largest of what stands out along rays, of slices and of two slabs.

    Parameters
    ----------
    foot
        Row and column under the source.
    stretches
        Of every slice: how much farther from the foot its rays meet the middle slice.
    pixel_mm
        Pixel of a slice.
    slice_mm
        From slice to slice.
    """

    def __init__(
        self,
        foot: tuple[float, float],
        stretches: NDArray[np.floating[Any]],
        pixel_mm: float,
        slice_mm: float,
    ) -> None:
        self._foot, self._stretches, self._pixel_mm = foot, stretches, pixel_mm
        frames = len(stretches)
        self._each = min(max(1, round(BLOCK_MM / slice_mm)), frames)
        blocks = max(frames // self._each, 1)
        self._slabs = (min(THIN, blocks), min(THICK, blocks))
        self._blocks: deque[F4] = deque(maxlen=self._slabs[1])
        self._block: F4 | None = None
        self._number = 0
        self._best: list[F4] = []

    def add(self, picture: F4) -> None:
        """Take the next slice, (rows, columns), larger is more attenuating."""
        seen = self._along(picture, float(self._stretches[self._number]))
        out = standing(seen, self._pixel_mm)
        if not self._best:
            self._largest, self._depth = seen.copy(), np.zeros(seen.shape, np.uint16)
            lowest = np.float32(-np.inf)
            self._best = [out, *(np.full(seen.shape, lowest) for _ in self._slabs)]
        else:
            np.maximum(self._largest, seen, out=self._largest)
            better = out > self._best[0]
            np.copyto(self._best[0], out, where=better)
            self._depth[better] = self._number
        self._number += 1
        self._block = seen if self._block is None else self._block + seen
        if self._number % self._each == 0:
            self._blocks.append(self._block)
            self._block = None
            self._take()

    def done(self) -> tuple[F4, F4, U2]:
        """Return the largest value on each ray, the reliefs, and the clearest slice.

        (rows, columns), (3, rows, columns), and (rows, columns).
        """
        return self._largest, np.stack(self._best), self._depth

    def _take(self) -> None:
        """Let the slabs that end with the last block be seen."""
        for best, count in zip(self._best[1:], self._slabs, strict=True):
            if len(self._blocks) >= count:
                slab = np.add.reduce(list(self._blocks)[-count:])
                slab *= np.float32(1 / (count * self._each))
                np.maximum(best, standing(slab, self._pixel_mm), out=best)

    def _along(self, picture: F4, stretch: float) -> F4:
        """Return a slice as its rays meet the middle slice."""
        row, column = self._foot
        share = 1 / stretch
        back = np.array(
            [[share, 0, column * (1 - share)], [0, share, row * (1 - share)]]
        )
        seen: F4 = cv2.warpAffine(
            picture,
            back,
            picture.shape[::-1],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return seen
