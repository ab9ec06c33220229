"""`galactograph listen`: take what a modality sends, read it, send the results back."""

# Heavy imports stand inside the command, so that its help is quick.
# ruff: noqa: PLC0415, T201

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter, validators

from galactograph.cli.errors import OK, UsageError
from galactograph.errors import InvalidValue

if TYPE_CHECKING:
    from galactograph.archives.access import Access
    from galactograph.archives.peer import Peer

_POSITIVE = validators.Number(gt=0)
_AT_LEAST_ONE = validators.Number(gte=1)


def listen(  # noqa: PLR0913  the options of a command
    folder: Path,
    /,
    *,
    to: str,
    port: Annotated[
        int, Parameter(validator=validators.Number(gte=1, lte=65535))
    ] = 11112,
    title: str = "GALACTOGRAPH",
    host: str = "127.0.0.1",
    caller: tuple[str, ...] = (),
    peer: tuple[str, ...] = (),
    quiet_s: Annotated[float, Parameter(validator=_POSITIVE)] = 300.0,
    workers: Annotated[int, Parameter(validator=_AT_LEAST_ONE)] = 1,
    least_free_mb: Annotated[float, Parameter(validator=_POSITIVE)] = 500.0,
    tls: Annotated[bool, Parameter(negative="")] = False,
    config: Path | None = None,
) -> int:
    """Take studies from modalities, read each when complete, send results to a PACS.

    Ends at SIGTERM or Ctrl-C; started again it goes on where it was, however it ended.

    Parameters
    ----------
    folder
        What the listener keeps: images, results, and what became of each study.
    to
        Archive for the results: dimse://TITLE@host:port, https://host/dicom-web, a
        folder; or a name in CONFIG.
    port
        To listen on.
    title
        What we are called.
    host
        Address of this machine to listen on; 0.0.0.0 for all of them.
    caller
        Title that may send; say it again for each. Without any, all may.
    peer
        TITLE@host:port of a modality that asks for storage commitment.
    quiet_s
        A study is complete when nothing more came for so many seconds.
    workers
        Studies that are read at once.
    least_free_mb
        Room on the disk below which nothing more is taken.
    tls
        Speak within TLS only; certificates as for `galactograph pacs`.
    config
        TOML file with archives by name.
    """
    from galactograph.archives import open_archive
    from galactograph.archives.access import access_from
    from galactograph.archives.receiving import Port
    from galactograph.listening.reader import read_study
    from galactograph.listening.service import Listener
    from galactograph.listening.settings import Settings

    try:
        settings = Settings(
            folder=folder,
            send_to=to,
            quiet_s=quiet_s,
            workers=workers,
            least_free_mb=least_free_mb,
        )
        open_archive(to, config=config)  # a URL that cannot be shows now
        access = access_from({})
        peers = dict(_peer(one, title, access) for one in peer)
    except InvalidValue as error:
        raise UsageError(str(error)) from None
    listener = Listener(
        settings,
        archive=lambda: open_archive(to, config=config),
        reader=read_study,
        peers=peers,
    )
    at = Port(
        title=title, number=port, host=host, known=caller, secure=tls, access=access
    )
    print(
        f"{title} listens on {host}:{port}; research use only - not a medical device",
        file=sys.stderr,
        flush=True,
    )
    listener.run(at, over=_until_asked())
    return OK


def _until_asked() -> threading.Event:
    """Return an event that is set by SIGTERM and Ctrl-C."""
    over = threading.Event()

    def end(*_: Any) -> None:  # noqa: ANN401
        over.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return over


def _peer(text: str, calling: str, access: Access) -> tuple[str, Peer]:
    from galactograph.archives.address import address_of
    from galactograph.archives.dimse import open_dimse

    address = address_of(f"dimse://{text}?calling={calling}")
    peer = open_dimse(address, access).peer
    return peer.title, peer
