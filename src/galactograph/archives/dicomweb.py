"""An archive by DICOMweb: `https://host/dicom-web`; QIDO, WADO and STOW (PS3.18).

Objects go between wire and disk as they are, piece by piece: they are never decoded,
and a tomosynthesis of a gigabyte needs no memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from galactograph.archives.access import Access
from galactograph.archives.address import Address
from galactograph.archives.multipart import Enclosed, boundary_of, first_part
from galactograph.archives.sending import objects_of
from galactograph.archives.shelf import Shelf
from galactograph.archives.trying import Refused, again, carry
from galactograph.archives.web import Web
from galactograph.dicom.identity import is_uid
from galactograph.errors import ArchiveError, InvalidValue, NotFound
from galactograph.values.archive import Failure, Listing, Receipt, Terms

_PAGE = 200
"""Answers to ask for at once; a server may give fewer (PS3.18 8.3.4)."""

_TAGS = {
    "StudyInstanceUID": "0020000D",
    "PatientID": "00100020",
    "PatientName": "00100010",
    "StudyDate": "00080020",
    "AccessionNumber": "00080050",
    "StudyDescription": "00081030",
    "ModalitiesInStudy": "00080061",
    "NumberOfStudyRelatedInstances": "00201208",
    "SeriesInstanceUID": "0020000E",
    "SOPInstanceUID": "00080018",
}
_FAILED = "00081198"
_REASON = "00081197"
_JSON = "application/dicom+json"
_DECODED = "transfer-syntax=1.2.840.10008.1.2.1"
_BOUNDARY = "galactograph-part-7f3a1c5e9b2d4860"
"""Between the parts that we send; 64 bits that no image will hold in this place."""


class WebArchive:
    """One DICOMweb service."""

    def __init__(self, web: Web) -> None:
        self.web = web

    def echo(self) -> str:
        """Say who answers; asks for one study."""
        again(lambda: self._page("studies", {}, 0, 1), self.web.access.limits)
        return f"{self.web.where} answers"

    def search(self, terms: Terms) -> tuple[Listing, ...]:
        """Return the studies that match (QIDO-RS)."""
        asked = {
            "StudyInstanceUID": terms.study_uid,
            "PatientID": terms.patient_id,
            "PatientName": terms.patient_name,
            "AccessionNumber": terms.accession,
            "StudyDate": terms.date,
            "ModalitiesInStudy": terms.modality,
        }
        keys = {name: value for name, value in asked.items() if value}
        found = self._all("studies", keys, "StudyInstanceUID", terms.limit)
        return tuple(_listing(one) for one in found)

    def fetch(self, study_uid: str, folder: Path) -> Receipt:
        """Bring the objects of one study into a folder (WADO-RS)."""
        if not is_uid(study_uid):
            raise InvalidValue(f"a study is named by its UID, got {study_uid!r}")
        at = f"studies/{study_uid}/instances"
        places = {
            said(one, "SOPInstanceUID"): f"studies/{study_uid}/series/"
            f"{said(one, 'SeriesInstanceUID')}/instances/{said(one, 'SOPInstanceUID')}"
            for one in self._all(at, {}, "SOPInstanceUID", None)
        }
        if not places:
            raise NotFound(f"{self.web.where} holds no study {study_uid}")
        shelf = Shelf(folder)
        there = tuple(uid for uid in places if shelf.has(uid))
        missing = [uid for uid in places if uid not in there]

        @contextmanager
        def session() -> Iterator[Callable[[str], None]]:
            yield lambda uid: self._bring(uid, places[uid], shelf)

        done, failed = carry(missing, session, self.web.access.limits)
        failures = (Failure(name=uid, reason=why) for uid, why in failed.items())
        return Receipt(moved=tuple(done), there=there, failures=tuple(failures))

    def frame(self, study: str, series: str, instance: str, number: int) -> bytes:
        """Return one frame of an image, decoded: a slice without its whole stack.

        Parameters
        ----------
        study, series, instance
            UIDs.
        number
            Of the frame; 1 is the first.

        Returns
        -------
        bytes
            Its pixels, little endian, as Bits Allocated of the image says.

        Raises
        ------
        NotFound
            If there is no such image or frame.
        ArchiveError
            If the archive is away, or refuses.
        """
        if number < 1 or not all(map(is_uid, (study, series, instance))):
            raise InvalidValue("a frame is named by three UIDs and a number from 1")
        place = f"studies/{study}/series/{series}/instances/{instance}/frames/{number}"
        # Without a type some servers refuse; without an encoding others send theirs.
        accept = f'multipart/related; type="application/octet-stream"; {_DECODED}'

        def ask() -> bytes:
            with self.web.asked("GET", place, headers={"Accept": accept}) as answer:
                boundary = boundary_of(answer.headers.get("Content-Type", ""))
                return b"".join(first_part(self.web.blocks(answer), boundary))

        try:
            return again(ask, self.web.access.limits)
        except Refused as no:
            raise ArchiveError(str(no)) from None

    def store(self, files: Iterable[Path]) -> Receipt:
        """Have the archive keep these files (STOW-RS), one to a request.

        So each is known to be stored or not, and is sent again alone.
        """
        objects, bad = objects_of(files)
        notes: list[str] = []

        @contextmanager
        def session() -> Iterator[Callable[[str], None]]:
            yield lambda name: self._send(objects[name][0], notes)

        done, failed = carry(objects, session, self.web.access.limits)
        failures = [Failure(name=name, reason=why) for name, why in failed.items()]
        return Receipt(
            moved=tuple(objects[name][1].instance for name in done),
            failures=(*bad, *failures),
            notes=tuple(notes),
        )

    def _bring(self, uid: str, place: str, shelf: Shelf) -> None:
        accept = 'multipart/related; type="application/dicom"; transfer-syntax=*'
        with self.web.asked("GET", place, headers={"Accept": accept}) as answer:
            boundary = boundary_of(answer.headers.get("Content-Type", ""))
            shelf.keep(uid, first_part(self.web.blocks(answer), boundary))

    def _send(self, path: Path, notes: list[str]) -> None:
        kind = f'multipart/related; type="application/dicom"; boundary={_BOUNDARY}'
        headers = {"Content-Type": kind, "Accept": _JSON}
        try:
            body = Enclosed(path, _BOUNDARY)
        except OSError as trouble:
            raise Refused(f"cannot be read: {trouble.strerror}") from None
        try:
            with self.web.asked(
                "POST", "studies", headers=headers, body=body
            ) as answer:
                told = self.web.json(answer)
                warned = answer.status_code == 202
        finally:
            body.close()
        said_ = told if isinstance(told, dict) else {}
        # Some servers send the sequence empty when all is well: count its items.
        refused = said_.get(_FAILED, {}).get("Value") or []
        if refused:
            code = (refused[0].get(_REASON, {}).get("Value") or ["?"])[0]
            code = f"{code:04X}h" if isinstance(code, int) else code
            raise Refused(f"{self.web.where} does not keep it (reason {code})")
        if warned:
            notes.append(f"{path}: taken with a warning")

    def _all(
        self, at: str, keys: Mapping[str, str], uid: str, limit: int | None
    ) -> list[dict[str, Any]]:
        """Return every answer, page by page, each UID once."""
        found: dict[str, dict[str, Any]] = {}
        offset = 0
        while limit is None or len(found) < limit:
            size = _PAGE if limit is None else min(_PAGE, limit - len(found))
            page = again(
                partial(self._page, at, keys, offset, size), self.web.access.limits
            )
            new = {said(one, uid): one for one in page if said(one, uid) not in found}
            # A server that knows no pages sends the same again: then that was all.
            if not new:
                break
            found |= new
            offset += len(page)
        return list(found.values())[:limit]

    def _page(
        self, at: str, keys: Mapping[str, str], offset: int, limit: int
    ) -> list[dict[str, Any]]:
        asked = [*keys.items(), ("limit", str(limit)), ("offset", str(offset))]
        if at == "studies":
            wanted = ("StudyDescription", "ModalitiesInStudy")
            asked += [("includefield", _TAGS[one]) for one in wanted]
            asked += [("includefield", _TAGS["NumberOfStudyRelatedInstances"])]
        try:
            with self.web.asked(
                "GET", at, headers={"Accept": _JSON}, keys=asked
            ) as one:
                page = [] if one.status_code == 204 else self.web.json(one)
        except Refused as no:
            raise ArchiveError(str(no)) from None
        except NotFound:
            if at == "studies":
                raise
            return []  # no such study, as some servers say it
        if not isinstance(page, list) or not all(isinstance(one, dict) for one in page):
            raise ArchiveError(f"{self.web.where} does not answer as DICOMweb does")
        return page


def open_dicomweb(address: Address, access: Access) -> WebArchive:
    """Open a DICOMweb service by its URL.

    Raises
    ------
    InvalidValue
        If the URL lacks a host, or a secret would travel readable.
    """
    if not address.host or address.options:
        raise InvalidValue("a DICOMweb archive is written https://host/path")
    secret = access.password is not None or access.token is not None
    local = re.fullmatch(r"localhost|127(\.\d+){3}|::1", address.host)
    if address.scheme == "http" and secret and not local:
        raise InvalidValue(
            "http:// would send the password so that others can read it; use https://"
        )
    host = f"[{address.host}]" if ":" in address.host else address.host
    port = f":{address.port}" if address.port else ""
    root = f"{address.scheme}://{host}{port}{address.path.rstrip('/')}"
    return WebArchive(Web(root, access))


def said(one: Mapping[str, Any], keyword: str) -> str:
    r"""Return what an answer says (PS3.18 F.2); `\` between values."""
    values = one.get(_TAGS[keyword], {}).get("Value") or []
    words = [v.get("Alphabetic", "") if isinstance(v, dict) else v for v in values]
    return "\\".join(str(word) for word in words if word is not None)


def _listing(one: Mapping[str, Any]) -> Listing:
    count = said(one, "NumberOfStudyRelatedInstances")
    return Listing(
        study_uid=said(one, "StudyInstanceUID"),
        patient_id=said(one, "PatientID"),
        patient_name=said(one, "PatientName"),
        date=said(one, "StudyDate"),
        accession=said(one, "AccessionNumber"),
        description=said(one, "StudyDescription"),
        modalities=tuple(
            sorted(set(said(one, "ModalitiesInStudy").split("\\")) - {""})
        ),
        objects=int(count) if count.isdecimal() else None,
    )
