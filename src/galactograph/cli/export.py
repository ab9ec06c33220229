"""`galactograph export`: a reading as FHIR or as HL7 v2."""

# Heavy imports stand inside the commands, so that their help is quick.
# ruff: noqa: PLC0415, T201

from __future__ import annotations

import json
import os
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from galactograph.cli.errors import OK, UsageError

Out = Annotated[Path | None, Parameter(alias="-o")]


def make_export() -> App:
    """Return the group of commands."""
    group = App(
        name="export", help="Write a reading as a message: FHIR R4, or HL7 v2 ORU^R01."
    )
    group.command(fhir)
    group.command(hl7)
    return group


def fhir(
    reading: Path,
    /,
    *,
    out: Out = None,
    patient_id: str = "",
    patient_system: str = "",
    accession: str = "",
) -> int:
    """Write a reading as a FHIR R4 bundle: report, observations, candidate causes.

    Parameters
    ----------
    reading
        Folder that `read` wrote, or its reading.json.
    out
        File to write; printed if not given.
    patient_id
        Number of the patient: the reading holds none.
    patient_system
        Who gave out the number, as a URI.
    accession
        Number of the order.
    """
    from galactograph.reporting.facts import Order, load_reading
    from galactograph.reporting.fhir import bundle_of

    order = Order(
        patient_id=patient_id, patient_system=patient_system, accession=accession
    )
    bundle = bundle_of(load_reading(reading), made=_now(), order=order)
    _give(json.dumps(bundle, ensure_ascii=False, indent=1) + "\n", out)
    return OK


def hl7(
    reading: Path,
    /,
    *,
    patient_id: str,
    out: Out = None,
    patient_system: str = "",
    accession: str = "",
    processing: Literal["T", "D", "P"] = "T",
) -> int:
    """Write a reading as an HL7 v2.5.1 message ORU^R01.

    Parameters
    ----------
    reading
        Folder that `read` wrote, or its reading.json.
    patient_id
        Number of the patient: the reading holds none.
    out
        File to write; printed if not given.
    patient_system
        Who gave out the number.
    accession
        Number of the order.
    processing
        Processing ID: T training, D debugging, P production. T unless you say
        otherwise, so that no system takes research for a result.
    """
    from galactograph.reporting.facts import Order, load_reading
    from galactograph.reporting.hl7 import message_of

    if not patient_id.strip():
        raise UsageError("--patient-id must not be empty")
    order = Order(
        patient_id=patient_id, patient_system=patient_system, accession=accession
    )
    told = message_of(
        load_reading(reading), made=_now(), order=order, processing=processing
    )
    _give(told, out)
    return OK


def _now() -> datetime:
    return datetime.now().astimezone()


def _give(text: str, out: Path | None) -> None:
    """Print text, or write it to a file that is never seen half-written."""
    if out is None:
        sys.stdout.write(text)
        return
    if out.exists():
        raise UsageError(f"{out} is there already; name another file")
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(prefix=".", dir=out.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(aside).replace(out)
    finally:
        Path(aside).unlink(missing_ok=True)
    print(f"Message: {out}")
