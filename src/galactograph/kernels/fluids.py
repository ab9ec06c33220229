"""What moves in tubes: contrast pushes secretion, sinks under it, and is pressed out.

Compiled; plain arrays in, plain arrays out. Volumes in mm3, times in s, viscosities in
mPa s. N is the number of tree points, parents first; what belongs to point n is the
tube between it and its parent. Nothing here makes or loses a drop.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def give(
    volume: float, contrast: float, secretion: float, film: float, mixing: float
) -> tuple[float, float]:
    """Return contrast and secretion in `volume` that leaves a tube's far end.

    Secretion is pushed out first, but for the film on the wall; `mixing` of what
    leaves is mixed.
    """
    mobile = max(secretion - film, 0.0)
    all_ = mobile + contrast
    if all_ <= 0.0:
        return 0.0, 0.0
    volume = min(volume, all_)
    first = (1.0 - mixing) * min(mobile, volume) + mixing * volume * mobile / all_
    out = min(volume - first, contrast)
    return out, min(volume - out, mobile)


@njit(cache=True, nogil=True)
def carry(
    parents: NDArray[np.int32],
    flow: NDArray[np.float64],
    drink: NDArray[np.float64],
    film: NDArray[np.float64],
    mixing: float,
    contrast: NDArray[np.float64],
    secretion: NDArray[np.float64],
    lost: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Move contrast and secretion by the volumes of one step.

    `flow` (N,) goes from parent to point; `drink` (N,) takes secretion only, into
    lobules and walls, and says afterwards how much; `lost` (N,) goes out of the tree
    and says afterwards how much of it was contrast.
    """
    count = len(parents)
    out, paid_c, paid_s = work[0], work[1], work[2]
    for n in range(count):
        out[n] = lost[n]
    for n in range(count - 1, 0, -1):
        if flow[n] >= 0.0:
            out[parents[n]] += flow[n]
            continue
        whole = contrast[n] + secretion[n]
        share = min(-flow[n] / whole, 1.0) if whole > 0.0 else 0.0
        up = parents[n]
        contrast[up] += share * contrast[n]
        secretion[up] += share * secretion[n]
        contrast[n] *= 1.0 - share
        secretion[n] *= 1.0 - share
    for n in range(count):
        if n > 0 and flow[n] > 0.0:
            up = parents[n]
            share = flow[n] / out[up]
            contrast[n] += share * paid_c[up]
            secretion[n] += share * paid_s[up]
        drink[n] = min(drink[n], max(secretion[n] - film[n], 0.0))
        secretion[n] -= drink[n]
        c, s = give(out[n], contrast[n], secretion[n], film[n], mixing)
        contrast[n] -= c
        secretion[n] -= s
        paid_c[n], paid_s[n] = c, s
        if lost[n] > 0.0:
            lost[n] = c * lost[n] / out[n]


@njit(cache=True, nogil=True)
def passages(
    ease: NDArray[np.float64],
    stir: NDArray[np.float64],
    room: NDArray[np.float64],
    thick: NDArray[np.float64],
    thin: float,
    contrast: NDArray[np.float64],
    secretion: NDArray[np.float64],
    pass_: NDArray[np.float64],
    swap: NDArray[np.float64],
) -> None:
    """Set what flows per mmHg, and what sinks past what: at the calibre of now."""
    for n in range(len(ease)):
        whole = contrast[n] + secretion[n]
        part = contrast[n] / whole if whole > 0.0 else 0.0
        wide = min(max(whole / room[n], 0.05), 1.5)
        sticky = math.exp(part * math.log(thick[n]) + (1.0 - part) * math.log(thin))
        pass_[n] = ease[n] * wide * wide / sticky
        swap[n] = stir[n] * wide * wide / sticky


@njit(cache=True, nogil=True)
def exchange(
    parents: NDArray[np.int32],
    swap: NDArray[np.float64],
    film: NDArray[np.float64],
    dt: float,
    contrast: NDArray[np.float64],
    secretion: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Let contrast sink under secretion for `dt` s, without any net flow.

    `swap` (N,) is the volume that changes places with the parent, mm3/s, times the
    difference of their shares of contrast. Implicit: any `dt` will do.
    """
    count = len(parents)
    diagonal, side = work[0], work[1]
    for n in range(count):
        diagonal[n] = max(contrast[n] + max(secretion[n] - film[n], 0.0), 1e-12)
        side[n] = contrast[n]
    for n in range(count - 1, 0, -1):
        # Symmetric, so the whole is kept.
        x = dt * swap[n]
        diagonal[n] += x
        diagonal[parents[n]] += x - x * x / diagonal[n]
        side[parents[n]] += x / diagonal[n] * side[n]
    for n in range(count):
        if n > 0:
            side[n] += dt * swap[n] * side[parents[n]]
        side[n] /= diagonal[n]
        mobile = contrast[n] + max(secretion[n] - film[n], 0.0)
        now = min(side[n], 1.0) * mobile
        secretion[n] += contrast[n] - now
        contrast[n] = now


@njit(cache=True, nogil=True)
def slacken(
    parents: NDArray[np.int32],
    room: NDArray[np.float64],
    contrast: NDArray[np.float64],
    secretion: NDArray[np.float64],
) -> float:
    """Let walls that were stretched beyond their calibre press fluid back out.

    Changes `contrast` and `secretion`; returns the contrast that left at the root.
    """
    for n in range(len(parents) - 1, -1, -1):
        whole = contrast[n] + secretion[n]
        if whole <= room[n]:
            continue
        share = (whole - room[n]) / whole
        c, s = share * contrast[n], share * secretion[n]
        contrast[n] -= c
        secretion[n] -= s
        if n == 0:
            return float(c)
        contrast[parents[n]] += c
        secretion[parents[n]] += s
    return 0.0


@njit(cache=True, nogil=True)
def rest_a_while(
    parents: NDArray[np.int32],
    tubes: NDArray[np.float64],
    thick: NDArray[np.float64],
    thin: float,
    film: float,
    wait: float,
    contrast: NDArray[np.float64],
    secretion: NDArray[np.float64],
) -> None:
    """Let contrast sink under secretion for `wait` s, from injection to exposure.

    Changes `contrast` and `secretion`.
    """
    room, ease, stir = tubes[1], tubes[3], tubes[7]
    count = len(parents)
    pass_, swap, work = np.empty(count), np.empty(count), np.empty((2, count))
    coat = film * room
    for _ in range(20):
        passages(ease, stir, room, thick, thin, contrast, secretion, pass_, swap)
        exchange(parents, swap, coat, wait / 20, contrast, secretion, work)
