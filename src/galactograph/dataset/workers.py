"""Processes that make cases: spawned, told one seed at a time, gone with us.

A pool of the standard library would do, but for two things: it does not say whose
process died, and its workers outlive a parent that was killed.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.process import parent_process
from typing import Any

from galactograph.dataset.case import Kitchen, Record, make_case

TRIES = 2
"""How often a case is begun whose process died: a neighbour may have taken the
memory; the second time it comes last."""

THREADS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one seed: a record, or why there is none."""

    seed: int
    record: Record | None = None
    error: str = ""


def attempt(kitchen: Kitchen, seed: int) -> Outcome:
    """Make one case; whatever goes wrong is told, not raised."""
    try:
        return Outcome(seed=seed, record=make_case(kitchen, seed))
    except Exception as error:  # noqa: BLE001  one case must not end the others
        words = " ".join(str(error).split()) or "no words"
        return Outcome(seed=seed, error=f"{type(error).__name__}: {words}")


def make_cases(
    kitchen: Kitchen, seeds: list[int], jobs: int
) -> Generator[Outcome, None, None]:
    """Make cases and yield each outcome as it comes; order depends on the clock.

    One job works in this process, more in as many spawned ones. Closing the
    iterator ends them.
    """
    if jobs == 1:
        yield from (attempt(kitchen, seed) for seed in seeds)
        return
    team = _Team(kitchen, seeds, jobs)
    try:
        yield from team.run()
    finally:
        team.dismiss()


@dataclass(eq=False)
class _Worker:
    """One process, its line, and the seed that it works on."""

    process: SpawnProcess
    line: Connection[Any, Any]
    seed: int


class _Team:
    """The processes that are at work, and the seeds that wait."""

    def __init__(self, kitchen: Kitchen, seeds: list[int], jobs: int) -> None:
        self._kitchen = kitchen
        self._waiting = deque(seeds)
        self._tries = dict.fromkeys(seeds, 0)
        self._threads = max((os.cpu_count() or 1) // jobs, 1)
        self._workers: list[_Worker] = []
        self._jobs = min(jobs, len(seeds))

    def run(self) -> Iterator[Outcome]:
        while self._waiting or self._workers:
            while self._waiting and len(self._workers) < self._jobs:
                self._workers.append(self._hire())
            ready = wait([worker.line for worker in self._workers])
            for worker in [w for w in self._workers if w.line in ready]:
                outcome = self._hear(worker)
                if outcome is not None:
                    yield outcome

    def _hire(self) -> _Worker:
        """Start a process and give it the next seed."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=serve, args=(theirs, self._kitchen, self._threads), daemon=True
        )
        with _few_threads(self._threads):
            process.start()
        theirs.close()
        worker = _Worker(process, ours, 0)
        self._give(worker)
        return worker

    def _give(self, worker: _Worker) -> None:
        worker.seed = self._waiting.popleft()
        self._tries[worker.seed] += 1
        # A line that broke is heard of by the next wait.
        with contextlib.suppress(OSError):
            worker.line.send(worker.seed)

    def _hear(self, worker: _Worker) -> Outcome | None:
        """Take what a worker says, and give it more to do."""
        try:
            outcome: Outcome = worker.line.recv()
        except (EOFError, OSError):
            return self._mourn(worker)
        if self._waiting:
            self._give(worker)
        else:
            self._workers.remove(worker)
            _end(worker)
        return outcome

    def _mourn(self, worker: _Worker) -> Outcome | None:
        """Try again the case of a process that died, or give it up."""
        self._workers.remove(worker)
        _end(worker)
        if self._tries[worker.seed] < TRIES:
            self._waiting.append(worker.seed)
            return None
        code = worker.process.exitcode
        return Outcome(
            seed=worker.seed,
            error=f"its process died (exit code {code}); with fewer jobs there is "
            "more memory for each",
        )

    def dismiss(self) -> None:
        for worker in self._workers:
            _end(worker)
        self._workers.clear()


def _end(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.line.close()


@contextlib.contextmanager
def _few_threads(count: int) -> Iterator[None]:
    """Let a process that starts now share the cores with its fellows."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, str(count)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def serve(line: Connection[Any, Any], kitchen: Kitchen, threads: int) -> None:
    """Make the cases that are asked for on a line, until the parent ends us."""
    import cv2  # noqa: PLC0415  in the worker only

    # Ctrl-C goes to every process of a terminal; the parent decides for all.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_go_with_parent, daemon=True).start()
    cv2.setNumThreads(threads)
    while True:
        try:
            seed = line.recv()
        except EOFError:
            return
        line.send(attempt(kitchen, seed))


def _go_with_parent() -> None:
    """End this process at once when its parent has gone, even in mid-case."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
