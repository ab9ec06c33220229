"""Put measured figures into the documentation, between marks of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from benchmarks.children import ROOT

Block = tuple[str, list[str], list[list[str]]]
"""Title, head and rows of a table."""

PAGE = ROOT / "docs" / "explanation" / "accuracy.md"


def fill(name: str, markdown: str, page: Path = PAGE) -> None:
    """Replace what stands between the marks of `name` on a page.

    Raises
    ------
    ValueError
        If the page has no such marks.
    """
    text = page.read_text("utf-8")
    pattern = re.compile(
        rf"(<!-- {name}: written by a command -->\n).*?(<!-- {name}: end -->)",
        re.DOTALL,
    )
    if not pattern.search(text):
        raise ValueError(f"{page.name} has no marks for {name}")
    filled = pattern.sub(lambda m: f"{m[1]}\n{markdown.strip()}\n\n{m[2]}", text)
    page.write_text(filled, "utf-8")


def plain(heading: str, blocks: Iterable[Block]) -> str:
    """Write titled tables for a terminal, columns aligned."""
    parts = [heading]
    for title, head, rows in blocks:
        widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
        lines = [
            "  ".join(
                cell.ljust(w) for cell, w in zip(row, widths, strict=True)
            ).rstrip()
            for row in [head, *rows]
        ]
        parts.append("\n".join([title, *("  " + line for line in lines)]))
    return "\n\n".join(parts)


def table(head: list[str], rows: list[list[str]]) -> str:
    """Write a Markdown table; numbers stand to the right."""
    lines = ["| " + " | ".join(head) + " |"]
    lines.append("|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|")
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
