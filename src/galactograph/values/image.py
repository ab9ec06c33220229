"""Pictures as numbers: images and duct maps."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galactograph.errors import InvalidValue
from galactograph.values.arrays import Bools, seal
from galactograph.values.geometry import Grid


@dataclass(frozen=True, kw_only=True, eq=False)
class Image:
    """Pixels on a grid; larger means more attenuating.

    Attributes
    ----------
    pixels : float32, (rows, columns) or (slices, rows, columns)
        Sealed as a read-only view if large.
    grid
        Where they are.
    """

    pixels: NDArray[np.float32]
    grid: Grid

    def __post_init__(self) -> None:
        seal(self, "pixels", "f4", tuple(self.grid.shape))


@dataclass(frozen=True, kw_only=True, eq=False)
class DuctMap:
    """How sure a segmenter is of filled duct, and where its centrelines run.

    Attributes
    ----------
    probability : float32, (rows, columns)
        Evidence that the pixel shows contrast in a duct, in [0, 1].
    centreline : bool, (rows, columns)
        One pixel wide.
    scale_px : float32, (rows, columns)
        Half-width of the best fitting ridge, in pixels; > 0 on the centreline.
    orientation_rad : float32, (rows, columns)
        Direction of the ridge, modulo pi: atan2(along rows, along columns).
    notes
        What a reader must know of how it was made.
    """

    probability: NDArray[np.float32]
    centreline: Bools
    scale_px: NDArray[np.float32]
    orientation_rad: NDArray[np.float32]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = tuple(np.shape(self.probability))
        if len(shape) != 2:
            raise InvalidValue(f"a duct map has two axes, got {len(shape)}")
        seal(self, "probability", "f4", shape)
        seal(self, "centreline", "?", shape)
        seal(self, "scale_px", "f4", shape)
        seal(self, "orientation_rad", "f4", shape)
