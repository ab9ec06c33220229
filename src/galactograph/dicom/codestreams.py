"""Look into the head of a compressed picture before a codec sees it.

A damaged head can ask for gigabytes; it is cheaper and kinder to compare it with
what the file says.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

# Start-of-frame markers: baseline to lossless, and JPEG-LS.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_ALONE = frozenset(range(0xD0, 0xDA)) | {0x01}
_SCAN = 0xDA
_SIZ = b"\xff\x4f\xff\x51"


class Shape(NamedTuple):
    """What a compressed picture says of itself."""

    rows: int
    columns: int
    samples: int


def shape_of(frame: bytes) -> Shape | None:
    """Return the shape that a JPEG, JPEG-LS or JPEG 2000 picture states.

    None if it has no such head.
    """
    return _jpeg(frame) if frame[:2] == b"\xff\xd8" else _jpeg_2000(frame)


def _jpeg(frame: bytes) -> Shape | None:
    at = 2
    while at + 10 <= len(frame) and frame[at] == 0xFF:
        marker = frame[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _FRAMES:
            rows, columns, samples = struct.unpack(">HHB", frame[at + 5 : at + 10])
            return Shape(rows, columns, samples)
        if marker == _SCAN:
            return None
        at += 2 + int.from_bytes(frame[at + 2 : at + 4])
    return None


def _jpeg_2000(frame: bytes) -> Shape | None:
    # The picture may be wrapped in a JP2 file, whose boxes come first.
    at = frame.find(_SIZ, 0, 4096)
    head = frame[at + 8 : at + 42]
    if at < 0 or len(head) < 34:
        return None
    right, bottom, left, top, *tile, _, _, samples = struct.unpack(">8IH", head)
    if min(tile) < 1:
        return None
    return Shape(bottom - top, right - left, samples)
