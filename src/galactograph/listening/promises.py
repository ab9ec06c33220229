"""What modalities told of their steps, and what they were promised to be told."""

from __future__ import annotations

import json
from dataclasses import dataclass

from galactograph.dicom.services import Commitment
from galactograph.listening.ledger import Ledger
from galactograph.values.steps import Step, StepStatus


@dataclass(frozen=True, kw_only=True)
class Promise:
    """An answer to a storage commitment that is still owed.

    Attributes
    ----------
    title
        Who asked.
    """

    title: str
    asked: Commitment
    failed: int


def step_status(ledger: Ledger, uid: str) -> StepStatus | None:
    """Return where a step stands; None if nobody told of it."""
    found = ledger.rows("SELECT status FROM steps WHERE uid = ?", uid)
    return StepStatus(str(found[0][0])) if found else None


def keep_step(ledger: Ledger, uid: str, told: Step, now: float) -> None:
    """Write down what is told of a step; later words add to earlier ones.

    Its studies wait anew: the end of a step may come before its last images.
    """
    before = ledger.rows("SELECT studies, objects FROM steps WHERE uid = ?", uid)
    studies, objects = map(_list, before[0]) if before else ([], [])
    studies += [one for one in told.studies if one not in studies]
    objects += [one for one in told.objects if one not in objects]
    with ledger.change() as book:
        book.execute(
            "INSERT OR REPLACE INTO steps VALUES(?, ?, ?, ?)",
            (uid, json.dumps(studies), told.status, json.dumps(objects)),
        )
        book.executemany(
            "UPDATE studies SET last = ? WHERE uid = ? AND open = 1",
            [(now, study) for study in studies],
        )


def is_under_way(ledger: Ledger, study: str) -> bool:
    """Tell whether a step of a study is in progress."""
    return any(status is StepStatus.IN_PROGRESS for status, _ in _steps(ledger, study))


def is_whole(ledger: Ledger, study: str) -> bool:
    """Tell whether every step of a study is over, and all that it made is here."""
    steps = _steps(ledger, study)
    made = [uid for _, objects in steps for uid in objects]
    over = all(status is not StepStatus.IN_PROGRESS for status, _ in steps)
    return bool(made) and over and all(map(ledger.has, made))


def promise(ledger: Ledger, title: str, asked: Commitment, now: float) -> None:
    """Write down that an answer is owed; asked twice, it is owed once."""
    with ledger.change() as book:
        book.execute(
            "INSERT OR REPLACE INTO commitments(wish, title, objects, due) "
            "VALUES(?, ?, ?, ?)",
            (asked.transaction, title, json.dumps(dict(asked.objects)), now),
        )


def promises(ledger: Ledger, now: float) -> list[Promise]:
    """Return the answers that may be given now."""
    found = ledger.rows(
        "SELECT wish, title, objects, failed FROM commitments WHERE due <= ?", now
    )
    return [
        Promise(
            title=str(title),
            asked=Commitment(transaction=str(wish), objects=json.loads(str(objects))),
            failed=int(str(failed)),
        )
        for wish, title, objects, failed in found
    ]


def kept(ledger: Ledger, one: Promise) -> None:
    """Write down that an answer was given."""
    with ledger.change() as book:
        book.execute("DELETE FROM commitments WHERE wish = ?", (one.asked.transaction,))


def put_off(ledger: Ledger, one: Promise, due: float, reason: str) -> None:
    """Write down that an answer could not be given yet."""
    with ledger.change() as book:
        book.execute(
            "UPDATE commitments SET due = ?, failed = failed + 1, reason = ? "
            "WHERE wish = ?",
            (due, reason, one.asked.transaction),
        )


def _steps(ledger: Ledger, study: str) -> list[tuple[StepStatus, list[str]]]:
    # A step names one study, seldom more: the text of the list is searched for it.
    found = ledger.rows(
        "SELECT studies, status, objects FROM steps WHERE studies LIKE ?",
        f'%"{study}"%',
    )
    return [(StepStatus(str(status)), _list(objects)) for _, status, objects in found]


def _list(text: object) -> list[str]:
    return [str(one) for one in json.loads(str(text))]
