"""The DICOM modules of a mammogram, each written from a `Header`.

One function a module of PS3.3, named after it. Values that DICOM wants and a header
does not hold are stated here with their reason.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

from pydicom.dataset import Dataset

from galactograph.dicom import beam
from galactograph.dicom.header import SOP_CLASSES, Header, Intent, orientation_of
from galactograph.dicom.items import coded, decimal, filled
from galactograph.values.codes import Code

NOT_A_DEVICE = "Research use only, not a medical device."
_SIMULATED = "SIMULATED IMAGE: no patient was exposed. " + NOT_A_DEVICE

_DUCTOGRAM = Code("18102001", "SCT", "Mammary ductogram")
_PREDECESSOR = Code("121358", "DCM", "For Processing predecessor")
_BEFORE = Code("121348", "DCM", "Temporal Predecessor")
"""source: CID 7201 and 7202 (found)"""


def patient(header: Header) -> Dataset:
    """Patient and Patient Study: a pseudonym, nothing else."""
    family = "SIMULATED" if header.simulated else "ANONYMOUS"
    age = header.age
    if age is None and header.simulated:
        age = 0  # demanded; a reader takes it for not known
    return filled(
        PatientName=f"{family}^{header.pseudonym}",
        PatientID=header.pseudonym,
        # A date is demanded; this one can be nobody's. The age is what counts.
        PatientBirthDate="19000101",
        PatientSex="F",
        PatientIdentityRemoved="YES",
        DeidentificationMethod="never held" if header.simulated else "pseudonym",
        **({} if age is None else {"PatientAge": f"{age:03d}Y"}),
    )


def study(header: Header) -> Dataset:
    """General Study."""
    return filled(
        StudyInstanceUID=header.study,
        StudyDate=header.date,
        StudyTime=header.time,
        ReferringPhysicianName="",
        StudyID="1",
        AccessionNumber="",
        StudyDescription=("SIMULATED " if header.simulated else "") + "GALACTOGRAPHY",
        ProcedureCodeSequence=[coded(_DUCTOGRAM)],
    )


def series(header: Header) -> Dataset:
    """General Series and Mammography Series."""
    return filled(
        Modality="MG",
        SeriesInstanceUID=header.series,
        SeriesNumber=header.series_number,
        SeriesDescription=header.title,
        SeriesDate=header.date,
        SeriesTime=header.time,
        PresentationIntentType=str(header.intent),
        RequestAttributesSequence=[
            filled(
                RequestedProcedureID="1",
                ScheduledProcedureStepID="1",
            )
        ],
    )


def equipment(header: Header) -> Dataset:
    """General Equipment."""
    maker = "galactograph (simulated)" if header.simulated else "galactograph"
    # IHE Mammography asks for an address, an operator and a station by name.
    return filled(
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
    words = filled(
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
            filled(
                ReferencedSOPClassUID=SOP_CLASSES[Intent.PROCESSING],
                ReferencedSOPInstanceUID=header.source_uid,
                SpatialLocationsPreserved="YES",
                PurposeOfReferenceCodeSequence=[coded(_PREDECESSOR)],
            )
        ]
    if header.scout_uid:
        words.ReferencedImageSequence = [
            filled(
                ReferencedSOPClassUID=SOP_CLASSES[header.intent],
                ReferencedSOPInstanceUID=header.scout_uid,
                PurposeOfReferenceCodeSequence=[coded(_BEFORE)],
            )
        ]
    return words


def pixels(header: Header) -> Dataset:
    """Image Pixel and DX Image: what the numbers mean."""
    raw = header.intent is Intent.PROCESSING
    return filled(
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
    return filled(
        WindowCenter=[decimal(centre)],
        WindowWidth=[decimal(width)],
        WindowCenterWidthExplanation=["NORMAL"],
        VOILUTFunction="LINEAR",
    )


ALL: tuple[Callable[[Header], Dataset], ...] = (
    patient,
    study,
    series,
    equipment,
    image,
    pixels,
    window,
    beam.anatomy,
    beam.detector,
    beam.technique,
    beam.measured,
    beam.contrast,
)
"""Every module, in the order of writing; a later one may refine an earlier."""
