"""The table of faults in the documentation tells only what a test makes happen."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "faults.md"


def test_every_fault_in_the_table_is_a_test() -> None:
    rows = [
        line
        for line in PAGE.read_text("utf-8").splitlines()
        if line.startswith("|") and not line.startswith(("|---", "| fault"))
    ]
    named = [re.search(r"`(test_\w+)` \|$", line) for line in rows]
    assert len(rows) > 40
    assert None not in named
    sources = "".join(
        path.read_text("utf-8")
        for room in ("archives", "listening")
        for path in (ROOT / "tests" / room).glob("test_*.py")
    )
    defined = set(re.findall(r"^def (test_\w+)\(", sources, re.MULTILINE))
    assert {one[1] for one in named if one} - defined == set()
