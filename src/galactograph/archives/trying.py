"""Try again: what comes and goes on a network, and what stays refused."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TypeVar

from galactograph.archives.access import Limits
from galactograph.errors import ArchiveError

T = TypeVar("T")


class Away(ArchiveError):  # noqa: N818
    """The peer is away or went away; another try may find it."""


class Refused(ArchiveError):  # noqa: N818
    """The peer refuses this one object; another try would not help."""


def again(ask: Callable[[], T], limits: Limits) -> T:
    """Ask until there is an answer, with growing pauses.

    Raises
    ------
    Away
        The last one, if all attempts failed.
    """
    for failed in range(1, limits.attempts):
        try:
            return ask()
        except Away:
            time.sleep(limits.pause(failed))
    return ask()


def carry(
    names: Iterable[str],
    session: Callable[[], AbstractContextManager[Callable[[str], None]]],
    limits: Limits,
) -> tuple[list[str], dict[str, str]]:
    """Carry objects one by one over sessions that may break at any moment.

    What was carried stays carried; the object under way when a session breaks waits
    behind the others, so that one that kills the peer does not hold them up. Only
    sessions in a row that carry nothing count as attempts.

    Parameters
    ----------
    names
        Of the objects.
    session
        Opens a session: a function that carries the object it is given. It raises
        `Away` if the session is over, `Refused` if only this object fails.

    Returns
    -------
    list of str
        What was carried.
    dict
        What was not, and why.

    Raises
    ------
    ArchiveError
        If no session could be opened at all.
    """
    waiting, done = deque(names), list[str]()
    failed: dict[str, str] = {}
    broken, idle = False, 0
    while waiting:
        under_way = ""
        try:
            with session() as one:
                while waiting:
                    under_way = waiting[0]
                    try:
                        one(under_way)
                        done.append(under_way)
                    except Refused as no:
                        failed[under_way] = str(no)
                    waiting.popleft()
                    under_way, idle = "", 0
        except ArchiveError as trouble:
            idle += 1
            if under_way:
                broken = True
                waiting.rotate(-1)
            if idle >= limits.attempts or not isinstance(trouble, Away):
                if not done and not failed and not broken:
                    raise
                failed |= dict.fromkeys(waiting, str(trouble))
                break
            time.sleep(limits.pause(idle))
    return done, failed
