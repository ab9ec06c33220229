"""Raw projections as DICOM: Breast Projection X-Ray Image, for processing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from galactograph.dicom import sweeps
from galactograph.dicom.header import derived_uid, orientation_of
from galactograph.dicom.images import finished, written
from galactograph.dicom.items import coded, decimal, filled
from galactograph.dicom.sweeps import SweepHeader
from galactograph.errors import InvalidValue
from galactograph.values.codes import Code
from galactograph.values.procedure import Exposure

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.13.1.5"
BITS = 14

_WHOLE = (
    "KVP",
    "XRayTubeCurrentInmA",
    "ExposureInmAs",
    "ExposureTimeInms",
    "FocalSpots",
    "AnodeTargetMaterial",
    "ExposureControlMode",
    "ExposureControlModeDescription",
    "BodyPartThickness",
    "CompressionForce",
    "PaddleDescription",
    "DetectorTemperature",
)
_FRAME_TYPE = ["ORIGINAL", "PRIMARY", "TOMO_PROJ", "NONE"]


def save_projections(pixels: NDArray[np.uint16], sweep: SweepHeader, path: Path) -> str:
    """Write the projections of a sweep as one DICOM file.

    Parameters
    ----------
    pixels : uint16, (P, rows, columns)
        Counts of 14 bits, linear in X-ray intensity, air largest.
    sweep
        What was exposed.
    path
        Where to write; an old file there is replaced.

    Returns
    -------
    str
        The SOP Instance UID.
    """
    dataset = projections_dataset(pixels, sweep)
    written(dataset, path)
    return str(dataset.SOPInstanceUID)


def projections_dataset(pixels: NDArray[np.uint16], sweep: SweepHeader) -> Dataset:
    """Return the projections as a pydicom dataset, uncompressed."""
    e = sweep.header.exposure
    wanted = (len(sweep.exposures), e.rows, e.columns)
    if pixels.shape != wanted or pixels.dtype != np.uint16:
        raise InvalidValue(
            f"pixels must be uint16 of {wanted}, got {pixels.dtype} of {pixels.shape}"
        )
    if int(pixels.max()) >= 1 << BITS:
        raise InvalidValue(f"pixels must be < {1 << BITS}, got {int(pixels.max())}")
    dataset = sweeps.common(sweep)
    dataset.update(_image(sweep))
    dataset.update(_detector(sweep))
    dataset.update(_acquisition(sweep))
    dataset.update(sweeps.dimensions("projection"))
    dataset.SharedFunctionalGroupsSequence = [_shared(sweep)]
    dataset.PerFrameFunctionalGroupsSequence = [
        _frame(sweep, number, shot) for number, shot in enumerate(sweep.exposures)
    ]
    instance = derived_uid("projections", sweep.header.instance)
    return finished(dataset, SOP_CLASS, instance, pixels)


def _image(sweep: SweepHeader) -> Dataset:
    """Enhanced mammography image: linear counts, no window."""
    header, e = sweep.header, sweep.header.exposure
    return filled(
        ImageType=_FRAME_TYPE,
        PresentationIntentType="FOR PROCESSING",
        NumberOfFrames=len(sweep.exposures),
        Rows=e.rows,
        Columns=e.columns,
        PhotometricInterpretation="MONOCHROME1",
        BitsStored=BITS,
        HighBit=BITS - 1,
        PresentationLUTShape="INVERSE",
        AcquisitionDateTime=sweep.moment,
        PatientOrientation=list(orientation_of(header.laterality, e.position)),
    )


def _detector(sweep: SweepHeader) -> Dataset:
    """X-Ray Detector and Field of View."""
    header, e = sweep.header, sweep.header.exposure
    return filled(
        DetectorType="DIRECT",
        DetectorConfiguration="AREA",
        DetectorID="0",
        DetectorActiveShape="RECTANGLE",
        DetectorActiveDimensions=[
            decimal(e.rows * e.pixel_mm),
            decimal(e.columns * e.pixel_mm),
        ],
        DetectorActiveOrigin=["0", "0"],
        DateOfLastDetectorCalibration=header.date,
        TimeOfLastDetectorCalibration=header.time,
        DetectorBinning=["1", "1"],
        DetectorElementSpacing=[decimal(e.pixel_mm)] * 2,
        PositionerType="MAMMOGRAPHIC",
        PositionerMotion="ROTATION_CONT",
        TypeOfDetectorMotion="STATIONARY",
    )


def _acquisition(sweep: SweepHeader) -> Dataset:
    """Return what is said of the whole sweep."""
    plain = sweeps.technique(sweep)
    words = filled(
        AcquisitionDuration=plain.ExposureTimeInms / 1000,
        # Demanded, in dGy and mGy; 0 where it is not known.
        OrganDose=decimal((sweep.header.organ_dose_mgy or 0.0) / 100),
        EntranceDoseInmGy=decimal(sweep.header.entrance_dose_mgy or 0.0),
        PatientOrientationCodeSequence=[coded(Code("10904000", "SCT", "erect"))],
    )
    for keyword in _WHOLE:
        words[keyword] = plain[keyword]
    return words


def _shared(sweep: SweepHeader) -> Dataset:
    """Return what is the same in every projection."""
    e = sweep.header.exposure
    words = filled(
        FieldOfViewSequence=[_field(e)],
        FramePixelDataPropertiesSequence=[
            filled(
                FrameType=_FRAME_TYPE,
                PixelIntensityRelationship="LIN",
                PixelIntensityRelationshipSign=1,
                ImagerPixelSpacing=[decimal(e.pixel_mm)] * 2,
                GeometricalProperties="UNIFORM",
                ImageProcessingApplied="NONE",
            )
        ],
        CollimatorShapeSequence=[_collimator(e)],
    )
    full = 2.0**BITS
    words.FrameVOILUTSequence = [
        filled(
            WindowCenter=[decimal(full / 2)],
            WindowWidth=[decimal(full)],
            WindowCenterWidthExplanation=["NORMAL"],
            VOILUTFunction="LINEAR",
        )
    ]
    words.update(sweeps.anatomy_frame(sweep.header))
    words.update(sweeps.identity())
    if sweeps.has_contrast(sweep.header):
        words.update(sweeps.contrast_usage())
    return words


def _field(e: Exposure) -> Dataset:
    """Field of View: the whole panel."""
    return filled(
        FieldOfViewShape="RECTANGLE",
        FieldOfViewDimensionsInFloat=[e.rows * e.pixel_mm, e.columns * e.pixel_mm],
        FieldOfViewOrigin=["0", "0"],
        FieldOfViewRotation="0",
        FieldOfViewHorizontalFlip="NO",
        FieldOfViewDescription="whole panel",
    )


def _collimator(e: Exposure) -> Dataset:
    """Collimator Shape: nothing of the panel is shadowed."""
    return filled(
        CollimatorShape=["RECTANGULAR"],
        CollimatorLeftVerticalEdge="1",
        CollimatorRightVerticalEdge=str(e.columns),
        CollimatorUpperHorizontalEdge="1",
        CollimatorLowerHorizontalEdge=str(e.rows),
    )


def _distances(shot: Exposure) -> Dataset:
    """X-Ray Geometry of the upright tube."""
    support_mm = shot.source_to_detector_mm - shot.air_gap_mm
    return filled(
        DistanceSourceToDetector=decimal(shot.source_to_detector_mm),
        DistanceSourceToPatient=decimal(support_mm),
        DistanceSourceToIsocenter=shot.source_to_detector_mm - shot.pivot_mm,
        EstimatedRadiographicMagnificationFactor=decimal(
            shot.source_to_detector_mm / support_mm
        ),
    )


def _frame(sweep: SweepHeader, number: int, shot: Exposure) -> Dataset:
    """Return what differs from projection to projection: where the tube stood."""
    angle = decimal(shot.angle_deg)
    return filled(
        FrameContentSequence=[
            filled(
                StackID="1",
                InStackPositionNumber=number + 1,
                DimensionIndexValues=[number + 1],
                FrameAcquisitionNumber=number + 1,
                FrameAcquisitionDateTime=sweep.moment,
                FrameReferenceDateTime=sweep.moment,
                FrameAcquisitionDuration=shot.mas / sweeps.CURRENT_A,
            )
        ],
        XRayGeometrySequence=[_distances(shot)],
        PositionerPositionSequence=[
            filled(
                PositionerPrimaryAngle=angle,
                PositionerSecondaryAngle="0",
                PositionerPrimaryAngleDirection="CC",
            )
        ],
        IsocenterReferenceSystemSequence=[_isocentre(shot)],
        XRayAcquisitionDoseSequence=[
            filled(
                RelativeXRayExposure=str(round(shot.mas * 1000)),
                ExposureTimeInms=shot.mas / sweeps.CURRENT_A,
                ExposureInmAs=shot.mas,
                # Demanded; a simulation that did not model it says 0.
                EntranceDoseInmGy="0",
                OrganDose="0",
            )
        ],
        IrradiationEventIdentificationSequence=[
            filled(IrradiationEventUID=derived_uid("event", sweep.header.series))
        ],
    )


def _isocentre(shot: Exposure) -> Dataset:
    """Isocenter Reference System: the tube turns about the pivot; the rest stands."""
    depth = shot.pivot_mm
    return filled(
        XRaySourceIsocenterPrimaryAngle=shot.angle_deg,
        XRaySourceIsocenterSecondaryAngle=0.0,
        BreastSupportIsocenterPrimaryAngle=0.0,
        BreastSupportIsocenterSecondaryAngle=0.0,
        BreastSupportXPositionToIsocenter=0.0,
        BreastSupportYPositionToIsocenter=0.0,
        BreastSupportZPositionToIsocenter=shot.air_gap_mm - depth,
        DetectorIsocenterPrimaryAngle=shot.panel_deg,
        DetectorIsocenterSecondaryAngle=0.0,
        DetectorXPositionToIsocenter=0.0,
        DetectorYPositionToIsocenter=0.0,
        DetectorZPositionToIsocenter=-depth,
        DetectorActiveAreaTLHCPosition=[0.0, -shot.rows * shot.pixel_mm / 2, -depth],
        DetectorActiveAreaOrientation=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
    )
