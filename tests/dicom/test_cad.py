"""Findings as marks for mammography viewers."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from galactograph.dicom.cad import cad_report
from galactograph.dicom.common import as_bytes
from galactograph.dicom.segmentation import segmentations
from galactograph.values.codes import FindingKind
from objects import MADE, Filed, errors_of, filed
from reports import little


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Filed:
    """Two views with findings."""
    return filed(tmp_path_factory.mktemp("cad"), little())


def written(case: Filed) -> Dataset:
    """Return the marks as they come back from a file."""
    made = cad_report(case.report, case.sources, made=MADE)
    return pydicom.dcmread(BytesIO(as_bytes(made)))


def named(item: Dataset, value: str) -> list[Dataset]:
    """Return what stands under an item by that name, at any depth."""
    found = []
    for child in item.get("ContentSequence", ()):
        name = child.get("ConceptNameCodeSequence")
        found += [child] if name and name[0].CodeValue == value else []
        found += named(child, value)
    return found


def at(root: Dataset, path: list[int]) -> Dataset:
    """Return the item that a path through the tree names; the root is 1."""
    item = root
    for step in path[1:]:
        item = item.ContentSequence[step - 1]
    return item


@pytest.mark.parametrize("normal", [False, True])
def test_a_validator_finds_no_error(
    normal: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    case = filed(tmp_path, little(normal=normal))
    path = tmp_path / "cad.dcm"
    path.write_bytes(as_bytes(written(case)))
    assert errors_of(path, "MammographyCADSR") == []


def test_every_mark_lies_on_the_image_that_it_was_seen_on(case: Filed) -> None:
    dataset = written(case)
    centres = named(dataset, "111010")
    places = [place for f in case.report.findings for place in f.places]
    assert len(centres) == len(places) == 4
    for centre, place in zip(centres, places, strict=True):
        assert list(centre.GraphicData) == pytest.approx(
            [place.column + 0.5, place.row + 0.5], abs=0.006
        )
        (link,) = centre.ContentSequence
        shown = at(dataset, list(link.ReferencedContentItemIdentifier))
        assert shown.ValueType == "IMAGE"
        image = shown.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        assert image == case.sources[place.view].instance


def test_every_reference_within_the_tree_meets_an_image(case: Filed) -> None:
    dataset = written(case)

    def links(item: Dataset) -> list[list[int]]:
        own = item.get("ReferencedContentItemIdentifier")
        below = [
            link for child in item.get("ContentSequence", ()) for link in links(child)
        ]
        return [*([list(own)] if own else []), *below]

    every = links(dataset)
    assert len(every) >= 8
    assert {at(dataset, link).ValueType for link in every} == {"IMAGE"}


def test_nobody_is_made_to_look_at_research(case: Filed) -> None:
    intents = named(written(case), "111056")
    assert intents
    assert {i.ConceptCodeSequence[0].CodeValue for i in intents} == {"111151"}
    assert "not a medical device" in written(case).to_json()


def test_a_mark_is_the_same_thing_as_its_mask(case: Filed) -> None:
    masks = segmentations(case.report, case.lumens, case.sources, made=MADE)
    segments = {str(s.TrackingUID) for mask in masks for s in mask.SegmentSequence}
    things = {str(item.UID) for item in named(written(case), "112040")}
    assert things <= segments


def test_only_ectasia_has_a_word_of_its_own(case: Filed) -> None:
    wide, bubble = case.report.findings
    wide = replace(wide, kind=FindingKind.ECTASIA)
    said = replace(case, report=replace(case.report, findings=(wide, bubble)))
    marks = named(written(said), "111059")
    kinds = [mark.ConceptCodeSequence[0].CodeValue for mark in marks]
    assert kinds == ["129794007", "129794007", "111099", "111099"]
    (told,) = named(marks[-1], "111058")
    assert told.TextValue.startswith("Air bubble in duct")
    assert named(marks[0], "111058") == []


def test_nothing_found_is_no_mark_and_excludes_nothing(tmp_path: Path) -> None:
    dataset = written(filed(tmp_path, little(normal=True)))
    (summary,) = named(dataset, "111017")
    assert summary.ConceptCodeSequence[0].CodeValue == "111241"
    assert named(dataset, "111059") == []
    (said,) = named(dataset, "111033")
    assert "not rule out disease" in said.TextValue


def test_the_same_reading_is_the_same_object(case: Filed) -> None:
    assert as_bytes(written(case)) == as_bytes(written(case))
    other = replace(case, report=replace(case.report, notes=("Another.",)))
    assert written(case).SOPInstanceUID != written(other).SOPInstanceUID
