"""Modality Performed Procedure Step: what is told of an exam, and read of one."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset

from galactograph.dicom.identity import said
from galactograph.errors import DicomError
from galactograph.values.steps import Step, StepStatus

_PICTURES = "ReferencedImageSequence"
_OTHERS = "ReferencedNonImageCompositeSOPInstanceSequence"


def step_of(dataset: Dataset) -> Step:
    """Return what the dataset of an N-CREATE or N-SET says.

    Raises
    ------
    DicomError
        If it has no status that a step can have.
    """
    word = said(dataset, "PerformedProcedureStepStatus")
    try:
        status = StepStatus(word)
    except ValueError:
        raise DicomError(
            f"a procedure step is IN PROGRESS, COMPLETED or DISCONTINUED, not {word!r}"
        ) from None
    studies = (
        said(one, "StudyInstanceUID")
        for one in dataset.get("ScheduledStepAttributesSequence") or ()
    )
    return Step(
        status=status,
        studies=tuple(dict.fromkeys(uid for uid in studies if uid)),
        objects=tuple(dict.fromkeys(_objects(dataset))),
    )


def _objects(dataset: Dataset) -> Iterator[str]:
    for series in dataset.get("PerformedSeriesSequence") or ():
        for name in (_PICTURES, _OTHERS):
            for one in series.get(name) or ():
                uid = said(one, "ReferencedSOPInstanceUID")
                if uid:
                    yield uid
