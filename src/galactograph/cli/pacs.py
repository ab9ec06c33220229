"""`galactograph pacs`: ask an archive, find, pull and push studies."""

# Heavy imports stand inside the commands, so that their help is quick.
# ruff: noqa: PLC0415, T201

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter, validators

from galactograph.cli.errors import FAILURE, OK, UNREADABLE, UsageError
from galactograph.errors import InvalidValue

if TYPE_CHECKING:
    from galactograph.plugins import Archive
    from galactograph.values.archive import Receipt

Json = Annotated[bool, Parameter(name="--json", negative="")]
Config = Annotated[Path | None, Parameter()]

_DATES = re.compile(r"\d{8}|\d{8}-|-\d{8}|\d{8}-\d{8}")


def make_pacs() -> App:
    """Return the group of commands."""
    group = App(
        name="pacs", help="Ask an archive: is it there, what has it, pull and push."
    )
    group.command(echo)
    group.command(find)
    group.command(pull)
    group.command(push)
    for name in ("worklist", "step", "commit"):
        group.command(f"galactograph.cli.services:{name}", name=name)
    group.command("galactograph.cli.backlog:backlog", name="backlog")
    return group


def echo(url: str, /, *, config: Config = None, as_json: Json = False) -> int:
    """Say whether the archive answers.

    Parameters
    ----------
    url
        dimse://TITLE@host:port, https://host/dicom-web, a folder; or a name in CONFIG.
    config
        TOML file with archives by name.
    as_json
        Print JSON.
    """
    said = _open(url, config).echo()
    print(json.dumps({"answers": True, "says": said}) if as_json else said)
    return OK


def find(  # noqa: PLR0913  the options of a command
    url: str,
    /,
    *,
    patient_id: str = "",
    name: str = "",
    date: str = "",
    modality: str = "",
    accession: str = "",
    study: str = "",
    limit: Annotated[int, Parameter(validator=validators.Number(gte=1))] = 100,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """List the studies that match; * and ? are wildcards.

    Parameters
    ----------
    url
        dimse://TITLE@host:port, https://host/dicom-web, a folder; or a name in CONFIG.
    patient_id
        Of the patient.
    name
        Of the patient, such as "DOE*".
    date
        YYYYMMDD, or a range such as 20260101-20261231 or 20260101-.
    modality
        Such as MG.
    accession
        Number of the order.
    study
        UID of the study.
    limit
        Most studies to list.
    config
        TOML file with archives by name.
    as_json
        Print JSON.
    """
    from galactograph.values.archive import Terms

    if date and not _DATES.fullmatch(date):
        raise UsageError(f"--date is YYYYMMDD or a range YYYYMMDD-, got {date!r}")
    terms = Terms(
        study_uid=study,
        patient_id=patient_id,
        patient_name=name,
        accession=accession,
        date=date,
        modality=modality,
        limit=limit,
    )
    found = _open(url, config).search(terms)
    if as_json:
        print(json.dumps([asdict(one) for one in found]))
        return OK
    for one in found:
        words = (one.date, "/".join(one.modalities), one.patient_id, one.patient_name)
        many = "" if one.objects is None else f"{one.objects} objects"
        line = (one.study_uid, *words, one.description, many)
        print("  ".join(_plain(word) for word in line if word))
    studies = "study" if len(found) == 1 else "studies"
    print(f"{len(found)} {studies}", file=sys.stderr)
    return OK


def pull(
    url: str,
    study: str,
    /,
    *,
    out: Annotated[Path, Parameter(alias="-o")],
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Bring one study into a folder; run it again and only the rest is fetched.

    Parameters
    ----------
    url
        dimse://TITLE@host:port, https://host/dicom-web, a folder; or a name in CONFIG.
    study
        UID of the study, as `find` lists it.
    out
        Folder to write to.
    config
        TOML file with archives by name.
    as_json
        Print JSON.
    """
    if not re.fullmatch(r"[0-9.]{1,64}", study):
        raise UsageError(f"a study is named by its UID, got {study!r}")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is not a folder")
    receipt = _open(url, config).fetch(study, out)
    return _told(receipt, as_json=as_json, end=f"in {out}")


def push(
    url: str,
    /,
    *paths: Path,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Have the archive keep files; folders are searched for DICOM.

    Parameters
    ----------
    url
        dimse://TITLE@host:port, https://host/dicom-web, a folder; or a name in CONFIG.
    paths
        Files and folders.
    config
        TOML file with archives by name.
    as_json
        Print JSON.
    """
    from galactograph.dicom.files import Kind, kind_of, walked
    from galactograph.errors import Unreadable

    if not paths:
        raise UsageError("push needs files or folders to send")
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise Unreadable(f"{path}: there is no such file or folder")
        if path.is_dir():
            inside = (one for one in walked(path) if one.is_file())
            files += [one for one in inside if kind_of(one) is Kind.DICOM]
        else:
            files.append(path)
    if not files:
        raise Unreadable(f"{paths[0]}: holds no DICOM file")
    receipt = _open(url, config).store(files)
    status = _told(receipt, as_json=as_json, end=f"at {url}")
    if status != OK and not receipt.moved and not receipt.there:
        from galactograph.archives.sending import objects_of

        return FAILURE if objects_of(files)[0] else UNREADABLE
    return status


def _open(url: str, config: Path | None) -> Archive:
    from galactograph.archives import open_archive

    try:
        return open_archive(url, config=config)
    except InvalidValue as error:
        raise UsageError(str(error)) from None


def _told(receipt: Receipt, *, as_json: bool, end: str) -> int:
    """Print what became of a transfer; return the exit status."""
    if as_json:
        print(json.dumps(asdict(receipt)))
    else:
        before = f", {len(receipt.there)} were there" if receipt.there else ""
        print(f"{len(receipt.moved)} objects arrived{before}: {end}")
    for note in receipt.notes:
        print(f"galactograph: {_plain(note)}", file=sys.stderr)
    for failure in receipt.failures:
        words = f"{failure.name}: {failure.reason}"
        print(f"galactograph: {_plain(words)}", file=sys.stderr)
    return OK if receipt.complete else FAILURE


def _plain(words: str) -> str:
    """Return words from elsewhere without control characters."""
    return "".join(one if one.isprintable() else " " for one in words)
