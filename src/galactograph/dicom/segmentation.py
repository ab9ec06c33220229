"""Masks as DICOM: a Segmentation for each view, lumen, findings and cannula."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from galactograph.dicom import common
from galactograph.dicom.header import derived_uid
from galactograph.dicom.items import coded, filled
from galactograph.dicom.segment_frames import Slab, per_frame, shared
from galactograph.dicom.segmentation_reading import SOP_CLASS, Marked, segments_from
from galactograph.dicom.segments import Segment, segments_of
from galactograph.dicom.sources import Source, reference, referenced_series
from galactograph.values.arrays import Bools
from galactograph.values.codes import Laterality
from galactograph.values.report import Reading, Report

__all__ = ["SOP_CLASS", "Marked", "segmentations", "segments_from"]


def segmentations(
    report: Report,
    lumens: Sequence[Bools],
    sources: Sequence[Source],
    *,
    made: datetime,
) -> tuple[Dataset, ...]:
    """Return a Segmentation for each view that shows anything.

    Parameters
    ----------
    lumens : bool, (rows, columns) each
        Lumen of all traced ducts of each view.
    sources
        The image of each view.
    made
        When; the same moment gives the same objects, byte for byte.
    """
    return in_series(report, lumens, sources, made, (_segmentation, "SEG"))


Maker = Callable[[Report, Reading, Sequence[Segment], Source, datetime], Dataset]


def in_series(
    report: Report,
    lumens: Sequence[Bools],
    sources: Sequence[Source],
    made: datetime,
    kind: tuple[Maker, str],
) -> tuple[Dataset, ...]:
    """Make an object of each view that shows anything, in a series for each study."""
    make, name = kind
    # An archive files a series under one study.
    told: dict[str, list[Dataset]] = {}
    views = zip(report.readings, lumens, sources, strict=True)
    for reading, lumen, source in views:
        segments = tuple(segments_of(report, reading, lumen, made))
        if segments:
            dataset = make(report, reading, segments, source, made)
            told.setdefault(source.study, []).append(dataset)
    for study, datasets in told.items():
        common.identified(datasets, name, study)
    return tuple(dataset for datasets in told.values() for dataset in datasets)


def slabs_of(reading: Reading, segments: Sequence[Segment]) -> Iterator[Slab]:
    """Yield the frames of an object: each segment, slice by slice."""
    view = reading.view
    for number, segment in enumerate(segments, 1):
        if view.frames == 1:
            yield Slab(segment=number, mask=segment.mask)
        elif segment.frame is not None or view.depth is None:
            yield Slab(segment=number, mask=segment.mask, frame=segment.frame or 0)
        else:
            for k in np.unique(view.depth[segment.mask]).tolist():
                part = segment.mask & (view.depth == k)
                yield Slab(segment=number, mask=part, frame=int(k))


def _segmentation(
    report: Report,
    reading: Reading,
    segments: Sequence[Segment],
    source: Source,
    made: datetime,
) -> Dataset:
    slabs = tuple(slabs_of(reading, segments))
    dataset = about(report, reading, segments, source, made)
    dataset.update(_pixels([slab.mask for slab in slabs]))
    dataset.PerFrameFunctionalGroupsSequence = [
        per_frame(slab, slabs, source) for slab in slabs
    ]
    dataset.update(_dimensions(2 if source.frames else 1))
    return dataset


def about(
    report: Report,
    reading: Reading,
    segments: Sequence[Segment],
    source: Source,
    made: datetime,
) -> Dataset:
    """Return what any kind of segmentation of a view says, but for its frames."""
    dataset = Dataset()
    for part in (
        source.belongs,
        common.equipment(),
        common.dated(made),
        image_of(reading, made),
    ):
        dataset.update(part)
    dataset.SegmentSequence = [
        described(number, segment, report, reading.view.laterality)
        for number, segment in enumerate(segments, 1)
    ]
    dataset.ReferencedSeriesSequence = referenced_series([source], source.study)
    dataset.SourceImageSequence = [reference(source)]
    dataset.SharedFunctionalGroupsSequence = [shared(reading.view, source)]
    if source.frame_of_reference:
        dataset.FrameOfReferenceUID = source.frame_of_reference
        dataset.PositionReferenceIndicator = ""
    return dataset


_DIMENSIONS = (
    (0x0062000B, 0x0062000A, "Segment Number"),
    (0x00200032, 0x00209113, "Slice"),
)


def _dimensions(count: int) -> Dataset:
    """Say by what frames are ordered: segment, then slice if there are slices."""
    organization = derived_uid("dimensions", "segment, slice")
    return filled(
        DimensionOrganizationSequence=[filled(DimensionOrganizationUID=organization)],
        DimensionIndexSequence=[
            filled(
                DimensionOrganizationUID=organization,
                DimensionIndexPointer=pointer,
                FunctionalGroupPointer=group,
                DimensionDescriptionLabel=label,
            )
            for pointer, group, label in _DIMENSIONS[:count]
        ],
    )


def image_of(reading: Reading, made: datetime) -> Dataset:
    """Say of what view the masks are; those of a binary segmentation, as it is."""
    view = reading.view
    return filled(
        SOPClassUID=SOP_CLASS,
        Modality="SEG",
        SeriesNumber=9001,
        SeriesDescription="Galactograph ducts and findings (research)",
        ImageType=["DERIVED", "PRIMARY"],
        InstanceCreationDate=made.strftime("%Y%m%d"),
        InstanceCreationTime=made.strftime("%H%M%S"),
        # Demanded of an image without plane orientation; empty if it is not known.
        PatientOrientation=list(view.orientation or ()) or "",
        ImageComments=common.comment(simulated=view.simulated),
        ContentLabel="GALACTOGRAM",
        ContentDescription=f"Ducts and findings of {view.name}, unverified"[:64],
        ContentCreatorName="",
        SegmentationType="BINARY",
        SegmentsOverlap="YES",
        BurnedInAnnotation="NO",
        LossyImageCompression="00",
        ContentQualification="RESEARCH",
        BodyPartExamined="BREAST",
    )


def _pixels(masks: Sequence[Bools]) -> Dataset:
    """Pack masks as bits; frames follow one another without padding."""
    bits: NDArray[np.uint8] = np.packbits(np.stack(masks).ravel(), bitorder="little")
    dataset = filled(
        NumberOfFrames=len(masks),
        Rows=masks[0].shape[0],
        Columns=masks[0].shape[1],
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=1,
        BitsStored=1,
        HighBit=0,
        PixelRepresentation=0,
        PixelData=bits.tobytes() + b"\0" * (len(bits) % 2),
    )
    dataset["PixelData"].VR = "OB"
    return dataset


def described(
    number: int, segment: Segment, report: Report, side: Laterality | None
) -> Dataset:
    """Describe a segment, counted from 1: an item of Segment Sequence."""
    made = report.provenance
    breast = coded(common.BREAST)
    if side is not None:
        breast.AnatomicRegionModifierSequence = [coded(common.SIDES[side])]
    return filled(
        SegmentNumber=number,
        SegmentLabel=segment.label[:64],
        SegmentDescription=f"{segment.label}. {common.comment(simulated=False)}",
        SegmentAlgorithmType="AUTOMATIC",
        SegmentAlgorithmName=f"{common.NAME} {made.segmenter} {made.version}"[:64],
        SegmentationAlgorithmIdentificationSequence=[common.algorithm(made)],
        SegmentedPropertyCategoryCodeSequence=[coded(segment.category)],
        SegmentedPropertyTypeCodeSequence=[coded(segment.kind)],
        AnatomicRegionSequence=[breast],
        TrackingID=segment.label[:64],
        TrackingUID=segment.tracking_uid,
    )
