"""Masks as one picture of labels: a Label Map Segmentation for each view.

Small, and one layer to show; few archives store the class yet, so binary masks are
the usual (`segmentation`). A pixel has one label: what stands later in the list of
segments covers what stands before, so a finding is cut out of the lumen around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import RLELossless

from galactograph.dicom.header import derived_uid
from galactograph.dicom.headers import foreign
from galactograph.dicom.items import filled
from galactograph.dicom.segment_frames import Slab, per_frame
from galactograph.dicom.segmentation import about, in_series, slabs_of
from galactograph.dicom.segmentation_reading import Marked
from galactograph.dicom.segments import Segment
from galactograph.dicom.sources import Source
from galactograph.errors import DicomError, InvalidValue
from galactograph.values.arrays import Bools
from galactograph.values.codes import Code
from galactograph.values.report import Reading, Report

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.66.7"

Labels = NDArray[np.uint8]


def labelmaps(
    report: Report,
    lumens: Sequence[Bools],
    sources: Sequence[Source],
    *,
    made: datetime,
) -> tuple[Dataset, ...]:
    """Return a picture of labels for each view that shows anything.

    Parameters
    ----------
    lumens : bool, (rows, columns) each
        Lumen of all traced ducts of each view.
    sources
        The image of each view.
    made
        When; the same moment gives the same objects, byte for byte.
    """
    datasets = in_series(report, lumens, sources, made, (_labelmap, "LABELMAP"))
    for dataset in datasets:
        # Runs of the same label: lossless, and a hundredth of the size.
        dataset.compress(RLELossless, generate_instance_uid=False)
    return datasets


def labels_of(
    reading: Reading, segments: Sequence[Segment]
) -> dict[int | None, Labels]:
    """Return the label of each pixel by slice (None: no slices); 0 is no segment.

    Raises
    ------
    InvalidValue
        If there are more segments than a byte can tell.
    """
    if len(segments) > 255:
        raise InvalidValue(
            f"a label map holds at most 255 segments, got {len(segments)}; "
            "write binary masks"
        )
    frames: dict[int | None, Labels] = {}
    for slab in slabs_of(reading, segments):
        labels = frames.setdefault(slab.frame, np.zeros(slab.mask.shape, np.uint8))
        labels[slab.mask] = slab.segment
    return dict(sorted(frames.items(), key=lambda one: one[0] or 0))


def _labelmap(
    report: Report,
    reading: Reading,
    segments: Sequence[Segment],
    source: Source,
    made: datetime,
) -> Dataset:
    frames = labels_of(reading, segments)
    dataset = about(report, reading, segments, source, made)
    dataset.update(_pixels(np.stack(list(frames.values()))))
    dataset.update(
        filled(
            SOPClassUID=SOP_CLASS,
            SeriesNumber=9010,
            SeriesDescription="Galactograph labels (research)",
            SegmentationType="LABELMAP",
            SegmentsOverlap="NO",
        )
    )
    slabs = [Slab(segment=1, mask=m > 0, frame=k) for k, m in frames.items()]
    dataset.PerFrameFunctionalGroupsSequence = [
        _frame(number, slab, slabs, source) for number, slab in enumerate(slabs, 1)
    ]
    dataset.update(_dimension(source))
    return dataset


def _frame(number: int, slab: Slab, slabs: Sequence[Slab], source: Source) -> Dataset:
    """Return what holds for one frame: where it lies, and not one segment."""
    group = per_frame(slab, slabs, source)
    del group.SegmentIdentificationSequence
    content = filled(DimensionIndexValues=[number])
    if not source.frames:
        content.update(filled(StackID="1", InStackPositionNumber=number))
    group.FrameContentSequence = [content]
    return group


def _dimension(source: Source) -> Dataset:
    """Say by what frames are ordered: by slice, or as the one of a stack."""
    organization = derived_uid("dimensions", "labels")
    # Image Position in Plane Position, or In-Stack Position Number in Frame Content.
    pointer, group, label = (
        (0x00200032, 0x00209113, "Slice")
        if source.frames
        else (0x00209057, 0x00209111, "Frame")
    )
    return filled(
        DimensionOrganizationSequence=[filled(DimensionOrganizationUID=organization)],
        DimensionIndexSequence=[
            filled(
                DimensionOrganizationUID=organization,
                DimensionIndexPointer=pointer,
                FunctionalGroupPointer=group,
                DimensionDescriptionLabel=label,
            )
        ],
    )


def _pixels(labels: Labels) -> Dataset:
    dataset = filled(
        NumberOfFrames=labels.shape[0],
        Rows=labels.shape[1],
        Columns=labels.shape[2],
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelRepresentation=0,
        PixelPaddingValue=0,
        PixelData=labels.tobytes() + b"\0" * (labels.size % 2),
    )
    dataset["PixelData"].VR = "OB"
    return dataset


def labels_from(dataset: Dataset) -> Marked:
    """Read a picture of labels of one image: a mask for each segment, none overlap.

    Raises
    ------
    DicomError
        If it is something else.
    Unreadable
        If it is damaged.
    """
    with foreign("segmentation", "is damaged; export it again."):
        if dataset.get("SOPClassUID") != SOP_CLASS:
            raise DicomError("not a label map; give one that galactograph wrote.")
        images = {
            str(derived.SourceImageSequence[0].ReferencedSOPInstanceUID)
            for frame in dataset.PerFrameFunctionalGroupsSequence
            for derived in frame.DerivationImageSequence
        }
        if len(images) != 1:
            raise DicomError(f"marks {len(images)} images; give a label map of one.")
        pixels = np.asarray(dataset.pixel_array)
        frames = pixels.reshape(-1, *pixels.shape[-2:])
        segments = dataset.SegmentSequence
        masks = [
            (frames == int(segment.SegmentNumber)).any(axis=0) for segment in segments
        ]
        kinds = [segment.SegmentedPropertyTypeCodeSequence[0] for segment in segments]
        return Marked(
            instance=images.pop(),
            labels=tuple(str(segment.SegmentLabel) for segment in segments),
            kinds=tuple(
                Code(
                    str(k.CodeValue), str(k.CodingSchemeDesignator), str(k.CodeMeaning)
                )
                for k in kinds
            ),
            masks=np.stack(masks),
        )
