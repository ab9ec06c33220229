"""What archives say: a study that was found, and what became of a transfer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What to look for; empty matches everything, `*` and `?` are wildcards.

    Attributes
    ----------
    date
        Of the study: YYYYMMDD, or a range such as 20260101-20261231 or 20260101-.
    limit
        Most studies to return.
    """

    study_uid: str = ""
    patient_id: str = ""
    patient_name: str = ""
    accession: str = ""
    date: str = ""
    modality: str = ""
    limit: int = 100


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A study as an archive lists it; empty or None is what it does not say."""

    study_uid: str
    patient_id: str = ""
    patient_name: str = ""
    date: str = ""
    accession: str = ""
    description: str = ""
    modalities: tuple[str, ...] = ()
    objects: int | None = None


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One object that did not arrive: its UID or file, and why."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of a transfer, object by object.

    Attributes
    ----------
    moved
        UIDs of what arrived in this transfer.
    there
        UIDs of what had arrived before, and was not sent again.
    failures
        What did not arrive; try again and only that is sent.
    notes
        Warnings of the peer about objects that it took.
    """

    moved: tuple[str, ...] = ()
    there: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything arrived."""
        return not self.failures
