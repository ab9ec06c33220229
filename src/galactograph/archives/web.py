"""Requests to a web service, and what its refusals mean."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import requests

from galactograph.archives.access import Access
from galactograph.archives.trying import Away, Refused
from galactograph.errors import ArchiveError, NotFound

_BLOCK = 1 << 18


class Web:
    """A web service: its root, and who asks.

    Parameters
    ----------
    root
        URL without a slash at its end, and without a secret.
    """

    def __init__(self, root: str, access: Access) -> None:
        self.root = root
        self.access = access
        self.session = requests.Session()
        self.session.headers["User-Agent"] = "galactograph"
        # Always ours: else requests would send what stands in ~/.netrc.
        self.session.auth = self._signed
        if access.certificate is not None:
            key = access.key or access.certificate
            self.session.cert = (str(access.certificate), str(key))
        # A redirect could lead a secret elsewhere; archives do not redirect.
        self.session.max_redirects = 0

    @property
    def where(self) -> str:
        """Name the service in a sentence."""
        return self.root

    def _signed(self, request: Any) -> Any:  # noqa: ANN401
        access = self.access
        if access.token is not None:
            request.headers["Authorization"] = f"Bearer {access.token.reveal()}"
            return request
        if access.password is not None:
            word = access.password.reveal()
            basic = requests.auth.HTTPBasicAuth(access.user.encode(), word.encode())
            return basic(request)
        return request

    @contextmanager
    def asked(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        keys: Sequence[tuple[str, str]] = (),
        body: Any = None,  # noqa: ANN401
    ) -> Iterator[Any]:
        """Hold the answer to a request, its body not yet read.

        Raises
        ------
        Away
            If nobody answers in time, or the service has trouble of its own.
        NotFound
            If there is no such thing.
        Refused
            If it refuses this request.
        ArchiveError
            If it refuses us.
        """
        limits = self.access.limits
        try:
            with self.session.request(
                method,
                f"{self.root}/{path}{_query(keys)}",
                headers=dict(headers),
                data=body,
                stream=True,
                allow_redirects=False,
                # Said here: said to the session, REQUESTS_CA_BUNDLE would outweigh it.
                verify=True if self.access.ca is None else str(self.access.ca),
                timeout=(limits.connect_s, limits.reply_s),
            ) as answer:
                self._check(answer)
                yield answer
        except requests.RequestException as trouble:
            raise self._why(trouble) from None

    def blocks(self, answer: Any) -> Iterator[bytes]:  # noqa: ANN401
        """Yield the body as it comes.

        Raises
        ------
        Away
            If the service hangs up or falls silent in the middle.
        """
        try:
            yield from answer.iter_content(_BLOCK)
        except requests.RequestException as trouble:
            raise self._why(trouble) from None

    def json(self, answer: Any) -> Any:  # noqa: ANN401
        """Return the body as JSON; None if it is none."""
        try:
            return answer.json()
        except requests.exceptions.JSONDecodeError:
            return None

    def _check(self, answer: Any) -> None:  # noqa: ANN401
        code = answer.status_code
        text = f"{self.where}: HTTP {code} {answer.reason or ''}".rstrip()
        if code in (401, 403, 407):
            raise ArchiveError(f"{text}: we are not let in; check user and password")
        if code in (404, 410):
            raise NotFound(text)
        if code in (408, 429) or code >= 500:
            raise Away(text)
        if code == 409:
            return  # the answer to a STOW says which object, and why
        if code >= 300:
            raise Refused(text)

    def _why(self, trouble: requests.RequestException) -> ArchiveError:
        if isinstance(trouble, requests.exceptions.SSLError):
            return ArchiveError(f"{self.where}: TLS fails ({_tls(trouble)})")
        if isinstance(trouble, requests.exceptions.ConnectTimeout):
            return Away(f"{self.where} is away: no connection in time")
        if isinstance(trouble, requests.exceptions.Timeout):
            return Away(f"{self.where} did not answer in time")
        if isinstance(trouble, requests.exceptions.ConnectionError):
            return Away(f"{self.where} is away, or hung up")
        if isinstance(trouble, requests.exceptions.ChunkedEncodingError):
            return Away(f"{self.where} hung up in the middle of an answer")
        return ArchiveError(f"{self.where}: {type(trouble).__name__}")


def _query(keys: Sequence[tuple[str, str]]) -> str:
    """Return the query; wildcards stay as they are: not every server decodes them."""
    pairs = (f"{key}={quote(value, safe='*?')}" for key, value in keys)
    return f"?{'&'.join(pairs)}" if keys else ""


def _tls(trouble: BaseException) -> str:
    """Return what TLS itself says, from under the layers around it."""
    seen: BaseException | None = trouble
    for _ in range(8):
        if isinstance(seen, ssl.SSLError):
            return str(getattr(seen, "verify_message", "") or seen.reason)
        reason = getattr(seen, "reason", None)
        inner = [one for one in getattr(seen, "args", ()) if isinstance(one, Exception)]
        seen = reason if isinstance(reason, Exception) else (*inner, None)[0]
    return "check certificates"
