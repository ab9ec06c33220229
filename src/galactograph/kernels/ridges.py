"""Bright lines in an image: ridge strength, orientation and scale in one pass.

Compiled; plain arrays in, plain arrays out. Nothing is checked here: the caller
has. Images are (H, W), rows first; angles are atan2(along rows, along columns).
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

F4 = NDArray[np.float32]
U1 = NDArray[np.uint8]
B1 = NDArray[np.bool_]


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def strengthen(
    smooth: F4,
    inside: B1,
    number: int,
    gain: float,
    lean_px: float,
    best: F4,
    scale: U1,
    angle: F4,
) -> None:
    """Raise `best` (H, W) where the ridge of `smooth` (H, W) times `gain` is stronger.

    Ridge strength is the curvature across the line, less half of any curvature
    along it, so that blobs count for half, and less the slope across divided by
    `lean_px`, so that the shoulder of an edge is no ridge. `scale` gets `number`,
    `angle` the direction of the line, where `best` was raised. Of each row only the
    part that holds all that is `inside` (H, W) is looked at.
    """
    rows, columns = smooth.shape
    quarter, half = np.float32(0.25), np.float32(0.5)
    for i in prange(1, rows - 1):
        first, stop = 1, columns - 1
        while first < stop and not inside[i, first]:
            first += 1
        while first < stop and not inside[i, stop - 1]:
            stop -= 1
        for j in range(first, stop):
            centre = smooth[i, j] + smooth[i, j]
            xx = smooth[i, j - 1] + smooth[i, j + 1] - centre
            yy = smooth[i - 1, j] + smooth[i + 1, j] - centre
            mean = half * (xx + yy)
            if mean >= np.float32(0.0) and xx >= 0 and yy >= 0:
                continue
            xy = quarter * (
                smooth[i - 1, j - 1]
                + smooth[i + 1, j + 1]
                - smooth[i - 1, j + 1]
                - smooth[i + 1, j - 1]
            )
            lean = half * (xx - yy)
            swing = np.sqrt(lean * lean + xy * xy)
            value = swing - mean
            along = mean + swing
            if along < 0:
                value += half * along
            value *= np.float32(gain)
            if value <= best[i, j]:
                continue
            gx = half * (smooth[i, j + 1] - smooth[i, j - 1])
            gy = half * (smooth[i + 1, j] - smooth[i - 1, j])
            turned = half * (gx * gx - gy * gy) * lean + gx * gy * xy
            slope = half * (gx * gx + gy * gy) - turned / max(swing, np.float32(1e-20))
            value -= np.sqrt(max(slope, np.float32(0.0))) * np.float32(gain / lean_px)
            if value > best[i, j]:
                best[i, j] = value
                scale[i, j] = number
                angle[i, j] = half * np.arctan2(xy, lean)


@njit(cache=True, nogil=True, fastmath=True)
def curvatures(smooth: F4, step: int) -> F4:
    """Return signed curvature across the strongest direction, every `step` pixels."""
    rows, columns = smooth.shape
    out = np.empty(((rows - 3) // step + 1, (columns - 3) // step + 1), np.float32)
    for a in range(out.shape[0]):
        for b in range(out.shape[1]):
            i, j = 1 + a * step, 1 + b * step
            centre = smooth[i, j] + smooth[i, j]
            xx = smooth[i, j - 1] + smooth[i, j + 1] - centre
            yy = smooth[i - 1, j] + smooth[i + 1, j] - centre
            xy = np.float32(0.25) * (
                smooth[i - 1, j - 1]
                + smooth[i + 1, j + 1]
                - smooth[i - 1, j + 1]
                - smooth[i + 1, j - 1]
            )
            lean = np.float32(0.5) * (xx - yy)
            out[a, b] = np.sqrt(lean * lean + xy * xy) - np.float32(0.5) * (xx + yy)
    return out


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def crests(best: F4, angle: F4, least: float) -> U1:
    """Return 1 where `best` (H, W) is a maximum across its line and >= `least`."""
    rows, columns = best.shape
    out = np.zeros((rows, columns), np.uint8)
    for i in prange(2, rows - 2):
        for j in range(2, columns - 2):
            if best[i, j] >= least and _tops(best, angle[i, j], i, j):
                out[i, j] = 1
    return out


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def weighed_crests(best: F4, weight: F4, angle: F4, least: float) -> U1:
    """Return 1 where `best` is a maximum across its line and >= `least` if weighed.

    All (H, W). What is weighed is how strong a line is, not where it runs.
    """
    rows, columns = best.shape
    out = np.zeros((rows, columns), np.uint8)
    for i in prange(2, rows - 2):
        for j in range(2, columns - 2):
            strong = best[i, j] * weight[i, j] >= least
            if strong and _tops(best, angle[i, j], i, j):
                out[i, j] = 1
    return out


@njit(cache=True, nogil=True, fastmath=True)
def _tops(best: F4, angle: float, i: int, j: int) -> bool:
    """Tell whether a pixel of `best` is a maximum across a line at `angle`."""
    down, right = np.cos(angle), -np.sin(angle)
    for sign in (-1.0, 1.0):
        y, x = i + sign * down, j + sign * right
        top, left = int(np.floor(y)), int(np.floor(x))
        fy, fx = y - top, x - left
        beside = (1 - fy) * (
            (1 - fx) * best[top, left] + fx * best[top, left + 1]
        ) + fy * ((1 - fx) * best[top + 1, left] + fx * best[top + 1, left + 1])
        if beside > best[i, j]:
            return False
    return True


# Rows and columns of one tile of `follow`: its scratch stays in the second cache.
_TALL, _BROAD = 24, 480


@njit(cache=True, nogil=True, fastmath=True)
def hessian(smooth: F4, top: int, left: int, xx: F4, xy: F4, yy: F4) -> None:
    """Write second derivatives along columns, mixed, and along rows, (A, B) each.

    Of the part of `smooth` that begins at `top`, `left`, one pixel off its border.
    """
    for a in range(xx.shape[0]):
        for b in range(xx.shape[1]):
            i, j = top + a, left + b
            centre = smooth[i, j] + smooth[i, j]
            xx[a, b] = smooth[i, j - 1] + smooth[i, j + 1] - centre
            yy[a, b] = smooth[i - 1, j] + smooth[i + 1, j] - centre
            xy[a, b] = np.float32(0.25) * (
                smooth[i - 1, j - 1]
                + smooth[i + 1, j + 1]
                - smooth[i - 1, j + 1]
                - smooth[i + 1, j - 1]
            )


@njit(cache=True, nogil=True, fastmath=True)
def _across(xx: F4, xy: F4, yy: F4, turn: float, out: F4) -> None:
    """Write the curvature across the direction `turn` of a tile into `out` (A, B)."""
    c, s = np.cos(turn), np.sin(turn)
    ss, cc, sc = np.float32(s * s), np.float32(c * c), np.float32(2 * s * c)
    for a in range(out.shape[0]):
        row, right, mixed, down = out[a], xx[a], xy[a], yy[a]
        for b in range(len(row)):
            row[b] = sc * mixed[b] - ss * right[b] - cc * down[b]


@njit(cache=True, nogil=True, fastmath=True)
def _along(
    across: F4, half: int, turn: float, number: int, most: F4, chosen: U1
) -> None:
    """Raise `most` (A, B) by sums of `across` (A + 2 half, B + 2 half) along `turn`.

    The inner loop runs along a row, so that the compiler takes many pixels at once;
    four terms at a time, so that the sum is fetched and stored less often.
    """
    down, right = most.shape
    count = 2 * half + 1
    rows, firsts = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for k in range(-half, half + 1):
        rows[k + half] = half + int(np.rint(k * np.sin(turn)))
        firsts[k + half] = half + int(np.rint(k * np.cos(turn)))
    total = np.empty(right, np.float32)
    for a in range(down):
        total[:] = 0
        for n in range(0, count - 3, 4):
            one = across[a + rows[n], firsts[n] : firsts[n] + right]
            two = across[a + rows[n + 1], firsts[n + 1] : firsts[n + 1] + right]
            three = across[a + rows[n + 2], firsts[n + 2] : firsts[n + 2] + right]
            four = across[a + rows[n + 3], firsts[n + 3] : firsts[n + 3] + right]
            for b in range(right):
                total[b] += (one[b] + two[b]) + (three[b] + four[b])
        for n in range(count // 4 * 4, count):
            part = across[a + rows[n], firsts[n] : firsts[n] + right]
            for b in range(right):
                total[b] += part[b]
        here, which = most[a], chosen[a]
        for b in range(right):
            if total[b] > here[b]:
                here[b] = total[b]
                which[b] = number


@njit(cache=True, nogil=True)
def _within(inside: B1, top: int, left: int) -> tuple[int, int]:
    """Return the first column of a tile of `inside` (A, B) that is, and one past it."""
    first, stop = inside.shape[1], 0
    for a in range(top, min(top + _TALL, inside.shape[0])):
        for b in range(left, min(left + _BROAD, inside.shape[1])):
            if inside[a, b]:
                first, stop = min(first, b), max(stop, b + 1)
    return first, stop


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def follow(
    smooth: F4,
    inside: B1,
    number: int,
    gain: float,
    least: float,
    turns: F4,
    half: int,
    best: F4,
    scale: U1,
    angle: F4,
) -> None:
    """Raise `best` (H, W) by curvature of `smooth` that persists along a straight line.

    The curvature across each of the directions `turns` (T,) is averaged over
    2 `half` + 1 pixels along it, at pixels whose own curvature times `gain` is at
    least `least`. `scale` gets `number`, `angle` the direction. Tiles with nothing
    `inside` (H, W) are left out.
    """
    edge = half + 1
    rows, columns = smooth.shape[0] - 2 * edge, smooth.shape[1] - 2 * edge
    bands, lanes = -(-rows // _TALL), -(-columns // _BROAD)
    middle = inside[edge : edge + rows, edge : edge + columns]
    for tile in prange(max(bands, 0) * max(lanes, 0)):
        row, column = tile // lanes * _TALL, tile % lanes * _BROAD
        first, stop = _within(middle, row, column)
        tall, broad = min(_TALL, rows - row), stop - first
        if broad > 0:
            size = (tall + 2 * half, broad + 2 * half)
            top, left = edge + row, edge + first
            xx = np.empty(size, np.float32)
            xy, yy = np.empty_like(xx), np.empty_like(xx)
            hessian(smooth, top - half, left - half, xx, xy, yy)
            across = np.empty_like(xx)
            most = np.full((tall, broad), np.float32(-1e30), np.float32)
            chosen = np.zeros((tall, broad), np.uint8)
            for t in range(len(turns)):
                _across(xx, xy, yy, turns[t], across)
                _along(across, half, turns[t], t, most, chosen)
            for a in range(tall):
                for b in range(broad):
                    right, mixed = xx[half + a, half + b], xy[half + a, half + b]
                    down = yy[half + a, half + b]
                    lean = np.float32(0.5) * (right - down)
                    swing = np.sqrt(lean * lean + mixed * mixed)
                    own = swing - np.float32(0.5) * (right + down)
                    value = most[a, b] * np.float32(gain / (2 * half + 1))
                    if own * gain >= least and value > best[top + a, left + b]:
                        best[top + a, left + b] = value
                        scale[top + a, left + b] = number
                        angle[top + a, left + b] = turns[chosen[a, b]]


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
def persistence(smooth: F4, half: int, step: int) -> F4:
    """Return mean curvature along rows-aligned and column-aligned lines, sampled.

    For the spread of what `follow` sees where there is no line: every `step`
    pixels, two directions, (A, B, 2).
    """
    rows, columns = smooth.shape
    down = max(0, (rows - 2 * half - 2) // step)
    right = max(0, (columns - 2 * half - 2) // step)
    out = np.zeros((down, right, 2), np.float32)
    for a in prange(down):
        for b in range(right):
            i, j = half + 1 + a * step, half + 1 + b * step
            first, other = np.float32(0.0), np.float32(0.0)
            for k in range(-half, half + 1):
                centre = smooth[i, j + k] + smooth[i, j + k]
                first -= smooth[i - 1, j + k] + smooth[i + 1, j + k] - centre
                centre = smooth[i + k, j] + smooth[i + k, j]
                other -= smooth[i + k, j - 1] + smooth[i + k, j + 1] - centre
            out[a, b, 0] = first / (2 * half + 1)
            out[a, b, 1] = other / (2 * half + 1)
    return out
