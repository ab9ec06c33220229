"""Keep objects in a folder: each whole or not at all, none lost, none overwritten."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from galactograph.archives.trying import Refused
from galactograph.dicom.identity import identity_of, is_uid
from galactograph.errors import ArchiveError, DicomError

CONFLICTS = ".conflicts"
"""Folder for objects whose UID is taken by other content; readers pass it by."""

_STALE_S = 24 * 3600.0
"""Age of a half-written file that nobody is writing any more (assumed), s"""


class Conflict(Refused):
    """The UID is taken by other content; what came was kept aside."""


class Shelf:
    """A folder with one file for each object, named by its UID."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        for part in self.folder.glob(".*.part"):
            if time.time() - part.stat().st_mtime > _STALE_S:
                part.unlink(missing_ok=True)

    def place(self, uid: str) -> Path:
        """Return where the object lies, or would lie."""
        if not is_uid(uid):
            raise Refused("has a UID that is none")
        return self.folder / f"{uid}.dcm"

    def has(self, uid: str) -> bool:
        """Tell whether the object is there."""
        return is_uid(uid) and self.place(uid).exists()

    def keep(self, uid: str, chunks: Iterable[bytes]) -> bool:
        """Keep the bytes of an object; return False if it was there, the same.

        They go to a file aside, onto the disk, and then get their name: a machine
        that stops in between leaves no half object under a good name.

        Raises
        ------
        Refused
            If the bytes are not that object.
        Conflict
            If its UID is taken by other content; then they are kept in `CONFLICTS`.
        ArchiveError
            If the folder cannot be written.
        """
        place = self.place(uid)
        try:
            handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self.folder)
            aside = Path(name)
            try:
                with os.fdopen(handle, "wb") as file:
                    for chunk in chunks:
                        file.write(chunk)
                    file.flush()
                    os.fsync(file.fileno())
                _check(aside, uid)
                return self._settle(aside, place)
            finally:
                aside.unlink(missing_ok=True)
        except ArchiveError:
            raise
        except OSError as trouble:
            why = trouble.strerror or trouble
            raise ArchiveError(f"{self.folder}: cannot be written ({why})") from None

    def _settle(self, aside: Path, place: Path) -> bool:
        mask = os.umask(0)
        os.umask(mask)
        aside.chmod(0o666 & ~mask)
        try:
            # A link never replaces: two writers cannot overwrite one another.
            place.hardlink_to(aside)
        except FileExistsError:
            print_ = content(aside)
            if content(place) == print_:
                return False
            beside = place.parent / CONFLICTS / f"{place.stem}.{print_[:8]}.dcm"
            beside.parent.mkdir(exist_ok=True)
            aside.replace(beside)
            raise Conflict(
                "another object with this UID but other content is already there; "
                f"this one was kept as {beside}"
            ) from None
        except OSError:
            # Some file systems have no links.
            aside.replace(place)
        synced(self.folder)
        return True


def _check(path: Path, uid: str) -> None:
    try:
        found = identity_of(path).instance
    except DicomError as damage:
        why = str(damage).removeprefix(f"{path.name}: ")
        raise Refused(f"arrived damaged: it {why}") from None
    if found != uid:
        raise Refused(f"another object ({found}) arrived in its place")


def synced(folder: Path) -> None:
    """Have the names in a folder survive a power cut, where a system can promise it."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def content(path: Path) -> str:
    """Return the hash of a file behind its file meta, which every sender rewrites."""
    digest = sha256()
    with path.open("rb") as file:
        head = file.read(144)
        # (0002,0000) UL 4: the length of the rest of the file meta.
        if head[128:136] == b"DICM\x02\x00\x00\x00" and len(head) == 144:
            file.seek(144 + int.from_bytes(head[140:144], "little"))
        else:
            digest.update(head)
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def chunks_of(path: Path) -> Iterable[bytes]:
    """Yield the bytes of a file."""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block
