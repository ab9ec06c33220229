"""An order: what a worklist says is to be done to whom."""

from __future__ import annotations

from dataclasses import dataclass

from galactograph.values.codes import Code, Laterality


@dataclass(frozen=True, kw_only=True)
class Order:
    """One entry of a modality worklist; empty is what it does not say.

    Attributes
    ----------
    study_uid
        Of the study that the images shall belong to.
    date, time
        When it is scheduled: YYYYMMDD, HHMMSS.
    laterality
        Which breast; None if the entry does not say, or contradicts itself.
    procedure, step
        Words of the requested procedure and of the scheduled step.
    codes, protocol
        Codes of the requested procedure and of the scheduled step.
    notes
        What a person must ask or check before the exam.
    """

    study_uid: str = ""
    accession: str = ""
    patient_id: str = ""
    patient_name: str = ""
    birth_date: str = ""
    sex: str = ""
    modality: str = ""
    station: str = ""
    date: str = ""
    time: str = ""
    laterality: Laterality | None = None
    procedure: str = ""
    procedure_id: str = ""
    step: str = ""
    step_id: str = ""
    codes: tuple[Code, ...] = ()
    protocol: tuple[Code, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which entries of a worklist to list; empty matches everything.

    Attributes
    ----------
    date
        YYYYMMDD, or a range such as 20260101-20261231 or 20260101-.
    station
        Title of the modality that the step is scheduled for.
    """

    date: str = ""
    modality: str = ""
    station: str = ""
    patient_id: str = ""
    patient_name: str = ""
    accession: str = ""
    limit: int = 100
