"""What contradicts, and the facts behind a reason, are told in every format."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import reports
from galactograph.pictures import draw
from galactograph.reporting import report_page, report_pdf, text_summary
from galactograph.reporting.dictation import line_of
from galactograph.reporting.telling import tell
from galactograph.values.codes import Action
from galactograph.values.report import Advice, Reason

REASON = Reason(
    rule="GC02",
    text="The patient's data name the other side than the images.",
    source="risk list (derived)",
    inputs=("side of the images: left", "side by the patient's data: <right>"),
)
BARE = reports.report(views=("CC",))


def test_contradictions_stand_first_on_the_page_and_before_any_finding() -> None:
    report = replace(BARE, contradictions=(REASON,))
    keys = [chapter.key for chapter in tell(report).chapters]
    assert keys.index("contradictions") < keys.index("indication")
    (fact,) = tell(report).chapters[keys.index("contradictions")].facts
    assert "side of the images: left" in line_of(fact)
    assert "GC02" in line_of(fact)
    page = report_page(report, draw(report))
    assert "&lt;right&gt;" in page
    assert page.index('id="contradictions"') < page.index('id="study"')
    assert "To settle: The patient" in text_summary(report)


def test_where_nothing_contradicts_nothing_is_said() -> None:
    assert tell(BARE).chapter("contradictions") is None
    assert "To settle" not in text_summary(BARE)


def test_the_facts_that_led_to_an_advice_are_told_with_it() -> None:
    told = replace(REASON, rule="GA201", text="Consider biopsy of that first.")
    advice = Advice(action=Action.BIOPSY_FIRST, reasons=(told,))
    chapter = tell(replace(BARE, advice=(advice,))).chapter("advice")
    assert chapter is not None
    assert "Because: side of the images: left; side by" in line_of(chapter.facts[0])


@pytest.mark.skipif(
    not shutil.which("pdftotext") and os.environ.get("CI") != "true",
    reason="poppler-utils is not installed",
)
def test_contradictions_stand_on_paper_too(tmp_path: Path) -> None:
    report = replace(BARE, contradictions=(REASON,))
    path = tmp_path / "paper.pdf"
    path.write_bytes(report_pdf(report, draw(report), tell(report)))
    done = subprocess.run(
        ["pdftotext", "-raw", path, "-"], capture_output=True, check=True, text=True
    )
    printed = " ".join(done.stdout.split())
    assert "Contradictions to settle" in printed
    assert "Because: side of the images: left" in printed
