"""The report in a few lines of plain text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from galactograph.advice.causes import determined
from galactograph.language import ENGLISH
from galactograph.reporting import words
from galactograph.reporting.document import in_millimetres
from galactograph.values.clock import quadrant, spoken
from galactograph.values.report import Finding, Report


def text_summary(report: Report) -> str:
    """Return what was seen, where, and what to consider, as plain text."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    level = report.assessment.level
    yield f"{level}  {words.LEVELS[level]}"
    yield f"     {report.assessment.text}"
    yield ""
    for reading in report.readings:
        status = ENGLISH.say(f"adequacy.{reading.adequacy.status}")
        yield f"{reading.view.name}: {status}, {_extent(report, reading.index)}"
    yield ""
    if not report.findings:
        yield "No findings."
    for number, finding in enumerate(report.findings, 1):
        yield from finding_lines(finding, number, report)
    for reason in report.contradictions:
        yield f"To settle: {reason.text} [{reason.rule}]"
    yield ""
    for advice in report.advice:
        codes = ", ".join(reason.rule for reason in advice.reasons)
        yield f"{ENGLISH.say(f'action.{advice.action}')} [{codes}]"
    for problem in report.problems:
        yield f"Not read: {problem.source}: {problem.reason}"
    yield ""
    yield f"{words.RESEARCH}."
    if report.simulated:
        yield "SIMULATED images."


def _extent(report: Report, index: int) -> str:
    reading = report.readings[index]
    grid = reading.view.image.grid
    count = sum(len(duct.tree.branches) for duct in reading.ducts)
    length = reading.total_length_mm
    if grid.has_millimetres:
        return f"{count} branches, {length:.0f} mm of duct"
    return f"{count} branches, {length / grid.pixel_mm:.0f} px of duct"


def finding_lines(finding: Finding, number: int, report: Report) -> Iterator[str]:
    """Yield the lines of one finding: what and how sure, where, why."""
    name = finding.identifier or f"F{number}"
    sure = words.confidence_words(finding.confidence)
    size = ""
    if finding.length_mm is not None and in_millimetres(finding, report):
        size = f", {finding.length_mm:.1f} mm"
    kind = words.kind_words(finding.kind)
    yield f"{name}  {kind}{size}, confidence {sure} ({finding.confidence:.2f})"
    seen = ", ".join(report.readings[p.view].view.name for p in finding.places)
    yield f"    seen in {seen}; {where(finding, report)}"
    if finding.causes:
        likely = max(finding.causes, key=lambda cause: cause.probability)
        name = ENGLISH.say(f"cause.{likely.name}").lower()
        first = "most likely" if determined(finding) else "cause undetermined; first"
        yield f"    {first}: {name} ({likely.probability:.0%})"


def where(finding: Finding, report: Report) -> str:
    """Return where a finding lies, in words; unknown stays unknown."""
    parts = []
    if in_millimetres(finding, report):
        if finding.along_duct_mm is not None:
            parts.append(
                f"{finding.along_duct_mm:.0f} mm from the nipple along the duct"
            )
        if finding.straight_mm is not None:
            parts.append(f"{finding.straight_mm:.0f} mm straight")
    if finding.clock:
        parts.append(spoken(finding.clock))
        quarter = quadrant(finding.clock, report.laterality)
        parts.extend([f"{quarter} quadrant"] if quarter else [])
    if finding.depth is not None:
        parts.append(f"{finding.depth} third")
    return ", ".join(parts) or "place in the breast not determined"
