"""What reading a study gives: scenes, readings, findings, advice, reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from galactograph.errors import InvalidValue
from galactograph.values.arrays import Bools, Floats, Ints, seal
from galactograph.values.codes import (
    Action,
    Adequacy,
    CauseName,
    Depth,
    FindingKind,
    Laterality,
)
from galactograph.values.image import DuctMap
from galactograph.values.patient import Presentation
from galactograph.values.record import InjectionRecord
from galactograph.values.study import Problem, View
from galactograph.values.tree import DuctTree

Edge = Literal["left", "right", "top", "bottom"]


@dataclass(frozen=True, kw_only=True)
class Nipple:
    """Where the nipple is seen: pixel position, confidence in [0, 1], and why."""

    row: float
    column: float
    confidence: float
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SceneObject:
    """Something that is no tissue and no contrast.

    Attributes
    ----------
    kind
        "text", "marker", "cannula", "clip".
    box
        (first row, first column, last row + 1, last column + 1).
    """

    kind: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """What is where in one view, before any duct is looked for.

    Attributes
    ----------
    excess : float32, (rows, columns)
        Attenuation above the local background, in the units of the view's image;
        0 outside the breast.
    breast : bool, (rows, columns)
        Breast, skin included.
    skin : float64, (K, 2)
        Skin line as (row, column), in order.
    chest_wall
        Edge of the image at the chest wall.
    nipple
        None if there is no breast.
    pectoral
        Two points (row, column) on the pectoral edge, or None.
    noise
        Standard deviation of `excess` from pixel to pixel, from noise alone.
    difference : float32, (rows, columns), optional
        Filled view less scout, where that was done: contrast of any width.
    """

    excess: NDArray[np.float32]
    breast: Bools
    skin: Floats
    chest_wall: Edge
    nipple: Nipple | None
    noise: float
    objects: tuple[SceneObject, ...] = ()
    pectoral: tuple[tuple[float, float], tuple[float, float]] | None = None
    notes: tuple[str, ...] = ()
    difference: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        shape = tuple(np.shape(self.excess))
        seal(self, "excess", "f4", shape)
        if self.difference is not None:
            seal(self, "difference", "f4", shape)
        seal(self, "breast", "?", shape)
        seal(self, "skin", "f8", (None, 2))

    @property
    def subtracted(self) -> bool:
        """True if a scout was subtracted."""
        return self.difference is not None


@dataclass(frozen=True, kw_only=True, eq=False)
class Duct:
    """One traced tree with what was measured at each of its N points.

    Attributes
    ----------
    tree
        Panel frame, mm (nominal mm if the view has no spacing).
    rows, columns : float64, (N,)
        The same points as pixel positions of the stored image.
    calibre_mm, sigma_mm : float64, (N,)
        Lumen diameter and its standard error.
    contrast : float64, (N,)
        Peak attenuation above background.
    opacity_per_mm : float64, (N,)
        Attenuation per mm of lumen, smooth along the duct (dilution included).
    overlap : bool, (N,)
        Another duct lies in front or behind, or a fork is near: calibre unsure.
    rooted
        True if the tree is linked to the nipple.
    """

    tree: DuctTree
    rows: Floats
    columns: Floats
    calibre_mm: Floats
    sigma_mm: Floats
    contrast: Floats
    opacity_per_mm: Floats
    overlap: Bools
    rooted: bool

    def __post_init__(self) -> None:
        n = len(self.tree)
        for name in (
            "rows",
            "columns",
            "calibre_mm",
            "sigma_mm",
            "contrast",
            "opacity_per_mm",
        ):
            seal(self, name, "f8", (n,))
        seal(self, "overlap", "?", (n,))


@dataclass(frozen=True, kw_only=True, eq=False)
class Strip:
    """A run of duct straightened: S stations along it, U offsets across it.

    A run follows the main line through forks, so that a defect at a fork stays
    whole. All attenuations are in the units of the view's image.

    Attributes
    ----------
    duct
        Index into `Reading.ducts`.
    nodes : int32, (S,)
        Nearest tree point of each station; ascending outward.
    branches : int32, (S,)
        Branch number in that tree of each station.
    s_mm : float64, (S,)
        Distance along the run from its first station.
    from_nipple_mm : float64, (S,)
        Distance along the duct from the orifice (from the tree's root if the tree
        is not rooted).
    u_mm : float64, (U,)
        Offset across, evenly spaced, 0 at the centreline.
    excess : float32, (S, U)
        Attenuation above the duct's own surroundings.
    calibre_mm, sigma_mm : float64, (S,)
        Lumen diameter from the outline at each station, not smoothed.
    expected_mm : float64, (S,)
        Calibre the duct would have without a lesion: robust and smooth.
    opacity_per_mm : float64, (S,)
        Attenuation per mm of lumen, smooth.
    overlap : bool, (S,)
        Another duct or a fork lies within the profile.
    rows, columns : float64, (S,)
        Pixel positions.
    ends_free
        True if the last station is a tip of the tree.
    noise
        Standard deviation of one number of `excess`.
    """

    duct: int
    nodes: Ints
    branches: Ints
    s_mm: Floats
    from_nipple_mm: Floats
    u_mm: Floats
    excess: NDArray[np.float32]
    calibre_mm: Floats
    sigma_mm: Floats
    expected_mm: Floats
    opacity_per_mm: Floats
    overlap: Bools
    rows: Floats
    columns: Floats
    ends_free: bool
    noise: float

    def __post_init__(self) -> None:
        n = seal(self, "s_mm", "f8", (None,))
        for name in ("nodes", "branches"):
            seal(self, name, "i4", (n,))
        for name in (
            "from_nipple_mm",
            "calibre_mm",
            "sigma_mm",
            "expected_mm",
            "opacity_per_mm",
            "rows",
            "columns",
        ):
            seal(self, name, "f8", (n,))
        seal(self, "overlap", "?", (n,))
        u = seal(self, "u_mm", "f8", (None,))
        seal(self, "excess", "f4", (n, u))


@dataclass(frozen=True, kw_only=True)
class AdequacyVerdict:
    """Can the view be read, and why (each reason one sentence)."""

    status: Adequacy
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """Contrast in a view that is no tube.

    Attributes
    ----------
    row, column
        Where it left the ducts: the middle of those within it, its own if none is.
    area_mm2, excess
        Out to half of what shows it; mean attenuation above what lies about it.
    steep_per_mm
        How steeply it ends: fall of contrast at its edge over its height.
    calibre_mm, tips
        The widest duct within it (0 if none), and how many tips of ducts.
    outline
        Closed outline as (row, column).
    """

    row: float
    column: float
    area_mm2: float
    excess: float
    steep_per_mm: float = 0.0
    calibre_mm: float = 0.0
    tips: int = 0
    outline: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """One view read: all that a finder may look at.

    Attributes
    ----------
    index
        Place of the view in the report.
    ducts
        Traced trees, the largest rooted one first.
    strips
        Their runs straightened, longest first within a duct.
    opacity_per_mm
        Attenuation per mm of undiluted lumen in this view, from its own wide ducts.
    clouds
        Filled areas that are no tubes, the largest first.
    blur_mm
        Blur of the picture beyond its pixels (standard deviation), as its ducts
        tell; that of a sharp panel where they do not.
    """

    index: int
    view: View
    scene: Scene
    duct_map: DuctMap
    ducts: tuple[Duct, ...]
    strips: tuple[Strip, ...]
    adequacy: AdequacyVerdict
    opacity_per_mm: float = 0.0
    clouds: tuple[Cloud, ...] = ()
    blur_mm: float = 0.03

    @property
    def total_length_mm(self) -> float:
        """Length of all traced duct."""
        return float(sum(duct.tree.total_length_mm for duct in self.ducts))


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A candidate cause, its probability in [0, 1], and the arithmetic."""

    name: CauseName
    probability: float
    arithmetic: str = ""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a finding is seen.

    Attributes
    ----------
    view
        Index into the report's readings.
    row, column
        Pixel position; `frame` for tomosynthesis.
    duct, branch
        Which tree of that reading and which of its branches; None if none.
    outline
        Closed outline as (row, column), may be empty.
    """

    view: int
    row: float
    column: float
    frame: int | None = None
    duct: int | None = None
    branch: int | None = None
    outline: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Numbers along the duct that show why a finding was made.

    All lists are as long as `s_mm`; `first` and `last` bound the finding in it.
    """

    s_mm: tuple[float, ...]
    calibre_mm: tuple[float, ...]
    expected_mm: tuple[float, ...]
    filled_fraction: tuple[float, ...]
    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something abnormal that was seen.

    Attributes
    ----------
    places
        At least one; more when it is seen in several views.
    length_mm, width_mm
        Along and across the duct.
    along_duct_mm, straight_mm
        Distance from the nipple along the duct, and as the crow flies.
    clock, depth
        Where in the breast; None unless the views allow it.
    place_3d_mm, sigma_3d_mm
        (lateral, behind the base of the nipple, cranial) of the breast at rest, and the
        standard error of each; None unless the views allow it.
    shape
        "smooth", "lobulated", "irregular"; of an end "cupped", "straight" or "tapered";
        "" where shape is not a property.
    evidence
        Named numbers that a cause model may weigh, such as {"lumen_fraction": 0.7}.
    confidence
        In [0, 1].
    """

    kind: FindingKind
    places: tuple[Place, ...]
    confidence: float
    length_mm: float | None = None
    width_mm: float | None = None
    along_duct_mm: float | None = None
    straight_mm: float | None = None
    clock: str | None = None
    depth: Depth | None = None
    shape: str = ""
    evidence: dict[str, float] = field(default_factory=dict)
    causes: tuple[Cause, ...] = ()
    explanation: str = ""
    profile: Profile | None = None
    identifier: str = ""
    place_3d_mm: tuple[float, float, float] | None = None
    sigma_3d_mm: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        if not self.places:
            raise InvalidValue("a finding is seen in at least one place")
        if not 0 <= self.confidence <= 1:
            raise InvalidValue(f"confidence must be in 0..1, got {self.confidence}")


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why something is advised: rule code, text, source.

    Attributes
    ----------
    inputs
        The facts that led to it, each in words, such as "age 52 years".
    """

    rule: str
    text: str
    source: str
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Advice:
    """Something to consider next; never without a reason."""

    action: Action
    reasons: tuple[Reason, ...]

    def __post_init__(self) -> None:
        if not self.reasons:
            raise InvalidValue("advice needs at least one reason")


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """Level DG0 to DG5 of the project's own research scale, and its text."""

    level: str
    text: str

    def __post_init__(self) -> None:
        if self.level not in {f"DG{n}" for n in range(6)}:
            raise InvalidValue(f"level must be DG0 to DG5, got {self.level}")


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What made the report: version, segmenter, settings."""

    version: str
    segmenter: str = "ridges"
    settings: dict[str, float | int | str | bool] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Duct3D:
    """A tree of ducts in the breast, from two views or from a view of slices.

    Attributes
    ----------
    tree
        N points in the breast frame: x lateral, y behind the base of the nipple, z
        cranial, in mm of the breast without compression.
    sigma_mm : float64, (N, 3)
        Standard errors of x, y, z.
    ducts
        For each of V views: its place in the report, and which of its ducts.
    nodes : int32, (N, V)
        Point of that duct; -1 where that view does not show the point, or nobody can
        tell which of its points it is.
    """

    tree: DuctTree
    sigma_mm: Floats
    ducts: tuple[tuple[int, int], ...]
    nodes: Ints

    def __post_init__(self) -> None:
        n = len(self.tree)
        seal(self, "sigma_mm", "f8", (n, 3))
        seal(self, "nodes", "i4", (n, len(self.ducts)))
        if (self.sigma_mm < 0).any():
            raise InvalidValue("sigma_mm must be >= 0")

    @property
    def matched(self) -> Bools:
        """Tell which points every view shows, (N,)."""
        return np.asarray((self.nodes >= 0).all(axis=1))


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """A study read.

    Attributes
    ----------
    injection
        The record of the injection, as the study carries it.
    contradictions
        What patient, record, images and findings say against one another.
    presentation
        What was known before the images; None if nobody said anything.
    ducts_3d
        Trees in three dimensions; empty unless the views allow it.
    """

    study_uid: str | None
    laterality: Laterality | None
    readings: tuple[Reading, ...]
    findings: tuple[Finding, ...]
    assessment: Assessment
    advice: tuple[Advice, ...]
    provenance: Provenance
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    injection: InjectionRecord | None = None
    contradictions: tuple[Reason, ...] = ()
    presentation: Presentation | None = None
    ducts_3d: tuple[Duct3D, ...] = ()

    @property
    def simulated(self) -> bool:
        """True if any view is simulated."""
        return any(reading.view.simulated for reading in self.readings)
