"""A modality worklist: what to ask it, and what an entry says (PS3.4 K.6.1.2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydicom.dataset import Dataset

from galactograph.dicom.identity import is_uid, said
from galactograph.dicom.items import filled
from galactograph.values.codes import Code, Laterality
from galactograph.values.order import Order, Wanted

_CODE = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
_STEP = "ScheduledProcedureStepSequence"
_CODED = {
    "7771000": Laterality.LEFT,
    "80248007": Laterality.LEFT,
    "24028007": Laterality.RIGHT,
    "73056007": Laterality.RIGHT,
}
"""source: CID 244 Laterality, CID 6022 Side (found); SNOMED CT"""
_WORDS = {
    Laterality.LEFT: re.compile(
        r"\b(left|links?|linke[rns]?|lt|li|l)\b", re.IGNORECASE
    ),
    Laterality.RIGHT: re.compile(
        r"\b(right|rechts?|rechte[rns]?|rt|re|r)\b", re.IGNORECASE
    ),
}
"""Words for a side in the texts of orders, English and German (assumed)."""

NO_SIDE = "The order does not say which breast: ask before anything is injected."
TWO_SIDES = "The order names both sides: ask which breast before anything is injected."
NO_STUDY = "The order names no study: images made for it cannot be filed under it."


def question(wanted: Wanted) -> Dataset:
    """Return the query: what must match, and all that shall be told."""
    code = filled(**dict.fromkeys(_CODE, ""))
    step = filled(
        Modality=wanted.modality,
        ScheduledStationAETitle=wanted.station,
        ScheduledProcedureStepStartDate=wanted.date,
        ScheduledProcedureStepStartTime="",
        ScheduledPerformingPhysicianName="",
        ScheduledProcedureStepDescription="",
        ScheduledProcedureStepID="",
        ScheduledProtocolCodeSequence=[code],
    )
    asked = filled(
        AccessionNumber=wanted.accession,
        PatientName=wanted.patient_name,
        PatientID=wanted.patient_id,
        PatientBirthDate="",
        PatientSex="",
        StudyInstanceUID="",
        RequestedProcedureDescription="",
        RequestedProcedureID="",
        RequestedProcedureCodeSequence=[code],
        Laterality="",
        ScheduledProcedureStepSequence=[step],
    )
    if not wanted.patient_name.isascii():
        asked.SpecificCharacterSet = "ISO_IR 192"
    return asked


def order_of(entry: Dataset) -> Order:
    """Return what an entry says; what it lacks is a note, never a refusal."""
    steps = entry.get(_STEP) or [Dataset()]
    step = steps[0]
    sides = set(_sides(entry, step))
    study = said(entry, "StudyInstanceUID")
    notes = []
    if len(sides) != 1:
        notes.append(TWO_SIDES if sides else NO_SIDE)
    if not is_uid(study):
        notes.append(NO_STUDY)
    return Order(
        study_uid=study,
        accession=said(entry, "AccessionNumber"),
        patient_id=said(entry, "PatientID"),
        patient_name=said(entry, "PatientName"),
        birth_date=said(entry, "PatientBirthDate"),
        sex=said(entry, "PatientSex"),
        modality=said(step, "Modality"),
        station=said(step, "ScheduledStationAETitle"),
        date=said(step, "ScheduledProcedureStepStartDate"),
        time=said(step, "ScheduledProcedureStepStartTime"),
        laterality=sides.pop() if len(sides) == 1 else None,
        procedure=said(entry, "RequestedProcedureDescription"),
        procedure_id=said(entry, "RequestedProcedureID"),
        step=said(step, "ScheduledProcedureStepDescription"),
        step_id=said(step, "ScheduledProcedureStepID"),
        codes=tuple(_codes(entry, "RequestedProcedureCodeSequence")),
        protocol=tuple(_codes(step, "ScheduledProtocolCodeSequence")),
        notes=tuple(notes),
    )


def _codes(dataset: Dataset, name: str) -> Iterator[Code]:
    for one in dataset.get(name) or ():
        value, scheme, meaning = (said(one, key) for key in _CODE)
        if value and scheme:
            yield Code(value, scheme, meaning)


def _sides(entry: Dataset, step: Dataset) -> Iterator[Laterality]:
    """Yield every side that the entry names: as attribute, code or word."""
    for part in (entry, step):
        for name in ("Laterality", "ImageLaterality"):
            if said(part, name) in ("L", "R"):
                yield Laterality(said(part, name))
    for part in (entry, step):
        for one in part.iterall():
            if one.keyword == "CodeValue" and str(one.value) in _CODED:
                yield _CODED[str(one.value)]
    texts = [
        said(entry, "RequestedProcedureDescription"),
        said(step, "ScheduledProcedureStepDescription"),
        *(
            code.meaning
            for part, name in (
                (entry, "RequestedProcedureCodeSequence"),
                (step, "ScheduledProtocolCodeSequence"),
            )
            for code in _codes(part, name)
        ),
    ]
    for side, word in _WORDS.items():
        if any(word.search(text) for text in texts):
            yield side
