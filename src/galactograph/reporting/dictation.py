"""The report as plain text, for a dictation system, and as data."""

from __future__ import annotations

import json
from collections.abc import Iterator

from galactograph.reporting.account import Account, Fact

SCHEMA = "galactograph/report/1"


def dictation(account: Account) -> str:
    """Return the report as plain text: chapters in capitals, one fact a line.

    Lines are not broken, for dictation systems break them as they like; only what
    belongs together stands on one line.
    """
    return "\n".join(_lines(account)) + "\n"


def _lines(account: Account) -> Iterator[str]:
    marks = " - ".join(account.marks)
    yield marks
    yield account.title
    for chapter in account.chapters:
        yield ""
        yield (
            chapter.title.upper() if chapter not in account.findings else chapter.title
        )
        yield from (line_of(fact) for fact in chapter.facts)
    yield ""
    yield marks


def line_of(fact: Fact) -> str:
    """Return one fact on one line: label, text, source in brackets."""
    head = f"{fact.label}: " if fact.label else ""
    tail = f" [{fact.source}]" if fact.source else ""
    return f"{head}{fact.text}{tail}"


def account_json(account: Account) -> str:
    """Return the facts as JSON, `galactograph/report/1`."""
    document = {
        "schema": SCHEMA,
        "language": account.language,
        "title": account.title,
        "marks": list(account.marks),
        "chapters": [
            {
                "key": chapter.key,
                "title": chapter.title,
                "facts": [_plain(fact) for fact in chapter.facts],
            }
            for chapter in account.chapters
        ],
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _plain(fact: Fact) -> dict[str, str | float]:
    told: dict[str, str | float] = {"key": fact.key}
    if fact.label:
        told["label"] = fact.label
    told["text"] = fact.text
    if fact.source:
        told["source"] = fact.source
    if fact.value is not None:
        told["value"] = round(fact.value, 3)
        told["unit"] = fact.unit
    return told
