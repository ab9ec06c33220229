"""Lumina as masks: overlap, centreline Dice, and topology.

clDice: Shit 2021, the harmonic mean of the share of the read skeleton inside the true
mask and of the true skeleton inside the read mask (found). Betti numbers count pieces
and loops (Hu 2019: remembered).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from galactograph.trials.forest import Forest
from galactograph.trials.lengths import LEAST_MM
from galactograph.trials.samples import sample

LEAST_PX = 0.75
"""Least radius that is drawn, so that a thin lumen is no dashed line (derived: half a
pixel's diagonal is 0.71)."""

TILE_MM = 10.0
"""Edge of the tiles by which topology is compared (assumed)."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The part of a view in which masks are drawn: first row and column, and shape."""

    row: int
    column: int
    shape: tuple[int, int]


def frame_of(*forests: Forest) -> Frame:
    """Return the smallest frame that holds all ducts, with a margin."""
    points = np.concatenate([f.points for f in forests])
    if not len(points):
        return Frame(row=0, column=0, shape=(1, 1))
    widest = max(float(f.calibre_mm.max(initial=0) / f.pixel_mm) for f in forests)
    margin = int(widest / 2) + 3
    first = np.floor(points.min(0)).astype(int) - margin
    last = np.ceil(points.max(0)).astype(int) + margin + 1
    rows, columns = (int(n) for n in last - first)
    return Frame(row=int(first[0]), column=int(first[1]), shape=(rows, columns))


def draw(forest: Forest, frame: Frame) -> Mask:
    """Return the lumina as a mask: every pixel whose centre lies in one."""
    mask = np.zeros(frame.shape, np.bool_)
    course = sample(_finely(forest))
    radii = np.maximum(course.calibre_mm / 2 / forest.pixel_mm, LEAST_PX)
    points = course.points - (frame.row, frame.column)
    edges = [0.0, 1.5, 3.0, 6.0, 12.0, 24.0, 48.0, np.inf]
    for low, high in pairwise(edges):
        here = (radii >= low) & (radii < high)
        for chunk in np.array_split(np.flatnonzero(here), 1 + here.sum() // 2000):
            _stamp(mask, points[chunk], radii[chunk])
    return mask


def _finely(forest: Forest) -> Forest:
    """Return the same ducts in a unit that makes samples half a pixel apart."""
    unit = 0.2 / forest.pixel_mm
    return Forest(
        points=forest.points,
        parents=forest.parents,
        calibre_mm=forest.calibre_mm,
        pixel_mm=forest.pixel_mm * unit,
    )


def _stamp(
    mask: Mask, points: NDArray[np.floating[Any]], radii: NDArray[np.floating[Any]]
) -> None:
    """Set all pixels whose centre lies within a radius of its point."""
    if not len(points):
        return
    reach = int(np.ceil(radii.max())) + 1
    steps = np.arange(-reach, reach + 1)
    rows = np.rint(points[:, :1]).astype(int) + steps
    columns = np.rint(points[:, 1:]).astype(int) + steps
    away = (rows - points[:, :1])[:, :, None] ** 2
    away = away + (columns - points[:, 1:])[:, None, :] ** 2
    inside = away <= radii[:, None, None] ** 2
    which, down, right = np.nonzero(inside)
    row, column = rows[which, down], columns[which, right]
    shape = mask.shape
    ok = (row >= 0) & (column >= 0) & (row < shape[0]) & (column < shape[1])
    mask[row[ok], column[ok]] = True


def overlap(true: Forest, found: Forest) -> dict[str, int]:
    """Return pixel counts of masks and skeletons, for Dice and clDice.

    Thin lumina are neither asked nor held against: what is asked are true lumina of
    0.2 mm and more, and what is right is what lies in any true lumen; the same the
    other way round.
    """
    frame = frame_of(true, found)
    all_true, all_found = draw(true, frame), draw(found, frame)
    some_true = draw(_wide(true), frame)
    some_found = draw(_wide(found), frame)
    line_true, line_found = skeletonize(some_true), skeletonize(some_found)
    return {
        "true_px": int(some_true.sum()),
        "true_in_found_px": int((some_true & all_found).sum()),
        "found_px": int(some_found.sum()),
        "found_in_true_px": int((some_found & all_true).sum()),
        "true_line_px": int(line_true.sum()),
        "true_line_hit_px": int((line_true & all_found).sum()),
        "found_line_px": int(line_found.sum()),
        "found_line_right_px": int((line_found & all_true).sum()),
    }


def _wide(forest: Forest) -> Forest:
    """Return the pieces of duct of 0.2 mm and more."""
    kept = forest.calibre_mm >= LEAST_MM
    return forest.part(kept)


def dice(sensitivity: float | None, precision: float | None) -> float | None:
    """Return the harmonic mean of two shares; None if either is not known.

    Examples
    --------
    >>> dice(1.0, 0.5)
    0.6666666666666666
    """
    if sensitivity is None or precision is None:
        return None
    total = sensitivity + precision
    return 2 * sensitivity * precision / total if total else 0.0


def betti(mask: Mask) -> tuple[int, int]:
    """Return the number of pieces and of loops; pixels touch at corners too.

    Examples
    --------
    >>> ring = np.ones((5, 5), bool)
    >>> ring[2, 2] = False
    >>> betti(ring)
    (1, 1)
    """
    pieces = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[0] - 1
    outside = np.pad(~mask, 1, constant_values=True).astype(np.uint8)
    # Where the inside touches at corners, the outside does not.
    holes = cv2.connectedComponents(outside, connectivity=4)[0] - 2
    return int(pieces), int(holes)


def betti_errors(true: Forest, found: Forest) -> dict[str, float]:
    """Return how far the numbers of pieces and of loops are off.

    Over the whole view, and on the mean over tiles of 10 mm that hold any duct. Ducts
    are those on the way to a lumen of 0.2 mm and more.
    """
    frame = frame_of(true, found)
    one, other = (draw(f.down_to(LEAST_MM), frame) for f in (true, found))
    whole = np.abs(np.subtract(betti(one), betti(other)))
    side = max(int(TILE_MM / true.pixel_mm), 1)
    tiles = []
    for row in range(0, frame.shape[0], side):
        for column in range(0, frame.shape[1], side):
            here = np.s_[row : row + side, column : column + side]
            if one[here].any() or other[here].any():
                tiles.append(np.abs(np.subtract(betti(one[here]), betti(other[here]))))
    mean = np.mean(tiles, axis=0) if tiles else np.zeros(2)
    return {
        "pieces": int(whole[0]),
        "loops": int(whole[1]),
        "pieces_a_tile": float(mean[0]),
        "loops_a_tile": float(mean[1]),
        "tiles": len(tiles),
    }
