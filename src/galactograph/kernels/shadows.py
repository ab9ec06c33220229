"""Cast whole panels: what capsules and balls leave on every pixel.

Compiled but for the sorting in `cast`, which numba compiles slowly; plain arrays in,
plain arrays out. One ray is in `tubes`, the rays of a tile are in `bundles`.
"""

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from galactograph.kernels.bundles import _aim, _lay, _sum
from galactograph.kernels.tubes import MOST, TILE, footprints, tile_lists

Floats = NDArray[np.floating[Any]]

SHARES = 64
"""Shares of the tiles that threads take in turn."""


@njit(cache=True, nogil=True, parallel=True, fastmath=True)
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
    across = (out.shape[2] + TILE - 1) // TILE
    many = TILE * TILE * sub * sub
    pitch = frame[2]
    # Memory is asked for once by each share of the tiles, not by each tile.
    for share in prange(SHARES):
        rays = np.empty((many, 5))
        spans = np.empty((many, MOST, 3), np.float32)
        counts = np.empty(many, np.int64)
        holes = np.empty((many, MOST, 3), np.float32)
        hole_counts = np.empty(many, np.int64)
        for b in range(share, len(busy), SHARES):
            tile = busy[b]
            row0, column0 = (tile // across) * TILE, (tile % across) * TILE
            _aim(row0, column0, source, frame, sub, rays)
            counts[:] = 0
            hole_counts[:] = 0
            for q in range(lists[0][tile], lists[0][tile + 1]):
                i = lists[1][q]
                depth = 0.5 * (starts[i, 2] + ends[i, 2])
                narrow = pitch * (1.0 - depth / source[2])
                _lay(
                    starts[i],
                    ends[i],
                    radii[i, 0],
                    radii[i, 1],
                    False,
                    marks[i],
                    row0,
                    column0,
                    strengths[i],
                    narrow,
                    sub,
                    rays,
                    spans,
                    counts,
                )
            for q in range(ball_lists[0][tile], ball_lists[0][tile + 1]):
                i = ball_lists[1][q]
                _lay(
                    balls[i],
                    balls[i],
                    balls[i, 3],
                    balls[i, 3],
                    True,
                    ball_marks[i],
                    row0,
                    column0,
                    balls[i, 4],
                    pitch,
                    sub,
                    rays,
                    holes,
                    hole_counts,
                )
            _sum(
                row0,
                column0,
                sub,
                opacity,
                spans,
                counts,
                holes,
                hole_counts,
                out,
            )


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
    # Heaviest first: each share gets its part of the heavy ones.
    busy = busy[np.argsort(-load[busy], kind="stable")]
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
