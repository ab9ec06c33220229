"""The report on paper: every fact, every mark on every page, true to size."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import typst
from PIL import Image as Pillow

import reporting_cases as cases
import reports
from galactograph.language import LANGUAGES, tongue
from galactograph.pictures import draw
from galactograph.reporting import report_pdf, surgeon_pdf, tell
from galactograph.reporting.figures import standalone
from galactograph.values.geometry import SpacingKind
from galactograph.values.report import Report

TOOLS = all(shutil.which(tool) for tool in ("pdftotext", "pdfinfo"))
needs_poppler = pytest.mark.skipif(
    not TOOLS and os.environ.get("CI") != "true",
    reason="poppler-utils is not installed",
)

MAKERS: tuple[Callable[[], Report], ...] = (
    cases.recorded,
    lambda: reports.report(normal=True),
    lambda: reports.report(spacing_kind=SpacingKind.NONE),
    reports.no_contrast,
)


def papers(report: Report, language: str = "en") -> tuple[bytes, bytes | None]:
    plates = draw(report, tongue=tongue(language))
    account = tell(report, language)
    return (
        report_pdf(report, plates, account),
        surgeon_pdf(report, plates, account),
    )


def pages(pdf: bytes, folder: Path) -> list[str]:
    """Return the text of each page, with single spaces."""
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(
        ["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True
    )
    return [" ".join(p.split()) for p in done.stdout.decode().split("\f") if p.strip()]


@needs_poppler
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("make", MAKERS)
def test_every_fact_is_on_the_paper_and_every_mark_on_every_page(
    make: Callable[[], Report], language: str, tmp_path: Path
) -> None:
    report = make()
    account = tell(report, language)
    every = pages(papers(report, language)[0], tmp_path)
    # A fact may run over the end of a page, past footer and header.
    body = re.sub(r"\s+", "", "".join(every))
    for fact in account.facts:
        for words in fact.words:
            assert re.sub(r"\s+", "", words) in body, words
    for page in every:
        assert all(mark in page for mark in account.marks)


@needs_poppler
def test_the_surgeon_reads_side_size_distances_and_the_caveat(tmp_path: Path) -> None:
    surgeon = papers(cases.recorded())[1]
    assert surgeon is not None
    every = pages(surgeon, tmp_path)
    text = " ".join(every)
    for words in (
        "left breast",
        "4.1 x 1.5 mm",
        "From nipple, along duct 23 mm",
        "From nipple, straight 22 mm",
        "10:30 o'clock",
        "compressed breast",
        "Check with a ruler: 50 mm",
    ):
        assert words in text, words
    assert all("SIMULATED" in p and "not a medical device" in p for p in every)


@needs_poppler
def test_a_real_patient_is_not_called_simulated_on_paper(tmp_path: Path) -> None:
    report = cases.real(reports.report(views=("CC",), normal=True))
    # Words burned into pixels of a simulation are no text.
    assert "SIMULATED" not in " ".join(pages(papers(report)[0], tmp_path))


def test_the_same_report_gives_the_same_bytes() -> None:
    assert papers(cases.recorded()) == papers(cases.recorded())


@needs_poppler
def test_the_paper_is_tagged_titled_and_in_its_language(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(papers(cases.recorded())[0])
    done = subprocess.run(["pdfinfo", str(path)], capture_output=True, check=True)
    info = done.stdout.decode()
    assert re.search(r"Tagged:\s+yes", info)
    assert re.search(r"Title:\s+Galactogram reading, left breast", info)
    assert re.search(r"Page size:\s+595\.\d+ x 841\.\d+ pts \(A4\)", info)
    content = path.read_bytes()
    assert b"pdfaid:part" in content
    assert b"pdfuaid:part" in content


def test_a_paper_of_many_findings_stays_small() -> None:
    whole = reports.report(scale=2)
    first, *_ = whole.findings
    many = tuple(replace(first, identifier=f"F{n}") for n in range(1, 21))
    report, surgeon = papers(replace(whole, findings=many))
    assert surgeon is not None
    assert len(report) < 3_000_000
    assert len(surgeon) < 3_000_000


def test_the_ruler_is_as_long_on_paper_as_it_says() -> None:
    plate = draw(cases.recorded()).surgeon[-1]
    drawn = re.sub(r"<text.*?</text>", "", standalone(plate))
    line = re.search(r"M([\d.]+) ([\d.]+)h50M", drawn)
    assert line is not None
    page = (
        f"#set page(width: {plate.view_box[2]}mm, height: {plate.view_box[3]}mm, "
        f'margin: 0mm)\n#image("p.svg", width: {plate.view_box[2]}mm)'
    )
    made = typst.compile(
        {"main": page.encode(), "p.svg": drawn.encode()},  # type: ignore[call-overload]
        format="png",
        ppi=254.0,
    )
    row = np.asarray(Pillow.open(BytesIO(made)).convert("L"))[
        round(float(line[2]) * 10)
    ]
    dark = np.flatnonzero(row < 128)
    np.testing.assert_allclose(np.ptp(dark) / 10, 50.0, atol=0.5)


def test_there_is_no_surgeons_page_where_no_lesion_counts() -> None:
    assert papers(reports.report(normal=True))[1] is None
