"""The modules of a mammogram that tell of breast, beam and injection.

The other half of `modules`, which puts both together.
"""

from __future__ import annotations

from pydicom.dataset import Dataset

from galactograph.dicom.header import AGENTS, MODIFIERS, VIEWS, Header
from galactograph.dicom.items import coded, decimal, filled
from galactograph.values.codes import Code

_BREAST = Code("76752008", "SCT", "Breast")
# CID 11 has no intraductal route; this is the nearest (domain notes, found).
_ROUTE = Code("37737002", "SCT", "Intraluminal route")

_METALS = {
    "W": "TUNGSTEN",
    "Mo": "MOLYBDENUM",
    "Rh": "RHODIUM",
    "Ag": "SILVER",
    "Al": "ALUMINUM",
    "Cu": "COPPER",
}
_ANGLES_DEG = {"CC": 0, "XCCL": 0, "XCCM": 0, "ML": 90, "LM": 90, "MLO": 45, "LMO": 45}


def anatomy(header: Header) -> Dataset:
    """DX Anatomy Imaged and Mammography Image: which breast, from where."""
    beam = header.exposure
    modifiers = [coded(MODIFIERS[word]) for word in header.all_modifiers]
    view = coded(VIEWS[beam.position], ViewModifierCodeSequence=modifiers)
    return filled(
        ImageLaterality=str(header.laterality),
        AnatomicRegionSequence=[coded(_BREAST)],
        BodyPartExamined="BREAST",
        OrganExposed="BREAST",
        PositionerType="MAMMOGRAPHIC",
        PositionerPrimaryAngle=decimal(_ANGLES_DEG[beam.position]),
        ViewPosition=str(beam.position),
        ViewCodeSequence=[view],
        BreastImplantPresent="NO",
        PartialView="NO",
    )


def detector(header: Header) -> Dataset:
    """DX Detector: a flat panel, square pixels."""
    pitch = decimal(header.exposure.pixel_mm)
    beam = header.exposure
    field = [round(beam.columns * beam.pixel_mm), round(beam.rows * beam.pixel_mm)]
    return filled(
        DetectorType="DIRECT",
        DetectorConfiguration="AREA",
        DetectorID="0",
        DateOfLastDetectorCalibration=header.date,
        TimeOfLastDetectorCalibration=header.time,
        ImagerPixelSpacing=[pitch, pitch],
        DetectorElementSpacing=[pitch, pitch],
        DetectorActiveShape="RECTANGLE",
        DetectorActiveDimensions=[str(length) for length in reversed(field)],
        DetectorBinning=["1", "1"],
        FieldOfViewShape="RECTANGLE",
        FieldOfViewDimensions=[str(length) for length in field],
        FieldOfViewOrigin=["0", "0"],
        FieldOfViewRotation="0",
        FieldOfViewHorizontalFlip="NO",
    )


def technique(header: Header) -> Dataset:
    """X-Ray Generation, Filtration, Grid and the geometry of the beam."""
    beam = header.exposure
    anode, _, plate = beam.beam.partition("/")
    support_mm = header.source_to_support_mm
    return filled(
        KVP=decimal(beam.kv),
        Exposure=str(round(beam.mas)),
        ExposureInuAs=str(round(beam.mas * 1000)),
        # Demanded; from the usual tube current (0.1 A; assumed), not measured.
        ExposureTime=str(round(beam.mas / 0.1)),
        FocalSpots="0.1" if beam.magnification > 1 else "0.3",
        AnodeTargetMaterial=_METALS.get(anode, "TUNGSTEN"),
        FilterType="STRIP",
        FilterMaterial=_METALS.get(plate, "RHODIUM"),
        Grid=["FOCUSED", "RECIPROCATING"] if beam.grid else "NONE",
        ExposureControlMode="MANUAL",
        # In units of the maker; 1 microampere second here, and told in full above.
        RelativeXRayExposure=str(round(beam.mas * 1000)),
        DistanceSourceToDetector=decimal(beam.source_to_detector_mm),
        DistanceSourceToPatient=decimal(support_mm),
        EstimatedRadiographicMagnificationFactor=decimal(
            beam.source_to_detector_mm / support_mm
        ),
    )


def measured(header: Header) -> Dataset:
    """Thickness, force and dose, where known; Organ Dose is in dGy.

    The mammography profile of IHE demands all of them. A simulated image says 0 for
    what was not modelled, as nobody was pressed or exposed; a real one stays silent.
    """
    known = {
        "BodyPartThickness": (header.thickness_mm, 1.0),
        "CompressionForce": (header.compression_n, 1.0),
        "OrganDose": (header.organ_dose_mgy, 0.01),
        "EntranceDoseInmGy": (header.entrance_dose_mgy, 1.0),
    }
    words = {}
    for keyword, (value, unit) in known.items():
        if value is not None or header.simulated:
            words[keyword] = decimal((value or 0.0) * unit)
    return filled(**words)


def contrast(header: Header) -> Dataset:
    """Contrast/Bolus: what was injected; a scout has none of it."""
    given = header.injection
    if given is None or given.iodine_mg_ml == 0:
        return Dataset()
    return filled(
        ContrastBolusAgent=f"{given.agent.upper()} {given.iodine_mg_ml:g} mg I/mL",
        ContrastBolusAgentSequence=[coded(AGENTS[given.agent])],
        ContrastBolusRoute="INTRADUCTAL",
        ContrastBolusAdministrationRouteSequence=[coded(_ROUTE)],
        ContrastBolusVolume=decimal(given.volume_ml),
        ContrastBolusTotalDose=decimal(given.volume_ml),
        ContrastFlowRate=decimal(given.rate_ml_s),
        ContrastFlowDuration=decimal(given.volume_ml / given.rate_ml_s),
        ContrastBolusIngredient="IODINE",
        ContrastBolusIngredientConcentration=decimal(given.iodine_mg_ml),
    )
