"""The small datasets of network services: a status in words, storage commitment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset

from galactograph.dicom.identity import is_uid, said
from galactograph.dicom.items import filled
from galactograph.errors import DicomError

ABSENT = 0x0112
"""No such object instance (PS3.4 J.3.3.1)."""


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """A request to keep objects for good: one transaction.

    Attributes
    ----------
    objects
        Class of each object, by its UID.
    """

    transaction: str
    objects: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Committed:
    """The answer to a commitment.

    Attributes
    ----------
    held
        UIDs of the objects that are kept.
    failed
        Reason of each that is not, by its UID.
    """

    transaction: str
    held: tuple[str, ...] = ()
    failed: Mapping[str, int]


def status(code: int, comment: str = "") -> Dataset:
    """Return a status, with words for whoever looks into the log of the peer."""
    told = Dataset()
    told.Status = code
    if comment:
        told.ErrorComment = comment.encode("ascii", "replace").decode()[:64]
    return told


def commitment(asked: Commitment) -> Dataset:
    """Return a request for storage commitment (PS3.4 J.3.2)."""
    return filled(
        TransactionUID=asked.transaction,
        ReferencedSOPSequence=_references(asked.objects),
    )


def commitment_of(dataset: Dataset) -> Commitment:
    """Return what a request for storage commitment asks.

    Raises
    ------
    DicomError
        If it names no transaction, or nothing to keep.
    """
    transaction = said(dataset, "TransactionUID")
    objects = {
        said(one, "ReferencedSOPInstanceUID"): said(one, "ReferencedSOPClassUID")
        for one in dataset.get("ReferencedSOPSequence") or ()
    }
    if not is_uid(transaction) or not objects or not all(map(is_uid, objects)):
        raise DicomError("a storage commitment names a transaction and objects")
    return Commitment(transaction=transaction, objects=objects)


def answer(asked: Commitment, held: Iterable[str]) -> Dataset:
    """Return the answer to a request: which objects are kept, and which are not."""
    kept = set(held)
    well = {uid: kind for uid, kind in asked.objects.items() if uid in kept}
    missing = {uid: kind for uid, kind in asked.objects.items() if uid not in kept}
    told = filled(TransactionUID=asked.transaction)
    # Neither sequence may be there empty (PS3.4 J.3.3.1).
    if well:
        told.ReferencedSOPSequence = _references(well)
    if missing:
        told.FailedSOPSequence = _references(missing)
        for one in told.FailedSOPSequence:
            one.FailureReason = ABSENT
    return told


def answer_of(dataset: Dataset) -> Committed:
    """Return what the answer to a commitment says."""
    return Committed(
        transaction=said(dataset, "TransactionUID"),
        held=tuple(
            said(one, "ReferencedSOPInstanceUID")
            for one in dataset.get("ReferencedSOPSequence") or ()
        ),
        failed={
            said(one, "ReferencedSOPInstanceUID"): int(one.get("FailureReason") or 0)
            for one in dataset.get("FailedSOPSequence") or ()
        },
    )


def _references(objects: Mapping[str, str]) -> list[Any]:
    return [
        filled(ReferencedSOPClassUID=kind, ReferencedSOPInstanceUID=uid)
        for uid, kind in objects.items()
    ]
