"""`galactograph pacs worklist|step|commit`: the services around an exam."""

# Heavy imports stand inside the commands, so that their help is quick.
# ruff: noqa: PLC0415, T201

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter, validators

from galactograph.cli.errors import FAILURE, OK, UsageError
from galactograph.errors import InvalidValue

if TYPE_CHECKING:
    from galactograph.archives.peer import Peer
    from galactograph.values.order import Order

Json = Annotated[bool, Parameter(name="--json", negative="")]


def worklist(  # noqa: PLR0913  the options of a command
    url: str,
    /,
    *,
    date: str = "",
    modality: str = "",
    station: str = "",
    patient_id: str = "",
    name: str = "",
    accession: str = "",
    limit: Annotated[int, Parameter(validator=validators.Number(gte=1))] = 100,
    config: Path | None = None,
    as_json: Json = False,
) -> int:
    """List what is ordered; an entry that lacks something is listed, with a warning.

    Parameters
    ----------
    url
        dimse://TITLE@host:port of the worklist, or a name in CONFIG.
    date
        YYYYMMDD, "today", or a range such as 20260101-20261231 or 20260101-.
    modality
        Such as MG.
    station
        Title of the modality that the exam is scheduled for.
    patient_id
        Of the patient.
    name
        Of the patient, such as "DOE*".
    accession
        Number of the order.
    limit
        Most entries to list.
    config
        TOML file with archives by name.
    as_json
        Print JSON.
    """
    from galactograph.archives.worklist import orders
    from galactograph.values.order import Wanted

    if date == "today":
        date = datetime.now().astimezone().strftime("%Y%m%d")
    wanted = Wanted(
        date=date,
        modality=modality,
        station=station,
        patient_id=patient_id,
        patient_name=name,
        accession=accession,
        limit=limit,
    )
    found = orders(_peer(url, config), wanted)
    if as_json:
        print(json.dumps([asdict(one) for one in found]))
        return OK
    for one in found:
        side = one.laterality or "?"
        words = (one.date, one.time, one.accession, one.patient_id, one.patient_name)
        print(
            _plain("  ".join(w for w in (*words, side, one.procedure, one.step) if w))
        )
        for note in one.notes:
            print(_plain(f"galactograph: {one.accession}: {note}"), file=sys.stderr)
    print(f"{len(found)} {'entry' if len(found) == 1 else 'entries'}", file=sys.stderr)
    return OK


def step(  # noqa: PLR0913  the options of a command
    url: str,
    status: Literal["begin", "complete", "discontinue"],
    /,
    *files: Path,
    order: Path | None = None,
    uid: str = "",
    reason: str = "unspecified",
    config: Path | None = None,
    as_json: Json = False,
) -> int:
    """Tell a RIS how an exam goes (MPPS); `begin` prints the UID of the step.

    Parameters
    ----------
    url
        dimse://TITLE@host:port of the RIS, or a name in CONFIG.
    status
        What has happened.
    files
        Images that the exam made.
    order
        JSON file with one entry of the worklist, as `worklist --json` prints it.
    uid
        Of the step, as `begin` printed it.
    reason
        Why the exam was given up: allergy, condition, doctor, equipment,
        extravasation, refused, unspecified, wrong-entry, wrong-side.
    config
        TOML file with archives by name.
    as_json
        Print JSON.
    """
    from galactograph.archives.performing import begin, end
    from galactograph.dicom.identity import is_uid
    from galactograph.dicom.steps import REASONS

    now = datetime.now().astimezone()
    peer = _peer(url, config)
    if status == "begin":
        if order is None:
            raise UsageError("begin needs --order, one entry of `worklist --json`")
        uid = begin(peer, _order(order), at=now)
    elif not is_uid(uid):
        raise UsageError(f"{status} needs --uid, as `begin` printed it")
    elif status == "complete":
        if not files:
            raise UsageError("a completed exam has made images; name them")
        end(peer, uid, files, at=now)
    else:
        if reason not in REASONS:
            raise UsageError(f"--reason is one of {', '.join(REASONS)}")
        end(peer, uid, files, at=now, reason=REASONS[reason])
    print(json.dumps({"step": uid, "status": status}) if as_json else uid)
    return OK


def commit(
    url: str,
    /,
    *files: Path,
    listen: Annotated[
        int, Parameter(validator=validators.Number(gte=1, lte=65535))
    ] = 11112,
    wait_s: Annotated[float, Parameter(validator=validators.Number(gt=0))] = 60.0,
    config: Path | None = None,
    as_json: Json = False,
) -> int:
    """Ask an archive whether it keeps files for good (storage commitment).

    Parameters
    ----------
    url
        dimse://TITLE@host:port?calling=OURS, or a name in CONFIG.
    files
        What was sent.
    listen
        Port on which the archive answers; it must know our title at this port.
    wait_s
        How long to wait for its answer, seconds.
    config
        TOML file with archives by name.
    as_json
        Print JSON.
    """
    from galactograph.archives.commitment import ask
    from galactograph.dicom.identity import identity_of

    if not files:
        raise UsageError("commit needs the files that were sent")
    objects = {
        one.instance: one.sop_class for one in (identity_of(path) for path in files)
    }
    told = ask(_peer(url, config), objects, listen=listen, wait_s=wait_s)
    missing = sorted(set(objects) - set(told.held))
    if as_json:
        print(json.dumps({"held": sorted(told.held), "missing": missing}))
    else:
        print(f"{len(objects) - len(missing)} of {len(objects)} objects are kept")
    for one in missing:
        code = told.failed.get(one, 0)
        print(f"galactograph: {one}: is not kept (reason {code:04X}h)", file=sys.stderr)
    return FAILURE if missing else OK


def _peer(url: str, config: Path | None) -> Peer:
    from galactograph.archives import open_archive
    from galactograph.archives.dimse import DimseArchive

    try:
        archive = open_archive(url, config=config)
    except InvalidValue as error:
        raise UsageError(str(error)) from None
    if not isinstance(archive, DimseArchive):
        raise UsageError("this needs DICOM's own protocol: dimse://TITLE@host:port")
    return archive.peer


def _order(file: Path) -> Order:
    from galactograph.values.codes import Code, Laterality
    from galactograph.values.order import Order

    try:
        told: Any = json.loads(file.read_text("utf-8"))
        one = dict(told[0] if isinstance(told, list) and len(told) == 1 else told)
        for name in ("codes", "protocol"):
            one[name] = tuple(Code(*code) for code in one.get(name, ()))
        one["notes"] = tuple(one.get("notes", ()))
        side = one.get("laterality")
        one["laterality"] = None if side is None else Laterality(side)
        return Order(**one)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    except (ValueError, TypeError, KeyError):
        raise UsageError(
            f"{file}: is not one entry as `worklist --json` prints it"
        ) from None


def _plain(words: str) -> str:
    """Return words from elsewhere without control characters."""
    return "".join(one if one.isprintable() else " " for one in words)
