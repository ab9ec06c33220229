"""`galactograph pacs backlog`: how a listener stands."""

# Heavy imports stand inside the command, so that its help is quick.
# ruff: noqa: PLC0415, T201

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from galactograph.cli.errors import FAILURE, OK

if TYPE_CHECKING:
    from galactograph.listening.backlog import Backlog


def backlog(
    folder: Path,
    /,
    *,
    retry: tuple[str, ...] = (),
    retry_all: Annotated[bool, Parameter(negative="")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Say what waits at a listener, what failed and why.

    Status 1 if a person is needed.

    Parameters
    ----------
    folder
        What the listener keeps; it may be running.
    retry
        UID of a study that was set aside and shall be tried again.
    retry_all
        Try again all that were set aside.
    as_json
        Print JSON.
    """
    from galactograph.listening import backlog as room

    if retry or retry_all:
        room.retry(folder, () if retry_all else retry)
    now = room.backlog(folder)
    if as_json:
        print(json.dumps(asdict(now)))
    else:
        _print(now)
    return OK if now.well else FAILURE


def _print(now: Backlog) -> None:
    print(", ".join(f"{many} {state}" for state, many in now.counts.items()))
    for one in now.waiting:
        words = [one.study, one.state, f"for {_time(one.since_s)}"]
        if one.next_s:
            words.append(f"next in {_time(one.next_s)}")
        print(_plain("  ".join(words) + (f": {one.reason}" if one.reason else "")))
    for trouble in now.troubles[:20]:
        print(
            _plain(
                f"not taken from {trouble.sender}, {_time(trouble.ago_s)} ago: "
                f"{trouble.uid} {trouble.reason}"
            )
        )
    for path in now.conflicts:
        print(f"kept aside: {path}")
    for owed in now.owed:
        print(_plain(f"owed an answer to {owed}"))


def _time(seconds: float) -> str:
    whole = round(max(0.0, seconds))
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h"


def _plain(words: str) -> str:
    """Return words from elsewhere without control characters."""
    return "".join(one if one.isprintable() else " " for one in words)
