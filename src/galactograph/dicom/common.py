"""What every result object says of itself, whatever it holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from io import BytesIO

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from galactograph.dicom.header import derived_uid
from galactograph.dicom.items import coded, filled
from galactograph.dicom.modules import NOT_A_DEVICE
from galactograph.values.codes import Code, Laterality
from galactograph.values.concepts import PRIVATE
from galactograph.values.report import Finding, Provenance, Report
from galactograph.version import VERSION

BREAST = Code("76752008", "SCT", "Breast")
SIDES = {
    Laterality.LEFT: Code("7771000", "SCT", "Left"),
    Laterality.RIGHT: Code("24028007", "SCT", "Right"),
}
"""source: CID 244, Laterality (found)"""
BREASTS = {
    Laterality.LEFT: Code("80248007", "SCT", "Left breast"),
    Laterality.RIGHT: Code("73056007", "SCT", "Right breast"),
}
"""source: CID 6022, Side (found)"""

NAME = "galactograph"
_FAMILY = Code("123106", "DCM", "Multi-Scale/Resolution Filtering")
"""source: CID 7162, Surface Processing Algorithm Family (found)"""


def equipment() -> Dataset:
    """General Equipment and Enhanced General Equipment: this program."""
    return filled(
        Manufacturer=NAME,
        ManufacturerModelName=NAME,
        DeviceSerialNumber="0",
        SoftwareVersions=VERSION,
    )


def scheme() -> Dataset:
    """Tell whose the private codes are."""
    return filled(
        CodingSchemeDesignator=PRIVATE,
        CodingSchemeName="Galactograph research codes",
        CodingSchemeResponsibleOrganization=NAME,
    )


def algorithm(made: Provenance) -> Dataset:
    """Algorithm Identification Macro: what found it, in which version."""
    return filled(
        AlgorithmFamilyCodeSequence=[coded(_FAMILY)],
        AlgorithmName=f"{NAME} {made.segmenter}"[:64],
        AlgorithmVersion=made.version,
        AlgorithmSource=NAME,
    )


def dated(made: datetime) -> Dataset:
    """Say when the content was made."""
    date, time = made.strftime("%Y%m%d"), made.strftime("%H%M%S")
    return filled(ContentDate=date, ContentTime=time, SeriesDate=date, SeriesTime=time)


def tracked(report: Report, name: str, made: datetime) -> str:
    """Return the UID of a thing that a reading saw, the same in every object."""
    first = report.readings[0].view.sop_instance_uid
    return derived_uid("track", report.study_uid, first, name, made.isoformat())


def finding_name(finding: Finding, number: int) -> str:
    """Return what the report calls a finding, counted from 1."""
    return finding.identifier or f"F{number}"


def comment(*, simulated: bool) -> str:
    """Return the wording that stands on every result."""
    return ("SIMULATED IMAGES. " if simulated else "") + NOT_A_DEVICE


def identified(
    datasets: Sequence[Dataset], kind: str, study: str, *, told: object = None
) -> None:
    """Give objects of one series their UIDs, made of what they hold.

    The same content has the same UID, and other content another: an object that is
    sent twice is stored once, and no two objects ever share a name.

    Parameters
    ----------
    told
        What the content sequence is made of, as a value whose `repr` says all of it.
        Long reports name themselves by that: to encode one takes seconds.
    """
    digests = [_digest(dataset, told) for dataset in datasets]
    series = derived_uid("result series", kind, study, *digests)
    for number, (dataset, digest) in enumerate(zip(datasets, digests, strict=True), 1):
        dataset.SeriesInstanceUID = series
        dataset.InstanceNumber = number
        dataset.SOPInstanceUID = derived_uid("result", series, number, digest)
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.MediaStorageSOPClassUID = dataset.SOPClassUID
        meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        meta.ImplementationClassUID = derived_uid(NAME)
        meta.ImplementationVersionName = "GALACTOGRAPH"
        dataset.file_meta = meta


def as_bytes(dataset: Dataset) -> bytes:
    """Return a finished dataset as the bytes of a DICOM file."""
    held = BytesIO()
    dataset.save_as(held, enforce_file_format=True)
    return held.getvalue()


def _digest(dataset: Dataset, told: object) -> str:
    held = BytesIO()
    bare = Dataset()
    for element in dataset:
        if told is None or element.keyword != "ContentSequence":
            bare[element.tag] = element
    bare.save_as(held, implicit_vr=False, little_endian=True)
    return sha256(held.getvalue() + repr((VERSION, told)).encode()).hexdigest()
