"""Where the reading of a study stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where the reading of an edition stands."""

    DUE = "due"
    READING = "reading"
    READ = "read"
    SENT = "sent"
    ASIDE = "set aside"
    UNSENT = "not taken"
    SUPERSEDED = "superseded"


WAITING = (State.DUE, State.READING, State.READ)
TROUBLED = (State.ASIDE, State.UNSENT)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One edition of a study on its way.

    Attributes
    ----------
    made
        When it fell quiet, s since 1970; the date of its results, however often the
        reading must be begun again.
    due
        Not to be touched before, s since 1970.
    failed, starts
        Failures of what it now waits for (reading, or sending); begun readings.
    """

    study: str
    edition: int
    state: State
    made: float
    due: float
    failed: int
    starts: int
    reason: str
