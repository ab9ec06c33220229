"""A segmentation read back: masks, and which image they lie on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from galactograph.dicom.headers import foreign
from galactograph.errors import DicomError
from galactograph.values.arrays import Bools
from galactograph.values.codes import Code

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.66.4"


@dataclass(frozen=True, kw_only=True, eq=False)
class Marked:
    """What a Segmentation of a view says.

    Attributes
    ----------
    instance
        UID of the image that it marks.
    labels, kinds
        Of each segment.
    masks : bool, (segments, rows, columns)
        All slices of a tomosynthesis joined.
    """

    instance: str
    labels: tuple[str, ...]
    kinds: tuple[Code, ...]
    masks: Bools


def segments_from(dataset: Dataset, *, image: Dataset | None = None) -> Marked:
    """Read a binary Segmentation of one image.

    Parameters
    ----------
    image
        The image that it should mark; a segmentation of another one is refused, for
        its mask would lie on the wrong tissue.

    Raises
    ------
    DicomError
        If it is something else, or marks another image.
    Unreadable
        If it is damaged.
    """
    with foreign("segmentation", "is damaged; export it again."):
        if dataset.get("SOPClassUID") != SOP_CLASS or (
            dataset.get("SegmentationType") != "BINARY"
        ):
            raise DicomError(
                "not a binary segmentation; give one that galactograph wrote."
            )
        instance = _only_image(dataset)
        if image is not None:
            _check_marks(dataset, instance, image)
        return _marked(dataset, instance)


def _only_image(dataset: Dataset) -> str:
    """Return the UID of the one image that a segmentation marks."""
    images = {
        str(derived.SourceImageSequence[0].ReferencedSOPInstanceUID)
        for frame in dataset.PerFrameFunctionalGroupsSequence
        for derived in frame.get("DerivationImageSequence", ())
    }
    if len(images) != 1:
        raise DicomError(f"marks {len(images)} images; give a segmentation of one.")
    return images.pop()


def _check_marks(dataset: Dataset, instance: str, image: Dataset) -> None:
    if instance != str(image.SOPInstanceUID):
        raise DicomError("a segmentation of another image; it was left alone.")
    places = (str(one.get("FrameOfReferenceUID") or "") for one in (dataset, image))
    stated = [place for place in places if place]
    if len(set(stated)) > 1:
        raise DicomError(
            "a segmentation on another frame of reference than its image; it was left "
            "alone."
        )
    size, wanted = ((one.Rows, one.Columns) for one in (dataset, image))
    if size != wanted:
        raise DicomError(
            f"a segmentation of {size[0]} x {size[1]} pixels on an image of "
            f"{wanted[0]} x {wanted[1]}; it was left alone."
        )


def _marked(dataset: Dataset, instance: str) -> Marked:
    meta = getattr(dataset, "file_meta", Dataset())
    if UID(str(meta.get("TransferSyntaxUID", ExplicitVRLittleEndian))).is_compressed:
        raise DicomError("a compressed segmentation; export it uncompressed.")
    shape = (int(dataset.NumberOfFrames), int(dataset.Rows), int(dataset.Columns))
    bits = np.frombuffer(dataset.PixelData, np.uint8)
    flat = np.unpackbits(bits, count=int(np.prod(shape)), bitorder="little")
    frames = flat.reshape(shape).astype(bool)
    masks = np.zeros((len(dataset.SegmentSequence), *shape[1:]), bool)
    for frame, group in zip(
        frames, dataset.PerFrameFunctionalGroupsSequence, strict=True
    ):
        number = int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        if not 1 <= number <= len(masks):
            raise DicomError(f"marks a segment {number} that it does not have.")
        masks[number - 1] |= frame
    kinds = [s.SegmentedPropertyTypeCodeSequence[0] for s in dataset.SegmentSequence]
    return Marked(
        instance=instance,
        labels=tuple(str(s.SegmentLabel) for s in dataset.SegmentSequence),
        kinds=tuple(
            Code(k.CodeValue, k.CodingSchemeDesignator, k.CodeMeaning) for k in kinds
        ),
        masks=masks,
    )
