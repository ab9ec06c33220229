"""Two independent measures of calibre at every station of a column.

Densitometry counts the contrast in a cross-section: a round lumen of calibre d holds
pi d^2 / 4 of it, whatever the blur, so a throat is measured below the size of a pixel.
The outline is the distance of the outermost half heights: a body in the lumen takes
contrast and leaves the outline; a narrowing takes both. Where the two disagree, what is
seen is no narrowing (quantitative coronary angiography asks the same of a stenosis).
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from galactograph.finders._column import Column, smooth_mm
from galactograph.finders._grey import BLUR_MM
from galactograph.values.arrays import Floats

_ALONG_MM = 0.1
"""Blur along the duct before anything is measured: one station. source: assumed."""

_HALF_HEIGHT = 0.866
"""Width at half height of a chord over its calibre. source: derived, sqrt(3) / 2."""


_KEPT: WeakKeyDictionary[Column, Floats] = WeakKeyDictionary()
"""Both measures, of narrowing and wall alike, ask for the same contrast."""


def dense_mm(column: Column) -> Floats:
    """Return calibre (N,) from contrast, neighbours beside the duct left out."""
    own = _own_of(column)
    area = own.sum(1) * column.du_mm
    out: Floats = np.sqrt(4 * area / np.pi)
    return out


def _own_of(column: Column) -> Floats:
    """Return the duct's own contrast (N, U), worked out once for each column."""
    own = _KEPT.get(column)
    if own is None:
        held = np.maximum(smooth_mm(column.thickness_mm, _ALONG_MM), 0)
        own = _own(held, column.u_mm, column.radius_mm)
        _KEPT[column] = own
    return own


def _own(held: Floats, u_mm: Floats, radius_mm: Floats) -> Floats:
    """Return contrast (N, U) without what rises again outside the walls.

    Beyond a wall contrast of this duct can only fall; what rises is a neighbour.
    """
    own = held.copy()
    middle = int(np.abs(u_mm).argmin())
    for side in (range(middle + 1, len(u_mm)), range(middle - 1, -1, -1)):
        step = 1 if side.step > 0 else -1
        for k in side:
            outside = np.abs(u_mm[k]) > radius_mm
            own[:, k] = np.where(
                outside, np.minimum(own[:, k], own[:, k - step]), own[:, k]
            )
    reach = 1.3 * radius_mm + 2 * BLUR_MM
    own[np.abs(u_mm)[None, :] > reach[:, None]] = 0
    return own


def outline_mm(column: Column) -> Floats:
    """Return calibre (N,) from the outermost half heights, blur removed."""
    own = _own_of(column)
    peak = np.maximum(own.max(1), 4 * column.noise_mm)
    above = own >= 0.5 * peak[:, None]
    rows = np.arange(len(own))
    first, last = above.argmax(1), own.shape[1] - 1 - above[:, ::-1].argmax(1)
    width = (last - first).astype(float)
    for edge, sign in ((first, -1), (last, 1)):
        outer = np.clip(edge + sign, 0, own.shape[1] - 1)
        inner = own[rows, edge]
        fall = np.maximum(inner - own[rows, outer], 1e-9)
        width += np.clip((inner - 0.5 * peak) / fall, 0, 1)
    width = np.where(above.any(1), width * column.du_mm, 0)
    sharp = np.sqrt(np.maximum(width**2 - (2.355 * BLUR_MM) ** 2, 0))
    out: Floats = sharp / _HALF_HEIGHT
    return out
