"""The rays of one tile of a panel: aimed, laid with capsules, summed.

Compiled; plain arrays in, plain arrays out.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from galactograph.kernels.tubes import TILE, _ball, _capsule, _thin, _unite


@njit(cache=True, nogil=True, fastmath=True)
def _settle(
    spans: NDArray[np.float32],
    n: int,
    holes: NDArray[np.float32],
    m: int,
    sums: NDArray[np.float64],
) -> None:
    """Add to `sums` what one ray meets: filled length, mass, air inside the union."""
    for i in range(n):
        length = spans[i, 1] - spans[i, 0]
        if length <= 0.0:
            continue
        cut, air = 0.0, 0.0
        for j in range(m):
            both = min(spans[i, 1], holes[j, 1]) - max(spans[i, 0], holes[j, 0])
            if both > 0.0:
                cut += both
                air += both * holes[j, 2] / (holes[j, 1] - holes[j, 0])
        cut = min(cut, length)
        sums[0] += length - cut
        sums[1] += spans[i, 2] * (length - cut) / length
        sums[2] += air


@njit(cache=True, nogil=True, fastmath=True)
def _aim(
    row0: int,
    column0: int,
    source: NDArray[np.float64],
    frame: NDArray[np.float64],
    sub: int,
    rays: NDArray[np.float64],
) -> None:
    """Fill `rays` (n, 5) of a tile: where each starts on the panel, and its direction.

    Ray by ray within a pixel, pixel by pixel within a row.
    """
    for pixel in range(TILE * TILE):
        row, column = row0 + pixel // TILE, column0 + pixel % TILE
        for k in range(sub * sub):
            x = frame[0] + frame[2] * (column + (k % sub + 0.5) / sub)
            y = frame[1] + frame[2] * (row + (k // sub + 0.5) / sub)
            dx, dy, dz = source[0] - x, source[1] - y, source[2]
            norm = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
            ray = pixel * sub * sub + k
            rays[ray, 0], rays[ray, 1] = x, y
            rays[ray, 2], rays[ray, 3], rays[ray, 4] = dx * norm, dy * norm, dz * norm


@njit(cache=True, nogil=True, fastmath=True)
def _lay(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    ra: float,
    rb: float,
    ball: bool,  # noqa: FBT001  a kernel
    mark: NDArray[np.float64],
    row0: int,
    column0: int,
    strength: float,
    pitch: float,
    sub: int,
    rays: NDArray[np.float64],
    spans: NDArray[np.float32],
    counts: NDArray[np.int64],
) -> None:
    """Add one capsule, or one ball, to the rays of a tile that it may meet."""
    # A ray lies within 0.36 of its pixel's centre, half its strip within 0.25.
    reach = mark[4] - 0.3
    top = max(int(min(mark[1], mark[3]) - reach), row0)
    bottom = min(int(max(mark[1], mark[3]) + reach) + 1, row0 + TILE)
    left = max(int(min(mark[0], mark[2]) - reach), column0)
    right = min(int(max(mark[0], mark[2]) + reach) + 1, column0 + TILE)
    du, dv = mark[2] - mark[0], mark[3] - mark[1]
    per_length = 1.0 / (du * du + dv * dv + 1e-20)
    bx, by, bz = end[0] - start[0], end[1] - start[1], end[2] - start[2]
    both, long = ra + rb, bx * bx + by * by + bz * bz
    width = pitch / sub
    # Within a tile rays are parallel for this: thin, longer than wide, not along them.
    ahead = bx * rays[0, 2] + by * rays[0, 3] + bz * rays[0, 4]
    flat = long - ahead * ahead
    thin = both < 12.0 * width and both * both < 0.8 * long
    thin = thin and abs(ra - rb) < 0.15 * both and flat > 0.15 * long
    length, per_flat = math.sqrt(long), 1.0 / (flat + 1e-30)
    # Rays of a row (or of a column, if the duct runs along the rows) pass the duct
    # this far apart: strips of that width tile it, whatever its angle.
    nx = by * rays[0, 4] - bz * rays[0, 3]
    ny = bz * rays[0, 2] - bx * rays[0, 4]
    strip = width * max(abs(nx), abs(ny)) * math.sqrt(per_flat)
    for row in range(top, bottom):
        for column in range(left, right):
            cx, cy = column + 0.5 - mark[0], row + 0.5 - mark[1]
            f = min(max((cx * du + cy * dv) * per_length, 0.0), 1.0)
            cx, cy = cx - f * du, cy - f * dv
            if cx * cx + cy * cy > reach * reach:
                continue
            first = ((row - row0) * TILE + column - column0) * sub * sub
            for ray in range(first, first + sub * sub):
                x, y = rays[ray, 0] - start[0], rays[ray, 1] - start[1]
                dx, dy, dz = rays[ray, 2], rays[ray, 3], rays[ray, 4]
                if ball:
                    t0, t1 = _ball(x, y, -start[2], dx, dy, dz, ra)
                elif thin:
                    t0, t1 = _thin(
                        x,
                        y,
                        -start[2],
                        dx,
                        dy,
                        dz,
                        bx,
                        by,
                        bz,
                        ra,
                        rb,
                        strip,
                        length,
                        per_flat,
                    )
                else:
                    t0, t1 = _capsule(x, y, -start[2], dx, dy, dz, bx, by, bz, ra, rb)
                if t1 > t0:
                    counts[ray] = _unite(
                        spans[ray], counts[ray], t0, t1, strength * (t1 - t0)
                    )


@njit(cache=True, nogil=True, fastmath=True)
def _sum(
    row0: int,
    column0: int,
    sub: int,
    opacity: float,
    spans: NDArray[np.float32],
    counts: NDArray[np.int64],
    holes: NDArray[np.float32],
    hole_counts: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    """Write what the rays of a tile met to its pixels of `out`, which starts at 0."""
    share = 1.0 / (sub * sub)
    sums = np.zeros(3)
    for row in range(row0, min(row0 + TILE, out.shape[1])):
        for column in range(column0, min(column0 + TILE, out.shape[2])):
            length, mass, air, through = 0.0, 0.0, 0.0, 0.0
            at = ((row - row0) * TILE + column - column0) * sub * sub
            met = 0
            for ray in range(at, at + sub * sub):
                met += counts[ray]
            if met == 0:
                continue
            for ray in range(at, at + sub * sub):
                sums[:] = 0.0
                if hole_counts[ray] == 0:
                    for i in range(counts[ray]):
                        sums[0] += spans[ray, i, 1] - spans[ray, i, 0]
                        sums[1] += spans[ray, i, 2]
                elif counts[ray] > 0:
                    _settle(spans[ray], counts[ray], holes[ray], hole_counts[ray], sums)
                length += sums[0] * share
                mass += sums[1] * share
                air += sums[2] * share
                if opacity > 0.0:
                    through += math.exp(-opacity * sums[1]) * share
            if opacity > 0.0 and mass > 0.0:
                mass = -math.log(through) / opacity
            out[0, row, column] = length
            out[1, row, column] = mass
            out[2, row, column] = air
