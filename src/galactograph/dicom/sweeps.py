"""What tomosynthesis objects say of the sweep: geometry, technique, functional groups.

Shared by the slices (`tomosynthesis`) and the raw projections (`projections`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from galactograph.dicom import beam, modules
from galactograph.dicom.header import Header, derived_uid, orientation_of
from galactograph.dicom.items import coded, decimal, filled
from galactograph.errors import InvalidValue
from galactograph.values.arrays import Floats
from galactograph.values.codes import Code
from galactograph.values.procedure import Exposure

BREAST = Code("76752008", "SCT", "Breast")
CURRENT_A = 0.1
"""Usual tube current; assumed, as in `beam`."""

_WAYS = {
    "A": (0.0, -1.0, 0.0),
    "P": (0.0, 1.0, 0.0),
    "L": (1.0, 0.0, 0.0),
    "R": (-1.0, 0.0, 0.0),
    "H": (0.0, 0.0, 1.0),
    "F": (0.0, 0.0, -1.0),
}


@dataclass(frozen=True, kw_only=True)
class SweepHeader:
    """What the objects of one sweep say.

    Attributes
    ----------
    header
        Of its middle exposure.
    exposures
        All of them, by growing angle.
    half_value_layer_mm
        Aluminium that halves the beam behind the paddle; 0.45 to 0.55 for the
        tungsten beams that ship (design, measured).
    """

    header: Header
    exposures: tuple[Exposure, ...]
    half_value_layer_mm: float = 0.5

    def __post_init__(self) -> None:
        if len(self.exposures) < 2:
            raise InvalidValue("a sweep has at least two exposures")

    @property
    def arc_deg(self) -> float:
        """From the first tube position to the last."""
        return self.exposures[-1].angle_deg - self.exposures[0].angle_deg

    @property
    def moment(self) -> str:
        """DICOM DT of the acquisition."""
        return self.header.date + self.header.time


def common(sweep: SweepHeader) -> Dataset:
    """Return the modules that say the same in any object of a sweep."""
    header = sweep.header
    words = Dataset()
    for write in (modules.patient, modules.study, modules.series, modules.equipment):
        words.update(write(header))
    # An enhanced object keeps these in its functional groups.
    del words.PresentationIntentType
    study = derived_uid("frame of reference", header.study, header.exposure.position)
    words.update(
        filled(
            FrameOfReferenceUID=study,
            PositionReferenceIndicator="",
            InstanceNumber=header.instance_number,
            ContentDate=header.date,
            ContentTime=header.time,
            ContentQualification="RESEARCH",
            ImageComments=modules.image(header).ImageComments,
            BurnedInAnnotation="NO",
            LossyImageCompression="00",
            SamplesPerPixel=1,
            BitsAllocated=16,
            PixelRepresentation=0,
            AcquisitionContextSequence=[],
            BreastImplantPresent="NO",
            PartialView="NO",
            ViewCodeSequence=beam.anatomy(header).ViewCodeSequence,
        )
    )
    words.update(enhanced_contrast(header))
    return words


def enhanced_contrast(header: Header) -> Dataset:
    """Enhanced Contrast/Bolus: what was injected; a scout has none of it."""
    plain = beam.contrast(header)
    if "ContrastBolusAgent" not in plain:
        return Dataset()
    agent = plain.ContrastBolusAgentSequence[0]
    agent.update(
        filled(
            ContrastBolusAgentNumber=1,
            ContrastBolusAdministrationRouteSequence=(
                plain.ContrastBolusAdministrationRouteSequence
            ),
            ContrastBolusIngredientCodeSequence=[
                coded(Code("44588005", "SCT", "Iodine"))
            ],
            ContrastBolusVolume=float(plain.ContrastBolusVolume),
            ContrastBolusIngredientConcentration=float(
                plain.ContrastBolusIngredientConcentration
            ),
            ContrastBolusIngredientOpaque="YES",
            ContrastAdministrationProfileSequence=[
                filled(
                    ContrastBolusVolume=plain.ContrastBolusVolume,
                    ContrastBolusStartTime="",
                    ContrastBolusStopTime="",
                    ContrastFlowRate=plain.ContrastFlowRate,
                    ContrastFlowDuration=plain.ContrastFlowDuration,
                )
            ],
        )
    )
    return filled(ContrastBolusAgentSequence=[agent])


def contrast_usage() -> Dataset:
    """Contrast/Bolus Usage: the agent was there in every frame."""
    return filled(
        ContrastBolusUsageSequence=[
            filled(
                ContrastBolusAgentNumber=1,
                ContrastBolusAgentAdministered="YES",
                ContrastBolusAgentDetected="YES",
            )
        ]
    )


def has_contrast(header: Header) -> bool:
    """Tell whether iodine was injected."""
    return header.injection is not None and header.injection.iodine_mg_ml > 0


def axes(header: Header) -> tuple[Floats, Floats, Floats]:
    """Return where columns, rows and height grow, unit vectors in LPS.

    Height grows towards the tube, which is against rows times columns in every view.
    """
    words = orientation_of(header.laterality, header.exposure.position)
    along, down = (np.sum([_WAYS[c] for c in word], axis=0) for word in words)
    along, down = along / np.linalg.norm(along), down / np.linalg.norm(down)
    return along, down, -np.cross(along, down)


def anatomy_frame(header: Header) -> Dataset:
    """Frame Anatomy."""
    return filled(
        FrameAnatomySequence=[
            filled(
                FrameLaterality=str(header.laterality),
                AnatomicRegionSequence=[coded(BREAST)],
            )
        ]
    )


def identity() -> Dataset:
    """Identity Pixel Value Transformation."""
    return filled(
        PixelValueTransformationSequence=[
            filled(RescaleIntercept="0", RescaleSlope="1", RescaleType="US")
        ]
    )


def dimensions(name: str) -> Dataset:
    """Multi-frame Dimension: one, along the stack."""
    organization = derived_uid("dimension", name)
    # In-Stack Position Number (0020,9057) in Frame Content Sequence (0020,9111).
    return filled(
        DimensionOrganizationSequence=[filled(DimensionOrganizationUID=organization)],
        DimensionIndexSequence=[
            filled(
                DimensionOrganizationUID=organization,
                DimensionIndexPointer=0x00209057,
                FunctionalGroupPointer=0x00209111,
                DimensionDescriptionLabel=name,
            )
        ],
    )


def technique(sweep: SweepHeader) -> Dataset:
    """Tube, filter and geometry of the whole sweep, as an X-Ray 3D Acquisition item."""
    header, e = sweep.header, sweep.header.exposure
    plain = beam.technique(header)
    total = sum(shot.mas for shot in sweep.exposures)
    support_mm = e.source_to_detector_mm - e.air_gap_mm
    words = filled(
        KVP=decimal(e.kv),
        XRayTubeCurrentInmA=1000 * CURRENT_A,
        ExposureInmAs=total,
        ExposureTimeInms=total / CURRENT_A,
        FocalSpots=plain.FocalSpots,
        AnodeTargetMaterial=plain.AnodeTargetMaterial,
        FilterType=plain.FilterType,
        FilterMaterial=plain.FilterMaterial,
        Grid="NONE",
        ExposureControlMode="MANUAL",
        ExposureControlModeDescription="as ordered in the simulation"
        if header.simulated
        else "as ordered",
        BodyPartThickness=decimal(header.thickness_mm or 0.0),
        CompressionForce=decimal(header.compression_n or 0.0),
        DistanceSourceToDetector=decimal(e.source_to_detector_mm),
        DistanceSourceToPatient=decimal(support_mm),
        EstimatedRadiographicMagnificationFactor=decimal(
            e.source_to_detector_mm / support_mm
        ),
        PaddleDescription="RIGID",
        HalfValueLayer=decimal(sweep.half_value_layer_mm),
        # Demanded; nothing here depends on it.
        DetectorTemperature="25",
        PrimaryPositionerScanArc=sweep.arc_deg,
        PrimaryPositionerScanStartAngle=sweep.exposures[0].angle_deg,
        PrimaryPositionerIncrement=sweep.arc_deg / (len(sweep.exposures) - 1),
    )
    if header.organ_dose_mgy is not None or header.simulated:
        # In dGy; 0 of a simulation that did not model it.
        words.OrganDose = decimal((header.organ_dose_mgy or 0.0) / 100)
    if header.entrance_dose_mgy is not None or header.simulated:
        words.EntranceDoseInmGy = decimal(header.entrance_dose_mgy or 0.0)
    return words


def each_exposure(exposures: Sequence[Exposure]) -> list[Dataset]:
    """Per Projection Acquisition: what each shot was."""
    return [
        filled(
            PositionerPrimaryAngle=decimal(shot.angle_deg),
            KVP=decimal(shot.kv),
            XRayTubeCurrentInmA=1000 * CURRENT_A,
            FrameAcquisitionDuration=shot.mas / CURRENT_A,
            ExposureTimeInms=shot.mas / CURRENT_A,
            ExposureInmAs=shot.mas,
            # In units of the maker: microampere seconds, as in `beam`.
            RelativeXRayExposure=str(round(shot.mas * 1000)),
        )
        for shot in exposures
    ]


def rounded(values: Floats) -> list[str]:
    """Return numbers as DICOM DS."""
    return [decimal(round(float(v), 6) + 0.0) for v in np.ravel(values)]
