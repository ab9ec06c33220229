"""A made-up patient, written into every place of an object that could hold her."""

from __future__ import annotations

from pydicom.dataset import Dataset

from galactograph.dicom.items import coded, filled
from galactograph.dicom.sr_items import CONTAINS, CONTEXT, text, uid
from galactograph.values.codes import Code

NAME = "Grünwald^Philomena Zoë"
NUMBER, ACCESSION, STUDY_ID = "MRN-7734-0912", "ACC5551234", "ST88"
HOSPITAL, STREET, STATION = "Sankt Hedwig Klinik", "Lindenallee 12", "MAMMO-ROOM-3"
DOCTOR, SERIAL = "Okonkwo^Ifeoma^^Dr", "SN-00412-X"
DATE, BORN = "20210317", "19610228"
STUDY, OTHER_UID = "1.2.826.0.1.3680043.8.498.7", "1.2.826.0.1.3680043.8.498.99"
SECRET = b"thirty-two bytes that are secret"
PHONE = "+49 30 5550199"

WORDS = (
    "Grünwald", "Philomena", "Zoë", NUMBER, ACCESSION, HOSPITAL, STREET, STATION,
    "Okonkwo", "Ifeoma", SERIAL, DATE, "2021-03-17", "17.03.2021", BORN, OTHER_UID,
    PHONE, "ST88",
)  # fmt: skip
"""Everything that must not be in the result, in any case and encoding."""

_TOLD = f"{NAME.partition('^')[0]}, seen on 17.03.2021 by Okonkwo ({NUMBER})"
_SECRET = Code("121106", "DCM", "Comment")


def decorated(dataset: Dataset) -> Dataset:
    """Write her into an object, in place; return it."""
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.update(_person())
    dataset.update(_visit())
    dataset.update(_machine())
    dataset.ReferencedRequestSequence = [
        filled(
            StudyInstanceUID=str(dataset.StudyInstanceUID),
            ReferencedStudySequence=[],
            AccessionNumber=ACCESSION,
            PlacerOrderNumberImagingServiceRequest=ACCESSION,
            FillerOrderNumberImagingServiceRequest=ACCESSION,
            RequestedProcedureID=ACCESSION,
            RequestedProcedureDescription=_TOLD,
            RequestedProcedureCodeSequence=[],
        )
    ]
    _private(dataset)
    if "ContentSequence" in dataset:
        items = _content()
        if dataset.Modality == "KO":  # takes no dates
            items = [item for item in items if "DATE" not in item.ValueType]
        dataset.ContentSequence.extend(items)
    for item in dataset.get("GraphicAnnotationSequence", ()):
        for drawn in item.get("TextObjectSequence", ())[:1]:
            drawn.UnformattedTextValue = _TOLD
    for segment in dataset.get("SegmentSequence", ())[:1]:
        segment.SegmentLabel = _TOLD[:64]
    for group in ("Shared", "PerFrame"):
        for frame in dataset.get(f"{group}FunctionalGroupsSequence", ()):
            _private(frame)
    return dataset


def _person() -> Dataset:
    return filled(
        PatientName=NAME,
        PatientID=NUMBER,
        IssuerOfPatientID=HOSPITAL,
        PatientBirthDate=BORN,
        PatientBirthName="Philomena^Zoë",
        PatientSex="F",
        PatientAge="060Y",
        PatientAddress=STREET,
        PatientTelephoneNumbers=PHONE,
        OtherPatientNames=NAME,
        OtherPatientIDsSequence=[
            filled(PatientID=NUMBER, IssuerOfPatientID=HOSPITAL, TypeOfPatientID="TEXT")
        ],
        PatientComments=_TOLD,
        EthnicGroup="none",
    )


def _visit() -> Dataset:
    return filled(
        StudyDate=DATE,
        StudyTime="081500",
        SeriesDate=DATE,
        SeriesTime="081600",
        ContentDate=DATE,
        ContentTime="235930.250",
        InstanceCreationDate=DATE,
        InstanceCreationTime="082000",
        AccessionNumber=ACCESSION,
        StudyID=STUDY_ID,
        StudyDescription=f"Galaktographie {NUMBER}",
        SeriesDescription=_TOLD[:64],
        ProtocolName=_TOLD[:64],
        ReferringPhysicianName=DOCTOR,
        PerformingPhysicianName=DOCTOR,
        OperatorsName=DOCTOR,
        RequestingPhysician=DOCTOR,
        ReasonForTheRequestedProcedure=_TOLD[:64],
        RequestAttributesSequence=[
            filled(
                RequestedProcedureID=ACCESSION,
                ScheduledProcedureStepID=ACCESSION,
                ScheduledProcedureStepDescription=_TOLD[:64],
            )
        ],
    )


def _machine() -> Dataset:
    return filled(
        InstitutionName=HOSPITAL,
        InstitutionAddress=STREET,
        InstitutionalDepartmentName=f"{HOSPITAL} Radiologie",
        StationName=STATION,
        DeviceSerialNumber=SERIAL,
        ContributingEquipmentSequence=[
            filled(
                PurposeOfReferenceCodeSequence=[
                    coded(Code("109101", "DCM", "Acquisition Equipment"))
                ],
                Manufacturer="Maker",
                InstitutionName=HOSPITAL,
                StationName=STATION,
                OperatorsName=DOCTOR,
                DeviceSerialNumber=SERIAL,
                ContributionDateTime=f"{DATE}081500+0100",
                ContributionDescription=_TOLD,
            )
        ],
    )


def _private(dataset: Dataset) -> None:
    block = dataset.private_block(0x0029, "HEDWIG PRIVATE", create=True)
    block.add_new(0x01, "LO", NUMBER)
    block.add_new(0x02, "SQ", [filled(PatientName=NAME, PatientID=NUMBER)])
    block.add_new(0x03, "UN", NAME.encode())


def _content() -> list[Dataset]:
    """Return content items of each kind that can name her."""
    person = text(Code("121008", "DCM", "Person Observer Name"), "", relation=CONTEXT)
    person.ValueType = "PNAME"
    person.PersonName = DOCTOR
    born = text(Code("121031", "DCM", "Subject Birth Date"), "", relation=CONTEXT)
    born.ValueType, born.Date = "DATE", BORN
    seen = text(Code("111060", "DCM", "Study Date"), "", relation=CONTEXT)
    seen.ValueType, seen.Date = "DATE", DATE
    then = text(Code("121135", "DCM", "Observation Date Time"), "", relation=CONTEXT)
    then.ValueType, then.DateTime = "DATETIME", f"{DATE}081500"
    for item in (person, born, seen, then):
        del item.TextValue
    return [
        person,
        born,
        seen,
        then,
        text(Code("121030", "DCM", "Subject ID"), NUMBER, relation=CONTEXT),
        text(_SECRET, _TOLD, [text(_SECRET, NAME)], relation=CONTAINS),
        uid(Code("121012", "DCM", "Device Observer UID"), OTHER_UID),
    ]
