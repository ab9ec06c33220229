"""Walk a one-pixel skeleton into paths.

Compiled; plain arrays in, plain arrays out.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

U1 = NDArray[np.uint8]
I4 = NDArray[np.int32]

_DY = np.array([-1, 0, 0, 1, -1, -1, 1, 1])
_DX = np.array([0, -1, 1, 0, -1, 1, -1, 1])


@njit(cache=True, nogil=True)
def degrees(skeleton: U1) -> U1:
    """Count the neighbours of each skeleton pixel (H, W); 0 off the skeleton.

    A diagonal neighbour that is also reached over a straight one is not counted.
    """
    rows, columns = skeleton.shape
    out = np.zeros((rows, columns), np.uint8)
    for i in range(1, rows - 1):
        for j in range(1, columns - 1):
            if skeleton[i, j] == 0:
                continue
            count = 0
            for k in range(8):
                y, x = i + _DY[k], j + _DX[k]
                if skeleton[y, x] == 0:
                    continue
                if k >= 4 and (skeleton[y, j] or skeleton[i, x]):
                    continue
                count += 1
            out[i, j] = count
    return out


@njit(cache=True, nogil=True)
def walk(skeleton: U1, degree: U1) -> tuple[I4, I4]:
    """Cut the skeleton (H, W) into paths between ends and forks.

    Returns the pixels (P, 2) of all paths, row and column, one after another, and
    the starts (K + 1,) of the K paths in it. A fork pixel belongs to every path
    that meets there; a closed ring starts and ends at one of its pixels.
    """
    rows, columns = skeleton.shape
    total = 0
    for i in range(rows):
        for j in range(columns):
            total += int(skeleton[i, j])
    pixels = np.empty((9 * total + 64, 2), np.int32)
    # A pixel has eight neighbours: at most four paths for each pixel.
    starts = np.empty(4 * total + 8, np.int32)
    done = np.zeros((rows, columns), np.uint8)
    used, count = 0, 0
    starts[0] = 0
    for turn in range(2):
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                if skeleton[i, j] == 0:
                    continue
                if turn == 0 and degree[i, j] == 2:
                    continue
                if turn == 1:
                    if degree[i, j] != 2 or done[i, j]:
                        continue
                    done[i, j] = 1
                for k in range(8):
                    y, x = i + _DY[k], j + _DX[k]
                    if skeleton[y, x] == 0:
                        continue
                    if k >= 4 and (skeleton[y, j] or skeleton[i, x]):
                        continue
                    if degree[y, x] == 2 and done[y, x]:
                        continue
                    if degree[y, x] != 2 and (y, x) < (i, j):
                        continue  # two forks side by side: walk it once
                    first = used
                    pixels[used, 0], pixels[used, 1] = i, j
                    used += 1
                    back_y, back_x, here_y, here_x = i, j, y, x
                    while True:
                        pixels[used, 0], pixels[used, 1] = here_y, here_x
                        used += 1
                        if degree[here_y, here_x] != 2:
                            break
                        if here_y == i and here_x == j:
                            break
                        done[here_y, here_x] = 1
                        moved = False
                        for m in range(8):
                            ny, nx = here_y + _DY[m], here_x + _DX[m]
                            if skeleton[ny, nx] == 0 or (ny == back_y and nx == back_x):
                                continue
                            if m >= 4 and (
                                skeleton[ny, here_x] or skeleton[here_y, nx]
                            ):
                                continue
                            back_y, back_x = here_y, here_x
                            here_y, here_x = ny, nx
                            moved = True
                            break
                        if not moved:
                            break
                    if used - first >= 2:
                        count += 1
                        starts[count] = used
                    else:
                        used = first
                    if turn == 1:
                        break
    return pixels[:used], starts[: count + 1]
