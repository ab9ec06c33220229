"""A reading as a Breast Imaging Report."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sr._cid_dict import cid_concepts
from pydicom.sr.codedict import codes

from galactograph.dicom.breast_report import breast_report
from galactograph.dicom.common import as_bytes
from galactograph.values.codes import Laterality
from objects import MADE, Filed, errors_of, filed
from reports import little


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Filed:
    """Two views with findings."""
    return filed(tmp_path_factory.mktemp("breast"), little())


def written(case: Filed) -> Dataset:
    """Return the report as it comes back from a file."""
    made = breast_report(case.report, case.sources, made=MADE)
    assert made is not None
    return pydicom.dcmread(BytesIO(as_bytes(made)))


def under(item: Dataset, *path: str) -> Dataset:
    """Return the item that a path of concept names leads to."""
    for value in path:
        (item,) = (
            child
            for child in item.ContentSequence
            if child.ConceptNameCodeSequence[0].CodeValue == value
        )
    return item


def words(dataset: Dataset, heading: str) -> str:
    """Return the prose under a heading."""
    section = under(dataset, "111412", heading)
    (text,) = section.ContentSequence
    return str(text.TextValue)


@pytest.mark.parametrize("normal", [False, True])
def test_a_validator_finds_no_error(
    normal: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.dcm"
    path.write_bytes(as_bytes(written(filed(tmp_path, little(normal=normal)))))
    assert errors_of(path, "ComprehensiveSR") == []


def test_a_defect_is_told_in_the_words_of_ductography(case: Filed) -> None:
    section = under(written(case), "111414", "121070")
    _, defect, bubble = section.ContentSequence
    kind = defect.ConceptCodeSequence[0].CodeValue
    known = {getattr(codes.DCM, name).value for name in cid_concepts[6057]["DCM"]}
    assert kind == "111425"
    assert kind in known
    assert bubble.ConceptCodeSequence[0].CodingSchemeDesignator == "99GALACTO"
    assert under(defect, "272741003").ConceptCodeSequence[0].CodeValue == "80248007"
    assert under(defect, "111014").ConceptCodeSequence[0].CodeValue == "129773009"
    assert under(defect, "111020").ConceptCodeSequence[0].CodeValue == "255549009"
    assert under(defect, "107644003").ConceptCodeSequence[0].CodeValue == "40266001"
    sizes = {
        value: float(under(defect, value).MeasuredValueSequence[0].NumericValue)
        for value in ("410668003", "103355008", "121242", "ALONG_DUCT")
    }
    assert sizes == {
        "410668003": 4.1,
        "103355008": 1.5,
        "121242": 21.9,
        "ALONG_DUCT": 23.4,
    }
    path = under(defect, "410668003", "121055")
    assert list(path.GraphicData[:2]) == list(path.GraphicData[-2:])


def test_the_prose_says_side_size_place_and_what_to_consider(case: Filed) -> None:
    dataset = written(case)
    told = words(dataset, "59776-5")
    for part in ("4.1 mm long", "23.4 mm from the nipple along", "2 o'clock"):
        assert part in told
    impression = words(dataset, "19005-8")
    assert "DG3" in impression
    assert "no BI-RADS" in impression
    assert "never excludes disease" in impression
    assert "microdochectomy" in words(dataset, "18783-1")
    assert words(dataset, "121058").startswith("SIMULATED")
    procedure = under(dataset, "111414", "121058")
    assert procedure.ConceptCodeSequence[0].CodeValue == "18102001"


def test_a_study_without_findings_claims_no_normal_breast(tmp_path: Path) -> None:
    dataset = written(filed(tmp_path, little(normal=True)))
    assert "111287" not in dataset.to_json()  # normal breast tissue
    names = [
        item.ConceptNameCodeSequence[0].CodeValue
        for item in under(dataset, "111414").ContentSequence
    ]
    assert names == ["121058"]


def test_no_side_no_report(case: Filed) -> None:
    lost = replace(case.report, laterality=None)
    assert breast_report(lost, case.sources, made=MADE) is None


def test_the_other_side_is_the_other_breast(case: Filed) -> None:
    right = replace(case, report=replace(case.report, laterality=Laterality.RIGHT))
    procedure = under(written(right), "111414", "121058", "272741003")
    assert procedure.ConceptCodeSequence[0].CodeValue == "73056007"
