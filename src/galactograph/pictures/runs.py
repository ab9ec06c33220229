"""Centrelines cut into runs of one colour, for raster and vector alike."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from galactograph.pictures.colours import (
    CALIBRE_COLOURS,
    GENERATION_COLOURS,
    calibre_class,
    generation_class,
)
from galactograph.values.arrays import Floats
from galactograph.values.report import Duct, Reading

By = Literal["calibre", "generation"]

TOLERANCE_PX = 0.4
"""A drawn centreline may leave the traced one by this much. (assumed: under the
width of a drawn line at full size)"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """A stretch of centreline: its colour, and (x, y) in stored pixels, (M, 2)."""

    colour: str
    points: Floats


def runs(reading: Reading, by: By) -> Iterator[Run]:
    """Yield the centrelines of a view, cut where the colour changes."""
    for duct in reading.ducts:
        # Pixel centres lie at half-integers of a drawing: pixel 0 covers 0 to 1.
        xy = np.column_stack([duct.columns, duct.rows]) + 0.5
        classes = _calibre_classes(duct, reading)
        for branch in duct.tree.branches:
            if by == "generation":
                colour = GENERATION_COLOURS[generation_class(branch.generation)]
                yield Run(colour=colour, points=_simple(xy[branch.nodes]))
                continue
            for first, last, kind in _stretches(classes[branch.nodes[1:]]):
                nodes = branch.nodes[first : last + 2]
                yield Run(
                    colour=CALIBRE_COLOURS[kind],
                    points=_simple(xy[nodes]),
                )


def _calibre_classes(duct: Duct, reading: Reading) -> Floats:
    grid = reading.view.image.grid
    if grid.has_millimetres:
        return np.asarray(calibre_class(duct.calibre_mm, in_mm=True))
    return np.asarray(calibre_class(duct.calibre_mm / grid.pixel_mm, in_mm=False))


def _stretches(classes: Floats) -> Iterator[tuple[int, int, int]]:
    """Yield (first, last, class) of each stretch of equal class."""
    change = np.flatnonzero(np.diff(classes)) + 1
    bounds = [0, *change.tolist(), len(classes)]
    for first, stop in itertools.pairwise(bounds):
        yield first, stop - 1, int(classes[first])


def _simple(points: Floats) -> Floats:
    """Drop points that a straight line keeps within the tolerance."""
    curve = np.asarray(points, np.float32)[:, None, :]
    kept = cv2.approxPolyDP(curve, TOLERANCE_PX, closed=False)
    return np.asarray(kept, float).reshape(-1, 2)
