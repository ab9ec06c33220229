"""The stored pixels of a DICOM image, one frame at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels import get_decoder

from galactograph.dicom.codec import Codec
from galactograph.dicom.codestreams import shape_of
from galactograph.dicom.headers import Record, foreign
from galactograph.errors import Unreadable

MOST_PIXELS = 120_000_000
"""Of one frame; the largest film scans have 36 million (design)."""

MOST_VOXELS = 1_000_000_000
"""Rows x columns x frames of one object: 2 GB of 16 bits (design)."""

_DAMAGED = "its compressed picture is damaged; export it again."
_NATIVE = {
    "1.2.840.10008.1.2": "<",
    "1.2.840.10008.1.2.1": "<",
    "1.2.840.10008.1.2.1.99": "<",
    "1.2.840.10008.1.2.2": ">",
}
_RLE = "1.2.840.10008.1.2.5"
_CODESTREAMS = {f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 57, 70, 80, 81, 90, 91)}
_HIGH_THROUGHPUT = {f"1.2.840.10008.1.2.4.{n}" for n in (201, 202, 203)}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the pixels of an image are stored.

    Attributes
    ----------
    frames
        Pictures in the object.
    allocated, stored, high
        Bits of a pixel's cell, bits used, index of the highest one used.
    signed
        Two's complement.
    """

    rows: int
    columns: int
    frames: int
    allocated: int
    stored: int
    high: int
    signed: bool

    @property
    def frame_bytes(self) -> int:
        """Bytes of one native frame."""
        return self.rows * self.columns * self.allocated // 8


def layout_of(record: Record) -> Layout:
    """Check that the header describes one grey picture, or a stack of them.

    Raises
    ------
    Unreadable
        If it is colour, too large, contradicts itself, or has no pixels.
    """
    tags, source = record.tags, record.source
    if record.pixels == "float":
        raise Unreadable(f"{source}: has floating-point pixels; export it as 16 bits.")
    if not record.pixels:
        raise Unreadable(f"{source}: has no pixels; export it with its image.")
    colour = tags.word("PhotometricInterpretation")
    if (tags.integer("SamplesPerPixel") or 1) != 1 or (
        colour and not colour.startswith("MONOCHROME")
    ):
        raise Unreadable(f"{source}: is a colour picture; export the grey X-ray image.")
    rows, columns = tags.integer("Rows") or 0, tags.integer("Columns") or 0
    frames = (
        1 if "NumberOfFrames" not in tags.values else tags.integer("NumberOfFrames")
    )
    if min(rows, columns, frames or 0) < 1:
        raise Unreadable(
            f"{source}: says it has {rows} rows, {columns} columns and "
            f"{frames or 'an unreadable number of'} frames; export it again."
        )
    layout = _bits(record, rows, columns, frames or 1)
    _check_size(record, layout)
    return layout


def _bits(record: Record, rows: int, columns: int, frames: int) -> Layout:
    tags = record.tags
    allocated = tags.integer("BitsAllocated") or 0
    stored = tags.integer("BitsStored") or allocated
    high = tags.integer("HighBit")
    high = stored - 1 if high is None else high
    if allocated not in (8, 16):
        raise Unreadable(
            f"{record.source}: has {allocated or 'an unknown number of'} bits a pixel; "
            "export it with 8 or 16."
        )
    if not 1 <= stored <= allocated or not stored - 1 <= high < allocated:
        raise Unreadable(
            f"{record.source}: contradicts itself ({stored} bits, the highest at "
            f"{high}, in cells of {allocated}); export it again."
        )
    return Layout(
        rows=rows,
        columns=columns,
        frames=frames,
        allocated=allocated,
        stored=stored,
        high=high,
        signed=tags.integer("PixelRepresentation") == 1,
    )


def _check_size(record: Record, layout: Layout) -> None:
    pixels = layout.rows * layout.columns
    size = f"{layout.rows} x {layout.columns} x {layout.frames} pixels"
    if pixels > MOST_PIXELS or pixels * layout.frames > MOST_VOXELS:
        raise Unreadable(
            f"{record.source}: is too large ({size}; at most {MOST_PIXELS // 10**6} "
            f"million a frame and {MOST_VOXELS // 10**6} million in all); split it."
        )
    with record.open() as file:
        held = file.seek(0, 2) - record.start
    if record.length is not None:
        wanted, held = layout.frame_bytes * layout.frames, min(held, record.length)
        if held < wanted:
            raise Unreadable(
                f"{record.source}: is cut short ({size} need {wanted} bytes, "
                f"{held} are there); copy or export it again."
            )


def frames_of(
    record: Record, layout: Layout, codec: Codec, *, first: int = 0
) -> Iterator[NDArray[Any]]:
    """Yield the stored frames from `first` on, (rows, columns) uint8 or uint16 cells.

    Cells are as stored: unused bits are not cleared and the sign is not spread.

    Raises
    ------
    Unreadable
        If a frame is damaged or missing, or the encoding is not known.
    """
    syntax = record.transfer_syntax
    with record.open() as file:
        file.seek(record.start)
        if syntax in _NATIVE and record.length is not None:
            yield from _native(file, record, layout, first)
        elif syntax == _RLE or syntax in _CODESTREAMS | _HIGH_THROUGHPUT:
            yield from _encapsulated(file, record, layout, codec, first)
        else:
            raise Unreadable(
                f"{record.source}: is encoded in a way that is not supported "
                f"({syntax[:64]}); export it uncompressed."
            )


def _native(
    file: BinaryIO, record: Record, layout: Layout, first: int
) -> Iterator[NDArray[Any]]:
    order = _NATIVE[record.transfer_syntax]
    # Cells of 8 bits in big endian words are swapped in pairs (PS3.5 8.1.1).
    swapped = order == ">" and layout.allocated == 8
    file.seek(first * layout.frame_bytes, 1)
    for _ in range(first, layout.frames):
        held = file.read(layout.frame_bytes)
        if len(held) < layout.frame_bytes:
            raise Unreadable(f"{record.source}: is cut short; copy it again.")
        if swapped:
            held = np.frombuffer(held[: len(held) // 2 * 2], "u2").byteswap().tobytes()
        cells = np.frombuffer(held, f"{order}u{layout.allocated // 8}")
        native = cells.astype(f"=u{layout.allocated // 8}", copy=False)
        yield native.reshape(layout.rows, layout.columns)


def _encapsulated(
    file: BinaryIO, record: Record, layout: Layout, codec: Codec, first: int
) -> Iterator[NDArray[Any]]:
    with foreign(record.source, _DAMAGED):
        pieces = generate_frames(file, number_of_frames=layout.frames)
    for index in range(layout.frames):
        with foreign(record.source, _DAMAGED):
            frame = next(pieces, None)
        if frame is None:
            raise Unreadable(
                f"{record.source}: holds fewer than the {layout.frames} frames "
                "that it states; export it again."
            )
        if index >= first:
            yield _decoded(frame, record, layout, codec)


def _decoded(
    frame: bytes, record: Record, layout: Layout, codec: Codec
) -> NDArray[Any]:
    if record.transfer_syntax == _RLE:
        with foreign(record.source, _DAMAGED):
            array = _run_length(frame, layout)
    else:
        _check_head(frame, record, layout)
        options = asdict(layout) | {"transfer_syntax": record.transfer_syntax}
        try:
            array = codec.decode(frame, options)
        except Unreadable as damage:
            raise Unreadable(f"{record.source}: {damage}") from damage
    if 8 * array.dtype.itemsize > layout.allocated:
        raise Unreadable(
            f"{record.source}: its compressed picture is deeper than it says; "
            "export it again."
        )
    return array


def _run_length(frame: bytes, layout: Layout) -> NDArray[Any]:
    """Decode RLE here: its decoder is plain Python and cannot end the process."""
    array, _ = get_decoder(_RLE).as_array(
        encapsulate([frame]),
        index=0,
        raw=True,
        decoding_plugin="pydicom",
        rows=layout.rows,
        columns=layout.columns,
        number_of_frames=1,
        samples_per_pixel=1,
        photometric_interpretation="MONOCHROME2",
        pixel_representation=0,
        bits_allocated=layout.allocated,
        bits_stored=layout.stored,
        pixel_keyword="PixelData",
    )
    return np.asarray(array)


def _check_head(frame: bytes, record: Record, layout: Layout) -> None:
    shape = shape_of(frame)
    if shape is None:
        raise Unreadable(f"{record.source}: {_DAMAGED}")
    if shape.samples != 1:
        raise Unreadable(
            f"{record.source}: is a colour picture; export the grey X-ray image."
        )
    if (shape.rows, shape.columns) != (layout.rows, layout.columns):
        raise Unreadable(
            f"{record.source}: its compressed picture is "
            f"{shape.rows} x {shape.columns} and not {layout.rows} x {layout.columns} "
            "pixels; export it again."
        )
