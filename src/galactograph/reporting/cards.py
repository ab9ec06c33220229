"""Findings as cards: enlarged, located, explained, weighed."""

from __future__ import annotations

from html import escape

from galactograph.reporting import words
from galactograph.reporting.document import in_millimetres
from galactograph.reporting.figures import figure
from galactograph.values.clock import quadrant, spoken
from galactograph.values.plates import FindingPlates
from galactograph.values.report import Cause, Finding, Report


def card(finding: Finding, number: int, report: Report, plates: FindingPlates) -> str:
    """Return the card of one finding."""
    name = escape(finding.identifier or f"F{number}")
    code = finding.kind.code
    sure = words.confidence_words(finding.confidence)
    pictures = "".join(
        _crop(f"{name}-{n}", figure(plate), _caption(finding, n, report))
        for n, plate in enumerate(plates.crops)
    )
    profile = ""
    if plates.profile is not None:
        profile = f'<figure class="profile">{figure(plates.profile)}</figure>'
    explained = f"<p>{escape(finding.explanation)}</p>" if finding.explanation else ""
    return (
        f'<article class="card" id="{name}"><header><span class="name">{name}</span>'
        f"<h3>{escape(words.kind_words(finding.kind))}</h3>"
        f'<span class="small">{escape(code.scheme)} {escape(code.value)}</span>'
        f'<span class="sure">confidence {sure} ({finding.confidence:.2f})</span>'
        f'</header><div class="grid"><div class="crops">{pictures}</div><div>'
        f"{_place(finding, report)}{explained}{profile}{_causes(finding)}"
        f"</div></div>{_arithmetic(finding)}</article>"
    )


def _caption(finding: Finding, number: int, report: Report) -> str:
    return escape(report.readings[finding.places[number].view].view.name)


def _crop(identifier: str, drawn: str, caption: str) -> str:
    return (
        f'<figure class="crop-box"><input type="checkbox" id="o-{identifier}" checked>'
        f'<label class="toggle" for="o-{identifier}"> outline</label>'
        f'<div class="plate">{drawn}</div><figcaption>{caption}, enlarged</figcaption>'
        "</figure>"
    )


def _place(finding: Finding, report: Report) -> str:
    rows = list(_size_and_distance(finding, report))
    if finding.shape:
        rows.append(("Shape", finding.shape))
    side = words.side_words(None if report.laterality is None else report.laterality)
    place = [side]
    if finding.clock:
        place.append(spoken(finding.clock))
        quarter = quadrant(finding.clock, report.laterality)
        place.extend([f"{quarter} quadrant"] if quarter else [])
    else:
        place.append("clock position not determined")
    if finding.depth is not None:
        place.append(f"{finding.depth} third")
    rows.append(("Place", ", ".join(place)))
    seen = ", ".join(report.readings[p.view].view.name for p in finding.places)
    rows.append(("Seen in", seen))
    told = "".join(f"<dt>{k}</dt><dd>{escape(v)}</dd>" for k, v in rows)
    return f'<dl class="place">{told}</dl>'


def _size_and_distance(finding: Finding, report: Report) -> list[tuple[str, str]]:
    if not in_millimetres(finding, report):
        return [("Size", "not told: the image has no pixel spacing")]
    rows = []
    if finding.length_mm is not None:
        across = "" if finding.width_mm is None else f" x {finding.width_mm:.1f}"
        note = " (along x across the duct)" if across else " along the duct"
        rows.append(("Size", f"{finding.length_mm:.1f}{across} mm{note}"))
    along, straight = finding.along_duct_mm, finding.straight_mm
    parts = []
    if along is not None:
        parts.append(f"{along:.0f} mm along the duct")
    if straight is not None:
        parts.append(f"{straight:.0f} mm straight")
    rows.append(("From the nipple", ", ".join(parts) or "not determined"))
    return rows


def _causes(finding: Finding) -> str:
    if not finding.causes:
        return ""
    ordered = sorted(finding.causes, key=lambda cause: -cause.probability)
    bars = "".join(_bar(cause) for cause in ordered)
    return (
        '<p class="small">Possible causes, by published frequencies; an estimate, not '
        f'a diagnosis</p><table class="causes">{bars}</table>'
    )


def _arithmetic(finding: Finding) -> str:
    told = "".join(
        f"<li><b>{words.CAUSES[cause.name]}</b>: {escape(cause.arithmetic)}</li>"
        for cause in sorted(finding.causes, key=lambda cause: -cause.probability)
        if cause.arithmetic
    )
    if not told:
        return ""
    return (
        "<details><summary>The arithmetic of the causes</summary>"
        f'<ul class="arithmetic">{told}</ul></details>'
    )


def _bar(cause: Cause) -> str:
    share = max(0.0, min(1.0, cause.probability))
    return (
        f"<tr><td>{words.CAUSES[cause.name]}</td>"
        f'<td><div class="bar"><i style="width:{share:.1%}"></i></div></td>'
        f"<td>{share:.0%}</td></tr>"
    )
