"""Ask a worklist what is ordered (C-FIND, PS3.4 K)."""

from __future__ import annotations

from pynetdicom.sop_class import ModalityWorklistInformationFind as WorklistFind

from galactograph.archives.peer import Peer, checked, contexts
from galactograph.archives.trying import Away, Refused, again
from galactograph.dicom.orders import order_of, question
from galactograph.errors import ArchiveError
from galactograph.values.order import Order, Wanted


def orders(peer: Peer, wanted: Wanted) -> tuple[Order, ...]:
    """Return the entries of a worklist that match, by the time of their schedule.

    Raises
    ------
    ArchiveError
        If the peer is away, knows no worklist, or refuses the question.
    """
    found = again(lambda: _asked(peer, wanted), peer.access.limits)
    return tuple(sorted(found, key=lambda one: (one.date, one.time, one.accession)))


def _asked(peer: Peer, wanted: Wanted) -> list[Order]:
    found: list[Order] = []
    with peer.associated(contexts([WorklistFind])) as association:
        try:
            for status, entry in association.send_c_find(
                question(wanted), WorklistFind
            ):
                if checked(peer, status) and entry is not None:
                    found.append(order_of(entry))
                if len(found) == wanted.limit:
                    association.abort()  # as a search does: the rest is of no use
                    break
        except Refused as no:
            raise ArchiveError(str(no)) from None
        except RuntimeError:
            raise Away(f"{peer.where} hung up") from None
    return found
