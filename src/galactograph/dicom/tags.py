"""The words and numbers of a header, as plain Python; nothing here can fail late.

pydicom converts a value when it is first looked at, and a damaged value raises then.
So everything that is needed is taken out once, in one place, and what cannot be
read is remembered by name.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

_IMAGE = """
SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality Manufacturer
ImageType PresentationIntentType ImageComments DerivationDescription PatientID
PatientName PatientAge PatientSex PatientIdentityRemoved StudyDate ContentDate
ContentTime AcquisitionDate AcquisitionTime AcquisitionDateTime InstanceNumber
SeriesNumber IrradiationEventUID BodyPartExamined BurnedInAnnotation
Laterality ImageLaterality ViewPosition PatientOrientation
SourceImageSequence.ReferencedSOPInstanceUID
ViewCodeSequence.CodeValue ViewCodeSequence.ViewModifierCodeSequence.CodeValue
ViewModifierCodeSequence.CodeValue AnatomicRegionSequence.CodeMeaning
"""
_WORDS = """
StudyDescription SeriesDescription ProtocolName PerformedProcedureStepDescription
RequestedProcedureDescription AcquisitionDeviceProcessingDescription
AcquisitionProtocolName ProcedureCodeSequence.CodeValue
ContrastBolusAgent ContrastBolusVolume ContrastBolusIngredient ContrastBolusRoute
ContrastBolusAgentSequence.CodeMeaning ContrastBolusAgentSequence.CodeValue
ContrastBolusIngredientConcentration ContrastFlowRate
ContrastBolusAgentSequence.ContrastBolusIngredientConcentration
ContrastBolusAgentSequence.ContrastBolusVolume
ContrastBolusAgentSequence.ContrastAdministrationProfileSequence.ContrastFlowRate
"""
_SPACING = """
ImagerPixelSpacing PixelSpacing PixelSpacingCalibrationType NominalScannedPixelSpacing
EstimatedRadiographicMagnificationFactor DistanceSourceToDetector
DistanceSourceToPatient BodyPartThickness PositionerPrimaryAngle
XRay3DAcquisitionSequence.BodyPartThickness
"""
_PIXELS = """
SamplesPerPixel PhotometricInterpretation PlanarConfiguration NumberOfFrames Rows
Columns BitsAllocated BitsStored HighBit PixelRepresentation PixelPaddingValue
PixelPaddingRangeLimit PixelIntensityRelationship PixelIntensityRelationshipSign
RescaleSlope RescaleIntercept PresentationLUTShape WindowCenter WindowWidth
VOILUTFunction LossyImageCompression
"""
_MACROS = """
PixelMeasuresSequence.PixelSpacing
PixelMeasuresSequence.SpacingBetweenSlices PixelMeasuresSequence.SliceThickness
PlanePositionSequence.ImagePositionPatient
PlaneOrientationSequence.ImageOrientationPatient
PixelValueTransformationSequence.RescaleSlope
PixelValueTransformationSequence.RescaleIntercept
FrameVOILUTSequence.WindowCenter FrameVOILUTSequence.WindowWidth
FrameVOILUTSequence.VOILUTFunction FrameAnatomySequence.FrameLaterality
"""
NAMES = (
    *(_IMAGE + _WORDS + _SPACING + _PIXELS).split(),
    *(
        f"{group}FunctionalGroupsSequence.{name}"
        for group in ("Shared", "PerFrame")
        for name in _MACROS.split()
    ),
)
"""Every attribute that is looked at; a dot leads into the items of a sequence."""

_DUMMY_COUNT = 4096
"""Values kept of one attribute; per-frame ones repeat, and no more is ever needed."""


@dataclass(frozen=True, eq=False)
class Lookup:
    """A DICOM lookup table.

    Attributes
    ----------
    first
        Input value of the first entry.
    bits
        Bits of an entry.
    entries : float64, (N,)
    """

    first: int
    bits: int
    entries: NDArray[np.float64]

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the entry of each value; below the first or past the last, the end."""
        at = np.rint(values - self.first).clip(0, len(self.entries) - 1)
        return self.entries[at.astype(np.intp)]


@dataclass(frozen=True)
class Tags:
    """What a header says.

    Attributes
    ----------
    values
        Attribute name to its values, as text; absent or empty ones are left out.
    broken
        Attributes that are there and cannot be read.
    lookups
        "modality" and "voi", if the header has one.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    lookups: Mapping[str, Lookup] = field(default_factory=dict)

    def words(self, name: str) -> tuple[str, ...]:
        """Return all values of `name`; empty if it says nothing."""
        return self.values.get(name, ())

    def word(self, name: str) -> str:
        """Return the first value of `name` in capitals; empty if it says nothing."""
        return next(iter(self.words(name)), "").upper()

    def numbers(self, name: str) -> tuple[float, ...]:
        """Return the values of `name` as finite numbers; empty if any is not one."""
        try:
            found = tuple(float(value) for value in self.words(name))
        except ValueError:
            return ()
        return found if all(map(math.isfinite, found)) else ()

    def number(self, name: str) -> float | None:
        """Return the first number of `name`, or None."""
        return next(iter(self.numbers(name)), None)

    def integer(self, name: str) -> int | None:
        """Return the first whole number of `name`, or None."""
        found = self.number(name)
        return None if found is None or found != int(found) else int(found)

    def group(self, name: str) -> str:
        """Return the functional group that holds `name`, shared or per frame."""
        for group in ("Shared", "PerFrame"):
            full = f"{group}FunctionalGroupsSequence.{name}"
            if full in self.values or full in self.broken:
                return full
        return f"SharedFunctionalGroupsSequence.{name}"


def collect(dataset: Any) -> Tags:  # noqa: ANN401 - a pydicom dataset
    """Take what is needed out of a pydicom dataset; never raises for a bad value."""
    values: dict[str, tuple[str, ...]] = {}
    broken = set()
    for name in NAMES:
        try:
            found = tuple(_walk(dataset, name.split(".")))[:_DUMMY_COUNT]
        except Exception:  # noqa: BLE001 - damaged bytes can raise anything in pydicom
            broken.add(name)
            continue
        if any(found):
            values[name] = found
    lookups = {}
    for key, name in (("modality", "ModalityLUTSequence"), ("voi", "VOILUTSequence")):
        try:
            if name in dataset and dataset[name].value:
                lookups[key] = _lookup(dataset, dataset[name].value[0])
        except Exception:  # noqa: BLE001 - as above
            broken.add(name)
    return Tags(values, frozenset(broken), lookups)


def _walk(dataset: Any, path: list[str]) -> Iterator[str]:  # noqa: ANN401
    name, rest = path[0], path[1:]
    if name not in dataset:
        return
    element = dataset[name]
    if rest:
        for item in element.value or ():
            yield from _walk(item, rest)
        return
    yield from _texts(element.value, dataset)


def _texts(value: Any, dataset: Any) -> Iterable[str]:  # noqa: ANN401
    if value is None:
        return ()
    if isinstance(value, bytes):
        return _integers(value, dataset)
    many = isinstance(value, (list, tuple)) or (
        hasattr(value, "__iter__") and not isinstance(value, str)
    )
    if many and not hasattr(value, "family_name"):
        return [str(one).strip(" \0") for one in value]
    return [str(value).strip(" \0")]


def _integers(value: bytes, dataset: Any) -> list[str]:  # noqa: ANN401
    """Return numbers of a value whose sign depends on Pixel Representation."""
    signed = int(dataset.get("PixelRepresentation", 0) or 0)
    form = "h" if signed else "H"
    count = len(value) // 2
    numbers = struct.unpack(f"<{count}{form}", value[: 2 * count])
    return [str(number) for number in numbers]


def _lookup(dataset: Any, item: Any) -> Lookup:  # noqa: ANN401
    descriptor = item["LUTDescriptor"].value
    if isinstance(descriptor, bytes):
        descriptor = [int(n) for n in _integers(descriptor, dataset)]
    count, first, bits = (int(number) for number in descriptor)
    data = item["LUTData"].value
    if isinstance(data, bytes):
        # 8-bit tables are stored one entry to a byte, or one to a word.
        wide = len(data) >= 2 * ((count & 0xFFFF) or 65536)
        data = np.frombuffer(data[: len(data) // 2 * 2], "<u2" if wide else "u1")
    entries = np.asarray(data, np.float64)
    # The standard's count of 0 means 65536; a signed reading of it wraps.
    count = (count & 0xFFFF) or 65536
    if len(entries) < count or not 1 <= bits <= 16:
        raise ValueError(count)
    return Lookup(first, bits, entries[:count])
