"""Which files a study has: one file, a folder or a zip; nothing is trusted."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from galactograph.errors import Unreadable
from galactograph.values.study import Problem

MOST_FILES = 5000
"""Files looked at; a study has tens (design)."""

MOST_UNPACKED = 4 << 30
"""Bytes that a zip may unpack to, in all (design): two full tomosynthesis studies."""

# What lies beside images on a hospital's disc, or beside simulated ones: not images.
_COMPANION_NAMES = """
.json .csv .tsv .txt .md .html .htm .xml .xsl .svg .pdf .npz .npy .toml .log .ini .inf
.yaml .yml .css .js .ico .exe .dll .so .bat .sh .cfg .db .rtf .doc .docx .py .swc .gif
.bmp .webp .jar .class .properties .url .lnk .app .plist
"""
_COMPANIONS = frozenset(_COMPANION_NAMES.split())
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "raster"),
    (b"II*\0", "raster"),
    (b"MM\0*", "raster"),
    (b"\xff\xd8\xff", "raster"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
)


class Kind(Enum):
    """What a file is, by its first bytes."""

    DICOM = "dicom"
    RASTER = "raster"
    ZIP = "zip"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One file of a study.

    Attributes
    ----------
    source
        Name relative to the study.
    path
        Where its bytes lie now.
    """

    source: str
    path: Path
    kind: Kind


Found = tuple[list[Item], list[Problem]]


@contextmanager
def gathered(path: Path) -> Iterator[Found]:
    """Find the image files of a study; those of a zip live until the block ends.

    Raises
    ------
    Unreadable
        If there is nothing there at all.
    """
    path = Path(path)
    with TemporaryDirectory(prefix="galactograph-") as room:
        try:
            if not path.exists():
                raise Unreadable(f"{path}: there is no such file or folder.")
            if path.is_dir():
                found = _from_folder(path)
            elif kind_of(path) is Kind.ZIP:
                found = _from_zip(path, Path(room))
            else:
                found = [Item(source=path.name, path=path, kind=kind_of(path))], []
        except OSError as trouble:
            raise Unreadable(
                f"{path.name}: cannot be opened ({trouble.strerror}); check its rights."
            ) from trouble
        yield found


def kind_of(path: Path) -> Kind:
    """Tell what a file is by its first bytes, never by its name."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise Unreadable(
            f"{path.name}: is not an ordinary file; give a file or folder."
        )
    with path.open("rb") as file:
        head = file.read(132)
    if head[128:132] == b"DICM":
        return Kind.DICOM
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return Kind(kind)
    # Old archives leave out preamble and meta header: then the first attribute is in
    # group 2 or 8, with an element number below 0x100, in either byte order.
    little = head[:1] in (b"\x02", b"\x08") and head[1:2] == head[3:4] == b"\0"
    big = head[1:2] in (b"\x02", b"\x08") and head[:1] == head[2:3] == b"\0"
    return Kind.DICOM if len(head) > 16 and (little or big) else Kind.OTHER


def walked(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, in order; hidden folders are passed by."""
    # Links to folders are not followed (they can circle); links to files are.
    for root, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(root) / name for name in sorted(names))


def _from_folder(folder: Path) -> Found:
    items: list[Item] = []
    problems: list[Problem] = []
    for seen, path in enumerate(walked(folder)):
        if seen >= MOST_FILES:
            raise Unreadable(
                f"{folder.name}: holds more than {MOST_FILES} files; "
                "give the folder of one study."
            )
        source = path.relative_to(folder).as_posix()
        if _ignored(path.name):
            continue
        try:
            item = Item(source=source, path=path, kind=kind_of(path))
        except OSError as trouble:
            why = f"cannot be opened ({trouble.strerror}); check its rights."
            problems.append(Problem(source=source, reason=why))
            continue
        except Unreadable:
            continue  # a pipe or a device: nobody put it there as an image
        _sort(item, items, problems)
    return _without_pictures_beside(items), problems


def _ignored(name: str) -> bool:
    return name.startswith(".") or name.upper() in ("DICOMDIR", "THUMBS.DB", "LICENSE")


def _sort(item: Item, items: list[Item], problems: list[Problem]) -> None:
    if item.kind in (Kind.DICOM, Kind.RASTER):
        items.append(item)
    elif item.kind is Kind.ZIP:
        why = "is a zip inside the study; unpack it or give it alone."
        problems.append(Problem(source=item.source, reason=why))
    elif PurePosixPath(item.source).suffix.lower() not in _COMPANIONS:
        problems.append(Problem(source=item.source, reason=what_is(item)))


def what_is(item: Item) -> str:
    """Say why a file of kind OTHER is no image: the end of a sentence."""
    if item.path.stat().st_size == 0:
        return "is empty; copy it again."
    return "is neither DICOM nor a PNG, TIFF or JPEG picture; remove it."


def _without_pictures_beside(items: list[Item]) -> list[Item]:
    """Drop pictures that lie beside DICOM: previews, masks, truth."""
    dicom = [item for item in items if item.kind is Kind.DICOM]
    return dicom or items


def _from_zip(path: Path, room: Path) -> Found:
    items: list[Item] = []
    problems: list[Problem] = []
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            total = sum(one.file_size for one in members)
            if len(members) > MOST_FILES or total > MOST_UNPACKED:
                raise Unreadable(
                    f"{path.name}: would unpack to {len(members)} files of "
                    f"{total / 2**30:.1f} GB; unpack it and give one study."
                )
            for number, member in enumerate(members):
                _unpack(archive, member, room / str(number), items, problems)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as damage:
        if isinstance(damage, Unreadable):
            raise
        raise Unreadable(f"{path.name}: is a broken zip; copy it again.") from damage
    return _without_pictures_beside(items), problems


def _unpack(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    place: Path,
    items: list[Item],
    problems: list[Problem],
) -> None:
    """Unpack one member to a name of ours: its own name leads nowhere."""
    name = PurePosixPath(member.filename.replace("\\", "/"))
    if any(_ignored(part) for part in name.parts if part != "..") or not name.name:
        return
    why = ""
    if member.flag_bits & 1:
        why = "is locked with a password; unpack the zip first."
    elif name.is_absolute() or ".." in name.parts:
        why = "has a name that leads out of the zip; it was left aside."
    else:
        try:
            with archive.open(member) as packed, place.open("wb") as plain:
                shutil.copyfileobj(packed, plain, 1 << 20)
        except Exception as damage:  # noqa: BLE001 - zip codecs raise their own kinds
            why = f"is damaged inside the zip ({type(damage).__name__}); copy it again."
    if why:
        problems.append(Problem(source=str(name), reason=why))
        return
    _sort(Item(source=str(name), path=place, kind=kind_of(place)), items, problems)
