"""Decode compressed pictures in a process of its own.

The codecs are C and C++: at malformed bytes some of them end their whole process, or
never return. Here that costs one helper process, which its owner replaces, and not
the program that was reading a study.

Run as ``python -m galactograph.dicom.worker SYNTAX``, the transfer syntax that will
be asked for first: a request is one line of JSON and then
the compressed bytes, the answer one line of JSON and then the pixels.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from contextlib import suppress
from importlib import import_module
from typing import Any, BinaryIO

_MOST_MEMORY = 6 << 30
"""Bytes of address space: a damaged header may ask for any amount."""


_SYNTAX = "1.2.840.10008.1.2.4."


def decode(frame: bytes, options: dict[str, Any]) -> bytes:
    """Return the pixels of one frame, row by row, as the codec gives them.

    The libraries are called as they are: pydicom around them would triple the time
    that this process takes to start.
    """
    codec = _codec(options["transfer_syntax"])
    if codec.__name__ == "jpeg_ls":
        return bytes(codec.decode_pixel_data(frame)[0])
    if codec.__name__ == "openjpeg.utils":
        return bytes(codec.decode_pixel_data(frame, version=2))
    return _jpeg(codec, frame, options)


def _codec(transfer_syntax: str) -> Any:  # noqa: ANN401
    """Return the library for an encoding; imported only where it is needed."""
    number = int(transfer_syntax.removeprefix(_SYNTAX))
    if number >= 90:
        return import_module("openjpeg.utils")
    return import_module("jpeg_ls" if number >= 80 else "gdcm")


def _jpeg(gdcm: Any, frame: bytes, options: dict[str, Any]) -> bytes:  # noqa: ANN401
    """Decode the JPEG family, lossless and lossy, 8 to 16 bits."""
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(frame)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((options["columns"], options["rows"], 1))
    image.SetDataElement(element)
    grey = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2")
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(grey))
    syntax = gdcm.TransferSyntax.GetTSType(options["transfer_syntax"])
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    stored = options["stored"]
    image.SetPixelFormat(
        gdcm.PixelFormat(
            1, options["allocated"], stored, stored - 1, int(options["signed"])
        )
    )
    # gdcm hands bytes over as text.
    pixels: bytes = image.GetBuffer().encode("utf-8", "surrogateescape")
    return pixels


def _answer(out: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    out.write(json.dumps(head | {"size": len(body)}).encode() + b"\n")
    out.write(body)
    out.flush()


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Say that all is ready, then answer requests until the pipe closes."""
    _answer(answers, {"ready": True})
    while line := requests.readline():
        request = json.loads(line)
        frame = requests.read(request.pop("size"))
        try:
            pixels = decode(frame, request)
        except Exception as damage:  # noqa: BLE001 - codecs raise their own kinds
            _answer(answers, {"error": str(damage)[:500]})
            continue
        _answer(answers, {}, pixels)


def main() -> None:
    """Serve on standard input and output; libraries may not write there."""
    warnings.simplefilter("ignore")
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on every system

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _codec(sys.argv[1])  # before saying that all is ready
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
