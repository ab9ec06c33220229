"""Named progress with time left, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

Report = Callable[[str, float], None]
"""Called with the name of a stage and the share of the whole done, in [0, 1]."""


@contextmanager
def progress(title: str, *, quiet: bool) -> Iterator[Report]:
    """Show how far a command is: a bar on a terminal, plain lines elsewhere.

    Parameters
    ----------
    title
        What is being done, such as "reading study/".
    quiet
        Show nothing.
    """
    if quiet:
        yield lambda _stage, _share: None
    elif sys.stderr.isatty():
        with _bar() as bar:
            task = bar.add_task(title, total=1.0)
            yield lambda stage, share: bar.update(
                task, description=f"{title}: {stage}", completed=share
            )
    else:
        yield _Lines(title)


def part(report: Report, first: float, last: float) -> Report:
    """Return a reporter whose 0 to 1 is `first` to `last` of the whole."""

    def told(stage: str, share: float) -> None:
        report(stage, first + (last - first) * min(max(share, 0.0), 1.0))

    return told


def _bar() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(compact=True),
        console=Console(stderr=True),
        transient=True,
    )


class _Lines:
    """One plain line a stage, with the seconds so far."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._start = time.monotonic()
        self._stage = ""

    def __call__(self, stage: str, share: float) -> None:
        """Print a line if the stage is new."""
        if stage == self._stage:
            return
        self._stage = stage
        spent = time.monotonic() - self._start
        left = ""
        if 0.05 < share < 1:
            left = f", about {spent * (1 - share) / share:.0f} s left"
        line = f"{self._title}: {stage} ({share:.0%}, {spent:.1f} s{left})"
        print(line, file=sys.stderr, flush=True)  # noqa: T201
