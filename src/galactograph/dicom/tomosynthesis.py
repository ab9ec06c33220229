"""Slices as DICOM: Breast Tomosynthesis Image, a multi-frame object."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from galactograph.dicom import modules, sweeps
from galactograph.dicom.header import Header, derived_uid
from galactograph.dicom.images import finished, written
from galactograph.dicom.items import coded, decimal, filled
from galactograph.dicom.sweeps import SweepHeader
from galactograph.errors import InvalidValue
from galactograph.values.codes import Code
from galactograph.values.geometry import Grid
from galactograph.version import VERSION

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.13.1.3"
BITS = 12


@dataclass(frozen=True, kw_only=True)
class Reconstruction:
    """Where the slices lie, and how they were made.

    Attributes
    ----------
    grid
        Slices, rows, columns; heights ascend from the support.
    algorithm
        FILTER_BACK_PROJ or ITERATIVE, the terms of the standard.
    words
        The same in words, at most 64 characters.
    window
        Centre and width for display; the full range if None.
    """

    grid: Grid
    algorithm: str = "FILTER_BACK_PROJ"
    words: str = "filtered back-projection, cone-matched slices"
    window: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if len(self.grid.shape) != 3:
            raise InvalidValue("slices have three axes")
        if len(self.words) > 64:
            raise InvalidValue(f"words must fit in 64 characters, got {self.words!r}")


def save_slices(
    pixels: NDArray[np.uint16],
    sweep: SweepHeader,
    made: Reconstruction,
    path: Path,
) -> str:
    """Write slices as one DICOM file; a half-written file is never seen.

    Parameters
    ----------
    pixels : uint16, (K, rows, columns)
        12 bits, bright is dense, 0 is air.
    sweep
        What was exposed.
    made
        Where the slices lie.
    path
        Where to write; an old file there is replaced.

    Returns
    -------
    str
        The SOP Instance UID.
    """
    dataset = slices_dataset(pixels, sweep, made)
    written(dataset, path)
    return str(dataset.SOPInstanceUID)


def slices_dataset(
    pixels: NDArray[np.uint16], sweep: SweepHeader, made: Reconstruction
) -> Dataset:
    """Return the slices as a pydicom dataset, uncompressed."""
    if pixels.shape != made.grid.shape or pixels.dtype != np.uint16:
        raise InvalidValue(
            f"pixels must be uint16 of {made.grid.shape}, got {pixels.dtype} of "
            f"{pixels.shape}"
        )
    if int(pixels.max()) >= 1 << BITS:
        raise InvalidValue(f"pixels must be < {1 << BITS}, got {int(pixels.max())}")
    header = sweep.header
    dataset = sweeps.common(sweep)
    dataset.update(_image(made))
    dataset.update(sweeps.dimensions("height above the support"))
    dataset.ContributingSourcesSequence = [_contributing(sweep)]
    dataset.XRay3DAcquisitionSequence = [_acquisition(sweep)]
    dataset.XRay3DReconstructionSequence = [_reconstruction(made)]
    dataset.SharedFunctionalGroupsSequence = [_shared(header, made)]
    dataset.PerFrameFunctionalGroupsSequence = _per_frame(sweep, made)
    instance = derived_uid("slices", header.instance, made)
    return finished(dataset, SOP_CLASS, instance, pixels)


def _image(made: Reconstruction) -> Dataset:
    """X-Ray 3D Image, Image Pixel."""
    slices, rows, columns = made.grid.shape
    return filled(
        ImageType=["DERIVED", "PRIMARY", "TOMOSYNTHESIS", "NONE"],
        NumberOfFrames=slices,
        Rows=rows,
        Columns=columns,
        PhotometricInterpretation="MONOCHROME2",
        BitsStored=BITS,
        HighBit=BITS - 1,
        PresentationLUTShape="IDENTITY",
        PixelPresentation="MONOCHROME",
        VolumetricProperties="VOLUME",
        VolumeBasedCalculationTechnique="TOMOSYNTHESIS",
    )


def _contributing(sweep: SweepHeader) -> Dataset:
    """Breast Tomosynthesis Contributing Sources: the raw projections."""
    header, e = sweep.header, sweep.header.exposure
    made_by = modules.equipment(header)
    words = filled(
        AcquisitionDateTime=sweep.moment,
        Rows=e.rows,
        Columns=e.columns,
        BitsStored=14,
        LossyImageCompression="00",
        DetectorType="DIRECT",
        DetectorID="0",
        DetectorElementSpacing=[decimal(e.pixel_mm)] * 2,
        DateOfLastDetectorCalibration=header.date,
        TimeOfLastDetectorCalibration=header.time,
    )
    for keyword in (
        "Manufacturer",
        "ManufacturerModelName",
        "DeviceSerialNumber",
        "SoftwareVersions",
        "StationName",
    ):
        words[keyword] = made_by[keyword]
    return words


def _acquisition(sweep: SweepHeader) -> Dataset:
    """Breast Tomosynthesis Acquisition: one item for the sweep."""
    e = sweep.header.exposure
    words = sweeps.technique(sweep)
    words.update(
        filled(
            XRayReceptorType="DIGITAL_DETECTOR",
            DetectorBinning=["1", "1"],
            FieldOfViewShape="RECTANGLE",
            FieldOfViewDimensionsInFloat=[
                e.rows * e.pixel_mm,
                e.columns * e.pixel_mm,
            ],
            FieldOfViewOrigin=["0", "0"],
            FieldOfViewRotation="0",
            FieldOfViewHorizontalFlip="NO",
            PerProjectionAcquisitionSequence=sweeps.each_exposure(sweep.exposures),
        )
    )
    return words


def _reconstruction(made: Reconstruction) -> Dataset:
    """X-Ray 3D Reconstruction."""
    return filled(
        ReconstructionDescription=made.words,
        ApplicationName="galactograph",
        ApplicationVersion=VERSION,
        ApplicationManufacturer="galactograph",
        AlgorithmType=made.algorithm,
        AlgorithmDescription=made.words,
        AcquisitionIndex=[1],
    )


def _shared(header: Header, made: Reconstruction) -> Dataset:
    """Return what is the same in every frame."""
    grid = made.grid
    along, down, _ = sweeps.axes(header)
    centre, width = made.window or (2.0 ** (BITS - 1), 2.0**BITS)
    words = filled(
        PixelMeasuresSequence=[
            filled(
                PixelSpacing=[decimal(v) for v in grid.spacing_mm],
                SliceThickness=decimal(grid.slice_mm),
                SpacingBetweenSlices=decimal(grid.slice_mm),
            )
        ],
        PlaneOrientationSequence=[
            filled(ImageOrientationPatient=sweeps.rounded(np.array([along, down])))
        ],
        FrameVOILUTSequence=[
            filled(
                WindowCenter=[decimal(centre)],
                WindowWidth=[decimal(width)],
                WindowCenterWidthExplanation=["NORMAL"],
                VOILUTFunction="LINEAR",
            )
        ],
        DerivationImageSequence=[
            filled(
                DerivationDescription="simulated by galactograph"
                if header.simulated
                else made.words,
                DerivationCodeSequence=[
                    coded(Code("113072", "DCM", "Multiplanar reformatting"))
                ],
                SourceImageSequence=[],
            )
        ],
    )
    words.update(sweeps.anatomy_frame(header))
    words.update(sweeps.identity())
    if sweeps.has_contrast(header):
        words.update(sweeps.contrast_usage())
    return words


def _per_frame(sweep: SweepHeader, made: Reconstruction) -> list[Dataset]:
    """Return what differs from slice to slice: its height."""
    grid = made.grid
    _, down, up = sweeps.axes(sweep.header)
    # x is zero at the chest wall, or mirrored; only distances matter there.
    first = down * grid.origin_mm[1]
    out = []
    for k in range(grid.shape[0]):
        place = first + up * (grid.origin_mm[2] + k * grid.slice_mm)
        out.append(
            filled(
                FrameContentSequence=[
                    filled(
                        StackID="1",
                        InStackPositionNumber=k + 1,
                        DimensionIndexValues=[k + 1],
                        FrameAcquisitionDateTime=sweep.moment,
                        FrameReferenceDateTime=sweep.moment,
                        FrameAcquisitionDuration=sum(
                            e.mas / sweeps.CURRENT_A for e in sweep.exposures
                        ),
                    )
                ],
                PlanePositionSequence=[
                    filled(ImagePositionPatient=sweeps.rounded(place))
                ],
                XRay3DFrameTypeSequence=[
                    filled(
                        FrameType=["DERIVED", "PRIMARY", "TOMOSYNTHESIS", "NONE"],
                        PixelPresentation="MONOCHROME",
                        VolumetricProperties="VOLUME",
                        VolumeBasedCalculationTechnique="TOMOSYNTHESIS",
                        ReconstructionIndex=1,
                    )
                ],
            )
        )
    return out
