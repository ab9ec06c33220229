"""Cast whole panels: what capsules and balls leave on every pixel.

Compiled but for the sorting in `cast`, which numba compiles slowly; plain arrays in,
plain arrays out. The geometry of one ray is in `tubes`.
"""

import math
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from galactograph.kernels.tubes import (
    MOST,
    TILE,
    _ball,
    _capsule,
    _thin,
    _unite,
    footprints,
    tile_lists,
)

Floats = NDArray[np.floating[Any]]


@njit(cache=True, fastmath=True)
def _near(mark: NDArray[np.float64], x: float, y: float, reach: float) -> bool:
    """Tell whether (x, y) lies within `reach` pixels of a footprint's axis."""
    cx, cy = x - mark[0], y - mark[1]
    du, dv = mark[2] - mark[0], mark[3] - mark[1]
    f = (cx * du + cy * dv) / (du * du + dv * dv + 1e-20)
    f = min(max(f, 0.0), 1.0)
    return bool((cx - f * du) ** 2 + (cy - f * dv) ** 2 <= reach * reach)


@njit(cache=True, fastmath=True)
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


@njit(cache=True, parallel=True, fastmath=True)
def _render(
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    radii: NDArray[np.float64],
    strengths: NDArray[np.float64],
    balls: NDArray[np.float64],
    marks: NDArray[np.float64],
    lists: tuple[NDArray[np.int64], NDArray[np.int32]],
    ball_marks: NDArray[np.float64],
    ball_lists: tuple[NDArray[np.int64], NDArray[np.int32]],
    busy: NDArray[np.int64],
    source: NDArray[np.float64],
    frame: NDArray[np.float64],
    sub: int,
    opacity: float,
    out: NDArray[np.float32],
) -> None:
    """Fill `out` (3, rows, columns) on the tiles `busy`."""
    rows, columns = out.shape[1], out.shape[2]
    across = (columns + TILE - 1) // TILE
    rays = TILE * TILE * sub * sub
    for b in prange(len(busy)):
        tile = busy[b]
        row0, column0 = (tile // across) * TILE, (tile % across) * TILE
        row1, column1 = min(row0 + TILE, rows), min(column0 + TILE, columns)
        spans = np.empty((rays, MOST, 3), np.float32)
        counts = np.zeros(rays, np.int64)
        holes = np.empty((rays, MOST, 3), np.float32)
        hole_counts = np.zeros(rays, np.int64)
        for kind in range(2):
            first, members = lists if kind == 0 else ball_lists
            for q in range(first[tile], first[tile + 1]):
                i = members[q]
                mark = marks[i] if kind == 0 else ball_marks[i]
                reach = mark[4] + 0.3
                top = max(int(min(mark[1], mark[3]) - reach), row0)
                bottom = min(int(max(mark[1], mark[3]) + reach) + 1, row1)
                left = max(int(min(mark[0], mark[2]) - reach), column0)
                right = min(int(max(mark[0], mark[2]) + reach) + 1, column1)
                for row in range(top, bottom):
                    for column in range(left, right):
                        if not _near(mark, column + 0.5, row + 0.5, reach):
                            continue
                        for k in range(sub * sub):
                            x = frame[0] + frame[2] * (column + (k % sub + 0.5) / sub)
                            y = frame[1] + frame[2] * (row + (k // sub + 0.5) / sub)
                            dx, dy, dz = source[0] - x, source[1] - y, source[2]
                            norm = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
                            dx, dy, dz = dx * norm, dy * norm, dz * norm
                            ray = (
                                (row - row0) * TILE + column - column0
                            ) * sub * sub + k
                            if kind == 1:
                                t0, t1 = _ball(
                                    x - balls[i, 0],
                                    y - balls[i, 1],
                                    -balls[i, 2],
                                    dx,
                                    dy,
                                    dz,
                                    balls[i, 3],
                                )
                                if t1 > t0:
                                    hole_counts[ray] = _unite(
                                        holes[ray],
                                        hole_counts[ray],
                                        t0,
                                        t1,
                                        balls[i, 4] * (t1 - t0),
                                    )
                                continue
                            sx, sy, sz = starts[i]
                            ra, rb = radii[i]
                            width = frame[2] * (1.0 - sz / source[2]) / sub
                            bx, by, bz = (
                                ends[i, 0] - sx,
                                ends[i, 1] - sy,
                                ends[i, 2] - sz,
                            )
                            both, long = ra + rb, bx * bx + by * by + bz * bz
                            ahead = bx * dx + by * dy + bz * dz
                            # Thin, longer than wide, and not along the ray.
                            flat = long - ahead * ahead
                            thin = both * both < 0.8 * long and flat > 0.15 * long
                            thin = thin and abs(ra - rb) < 0.15 * both
                            if both < 12.0 * width and thin:
                                t0, t1 = _thin(
                                    x - sx,
                                    y - sy,
                                    -sz,
                                    dx,
                                    dy,
                                    dz,
                                    bx,
                                    by,
                                    bz,
                                    ra,
                                    rb,
                                    width,
                                )
                            else:
                                t0, t1 = _capsule(
                                    x - sx,
                                    y - sy,
                                    -sz,
                                    dx,
                                    dy,
                                    dz,
                                    bx,
                                    by,
                                    bz,
                                    ra,
                                    rb,
                                )
                            if t1 > t0:
                                counts[ray] = _unite(
                                    spans[ray],
                                    counts[ray],
                                    t0,
                                    t1,
                                    strengths[i] * (t1 - t0),
                                )
        share = 1.0 / (sub * sub)
        sums = np.zeros(3)
        for row in range(row0, row1):
            for column in range(column0, column1):
                length, mass, air, through = 0.0, 0.0, 0.0, 0.0
                at = ((row - row0) * TILE + column - column0) * sub * sub
                for ray in range(at, at + sub * sub):
                    sums[:] = 0.0
                    if counts[ray] > 0:
                        _settle(
                            spans[ray], counts[ray], holes[ray], hole_counts[ray], sums
                        )
                    length += sums[0] * share
                    mass += sums[1] * share
                    air += sums[2] * share
                    through += math.exp(-opacity * sums[1]) * share
                if opacity > 0.0:
                    mass = -math.log(through) / opacity
                out[0, row, column] = length
                out[1, row, column] = mass
                out[2, row, column] = air


def cast(
    starts: Floats,
    ends: Floats,
    radii: Floats,
    strengths: Floats,
    balls: Floats,
    source: Floats,
    frame: Floats,
    rows: int,
    columns: int,
    sub: int,
    opacity: float,
) -> NDArray[np.float32]:
    """Cast N capsules, less K balls, on a panel at z = 0.

    Parameters
    ----------
    starts, ends
        (N, 3) mm, panel frame: x along columns, y along rows, z towards the source.
    radii
        (N, 2) mm, at start and end.
    strengths
        (N,) such as mg of iodine per mL.
    balls
        (K, 5) x, y, z, radius in mm, and 1 for air or 0 for tissue.
    source
        (3,) mm.
    frame
        (3,) x and y of the panel's corner, pixel pitch, mm.
    sub
        Rays along each side of a pixel.
    opacity
        Attenuation per strength and mm; transmission, not path, is averaged over
        the rays of a pixel. 0 averages the path.

    Returns
    -------
    float32, (3, rows, columns)
        Length inside capsules less balls, mm; strength times length, effective over
        the pixel; length of air inside capsules, mm.
    """
    out = np.zeros((3, rows, columns), np.float32)
    marks = footprints(starts, ends, radii, source, frame)
    lists = tile_lists(marks, rows, columns)
    width = np.column_stack([balls[:, 3], balls[:, 3]])
    centres = np.ascontiguousarray(balls[:, :3])
    ball_marks = footprints(centres, centres, width, source, frame)
    ball_lists = tile_lists(ball_marks, rows, columns)
    load = lists[0][1:] - lists[0][:-1]
    busy = np.flatnonzero(load)
    # Heaviest first, dealt in turn, so that threads end together.
    order = busy[np.argsort(-load[busy])]
    busy = np.concatenate((order[0::2], order[1::2][::-1]))
    _render(
        starts,
        ends,
        radii,
        strengths,
        balls,
        marks,
        lists,
        ball_marks,
        ball_lists,
        busy,
        source,
        frame,
        sub,
        opacity,
        out,
    )
    return out
