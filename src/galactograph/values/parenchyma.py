"""Tissue in three dimensions: what fills a breast at rest, and rows of it in a slab."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from galactograph.errors import InvalidValue
from galactograph.values.arrays import Floats, Ints, seal


@dataclass(frozen=True, kw_only=True, eq=False)
class Parenchyma:
    """What lies where in a breast at rest, as functions of the material point.

    A point is glandular where

        plenty + plenty of its compartment + roughness * noise > distance to a wall

    in mm: glandular tissue is a sheet along the walls between fat lobules, thin
    towards the skin and so thick behind the nipple that it swallows the lobules.
    Walls between fat lobules are Cooper's ligaments.

    Attributes
    ----------
    pitch_mm
        Of the lattice of `smooth`.
    smooth : float32, (K, J, I, 4)
        On a lattice z by y by x in the breast frame, x and z centred, y from 0: how
        far compartments are bent (x, y, z) and the plenty of gland, mm.
    seeds_mm : float32, (M, 3)
        Middle of each compartment, in bent coordinates.
    plenty_mm : float32, (M,)
        Of each compartment.
    noise : int8, (N, N, N)
        Periodic power-law texture; 40 is one standard deviation.
    noise_mm
        Pitch of `noise`, where it is not stretched.
    roughness_mm
        How far one standard deviation of noise moves the border of gland.
    muscle
        Pectoral muscle in views from the side: width at the top of a lateral view
        mm, how far down it reaches mm below the nipple, bow mm.
    """

    pitch_mm: float
    smooth: NDArray[np.float32]
    seeds_mm: NDArray[np.float32]
    plenty_mm: NDArray[np.float32]
    noise: NDArray[np.int8]
    noise_mm: float
    roughness_mm: float
    muscle: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        seal(self, "smooth", "f4", (None, None, None, 4))
        m = seal(self, "seeds_mm", "f4", (None, 3))
        seal(self, "plenty_mm", "f4", (m,))
        n = seal(self, "noise", "i1", (None, None, None))
        if self.noise.shape != (n, n, n) or n & (n - 1):
            raise InvalidValue("noise must be a cube whose edge is a power of two")


@dataclass(frozen=True, kw_only=True, eq=False)
class Hull:
    """Skin line of a slab: what is breast, and what of it is skin.

    In the plane the outline is a superellipse of exponent `flank`; the edge is
    rounded over a share `roundness` of the radius.
    """

    thickness_mm: float
    radius_mm: float
    depth_mm: float
    flank: float
    roundness: float
    skin_mm: float
    nipple_mm: tuple[float, float]

    @property
    def numbers(self) -> Floats:
        """All of it as float64, (8,), as kernels want it."""
        return np.array(
            [
                self.thickness_mm,
                self.radius_mm,
                self.depth_mm,
                self.flank,
                self.roundness,
                self.skin_mm,
                *self.nipple_mm,
            ]
        )


def _no_ints(dtype: str) -> Ints:
    return np.zeros(0, dtype)


@dataclass(frozen=True, kw_only=True, eq=False)
class Runs:
    """Run-length rows of what is not fat inside the skin of a slab.

    Rows run along x from the chest wall; a row holds R runs, each a start and what
    begins there.

    Attributes
    ----------
    shape
        Slices and rows a slice.
    slice_mm, row_mm
        Their pitch; slices fill the thickness.
    top_mm
        Slab y where the first row begins; its middle is half a pitch below.
    unit_mm
        Length of one unit of `starts`.
    offsets : int64, (slices * rows + 1,)
        Where each row begins in `starts`.
    starts : uint16, (R,)
        Units of x.
    labels : uint8, (R,)
        0 fat, 1 gland, 2 fibrous wall, 3 muscle.
    """

    shape: tuple[int, int]
    slice_mm: float
    row_mm: float
    top_mm: float
    unit_mm: float
    offsets: Ints = field(default_factory=lambda: np.zeros(1, np.int64))
    starts: Ints = field(default_factory=lambda: _no_ints("u2"))
    labels: Ints = field(default_factory=lambda: _no_ints("u1"))

    def __post_init__(self) -> None:
        seal(self, "offsets", "i8", (self.shape[0] * self.shape[1] + 1,))
        n = seal(self, "starts", "u2", (None,))
        seal(self, "labels", "u1", (n,))
        if self.offsets[-1] != n:
            raise InvalidValue(f"offsets must end at {n} runs, got {self.offsets[-1]}")
