"""Reports for people: the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import reports
from galactograph.pictures import draw, thumbnail
from galactograph.reporting import report_page, write_report
from galactograph.reporting.notebook import face
from galactograph.values.geometry import SpacingKind
from galactograph.values.report import Report

VOID = {"meta", "input", "br", "img", "link", "hr"}


class Checker(HTMLParser):
    """Collects ids, references, and tags that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.open: list[str] = []
        self.unlabelled: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        link = given.get("href") or ""
        if link.startswith("#"):
            self.references.append(link[1:])
        if given.get("for"):
            self.references.append(str(given["for"]))
        if tag == "svg" and not (given.get("aria-label") or given.get("aria-hidden")):
            self.unlabelled.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()


def page_of(report: Report) -> str:
    return report_page(report, draw(report))


@pytest.fixture(scope="module")
def page() -> str:
    return page_of(reports.report())


@pytest.mark.parametrize(
    "make",
    [
        reports.report,
        lambda: reports.report(normal=True),
        lambda: reports.report(spacing_kind=SpacingKind.NONE),
        reports.no_contrast,
    ],
)
def test_the_page_is_well_formed_and_every_reference_is_there(
    make: Callable[[], Report],
) -> None:
    checker = Checker()
    checker.feed(page_of(make()))
    assert checker.open == []
    assert len(checker.ids) == len(set(checker.ids))
    assert set(checker.references) <= set(checker.ids)
    assert checker.unlabelled == []


def test_the_page_fetches_nothing(page: str) -> None:
    sources = re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?([^"\')\s>]+)', page)
    assert [s for s in sources if not s.startswith(("#", "data:"))] == []
    assert "default-src 'none'" in page


def test_the_page_says_that_it_is_research_and_simulated(page: str) -> None:
    assert page.count("Research use only - not a medical device") >= 3
    assert "@bottom-left" in page
    assert "SIMULATED" in page
    assert "cancer excluded" not in page.lower()


def test_a_real_patient_is_not_called_simulated() -> None:
    whole = reports.report()
    readings = tuple(
        replace(r, view=replace(r.view, simulated=False)) for r in whole.readings
    )
    assert "SIMULATED" not in page_of(replace(whole, readings=readings))


def test_what_came_from_a_file_cannot_break_the_page() -> None:
    whole = reports.report(views=("CC",))
    evil = '<script>alert("x")</script>'
    view = replace(whole.readings[0].view, source=evil, notes=(evil,), position=evil)
    reading = replace(whole.readings[0], view=view)
    findings = tuple(
        replace(f, places=f.places[:1], explanation=evil) for f in whole.findings
    )
    text = page_of(
        replace(whole, readings=(reading,), findings=findings, study_uid=evil)
    )
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_no_millimetre_is_told_where_none_is_known() -> None:
    whole = reports.report(spacing_kind=SpacingKind.NONE)
    # The sentence of a finder is its own; here only ours are asked.
    findings = tuple(replace(f, explanation="") for f in whole.findings)
    text = page_of(replace(whole, findings=findings))
    body = text[text.index("<main>") :]
    assert not re.search(r"\d mm\b", body)
    assert "Calibre (px)" in body


def test_a_page_of_many_views_and_findings_stays_small() -> None:
    whole = reports.report(scale=2)
    many = replace(whole, findings=whole.findings * 15)
    assert len(page_of(many).encode()) < 3_000_000


def test_everything_is_written_and_named(tmp_path: Path) -> None:
    whole = reports.report()
    paths = write_report(whole, draw(whole), tmp_path / "out")
    assert len(paths) == 8 + 3 * len(whole.readings)
    for path in paths.values():
        assert path.stat().st_size > 100, path


def test_the_notebook_shows_a_picture_and_the_findings(tmp_path: Path) -> None:
    shown = face(reports.report(), artist=draw, sketcher=thumbnail)
    told = shown._repr_html_()
    assert "data:image/jpeg;base64," in told
    assert "Filling defect" in told
    assert "SIMULATED" in told
    assert (tmp_path / "saved" / "report.html") == shown.save(tmp_path / "saved")[
        "report"
    ]
    assert shown.to_dict()["schema"] == "galactograph/reading/1"
