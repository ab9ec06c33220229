"""Key images."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import highdicom as hd
import pydicom
import pytest

from galactograph.dicom.common import as_bytes
from galactograph.dicom.keys import key_images
from objects import MADE, Filed, errors_of, filed
from reports import report


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Filed:
    """Two views; the second shows the defect alone."""
    return filed(tmp_path_factory.mktemp("keys"), report())


def test_a_validator_finds_no_error(case: Filed, tmp_path: Path) -> None:
    key = key_images(case.report, case.sources, made=MADE)
    assert key is not None
    path = tmp_path / "key.dcm"
    path.write_bytes(as_bytes(key))
    assert errors_of(path, "KeyObjectSelectionDocument") == []


def test_another_reader_finds_the_views_with_findings_alone(case: Filed) -> None:
    bubble = case.report.findings[1]
    one = replace(case.report, findings=(bubble,))
    key = key_images(one, case.sources, made=MADE)
    assert key is not None
    dataset = pydicom.dcmread(BytesIO(as_bytes(key)))
    other = hd.ko.KeyObjectSelectionDocument.from_dataset(dataset)
    (named,) = other.content.get_references()
    first = case.sources[bubble.places[0].view]
    assert str(named.ReferencedSOPSequence[0].ReferencedSOPInstanceUID) == (
        first.instance
    )
    words = dataset.ContentSequence[0].TextValue
    assert "Air bubble" in words
    assert "not a medical device" in words


def test_without_findings_there_are_no_key_images(case: Filed) -> None:
    none = replace(case.report, findings=())
    assert key_images(none, case.sources, made=MADE) is None


def test_images_of_another_study_are_not_selected(case: Filed) -> None:
    first, second = case.sources
    moved = (first, replace(second, study="2.25.78"))
    key = key_images(case.report, moved, made=MADE)
    assert key is not None
    assert "PertinentOtherEvidenceSequence" not in key
    assert len(key.ContentSequence) == 2
