"""Findings as cards: enlarged, located, explained, weighed."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from galactograph.advice.causes import determined
from galactograph.language import Tongue
from galactograph.reporting.account import Chapter, Fact
from galactograph.reporting.figures import figure
from galactograph.values.plates import FindingPlates
from galactograph.values.report import Cause, Finding, Report


def card(
    finding: Finding,
    chapter: Chapter,
    report: Report,
    plates: FindingPlates,
    spoken: Tongue,
) -> str:
    """Return the card of one finding."""
    name = escape(chapter.key.partition(".")[2])
    facts = {fact.key.rpartition(".")[2]: fact for fact in chapter.facts}
    kind, sure = facts["kind"], facts["confidence"]
    pictures = "".join(
        _crop(
            f"{name}-{n}",
            figure(plate),
            spoken.say(
                "page.enlarged", view=report.readings[finding.places[n].view].view.name
            ),
            spoken,
        )
        for n, plate in enumerate(plates.crops)
    )
    profile = ""
    if plates.profile is not None:
        profile = f'<figure class="profile">{figure(plates.profile)}</figure>'
    rest = [
        fact
        for key, fact in facts.items()
        if key not in ("kind", "confidence", "causes")
    ]
    told = "".join(
        f"<dt>{escape(fact.label)}</dt><dd>{escape(fact.text)}</dd>" for fact in rest
    )
    return (
        f'<article class="card" id="{name}"><header><span class="name">{name}</span>'
        f"<h3>{escape(kind.text)}</h3>"
        f'<span class="small">{escape(kind.label)}, {escape(kind.source)}</span>'
        f'<span class="sure">{escape(sure.label)} {escape(sure.text)}</span>'
        f'</header><div class="grid"><div class="crops">{pictures}</div><div>'
        f'<dl class="place">{told}</dl>{profile}{_causes(finding, facts, spoken)}'
        f"</div></div>{_arithmetic(finding, spoken)}</article>"
    )


def _crop(identifier: str, drawn: str, caption: str, spoken: Tongue) -> str:
    outline = escape(spoken.say("page.outline"))
    return (
        f'<figure class="crop-box"><input type="checkbox" id="o-{identifier}" checked>'
        f'<label class="toggle" for="o-{identifier}"> {outline}</label>'
        f'<div class="plate">{drawn}</div><figcaption>{escape(caption)}</figcaption>'
        "</figure>"
    )


def _causes(finding: Finding, facts: Mapping[str, Fact], spoken: Tongue) -> str:
    if "causes" not in facts:
        return ""
    ordered = sorted(finding.causes, key=lambda cause: -cause.probability)
    bars = "".join(_bar(cause, spoken) for cause in ordered)
    told = "; ".join(
        spoken.say(
            "finding.cause", name=spoken.say(f"cause.{c.name}"), share=c.probability
        )
        for c in ordered
    )
    label, note = spoken.say("label.causes"), spoken.say("finding.causes_note")
    if determined(finding) is None:
        note = f"{spoken.say('finding.undetermined')}. {note}"
    return (
        f'<p class="small">{escape(label)}: {escape(note)}</p>'
        f'<table class="causes" aria-label="{escape(told)}">{bars}</table>'
    )


def _arithmetic(finding: Finding, spoken: Tongue) -> str:
    told = "".join(
        f"<li><b>{escape(spoken.say(f'cause.{cause.name}'))}</b>: "
        f"{escape(cause.arithmetic)}</li>"
        for cause in sorted(finding.causes, key=lambda cause: -cause.probability)
        if cause.arithmetic
    )
    if not told:
        return ""
    return (
        f"<details><summary>{escape(spoken.say('page.arithmetic'))}</summary>"
        f'<ul class="arithmetic">{told}</ul></details>'
    )


def _bar(cause: Cause, spoken: Tongue) -> str:
    share = max(0.0, min(1.0, cause.probability))
    return (
        f"<tr><td>{escape(spoken.say(f'cause.{cause.name}'))}</td>"
        f'<td><div class="bar"><i style="width:{share:.1%}"></i></div></td>'
        f"<td>{share:.0%}</td></tr>"
    )
