"""A study: the images of one breast, as a reader gets them."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from galactograph.errors import InvalidValue
from galactograph.values.arrays import seal
from galactograph.values.codes import Laterality
from galactograph.values.fan import Shadow
from galactograph.values.image import Image
from galactograph.values.patient import Patient
from galactograph.values.procedure import Exposure
from galactograph.values.record import InjectionRecord


class GreyScale(StrEnum):
    """What the numbers of an image mean.

    ATTENUATION: natural log attenuation, up to a constant. PROPORTIONAL: linear
    in log attenuation, unit unknown. DISPLAY: made to be looked at; only order is
    certain, so nothing is measured from grey levels.
    """

    ATTENUATION = "attenuation"
    PROPORTIONAL = "proportional"
    DISPLAY = "display"


class Role(StrEnum):
    """What an image is for in the study."""

    FILLED = "filled"
    SCOUT = "scout"
    MAGNIFICATION = "magnification"


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """One image of a study, with what its file says of it.

    Attributes
    ----------
    image
        Larger is more attenuating; air is smallest. For tomosynthesis the image
        is the maximum over slices, and `depth` says from which slice.
    source
        File name, relative to the study.
    position
        DICOM View Position, such as "CC"; None if not said.
    role, role_reason
        Filled, scout or magnification, and how that is known.
    orientation
        DICOM Patient Orientation: direction of rows, direction of columns.
    frames
        Slices of the stored object; 1 for a plain image.
    depth : uint16, (rows, columns), or None
        Slice of the maximum.
    slices : Image or None
        The stack itself, attenuation per mm: a simulation has it, a loaded study does
        not. Its grid lies in the panel's frame, laid out as for a left breast.
    reliefs : float32, (R, rows, columns), or None
        Of a loaded stack: the largest of what stands out of the background of its own
        slice, and of its own slab of some mm. Ducts are found in them.
    shadow : Shadow or None
        Of a loaded stack: what it shows along the rays of its source.
    magnification
        Estimated radiographic magnification; None if not known.
    notes
        What was assumed, each one sentence.
    made_of
        Which shots of a simulation it was made of; empty: the one of its own place.
    window
        Values that the file asks to show as black and as white; None if it does not.
    thickness_mm
        Of the compressed breast, as the machine reads it; None if it is not said.
    angle_deg
        Of the positioner: 0 for CC, 90 for ML; None if the file does not say.
    slice_step_mm
        Way from one slice to the next in the patient, LPS; None of a plain image, or
        if the file does not say.
    """

    image: Image
    source: str
    grey_scale: GreyScale = GreyScale.ATTENUATION
    laterality: Laterality | None = None
    position: str | None = None
    role: Role = Role.FILLED
    role_reason: str = ""
    sop_instance_uid: str | None = None
    sop_class_uid: str | None = None
    orientation: tuple[str, str] | None = None
    modality: str | None = None
    description: str = ""
    frames: int = 1
    depth: NDArray[np.uint16] | None = None
    slices: Image | None = None
    reliefs: NDArray[np.float32] | None = None
    shadow: Shadow | None = None
    magnification: float | None = None
    simulated: bool = False
    notes: tuple[str, ...] = ()
    made_of: tuple[int, ...] = ()
    window: tuple[float, float] | None = None
    thickness_mm: float | None = None
    angle_deg: float | None = None
    slice_step_mm: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        if self.image.pixels.ndim != 2:
            raise InvalidValue("a view is one picture: rows and columns")
        if self.depth is not None:
            seal(self, "depth", "u2", self.image.pixels.shape)
        if self.reliefs is not None:
            seal(self, "reliefs", "f4", (None, *self.image.pixels.shape))
        if self.slices is not None and self.slices.pixels.shape != (
            self.frames,
            *self.image.pixels.shape,
        ):
            raise InvalidValue("slices must be frames x the rows and columns of image")

    @property
    def name(self) -> str:
        """Side and position, such as "L CC"; the file name if neither is known."""
        words = [str(w) for w in (self.laterality, self.position) if w]
        return " ".join(words) or self.source


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A file of the study that could not be used, and why (one sentence)."""

    source: str
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """The views of one examination; may come from a folder, a PACS or a simulation.

    Attributes
    ----------
    injection
        What was injected and how it went; None if nobody kept a record.
    """

    uid: str | None
    views: tuple[View, ...]
    patient: Patient = field(default_factory=Patient)
    laterality: Laterality | None = None
    problems: tuple[Problem, ...] = ()
    injection: InjectionRecord | None = None

    def __post_init__(self) -> None:
        if not self.views:
            raise InvalidValue("a study has at least one view")


@dataclass(frozen=True, kw_only=True, eq=False)
class Projection:
    """One shot: detector counts, and the exposure that made them.

    Attributes
    ----------
    counts : float32, (rows, columns)
        Linear in energy reaching the panel; air is largest.
    thickness_mm
        Of the compressed breast, as the machine reads it.
    air_counts
        Counts without a breast.
    kerma_mgy, glandular_dose_mgy
        Incident air kerma, and mean glandular dose after Dance; 0 if not known.
    corner_mm
        (x, y) of the panel's corner; the tube swings over y = 0 and x = 0.
    """

    counts: NDArray[np.float32]
    exposure: Exposure
    laterality: Laterality | None = None
    thickness_mm: float = 50.0
    air_counts: float = 16000.0
    kerma_mgy: float = 0.0
    glandular_dose_mgy: float = 0.0
    corner_mm: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        seal(self, "counts", "f4", (self.exposure.rows, self.exposure.columns))
