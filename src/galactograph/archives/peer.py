"""A peer that speaks DIMSE: calling it, and what its answers mean."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pynetdicom import AE, _config, build_context

from galactograph.archives.access import Access
from galactograph.archives.trying import Away, Refused
from galactograph.errors import ArchiveError

# Send files as they lie on the disk, piece by piece: never decoded, never changed.
_config.STORE_SEND_CHUNKED_DATASET = True

MOST_CONTEXTS = 126
"""Presentation contexts of one association: 128 (PS3.8), less one for the service."""

_PLAIN = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
"""Explicit and implicit little endian: what every archive speaks (PS3.5 10)."""

_TRANSIENT = range(0xA700, 0xA800)
"""Out of resources: the only failures that pass (PS3.4 B.2.3, C.4)."""

_WORDS = {
    0x0122: "it does not take this kind of object",
    0x0124: "we are not authorised",
    0x0211: "it does not know this operation",
    0xA801: "it does not know our title",
    0xA900: "the object does not match its class",
    0xC000: "it cannot process this",
}


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Who is called, and how.

    Attributes
    ----------
    title, calling
        Application entity titles of the peer and of ours.
    secure
        Speak within TLS.
    """

    title: str
    host: str
    port: int
    calling: str
    secure: bool
    access: Access

    @property
    def where(self) -> str:
        """Name the peer in a sentence."""
        return f"{self.title} at {self.host}:{self.port}"

    @contextmanager
    def associated(
        self,
        wanted: Sequence[Any],
        *,
        roles: Sequence[Any] = (),
        handlers: Sequence[Any] = (),
    ) -> Iterator[Any]:
        """Hold an association with the peer.

        Raises
        ------
        Away
            If the peer is not there, or hung up.
        ArchiveError
            If it refuses us; the sentence says why.
        """
        context = self.access.tls_context() if self.secure else None
        association = self._entity().associate(
            self.host,
            self.port,
            contexts=list(wanted),
            ae_title=self.title,
            ext_neg=list(roles),
            evt_handlers=list(handlers),
            tls_args=None if context is None else (context, self.host),
        )
        if not association.is_established:
            raise self._why_not(association, context)
        try:
            yield association
        except BaseException:
            # Whatever is under way is over: a release would wait for it.
            if association.is_established:
                association.abort()
            raise
        if association.is_established:
            association.release()

    def _entity(self) -> Any:  # noqa: ANN401
        entity = AE(ae_title=self.calling)
        limits = self.access.limits
        entity.connection_timeout = limits.connect_s
        entity.acse_timeout = limits.reply_s
        entity.dimse_timeout = limits.reply_s
        entity.network_timeout = limits.reply_s
        return entity

    def _why_not(
        self,
        association: Any,  # noqa: ANN401
        context: ssl.SSLContext | None,
    ) -> ArchiveError:
        said = association.acceptor.primitive
        if association.is_rejected and said is not None:
            reason = {
                (1, 3): f"it does not know us as {self.calling}",
                (1, 7): f"it is not called {self.title}",
            }.get((said.result_source, said.diagnostic), str(said.reason_str).lower())
            kind = Away if said.result == 2 else ArchiveError
            return kind(f"{self.where} refuses the association: {reason}")
        if association.rejected_contexts:
            return ArchiveError(f"{self.where} takes none of what was proposed")
        # The library only logs why a connection failed: knock once more to learn it.
        return self._knock(context) or Away(
            f"{self.where} hung up before the association stood; is it a DICOM port"
            f"{'' if self.secure else ' without TLS'}?"
        )

    def _knock(self, context: ssl.SSLContext | None) -> ArchiveError | None:
        wait_s = self.access.limits.connect_s
        try:
            with socket.create_connection((self.host, self.port), wait_s) as plain:
                if context is not None:
                    with context.wrap_socket(plain, server_hostname=self.host):
                        return None
        except ssl.SSLError as trouble:
            why = getattr(trouble, "verify_message", "") or trouble.reason
            return ArchiveError(f"{self.where}: TLS fails ({why}); check certificates")
        except socket.gaierror:
            return ArchiveError(f"{self.where}: there is no host of that name")
        except OSError as trouble:
            return Away(f"{self.where} is away: {trouble.strerror or trouble}")
        return None


def contexts(classes: Iterable[str], syntaxes: Sequence[str] = _PLAIN) -> list[Any]:
    """Return one presentation context for each class, in these encodings."""
    return [build_context(one, list(syntaxes)) for one in classes]


def checked(peer: Peer, status: Any) -> bool:  # noqa: ANN401
    """Return whether more is to come; raise if the answer is none, or a refusal.

    Raises
    ------
    Away
        If the peer said nothing in time, hung up, or is out of resources for now.
    Refused
        If it refuses for good.
    """
    code = status.get("Status")
    if code is None:
        raise Away(f"{peer.where} hung up, or did not answer in time")
    code = int(code)
    if code in (0xFF00, 0xFF01):
        return True
    # 0107 and 0116 are warnings of attributes, Bxxx of the service (PS3.7 C).
    if code in (0, 0x0001, 0x0107, 0x0116) or code >> 12 == 0xB:
        return False
    comment = str(status.get("ErrorComment", "") or "").strip()
    # 0xC1xx to 0xCFxx and the others keep their number: the peer's manual has it.
    words = _WORDS.get(code) or _WORDS.get(code & 0xFF00, "it failed")
    text = f"{peer.where}: {words} (status {code:04X}h{comment and f', {comment}'})"
    if code in _TRANSIENT:
        raise Away(text)
    raise Refused(text)
