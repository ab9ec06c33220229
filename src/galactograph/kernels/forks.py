"""Share work with a copy of this process: threads of Python take turns, copies do not.

A copy begins with all that this process holds, at no cost; what it makes comes back
through memory that both see. Where copying is not safe, or a copy is lost, the work is
done here.
"""

from __future__ import annotations

import io
import mmap
import os
import pickle
import signal
import sys
import threading
import warnings
from ast import literal_eval
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import parent_process
from select import select
from time import monotonic
from typing import Any, TypeVar

from numba.np.ufunc import parallel as layers

T = TypeVar("T")

_LARGE = 1 << 16
"""Bytes from which an array is laid into the shared memory. source: assumed"""

_PATIENCE, _LEAST_S = 10.0, 30.0
"""Times as long as the work here took that a copy is waited for, and so long at the
least. source: assumed"""

_GRAIN = 64
"""Arrays begin at multiples of this, as compiled loops like them."""


def forkable() -> bool:
    """Return True if this process may be copied now.

    Loops that ran on several threads leave a pool that a copy lacks, and waits for; a
    worker of somebody's pool shares the machine already; on macOS libraries of the
    system do not survive it. There must be a core for the copy.
    """
    return (
        sys.platform == "linux"
        and threading.current_thread() is threading.main_thread()
        and parent_process() is None
        and not layers._is_initialized  # noqa: SLF001  numba has no other way to ask
        and len(os.sched_getaffinity(0)) > 1
    )


def in_two(
    work: Callable[[int], T], count: int, *, held: Sequence[object] = ()
) -> Iterator[T]:
    """Yield `work` of 0 to `count` - 1; of odd numbers, a copy of this process does it.

    Parameters
    ----------
    held
        What results may refer to and need not be sent: both processes have it.
    """
    begin = monotonic()
    ways = {number: _Way.make() for number in range(1, count, 2)}
    with warnings.catch_warnings():
        # Python 3.12 warns of any thread; those of matrix products know of copies.
        warnings.simplefilter("ignore", DeprecationWarning)
        copy = os.fork()
    if not copy:
        _serve(work, ways, held)
    for way in ways.values():
        os.close(way.told)
    try:
        for number in range(count):
            line = b""
            if number in ways:
                patience_s = max(_PATIENCE * (monotonic() - begin), _LEAST_S)
                line = _heard(ways[number], patience_s)
            yield _fetched(ways[number].store, line, held) if line else work(number)
    finally:
        os.kill(copy, signal.SIGKILL)
        os.waitpid(copy, 0)
        for way in ways.values():
            os.close(way.heard)
            os.close(way.store)


@dataclass(frozen=True)
class _Way:
    """Descriptors by which one result comes: a file in memory, and a pipe's ends."""

    store: int
    heard: int
    told: int

    @classmethod
    def make(cls) -> _Way:
        return cls(os.memfd_create("galactograph"), *os.pipe())


def _heard(way: _Way, patience_s: float) -> bytes:
    """Return what a copy tells of a result; nothing if it failed, or does not come."""
    line = b""
    while select([way.heard], [], [], patience_s)[0]:
        more = os.read(way.heard, 1 << 16)
        if not more:
            return line
        line += more
    return b""


def _serve(
    work: Callable[[int], Any], ways: dict[int, _Way], held: Sequence[object]
) -> None:
    """Do the work of a copy, and end it; whatever fails, fails here without a word."""
    status = 1
    try:
        # Who else had a lock on these is not in this copy, and never lets go.
        sys.stdout = sys.stderr = io.StringIO()
        for number, way in ways.items():
            line = _laid(way.store, work(number), held)
            os.write(way.told, line)
            os.close(way.told)
        status = 0
    finally:
        os._exit(status)


class _Pickler(pickle.Pickler):
    """Writes what both processes hold as its number."""

    def __init__(self, file: io.BytesIO, held: Sequence[object], **how: Any) -> None:  # noqa: ANN401  as Pickler has it
        super().__init__(file, protocol=5, **how)
        self._numbers = {id(one): number for number, one in enumerate(held)}

    def persistent_id(self, one: object) -> int | None:
        return self._numbers.get(id(one))


class _Unpickler(pickle.Unpickler):
    """Reads what `_Pickler` wrote."""

    def __init__(self, file: io.BytesIO, held: Sequence[object], **how: Any) -> None:  # noqa: ANN401  as Unpickler has it
        super().__init__(file, **how)
        self._held = held

    def persistent_load(self, number: int) -> object:
        return self._held[number]


def _laid(store: int, made: object, held: Sequence[object]) -> bytes:
    """Lay a value into a file in memory; tell where what lies."""
    large: list[memoryview] = []

    def small(part: pickle.PickleBuffer) -> bool:
        if part.raw().nbytes < _LARGE:
            return True
        large.append(part.raw())
        return False

    rest = io.BytesIO()
    _Pickler(rest, held, buffer_callback=small).dump(made)
    places: list[tuple[int, int, bool]] = []
    at = 0
    for part in (*large, rest.getbuffer()):
        places.append((at, part.nbytes, part.readonly))
        _put(store, part, at)
        at = -(-(at + part.nbytes) // _GRAIN) * _GRAIN
    return repr(places).encode()


def _put(store: int, part: memoryview, at: int) -> None:
    """Write all of `part`; the system takes 2 GB at a time."""
    while part.nbytes:
        taken = os.pwrite(store, part, at)
        part, at = part[taken:], at + taken


def _fetched(store: int, line: bytes, held: Sequence[object]) -> Any:  # noqa: ANN401  whatever was laid
    """Return what a copy laid into a file in memory, and told of in `line`."""
    places = literal_eval(line.decode())
    whole = memoryview(mmap.mmap(store, 0, access=mmap.ACCESS_COPY))
    *large, rest = [
        part.toreadonly() if sealed else part
        for at, size, sealed in places
        for part in [whole[at : at + size]]
    ]
    return _Unpickler(io.BytesIO(rest), held, buffers=large).load()
