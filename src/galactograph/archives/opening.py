"""Open an archive by its URL, or by the name it has in the settings."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any

from galactograph.archives.access import Access, access_from
from galactograph.archives.address import address_of
from galactograph.errors import InvalidValue, NotFound
from galactograph.plugins import Archive, plugin

CONFIG = "GALACTOGRAPH_CONFIG"
"""Names the settings in the environment."""


def open_archive(
    url: str, *, config: Path | None = None, access: Access | None = None
) -> Archive:
    """Open an archive.

    Parameters
    ----------
    url
        A folder (a path or `file:///path`), a PACS (`dimse://TITLE@host:port`, with
        TLS `dimses://`), DICOMweb (`https://host/dicom-web`); or the name of a table
        `[archives.NAME]` in the settings.
    config
        Settings, a TOML file; else what `GALACTOGRAPH_CONFIG` names, else
        `galactograph/config.toml` among the user's settings, if it is there.
    access
        Who asks and how; else from the settings and the environment.

    Raises
    ------
    InvalidValue
        If the URL or the settings cannot be.
    NotFound
        If nothing opens such a URL.
    """
    named = _named(url, config)
    url = str(named.pop("url", url))
    address = address_of(url)
    try:
        opener = plugin("archives", address.scheme)
    except NotFound:
        raise NotFound(
            f"no archive is opened by {address.scheme}://; write file:///folder, "
            "dimse://TITLE@host:port, dimses://..., https://host/dicom-web"
        ) from None
    archive: Archive = opener(address, access or access_from(named))
    return archive


def _named(url: str, config: Path | None) -> dict[str, Any]:
    """Return the settings of the archive called `url`; empty if it is a plain URL."""
    if not url.replace("-", "").replace("_", "").isalnum():
        return {}
    asked = config or (Path(os.environ[CONFIG]) if os.environ.get(CONFIG) else None)
    home = Path(os.environ.get("XDG_CONFIG_HOME", "") or Path.home() / ".config")
    file = asked or home / "galactograph" / "config.toml"
    if not file.exists():
        if asked:
            raise InvalidValue(f"{file}: there are no settings there")
        return {}
    try:
        archives = tomllib.loads(file.read_text("utf-8")).get("archives", {})
    except (OSError, UnicodeDecodeError) as trouble:
        raise InvalidValue(f"{file}: cannot be read") from trouble
    except tomllib.TOMLDecodeError:
        # The parser quotes the line, which may hold a secret.
        raise InvalidValue(f"{file}: is not valid TOML") from None
    table = archives.get(url) if isinstance(archives, dict) else None
    if table is None:
        return {}
    if not isinstance(table, dict) or "url" not in table:
        raise InvalidValue(f"{file}: [archives.{url}] needs a url")
    _check_private(file, table)
    return dict(table)


def _check_private(file: Path, table: dict[str, Any]) -> None:
    others = file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    if os.name == "posix" and others and {"password", "token"} & set(table):
        raise InvalidValue(
            f"{file}: holds a secret and others may read it; chmod 600 it, or name a "
            "variable by password_env"
        )
