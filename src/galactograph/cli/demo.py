"""`galactograph demo`: everything, on a simulated patient, nothing to download."""

# Heavy imports stand inside the command, so that its help is quick.
# ruff: noqa: PLC0415, T201

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter, validators

from galactograph.cli.errors import OK, UsageError
from galactograph.cli.progress import part, progress

if TYPE_CHECKING:
    from galactograph.cli.comparison import Row
    from galactograph.values.report import Report

CAUTION = "SIMULATED patient. Research use only - not a medical device."


def demo(
    *,
    out: Annotated[Path, Parameter(alias="-o")] = Path("demo"),
    seed: Annotated[int, Parameter(validator=validators.Number(gte=0))] = 7,
    quiet: Annotated[bool, Parameter(alias="-q", negative="")] = False,
) -> int:
    """Simulate a patient, read her galactogram, compare with the truth.

    Parameters
    ----------
    out
        Folder to write to; an earlier demo there is replaced.
    seed
        Same seed, same patient.
    quiet
        Show no progress.
    """
    import galactograph
    from galactograph.cli.comparison import compare
    from galactograph.examples import papilloma_study, write_study
    from galactograph.pictures import compose
    from galactograph.reporting import FolderInUse, fill, text_summary, whole_folder
    from galactograph.reporting.folder import check_free

    try:
        check_free(out, overwrite=True)
    except FolderInUse as error:
        raise UsageError(str(error)) from None
    start = time.monotonic()
    with (
        progress("demo", quiet=quiet) as tell,
        whole_folder(out, overwrite=True) as aside,
    ):
        tell("simulating a patient", 0.02)
        simulation = papilloma_study(seed)
        tell("writing her study as DICOM", 0.3)
        write_study(simulation, aside / "study")
        report = galactograph.read(
            aside / "study",
            presentation=simulation.study.patient.presentation,
            progress=part(tell, 0.35, 0.9),
        )
        tell("drawing", 0.9)
        fill(report, report.artist(report), aside)
        (aside / "demo.png").write_bytes(compose(report, *card(report)))
        rows = list(compare(report, simulation))
        tell("done", 1.0)
    print(text_summary(report))
    print("\n".join(_table(rows)))
    print(f"\n{out / 'report.html'} is the report; {out / 'study'} holds the images")
    print(f"and their truth. {time.monotonic() - start:.0f} s. {CAUTION}")
    return OK


def card(report: Report) -> tuple[str, list[str]]:
    """Return title and lines for the picture that sums the report up."""
    from galactograph.reporting.summary import finding_lines, where
    from galactograph.reporting.words import LEVELS

    level = report.assessment.level
    if not report.findings:
        return "No findings", [f"{level}: {LEVELS[level].lower()}"]
    number, best = max(
        enumerate(report.findings, 1), key=lambda pair: pair[1].confidence
    )
    title, *rest = (line.strip() for line in finding_lines(best, number, report))
    head, _, sure = title.partition(", confidence ")
    lines = [f"confidence {sure}", *where(best, report).split(", ")[:3]]
    return head, [*lines, *rest[1:], f"{level}: {LEVELS[level].lower()}"]


def _table(rows: Sequence[Row]) -> list[str]:
    """Lay the comparison out in columns."""
    told = [("", "truth", "read"), *((r.what, r.truth, r.read) for r in rows)]
    widths = [max(len(line[k]) for line in told) for k in range(3)]
    return [
        "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True))
        for line in told
    ]
