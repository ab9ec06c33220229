"""`galactograph score`: a reading beside the truth of its simulated study."""

# Heavy imports stand inside the command, so that its help is quick.
# ruff: noqa: PLC0415, T201

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from galactograph.cli.errors import OK

if TYPE_CHECKING:
    from galactograph.trials.scoring import Score

_NOTE = "Simulated accuracy is not clinical accuracy. Research use only."


def score(
    report: Path,
    study: Path,
    /,
    *,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Score a reading of a simulated study: ducts, calibres, findings, advice.

    Parameters
    ----------
    report
        Folder of `galactograph read`, or reading.json of any reader that keeps the
        reading contract.
    study
        Folder of a simulated study with its truth, or its truth.json.
    as_json
        Print all that was measured as JSON.
    """
    from galactograph.trials import documents, scoring

    reading = report / "reading.json" if report.is_dir() else report
    told = scoring.score(
        documents.load(reading, documents.READING), documents.load_truth(study)
    )
    if as_json:
        print(json.dumps(told))
        return OK
    print("\n".join(_lines(told)))
    return OK


def _lines(told: Score) -> list[str]:
    """Return the figures that one study tells, its lesions and its findings."""
    from galactograph.trials.cards import card

    lines, group = [], ""
    for figure in card([told], rounds=0):
        if figure.value is None:
            continue
        if figure.goal.group != group:
            group = figure.goal.group
            lines.append(f"{group.capitalize()}")
        wanted = figure.goal.ambition
        goal = "" if wanted is None else f"  (goal {wanted:g})"
        lines.append(f"  {figure.goal.title:<62} {figure.value:7.3f}{goal}")
    lines.append("Lesions")
    lines += [_lesion(row) for row in told["lesions"]] or ["  none that contrast shows"]
    false = [mark["kind"] for mark in told["marks"] if not mark["truth"]]
    lines.append("Findings that belong to no lesion")
    lines += [f"  {kind}" for kind in false] or ["  none"]
    fits = "fits" if told["advice"]["fits"] else "does not fit"
    lines.append(f"Advice {fits}: diseased ducts truly {told['advice']['true']}")
    return [*lines, _NOTE]


def _lesion(row: Score) -> str:
    words = f"  {row['kind']} of {row['size_mm']:.1f} mm ({row['cause']}): "
    words += row["found"]
    return words if row["off_mm"] is None else f"{words}, {row['off_mm']:.1f} mm off"
