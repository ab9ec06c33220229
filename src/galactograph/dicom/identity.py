"""Who an object is: its UIDs and the few words that archives sort by."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID

from galactograph.errors import DicomError

_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_KEYWORDS = {
    "study": "StudyInstanceUID",
    "series": "SeriesInstanceUID",
    "instance": "SOPInstanceUID",
    "sop_class": "SOPClassUID",
    "patient_id": "PatientID",
    "patient_name": "PatientName",
    "date": "StudyDate",
    "accession": "AccessionNumber",
    "description": "StudyDescription",
    "modality": "Modality",
}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The UIDs of an object, and the words that archives sort by.

    Attributes
    ----------
    sop_class
        UID of the kind of object.
    transfer_syntax
        UID of its encoding.
    date
        Of the study, YYYYMMDD.
    """

    study: str
    series: str
    instance: str
    sop_class: str
    transfer_syntax: str
    patient_id: str = ""
    patient_name: str = ""
    date: str = ""
    accession: str = ""
    description: str = ""
    modality: str = ""


def is_uid(text: str) -> bool:
    """Tell whether `text` is a UID; only then may it name a file."""
    return len(text) <= 64 and _UID.fullmatch(text) is not None


def uid_name(uid: str) -> str:
    """Return the name of a well-known UID, such as that of an encoding."""
    return str(UID(uid).name)


def identity_of(path: Path) -> Identity:
    """Read who a DICOM file is, and nothing more of it.

    Raises
    ------
    DicomError
        If the file is not DICOM in the file format, or lacks a UID.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = dcmread(
                path, stop_before_pixels=True, specific_tags=list(_KEYWORDS.values())
            )
            words = {name: said(dataset, key) for name, key in _KEYWORDS.items()}
            encoding = str(dataset.file_meta.get("TransferSyntaxUID", ""))
    except OSError as trouble:
        raise DicomError(f"{path.name}: {trouble.strerror or trouble}") from None
    except Exception as damage:  # noqa: BLE001 - pydicom raises many kinds
        words, encoding = {}, ""
        why = f"is not a DICOM file ({type(damage).__name__})"
        raise DicomError(f"{path.name}: {why}") from None
    for name in ("study", "series", "instance", "sop_class"):
        if not is_uid(words[name]):
            raise DicomError(f"{path.name}: has no valid {_KEYWORDS[name]}")
    if not is_uid(encoding):
        raise DicomError(f"{path.name}: does not say how it is encoded")
    return Identity(transfer_syntax=encoding, **words)


def said(dataset: Dataset, keyword: str) -> str:
    r"""Return what a dataset says; empty if it says nothing, `\` between values."""
    value = dataset.get(keyword)
    if value is None:
        return ""
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return str(value).strip()
    # A name of a person can be walked through letter by letter; a list cannot.
    named = type(value).__name__ == "PersonName"
    return str(value) if named else "\\".join(str(one) for one in value)


def question(level: str, keys: Mapping[str, str]) -> Dataset:
    """Return a query: keywords with what they must match; empty ones are asked for."""
    dataset = Dataset()
    dataset.QueryRetrieveLevel = level
    if not all(value.isascii() for value in keys.values()):
        dataset.SpecificCharacterSet = "ISO_IR 192"
    for keyword, value in keys.items():
        setattr(dataset, keyword, value)
    return dataset
