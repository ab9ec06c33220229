"""Whether a DICOM object is a mammogram at all."""

from __future__ import annotations

from galactograph.dicom.headers import Record
from galactograph.errors import Unreadable

_ROOT = "1.2.840.10008.5.1.4.1.1."
_MAMMOGRAPHY = {_ROOT + end for end in ("1.2", "1.2.1", "13.1.3")}
_PROJECTIONS = {_ROOT + end for end in ("13.1.4", "13.1.5")}
_NAMES = {
    "XA": "an angiogram",
    "RF": "a fluoroscopy",
    "US": "an ultrasound image",
    "CT": "a CT image",
    "MR": "an MR image",
    "NM": "a nuclear medicine image",
    "PT": "a PET image",
    "DX": "another X-ray",
    "CR": "another X-ray",
}
_PAPERS = {
    "SR": "a report",
    "KO": "a list of key images",
    "PR": "a way to show images",
    "DOC": "a document",
    "SEG": "a segmentation",
    "REG": "a registration",
    "PLAN": "a plan",
    "AU": "a sound",
}
_XRAYS = {"MG", "CR", "DX", "OT", "SC", "RG", "HC", ""}
_BREAST = ("BREAST", "MAMM", "BRUST", "SEIN", "NIPPLE")


def is_paper(record: Record) -> bool:
    """Tell whether an object lies beside images without being one: a report, say."""
    kind = record.tags.word("Modality")
    # A segmentation has rows, and yet shows nothing of the breast.
    return kind == "SEG" or (kind in _PAPERS and "Rows" not in record.tags.values)


def check_mammogram(record: Record, *, force: bool) -> bool:
    """Refuse what is not a mammogram, unless forced.

    Returns
    -------
    bool
        True for a mammogram, False for another image that was forced.

    Raises
    ------
    Unreadable
        If it is something else; says what.
    """
    tags = record.tags
    kind, modality = tags.word("SOPClassUID"), tags.word("Modality")
    if kind in _PROJECTIONS:
        raise Unreadable(
            f"{record.source}: holds raw projections of tomosynthesis; "
            "give the reconstructed slices instead."
        )
    if kind in _MAMMOGRAPHY:
        return True
    if is_paper(record):
        raise Unreadable(f"{record.source}: is {_PAPERS[modality]}, not an image.")
    part = tags.word("BodyPartExamined")
    elsewhere = modality != "MG" and part and not any(word in part for word in _BREAST)
    if modality in _XRAYS and not elsewhere:
        return True
    if force:
        return False
    what = _NAMES.get(modality, f"of modality {modality[:16] or 'unknown'}")
    where = f" of {part[:32]}" if elsewhere and modality in _XRAYS else ""
    raise Unreadable(
        f"{record.source}: is {what}{where}, not a mammogram; "
        "read it with force if you must."
    )
