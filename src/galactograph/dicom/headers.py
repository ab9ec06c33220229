"""Open a DICOM file as far as its pixels, and say what is wrong with it."""

from __future__ import annotations

import logging
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

from pydicom.dataset import FileDataset
from pydicom.filereader import dcmread, read_dataset

from galactograph.dicom.files import Item
from galactograph.dicom.tags import Tags, collect
from galactograph.errors import GalactographError, Unreadable

_DEFLATED = "1.2.840.10008.1.2.1.99"
_IMPLICIT = "1.2.840.10008.1.2"
_EXPLICIT = "1.2.840.10008.1.2.1"
_BIG = "1.2.840.10008.1.2.2"

MOST_INFLATED = 512 << 20
"""Bytes that a deflated dataset may inflate to: ten full mammograms (design)."""

_MOST_VALUE = 1 << 21
"""Header values longer than this are skipped: no lookup table is (PS3.3: 128 kB)."""

_PIXEL_TAGS = {0x7FE00010: "PixelData", 0x7FE00008: "float", 0x7FE00009: "float"}
_UNDEFINED = 0xFFFFFFFF


@dataclass(frozen=True, kw_only=True)
class Record:
    """A DICOM file whose header has been read.

    Attributes
    ----------
    item
        The file.
    tags
        What the header says.
    transfer_syntax
        UID of the encoding.
    pixels
        "PixelData", "float" or "" if there are none.
    start, length
        Where the pixel bytes are, in bytes; a length of None is encapsulated.
    inflated
        The bytes after inflating, for a deflated file.
    """

    item: Item
    tags: Tags
    transfer_syntax: str
    pixels: str = ""
    start: int = 0
    length: int | None = None
    inflated: bytes | None = None

    @property
    def source(self) -> str:
        """File name, relative to the study."""
        return self.item.source

    def open(self) -> BinaryIO:
        """Return the file as `start` counts it."""
        if self.inflated is not None:
            return BytesIO(self.inflated)
        return self.item.path.open("rb")


@contextmanager
def foreign(source: str, trouble: str) -> Iterator[None]:
    """Turn whatever a library raises at damaged bytes into one sentence.

    This is the only place that catches everything: what pydicom and the codecs
    raise at malformed input cannot be listed. Keep our own code out of it. What they
    log is silenced too: it quotes values, and values may be names.
    """
    log = logging.getLogger("pydicom")
    level = log.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        log.setLevel(logging.CRITICAL + 1)
        try:
            yield
        except GalactographError:
            raise
        except Exception as damage:
            raise Unreadable(f"{source}: {trouble}") from damage
        finally:
            log.setLevel(level)


def read_header(item: Item) -> Record:
    """Read the header of a DICOM file.

    Raises
    ------
    Unreadable
        If it is damaged.
    """
    with (
        foreign(item.source, "its header is damaged; export the file again."),
        item.path.open("rb") as file,
    ):
        inflated = _inflate(file, item.source)
        stream = file if inflated is None else BytesIO(inflated)
        dataset = _parse(stream, inflated=inflated is not None)
        syntax = _DEFLATED if inflated is not None else _syntax(dataset)
        start = stream.tell()
        pixels, offset, length = _pixel_element(stream, syntax)
        tags = collect(dataset)
    return Record(
        item=item,
        tags=tags,
        transfer_syntax=syntax,
        pixels=pixels,
        start=start + offset,
        length=length,
        inflated=inflated,
    )


def _parse(stream: BinaryIO, *, inflated: bool) -> Any:  # noqa: ANN401
    if inflated:
        return read_dataset(
            stream,
            is_implicit_VR=False,
            is_little_endian=True,
            stop_when=lambda tag, _vr, _length: tag in _PIXEL_TAGS,
            defer_size=_MOST_VALUE,
        )
    return dcmread(stream, stop_before_pixels=True, force=True, defer_size=_MOST_VALUE)


def _syntax(dataset: FileDataset) -> str:
    """Tell the encoding; without a meta header, from how the header was written."""
    stated = str(dataset.file_meta.get("TransferSyntaxUID", "") or "")
    if stated:
        return stated
    implicit, little = dataset.original_encoding
    if implicit:
        return _IMPLICIT
    return _EXPLICIT if little else _BIG


def _pixel_element(stream: BinaryIO, syntax: str) -> tuple[str, int, int | None]:
    """Read the head of the pixel element: its kind, length of head, length of value."""
    head = stream.read(12)
    end = ">" if syntax == _BIG else "<"
    if len(head) < 8:
        return "", 0, None
    group, element = struct.unpack(end + "HH", head[:4])
    pixels = _PIXEL_TAGS.get(group << 16 | element, "")
    if syntax == _IMPLICIT or not head[4:6].isalpha():
        size, offset = head[4:8], 8
    elif head[4:6] in (b"OB", b"OW", b"UN", b"OF", b"OD"):
        size, offset = head[8:12], 12
    else:
        return pixels, 8, int(struct.unpack(end + "H", head[6:8])[0])
    if len(size) < 4:
        return "", 0, None
    length = int(struct.unpack(end + "I", size)[0])
    return pixels, offset, None if length == _UNDEFINED else length


def _inflate(file: BinaryIO, source: str) -> bytes | None:
    """Inflate a deflated dataset within bounds; None if it is not deflated."""
    head = file.read(2048)
    file.seek(0)
    if _DEFLATED.encode() not in head or head[128:132] != b"DICM":
        return None
    (group_length,) = struct.unpack("<I", head[140:144])
    file.seek(144 + group_length)
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated = engine.decompress(file.read(), MOST_INFLATED)
    if engine.unconsumed_tail:
        raise Unreadable(
            f"{source}: inflates to more than {MOST_INFLATED >> 20} MB; "
            "export it without deflation."
        )
    return inflated
