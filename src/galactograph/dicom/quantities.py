"""What can be told at each pixel of the ducts of a view, in millimetres."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from galactograph.values.arrays import Bools
from galactograph.values.codes import Code
from galactograph.values.concepts import PRIVATE
from galactograph.values.report import Reading
from galactograph.values.study import GreyScale, View


class Quantity(Enum):
    """What a map holds: a word for its label, and the coded concept."""

    CALIBRE = ("CALIBRE", Code("81827009", "SCT", "Diameter"))
    THICKNESS = (
        "THICKNESS",
        Code("CONTRAST_MM", PRIVATE, "Thickness of contrast along the ray"),
    )

    @property
    def label(self) -> str:
        """Word for Content Label and LUT Label."""
        return self.value[0]

    @property
    def code(self) -> Code:
        """The coded concept."""
        return self.value[1]


def values_of(
    reading: Reading, lumen: Bools, quantity: Quantity
) -> NDArray[np.float32] | None:
    """Return a quantity at each pixel, (rows, columns), mm; 0 outside the ducts.

    None if it cannot be told: no duct, no millimetres, slices (whose ducts lie in
    several), or grey levels that are only an order.
    """
    grid = reading.view.image.grid
    lumen = np.asarray(lumen, bool)
    if reading.view.frames > 1 or not grid.has_millimetres or not lumen.any():
        return None
    if quantity is Quantity.CALIBRE:
        return _calibre(reading, lumen)
    opacity = reading.opacity_per_mm
    if reading.view.grey_scale is GreyScale.DISPLAY or opacity <= 0:
        return None
    depth = np.where(lumen, np.maximum(reading.scene.excess, 0.0) / opacity, 0.0)
    return depth.astype(np.float32) if depth.any() else None


def _calibre(reading: Reading, lumen: Bools) -> NDArray[np.float32] | None:
    """Give each pixel of the lumen the calibre of the centreline point nearest to it.

    Points that lie over another duct are left out while there are others.
    Pixels farther from any centreline than the calibre there (and a pixel) belong to
    no measured duct, and stay 0.
    """
    if not reading.ducts:
        return None
    points = np.concatenate(
        [np.column_stack([duct.rows, duct.columns]) for duct in reading.ducts]
    )
    calibres = np.concatenate([duct.calibre_mm for duct in reading.ducts])
    alone = ~np.concatenate([duct.overlap for duct in reading.ducts])
    # At forks and crossings two lumina are measured as one, which looks like ectasia.
    if alone.any():
        points, calibres = points[alone], calibres[alone]
    pixels = np.argwhere(lumen)
    apart, nearest = cKDTree(points).query(pixels)
    near = apart * reading.view.image.grid.pixel_mm <= (
        calibres[nearest] + reading.view.image.grid.pixel_mm
    )
    values = np.zeros(lumen.shape, np.float32)
    values[tuple(pixels[near].T)] = calibres[nearest[near]]
    return values


_WAYS = {
    "A": (0.0, -1.0, 0.0),
    "P": (0.0, 1.0, 0.0),
    "L": (1.0, 0.0, 0.0),
    "R": (-1.0, 0.0, 0.0),
    "H": (0.0, 0.0, 1.0),
    "F": (0.0, 0.0, -1.0),
}


def axes_of(view: View) -> tuple[float, ...] | None:
    """Return where rows and columns of a view run, six numbers (LPS).

    As Patient Orientation says it, in letters: an oblique view is taken for 45 degrees.
    None if the view does not say, or contradicts itself.
    """
    if view.orientation is None or not all(view.orientation):
        return None
    if not set("".join(view.orientation)) <= set(_WAYS):
        return None
    ways = [np.sum([_WAYS[c] for c in word], axis=0) for word in view.orientation]
    lengths = [float(np.linalg.norm(way)) for way in ways]
    if min(lengths) == 0 or abs(float(ways[0] @ ways[1])) > 1e-9:
        return None
    both = np.concatenate([way / n for way, n in zip(ways, lengths, strict=True)])
    return tuple(round(float(value), 6) + 0.0 for value in both)
