# ruff: noqa: INP001
"""A Chromium without a window, driven through its debugging pipe."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SIZE = (1600, 900)
"""Of the picture, pixels."""

WAIT_S = 90.0
"""For a page to be there: a browser without a GPU is slow."""


class Page:
    """A page of a browser, driven by the DevTools protocol over a pair of pipes."""

    def __init__(self, write: int, read: int) -> None:
        self._out, self._in = os.fdopen(write, "wb"), os.fdopen(read, "rb")
        self._count = 0
        self._session = ""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        told = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = told["sessionId"]
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=SIZE[0],
            height=SIZE[1],
            deviceScaleFactor=1,
            mobile=False,
        )

    def open(self, url: str) -> None:
        """Go to a page."""
        self._ask("Page.navigate", url=url)

    def run(self, code: str) -> Any:  # noqa: ANN401
        """Run code in the page; return what it gives."""
        told = self._ask(
            "Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in told:
            raise SystemExit(f"the page says: {json.dumps(told['exceptionDetails'])}")
        return told["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until something is true in the page."""
        end = time.monotonic() + WAIT_S
        while not self.run(f"Boolean({condition})"):
            if time.monotonic() > end:
                raise SystemExit(f"waited in vain for: {condition}")
            time.sleep(0.3)

    def picture(self) -> bytes:
        """Return what the page shows as PNG."""
        told = self._ask("Page.captureScreenshot", format="png")
        return base64.b64decode(told["data"])

    def _ask(self, method: str, **rest: object) -> dict[str, Any]:
        self._count += 1
        asked = {"id": self._count, "method": method, "params": rest}
        if self._session:
            asked["sessionId"] = self._session
        self._out.write(json.dumps(asked).encode() + b"\0")
        self._out.flush()
        while True:
            answer = json.loads(self._message())
            if answer.get("id") == self._count:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result

    def _message(self) -> bytes:
        held = bytearray()
        while (one := self._in.read(1)) not in (b"\0", b""):
            held += one
        if not held:
            raise SystemExit("the browser has gone")
        return bytes(held)


@contextmanager
def browser(room: Path) -> Iterator[Page]:
    """Run a Chromium without a window; yield its page."""
    to_read, to_write = os.pipe(), os.pipe()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("chromium is not installed")

    def wire() -> None:
        # The browser reads from 3 and writes to 4.
        read, write = os.dup(to_read[0]), os.dup(to_write[1])
        os.dup2(read, 3)
        os.dup2(write, 4)

    run = subprocess.Popen(  # noqa: S603
        [
            program,
            "--headless=new",
            "--no-sandbox",
            "--remote-debugging-pipe",
            "--use-angle=swiftshader",
            "--enable-unsafe-swiftshader",
            "--hide-scrollbars",
            f"--window-size={SIZE[0]},{SIZE[1]}",
            f"--user-data-dir={room / 'browser'}",
        ],
        preexec_fn=wire,  # noqa: PLW1509
        close_fds=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Page(to_read[1], to_write[0])
    finally:
        run.terminate()
        run.wait()
