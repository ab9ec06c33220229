"""Processes that read: a study that breaks one breaks nothing else."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from galactograph.archives.shelf import synced
from galactograph.errors import GalactographError, Unreadable

Reader = Callable[[Path, datetime], Mapping[str, bytes]]
"""Reads the images in a folder; returns results by file name. The moment is the date
of the results: the same images at the same moment give the same bytes."""

_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, kw_only=True)
class Task:
    """One edition of a study to read.

    Attributes
    ----------
    images
        Folder with the images.
    out
        Where the results go; it is there only when all of them are.
    """

    key: tuple[str, int]
    images: Path
    made: datetime
    out: Path


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a task ended.

    Attributes
    ----------
    reason
        Why it failed; empty if it did not.
    final
        Whether another try would end the same.
    """

    task: Task
    reason: str = ""
    final: bool = False


class Crew:
    """Some processes, each with one study at a time.

    Parameters
    ----------
    longest_s
        Time for one study; then its process is ended.
    """

    def __init__(self, reader: Reader, size: int, longest_s: float) -> None:
        self.reader = reader
        self.longest_s = longest_s
        self._hands: list[_Hand | None] = [None] * size

    @property
    def tasks(self) -> list[Task]:
        """What is being read."""
        return [hand.task for hand in self._hands if hand and hand.task]

    @property
    def has_room(self) -> bool:
        """Whether another task can be given."""
        return len(self.tasks) < len(self._hands)

    def give(self, task: Task) -> None:
        """Have a free process read a study."""
        for place, hand in enumerate(self._hands):
            if hand is None or not hand.task:
                fresh = hand if hand and hand.process.is_alive() else _Hand(self.reader)
                self._hands[place] = fresh
                fresh.give(task)
                return
        raise RuntimeError("no process is free")

    def outcomes(self) -> Iterator[Outcome]:
        """Yield what has ended since the last time."""
        for place, hand in enumerate(self._hands):
            if hand is None or hand.task is None:
                continue
            ended = hand.ended(self.longest_s)
            if ended is not None:
                if not hand.process.is_alive():
                    self._hands[place] = None
                yield ended

    def stop(self) -> None:
        """End all processes, whatever they do."""
        for hand in self._hands:
            if hand is not None:
                hand.end()


class _Hand:
    """One process."""

    def __init__(self, reader: Reader) -> None:
        self.pipe, far = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=_work, args=(far, reader), daemon=True)
        self.process.start()
        far.close()
        self.task: Task | None = None
        self.begun = 0.0

    def give(self, task: Task) -> None:
        self.task, self.begun = task, time.monotonic()
        try:
            self.pipe.send(task)
        except OSError:
            return  # it died: `ended` tells so

    def ended(self, longest_s: float) -> Outcome | None:
        task = self.task
        if task is None:
            return None
        try:
            if self.pipe.poll():
                reason, final = self.pipe.recv()
                self.task = None
                return Outcome(task=task, reason=reason, final=final)
        except (EOFError, OSError):
            self.end()
            self.task = None
            code = self.process.exitcode
            why = f"the process that read it ended (exit status {code})"
            return Outcome(task=task, reason=why)
        if time.monotonic() - self.begun > longest_s:
            self.end()
            self.task = None
            return Outcome(task=task, reason=f"took longer than {longest_s:g} s")
        return None

    def end(self) -> None:
        self.process.join(0.2)
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _work(pipe: Connection, reader: Reader) -> None:
    """Read one study after the other, until the listener is gone."""
    # Both go to the whole group: the listener says when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    parent: Any = multiprocessing.parent_process()

    def follow() -> None:
        wait([parent.sentinel])
        os._exit(1)  # a killed listener leaves no reader behind

    threading.Thread(target=follow, daemon=True).start()
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(_read(task, reader))


def _read(task: Task, reader: Reader) -> tuple[str, bool]:
    """Read, and settle the results; return why not, and if that is final."""
    try:
        files = reader(task.images, task.made)
        settle(files, task.out)
    except Unreadable as trouble:
        return str(trouble), True
    except GalactographError as trouble:
        return str(trouble), False
    except OSError as trouble:
        return f"{trouble.strerror or trouble}", False
    except Exception as trouble:  # noqa: BLE001  whatever a study breaks is told
        return f"something broke inside ({type(trouble).__name__}: {trouble})", False
    return "", False


def settle(files: Mapping[str, bytes], out: Path) -> None:
    """Write results so that their folder is there only when all of them are."""
    if not files:
        raise Unreadable("reading it gave no result")
    aside = out.with_name(f".{out.name}.{os.getpid()}.part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        for name, content in files.items():
            with (aside / Path(name).name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        synced(aside)
        if not out.exists():
            aside.rename(out)
            synced(out.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
