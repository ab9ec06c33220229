"""Take what a modality sends, read it when it is complete, send the results back.

The way of a study: its objects come (`desk`) and are written down (`ledger`); when
nothing more comes, its images are an edition, which a process of its own reads
(`crew`); its results lie in a folder until the archive has them (`outbox`). Each step
is on the disk before the next begins, so the listener may end at any moment.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from galactograph.archives.peer import Peer
from galactograph.archives.receiving import Port, receiving
from galactograph.errors import ArchiveError
from galactograph.listening import promises
from galactograph.listening.crew import Crew, Outcome, Reader, Task
from galactograph.listening.desk import ListenerDesk
from galactograph.listening.ledger import Ledger
from galactograph.listening.outbox import Outbox
from galactograph.listening.settings import Settings
from galactograph.listening.states import Reading, State
from galactograph.plugins import Archive

_IDLE_S = 0.2

Clock = Callable[[], float]


class Listener:
    """One listener on one folder.

    Parameters
    ----------
    archive
        Opens the archive that gets the results.
    reader
        Reads a study; it runs in processes of its own, so it must be a function of a
        module.
    peers
        Where those are who ask for storage commitment, by title.
    clock
        Seconds since 1970.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        archive: Callable[[], Archive],
        reader: Reader,
        peers: Mapping[str, Peer] | None = None,
        clock: Clock = time.time,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.wake = threading.Event()
        self.ledger = Ledger(settings.ledger)
        self.desk = ListenerDesk(settings, self.ledger, clock, self.wake.set)
        self.outbox = Outbox(settings, self.ledger, clock, archive, peers or {})
        self.crew = Crew(reader, settings.workers, settings.longest_s)

    def run(self, port: Port, over: threading.Event) -> None:
        """Listen until `over` is set; then finish what is under way, for a while.

        Raises
        ------
        ArchiveError
            If another listener keeps this folder, or the port cannot be had.
        """
        sender = threading.Thread(target=self.outbox.run)
        with self._alone():
            self.recover()
            try:
                with receiving(port, self.desk):
                    sender.start()
                    while not over.is_set():
                        if not sender.is_alive():
                            raise ArchiveError("the part that sends results broke")
                        self._turn()
                        self.wake.wait(_IDLE_S)
                        self.wake.clear()
                self._finish()
            finally:
                self.crew.stop()
                self.outbox.stop()
                if sender.ident is not None:
                    sender.join()
                self.ledger.close()

    def recover(self) -> None:
        """Go on where an earlier listener ended, however it did."""
        self.desk.adopt()
        shutil.rmtree(self.settings.folder / "work", ignore_errors=True)
        now = self.clock()
        self.ledger.touch_all(now)
        for one in self.ledger.readings(State.READING):
            self._again(one, now)

    def turn(self) -> None:
        """Look once at everything that may have become due."""
        now = self.clock()
        for study, last in self.ledger.open_studies():
            self._look(study, last, now)
        for outcome in self.crew.outcomes():
            self._ended(outcome)
        self._find_lost(now)
        if not self.settings.has_room():
            return  # a full disk is no fault of the study that meets it
        busy = {task.key[0] for task in self.crew.tasks}
        for one in self.ledger.readings(State.DUE, due=now):
            if not self.crew.has_room:
                break
            if one.study not in busy:
                busy.add(one.study)
                self._begin(one)

    def _turn(self) -> None:
        try:
            self.turn()
        except ArchiveError:
            # The ledger cannot be written: nothing changes until it can.
            time.sleep(self.settings.pause_s)

    def _find_lost(self, now: float) -> None:
        """Begin again what nobody reads any more: word of its end was not written."""
        read = {task.key for task in self.crew.tasks}
        for one in self.ledger.readings(State.READING):
            if (one.study, one.edition) not in read:
                self._again(one, now)

    def _look(self, study: str, last: float, now: float) -> None:
        """Close a study if nothing more is to come."""
        if last > now:
            # The clock of this machine was set back: wait by the new one.
            self.ledger.touch(study, now)
            return
        if self.desk.is_sending(study):
            return
        first = not self.ledger.rows(
            "SELECT 1 FROM readings WHERE study = ? LIMIT 1", study
        )
        wait_s = self.settings.quiet_s
        if promises.is_under_way(self.ledger, study):
            wait_s = self.settings.hold_s
        elif first and promises.is_whole(self.ledger, study):
            wait_s = 0.0
        if now - last >= wait_s:
            self.ledger.complete(study, now)

    def _begin(self, one: Reading) -> None:
        out = self.settings.results(one.study, one.edition)
        if out.exists():
            # A listener was killed after the results and before the word of them.
            self.ledger.move(one, State.READ, self.clock(), reason="")
            return
        self.ledger.move(
            one,
            State.READING,
            self.clock(),
            failed=one.failed,
            starts=one.starts + 1,
            reason=one.reason,
        )
        task = Task(
            key=(one.study, one.edition),
            images=self.settings.read_from(one.study, one.edition),
            made=datetime.fromtimestamp(one.made).astimezone(),
            out=out,
        )
        try:
            self._lay_out(one, task.images)
        except OSError as trouble:
            why = f"its images cannot be laid out: {trouble.strerror or trouble}"
            self._ended(Outcome(task=task, reason=why))
        else:
            self.crew.give(task)

    def _lay_out(self, one: Reading, folder: Path) -> None:
        """Have a folder hold the images of an edition and no others."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for uid in self.ledger.pictures(one.study, one.edition):
            source = self.desk.shelf.place(uid)
            try:
                (folder / source.name).hardlink_to(source)
            except OSError:
                shutil.copyfile(source, folder / source.name)

    def _ended(self, outcome: Outcome) -> None:
        study, edition = outcome.task.key
        shutil.rmtree(outcome.task.images, ignore_errors=True)
        one = self._reading(study, edition)
        if one is None:
            return
        now = self.clock()
        if not outcome.reason:
            self.ledger.move(one, State.READ, now)
            self.outbox.wake.set()
            return
        failed = one.failed + 1
        over = outcome.final or failed >= self.settings.tries
        self.ledger.move(
            one,
            State.ASIDE if over else State.DUE,
            now,
            due=now + self.settings.pause(failed),
            failed=failed,
            reason=outcome.reason,
        )

    def _reading(self, study: str, edition: int) -> Reading | None:
        found = self.ledger.readings(State.READING)
        same = [one for one in found if (one.study, one.edition) == (study, edition)]
        return same[0] if same else None

    def _again(self, one: Reading, now: float) -> None:
        """Have a reading that was cut short begin again, but not for ever."""
        if self.settings.results(one.study, one.edition).exists():
            self.ledger.move(one, State.READ, now)
            return
        over = one.starts >= self.settings.starts
        self.ledger.move(
            one,
            State.ASIDE if over else State.DUE,
            now,
            failed=one.failed,
            reason=f"it was being read {one.starts} times when the listener ended",
        )

    def _finish(self) -> None:
        """Give readings under way a while; what is not ready begins again later."""
        end = time.monotonic() + self.settings.grace_s
        while self.crew.tasks and time.monotonic() < end:
            for outcome in self.crew.outcomes():
                self._ended(outcome)
            time.sleep(_IDLE_S / 4)
        for task in self.crew.tasks:
            one = self._reading(*task.key)
            if one is not None:
                now = self.clock()
                self.ledger.move(
                    one, State.DUE, now, failed=one.failed, starts=one.starts - 1
                )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the folder: two listeners would read everything twice."""
        handle = os.open(self.settings.folder / "lock", os.O_CREAT | os.O_RDWR)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ArchiveError(
                    f"{self.settings.folder}: another listener keeps this folder"
                ) from None
            yield
        finally:
            os.close(handle)
