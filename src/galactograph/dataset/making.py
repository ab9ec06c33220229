"""Make a dataset, or go on with one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from galactograph.dataset.case import Kitchen, name
from galactograph.dataset.cost import Cost, expect, free_bytes, size
from galactograph.dataset.folder import clear_aside, held, take_over
from galactograph.dataset.manifest import Ledger, check_same, load
from galactograph.dataset.recipe import Recipe
from galactograph.dataset.verifying import finished
from galactograph.dataset.workers import Outcome, make_cases
from galactograph.errors import GalactographError, InvalidValue

MANIFEST_EVERY_S = 10.0
"""Least time between two manifests while cases are made; each case keeps its own
record, so nothing is lost between them."""

Tell = Callable[[str, float], None]
Say = Callable[[str], None]


class DiskFull(GalactographError, OSError):  # noqa: N818
    """The dataset would not fit on the disk."""


class Interrupted(GalactographError):  # noqa: N818
    """The run was stopped; what was finished is kept."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a run left.

    Attributes
    ----------
    manifest
        Path of the manifest.
    made, kept
        Seeds of studies made now, and of those found whole from an earlier run.
    failed
        Why a seed has no study.
    bytes
        Size of all studies.
    """

    manifest: Path
    made: tuple[int, ...]
    kept: tuple[int, ...]
    failed: dict[int, str]
    bytes: int


def make(  # noqa: PLR0913  each is a choice of its own
    out: str | Path,
    *,
    seed: int,
    count: int,
    recipe: Recipe | None = None,
    jobs: int = 1,
    overwrite: bool = False,
    tell: Tell | None = None,
    say: Say | None = None,
) -> Made:
    """Make `count` studies in `out`, or those of them that are not there yet.

    Parameters
    ----------
    out
        Folder of the dataset; absent, empty, or an earlier run of the same.
    seed
        Of the first study; the others count up. Same seed and version, same files,
        with any number of jobs.
    recipe
        What the studies have in common.
    jobs
        Processes at work.
    overwrite
        Replace an earlier dataset instead of going on with it.
    tell
        Called with a stage and the share done, in [0, 1].
    say
        Called with sentences worth keeping: cost, damaged cases, failures.

    Raises
    ------
    OtherDataset, FolderInUse
        If `out` holds something else; nothing is touched then.
    DiskFull
        If it would not fit; nothing is touched then.
    Interrupted
        On Ctrl-C; the finished studies and their manifest are kept.
    """
    if count < 1 or jobs < 1 or seed < 0:
        raise InvalidValue("count and jobs must be >= 1 and seed >= 0")
    kitchen = Kitchen(out=Path(out).absolute(), recipe=recipe or Recipe())
    ledger = Ledger(kitchen=kitchen, first=seed, count=count)
    with held(kitchen.out):
        take_over(kitchen.out, overwrite=overwrite)
        run = _Run(ledger, jobs, tell or (lambda *_: None), say or (lambda _: None))
        try:
            return run.go()
        except KeyboardInterrupt:
            clear_aside(kitchen.out)
            ledger.save()
            raise Interrupted(
                f"stopped; {len(ledger.records)} of {count} studies are finished in "
                f"{out} and kept; the same command goes on from there"
            ) from None


class _Run:
    """One run of `make`."""

    def __init__(self, ledger: Ledger, jobs: int, tell: Tell, say: Say) -> None:
        self._ledger, self._jobs = ledger, jobs
        self._tell, self._say = tell, say
        self._saved = 0.0

    def go(self) -> Made:
        ledger, out = self._ledger, self._ledger.kitchen.out
        todo = self._survey()
        kept = tuple(sorted(ledger.records))
        cost = self._state_cost(todo)
        ledger.save()
        start, made = time.monotonic(), list[int]()
        with contextlib.closing(
            make_cases(ledger.kitchen, todo, min(self._jobs, max(len(todo), 1)))
        ) as outcomes:
            for done, outcome in enumerate(outcomes, 1):
                self._take(outcome, made)
                if len(made) == 1 and outcome.record and len(todo) > done:
                    self._correct(cost, time.monotonic() - start, len(todo) - done)
                words = f"seed {outcome.seed} done, {done} of {len(todo)}"
                self._tell(words, done / len(todo))
        ledger.save()
        return Made(
            manifest=out / "manifest.json",
            made=tuple(sorted(made)),
            kept=kept,
            failed=dict(sorted(ledger.failed.items())),
            bytes=sum(r["bytes"] for r in ledger.records.values()),
        )

    def _survey(self) -> list[int]:
        """Find what is whole already; return the seeds that are not."""
        ledger, kitchen = self._ledger, self._ledger.kitchen
        told = load(kitchen.out)
        if told is not None:
            check_same(told, ledger)
        listed = {e["seed"]: e for e in told["cases"]} if told else {}
        todo = []
        seeds = range(ledger.first, ledger.first + ledger.count)
        for seed in seeds:
            record, wrong = finished(kitchen, seed, listed.get(seed))
            if record is not None:
                ledger.add(seed, record)
                self._tell("verifying what is there", 0.0)
                continue
            if wrong:
                self._say(f"{name(seed)}: {wrong}; it is made again")
            todo.append(seed)
        if ledger.records:
            count = len(ledger.records)
            verb = "study is" if count == 1 else "studies are"
            self._say(f"{count} {verb} there already, verified by hash")
        return todo

    def _state_cost(self, todo: list[int]) -> Cost:
        """Say what the rest will cost; refuse if the disk cannot hold it."""
        kitchen, there = self._ledger.kitchen, self._ledger.records
        cost = expect(kitchen.recipe, len(todo), self._jobs)
        if there:
            mean = sum(r["bytes"] for r in there.values()) / len(there)
            cost = replace(cost, each_bytes=mean, basis="disk by the studies there")
        free = free_bytes(kitchen.out)
        if todo:
            self._say(cost.sentence(free))
        if cost.bytes > free:
            raise DiskFull(
                f"{len(todo)} studies need about {size(cost.bytes)}, {size(free)} are "
                "free: make room, or ask for fewer"
            )
        return cost

    def _correct(self, cost: Cost, seconds: float, left: int) -> None:
        """Say what the rest will cost, now that one was made."""
        record = next(reversed(self._ledger.records.values()))
        better = replace(
            cost,
            cases=left,
            each_seconds=seconds,
            each_bytes=float(record["bytes"]),
            basis="measured on the first",
        )
        self._say(better.sentence(free_bytes(self._ledger.kitchen.out)))

    def _take(self, outcome: Outcome, made: list[int]) -> None:
        ledger = self._ledger
        if outcome.record is None:
            ledger.failed[outcome.seed] = outcome.error
            self._say(f"{name(outcome.seed)} failed: {outcome.error}")
        else:
            ledger.add(outcome.seed, outcome.record)
            made.append(outcome.seed)
        if time.monotonic() - self._saved > MANIFEST_EVERY_S:
            ledger.save()
            self._saved = time.monotonic()
