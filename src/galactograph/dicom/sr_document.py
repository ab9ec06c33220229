"""What every structured report of ours has: its kind, its state, who observed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pydicom.dataset import Dataset

from galactograph.dicom import common
from galactograph.dicom import sr_codes as c
from galactograph.dicom.header import derived_uid
from galactograph.dicom.items import coded, filled
from galactograph.dicom.sources import Source, evidence
from galactograph.dicom.sr_items import CONTEXT, MODIFIES, code, container, text, uid
from galactograph.values import concepts as w
from galactograph.values.codes import Code
from galactograph.values.report import Provenance

COMPREHENSIVE = "1.2.840.10008.5.1.4.1.1.88.33"
"""Comprehensive SR: places on projections are two-dimensional (PS3.4, found)."""


def document(
    *, sop_class: str, number: int, words: str, made: datetime, simulated: bool
) -> Dataset:
    """Return series and state of a document: complete, preliminary, unverified.

    Parameters
    ----------
    number, words
        Number and description of its series.
    """
    return filled(
        SOPClassUID=sop_class,
        Modality="SR",
        SeriesNumber=number,
        SeriesDescription=words,
        InstanceCreationDate=made.strftime("%Y%m%d"),
        InstanceCreationTime=made.strftime("%H%M%S"),
        ReferencedPerformedProcedureStepSequence=[],
        PerformedProcedureCodeSequence=[coded(w.DUCTOGRAM)],
        CompletionFlag="COMPLETE",
        CompletionFlagDescription=common.comment(simulated=simulated)[:64],
        # A program never verifies; a person may, in an object of their own.
        VerificationFlag="UNVERIFIED",
        PreliminaryFlag="PRELIMINARY",
        CodingSchemeIdentificationSequence=[common.scheme()],
    )


def bound(
    head: Dataset,
    home: Source,
    shown: Sequence[Source],
    made: datetime,
) -> Dataset:
    """Return a document without content: patient, study, equipment, evidence."""
    dataset = Dataset()
    for part in (
        home.belongs,
        common.equipment(),
        common.dated(made),
        head,
        evidence(shown, home.study),
    ):
        dataset.update(part)
    return dataset


def titled(
    dataset: Dataset, title: Code, parts: Iterable[Dataset], *, template: str
) -> None:
    """Give a document its content, under its title."""
    root = container(title, parts, template=template)
    del root.RelationshipType
    dataset.update(root)


def language() -> Dataset:
    """In which language it is written (TID 1204)."""
    return code(c.LANGUAGE, c.ENGLISH, relation=MODIFIES)


def observer(made: Provenance) -> Iterator[Dataset]:
    """Yield who observed: this program (TID 1002, 1004)."""
    yield code(c.OBSERVER, c.DEVICE, relation=CONTEXT)
    yield uid(c.DEVICE_UID, derived_uid("device", common.NAME, made.version))
    yield text(c.DEVICE_NAME, common.NAME, relation=CONTEXT)
    yield text(c.DEVICE_MAKER, common.NAME, relation=CONTEXT)
    yield text(c.DEVICE_MODEL, f"{common.NAME} {made.version}", relation=CONTEXT)
