"""The injection, and what contradicts, as parts of a page."""

from __future__ import annotations

from html import escape

from galactograph.values.record_text import UNKNOWN, RecordItem, record_items
from galactograph.values.report import Report

_NO_RECORD = "No record of the injection was given."
_INTRO = "From the record of the injection as it stands; not measured in the images."


def injection_part(report: Report) -> str:
    """Return the record of the injection as a table; what is unknown says so."""
    if report.injection is None:
        return f'<p class="small">{_NO_RECORD}</p>'
    items = record_items(report.injection)
    half = (len(items) + 1) // 2
    columns = "".join(
        f'<dl class="place">{"".join(map(_entry, part))}</dl>'
        for part in (items[:half], items[half:])
    )
    return (
        f'<p class="small">{_INTRO}</p><div style="display:flex;flex-wrap:wrap;'
        f'gap:0 64px;align-items:start;break-inside:avoid">{columns}</div>'
    )


def _entry(item: RecordItem) -> str:
    return f"<dt>{escape(item.label)}</dt><dd>{_told(item.words)}</dd>"


def contradictions_part(report: Report) -> str:
    """Return what contradicts, each with its inputs and rule; empty if nothing does."""
    entries = "".join(
        f"<li>{escape(reason.text)} <code>{escape(reason.rule)}</code>"
        f'<br><span class="small">{escape("; ".join(reason.inputs))}</span></li>'
        for reason in report.contradictions
    )
    return f"<ul>{entries}</ul>" if entries else ""


def _told(words: str) -> str:
    known = escape(words)
    return f'<span class="small">{known}</span>' if words == UNKNOWN else known
