"""`galactograph exam`: may it be done, and what was done."""

# Heavy imports stand inside the commands, so that their help is quick.
# ruff: noqa: PLC0415, T201

from __future__ import annotations

import json
import textwrap
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from galactograph.cli.errors import FAILURE, OK, UsageError
from galactograph.cli.presentation import presentation
from galactograph.errors import InvalidValue, Unreadable
from galactograph.values.codes import Laterality
from galactograph.values.record import (
    Agent,
    CannulaKind,
    InjectionRecord,
    OrificePlace,
    StopReason,
)

if TYPE_CHECKING:
    from galactograph.advice.eligibility import Eligibility, Objection

Json = Annotated[bool, Parameter(name="--json", negative="")]
Overwrite = Annotated[bool, Parameter(negative="")]
Out = Annotated[Path, Parameter(alias="-o")]

RESEARCH = "Research use only - not a medical device; a clinician decides."

_SAID = {
    False: "REFUSED: a hard stop holds. Galactography is not done.",
    None: "NOT CLEARED: it is not known whether a hard stop holds. Ask first.",
    True: "No hard stop holds.",
}
_HEADS = {
    "stop": "Stop",
    "not-indicated": "Not indicated",
    "defer": "Not now",
    "caution": "Caution",
    "info": "Consider first",
}


def make_exam() -> App:
    """Return the group of commands."""
    group = App(name="exam", help="May it be done? And keep a record of what was done.")
    group.command(check)
    group.command(patient)
    group.command(record)
    return group


def check(patient: Path, /, *, as_json: Json = False) -> int:
    """Say whether a galactogram may be done, what speaks against it, what to ask.

    Exit status: 0 no hard stop holds, 1 one holds or is not ruled out, 3 the file is
    not usable.

    Parameters
    ----------
    patient
        TOML file with what is known; `galactograph exam patient` writes one to fill in.
    as_json
        Print JSON.
    """
    from galactograph.advice.eligibility import may_inject

    try:
        known = presentation(patient)
    except UsageError as error:
        raise Unreadable(str(error)) from None
    verdict = may_inject(known)
    if as_json:
        print(json.dumps(_document(verdict), ensure_ascii=False, indent=1))
    else:
        print("\n".join(_lines(verdict)))
    return OK if verdict.allowed else FAILURE


def _document(verdict: Eligibility) -> dict[str, Any]:
    """Return eligibility ready for JSON."""

    def entry(one: Objection) -> dict[str, Any]:
        return {
            "rule": one.reason.rule,
            "severity": str(one.severity),
            "text": one.reason.text,
            "source": one.reason.source,
            "inputs": list(one.reason.inputs),
            "not_known": list(one.asks),
        }

    return {
        "research_use_only": True,
        "allowed": verdict.allowed,
        "gravest": None if verdict.gravest is None else str(verdict.gravest),
        "objections": [entry(one) for one in verdict.objections],
        "to_ask": [entry(one) for one in verdict.to_ask],
    }


def _lines(verdict: Eligibility) -> list[str]:
    """Return eligibility in words."""
    lines = [_SAID[verdict.allowed]]
    if verdict.allowed and not (verdict.objections or verdict.to_ask):
        lines[0] += " Nothing that was told speaks against galactography."
    for one in verdict.objections:
        head = f"{_HEADS[one.severity]} [{one.reason.rule}]"
        lines += ["", *_wrapped(f"{head} {one.reason.text}", 0)]
        lines += _wrapped(f"Because: {', '.join(one.reason.inputs)}.", 4)
        lines += _wrapped(f"Source: {one.reason.source}.", 4)
    if verdict.to_ask:
        lines += ["", "To ask, for it is not known:"]
    for one in verdict.to_ask:
        head = f"{_HEADS[one.severity]} [{one.reason.rule}]"
        lines += _wrapped(f"{head} {'; '.join(one.asks)}", 2)
    return [*lines, "", RESEARCH]


def _wrapped(words: str, indent: int) -> list[str]:
    first = " " * indent
    return textwrap.wrap(
        words, 88, initial_indent=first, subsequent_indent=first + "    "
    )


def patient(*, out: Out, overwrite: Overwrite = False) -> int:
    """Write a file to fill in with what is known of the patient.

    Parameters
    ----------
    out
        TOML file to write; everything in it is unknown.
    overwrite
        Replace OUT.
    """
    from galactograph.cli.templates import patient_template

    _write(out, patient_template(), overwrite=overwrite)
    print(f"Fill in {out}; then: galactograph exam check {out}")
    return OK


def record(  # noqa: PLR0913  the fields of a record
    *,
    out: Out,
    laterality: Literal["L", "R"] | None = None,
    orifice_clock: str | None = None,
    orifice_place: OrificePlace | None = None,
    orifice_mm: float | None = None,
    gauge: int | None = None,
    cannula: CannulaKind | None = None,
    agent: Agent | None = None,
    iodine_mg_ml: float | None = None,
    volume_ml: float | None = None,
    rate_ml_s: float | None = None,
    flushed: bool | None = None,
    reflux: bool | None = None,
    pain: int | None = None,
    extravasation: bool | None = None,
    stop_reason: StopReason | None = None,
    operator: str | None = None,
    time_of_day: str | None = None,
    overwrite: Overwrite = False,
) -> int:
    """Write the record of an injection; what is not given stays unknown, to fill in.

    Parameters
    ----------
    out
        File to write: TOML, or JSON if it is called so.
    laterality
        Side of the nipple.
    orifice_clock
        Position of the orifice on the nipple, facing the patient: 10 or 10:30.
    orifice_place
        In the central or the peripheral group.
    orifice_mm
        Distance of the orifice from the nipple's centre, mm.
    gauge
        Of the cannula.
    cannula
        Its shape.
    agent
        Iodine compound.
    iodine_mg_ml
        Concentration, mg of iodine in a mL.
    volume_ml
        Given in all, mL.
    rate_ml_s
        Mean rate, mL/s.
    flushed
        The line was filled and free of air.
    reflux
        Contrast came back beside the cannula.
    pain
        0 for none to 10 for the worst.
    extravasation
        Contrast left the duct.
    stop_reason
        Why the injection ended.
    operator
        Role, with a number if need be, such as radiologist-2; never a name.
    time_of_day
        When it began, such as 14:05.
    overwrite
        Replace OUT.
    """
    from galactograph.cli.templates import record_template
    from galactograph.values.record_text import record_table

    try:
        kept = InjectionRecord(
            laterality=None if laterality is None else Laterality(laterality),
            orifice_clock=orifice_clock,
            orifice_place=orifice_place,
            orifice_mm=orifice_mm,
            gauge=gauge,
            cannula=cannula,
            agent=agent,
            iodine_mg_ml=iodine_mg_ml,
            volume_ml=volume_ml,
            rate_ml_s=rate_ml_s,
            flushed=flushed,
            reflux=reflux,
            pain=pain,
            extravasation=extravasation,
            stop_reason=stop_reason,
            operator=operator,
            time_of_day=None if time_of_day is None else _time(time_of_day),
        )
    except InvalidValue as error:
        raise UsageError(str(error)) from None
    if out.suffix.lower() == ".json":
        text = json.dumps(record_table(kept), indent=1) + "\n"
    else:
        text = record_template(kept)
    _write(out, text, overwrite=overwrite)
    unknown = len(InjectionRecord.__dataclass_fields__) - len(kept.known)
    print(f"{out}: {len(kept.known)} facts known, {unknown} unknown.")
    return OK


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--time-of-day is like 14:05, got {text!r}") from None


def _write(out: Path, text: str, *, overwrite: bool) -> None:
    """Write a file whole; an earlier one is kept unless it may be replaced."""
    if overwrite:
        aside = out.with_name(f".{out.name}.part")
        aside.write_text(text, "utf-8")
        aside.replace(out)
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{out} is there; add --overwrite to replace it") from None
