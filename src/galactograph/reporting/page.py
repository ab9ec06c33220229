"""The report as one page of HTML: offline, printable, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib.resources import files

from galactograph.language import Tongue, tongue
from galactograph.reporting.account import Account, Chapter, Fact
from galactograph.reporting.cards import card
from galactograph.reporting.figures import (
    figure,
    legend,
    store,
    true_figure,
    view_figure,
)
from galactograph.reporting.telling import tell
from galactograph.values.plates import Plates
from galactograph.values.report import Report


def report_page(report: Report, plates: Plates, *, language: str = "en") -> str:
    """Return the whole page.

    Parameters
    ----------
    plates
        The report's pictures, in its order.
    language
        One of `galactograph.language.LANGUAGES`.

    Raises
    ------
    Contradiction
        If the report contradicts itself.
    """
    here = files("galactograph.reporting")
    style = (here / "report.css").read_text("utf-8")
    script = (here / "report.js").read_text("utf-8")
    account, spoken = tell(report, language), tongue(language)
    style = style.replace("MARK", account.marks[0])
    title = escape(account.title)
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{style}</style></head><body>"
        f"{store(plates.views)}<main>{''.join(_parts(report, account, plates, spoken))}"
        f"</main><script>{script}</script></body></html>\n"
    )


def _parts(
    report: Report, account: Account, plates: Plates, spoken: Tongue
) -> Iterable[str]:
    yield _banner(account)
    yield f"<h1>{escape(account.title)}</h1>"
    yield _verdict(report, account, plates, spoken)
    for key in ("contradictions", "study", "indication", "technique"):
        yield from _chapter(account, key)
    yield _findings(report, account, plates, spoken)
    if plates.location is not None:
        note = escape(spoken.say("note.distances"))
        drawn = f"{figure(plates.location)}<figcaption>{note}</figcaption>"
        body = f'<figure class="location">{drawn}</figure>'
        yield _section(spoken.say("page.location"), body, "location")
    if plates.space is not None:
        note = escape(spoken.say("space.note"))
        drawn = f"{figure(plates.space)}<figcaption>{note}</figcaption>"
        body = f'<figure class="location">{drawn}</figure>'
        yield _section(spoken.say("space.title"), body, "space")
    yield _views(report, plates, spoken)
    for key in ("impression", "advice"):
        yield from _chapter(account, key)
    yield _surgeon(account, plates)
    for key in ("quality", "assumed", "unread", "limits", "provenance"):
        yield from _chapter(account, key)
    foot = escape(" - ".join(account.marks))
    yield f'<p class="foot">{foot}</p>'


def _section(title: str, body: str, name: str) -> str:
    head = f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(title)}</h2>'
    return f"{head}{body}</section>"


def _chapter(account: Account, key: str) -> Iterable[str]:
    chapter = account.chapter(key)
    if chapter is not None:
        yield _section(chapter.title, facts_list(chapter.facts), key)


def facts_list(facts: Iterable[Fact]) -> str:
    """Return facts as a list of labels and texts; equal labels are told once."""
    rows, before = [], None
    for fact in facts:
        if fact.label and fact.label != before:
            rows.append(f"<dt>{escape(fact.label)}</dt>")
        wide = "" if fact.label else ' class="wide"'
        source = f' <span class="small">{escape(fact.source)}</span>'
        rows.append(
            f"<dd{wide}>{escape(fact.text)}{source if fact.source else ''}</dd>"
        )
        before = fact.label
    return f'<dl class="facts">{"".join(rows)}</dl>'


def _banner(account: Account) -> str:
    research, *others = account.marks
    badge = "".join(f'<span class="badge">{escape(mark)}</span>' for mark in others)
    told = escape(research)
    return f'<div class="banner" role="note">{badge}<span>{told}</span></div>'


def _verdict(report: Report, account: Account, plates: Plates, spoken: Tongue) -> str:
    level = report.assessment.level
    best = max(
        range(len(report.findings)),
        key=lambda n: report.findings[n].confidence,
        default=None,
    )
    view = 0 if best is None else report.findings[best].places[0].view
    picture = plates.views[view].picture
    key = view_figure(view + 1, picture, ("nipple", "findings", "frame"))
    facts = "".join(f"<li>{fact}</li>" for fact in _short(account, spoken))
    meaning = escape(spoken.sentence(report.assessment.text))
    return (
        f'<section class="verdict" aria-label="{escape(spoken.say("page.verdict"))}">'
        f'<div><div class="level {level}"><b>{level}</b>'
        f"<span>{escape(spoken.say(f'level.{level}'))}</span></div><p>{meaning}</p>"
        f'<p class="small">{escape(spoken.say("limits.research"))} '
        f"{escape(spoken.say('limits.normal'))}</p>"
        f'<ul class="short">{facts}</ul></div>'
        f'<figure><div class="plate">{key}</div><figcaption>'
        f"{escape(report.readings[view].view.name)}</figcaption></figure></section>"
    )


def _short(account: Account, spoken: Tongue) -> Iterable[str]:
    """Yield what was seen and what to consider, one line each."""
    for chapter in account.findings:
        known = {fact.key.rpartition(".")[2]: fact.text for fact in chapter.facts}
        told = [known[k] for k in ("size", "place", "seen", "confidence") if k in known]
        name = chapter.key.partition(".")[2]
        yield (
            f'<a href="#{escape(name)}">{escape(name)}</a> <span class="what">'
            f"{escape(known['kind'])}</span>: {escape('; '.join(told))}"
        )
    if not account.findings:
        yield escape(spoken.say("finding.none"))
    advice = account.chapter("advice")
    labels = dict.fromkeys(f.label for f in advice.facts if f.label) if advice else {}
    labels.pop(spoken.say("label.open"), None)
    for label in labels:
        yield f'<span class="what">{escape(label)}</span>'


def _findings(report: Report, account: Account, plates: Plates, spoken: Tongue) -> str:
    if not report.findings:
        return ""
    cards = "".join(
        card(finding, chapter, report, drawn, spoken)
        for finding, chapter, drawn in zip(
            report.findings, account.findings, plates.findings, strict=True
        )
    )
    return _section(spoken.say("chapter.findings"), cards, "findings")


def _views(report: Report, plates: Plates, spoken: Tongue) -> str:
    every = "".join(_view(report, plates, n, spoken) for n in range(len(plates.views)))
    body = f'<div class="views">{every}</div>'
    return _section(spoken.say("label.views"), body, "views")


def _view(report: Report, plates: Plates, index: int, spoken: Tongue) -> str:
    reading, picture = report.readings[index], plates.views[index].picture
    number, grid = index + 1, reading.view.image.grid
    picks, legends = _layers(number, plates, spoken, in_mm=grid.has_millimetres)
    if not reading.ducts:
        picks = legends = ""
    layers = ("calibre", "generation", "nipple", "findings", "frame")
    spacing = escape(spoken.say(f"spacing.{grid.spacing_kind}"))
    return (
        f'<div class="view"><h3>{escape(reading.view.name)}</h3>'
        f'<p class="small">{escape(reading.view.source)} &middot; {spacing}</p>{picks}'
        f'<div class="plate">{view_figure(number, picture, layers)}</div>'
        f"{legends}</div>"
    )


def _layers(
    number: int, plates: Plates, spoken: Tongue, *, in_mm: bool
) -> tuple[str, str]:
    """Return the buttons that choose what is drawn over a view, and the legends."""
    picks = "".join(
        f'<input type="radio" name="layer-{number}" id="{kind}-{number}" '
        f'class="pick-{kind}"{" checked" if kind == "calibre" else ""}>'
        f'<label for="{kind}-{number}">{escape(spoken.say(f"page.{kind}"))}</label>'
        for kind in ("calibre", "generation", "plain")
    )
    key = "calibre" if in_mm else "calibre-px"
    legends = "".join(
        legend(name, plates.legends[entry])
        for name, entry in (("calibre", key), ("generation", "generation"))
        if entry in plates.legends
    )
    return picks, legends


def _surgeon(account: Account, plates: Plates) -> str:
    chapter: Chapter | None = account.chapter("surgeon")
    if chapter is None:
        return ""
    drawn = "".join(true_figure(plate) for plate in plates.surgeon)
    body = f'{facts_list(chapter.facts)}<div class="true-size">{drawn}</div>'
    return _section(chapter.title, body, "surgeon")
