"""The program: commands by name, and what each error means to the shell."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from cyclopts import App, CycloptsError
from rich.console import Console

from galactograph.cli.errors import (
    FAILURE,
    INTERRUPTED,
    OK,
    UNREADABLE,
    USAGE,
    UsageError,
)
from galactograph.cli.examination import make_exam
from galactograph.cli.export import make_export
from galactograph.cli.pacs import make_pacs
from galactograph.errors import GalactographError, NotFound, Unreadable

DEBUG = "GALACTOGRAPH_DEBUG"
"""Set this in the environment to see the traceback of an error."""

_HELP = """Read galactograms (ductograms), and simulate them.

Research use only - not a medical device."""

_EPILOGUE = (
    "Exit status: 0 done, 1 failed, 2 wrong usage, 3 input not usable, 130 stopped."
)


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415  only when asked

    return version("galactograph")


def make_app() -> App:
    """Return the program; its commands are imported when they are called."""
    app = App(
        name="galactograph",
        help=_HELP,
        help_epilogue=_EPILOGUE,
        version=_version,
        console=Console(),
        error_console=Console(stderr=True),
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    for name, words in (
        ("read", "Read a study: ducts, findings, where they lie, what to consider."),
        ("simulate", "Make simulated studies as DICOM, with the truth beside them."),
        ("deidentify", "Copy a study without names, after DICOM PS3.15."),
        ("demo", "Simulate a patient, read her galactogram, compare with the truth."),
        ("score", "Score a reading beside the truth of its simulated study."),
        ("listen", "Take studies from modalities, read them, send results to a PACS."),
        ("doctor", "Say whether everything needed is there, and what to do if not."),
    ):
        app.command(f"galactograph.cli.{name}:{name}", name=name, help=words)
    app.command(make_pacs())
    app.command(make_exam())
    app.command(make_export())
    return app


def main(tokens: Sequence[str] | None = None) -> None:
    """Run the program and leave with its exit status."""
    sys.exit(run(sys.argv[1:] if tokens is None else tokens))


def run(tokens: Sequence[str]) -> int:
    """Run one command; return the exit status. Never raises, never half-writes."""
    app = make_app()

    def call() -> int:
        done = app(list(tokens), exit_on_error=False)
        sys.stdout.flush()  # a closed pipe must show here, not at the very end
        return done if isinstance(done, int) else OK

    return guarded(call)


def guarded(call: Callable[[], int]) -> int:
    """Call, and turn any error into one sentence and an exit status."""
    try:
        return call()
    except CycloptsError:
        return USAGE  # cyclopts has said what was wrong
    except KeyboardInterrupt:
        return _say("stopped; nothing was written", INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone: nothing more to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILURE
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        return _say(_sentence(error), _status(error))


def _status(error: Exception) -> int:
    if isinstance(error, Unreadable):
        return UNREADABLE
    # What was not found, such as a plugin, was named on the command line.
    return USAGE if isinstance(error, UsageError | NotFound) else FAILURE


def _sentence(error: Exception) -> str:
    if isinstance(error, GalactographError):
        return str(error)
    if isinstance(error, MemoryError):
        return "not enough memory for this study; close other programs or read fewer"
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}"
    kind = type(error).__name__
    return f"something broke inside ({kind}: {error}); set {DEBUG}=1 to see where"


def _say(words: str, status: int) -> int:
    one_line: Any = " ".join(str(words).split())
    print(f"galactograph: {one_line}", file=sys.stderr)  # noqa: T201
    return status
