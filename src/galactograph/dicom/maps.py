"""Numbers at each pixel of the ducts as a DICOM Parametric Map, in millimetres.

Two quantities help a reader: the calibre of the duct that a pixel lies in, and the
thickness of the contrast that its ray passes, where grey levels allow to tell it. A
defect shows in the second as a dip that the first does not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from galactograph.dicom import common
from galactograph.dicom.header import derived_uid
from galactograph.dicom.items import coded, decimal, filled
from galactograph.dicom.quantities import Quantity, axes_of, values_of
from galactograph.dicom.segment_frames import shared
from galactograph.dicom.sources import Source, reference, referenced_series
from galactograph.errors import DicomError
from galactograph.values.arrays import Bools
from galactograph.values.codes import Code
from galactograph.values.report import Reading, Report

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.30"

_MM = Code("mm", "UCUM", "mm")
_QUANTITY = Code("246205007", "SCT", "Quantity")
_DERIVED = Code("113047", "DCM", "Pixel by pixel mask")
_PURPOSE = Code("121322", "DCM", "Source image for image processing operation")
"""source: CID 7181, 7203 and 7202 (found)"""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sheet:
    """What a map holds, and where its rows and columns run."""

    quantity: Quantity
    values: NDArray[np.float32]
    axes: tuple[float, ...]


def maps(
    report: Report,
    lumens: Sequence[Bools],
    sources: Sequence[Source],
    *,
    quantity: Quantity,
    made: datetime,
) -> tuple[Dataset, ...]:
    """Return a map for each projection that shows a duct and allows to measure it.

    Parameters
    ----------
    lumens : bool, (rows, columns) each
        Lumen of all traced ducts of each view; outside it a map is 0.
    sources
        The image of each view.
    made
        When; the same moment gives the same objects, byte for byte.
    """
    told = []
    for reading, lumen, source in zip(report.readings, lumens, sources, strict=True):
        values = values_of(reading, lumen, quantity)
        axes = axes_of(reading.view)
        if values is not None and axes is not None:
            sheet = _Sheet(quantity=quantity, values=values, axes=axes)
            dataset = _map(report, reading, sheet, source, made)
            # Each a series of its own: a series has one frame of reference.
            common.identified([dataset], f"PM {quantity.label}", source.study)
            told.append(dataset)
    return tuple(told)


def _plane(axes: tuple[float, ...]) -> Dataset:
    """Place the map in a frame of reference of its own.

    The standard demands a place of every map. A projection has none in the patient: so
    the origin is the map's own first pixel, and nothing else is in that frame.
    """
    return filled(
        PlanePositionSequence=[filled(ImagePositionPatient=["0", "0", "0"])],
        PlaneOrientationSequence=[
            filled(ImageOrientationPatient=[decimal(value) for value in axes])
        ],
    )


def _map(
    report: Report,
    reading: Reading,
    sheet: _Sheet,
    source: Source,
    made: datetime,
) -> Dataset:
    dataset = Dataset()
    for part in (
        source.belongs,
        common.equipment(),
        common.dated(made),
        _image(reading, sheet, made),
    ):
        dataset.update(part)
    dataset.ReferencedSeriesSequence = referenced_series([source], source.study)
    image = reference(source)
    image.PurposeOfReferenceCodeSequence = [coded(_PURPOSE)]
    image.SpatialLocationsPreserved = "YES"
    groups = shared(reading.view, source)
    groups.update(_plane(sheet.axes))
    groups.update(_meaning(reading, sheet))
    groups.DerivationImageSequence = [
        filled(DerivationCodeSequence=[coded(_DERIVED)], SourceImageSequence=[image])
    ]
    dataset.SharedFunctionalGroupsSequence = [groups]
    dataset.PerFrameFunctionalGroupsSequence = [
        filled(FrameContentSequence=[filled(DimensionIndexValues=[1])])
    ]
    dataset.FrameOfReferenceUID = derived_uid("plane of image", source.instance)
    dataset.PositionReferenceIndicator = ""
    organization = derived_uid("dimensions", "map")
    dataset.DimensionOrganizationSequence = [
        filled(DimensionOrganizationUID=organization)
    ]
    dataset.DimensionIndexSequence = [
        filled(
            DimensionOrganizationUID=organization,
            DimensionIndexPointer=0x00200032,
            FunctionalGroupPointer=0x00209113,
            DimensionDescriptionLabel="Position",
        )
    ]
    dataset.ContributingEquipmentSequence = _made_by(report)
    return dataset


def _made_by(report: Report) -> list[Dataset]:
    processing = Code("109102", "DCM", "Processing Equipment")
    made = report.provenance
    return [
        filled(
            PurposeOfReferenceCodeSequence=[coded(processing)],
            Manufacturer=common.NAME,
            ManufacturerModelName=f"{common.NAME} {made.segmenter}"[:64],
            SoftwareVersions=made.version,
        )
    ]


def _image(reading: Reading, sheet: _Sheet, made: datetime) -> Dataset:
    view, quantity, values = reading.view, sheet.quantity, sheet.values
    return filled(
        SOPClassUID=SOP_CLASS,
        Modality="MG",
        SeriesNumber=9009,
        SeriesDescription=f"Galactograph {quantity.label.lower()} mm (research)",
        ImageType=["DERIVED", "PRIMARY", "VOLUME", "QUANTITY"],
        InstanceCreationDate=made.strftime("%Y%m%d"),
        InstanceCreationTime=made.strftime("%H%M%S"),
        PatientOrientation=list(view.orientation or ()) or "",
        ImageComments=common.comment(simulated=view.simulated),
        ContentLabel=quantity.label,
        ContentDescription=f"{quantity.code.meaning} of {view.name}, mm"[:64],
        ContentCreatorName="",
        ContentQualification="RESEARCH",
        RecognizableVisualFeatures="NO",
        BurnedInAnnotation="NO",
        LossyImageCompression="00",
        BodyPartExamined="BREAST",
        PresentationLUTShape="IDENTITY",
        NumberOfFrames=1,
        Rows=values.shape[0],
        Columns=values.shape[1],
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=32,
        FloatPixelData=values.astype("<f4").tobytes(),
        AcquisitionContextSequence=[],
    )


def _meaning(reading: Reading, sheet: _Sheet) -> Dataset:
    """Say what the numbers are, and how they are to be shown."""
    quantity = sheet.quantity
    top = max(float(sheet.values.max()), 1e-3)
    region = coded(common.BREAST)
    anatomy = filled(
        FrameLaterality=str(reading.view.laterality or "U"),
        AnatomicRegionSequence=[region],
    )
    mapping = filled(
        LUTExplanation=quantity.code.meaning[:64],
        LUTLabel=quantity.label,
        DoubleFloatRealWorldValueFirstValueMapped=0.0,
        DoubleFloatRealWorldValueLastValueMapped=top,
        RealWorldValueIntercept=0.0,
        RealWorldValueSlope=1.0,
        MeasurementUnitsCodeSequence=[coded(_MM)],
        QuantityDefinitionSequence=[
            filled(
                ValueType="CODE",
                ConceptNameCodeSequence=[coded(_QUANTITY)],
                ConceptCodeSequence=[coded(quantity.code)],
            )
        ],
    )
    return filled(
        ParametricMapFrameTypeSequence=[
            filled(FrameType=["DERIVED", "PRIMARY", "VOLUME", "QUANTITY"])
        ],
        FrameAnatomySequence=[anatomy],
        PixelValueTransformationSequence=[
            filled(RescaleIntercept="0", RescaleSlope="1", RescaleType="US")
        ],
        FrameVOILUTSequence=[
            filled(
                WindowCenter=decimal(round(top / 2, 6)),
                WindowWidth=decimal(round(top, 6)),
                # The other functions demand a width of at least 1.
                VOILUTFunction="LINEAR_EXACT",
            )
        ],
        RealWorldValueMappingSequence=[mapping],
    )


def values_from(dataset: Dataset) -> tuple[NDArray[np.float32], Code]:
    """Return the numbers of a map, (rows, columns), and what they are.

    Raises
    ------
    DicomError
        If it is no map of one frame in floating point, in millimetres.
    """
    if dataset.get("SOPClassUID") != SOP_CLASS or "FloatPixelData" not in dataset:
        raise DicomError("not a parametric map in floating point.")
    groups = dataset.SharedFunctionalGroupsSequence[0]
    mapping = groups.RealWorldValueMappingSequence[0]
    if (
        mapping.MeasurementUnitsCodeSequence[0].CodeValue != _MM.value
        or mapping.RealWorldValueSlope != 1
        or int(dataset.NumberOfFrames) != 1
    ):
        raise DicomError("not a parametric map of galactograph: one frame in mm.")
    shape = (int(dataset.Rows), int(dataset.Columns))
    values = np.frombuffer(dataset.FloatPixelData, "<f4").reshape(shape)
    kind = mapping.QuantityDefinitionSequence[0].ConceptCodeSequence[0]
    return values.astype(np.float32), Code(
        str(kind.CodeValue), str(kind.CodingSchemeDesignator), str(kind.CodeMeaning)
    )
