"""A PACS by DICOM's own protocol: `dimse://TITLE@host:port?calling=OURS`.

`dimses://` is the same within TLS. Options: `calling`, our title; `retrieve=move` has
the archive send to us on the port that `listen` names, instead of C-GET.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind as StudyFind,
)
from pynetdicom.sop_class import Verification

from galactograph.archives.access import Access
from galactograph.archives.address import Address
from galactograph.archives.peer import Peer, checked, contexts
from galactograph.archives.retrieving import Retrieval
from galactograph.archives.sending import send
from galactograph.archives.trying import Away, Refused, again
from galactograph.dicom.identity import question, said
from galactograph.errors import ArchiveError, InvalidValue, NotFound
from galactograph.values.archive import Listing, Receipt, Terms

TITLE = "GALACTOGRAPH"
"""What we call ourselves unless the URL says otherwise."""

_ASKED = (
    "StudyInstanceUID",
    "PatientID",
    "PatientName",
    "StudyDate",
    "AccessionNumber",
    "StudyDescription",
    "ModalitiesInStudy",
    "NumberOfStudyRelatedInstances",
)


class DimseArchive:
    """One PACS.

    Parameters
    ----------
    peer
        Who it is, and how to speak with it.
    listen
        Port on which the archive sends to us (C-MOVE); None retrieves by C-GET.
    """

    def __init__(self, peer: Peer, *, listen: int | None = None) -> None:
        self.peer = peer
        self.listen = listen

    def echo(self) -> str:
        """Say who answers (C-ECHO)."""

        def ask() -> str:
            with self.peer.associated(contexts([Verification])) as association:
                checked(self.peer, association.send_c_echo())
            return f"{self.peer.where} answers"

        return again(ask, self.peer.access.limits)

    def search(self, terms: Terms) -> tuple[Listing, ...]:
        """Return the studies that match (C-FIND)."""
        keys = dict.fromkeys(_ASKED, "") | {
            "StudyInstanceUID": terms.study_uid,
            "PatientID": terms.patient_id,
            "PatientName": terms.patient_name,
            "AccessionNumber": terms.accession,
            "StudyDate": terms.date,
            "ModalitiesInStudy": terms.modality,
        }
        limits = self.peer.access.limits
        found = again(lambda: self._find("STUDY", keys, terms.limit), limits)
        return tuple(_listing(one) for one in found)

    def fetch(self, study_uid: str, folder: Path) -> Receipt:
        """Bring the objects of one study into a folder (C-GET or C-MOVE)."""
        expected = again(lambda: self._objects(study_uid), self.peer.access.limits)
        if not expected:
            raise NotFound(f"{self.peer.where} holds no study {study_uid}")
        return Retrieval(self.peer, study_uid, expected, folder, self.listen).run()

    def store(self, files: Iterable[Path]) -> Receipt:
        """Have the archive keep these files (C-STORE)."""
        return send(self.peer, files)

    def _objects(self, study_uid: str) -> dict[str, tuple[str, str]]:
        """Return series and class of every object of a study, by its UID."""
        objects = {}
        asked = {"StudyInstanceUID": study_uid, "SeriesInstanceUID": ""}
        with self.peer.associated(contexts([StudyFind])) as association:
            for series in self._asked(association, "SERIES", asked, None):
                uid = said(series, "SeriesInstanceUID")
                keys = {**asked, "SeriesInstanceUID": uid} | dict.fromkeys(
                    ("SOPInstanceUID", "SOPClassUID"), ""
                )
                for one in self._asked(association, "IMAGE", keys, None):
                    instance = said(one, "SOPInstanceUID")
                    if instance:
                        objects[instance] = (uid, said(one, "SOPClassUID"))
        return objects

    def _find(self, level: str, keys: Mapping[str, str], limit: int) -> list[Any]:
        with self.peer.associated(contexts([StudyFind])) as association:
            return self._asked(association, level, keys, limit)

    def _asked(
        self,
        association: Any,  # noqa: ANN401
        level: str,
        keys: Mapping[str, str],
        limit: int | None,
    ) -> list[Any]:
        found: list[Any] = []
        try:
            for status, answer in association.send_c_find(
                question(level, keys), StudyFind
            ):
                pending = checked(self.peer, status)
                if pending and answer is not None:
                    found.append(answer)
                if limit is not None and len(found) == limit:
                    # The rest of the answers is of no use: hang up, as C-CANCEL may
                    # be refused and the answers under way would have to be read.
                    association.abort()
                    break
        except Refused as no:
            raise ArchiveError(str(no)) from None
        except RuntimeError:
            raise Away(f"{self.peer.where} hung up") from None
        return found


def open_dimse(address: Address, access: Access) -> DimseArchive:
    """Open a PACS by its URL.

    Raises
    ------
    InvalidValue
        If the URL lacks a title, host or port, or has an option that is unknown.
    """
    if not (address.name and address.host and address.port):
        raise InvalidValue(
            "a PACS is written dimse://TITLE@host:port; title, host or port is missing"
        )
    options = dict(address.options)
    calling = options.pop("calling", TITLE)
    retrieve = options.pop("retrieve", "get")
    listen = options.pop("listen", "11112")
    if options:
        raise InvalidValue(f"the URL of a PACS has no option {min(options)!r}")
    if retrieve not in ("get", "move") or not listen.isdecimal():
        raise InvalidValue("retrieve must be get or move, and listen a port")
    for title in (address.name, calling):
        if not 1 <= len(title) <= 16 or not title.isascii() or "\\" in title:
            raise InvalidValue(f"a title has 1 to 16 plain letters, got {title!r}")
    peer = Peer(
        title=address.name,
        host=address.host,
        port=address.port,
        calling=calling,
        secure=address.scheme == "dimses",
        access=access,
    )
    return DimseArchive(peer, listen=int(listen) if retrieve == "move" else None)


def _listing(one: Any) -> Listing:  # noqa: ANN401
    count = said(one, "NumberOfStudyRelatedInstances")
    modalities: Sequence[str] = said(one, "ModalitiesInStudy").split("\\")
    return Listing(
        study_uid=said(one, "StudyInstanceUID"),
        patient_id=said(one, "PatientID"),
        patient_name=said(one, "PatientName"),
        date=said(one, "StudyDate"),
        accession=said(one, "AccessionNumber"),
        description=said(one, "StudyDescription"),
        modalities=tuple(sorted(set(modalities) - {""})),
        objects=int(count) if count.isdecimal() else None,
    )
