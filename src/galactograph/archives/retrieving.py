"""Bring a study from a peer: C-GET, or C-MOVE to a port of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pynetdicom import AE, build_context, build_role, evt
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelGet as StudyGet,
)
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelMove as StudyMove,
)

from galactograph.archives.peer import MOST_CONTEXTS, Peer, checked, contexts
from galactograph.archives.shelf import Shelf
from galactograph.archives.trying import Away, Refused, carry
from galactograph.dicom.identity import question
from galactograph.errors import ArchiveError
from galactograph.values.archive import Failure, Receipt

ENCODINGS = tuple(
    f"1.2.840.10008.1.2{tail}"
    for tail in (
        ".1", "", ".4.70", ".4.57", ".4.80", ".4.81", ".4.90", ".4.91", ".5",
        ".4.50", ".4.51", ".4.201", ".4.202", ".4.203", ".1.99",
    )
)  # fmt: skip
"""What the reader decodes, commonest first (PS3.6 A.1)."""

# Kinds of object that a breast study holds, for archives that do not say (PS3.4 B.5).
USUAL = tuple(
    f"1.2.840.10008.5.1.4.1.1.{tail}"
    for tail in (
        "1.2", "1.2.1", "13.1.3", "13.1.4", "13.1.5", "1.1", "1.1.1", "1", "7", "6.1",
        "3.1", "4", "4.1", "11.1", "11.2", "11.8", "30", "66", "66.4", "66.7", "88.11",
        "88.22", "88.33", "88.34", "88.50", "88.59", "88.67", "88.71", "104.1", "2",
        "7.2", "7.3", "12.1", "77.1.6",
    )
)  # fmt: skip


class Retrieval:
    """One study on its way into a folder.

    Parameters
    ----------
    peer
        Whom to ask.
    study_uid
        Which study.
    expected
        Series and class (which may be empty) of each of its objects, by UID.
    folder
        Where they go; what lies there already is not asked for.
    listen
        Port for C-MOVE; None for C-GET.
    """

    def __init__(
        self,
        peer: Peer,
        study_uid: str,
        expected: Mapping[str, tuple[str, str]],
        folder: Path,
        listen: int | None,
    ) -> None:
        self.peer = peer
        self.study_uid = study_uid
        self.expected = expected
        self.shelf = Shelf(folder)
        self.listen = listen
        self.refusals: dict[str, str] = {}

    def run(self) -> Receipt:
        """Fetch what is missing: all at once, then what failed, one by one."""
        there = tuple(uid for uid in self.expected if self.shelf.has(uid))
        self._all_at_once(there)
        missing = self._missing()
        failed: dict[str, str] = {}
        try:
            _, failed = carry(missing, self._session, self.peer.access.limits)
        except ArchiveError as trouble:
            if missing == list(self.expected):
                raise
            failed = dict.fromkeys(missing, str(trouble))
        now = [uid for uid in self.expected if self.shelf.has(uid)]
        conflicts = self.refusals | {
            uid: why for uid, why in failed.items() if uid not in now
        }
        return Receipt(
            moved=tuple(uid for uid in now if uid not in there),
            there=there,
            failures=tuple(
                Failure(name=uid, reason=why) for uid, why in conflicts.items()
            ),
        )

    def _missing(self) -> list[str]:
        return [uid for uid in self.expected if not self.shelf.has(uid)]

    def _all_at_once(self, there: tuple[str, ...]) -> None:
        """Ask for the whole study if nothing of it is here: one question, not many."""
        if there:
            return
        try:
            with self._session() as ask:
                ask("")
        except (Away, Refused):
            # What came is kept; the objects that did not are asked for one by one,
            # so that one bad object does not hide the others.
            return

    @contextmanager
    def _session(self) -> Iterator[Callable[[str], None]]:
        with ExitStack() as open_:
            if self.listen is None:
                wanted, roles = self._proposed()
                handlers = [(evt.EVT_C_STORE, self._received)]
                session = self.peer.associated(
                    [*contexts([StudyGet]), *wanted], roles=roles, handlers=handlers
                )
            else:
                open_.enter_context(self._listening(self.listen))
                session = self.peer.associated(contexts([StudyMove]))
            association = open_.enter_context(session)
            yield lambda uid: self._ask(association, uid)

    def _ask(self, association: Any, uid: str) -> None:  # noqa: ANN401
        """Ask for one object, or for the whole study if `uid` is empty."""
        keys = {"StudyInstanceUID": self.study_uid}
        if uid:
            keys |= {"SeriesInstanceUID": self.expected[uid][0], "SOPInstanceUID": uid}
        asked = question("IMAGE" if uid else "STUDY", keys)
        try:
            if self.listen is None:
                answers = association.send_c_get(asked, StudyGet)
            else:
                answers = association.send_c_move(asked, self.peer.calling, StudyMove)
            for status, _ in answers:
                checked(self.peer, status)
        except (RuntimeError, ValueError) as trouble:
            raise Away(f"{self.peer.where} hung up ({trouble})") from None
        except Refused as no:
            if self.listen is None:
                raise
            raise Refused(
                f"{no}; does it know {self.peer.calling} at port {self.listen} of "
                "this machine?"
            ) from None
        if uid and not self.shelf.has(uid):
            raise Refused(self.refusals.pop(uid, f"{self.peer.where} did not send it"))

    def _received(self, event: Any) -> int:  # noqa: ANN401
        """Keep one object that comes in; return the status that it gets."""
        uid = str(event.request.AffectedSOPInstanceUID)
        if uid not in self.expected:
            return 0xC000  # nobody asked for it
        try:
            self.shelf.keep(uid, [event.encoded_dataset()])
        except Refused as no:
            self.refusals[uid] = str(no)
            return 0xC000
        except ArchiveError as trouble:
            self.refusals[uid] = str(trouble)
            return 0xA700
        self.refusals.pop(uid, None)
        return 0x0000

    def _proposed(self) -> tuple[list[Any], list[Any]]:
        """Return contexts and roles for what may come, as fine as there is room."""
        known = {kind for _, kind in self.expected.values()}
        kinds = sorted(known) if known and "" not in known else USUAL
        room = max(1, MOST_CONTEXTS // len(kinds))
        if room == 1:
            wanted = contexts(kinds[:MOST_CONTEXTS], ENCODINGS)
        else:
            # Each encoding in a context of its own lets the peer send its files as
            # they are; the last takes what there is no room for.
            split = [[one] for one in ENCODINGS[: room - 1]]
            split += [list(ENCODINGS[room - 1 :])] if ENCODINGS[room - 1 :] else []
            wanted = [build_context(kind, part) for kind in kinds for part in split]
        return wanted, [build_role(kind, scp_role=True) for kind in kinds]

    @contextmanager
    def _listening(self, port: int) -> Iterator[None]:
        entity = AE(ae_title=self.peer.calling)
        entity.maximum_associations = 10
        entity.network_timeout = self.peer.access.limits.reply_s
        known = {kind for _, kind in self.expected.values()} - {""}
        for kind in sorted(known | set(USUAL))[:MOST_CONTEXTS]:
            entity.add_supported_context(kind, list(ENCODINGS))
        try:
            server = entity.start_server(
                ("", port),
                block=False,
                evt_handlers=[(evt.EVT_C_STORE, self._received)],
                ssl_context=(
                    self.peer.access.server_context() if self.peer.secure else None
                ),
            )
        except OSError as trouble:
            raise ArchiveError(
                f"port {port} cannot be listened on ({trouble.strerror}); name another "
                "by listen="
            ) from None
        try:
            yield
        finally:
            server.shutdown()
