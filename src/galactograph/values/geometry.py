"""Where pixels are: grids, spacing, and how the spacing is known."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from galactograph.errors import InvalidValue
from galactograph.values.arrays import Floats


class SpacingKind(StrEnum):
    """How the millimetres of a pixel are known."""

    DETECTOR = "detector"
    MAGNIFICATION_CORRECTED = "magnification-corrected"
    CALIBRATED = "calibrated"
    USER = "user"
    NONE = "none"


NOMINAL_SPACING_MM = 0.08
"""Stands in where no spacing is known, to choose filter scales; never reported.

source: middle of 0.05 to 0.1 mm, the pixels of digital mammography (design, assumed)
"""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A lattice of pixels, in the object plane of one image.

    The panel frame has x along columns, y along rows, z along slices, in mm; the
    centre of pixel (0, 0, 0) lies at `origin_mm`.

    Attributes
    ----------
    shape
        (rows, columns) or (slices, rows, columns).
    spacing_mm
        Distance between rows, and between columns.
    spacing_kind
        How it is known; NONE means that `spacing_mm` is nominal and no result may
        be told in millimetres.
    slice_mm
        Distance between slices.
    origin_mm
        (x, y, z) of the first pixel's centre.
    """

    shape: tuple[int, ...]
    spacing_mm: tuple[float, float]
    spacing_kind: SpacingKind = SpacingKind.DETECTOR
    slice_mm: float = 1.0
    origin_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        if len(self.shape) not in (2, 3) or min(self.shape) < 1:
            raise InvalidValue(f"shape must be 2 or 3 lengths >= 1, got {self.shape}")
        if not (min(*self.spacing_mm, self.slice_mm) > 0):
            raise InvalidValue(f"spacing_mm must be > 0, got {self.spacing_mm}")

    @property
    def has_millimetres(self) -> bool:
        """False if no spacing is known: results are in pixels then."""
        return self.spacing_kind is not SpacingKind.NONE

    @property
    def pixel_mm(self) -> float:
        """Geometric mean of the two spacings."""
        return float(np.sqrt(self.spacing_mm[0] * self.spacing_mm[1]))

    def panel_from_index(self, index: Floats) -> Floats:
        """Place pixel positions, (N, 2) row and column or (N, 3) with slice first.

        Returns (N, 3) x, y, z in mm.
        """
        index = np.asarray(index, float)
        full = np.zeros((len(index), 3))
        full[:, 3 - index.shape[1] :] = index
        steps = np.array([self.slice_mm, *self.spacing_mm])
        placed: Floats = (full * steps)[:, ::-1] + np.array(self.origin_mm)
        return placed

    def index_from_panel(self, points_mm: Floats) -> Floats:
        """Return (N, 3) slice, row, column of points (N, 3) x, y, z in mm."""
        steps = np.array([self.slice_mm, *self.spacing_mm])
        moved = np.asarray(points_mm, float) - np.array(self.origin_mm)
        index: Floats = moved[:, ::-1] / steps
        return index
