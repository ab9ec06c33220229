"""How a listener stands: what waits, what failed and why, in numbers and names."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from galactograph.archives.shelf import CONFLICTS
from galactograph.errors import NotFound
from galactograph.listening.ledger import Ledger
from galactograph.listening.settings import Settings
from galactograph.listening.states import TROUBLED, WAITING, State


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A study that waits, or was set aside.

    Attributes
    ----------
    edition
        0 while its images still come.
    since_s, next_s
        How long it has waited; until it is tried again.
    """

    study: str
    edition: int
    state: str
    since_s: float
    next_s: float = 0.0
    failed: int = 0
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """An object that was not taken: from whom, and why."""

    sender: str
    uid: str
    reason: str
    ago_s: float


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """How a listener stands.

    Attributes
    ----------
    counts
        Number of readings in each state; "arriving" are studies that still come.
    waiting
        What is to be done, and what was set aside.
    troubles
        Objects that were not taken, the latest first.
    conflicts
        Files whose UID is taken by other content, kept aside.
    owed
        Answers about storage commitment that could not be given yet, and why.
    """

    counts: dict[str, int]
    waiting: tuple[Waiting, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    conflicts: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Whether nothing needs a person."""
        aside = any(one.state in TROUBLED for one in self.waiting)
        return not (aside or self.conflicts)


def backlog(folder: Path, clock: Callable[[], float] = time.time) -> Backlog:
    """Return how the listener on a folder stands; it may be running.

    Raises
    ------
    NotFound
        If no listener has kept this folder.
    """
    settings = Settings(folder=folder, send_to="")
    now = clock()
    ledger = _opened(settings)
    try:
        arriving = tuple(
            Waiting(study=study, edition=0, state="arriving", since_s=now - last)
            for study, last in ledger.open_studies()
        )
        counts = {"arriving": len(arriving)} | dict.fromkeys(map(str, State), 0)
        for state, many in ledger.rows(
            "SELECT state, COUNT(*) FROM readings GROUP BY state"
        ):
            counts[str(state)] = int(str(many))
        readings = tuple(
            Waiting(
                study=one.study,
                edition=one.edition,
                state=one.state,
                since_s=now - one.made,
                next_s=max(0.0, one.due - now) if one.state in WAITING else 0.0,
                failed=one.failed,
                reason=one.reason,
            )
            for one in ledger.readings(*WAITING, *TROUBLED)
        )
        troubles = ledger.rows("SELECT * FROM troubles ORDER BY at DESC, rowid DESC")
        owed = ledger.rows("SELECT title, reason FROM commitments WHERE failed > 0")
    finally:
        ledger.close()
    kept = sorted((settings.objects / CONFLICTS).glob("*.dcm"))
    return Backlog(
        counts=counts,
        waiting=arriving + readings,
        troubles=tuple(
            Trouble(
                sender=str(sender),
                uid=str(uid),
                reason=str(reason),
                ago_s=now - float(str(at)),
            )
            for at, sender, uid, reason in troubles
        ),
        conflicts=tuple(str(one) for one in kept),
        owed=tuple(f"{title}: {reason}" for title, reason in owed),
    )


def retry(
    folder: Path, studies: Sequence[str] = (), clock: Callable[[], float] = time.time
) -> list[str]:
    """Have what was set aside be tried again; the listener may be running.

    Parameters
    ----------
    studies
        UIDs; all that were set aside, if empty.

    Returns
    -------
    list of str
        The studies that wait again.

    Raises
    ------
    NotFound
        If a study that is named was not set aside.
    """
    ledger = _opened(Settings(folder=folder, send_to=""))
    try:
        aside = ledger.readings(*TROUBLED)
        unknown = set(studies) - {one.study for one in aside}
        if unknown:
            raise NotFound(f"study {min(unknown)} was not set aside")
        chosen = [one for one in aside if not studies or one.study in studies]
        for one in chosen:
            state = State.DUE if one.state is State.ASIDE else State.READ
            ledger.move(one, state, clock(), starts=0)
    finally:
        ledger.close()
    return [one.study for one in chosen]


def _opened(settings: Settings) -> Ledger:
    if not settings.ledger.exists():
        raise NotFound(f"{settings.folder}: no listener has kept this folder")
    return Ledger(settings.ledger)
