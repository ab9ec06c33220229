"""Modality Performed Procedure Step: what is told of an exam, and read of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pydicom.dataset import Dataset

from galactograph.dicom.identity import Identity, said
from galactograph.dicom.items import coded, filled
from galactograph.errors import DicomError, InvalidValue
from galactograph.values.codes import Code
from galactograph.values.order import Order
from galactograph.values.steps import Step, StepStatus

REASONS = {
    "allergy": Code("110503", "DCM", "Patient allergic to media/contrast"),
    "condition": Code("110515", "DCM", "Patient condition prevented continuing"),
    "doctor": Code("110500", "DCM", "Doctor canceled procedure"),
    "equipment": Code("110501", "DCM", "Equipment failure"),
    "extravasation": Code("113568", "DCM", "Extravasation visible in image"),
    "refused": Code("110505", "DCM", "Patient refused to continue procedure"),
    "unspecified": Code("110513", "DCM", "Discontinued for unspecified reason"),
    "wrong-entry": Code("110514", "DCM", "Incorrect worklist entry selected"),
    "wrong-side": Code("110512", "DCM", "Incorrect side ordered"),
}
"""Why an exam was given up. source: CID 9300 (found)"""

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


def begun(order: Order, *, station: str, step_id: str, at: datetime) -> Dataset:
    """Return what is told when an exam begins (N-CREATE, PS3.4 F.7.2.1).

    Parameters
    ----------
    order
        What the worklist said; copied, so that the RIS knows its own order again.
    station
        Our title.
    step_id
        Our name for the step, at most 16 characters.
    """
    scheduled = filled(
        StudyInstanceUID=order.study_uid,
        ReferencedStudySequence=[],
        AccessionNumber=order.accession,
        RequestedProcedureID=order.procedure_id,
        RequestedProcedureDescription=order.procedure,
        ScheduledProcedureStepID=order.step_id,
        ScheduledProcedureStepDescription=order.step,
        ScheduledProtocolCodeSequence=[coded(one) for one in order.protocol],
    )
    return filled(
        SpecificCharacterSet="ISO_IR 192",
        ScheduledStepAttributesSequence=[scheduled],
        PatientName=order.patient_name,
        PatientID=order.patient_id,
        PatientBirthDate=order.birth_date,
        PatientSex=order.sex,
        ReferencedPatientSequence=[],
        PerformedProcedureStepID=step_id,
        PerformedStationAETitle=station,
        PerformedStationName="",
        PerformedLocation="",
        PerformedProcedureStepStartDate=at.strftime("%Y%m%d"),
        PerformedProcedureStepStartTime=at.strftime("%H%M%S"),
        PerformedProcedureStepStatus=StepStatus.IN_PROGRESS.value,
        PerformedProcedureStepDescription=order.step or order.procedure,
        PerformedProcedureTypeDescription="",
        ProcedureCodeSequence=[coded(one) for one in order.codes],
        PerformedProcedureStepEndDate="",
        PerformedProcedureStepEndTime="",
        Modality=order.modality or "MG",
        StudyID="",
        PerformedProtocolCodeSequence=[coded(one) for one in order.protocol],
        PerformedSeriesSequence=[],
    )


def ended(
    objects: Iterable[Identity], *, at: datetime, reason: Code | None = None
) -> Dataset:
    """Return what is told when an exam is over (N-SET, PS3.4 F.7.2.2).

    Parameters
    ----------
    objects
        What was made; an exam that was given up may have made nothing.
    reason
        Why it was given up; None if it was completed.

    Raises
    ------
    InvalidValue
        If a completed exam made nothing.
    """
    series: dict[str, list[Identity]] = {}
    for one in objects:
        series.setdefault(one.series, []).append(one)
    if not series and reason is None:
        raise InvalidValue("a completed exam has made images; name them")
    status = StepStatus.COMPLETED if reason is None else StepStatus.DISCONTINUED
    told = filled(
        PerformedProcedureStepStatus=status.value,
        PerformedProcedureStepEndDate=at.strftime("%Y%m%d"),
        PerformedProcedureStepEndTime=at.strftime("%H%M%S"),
        PerformedSeriesSequence=[_series(uid, made) for uid, made in series.items()],
    )
    if reason is not None:
        told.PerformedProcedureStepDiscontinuationReasonCodeSequence = [coded(reason)]
    return told


def _series(uid: str, made: Sequence[Identity]) -> Dataset:
    return filled(
        PerformingPhysicianName="",
        # Type 1: every acquisition has a protocol, and here it is this one.
        ProtocolName="Galactography",
        OperatorsName="",
        SeriesInstanceUID=uid,
        SeriesDescription="",
        RetrieveAETitle="",
        ReferencedImageSequence=[
            filled(
                ReferencedSOPClassUID=one.sop_class,
                ReferencedSOPInstanceUID=one.instance,
            )
            for one in made
        ],
        ReferencedNonImageCompositeSOPInstanceSequence=[],
    )
