"""A folder of results: all of it or none of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from galactograph.errors import GalactographError, NotFound
from galactograph.reporting.words import RESEARCH

CONTENTS = "CONTENTS.txt"
"""Lists what we wrote, so that only that is ever replaced."""

_HEAD = f"Written by galactograph. {RESEARCH}.\nFiles:\n"


class FolderInUse(GalactographError, FileExistsError):  # noqa: N818
    """The folder to write to holds something already."""


@contextmanager
def whole_folder(out: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give an empty folder beside `out` that becomes `out` if the block succeeds.

    Parameters
    ----------
    out
        Where the results shall be. It may be absent or empty.
    overwrite
        Replace `out` if it holds our own earlier results and nothing else.

    Raises
    ------
    FolderInUse
        If `out` holds anything else; nothing is touched then.
    """
    out = Path(os.path.abspath(out))  # noqa: PTH100  resolve() would follow a link
    check_free(out, overwrite=overwrite)
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        aside.chmod(0o755)
        yield aside
        _list_contents(aside)
        _swap(aside, out, overwrite=overwrite)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def check_free(out: Path, *, overwrite: bool) -> None:
    """Refuse a folder that we must not write to."""
    if out.is_dir():
        strangers = _strangers(out)
        if not strangers:
            return
        if strangers == [CONTENTS]:
            if overwrite:
                return
            raise FolderInUse(
                f"{out} holds earlier results; add --overwrite to replace them, or "
                "name another folder"
            )
        raise FolderInUse(
            f"{out} holds files that galactograph did not write, such as "
            f"{strangers[0]}; name another folder"
        )
    if out.exists() or out.is_symlink():
        raise FolderInUse(f"{out} is not a folder; name another one")


def _strangers(out: Path) -> list[str]:
    """Return the files that we did not write; just CONTENTS if all are ours."""
    there = {p.relative_to(out).as_posix() for p in out.rglob("*") if not p.is_dir()}
    if CONTENTS not in there:
        return sorted(there)
    listed = (out / CONTENTS).read_text("utf-8", errors="replace")
    ours = set(listed.partition("Files:\n")[2].splitlines())
    return sorted(there - ours - {CONTENTS}) or [CONTENTS]


def _list_contents(folder: Path) -> None:
    files = sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()
    )
    (folder / CONTENTS).write_text(_HEAD + "\n".join(files) + "\n", "utf-8")


def _swap(aside: Path, out: Path, *, overwrite: bool) -> None:
    check_free(out, overwrite=overwrite)
    if not out.exists():
        aside.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
    out.replace(old)
    try:
        aside.rename(out)
    except BaseException:
        old.replace(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def existing(path: Path) -> Path:
    """Return `path` if something is there.

    Raises
    ------
    NotFound
        If nothing is.
    """
    if not path.exists():
        raise NotFound(f"{path} does not exist")
    return path
