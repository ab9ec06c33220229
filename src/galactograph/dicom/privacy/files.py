"""One DICOM file: read whole, cleaned, written, and searched for what must be gone."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID

from galactograph.dicom.common import NAME
from galactograph.dicom.files import Item
from galactograph.dicom.header import derived_uid
from galactograph.dicom.headers import foreign
from galactograph.dicom.identity import is_uid
from galactograph.dicom.items import coded, filled
from galactograph.dicom.privacy.cleaning import Cleaner
from galactograph.dicom.privacy.identifiers import Identifiers
from galactograph.dicom.privacy.options import Keep, Settings
from galactograph.dicom.privacy.tables import PROFILE
from galactograph.errors import DicomError
from galactograph.version import VERSION

METHOD = f"{NAME} {VERSION}, {PROFILE}"

_DAMAGED = "is damaged, so that it cannot be searched through; export it again."
_DOCUMENTS = "1.2.840.10008.5.1.4.1.1.104."
"""Encapsulated PDF, CDA, STL, ...: files of their own within a file."""

_PIXELS = 0x7FE00000
_NEEDED = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")


def header_of(item: Item) -> Dataset:
    """Read all of a file but its pixels, with every value understood.

    Raises
    ------
    Unreadable
        If it is damaged, lacks an identity, or is of a kind that cannot be cleaned.
    """
    with foreign(item.source, _DAMAGED):
        head = dcmread(item.path, stop_before_pixels=True, force=True)
        head.decode()
        for _ in head.iterall():  # a value that cannot be understood raises here
            pass
    syntax = _syntax(head)
    if not is_uid(syntax):
        raise DicomError(f"{item.source}: {_DAMAGED}")
    if UID(syntax).is_private:
        raise DicomError(
            f"{item.source}: is encoded in a private way ({syntax}); export it "
            "uncompressed."
        )
    for name in _NEEDED:
        if not is_uid(str(head.get(name) or "")):
            raise DicomError(f"{item.source}: has no valid {name}; it was left out.")
    if str(head.SOPClassUID).startswith(_DOCUMENTS):
        raise DicomError(
            f"{item.source}: is a document within a DICOM file, and its text cannot be "
            "cleaned; it was left out."
        )
    _refuse_hidden_pictures(head, item.source)
    return head


def _refuse_hidden_pictures(head: Dataset, source: str) -> None:
    """Refuse overlays in unused bits of the pixels: they may be text."""
    for group in range(0x6000, 0x6020, 2):
        position = head.get((group, 0x0102))
        if position is not None and position.value and (group, 0x3000) not in head:
            raise DicomError(
                f"{source}: has an overlay inside its pixels, which may be text; "
                "export it without overlays."
            )


def warnings_of(head: Dataset, source: str, settings: Settings) -> Iterator[str]:
    """Yield what somebody should look at in the picture.

    Raises
    ------
    DicomError
        If the file itself says that text stands in its pixels, unless that is wished.
    """
    if "Rows" not in head or head.get("Modality") in ("SEG", "PR"):
        return
    burned = str(head.get("BurnedInAnnotation", "")).strip().upper()
    if burned == "YES" and Keep.BURNED_IN not in settings.keep:
        raise DicomError(
            f"{source}: says that text stands in its pixels; it was left out. Look at "
            "it, and add --keep burned-in if it names nobody."
        )
    if burned == "YES":
        yield "text stands in its pixels"
    elif burned != "NO":
        yield "does not say whether text stands in its pixels: look at it"


def cleaned_file(
    item: Item, cleaner: Cleaner, *, pseudonym: str, simulated: bool
) -> Dataset:
    """Read a file whole and return it without names, ready to be written."""
    with foreign(item.source, _DAMAGED):
        old = dcmread(item.path, force=True)
        syntax = _syntax(old)
        old.decode()
        new = cleaner.cleaned(old)
    family = "SIMULATED" if simulated else "ANONYMOUS"
    new.update(
        filled(
            SpecificCharacterSet="ISO_IR 192",
            PatientName=f"{family}^{pseudonym}",
            PatientID=pseudonym,
            PatientIdentityRemoved="YES",
            DeidentificationMethod=METHOD,
            DeidentificationMethodCodeSequence=[
                coded(code) for code in cleaner.settings.codes()
            ],
            LongitudinalTemporalInformationModified=cleaner.settings.dates,
        )
    )
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = new.SOPClassUID
    meta.MediaStorageSOPInstanceUID = new.SOPInstanceUID
    # Of its own: our other one may stand in the study, and would be looked for.
    meta.ImplementationClassUID = derived_uid(NAME, "deidentify")
    meta.ImplementationVersionName = NAME.upper()
    new.file_meta = meta
    return new


def _syntax(dataset: Dataset) -> str:
    stated = str(dataset.file_meta.get("TransferSyntaxUID", "") or "")
    if stated:
        return stated
    implicit, little = dataset.original_encoding
    if implicit:
        return "1.2.840.10008.1.2"
    return "1.2.840.10008.1.2.1" if little else "1.2.840.10008.1.2.2"


def encoded(dataset: Dataset, source: str) -> bytes:
    """Return a dataset as the bytes of a file."""
    held = BytesIO()
    with foreign(source, "cannot be written again as it is; export it again."):
        dataset.save_as(held, enforce_file_format=True)
    return held.getvalue()


def refuse_if_named(content: bytes, identifiers: Identifiers, source: str) -> None:
    """Search the bytes of a result for everything that must not be in it.

    The file is read anew: what is searched is what others will get.

    Raises
    ------
    DicomError
        If something is left; names the attribute, never the value.
    """
    with foreign(source, "cannot be read back after cleaning; it was left out."):
        written = dcmread(BytesIO(content))
        place = identifiers.told_by(written)
    if not place and identifiers.in_bytes(content):
        place = "its bytes"
    if place:
        raise DicomError(
            f"{source}: a name, number, date or UID of the study is left in {place}; "
            "it was left out."
        )
