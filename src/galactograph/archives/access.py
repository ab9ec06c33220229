"""How an archive is entered: who asks, which certificates, how patient to be."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from galactograph.errors import ArchiveError, InvalidValue

PREFIX = "GALACTOGRAPH_PACS_"
"""Environment variables begin so: GALACTOGRAPH_PACS_USER, _PASSWORD, _TOKEN, ..."""


class Secret:
    """A password or token: it can be used, and is never shown."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself, for the one who sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> Any:  # noqa: ANN401
        raise TypeError("a secret is not written down")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long to wait, and how often to try again.

    Attributes
    ----------
    connect_s
        Time to connect. (assumed: hospital networks answer within a second or never)
    reply_s
        Time between two signs of life of the peer. (assumed: a PACS may fetch from
        tape or cloud before it answers)
    attempts
        Tries in a row that may fail before giving up. (assumed)
    pause_s, longest_pause_s
        Wait before the second try; doubled before each further one, up to the longest.
        (assumed)
    """

    connect_s: float = 10.0
    reply_s: float = 60.0
    attempts: int = 4
    pause_s: float = 0.5
    longest_pause_s: float = 8.0

    def __post_init__(self) -> None:
        for name in ("connect_s", "reply_s"):
            if not getattr(self, name) > 0:
                raise InvalidValue(f"{name} must be > 0, got {getattr(self, name)}")
        if self.attempts < 1:
            raise InvalidValue(f"attempts must be >= 1, got {self.attempts}")
        if self.pause_s < 0 or self.longest_pause_s < 0:
            raise InvalidValue("pauses must be >= 0")

    def pause(self, failed: int) -> float:
        """Return how long to wait after `failed` tries in a row, s."""
        return float(min(self.longest_pause_s, self.pause_s * 2 ** (failed - 1)))


@dataclass(frozen=True, kw_only=True)
class Access:
    """Who asks and how; secrets do not show when it is printed.

    Attributes
    ----------
    ca
        Certificates that sign the peer's; None trusts what the system trusts.
    certificate, key
        Our own, where the peer asks for one.
    """

    user: str = ""
    password: Secret | None = None
    token: Secret | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    limits: Limits = field(default_factory=Limits)

    def tls_context(self) -> ssl.SSLContext:
        """Return what TLS needs: at least version 1.2, the peer's name checked.

        Raises
        ------
        ArchiveError
            If a certificate or key cannot be used.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca)
            context.minimum_version = ssl.TLSVersion.TLSv1_2  # BCP 195
            if self.certificate is not None:
                context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as trouble:
            named = ", ".join(
                str(one) for one in (self.ca, self.certificate, self.key) if one
            )
            why = trouble.strerror or type(trouble).__name__
            raise ArchiveError(
                f"certificates cannot be used ({why}); check {named or 'the system'}"
            ) from None
        return context

    def server_context(self) -> ssl.SSLContext:
        """Return what a port within TLS needs; whoever comes must show who it is.

        Raises
        ------
        ArchiveError
            If a certificate, its key or the authority is missing or cannot be used.
        """
        if self.certificate is None or self.ca is None:
            raise ArchiveError(
                "to be sent to within TLS, a certificate, its key and a ca are needed"
            )
        try:
            context = ssl.create_default_context(
                ssl.Purpose.CLIENT_AUTH, cafile=self.ca
            )
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as trouble:
            why = trouble.strerror or type(trouble).__name__
            raise ArchiveError(f"{self.certificate} cannot be used ({why})") from None
        return context


def access_from(
    table: Mapping[str, Any], environment: Mapping[str, str] = os.environ
) -> Access:
    """Return the access that a table of settings and the environment give.

    Parameters
    ----------
    table
        Names of `Access` and `Limits`; a secret may also be named by the file or the
        variable that holds it: `password_file`, `password_env`, and so for `token`.
    environment
        Weighs more than the table: `GALACTOGRAPH_PACS_USER`, `_PASSWORD`, `_TOKEN`,
        `_CA`, `_CERTIFICATE`, `_KEY`.

    Raises
    ------
    InvalidValue
        If a name is unknown or a value cannot be; no secret is ever quoted.
    """
    given: dict[str, Any] = dict(table)
    found: dict[str, Any] = {}
    for name in ("user", "ca", "certificate", "key"):
        value = environment.get(PREFIX + name.upper(), given.pop(name, None))
        if value:
            found[name] = str(value) if name == "user" else Path(value).expanduser()
        given.pop(name, None)
    for name in ("password", "token"):
        secret = _secret(name, given, environment)
        if secret is not None:
            found[name] = secret
    known = {one.name: one for one in fields(Limits)}
    limits = {name: given.pop(name) for name in known if name in given}
    if given:
        raise InvalidValue(f"an archive has no setting {min(given)!r}")
    for name, value in limits.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidValue(f"{name} must be a number")
    return replace(Access(**found), limits=Limits(**limits))


def _secret(
    name: str, given: dict[str, Any], environment: Mapping[str, str]
) -> Secret | None:
    plain = given.pop(name, None)
    file = given.pop(f"{name}_file", None)
    variable = given.pop(f"{name}_env", None)
    if environment.get(PREFIX + name.upper()):
        return Secret(environment[PREFIX + name.upper()])
    if variable is not None:
        if not environment.get(str(variable)):
            raise InvalidValue(f"{name}_env names {variable}, which is not set")
        return Secret(environment[str(variable)])
    if file is not None:
        try:
            return Secret(Path(file).expanduser().read_text("utf-8").strip())
        except (OSError, UnicodeDecodeError):
            raise InvalidValue(f"{name}_file: {file} cannot be read") from None
    return None if plain is None else Secret(str(plain))
