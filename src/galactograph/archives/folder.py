"""A folder is an archive: `/path` or `file:///path`.

Without an index: a search opens the header of every file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from galactograph.archives.access import Access
from galactograph.archives.address import Address
from galactograph.archives.shelf import Shelf, chunks_of
from galactograph.archives.trying import Refused
from galactograph.dicom.files import Kind, kind_of, walked
from galactograph.dicom.identity import Identity, identity_of
from galactograph.errors import ArchiveError, DicomError, NotFound, Unreadable
from galactograph.values.archive import Failure, Listing, Receipt, Terms

Found = tuple[Path, Identity]


class FolderArchive:
    """Studies in a folder and its subfolders; stored ones get a folder each."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def echo(self) -> str:
        """Say what the folder is; raise if it cannot be read."""
        self._check()
        return f"{self.root} is a folder that can be read"

    def search(self, terms: Terms) -> tuple[Listing, ...]:
        """Return the studies in the folder that match."""
        studies: dict[str, list[Identity]] = {}
        for _, one in self._objects():
            if _matches(one, terms):
                studies.setdefault(one.study, []).append(one)
        chosen = sorted(studies.values(), key=lambda of: (of[0].date, of[0].study))
        return tuple(_listing(objects) for objects in chosen[: terms.limit])

    def fetch(self, study_uid: str, folder: Path) -> Receipt:
        """Copy the files of one study into a folder."""
        of_study = [found for found in self._objects() if found[1].study == study_uid]
        if not of_study:
            raise NotFound(f"{self.root}: holds no study {study_uid}")
        shelf = Shelf(folder)
        return _kept((path, one, shelf) for path, one in of_study)

    def store(self, files: Iterable[Path]) -> Receipt:
        """Copy files into the folder, each study into a folder of its own."""
        bad: list[Failure] = []

        def shelved() -> Iterator[tuple[Path, Identity, Shelf]]:
            for path in files:
                try:
                    one = identity_of(path)
                except DicomError as trouble:
                    reason = str(trouble).removeprefix(f"{path.name}: ")
                    bad.append(Failure(name=str(path), reason=reason))
                else:
                    yield path, one, Shelf(self.root / one.study)

        receipt = _kept(shelved())
        return Receipt(
            moved=receipt.moved,
            there=receipt.there,
            failures=(*bad, *receipt.failures),
        )

    def _objects(self) -> Iterator[Found]:
        self._check()
        for path in walked(self.root):
            if path.name.startswith(".") or path.name.upper() == "DICOMDIR":
                continue
            try:
                if kind_of(path) is Kind.DICOM:
                    yield path, identity_of(path)
            except (OSError, Unreadable):
                continue  # what cannot be read is not part of the archive

    def _check(self) -> None:
        if not self.root.is_dir():
            raise ArchiveError(
                f"{self.root}: there is no such folder, and no archive of that name"
            )


def open_folder(address: Address, access: Access) -> FolderArchive:
    """Open a folder as an archive; it needs no access."""
    del access
    return FolderArchive(Path(address.path).expanduser())


def _kept(found: Iterable[tuple[Path, Identity, Shelf]]) -> Receipt:
    moved, there, failures = list[str](), list[str](), list[Failure]()
    for path, one, shelf in found:
        try:
            new = shelf.keep(one.instance, chunks_of(path))
        except Refused as no:
            failures.append(Failure(name=str(path), reason=str(no)))
        else:
            (moved if new else there).append(one.instance)
    return Receipt(moved=tuple(moved), there=tuple(there), failures=tuple(failures))


def _listing(objects: list[Identity]) -> Listing:
    first = objects[0]
    return Listing(
        study_uid=first.study,
        patient_id=first.patient_id,
        patient_name=first.patient_name,
        date=first.date,
        accession=first.accession,
        description=first.description,
        modalities=tuple(sorted({one.modality for one in objects} - {""})),
        objects=len({one.instance for one in objects}),
    )


def _matches(one: Identity, terms: Terms) -> bool:
    wanted = (
        (one.study, terms.study_uid),
        (one.patient_id, terms.patient_id),
        (one.accession, terms.accession),
        (one.modality, terms.modality),
    )
    # Names match without regard to case, as in an archive (PS3.4 C.2.2.2.1).
    named = fnmatchcase(one.patient_name.upper(), terms.patient_name.upper() or "*")
    return (
        named
        and in_range(one.date, terms.date)
        and all(fnmatchcase(has, want or "*") for has, want in wanted)
    )


def in_range(date: str, wanted: str) -> bool:
    """Tell whether a date, YYYYMMDD, lies in a range as DICOM writes it."""
    if not wanted:
        return True
    first, dash, last = wanted.partition("-")
    if not dash:
        return date == wanted
    return bool(date) and first <= date <= (last or "99999999")
