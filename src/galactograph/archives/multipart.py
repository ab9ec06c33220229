"""Multipart messages of DICOMweb: read one as it comes, write one around a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from galactograph.archives.trying import Away, Refused

_BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^\s;]+))', re.IGNORECASE)

_LONGEST_HEAD = 1 << 16
"""Bytes before the first part begins; servers send some hundred (assumed)."""


def boundary_of(content_type: str) -> bytes:
    """Return what separates the parts.

    Raises
    ------
    Refused
        If the message is not multipart.
    """
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/") or found is None:
        kind = content_type.partition(";")[0] or "nothing"
        raise Refused(f"the archive answers with {kind} where DICOM was asked for")
    return (found[1] or found[2]).encode("ascii", "replace")


def first_part(chunks: Iterable[bytes], boundary: bytes) -> Iterator[bytes]:
    """Yield the bytes of the first part, as they come.

    Raises
    ------
    Away
        If the message ends before the part does.
    """
    source = iter(chunks)
    marker = b"--" + boundary
    end = b"\r\n" + marker
    held = b""
    start = -1
    while start < 0:
        block = next(source, b"")
        held += block
        opening = held.find(marker)
        start = held.find(b"\r\n\r\n", max(opening, 0)) if opening >= 0 else -1
        if start < 0 and (not block or len(held) > _LONGEST_HEAD):
            raise Away("the archive hung up before the object began")
    held = held[start + 4 :]
    while (stop := held.find(end)) < 0:
        # Hold back what may be the beginning of the end.
        safe = max(0, len(held) - len(end) + 1)
        if safe:
            yield held[:safe]
        block = next(source, b"")
        if not block:
            raise Away("the archive hung up in the middle of an object")
        held = held[safe:] + block
    yield held[:stop]


class Enclosed:
    """A file as the one part of a message, read piece by piece while it is sent."""

    def __init__(self, path: Path, boundary: str) -> None:
        head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n"
        self._pieces = [head.encode(), b"", f"\r\n--{boundary}--\r\n".encode()]
        self._file: BinaryIO = path.open("rb")
        self._left = path.stat().st_size
        self._length = sum(len(one) for one in self._pieces) + self._left

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes of the message; empty at its end."""
        if self._pieces[0]:
            piece, self._pieces[0] = self._pieces[0], b""
            return piece
        block = self._file.read(size)
        if block:
            return block
        piece, self._pieces[2] = self._pieces[2], b""
        return piece

    def close(self) -> None:
        """Close the file."""
        self._file.close()
