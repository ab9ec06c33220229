"""Functional groups of a Segmentation: where its frames lie and whence they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from galactograph.dicom.items import coded, decimal, filled
from galactograph.dicom.sources import Source, reference
from galactograph.values.arrays import Bools
from galactograph.values.codes import Code
from galactograph.values.study import View

_DERIVED = Code("113076", "DCM", "Segmentation")
_PURPOSE = Code("121322", "DCM", "Source image for image processing operation")
"""source: CID 7203 and 7202 (found)"""

_NO_THICKNESS = "1"


@dataclass(frozen=True, kw_only=True, eq=False)
class Slab:
    """One frame: a segment (counted from 1) in the image, or in one slice of it.

    Attributes
    ----------
    mask : bool, (rows, columns)
        Where the segment is.
    """

    segment: int
    mask: Bools
    frame: int | None = None


def shared(view: View, source: Source) -> Dataset:
    """Return what holds for every frame: size of pixels, orientation."""
    groups = Dataset()
    grid = view.image.grid
    if grid.has_millimetres:
        # In the plane of the ducts, as every length of the report is.
        thick = _stated(source, "PixelMeasuresSequence", "SliceThickness")
        # A projection has no slices, but readers (highdicom) refuse pixel measures
        # without a thickness; it stands for nothing.
        thick = _NO_THICKNESS if thick is None else thick
        groups.PixelMeasuresSequence = [
            filled(
                PixelSpacing=[decimal(step) for step in grid.spacing_mm],
                SliceThickness=thick,
            )
        ]
    if source.shared is not None and "PlaneOrientationSequence" in source.shared:
        groups.PlaneOrientationSequence = source.shared.PlaneOrientationSequence
    return groups


def _stated(source: Source, group: str, name: str) -> object:
    """Return an attribute of a shared functional group of the image, if it is there."""
    if source.shared is None or not source.shared.get(group):
        return None
    found: object = source.shared[group].value[0].get(name)
    return found


def per_frame(slab: Slab, slabs: Sequence[Slab], source: Source) -> Dataset:
    """Return what holds for one frame: its segment, its slice, its image."""
    place = [slab.segment]
    if source.frames:
        slices = sorted({other.frame or 0 for other in slabs})
        place.append(slices.index(slab.frame or 0) + 1)
    image = reference(source, slab.frame)
    image.PurposeOfReferenceCodeSequence = [coded(_PURPOSE)]
    image.SpatialLocationsPreserved = "YES"
    group = filled(
        FrameContentSequence=[filled(DimensionIndexValues=place)],
        SegmentIdentificationSequence=[filled(ReferencedSegmentNumber=slab.segment)],
        DerivationImageSequence=[
            filled(
                DerivationCodeSequence=[coded(_DERIVED)],
                SourceImageSequence=[image],
            )
        ],
    )
    if slab.frame is not None and slab.frame < len(source.frames):
        here = source.frames[slab.frame]
        if "PlanePositionSequence" in here:
            group.PlanePositionSequence = here.PlanePositionSequence
    return group
