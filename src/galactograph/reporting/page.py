"""The report as one page of HTML: offline, printable, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib.resources import files

from galactograph.reporting import words
from galactograph.reporting.cards import card
from galactograph.reporting.figures import figure, legend, store, view_figure
from galactograph.reporting.injection import contradictions_part, injection_part
from galactograph.reporting.summary import where
from galactograph.values.codes import Adequacy
from galactograph.values.plates import Plates
from galactograph.values.report import Reason, Report


def report_page(report: Report, plates: Plates) -> str:
    """Return the whole page.

    Parameters
    ----------
    plates
        The report's pictures, in its order.
    """
    here = files("galactograph.reporting")
    style = (here / "report.css").read_text("utf-8")
    script = (here / "report.js").read_text("utf-8")
    side = words.side_words(None if report.laterality is None else report.laterality)
    title = f"Galactogram reading, {side}" + (" breast" if report.laterality else "")
    parts = (
        _banner(report),
        f"<h1>{title}</h1>{_meta(report)}",
        _verdict(report, plates),
        _contradictions(report),
        _findings(report, plates),
        _location(plates),
        _views(report, plates),
        _advice(report),
        _section("Injection", injection_part(report)),
        _adequacy(report),
        _assumed(report),
        _problems(report),
        _provenance(report),
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{style}</style></head><body>"
        f"{store(plates.views)}<main>{''.join(parts)}</main>"
        f"<script>{script}</script></body></html>\n"
    )


def _section(title: str, body: str) -> str:
    name = title.lower().replace(" ", "-")
    head = f'<section aria-labelledby="{name}"><h2 id="{name}">{title}</h2>'
    return f"{head}{body}</section>"


def _banner(report: Report) -> str:
    badge = '<span class="badge">SIMULATED</span>' if report.simulated else ""
    return f'<div class="banner" role="note">{badge}<span>{words.RESEARCH}</span></div>'


def _meta(report: Report) -> str:
    views = ", ".join(reading.view.name for reading in report.readings)
    study = escape(report.study_uid or "not stated")
    return (
        f'<p class="meta">Views: {escape(views)} &middot; Study {study} &middot; '
        f"galactograph {escape(report.provenance.version)}</p>"
    )


def _verdict(report: Report, plates: Plates) -> str:
    level = report.assessment.level
    best = max(
        range(len(report.findings)),
        key=lambda n: report.findings[n].confidence,
        default=None,
    )
    view = 0 if best is None else report.findings[best].places[0].view
    picture = plates.views[view].picture
    key = view_figure(view + 1, picture, ("nipple", "findings", "frame"))
    facts = "".join(f"<li>{fact}</li>" for fact in _facts(report))
    return (
        '<section class="verdict" aria-label="Verdict"><div>'
        f'<div class="level {level}"><b>{level}</b><span>{words.LEVELS[level]}</span>'
        f"</div><p>{escape(report.assessment.text)}</p>"
        f'<p class="small">{words.CAUTION}</p>'
        f'<ul class="facts">{facts}</ul></div>'
        f'<figure><div class="plate">{key}</div><figcaption>'
        f"{escape(report.readings[view].view.name)}</figcaption></figure></section>"
    )


def _contradictions(report: Report) -> str:
    told = contradictions_part(report)
    return _section("Contradictions to settle", told) if told else ""


def _facts(report: Report) -> Iterable[str]:
    for reading in report.readings:
        status, reasons = reading.adequacy.status, reading.adequacy.reasons
        why = (
            "" if status is Adequacy.ADEQUATE else escape(" ".join(("", *reasons[:1])))
        )
        yield (
            f'<span class="what">{escape(reading.view.name)}</span>: '
            f"{words.ADEQUACY[status]}.{why}"
        )
    for number, finding in enumerate(report.findings, 1):
        name = escape(finding.identifier or f"F{number}")
        sure = words.confidence_words(finding.confidence)
        seen = ", ".join(report.readings[p.view].view.name for p in finding.places)
        yield (
            f'<a href="#{name}">{name}</a> <span class="what">'
            f"{words.kind_words(finding.kind)}</span> in {escape(seen)}, confidence "
            f"{sure} ({finding.confidence:.2f}): {escape(where(finding, report))}"
        )
    if not report.findings:
        yield "No findings."
    for advice in report.advice:
        yield f'<span class="what">{words.ACTIONS[advice.action]}</span>'


def _findings(report: Report, plates: Plates) -> str:
    if not report.findings:
        return ""
    both = zip(report.findings, plates.findings, strict=True)
    cards = "".join(
        card(finding, number, report, drawn)
        for number, (finding, drawn) in enumerate(both, 1)
    )
    return _section("Findings", cards)


def _location(plates: Plates) -> str:
    if plates.location is None:
        return ""
    return _section(
        "Location",
        f'<figure class="location">{figure(plates.location)}<figcaption>'
        f"{words.DISTANCES}</figcaption></figure>",
    )


def _views(report: Report, plates: Plates) -> str:
    every = "".join(_view(report, plates, n) for n in range(len(plates.views)))
    return _section("Views", f'<div class="views">{every}</div>')


def _view(report: Report, plates: Plates, index: int) -> str:
    reading, picture = report.readings[index], plates.views[index].picture
    number, grid = index + 1, reading.view.image.grid
    picks, legends = _layers(number, plates, in_mm=grid.has_millimetres)
    if not reading.ducts:
        picks = legends = ""
    layers = ("calibre", "generation", "nipple", "findings", "frame")
    return (
        f'<div class="view"><h3>{escape(reading.view.name)}</h3>'
        f'<p class="small">{escape(reading.view.source)} &middot; '
        f"{words.SPACING[grid.spacing_kind]}</p>{picks}"
        f'<div class="plate">{view_figure(number, picture, layers)}</div>'
        f"{legends}</div>"
    )


def _layers(number: int, plates: Plates, *, in_mm: bool) -> tuple[str, str]:
    """Return the buttons that choose what is drawn over a view, and the legends."""
    picks = "".join(
        f'<input type="radio" name="layer-{number}" id="{kind}-{number}" '
        f'class="pick-{kind}"{" checked" if kind == "calibre" else ""}>'
        f'<label for="{kind}-{number}">{label}</label>'
        for kind, label in (
            ("calibre", "Calibre"),
            ("generation", "Generation"),
            ("plain", "Image only"),
        )
    )
    key = "calibre" if in_mm else "calibre-px"
    legends = "".join(
        legend(name, plates.legends[entry])
        for name, entry in (("calibre", key), ("generation", "generation"))
        if entry in plates.legends
    )
    return picks, legends


def _advice(report: Report) -> str:
    entries = []
    for advice in report.advice:
        reasons = "".join(
            f"<li>{escape(reason.text)} <code>{escape(reason.rule)}</code> "
            f'<span class="small">{escape(reason.source)}{_inputs(reason)}</span></li>'
            for reason in advice.reasons
        )
        entries.append(
            f'<li><span class="what">{words.ACTIONS[advice.action]}</span>'
            f"<ul>{reasons}</ul></li>"
        )
    return _section(
        "What to consider",
        f'<ul class="advice">{"".join(entries)}</ul><p class="small">Options for the '
        "team that knows the patient, never an order.</p>",
    )


def _inputs(reason: Reason) -> str:
    told = escape("; ".join(reason.inputs))
    return f"<br>Because: {told}" if told else ""


def _adequacy(report: Report) -> str:
    rows = "".join(
        f"<tr><td>{escape(r.view.name)}</td><td>{words.ADEQUACY[r.adequacy.status]}</td>"
        f"<td>{escape(' '.join(r.adequacy.reasons))}</td>{_extent(report, n)}</tr>"
        for n, r in enumerate(report.readings)
    )
    return _section(
        "Adequacy",
        "<table><thead><tr><th>View</th><th>Status</th><th>Why</th><th>Ducts traced"
        f"</th></tr></thead><tbody>{rows}</tbody></table>",
    )


def _extent(report: Report, index: int) -> str:
    reading = report.readings[index]
    grid, count = reading.view.image.grid, len(reading.ducts)
    length, unit = reading.total_length_mm, "mm"
    if not grid.has_millimetres:
        length, unit = length / grid.pixel_mm, "px"
    trees = f"{count} tree{'' if count == 1 else 's'}"
    return f'<td class="number">{length:.0f} {unit}, {trees}</td>'


def _list(entries: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{entry}</li>' for entry in entries)}</ul>"


def _assumed(report: Report) -> str:
    own = {
        note
        for reading in report.readings
        for note in (*reading.view.notes, *reading.scene.notes)
    }
    told = [escape(note) for note in report.notes if note not in own]
    for reading in report.readings:
        view = reading.view
        why = f" ({view.role_reason.rstrip('.')})" if view.role_reason else ""
        told.append(escape(f"{view.name}: taken as the {view.role} view{why}."))
        told.extend(
            escape(f"{view.name}: {note}")
            for note in (*view.notes, *reading.scene.notes)
        )
    return _section("What was assumed", _list(told))


def _problems(report: Report) -> str:
    if not report.problems:
        return ""
    entries = (
        f"<code>{escape(p.source)}</code> {escape(p.reason)}" for p in report.problems
    )
    return _section("Files that could not be read", _list(entries))


def _provenance(report: Report) -> str:
    made = report.provenance
    settings = ", ".join(f"{k} = {v}" for k, v in made.settings.items())
    rows = (
        ("Program", f"galactograph {made.version}"),
        ("Segmenter", made.segmenter),
        ("Settings", settings or "defaults"),
        ("Study", report.study_uid or "not stated"),
    )
    told = "".join(f"<tr><th>{k}</th><td>{escape(v)}</td></tr>" for k, v in rows)
    simulated = " The images are SIMULATED." if report.simulated else ""
    return (
        _section("Provenance", f"<table>{told}</table>")
        + f'<p class="foot">{words.RESEARCH}. {words.SCALE_NOTE} {words.CAUTION}'
        f"{simulated}</p>"
    )
