"""Tell a RIS how an exam goes: in progress, completed, discontinued (MPPS, PS3.4 F)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from pynetdicom.sop_class import ModalityPerformedProcedureStep as ProcedureStep

from galactograph.archives.peer import Peer, checked, contexts
from galactograph.archives.trying import Away, Refused, again
from galactograph.dicom.identity import identity_of
from galactograph.dicom.steps import begun, ended
from galactograph.errors import ArchiveError
from galactograph.values.codes import Code
from galactograph.values.order import Order


def begin(peer: Peer, order: Order, *, at: datetime) -> str:
    """Tell that an exam has begun (N-CREATE); return the UID of its step.

    Raises
    ------
    ArchiveError
        If the peer is away, takes no steps, or refuses this one.
    """
    uid = f"2.25.{uuid4().int}"
    told = begun(order, station=peer.calling, step_id=uid[-16:], at=at)

    def send(association: Any) -> Any:  # noqa: ANN401
        return association.send_n_create(told, ProcedureStep, uid)

    # Told twice under one UID, it is one step: another try does no harm, and then
    # the peer may say that it knows it.
    again(lambda: _told(peer, send, known=0x0111), peer.access.limits)
    return uid


def end(
    peer: Peer,
    uid: str,
    files: Iterable[Path],
    *,
    at: datetime,
    reason: Code | None = None,
) -> None:
    """Tell that an exam is over (N-SET), with the images that it made.

    Parameters
    ----------
    uid
        Of the step, as `begin` returned it.
    reason
        Why it was given up; None if it was completed.

    Raises
    ------
    ArchiveError
        If the peer is away or refuses.
    DicomError
        If a file is no DICOM object.
    InvalidValue
        If a completed exam made nothing.
    """
    told = ended([identity_of(one) for one in files], at=at, reason=reason)

    def send(association: Any) -> Any:  # noqa: ANN401
        return association.send_n_set(told, ProcedureStep, uid)

    again(lambda: _told(peer, send), peer.access.limits)


def _told(peer: Peer, send: Callable[[Any], Any], *, known: int | None = None) -> None:
    with peer.associated(contexts([ProcedureStep])) as association:
        try:
            status, _ = send(association)
            if known is None or status.get("Status") != known:
                checked(peer, status)
        except Refused as no:
            raise ArchiveError(str(no)) from None
        except (RuntimeError, ValueError) as trouble:
            raise Away(f"{peer.where} hung up ({trouble})") from None
