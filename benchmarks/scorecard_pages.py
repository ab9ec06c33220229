"""The scorecard as text: for a terminal, and for the documentation."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.pages import plain, table
from benchmarks.scorecard_tables import Block, Summary, number

GROUPS = {
    "ducts": "Ducts",
    "topology": "How ducts hang together",
    "calibre": "Calibre",
    "findings": "Findings",
    "place": "Place",
    "causes": "Causes and advice",
}


def _figure_rows(
    s: Summary, group: str, write: Callable[[str], str]
) -> list[list[str]]:
    rows = []
    for figure in s["figures"]:
        goal = figure["goal"]
        if goal["group"] != group:
            continue
        ends = "-"
        if figure["low"] is not None:
            ends = f"{figure['low']:.3f} to {figure['high']:.3f}"
        rows.append(
            [
                goal["title"],
                write(number(figure["value"])),
                ends,
                "" if goal["floor"] is None else f"{goal['floor']:g}",
                "" if goal["ambition"] is None else f"{goal['ambition']:g}",
                figure["verdict"],
                str(figure["count"]),
            ]
        )
    return rows


def _blocks(s: Summary, write: Callable[[str], str]) -> list[Block]:
    head = ["measured", "95 % interval", "floor", "ambition", "", "n"]
    return [
        *(
            (title, [title.lower(), *head], _figure_rows(s, group, write))
            for group, title in GROUPS.items()
        ),
        *((title, head, rows) for title, head, rows in s["blocks"]),
    ]


def _heading(s: Summary) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in s["kinds"].items())
    sweeps = s["studies"] - s["modalities"].get("radiograph", 0)
    small = "small trial " if s["small"] else ""
    words = (
        f"{s['studies']} simulated {small}studies, {sweeps} of them tomosynthesis "
        f"({kinds}); seeds from {s['seed']}; sources {', '.join(s['sources'])}."
    )
    if len(s["sources"]) > 1:
        words += " Results of several sources are mixed."
    if s["failures"]:
        words += f" {len(s['failures'])} studies failed and are not counted."
    return words


def text(s: Summary) -> str:
    """Write the scorecard for a terminal."""
    return plain(_heading(s), _blocks(s, str))


def markdown(s: Summary) -> str:
    """Write the scorecard for the documentation."""
    parts = [_heading(s)]
    for title, head, rows in _blocks(s, lambda value: f"**{value}**"):
        if rows:
            parts.append(f"**{title}**\n\n{table(head, rows)}")
    return "\n\n".join(parts)
