"""Pour water on a relief: how high it stands before it runs over the border."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

F8 = NDArray[np.float64]


@njit(cache=True, nogil=True)
def poured(floor: F8) -> F8:
    """Return the level of water on `floor` (N, U) that only its border drains.

    Every place stands at the lowest height from which a way, over neighbours on eight
    sides, leads down to the border: morphological reconstruction by erosion, by sweeps
    to and fro until nothing falls any more (Vincent 1993).
    """
    rows, columns = floor.shape
    level = np.full((rows, columns), floor.max())
    level[0], level[-1] = floor[0], floor[-1]
    level[:, 0], level[:, -1] = floor[:, 0], floor[:, -1]
    falling = True
    while falling:
        falling = False
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                if level[i, j] <= floor[i, j]:
                    continue
                low = min(level[i, j - 1], level[i - 1, j - 1])
                low = max(min(low, level[i - 1, j], level[i - 1, j + 1]), floor[i, j])
                if low < level[i, j]:
                    level[i, j] = low
                    falling = True
        for i in range(rows - 2, 0, -1):
            for j in range(columns - 2, 0, -1):
                if level[i, j] <= floor[i, j]:
                    continue
                low = min(level[i, j + 1], level[i + 1, j - 1])
                low = max(min(low, level[i + 1, j], level[i + 1, j + 1]), floor[i, j])
                if low < level[i, j]:
                    level[i, j] = low
                    falling = True
    return level
