"""Lay the paths of one tree along those of another: the best chain of pairs.

Compiled; plain arrays in, plain arrays out.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I1 = NDArray[np.int8]

NEVER = -1e9


@njit(cache=True)
def align(
    parents_a: I4, parents_b: I4, steps_a: F8, steps_b: F8, gain: F8, start: F8
) -> tuple[F8, I1]:
    """Return the best score of a chain that ends in each pair, (A, B), and its moves.

    A chain begins where `start` (A, B) is above NEVER, and goes outward: along both
    trees (move 1), the first alone (2), or the second alone (3); 0 is its beginning.
    A move earns `gain` (A, B) of the pair that it comes to, times half the way gone in
    both trees. Pairs with a gain of NEVER are not entered.
    """
    rows, columns = gain.shape
    best = np.full((rows, columns), NEVER)
    move = np.zeros((rows, columns), np.int8)
    for i in range(rows):
        pi = parents_a[i]
        for j in range(columns):
            earned = gain[i, j]
            if earned <= NEVER:
                continue
            top, how = start[i, j], 0
            pj = parents_b[j]
            if pi >= 0 and pj >= 0 and best[pi, pj] > NEVER:
                score = best[pi, pj] + earned * 0.5 * (steps_a[i] + steps_b[j])
                if score > top:
                    top, how = score, 1
            if pi >= 0 and best[pi, j] > NEVER:
                score = best[pi, j] + earned * 0.5 * steps_a[i]
                if score > top:
                    top, how = score, 2
            if pj >= 0 and best[i, pj] > NEVER:
                score = best[i, pj] + earned * 0.5 * steps_b[j]
                if score > top:
                    top, how = score, 3
            best[i, j] = top
            move[i, j] = how
    return best, move


@njit(cache=True)
def ahead(parents_a: I4, parents_b: I4, steps_a: F8, steps_b: F8, gain: F8) -> F8:
    """Return the best score of a chain that goes on outward from each pair, (A, B).

    0 where none is worth going on. Moves earn what they earn in `align`.
    """
    rows, columns = gain.shape
    best = np.zeros((rows, columns))
    for i in range(rows - 1, -1, -1):
        pi = parents_a[i]
        for j in range(columns - 1, -1, -1):
            earned = gain[i, j]
            if earned <= NEVER:
                continue
            pj = parents_b[j]
            here = best[i, j]
            if pi >= 0 and pj >= 0:
                score = here + earned * 0.5 * (steps_a[i] + steps_b[j])
                best[pi, pj] = max(best[pi, pj], score)
            if pi >= 0:
                best[pi, j] = max(best[pi, j], here + earned * 0.5 * steps_a[i])
            if pj >= 0:
                best[i, pj] = max(best[i, pj], here + earned * 0.5 * steps_b[j])
    return best
