"""What the URL of an archive says; a secret has no place in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from galactograph.errors import InvalidValue


@dataclass(frozen=True, kw_only=True)
class Address:
    """A URL in parts.

    Attributes
    ----------
    scheme
        Which kind of archive: `file`, `dimse`, `dimses`, `http`, `https`.
    name
        What stands before the `@`: the title of the peer.
    options
        What stands after the `?`.
    """

    scheme: str
    name: str = ""
    host: str = ""
    port: int | None = None
    path: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


def address_of(url: str) -> Address:
    """Take a URL apart; what has no scheme is the path of a folder.

    Raises
    ------
    InvalidValue
        If it cannot be, or holds a password: command lines can be seen by others.
    """
    if "://" not in url and not url.startswith("file:"):
        return Address(scheme="file", path=url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidValue(
            "the URL of the archive cannot be taken apart; write it like "
            "dimse://PACS@host:104, https://host/dicom-web or file:///folder"
        ) from None
    if parts.password is not None or (
        parts.username is not None and parts.scheme in ("http", "https")
    ):
        raise InvalidValue(
            "a URL must not hold a user or password, it can be seen by others; set "
            "GALACTOGRAPH_PACS_USER and GALACTOGRAPH_PACS_PASSWORD instead"
        )
    return Address(
        scheme=parts.scheme,
        name=unquote(parts.username or ""),
        host=parts.hostname or "",
        port=port,
        path=unquote(parts.path),
        options=dict(parse_qsl(parts.query)),
    )
