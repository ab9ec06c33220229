"""The DICOM modules of a mammogram, each written from a `Header`.

One function a module of PS3.3, named after it. Values that DICOM wants and a header
does not hold are stated here with their reason.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from galactograph.dicom.header import (
    AGENTS,
    MODIFIERS,
    VIEWS,
    Header,
    Intent,
    orientation_of,
)
from galactograph.errors import InvalidValue
from galactograph.values.codes import Code

NOT_A_DEVICE = "Research use only, not a medical device."
_SIMULATED = "SIMULATED IMAGE: no patient was exposed. " + NOT_A_DEVICE

_DUCTOGRAM = Code("18102001", "SCT", "Mammary ductogram")
_BREAST = Code("76752008", "SCT", "Breast")
# CID 11 has no intraductal route; this is the nearest (domain notes, found).
_ROUTE = Code("37737002", "SCT", "Intraluminal route")
_PREDECESSOR = Code("121358", "DCM", "For Processing predecessor")

_METALS = {
    "W": "TUNGSTEN",
    "Mo": "MOLYBDENUM",
    "Rh": "RHODIUM",
    "Ag": "SILVER",
    "Al": "ALUMINUM",
    "Cu": "COPPER",
}
_ANGLES_DEG = {"CC": 0, "XCCL": 0, "XCCM": 0, "ML": 90, "LM": 90, "MLO": 45, "LMO": 45}


def _dataset(**values: object) -> Dataset:
    """Return a dataset; a misspelt keyword is an error, which pydicom lets pass."""
    dataset = Dataset()
    for keyword, value in values.items():
        if tag_for_keyword(keyword) is None:
            raise InvalidValue(f"{keyword} is not a DICOM keyword")
        setattr(dataset, keyword, value)
    return dataset


def _code(code: Code, **more: object) -> Dataset:
    return _dataset(
        CodeValue=code.value,
        CodingSchemeDesignator=code.scheme,
        CodeMeaning=code.meaning,
        **more,
    )


def _decimal(number: float) -> str:
    """Return a number as DICOM DS: at most 16 characters."""
    return f"{number:.10g}"


def patient(header: Header) -> Dataset:
    """Patient and Patient Study: a pseudonym, nothing else."""
    family = "SIMULATED" if header.simulated else "ANONYMOUS"
    age = {} if header.age is None else {"PatientAge": f"{header.age:03d}Y"}
    return _dataset(
        PatientName=f"{family}^{header.pseudonym}",
        PatientID=header.pseudonym,
        # A date is demanded; this one can be nobody's. The age is what counts.
        PatientBirthDate="19000101",
        PatientSex="F",
        PatientIdentityRemoved="YES",
        DeidentificationMethod="never held" if header.simulated else "pseudonym",
        **age,
    )


def study(header: Header) -> Dataset:
    """General Study."""
    return _dataset(
        StudyInstanceUID=header.study,
        StudyDate=header.date,
        StudyTime=header.time,
        ReferringPhysicianName="",
        StudyID="1",
        AccessionNumber="",
        StudyDescription=("SIMULATED " if header.simulated else "") + "GALACTOGRAPHY",
        ProcedureCodeSequence=[_code(_DUCTOGRAM)],
    )


def series(header: Header) -> Dataset:
    """General Series and Mammography Series."""
    return _dataset(
        Modality="MG",
        SeriesInstanceUID=header.series,
        SeriesNumber=header.series_number,
        SeriesDescription=header.title,
        SeriesDate=header.date,
        SeriesTime=header.time,
        PresentationIntentType=str(header.intent),
        RequestAttributesSequence=[
            _dataset(
                RequestedProcedureID="1",
                ScheduledProcedureStepID="1",
            )
        ],
    )


def equipment(header: Header) -> Dataset:
    """General Equipment."""
    maker = "galactograph (simulated)" if header.simulated else "galactograph"
    # IHE Mammography asks for an address, an operator and a station by name.
    return _dataset(
        Manufacturer="galactograph",
        ManufacturerModelName=maker,
        DeviceSerialNumber="0",
        SoftwareVersions=version("galactograph"),
        InstitutionName="none",
        InstitutionAddress="none",
        StationName="GALACTOGRAPH",
        OperatorsName="none^",
    )


def image(header: Header) -> Dataset:
    """General Image and Acquisition Context."""
    made = "ORIGINAL" if header.intent is Intent.PROCESSING else "DERIVED"
    words = _dataset(
        # Value 3 stays empty: validators refuse the contrast terms of the standard.
        ImageType=[made, "PRIMARY", ""],
        InstanceNumber=header.instance_number,
        AcquisitionNumber=header.instance_number,
        ContentDate=header.date,
        ContentTime=header.time,
        AcquisitionDate=header.date,
        AcquisitionTime=header.time,
        PatientOrientation=list(
            orientation_of(header.laterality, header.exposure.position)
        ),
        BurnedInAnnotation="NO",
        LossyImageCompression="00",
        ImageComments=_SIMULATED if header.simulated else NOT_A_DEVICE,
        AcquisitionContextSequence=[],
    )
    if header.simulated:
        words.DerivationDescription = "simulated by galactograph"
    if header.source_uid:
        # The only class that can be a predecessor: mammography for processing.
        words.SourceImageSequence = [
            _dataset(
                ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.1.2.1",
                ReferencedSOPInstanceUID=header.source_uid,
                SpatialLocationsPreserved="YES",
                PurposeOfReferenceCodeSequence=[_code(_PREDECESSOR)],
            )
        ]
    return words


def pixels(header: Header) -> Dataset:
    """Image Pixel and DX Image: what the numbers mean."""
    raw = header.intent is Intent.PROCESSING
    return _dataset(
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME1" if raw else "MONOCHROME2",
        Rows=header.exposure.rows,
        Columns=header.exposure.columns,
        BitsAllocated=16,
        BitsStored=header.bits,
        HighBit=header.bits - 1,
        PixelRepresentation=0,
        PixelIntensityRelationship="LIN" if raw else "LOG",
        PixelIntensityRelationshipSign=1 if raw else -1,
        RescaleIntercept="0",
        RescaleSlope="1",
        RescaleType="US",
        PresentationLUTShape="INVERSE" if raw else "IDENTITY",
        # At the air end, so that padding can never hide tissue.
        PixelPaddingValue=(1 << header.bits) - 1 if raw else 0,
    )


def window(header: Header) -> Dataset:
    """VOI LUT: only an image for presentation has one."""
    if header.intent is Intent.PROCESSING:
        return Dataset()
    full = float(1 << header.bits)
    centre, width = header.window or (full / 2, full)
    return _dataset(
        WindowCenter=[_decimal(centre)],
        WindowWidth=[_decimal(width)],
        WindowCenterWidthExplanation=["NORMAL"],
        VOILUTFunction="LINEAR",
    )


def anatomy(header: Header) -> Dataset:
    """DX Anatomy Imaged and Mammography Image: which breast, from where."""
    beam = header.exposure
    modifiers = [_code(MODIFIERS[word]) for word in header.all_modifiers]
    view = _code(VIEWS[beam.position], ViewModifierCodeSequence=modifiers)
    return _dataset(
        ImageLaterality=str(header.laterality),
        AnatomicRegionSequence=[_code(_BREAST)],
        BodyPartExamined="BREAST",
        OrganExposed="BREAST",
        PositionerType="MAMMOGRAPHIC",
        PositionerPrimaryAngle=_decimal(_ANGLES_DEG[beam.position]),
        ViewPosition=str(beam.position),
        ViewCodeSequence=[view],
        BreastImplantPresent="NO",
        PartialView="NO",
    )


def detector(header: Header) -> Dataset:
    """DX Detector: a flat panel, square pixels."""
    pitch = _decimal(header.exposure.pixel_mm)
    beam = header.exposure
    field = [round(beam.columns * beam.pixel_mm), round(beam.rows * beam.pixel_mm)]
    return _dataset(
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
    known = {
        "BodyPartThickness": header.thickness_mm,
        "CompressionForce": header.compression_n,
    }
    return _dataset(
        KVP=_decimal(beam.kv),
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
        DistanceSourceToDetector=_decimal(beam.source_to_detector_mm),
        DistanceSourceToPatient=_decimal(support_mm),
        EstimatedRadiographicMagnificationFactor=_decimal(
            beam.source_to_detector_mm / support_mm
        ),
        **{word: _decimal(value) for word, value in known.items() if value is not None},
    )


def dose(header: Header) -> Dataset:
    """X-Ray Acquisition Dose, where known; Organ Dose is in dGy."""
    words = Dataset()
    if header.organ_dose_mgy is not None:
        words.OrganDose = _decimal(header.organ_dose_mgy / 100)
    if header.entrance_dose_mgy is not None:
        words.EntranceDoseInmGy = _decimal(header.entrance_dose_mgy)
    return words


def contrast(header: Header) -> Dataset:
    """Contrast/Bolus: what was injected; a scout has none of it."""
    given = header.injection
    if given is None or given.iodine_mg_ml == 0:
        return Dataset()
    return _dataset(
        ContrastBolusAgent=f"{given.agent.upper()} {given.iodine_mg_ml:g} mg I/mL",
        ContrastBolusAgentSequence=[_code(AGENTS[given.agent])],
        ContrastBolusRoute="INTRADUCTAL",
        ContrastBolusAdministrationRouteSequence=[_code(_ROUTE)],
        ContrastBolusVolume=_decimal(given.volume_ml),
        ContrastBolusTotalDose=_decimal(given.volume_ml),
        ContrastBolusIngredient="IODINE",
        ContrastBolusIngredientConcentration=_decimal(given.iodine_mg_ml),
    )


ALL: tuple[Callable[[Header], Dataset], ...] = (
    patient,
    study,
    series,
    equipment,
    image,
    pixels,
    window,
    anatomy,
    detector,
    technique,
    dose,
    contrast,
)
"""Every module, in the order of writing; a later one may refine an earlier."""
