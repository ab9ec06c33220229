"""`galactograph deidentify`: a study in, the same study without names out."""

# Heavy imports stand inside the command, so that its help is quick.
# ruff: noqa: PLC0415, T201

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from galactograph.cli.errors import FAILURE, OK, UsageError
from galactograph.cli.progress import progress

if TYPE_CHECKING:
    from galactograph.dicom.privacy.deidentify import Outcome

Kept = Literal[
    "dates",
    "device",
    "institution",
    "characteristics",
    "uids",
    "descriptors",
    "private",
    "burned-in",
]


def deidentify(  # noqa: PLR0913  the options of a command
    study: Path,
    /,
    *,
    out: Annotated[Path, Parameter(alias="-o")],
    keep: Annotated[tuple[Kept, ...], Parameter(negative="")] = (),
    remove_dates: Annotated[bool, Parameter(negative="")] = False,
    secret_file: Path | None = None,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    quiet: Annotated[bool, Parameter(alias="-q", negative="")] = False,
) -> int:
    """Copy the DICOM objects of a study without what identifies anybody.

    After DICOM PS3.15 Table E.1-1. Names, numbers, institutions and free text go; UIDs
    are new and still fit one another; dates of a patient move by one interval. The
    result is searched for everything that identified somebody in the input, and a file
    that still holds any of it is left out.

    Parameters
    ----------
    study
        DICOM file, folder or zip; it is not changed.
    out
        Folder to write to; it must be absent or empty.
    keep
        What may stay; can be given several times.
    remove_dates
        Remove dates and times instead of moving them.
    secret_file
        File with a secret of 16 bytes or more: the same secret gives the same new
        names, in another run too. Without it names fit one another in this run only.
    overwrite
        Replace earlier results in OUT, if nothing else is there.
    as_json
        Print what became of each file as JSON.
    quiet
        Show no progress.
    """
    from galactograph.dicom.privacy.deidentify import deidentify as pass_on
    from galactograph.dicom.privacy.options import Keep, Settings
    from galactograph.reporting.folder import FolderInUse, check_free, whole_folder

    if remove_dates and "dates" in keep:
        raise UsageError("--keep dates and --remove-dates exclude each other")
    secret = os.urandom(32) if secret_file is None else _secret(secret_file)
    settings = Settings(keep=frozenset(map(Keep, keep)), shift=not remove_dates)
    try:
        check_free(out, overwrite=overwrite)
    except FolderInUse as error:
        raise UsageError(str(error)) from None
    with (
        progress("removing names", quiet=quiet) as tell,
        whole_folder(out, overwrite=overwrite) as aside,
    ):
        outcome = pass_on(study, aside, secret=secret, settings=settings, tell=tell)
        tell("done", 1.0)
    _say(outcome, out, as_json=as_json)
    return FAILURE if outcome.left_out else OK


def _secret(path: Path) -> bytes:
    """Read a secret that nobody else can read."""
    from galactograph.dicom.privacy.deidentify import LEAST_SECRET

    try:
        mode = path.stat().st_mode
        secret = path.read_bytes().strip()
    except OSError as error:
        raise UsageError(
            f"{path}: {error.strerror}; make a secret with: "
            f"(umask 077; openssl rand -hex 32 > {path})"
        ) from None
    if os.name == "posix" and mode & 0o077:
        raise UsageError(f"{path} can be read by others; say: chmod 600 {path}")
    if len(secret) < LEAST_SECRET:
        raise UsageError(f"{path} must hold {LEAST_SECRET} bytes or more")
    return secret


def _say(outcome: Outcome, out: Path, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(outcome)))
        return
    for problem in outcome.left_out:
        print(f"Left out: {problem.source}: {problem.reason}", file=sys.stderr)
    for warning in outcome.warnings:
        print(f"Look at: {warning.source}: {warning.reason}", file=sys.stderr)
    many = len(outcome.passed)
    print(f"{many} {'object' if many == 1 else 'objects'} without names: {out}")
    print("Research use only: look at the pictures before you give them away.")
