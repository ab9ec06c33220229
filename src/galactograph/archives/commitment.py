"""Storage commitment: ask an archive to keep objects for good; answer who asks us."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import StorageCommitmentPushModel as PushModel

from galactograph.archives.peer import Peer, checked, contexts
from galactograph.archives.trying import Away, Refused
from galactograph.dicom.services import (
    Commitment,
    Committed,
    answer,
    answer_of,
    commitment,
)
from galactograph.errors import ArchiveError

_WELL_KNOWN = "1.2.840.10008.1.20.1.1"
"""The one instance of the service (PS3.4 J.3.5)."""
_WELL, _PARTLY = 1, 2
"""Event types: all is kept; some is not (PS3.4 J.3.3)."""


def tell(peer: Peer, asked: Commitment, held: Iterable[str]) -> None:
    """Tell who asked which objects are kept (N-EVENT-REPORT).

    Raises
    ------
    ArchiveError
        If the peer is not there, or does not take the answer.
    """
    kept = set(held)
    kind = _WELL if set(asked.objects) <= kept else _PARTLY
    # We call, but it is we who provide the service.
    role = build_role(PushModel, scu_role=False, scp_role=True)
    with peer.associated(contexts([PushModel]), roles=[role]) as association:
        try:
            status, _ = association.send_n_event_report(
                answer(asked, kept), kind, PushModel, _WELL_KNOWN
            )
        except (RuntimeError, ValueError) as trouble:
            raise Away(f"{peer.where} hung up ({trouble})") from None
        checked(peer, status)


def ask(
    peer: Peer, objects: Mapping[str, str], *, listen: int, wait_s: float
) -> Committed:
    """Ask an archive to keep objects for good, and wait for its answer.

    Parameters
    ----------
    objects
        Class of each object, by its UID.
    listen
        Port of ours on which the archive answers; it may also answer at once, on the
        association on which it was asked.
    wait_s
        How long to wait; archives write to tape first.

    Raises
    ------
    ArchiveError
        If it is away, knows no commitment, or does not answer in time.
    """
    asked = Commitment(transaction=f"2.25.{uuid4().int}", objects=objects)
    answers: list[Committed] = []
    come = threading.Event()

    def told(event: Any) -> tuple[int, None]:  # noqa: ANN401
        said = answer_of(event.event_information)
        if said.transaction == asked.transaction:
            answers.append(said)
            come.set()
        return 0x0000, None

    handlers = [(evt.EVT_N_EVENT_REPORT, told)]
    server = _port(peer, listen, handlers)
    try:
        with peer.associated(contexts([PushModel]), handlers=handlers) as association:
            try:
                status, _ = association.send_n_action(
                    commitment(asked), 1, PushModel, _WELL_KNOWN
                )
                checked(peer, status)
            except Refused as no:
                raise ArchiveError(str(no)) from None
            except (RuntimeError, ValueError) as trouble:
                raise Away(f"{peer.where} hung up ({trouble})") from None
            come.wait(min(_AT_ONCE_S, wait_s))
        if not come.wait(wait_s):
            raise ArchiveError(
                f"{peer.where} did not say within {wait_s:g} s what it keeps; does it "
                f"know {peer.calling} at port {listen} of this machine?"
            )
    finally:
        server.shutdown()
    return answers[0]


_AT_ONCE_S = 0.5
"""How long an archive may answer on the same association (assumed), s"""


def _port(peer: Peer, listen: int, handlers: list[Any]) -> Any:  # noqa: ANN401
    entity = AE(ae_title=peer.calling)
    entity.add_supported_context(PushModel, scu_role=True, scp_role=True)
    try:
        return entity.start_server(
            ("", listen),
            block=False,
            evt_handlers=handlers,
            ssl_context=peer.access.server_context() if peer.secure else None,
        )
    except ArchiveError:
        raise
    except OSError as trouble:
        raise ArchiveError(
            f"port {listen} cannot be listened on ({trouble.strerror})"
        ) from None
