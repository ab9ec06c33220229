"""Decode compressed pictures in a process of its own.

The codecs are C and C++: at malformed bytes some of them end their whole process, or
never return. Here that costs one helper process, which its owner replaces, and not
the program that was reading a study.

Run as ``python -m galactograph.dicom.worker``: a request is one line of JSON and then
the compressed bytes, the answer one line of JSON and then the pixels.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from contextlib import suppress
from typing import Any, BinaryIO

_PLUGINS = {
    "1.2.840.10008.1.2.4.50": "pillow",
    "1.2.840.10008.1.2.4.51": "gdcm",
    "1.2.840.10008.1.2.4.57": "gdcm",
    "1.2.840.10008.1.2.4.70": "gdcm",
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.81": "pyjpegls",
    "1.2.840.10008.1.2.4.90": "pylibjpeg",
    "1.2.840.10008.1.2.4.91": "pylibjpeg",
    "1.2.840.10008.1.2.4.201": "pylibjpeg",
    "1.2.840.10008.1.2.4.202": "pylibjpeg",
    "1.2.840.10008.1.2.4.203": "pylibjpeg",
}
"""Which library decodes which transfer syntax."""

_MOST_MEMORY = 6 << 30
"""Bytes of address space: a damaged header may ask for any amount."""


def decode(frame: bytes, options: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return one decoded frame, (rows, columns)."""
    from pydicom.encaps import encapsulate  # noqa: PLC0415 - only the worker needs it
    from pydicom.pixels import get_decoder  # noqa: PLC0415

    syntax = options.pop("transfer_syntax")
    array, _ = get_decoder(syntax).as_array(
        encapsulate([frame]),
        index=0,
        raw=True,
        decoding_plugin=_PLUGINS.get(syntax, ""),
        **options,
    )
    return array


def _answer(out: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    out.write(json.dumps(head | {"size": len(body)}).encode() + b"\n")
    out.write(body)
    out.flush()


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until the pipe closes."""
    import pydicom.pixels  # noqa: F401, PLC0415 - slow to load: before saying ready

    _answer(answers, {"ready": True})
    while line := requests.readline():
        request = json.loads(line)
        frame = requests.read(request.pop("size"))
        try:
            array = decode(frame, request)
        except Exception as damage:  # noqa: BLE001 - codecs raise their own kinds
            _answer(answers, {"error": str(damage)[:500]})
            continue
        shape, kind = list(array.shape), array.dtype.str
        _answer(answers, {"shape": shape, "dtype": kind}, array.tobytes())


def main() -> None:
    """Serve on standard input and output; libraries may not write there."""
    warnings.simplefilter("ignore")
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on every system

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
