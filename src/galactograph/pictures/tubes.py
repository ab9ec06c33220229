"""Traced ducts as filled tubes: the lumen mask."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from galactograph.values.arrays import Floats
from galactograph.values.report import Duct, Reading

STEP_PX = 0.5
"""Spacing of the discs whose union makes a tube. At this step the outline of a
tube of one pixel radius is true to 0.04 px. (derived: r - sqrt(r^2 - step^2 / 4))"""

LEAST_RADIUS_PX = 0.71
"""Half a pixel diagonal: a thinner duct is drawn this wide, so that it stays
connected. (derived: sqrt(2) / 2)"""

_CHUNK = 1 << 22
"""Pixels tested at once, to bound memory."""


def discs(duct: Duct, pixel_mm: float) -> tuple[Floats, Floats, Floats]:
    """Return row, column and radius in pixels of discs that cover the tube."""
    parent = duct.tree.parents[1:]
    radius = 0.5 * duct.calibre_mm / pixel_mm
    node = np.column_stack([duct.rows, duct.columns, radius])
    if len(node) == 1:
        return node[:, 0], node[:, 1], node[:, 2]
    start, step = node[parent], node[1:] - node[parent]
    count = np.maximum(1, np.ceil(np.hypot(step[:, 0], step[:, 1]) / STEP_PX))
    count = count.astype(int)
    edge = np.repeat(np.arange(len(count)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    along = (place + 1) / count[edge]
    inner = start[edge] + step[edge] * along[:, None]
    every = np.concatenate([node[:1], inner])
    return every[:, 0], every[:, 1], every[:, 2]


def lumen_mask(reading: Reading) -> NDArray[np.uint8]:
    """Draw all ducts of a view as tubes: 255 in the lumen, 0 elsewhere.

    Parameters
    ----------
    reading
        Its ducts give centreline and calibre.

    Returns
    -------
    uint8, (rows, columns)
        A pixel is lumen if its centre lies in the union of the tubes.
    """
    mask = np.zeros(reading.view.image.grid.shape, np.uint8)
    _fill(mask, reading.ducts, reading.view.image.grid.pixel_mm)
    return mask


def _fill(mask: NDArray[np.uint8], ducts: Iterable[Duct], pixel_mm: float) -> None:
    parts = [np.column_stack(discs(duct, pixel_mm)) for duct in ducts]
    if not parts:
        return
    every = np.concatenate(parts)
    every[:, 2] = np.maximum(every[:, 2], LEAST_RADIUS_PX)
    reach = np.ceil(every[:, 2]).astype(int)
    for size in np.unique(reach):
        same = every[reach == size]
        offset = np.arange(-size, size + 1)
        chunk = max(1, _CHUNK // len(offset) ** 2)
        for first in range(0, len(same), chunk):
            _stamp(mask, same[first : first + chunk], offset)


def _stamp(mask: NDArray[np.uint8], centres: Floats, offset: NDArray[np.int_]) -> None:
    """Set every pixel whose centre lies in one of the discs, (D, 3)."""
    whole = np.rint(centres[:, :2]).astype(int)
    row = whole[:, 0, None, None] + offset[None, :, None]
    column = whole[:, 1, None, None] + offset[None, None, :]
    away = (row - centres[:, 0, None, None]) ** 2
    away = away + (column - centres[:, 1, None, None]) ** 2
    inside = away <= centres[:, 2, None, None] ** 2
    rows, columns = mask.shape
    inside &= (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    row, column = np.broadcast_arrays(row, column)
    mask[row[inside], column[inside]] = 255
