"""A port that takes what modalities send: objects, steps, wishes to keep for good."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    ModalityPerformedProcedureStep,
    StorageCommitmentPushModel,
    Verification,
)

from galactograph.archives.access import Access
from galactograph.archives.retrieving import ENCODINGS, USUAL
from galactograph.dicom.identity import is_uid
from galactograph.dicom.services import Commitment, commitment_of, status
from galactograph.dicom.steps import step_of
from galactograph.errors import ArchiveError, DicomError
from galactograph.values.steps import Step

OK = 0x0000
NO_ROOM = 0xA700
"""Out of resources: the sender keeps the object and tries again (PS3.4 B.2.3)."""
NOT_UNDERSTOOD = 0xC000
TAKEN = 0xC111
"""Cannot understand, for the reason 0111h: the UID is taken by other content."""
PROCESSING, EXISTS, ABSENT = 0x0110, 0x0111, 0x0112
"""Processing failure; such an instance is there already; there is none (PS3.7 C)."""
_INVALID = 0x0106

_GRACE_S = 5.0
"""How long those who are sending may finish when the port closes (assumed), s"""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who has called: one association.

    Attributes
    ----------
    number
        Of the association; another one has another number.
    title
        What the peer calls itself.
    """

    number: int
    title: str


class Desk(Protocol):
    """Who takes what comes in at a port; each returns a status and words for it."""

    def store(self, caller: Caller, uid: str, content: bytes) -> tuple[int, str]:
        """Take an object, given as a DICOM file."""

    def commit(self, caller: Caller, asked: Commitment) -> tuple[int, str]:
        """Take the wish that objects be kept; the answer is sent later."""

    def step(self, caller: Caller, uid: str, told: Step, *, new: bool) -> int:
        """Take what is told of a procedure step."""

    def left(self, caller: Caller) -> None:
        """Learn that a caller has hung up."""


@dataclass(frozen=True, kw_only=True)
class Port:
    """Where to listen, and for whom.

    Attributes
    ----------
    title
        What we are called; who asks for another is refused.
    host
        Address of this machine to listen on; empty for all.
    known
        Titles that may call; empty for all.
    secure
        Speak within TLS only, with those who show a certificate that `access.ca` signs.
    callers
        Most associations at once. (assumed)
    """

    title: str
    number: int
    host: str = "127.0.0.1"
    known: tuple[str, ...] = ()
    secure: bool = False
    callers: int = 20
    access: Access = field(default_factory=Access)


@contextmanager
def receiving(port: Port, desk: Desk) -> Iterator[None]:
    """Listen at a port while the block lasts; then let those who send finish.

    Raises
    ------
    ArchiveError
        If the port cannot be listened on, or certificates cannot be used.
    """
    entity = AE(ae_title=port.title)
    entity.require_called_aet = True
    entity.require_calling_aet = list(port.known)
    entity.maximum_associations = port.callers
    entity.network_timeout = port.access.limits.reply_s
    for kind in USUAL:
        entity.add_supported_context(kind, list(ENCODINGS))
    entity.add_supported_context(Verification)
    entity.add_supported_context(ModalityPerformedProcedureStep)
    entity.add_supported_context(StorageCommitmentPushModel)
    try:
        server = entity.start_server(
            (port.host, port.number),
            block=False,
            evt_handlers=_handlers(desk),
            ssl_context=port.access.server_context() if port.secure else None,
        )
    except OSError as trouble:
        if isinstance(trouble, ArchiveError):
            raise
        raise ArchiveError(
            f"port {port.number} cannot be listened on ({trouble.strerror})"
        ) from None
    try:
        yield
    finally:
        server.shutdown()  # nobody new
        end = time.monotonic() + _GRACE_S
        while entity.active_associations and time.monotonic() < end:
            time.sleep(0.05)
        entity.shutdown()


def _handlers(desk: Desk) -> list[Any]:
    def stored(event: Any) -> Any:  # noqa: ANN401
        uid = str(event.request.AffectedSOPInstanceUID)
        if not is_uid(uid):
            return status(NOT_UNDERSTOOD, "has a UID that is none")
        return status(*desk.store(_caller(event), uid, event.encoded_dataset()))

    def acted(event: Any) -> Any:  # noqa: ANN401
        try:
            asked = commitment_of(event.action_information)
        except DicomError as trouble:
            return status(_INVALID, str(trouble)), None
        return status(*desk.commit(_caller(event), asked)), None

    def created(event: Any) -> Any:  # noqa: ANN401
        uid = str(event.request.AffectedSOPInstanceUID or "")
        return _step(desk, event, uid, event.attribute_list, new=True)

    def changed(event: Any) -> Any:  # noqa: ANN401
        uid = str(event.request.RequestedSOPInstanceUID or "")
        return _step(desk, event, uid, event.modification_list, new=False)

    def left(event: Any) -> None:  # noqa: ANN401
        desk.left(_caller(event))

    return [
        (evt.EVT_C_STORE, stored),
        (evt.EVT_N_ACTION, acted),
        (evt.EVT_N_CREATE, created),
        (evt.EVT_N_SET, changed),
        (evt.EVT_CONN_CLOSE, left),
    ]


def _step(desk: Desk, event: Any, uid: str, told: Any, *, new: bool) -> Any:  # noqa: ANN401
    if not is_uid(uid):
        return status(_INVALID, "a step is named by its UID"), None
    try:
        step = step_of(told)
    except DicomError as trouble:
        return status(_INVALID, str(trouble)), None
    code = desk.step(_caller(event), uid, step, new=new)
    return status(code), (told if code == OK else None)


def _caller(event: Any) -> Caller:  # noqa: ANN401
    association = event.assoc
    return Caller(
        number=id(association), title=str(association.requestor.ae_title or "").strip()
    )
