"""What is true of a virtual woman; the reading wing may not import this."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from galactograph.errors import InvalidValue
from galactograph.values.arrays import Bools, Floats, Ints, seal
from galactograph.values.codes import CauseName, FindingKind, Laterality
from galactograph.values.course import Course
from galactograph.values.parenchyma import Hull, Parenchyma, Runs
from galactograph.values.procedure import Exposure, Procedure, ViewPosition
from galactograph.values.study import Projection, Study
from galactograph.values.tree import DuctTree


def _none(*shape: int) -> Floats:
    return np.zeros((0, *shape))


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
        In the breast frame, at rest.
    size_mm
        Greatest diameter of the solid (or widened) part.
    blocks
        True if no contrast passes `node`.
    details
        More numbers, by name and unit.
    """

    cause: CauseName
    kind: FindingKind
    lobe: int
    node: int
    centre_mm: Floats
    size_mm: float
    blocks: bool = False
    details: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seal(self, "centre_mm", "f8", (3,))
        if not self.size_mm > 0:
            raise InvalidValue(f"size_mm must be > 0, got {self.size_mm}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Strands:
    """Thin fibrous lines: Cooper's ligaments, vessels, spicules.

    Attributes
    ----------
    points_mm : float64, (N, 3)
    parents : int32, (N,)
        -1 where a line starts.
    radii_mm : float64, (N,)
    sheet : float64, (N,)
        How many times deeper than wide along the beam: a ligament is a sheet seen
        on edge (> 1), a vessel is round (1).
    """

    points_mm: Floats = field(default_factory=lambda: _none(3))
    parents: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    radii_mm: Floats = field(default_factory=_none)
    sheet: Floats = field(default_factory=_none)

    def __post_init__(self) -> None:
        n = seal(self, "points_mm", "f8", (None, 3))
        seal(self, "parents", "i4", (n,))
        seal(self, "radii_mm", "f8", (n,))
        seal(self, "sheet", "f8", (n,))


@dataclass(frozen=True, kw_only=True, eq=False)
class Balls:
    """K balls in the breast: calcifications, or masses.

    Attributes
    ----------
    centres_mm : float64, (K, 3)
    radii_mm : float64, (K,)
    """

    centres_mm: Floats = field(default_factory=lambda: _none(3))
    radii_mm: Floats = field(default_factory=_none)

    def __post_init__(self) -> None:
        n = seal(self, "centres_mm", "f8", (None, 3))
        seal(self, "radii_mm", "f8", (n,))


@dataclass(frozen=True, kw_only=True, eq=False)
class Bodies:
    """K balls inside the injected ducts, where contrast cannot be.

    A lobulated papilloma is a cluster of them. They ride on tree points, so that
    compression moves them with their duct and leaves their shape.

    Attributes
    ----------
    nodes : int32, (K,)
        Tree point of the injected lobe.
    offsets_mm : float64, (K, 3)
        From that point.
    radii_mm : float64, (K,)
    air : bool, (K,)
        True for a bubble, which floats to the top of its duct.
    """

    nodes: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    offsets_mm: Floats = field(default_factory=lambda: _none(3))
    radii_mm: Floats = field(default_factory=_none)
    air: Bools = field(default_factory=lambda: np.zeros(0, np.bool_))

    def __post_init__(self) -> None:
        n = seal(self, "nodes", "i4", (None,))
        seal(self, "offsets_mm", "f8", (n, 3))
        seal(self, "radii_mm", "f8", (n,))
        seal(self, "air", "?", (n,))


@dataclass(frozen=True, kw_only=True, eq=False)
class Clouds:
    """Contrast that left the ducts: K Gaussian puffs.

    Attributes
    ----------
    centres_mm : float64, (K, 3)
    sigmas_mm : float64, (K,)
    iodine_mg : float64, (K,)
    """

    centres_mm: Floats = field(default_factory=lambda: _none(3))
    sigmas_mm: Floats = field(default_factory=_none)
    iodine_mg: Floats = field(default_factory=_none)

    def __post_init__(self) -> None:
        n = seal(self, "centres_mm", "f8", (None, 3))
        seal(self, "sigmas_mm", "f8", (n,))
        seal(self, "iodine_mg", "f8", (n,))


@dataclass(frozen=True, kw_only=True)
class Loop:
    """An anastomosis: the tip of a duct opens into another duct of the same lobe.

    Attributes
    ----------
    lobe
        Duct system.
    tip, node
        Tree points that are one lumen: the end of the joining duct, and where it
        opens.
    """

    lobe: int
    tip: int
    node: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Breast:
    """A virtual breast at rest: half an ellipsoid with lobes, strands and lesions.

    The breast frame has its origin at the nipple's base and is the same for both
    sides: x lateral, y from the nipple to the chest wall, z cranial, mm.

    Attributes
    ----------
    thickness_mm
        Compressed, in the CC view.
    lobes
        Duct systems; `injected` is the one fully grown.
    radius_mm, depth_mm
        Half-width at the chest wall and nipple to chest wall, compressed for CC.
    rest_mm
        The same two at rest; the volume is that of the compressed breast.
    flank
        Exponent of the superellipse of the outline: 2 is an ellipse, less is
        pointed.
    blind
        Ducts that open on the nipple and end in it; unbranched.
    loops
        Anastomoses within the lobes.
    parenchyma
        Fat, gland and their walls; None for a breast made by hand.
    """

    laterality: Laterality
    thickness_mm: float
    lobes: tuple[DuctTree, ...]
    lesions: tuple[Lesion, ...] = ()
    glandular_fraction: float = 0.2
    radius_mm: float = 90.0
    depth_mm: float = 90.0
    rest_mm: tuple[float, float] = (65.0, 65.0)
    flank: float = 1.9
    nipple_mm: tuple[float, float] = (5.0, 7.0)
    injected: int = 0
    strands: Strands = field(default_factory=Strands)
    specks: Balls = field(default_factory=Balls)
    masses: Balls = field(default_factory=Balls)
    bodies: Bodies = field(default_factory=Bodies)
    clouds: Clouds = field(default_factory=Clouds)
    seed: int = 0
    blind: tuple[DuctTree, ...] = ()
    loops: tuple[Loop, ...] = ()
    parenchyma: Parenchyma | None = None

    @property
    def tree(self) -> DuctTree:
        """The injected lobe."""
        return self.lobes[self.injected]


@dataclass(frozen=True, kw_only=True, eq=False)
class Slab:
    """A breast compressed for one view.

    The slab frame: x from the chest wall towards the nipple, y down the image, z
    up from the support towards the source, mm; x = 0 is the chest wall, y = 0 the
    middle. It is the layout of a left breast; a right one is mirrored at the end.

    Attributes
    ----------
    corner_mm, pitch_mm
        Centre (x, y) of the first raster pixel, and the raster's pitch.
    adipose_mm, gland_mm, skin_mm : float32, (rows, columns)
        Tissue along a vertical ray.
    tree
        The injected lobe. Lumen radii do not change with compression.
    nipple_mm : float64, (3,)
        Tip of the nipple.
    shift_mm
        How far the breast lies off the panel's middle, along y.
    hull, runs
        The skin line, and what lies inside it in three dimensions; pictures are made
        of these. None for a slab made by hand, whose rasters stand in for them.
    """

    position: ViewPosition
    laterality: Laterality
    thickness_mm: float
    corner_mm: tuple[float, float]
    pitch_mm: float
    adipose_mm: NDArray[np.float32]
    gland_mm: NDArray[np.float32]
    skin_mm: NDArray[np.float32]
    tree: DuctTree
    nipple_mm: Floats
    strands: Strands = field(default_factory=Strands)
    specks: Balls = field(default_factory=Balls)
    bodies: Bodies = field(default_factory=Bodies)
    clouds: Clouds = field(default_factory=Clouds)
    shift_mm: float = 0.0
    hull: Hull | None = None
    runs: Runs | None = None

    def __post_init__(self) -> None:
        shape = tuple(np.shape(self.adipose_mm))
        for name in ("adipose_mm", "gland_mm", "skin_mm"):
            seal(self, name, "f4", shape)
        seal(self, "nipple_mm", "f8", (3,))


@dataclass(frozen=True, kw_only=True, eq=False)
class Filling:
    """Where contrast went in the injected lobe.

    Attributes
    ----------
    lobe
        Which tree of the breast.
    iodine_mg_ml : float64, (N,)
        Concentration at each tree point; 0 where nothing arrived.
    calibre_fraction : float64, (N,) or (0,)
        Calibre at each point when the picture is taken, as a share of the tree's: a
        duct that was not distended is thinner. Empty for 1 everywhere.
    injected_mg, filled_mg, refluxed_mg, leaked_mg
        Iodine that left the syringe, that stayed in the ducts, that came back at the
        nipple, and that went into the tissue; the last three add up to the first.
    course
        How it went, by time.
    tear
        Tree point of a torn wall; -1 if none.
    clouds
        Contrast that this injection put into the tissue.
    bubbles
        Air that it put into the ducts.
    """

    lobe: int
    iodine_mg_ml: Floats
    injected_mg: float = 0.0
    filled_mg: float = 0.0
    refluxed_mg: float = 0.0
    leaked_mg: float = 0.0
    course: Course = field(default_factory=Course)
    tear: int = -1
    clouds: Clouds = field(default_factory=Clouds)
    bubbles: Bodies = field(default_factory=Bodies)
    calibre_fraction: Floats = field(default_factory=_none)

    def __post_init__(self) -> None:
        seal(self, "iodine_mg_ml", "f8", (None,))
        seal(self, "calibre_fraction", "f8", (None,))

    @property
    def lumen_fraction(self) -> Floats:
        """Lumen at each point as a share of the tree's, (N,)."""
        if len(self.calibre_fraction) == 0:
            return np.ones(len(self.iodine_mg_ml))
        return self.calibre_fraction**2


@dataclass(frozen=True, kw_only=True, eq=False)
class ViewTruth:
    """What one view should show, in the pixels of that view.

    Attributes
    ----------
    points : float64, (N, 2)
        Row and column of each point of the injected tree.
    calibre_mm : float64, (N,)
        Lumen diameter in the object plane.
    parents : int32, (N,)
    visible : bool, (N,)
        Filled with contrast and inside the image.
    nipple
        (row, column).
    lesions
        For each lesion in the image: row, column, index into `Breast.lesions`.
    glandular_dose_mgy
        Mean glandular dose of this exposure after Dance; 0 if not known.
    slices : float64, (N,), or None
        Slice in which each point lies, counted from the support; None of a radiograph.
    """

    source: str
    points: Floats
    calibre_mm: Floats
    parents: NDArray[np.int32]
    visible: NDArray[np.bool_]
    nipple: tuple[float, float]
    lesions: tuple[tuple[float, float, int], ...] = ()
    glandular_dose_mgy: float = 0.0
    slices: Floats | None = None

    def __post_init__(self) -> None:
        n = seal(self, "points", "f8", (None, 2))
        if self.slices is not None:
            seal(self, "slices", "f8", (n,))
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
    procedure
        What was ordered.
    exposures
        What was made, in the same order; of a sweep of tomosynthesis the middle one.
    sweeps
        All projections of each view of tomosynthesis, in the same order; empty if
        there is none.
    """

    study: Study
    breast: Breast
    filling: Filling
    truths: tuple[ViewTruth, ...]
    counts: tuple[NDArray[np.float32], ...] = ()
    procedure: Procedure = field(default_factory=Procedure)
    exposures: tuple[Exposure, ...] = ()
    sweeps: tuple[tuple[Projection, ...], ...] = ()
    seed: int = 0
