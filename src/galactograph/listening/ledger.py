"""What became of each object and each study, on disk: it survives any end.

SQLite with a write-ahead log: each change is on the disk before it is acted upon, and
a process that is killed leaves either all of it or nothing.

A study may grow after it was read, when a view comes late. So its images come in
*editions*: an edition is all the images there were when the study fell quiet. Each
edition is read once.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from galactograph.errors import ArchiveError
from galactograph.listening.states import Reading, State

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects(
  uid TEXT PRIMARY KEY, study TEXT NOT NULL, kind TEXT NOT NULL,
  picture INTEGER NOT NULL, edition INTEGER, arrived REAL NOT NULL);
CREATE INDEX IF NOT EXISTS by_study ON objects(study);
CREATE TABLE IF NOT EXISTS studies(
  uid TEXT PRIMARY KEY, last REAL NOT NULL, open INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS open_ones ON studies(open) WHERE open = 1;
CREATE TABLE IF NOT EXISTS readings(
  study TEXT NOT NULL, edition INTEGER NOT NULL, state TEXT NOT NULL,
  made REAL NOT NULL, due REAL NOT NULL, failed INTEGER NOT NULL DEFAULT 0,
  starts INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',
  ended REAL, PRIMARY KEY(study, edition));
CREATE INDEX IF NOT EXISTS by_state ON readings(state, due);
CREATE TABLE IF NOT EXISTS troubles(
  at REAL NOT NULL, sender TEXT NOT NULL, object TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS steps(
  uid TEXT PRIMARY KEY, studies TEXT NOT NULL, status TEXT NOT NULL,
  objects TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS commitments(
  wish TEXT PRIMARY KEY, title TEXT NOT NULL, objects TEXT NOT NULL,
  due REAL NOT NULL, failed INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '');
"""
_BUSY_S = 30.0
"""How long to wait for another process that writes (assumed), s"""


_FIELDS = "study, edition, state, made, due, failed, starts, reason"


class Ledger:
    """The book of a listener; any number of threads and processes may use it."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._book = sqlite3.connect(
                path, timeout=_BUSY_S, check_same_thread=False, isolation_level=None
            )
            self._book.execute("PRAGMA journal_mode=WAL")
            self._book.execute("PRAGMA synchronous=FULL")
            self._book.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as trouble:
            raise ArchiveError(f"{path}: cannot be kept ({trouble})") from None

    def close(self) -> None:
        """Close the book."""
        with self._lock:
            self._book.close()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Hold the book for one change: all of it is written, or nothing.

        Raises
        ------
        ArchiveError
            If the disk is full or the book cannot be written.
        """
        with self._lock:
            try:
                self._book.execute("BEGIN IMMEDIATE")
                try:
                    yield self._book
                except BaseException:
                    self._book.execute("ROLLBACK")
                    raise
                self._book.execute("COMMIT")
            except sqlite3.Error as trouble:
                if self._book.in_transaction:
                    self._book.execute("ROLLBACK")
                raise ArchiveError(f"the ledger cannot be written: {trouble}") from None

    def rows(self, question: str, *values: object) -> list[tuple[object, ...]]:
        """Return the answer to a question.

        Raises
        ------
        ArchiveError
            If the book cannot be read.
        """
        with self._lock:
            try:
                return self._book.execute(question, values).fetchall()
            except sqlite3.Error as trouble:
                raise ArchiveError(f"the ledger cannot be read: {trouble}") from None

    def came(
        self, uid: str, study: str, kind: str, now: float, *, picture: bool
    ) -> bool:
        """Write down an object; return False if it was known.

        A picture opens its study: it is to be read, or read again.
        """
        with self.change() as book:
            done = book.execute(
                "INSERT OR IGNORE INTO objects VALUES(?, ?, ?, ?, NULL, ?)",
                (uid, study, kind, picture, now),
            )
            if not done.rowcount:
                return False
            if picture:
                book.execute(
                    "INSERT INTO studies VALUES(?, ?, 1) ON CONFLICT(uid) "
                    "DO UPDATE SET last = excluded.last, open = 1",
                    (study, now),
                )
        return True

    def known(self) -> set[str]:
        """Return the UIDs of all objects that were written down."""
        return {str(uid) for (uid,) in self.rows("SELECT uid FROM objects")}

    def has(self, uid: str) -> bool:
        """Tell whether an object was written down."""
        return bool(self.rows("SELECT 1 FROM objects WHERE uid = ?", uid))

    def touch(self, study: str, now: float) -> None:
        """Have an open study wait anew."""
        with self.change() as book:
            book.execute(
                "UPDATE studies SET last = ? WHERE uid = ? AND open = 1", (now, study)
            )

    def touch_all(self, now: float) -> None:
        """Have every open study wait anew: while nobody listened, nothing came."""
        with self.change() as book:
            book.execute("UPDATE studies SET last = ? WHERE open = 1", (now,))

    def open_studies(self) -> list[tuple[str, float]]:
        """Return the studies that wait for more, with the last arrival of each."""
        found = self.rows("SELECT uid, last FROM studies WHERE open = 1 ORDER BY last")
        return [(str(uid), float(str(last))) for uid, last in found]

    def complete(self, study: str, now: float) -> None:
        """Close an open study: its images so far are an edition, due to be read."""
        with self.change() as book:
            (last,) = book.execute(
                "SELECT COALESCE(MAX(edition), 0) FROM readings WHERE study = ?",
                (study,),
            ).fetchone()
            book.execute("UPDATE studies SET open = 0 WHERE uid = ?", (study,))
            book.execute(
                "UPDATE objects SET edition = ? WHERE study = ? AND picture = 1 "
                "AND edition IS NULL",
                (last + 1, study),
            )
            # What was never read, or could not be, is part of the new edition.
            book.execute(
                "UPDATE readings SET state = ?, ended = ? WHERE study = ? "
                "AND state IN (?, ?)",
                (State.SUPERSEDED, now, study, State.DUE, State.ASIDE),
            )
            book.execute(
                "INSERT INTO readings(study, edition, state, made, due) "
                "VALUES(?, ?, ?, ?, ?)",
                (study, last + 1, State.DUE, now, now),
            )

    def pictures(self, study: str, edition: int) -> list[str]:
        """Return the UIDs of the images of an edition, those of earlier ones too."""
        found = self.rows(
            "SELECT uid FROM objects WHERE study = ? AND picture = 1 AND edition <= ? "
            "ORDER BY uid",
            study,
            edition,
        )
        return [str(uid) for (uid,) in found]

    def readings(self, *states: State, due: float | None = None) -> list[Reading]:
        """Return the readings in these states (or all), least begun first.

        Parameters
        ----------
        due
            Only those that may be touched at this moment, s since 1970.
        """
        wanted = states or tuple(State)
        marks = ", ".join("?" * len(wanted))
        found = self.rows(
            f"SELECT {_FIELDS} FROM readings WHERE state IN ({marks}) "  # noqa: S608
            "AND (? IS NULL OR due <= ?) ORDER BY starts, due, study",
            *wanted,
            due,
            due,
        )
        return [_reading(row) for row in found]

    def move(  # noqa: PLR0913  each is a column
        self,
        one: Reading,
        state: State,
        now: float,
        *,
        due: float | None = None,
        failed: int = 0,
        starts: int | None = None,
        reason: str = "",
    ) -> None:
        """Write down that a reading stands elsewhere now."""
        with self.change() as book:
            book.execute(
                "UPDATE readings SET state = ?, due = ?, failed = ?, starts = ?, "
                "reason = ?, ended = ? WHERE study = ? AND edition = ? AND state = ?",
                (
                    state,
                    now if due is None else due,
                    failed,
                    one.starts if starts is None else starts,
                    reason,
                    now,
                    one.study,
                    one.edition,
                    # Whoever else moved it was first.
                    one.state,
                ),
            )

    def trouble(self, now: float, sender: str, uid: str, reason: str) -> None:
        """Write down an object that was not taken; the last thousand are kept."""
        with self.change() as book:
            book.execute(
                "INSERT INTO troubles VALUES(?, ?, ?, ?)", (now, sender, uid, reason)
            )
            book.execute(
                "DELETE FROM troubles WHERE rowid <= "
                "(SELECT MAX(rowid) FROM troubles) - 1000"
            )


def _reading(row: tuple[object, ...]) -> Reading:
    study, edition, state, made, due, failed, starts, reason = map(str, row)
    return Reading(
        study=study,
        edition=int(edition),
        state=State(state),
        made=float(made),
        due=float(due),
        failed=int(failed),
        starts=int(starts),
        reason=reason,
    )
