"""A printed report as an Encapsulated PDF."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.dicom.common import as_bytes
from galactograph.dicom.papers import paper, pdf_of
from galactograph.errors import InvalidValue
from objects import MADE, Filed, errors_of, filed
from reports import little


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Filed:
    """Two views with findings."""
    return filed(tmp_path_factory.mktemp("pdf"), little())


@settings(max_examples=20, deadline=None)
@given(rest=st.binary(max_size=40))
def test_any_pdf_comes_back_as_it_was(case: Filed, rest: bytes) -> None:
    pdf = b"%PDF-1.7\n" + rest
    written = as_bytes(paper(pdf, case.report, case.sources, made=MADE))
    assert pdf_of(pydicom.dcmread(BytesIO(written))) == pdf


def test_a_validator_finds_no_error(case: Filed, tmp_path: Path) -> None:
    path = tmp_path / "x.dcm"
    made = paper(b"%PDF-1.7 odd", case.report, case.sources, made=MADE)
    path.write_bytes(as_bytes(made))
    assert errors_of(path, "EncapsulatedPDF") == []


def test_it_names_the_images_of_its_own_study_and_says_what_it_is(case: Filed) -> None:
    first, second = case.sources
    sources = (first, replace(second, study="2.25.78"))
    made = paper(b"%PDF-1.7", case.report, sources, made=MADE)
    named = [item.ReferencedSOPInstanceUID for item in made.SourceInstanceSequence]
    assert named == [first.instance]
    assert made.StudyInstanceUID == first.study
    assert "SIMULATED" in made.DocumentTitle
    assert "not a medical device" in made.DocumentTitle
    assert made.VerificationFlag == "UNVERIFIED"


def test_what_is_no_pdf_is_refused(case: Filed) -> None:
    with pytest.raises(InvalidValue, match="%PDF-"):
        paper(b"<html>", case.report, case.sources, made=MADE)
    with pytest.raises(InvalidValue, match="not an Encapsulated PDF"):
        pdf_of(pydicom.dcmread(case.folder / "1.dcm"))
