"""The printed report as an Encapsulated PDF, filed beside the images it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydicom.dataset import Dataset

from galactograph.dicom import common
from galactograph.dicom.items import coded, filled
from galactograph.dicom.modules import NOT_A_DEVICE
from galactograph.dicom.sources import Source, home_of, reference
from galactograph.errors import InvalidValue
from galactograph.values.codes import Code
from galactograph.values.report import Report

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.104.1"

_TITLE = Code("111400", "DCM", "Breast Imaging Report")
"""source: CID 7020, document titles (found)"""


def paper(
    pdf: bytes, report: Report, sources: Sequence[Source], *, made: datetime
) -> Dataset:
    """Return a PDF as a DICOM document of the study that it reports.

    Parameters
    ----------
    pdf
        The file, whole.
    sources
        The image of each view; the document names those of its own study.
    made
        When; the same moment gives the same object, byte for byte.

    Raises
    ------
    InvalidValue
        If `pdf` is no PDF.
    """
    if not pdf.startswith(b"%PDF-"):
        raise InvalidValue(f"a PDF starts with %PDF-, got {pdf[:8]!r}")
    home = home_of(report, sources)
    dataset = Dataset()
    for part in (
        home.belongs,
        common.equipment(),
        common.dated(made),
        _document(report, made),
    ):
        dataset.update(part)
    dataset.SourceInstanceSequence = [
        reference(source) for source in sources if source.study == home.study
    ]
    # Values of DICOM have an even length; how long the file was stands beside.
    dataset.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    dataset.EncapsulatedDocumentLength = len(pdf)
    common.identified([dataset], "DOC", home.study)
    return dataset


def _document(report: Report, made: datetime) -> Dataset:
    mark = "SIMULATED. " if report.simulated else ""
    return filled(
        SOPClassUID=SOP_CLASS,
        Modality="DOC",
        ConversionType="WSD",
        SeriesNumber=9005,
        SeriesDescription="Galactograph report, PDF (research)",
        AcquisitionDateTime=made.strftime("%Y%m%d%H%M%S"),
        BurnedInAnnotation="YES",
        DocumentTitle=f"{mark}Galactogram report, unverified. {NOT_A_DEVICE}",
        ConceptNameCodeSequence=[coded(_TITLE)],
        VerificationFlag="UNVERIFIED",
        MIMETypeOfEncapsulatedDocument="application/pdf",
    )


def pdf_of(dataset: Dataset) -> bytes:
    """Return the PDF that a document holds, without its padding.

    Raises
    ------
    InvalidValue
        If it is no Encapsulated PDF.
    """
    if dataset.get("SOPClassUID") != SOP_CLASS:
        raise InvalidValue("not an Encapsulated PDF")
    whole = bytes(dataset.EncapsulatedDocument)
    length = dataset.get("EncapsulatedDocumentLength")
    return whole if length is None else whole[: int(length)]
