"""What is true of a virtual woman; the reading wing may not import this."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from galactograph.errors import InvalidValue
from galactograph.values.arrays import Floats, seal
from galactograph.values.codes import CauseName, FindingKind, Laterality
from galactograph.values.study import Study
from galactograph.values.tree import DuctTree


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesion:
    """A lesion (or an imitator) in or at a duct.

    Attributes
    ----------
    cause
        What it truly is.
    kind
        The finding that it should make.
    lobe, node
        Duct system, and tree point at its centre.
    centre_mm : float64, (3,)
        In the breast frame.
    size_mm
        Greatest diameter of the solid (or widened) part.
    """

    cause: CauseName
    kind: FindingKind
    lobe: int
    node: int
    centre_mm: Floats
    size_mm: float
    details: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seal(self, "centre_mm", "f8", (3,))
        if not self.size_mm > 0:
            raise InvalidValue(f"size_mm must be > 0, got {self.size_mm}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Breast:
    """A virtual breast, compressed for one view or at rest.

    The breast frame has its origin at the nipple: x towards the left of a viewer
    who faces the patient (lateral for a left breast is handled by mirroring), y
    from the nipple towards the chest wall (depth), z from the panel upward.
    """

    laterality: Laterality
    thickness_mm: float
    lobes: tuple[DuctTree, ...]
    lesions: tuple[Lesion, ...] = ()
    glandular_fraction: float = 0.2
    radius_mm: float = 90.0
    seed: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Filling:
    """Where contrast went in the injected lobe.

    Attributes
    ----------
    lobe
        Which tree of the breast.
    iodine_mg_ml : float64, (N,)
        Concentration at each tree point; 0 where nothing arrived.
    """

    lobe: int
    iodine_mg_ml: Floats

    def __post_init__(self) -> None:
        seal(self, "iodine_mg_ml", "f8", (None,))


@dataclass(frozen=True, kw_only=True, eq=False)
class ViewTruth:
    """What one view should show, in the pixels of that view.

    Attributes
    ----------
    points : float64, (N, 2)
        Row and column of each point of the filled tree.
    calibre_mm : float64, (N,)
        Lumen diameter in the object plane.
    parents : int32, (N,)
    visible : bool, (N,)
        Filled with contrast and inside the image.
    nipple
        (row, column).
    lesions
        For each lesion: row, column, index into `Breast.lesions`.
    """

    source: str
    points: Floats
    calibre_mm: Floats
    parents: NDArray[np.int32]
    visible: NDArray[np.bool_]
    nipple: tuple[float, float]
    lesions: tuple[tuple[float, float, int], ...] = ()

    def __post_init__(self) -> None:
        n = seal(self, "points", "f8", (None, 2))
        seal(self, "calibre_mm", "f8", (n,))
        seal(self, "parents", "i4", (n,))
        seal(self, "visible", "?", (n,))


@dataclass(frozen=True, kw_only=True, eq=False)
class Simulation:
    """A study and its truth; made only by `simulate`.

    Attributes
    ----------
    counts
        Linear panel counts of each view, in the order of `study.views`.
    """

    study: Study
    breast: Breast
    filling: Filling
    truths: tuple[ViewTruth, ...]
    counts: tuple[NDArray[np.float32], ...] = ()
    seed: int = 0
