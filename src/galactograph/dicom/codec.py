"""Ask a helper process to decode; replace it if a damaged picture ends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from threading import Timer
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from galactograph.errors import Unreadable

_BASE_S, _PER_MEGAPIXEL_S = 2.5, 1.5
"""Time to decode one frame; the slowest codec takes 0.12 s a megapixel (found)."""

_START_S = 30.0
"""Time to say that it is ready: starting may be slow on a cold disk (design)."""


class Codec:
    """A decoding process, started when first needed, ended with the block."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def decode(self, frame: bytes, options: dict[str, Any]) -> NDArray[Any]:
        """Return the pixels of one compressed frame, as the codec gives them.

        Raises
        ------
        Unreadable
            If the frame is damaged; the sentence has no file name yet.
        """
        pixels = options["rows"] * options["columns"]
        limit_s = _BASE_S + _PER_MEGAPIXEL_S * pixels / 1e6
        if self._process is None:
            self._process = self._start(options["transfer_syntax"])
            self._talk(b"", _START_S)
        request = json.dumps(options | {"size": len(frame)}).encode() + b"\n"
        head, body = self._talk(request + frame, limit_s)
        if "error" in head:
            raise Unreadable("its compressed picture is damaged; export it again.")
        if len(body) not in (pixels, 2 * pixels):
            raise Unreadable("its compressed picture has another size than it says.")
        array = np.frombuffer(body, f"u{len(body) // pixels}")
        return array.reshape(options["rows"], options["columns"])

    def _start(self, syntax: str) -> subprocess.Popen[bytes]:
        # The path of this process, so that the helper finds the same package.
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "OPENBLAS_NUM_THREADS": "1",
        }
        return subprocess.Popen(  # noqa: S603 - a known encoding, no shell
            [sys.executable, "-m", "galactograph.dicom.worker", syntax],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )

    def _talk(self, request: bytes, limit_s: float) -> tuple[dict[str, Any], bytes]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise Unreadable("its compressed picture cannot be decoded here.")
        timer = Timer(limit_s, process.kill)
        timer.start()
        try:
            process.stdin.write(request)
            process.stdin.flush()
            head = json.loads(process.stdout.readline() or b"null")
            body = process.stdout.read(head["size"]) if head else b""
        except (OSError, ValueError):
            head, body = None, b""
        finally:
            timer.cancel()
        if not head or len(body) != head["size"]:
            self._end()
            raise Unreadable(
                "its compressed picture is damaged (the decoder failed); "
                "export it again."
            )
        return head, body

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # unsent bytes to a process that is gone
                    continue
        process.wait()
