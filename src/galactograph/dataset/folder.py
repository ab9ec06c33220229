"""The folder of a dataset: held by one run at a time, and never another's."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from galactograph.dataset.case import first_stranger
from galactograph.dataset.manifest import MANIFEST, load
from galactograph.reporting.folder import CONTENTS, FolderInUse, check_free

LOCK = ".lock"


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Hold a folder, made if absent; a second run is refused meanwhile.

    A run that was killed holds nothing: the system lets its lock go. A folder that
    we made and left empty is removed.

    Raises
    ------
    FolderInUse
        If another run holds it, or it is no folder.
    """
    if not out.is_dir() and (out.exists() or out.is_symlink()):
        raise FolderInUse(f"{out} is not a folder; name another one")
    new = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    path = out / LOCK
    with path.open("a") as file:
        if not _lock(file.fileno()):
            raise FolderInUse(f"another run is writing to {out}; wait for it")
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            if new and not any(out.iterdir()):
                out.rmdir()


def _lock(handle: int) -> bool:
    """Lock an open file without waiting; False if another process has it."""
    if sys.platform == "win32":
        return True  # an open file cannot be removed there: the next run says so
    import fcntl  # noqa: PLC0415  not on every system

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def take_over(out: Path, *, overwrite: bool) -> None:
    """Make a held folder ready: refuse another's, clear what a killed run left.

    Raises
    ------
    FolderInUse
        If it holds files that are not of a dataset; nothing is touched then.
    """
    if overwrite:
        _empty(out)
    elif load(out) is None:
        strangers = sorted(p.name for p in out.iterdir() if not _ours_aside(p))
        if strangers:
            remedy = "add --overwrite to replace them, or " * (CONTENTS in strangers)
            raise FolderInUse(
                f"{out} holds files, such as {strangers[0]}; "
                f"{remedy}name another folder"
            )
    clear_aside(out)


def clear_aside(out: Path) -> None:
    """Remove what a killed run left unfinished."""
    for path in filter(_ours_aside, out.glob(".*.part")):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _ours_aside(path: Path) -> bool:
    part = path.name.startswith((".seed-", f".{MANIFEST}")) and path.suffix == ".part"
    return part or path.name == LOCK


def _empty(out: Path) -> None:
    """Remove an earlier dataset, or earlier studies; anything else is refused."""
    if (out / CONTENTS).exists():
        (out / LOCK).unlink(missing_ok=True)
        check_free(out, overwrite=True)
        for path in out.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return
    told = load(out)
    there = [p for p in out.iterdir() if not _ours_aside(p) and p.name != MANIFEST]
    for path in there:
        cased = told is not None and path.is_dir() and path.name.startswith("seed-")
        stranger = first_stranger(path) if cased else path
        if stranger is not None:
            raise FolderInUse(
                f"{out} holds files that galactograph did not write, such as "
                f"{stranger.name}; name another folder"
            )
    for path in there:
        shutil.rmtree(path)
    (out / MANIFEST).unlink(missing_ok=True)
