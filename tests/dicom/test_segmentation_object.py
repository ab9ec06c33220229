"""Masks as DICOM Segmentation."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from galactograph.dicom.common import as_bytes
from galactograph.dicom.segmentation import (
    segmentations,
    segments_from,
)
from galactograph.dicom.segments import Segment, segments_of
from galactograph.dicom.sources import sources_of
from galactograph.dicom.study import load
from galactograph.errors import DicomError, InvalidValue
from galactograph.values.codes import FindingKind, Laterality
from galactograph.values.geometry import SpacingKind
from galactograph.values.report import Finding, Place
from mammograms import edited
from objects import MADE, Filed, errors_of, filed, filed_slices, with_cannula
from reports import no_contrast, report


def written(case: Filed) -> tuple[Dataset, ...]:
    """Return the objects as they come back from a file."""
    made = segmentations(case.report, case.lumens, case.sources, made=MADE)
    return tuple(pydicom.dcmread(BytesIO(as_bytes(dataset))) for dataset in made)


def drawn(case: Filed, view: int = 0) -> tuple[Segment, ...]:
    """Return the segments of a view before they are written."""
    reading = case.report.readings[view]
    return tuple(segments_of(case.report, reading, case.lumens[view], MADE))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Filed:
    """Two views with a defect, a bubble and a cannula."""
    return filed(tmp_path_factory.mktemp("seg"), with_cannula(report()))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Filed:
    """One view by tomosynthesis."""
    return filed_slices(tmp_path_factory.mktemp("stack"))


REPORTS = {
    "two views": lambda: with_cannula(report()),
    "normal": lambda: report(normal=True),
    "no spacing": lambda: report(spacing_kind=SpacingKind.NONE),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_validator_finds_no_error(name: str, tmp_path: Path) -> None:
    for k, dataset in enumerate(written(filed(tmp_path, REPORTS[name]()))):
        path = tmp_path / f"seg-{k}.dcm"
        path.write_bytes(as_bytes(dataset))
        assert errors_of(path, "Segmentation") == []


def test_a_validator_finds_no_error_in_slices(stack: Filed, tmp_path: Path) -> None:
    (dataset,) = written(stack)
    path = tmp_path / "seg.dcm"
    path.write_bytes(as_bytes(dataset))
    assert errors_of(path, "Segmentation") == []


def test_the_validator_would_find_an_error(case: Filed, tmp_path: Path) -> None:
    dataset = written(case)[0]
    del dataset.SegmentSequence[0].SegmentAlgorithmType
    path = tmp_path / "seg.dcm"
    path.write_bytes(as_bytes(dataset))
    assert errors_of(path, "Segmentation")


def test_every_mask_comes_back_bit_for_bit(case: Filed) -> None:
    for view, dataset in enumerate(written(case)):
        told, meant = segments_from(dataset), drawn(case, view)
        assert told.instance == case.sources[view].instance
        assert told.labels == tuple(segment.label for segment in meant)
        assert told.kinds == tuple(segment.kind for segment in meant)
        np.testing.assert_array_equal(told.masks, [segment.mask for segment in meant])


def test_every_mask_of_slices_comes_back(stack: Filed) -> None:
    (dataset,) = written(stack)
    masks = [segment.mask for segment in drawn(stack)]
    np.testing.assert_array_equal(segments_from(dataset).masks, masks)


def test_another_reader_sees_the_same_masks(case: Filed) -> None:
    seg = hd.seg.Segmentation.from_dataset(written(case)[0])
    seen = seg.get_pixels_by_source_instance([case.sources[0].instance])
    masks = [segment.mask for segment in drawn(case)]
    np.testing.assert_array_equal(np.moveaxis(seen[0], -1, 0).astype(bool), masks)
    assert [s.tracking_uid for s in seg.SegmentSequence] == [
        segment.tracking_uid for segment in drawn(case)
    ]


def test_each_pixel_of_slices_lies_where_the_view_is_brightest(stack: Filed) -> None:
    seg = hd.seg.Segmentation.from_dataset(written(stack)[0])
    reading = stack.report.readings[0]
    depth = reading.view.depth
    assert depth is not None
    for k in range(reading.view.frames):
        seen = seg.get_pixels_by_source_frame(
            stack.sources[0].instance,
            [k + 1],
            segment_numbers=[1],
            ignore_spatial_locations=True,
            assert_missing_frames_are_empty=True,
        )[0, ..., 0]
        np.testing.assert_array_equal(seen > 0, stack.lumens[0] & (depth == k))


def test_slices_share_the_frame_of_reference_of_their_image(stack: Filed) -> None:
    (dataset,) = written(stack)
    image = pydicom.dcmread(stack.folder / "slices.dcm", stop_before_pixels=True)
    assert dataset.FrameOfReferenceUID == image.FrameOfReferenceUID
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        derived = frame.DerivationImageSequence[0].SourceImageSequence[0]
        number = derived.ReferencedFrameNumber
        there = image.PerFrameFunctionalGroupsSequence[number - 1]
        assert frame.PlanePositionSequence == there.PlanePositionSequence


def test_a_projection_claims_no_place_in_the_patient(case: Filed) -> None:
    for dataset in written(case):
        assert "FrameOfReferenceUID" not in dataset
        assert "PlaneOrientationSequence" not in dataset.to_json()


def test_the_codes_are_those_of_the_standard(case: Filed) -> None:
    dataset = written(case)[0]
    kinds = {k.value for k in segments_from(dataset).kinds}
    assert kinds == {"113342003", "111425", "AIR_BUBBLE", "19923001"}
    segment = dataset.SegmentSequence[0]
    who = segment.SegmentationAlgorithmIdentificationSequence[0]
    assert who.AlgorithmName == "galactograph ridges"
    assert who.AlgorithmVersion == case.report.provenance.version
    assert segment.SegmentAlgorithmType == "AUTOMATIC"


def test_it_belongs_to_the_patient_and_study_of_its_image(case: Filed) -> None:
    image = pydicom.dcmread(case.folder / "1.dcm", stop_before_pixels=True)
    dataset = written(case)[0]
    for name in ("PatientName", "PatientID", "StudyInstanceUID", "StudyDate"):
        assert dataset[name].value == image[name].value
    series = dataset.ReferencedSeriesSequence[0]
    assert series.SeriesInstanceUID == image.SeriesInstanceUID
    named = series.ReferencedInstanceSequence[0].ReferencedSOPInstanceUID
    assert named == image.SOPInstanceUID


def test_it_says_that_it_is_research(case: Filed) -> None:
    dataset = written(case)[0]
    assert dataset.ContentQualification == "RESEARCH"
    assert "not a medical device" in dataset.ImageComments
    assert "SIMULATED" in dataset.ImageComments


def test_pixel_spacing_is_that_of_the_ducts_or_is_not_told(tmp_path: Path) -> None:
    known = written(filed(tmp_path / "a", report()))[0]
    shared = known.SharedFunctionalGroupsSequence[0]
    assert shared.PixelMeasuresSequence[0].PixelSpacing == [0.28, 0.28]
    bare = report(spacing_kind=SpacingKind.NONE)
    unknown = written(filed(tmp_path / "b", bare))[0]
    assert "PixelMeasuresSequence" not in unknown.SharedFunctionalGroupsSequence[0]


def test_the_same_reading_is_the_same_object_and_another_is_another(
    case: Filed,
) -> None:
    def all_bytes(filed: Filed, made: object = MADE) -> list[bytes]:
        objects = segmentations(
            filed.report,
            filed.lumens,
            filed.sources,
            made=made,  # type: ignore[arg-type]
        )
        return [as_bytes(dataset) for dataset in objects]

    def uids(filed: Filed, made: object = MADE) -> set[str]:
        heads = [pydicom.dcmread(BytesIO(raw)) for raw in all_bytes(filed, made)]
        return {str(head.SOPInstanceUID) for head in heads}

    assert all_bytes(case) == all_bytes(case)
    fewer = replace(case, report=replace(case.report, findings=()))
    assert not uids(case) & uids(fewer)
    assert not uids(case) & uids(case, MADE + timedelta(seconds=1))
    assert len(uids(case)) == 2


def test_each_segment_says_its_side(case: Filed) -> None:
    first, second = case.report.readings
    other = replace(second, view=replace(second.view, laterality=Laterality.RIGHT))
    both = replace(case, report=replace(case.report, readings=(first, other)))
    for dataset, side in zip(written(both), ("7771000", "24028007"), strict=True):
        for segment in dataset.SegmentSequence:
            region = segment.AnatomicRegionSequence[0]
            assert region.CodeValue == "76752008"
            assert region.AnatomicRegionModifierSequence[0].CodeValue == side


def test_a_view_that_shows_nothing_has_no_object(tmp_path: Path) -> None:
    assert written(filed(tmp_path, no_contrast())) == ()


@settings(max_examples=20, deadline=None)
@given(
    box=st.tuples(
        st.integers(5, 400), st.integers(5, 300), st.integers(2, 90), st.integers(2, 90)
    )
)
def test_any_outline_is_filled_to_the_pixel(
    case: Filed, box: tuple[int, int, int, int]
) -> None:
    row, column, high, wide = box
    corners = [(0, 0), (0, wide), (high, wide), (high, 0)]
    outline = tuple((float(row + r), float(column + c)) for r, c in corners)
    place = Place(view=0, row=row, column=column, outline=outline)
    finding = Finding(kind=FindingKind.CYST_FILL, places=(place,), confidence=0.5)
    one = replace(case, report=replace(case.report, findings=(finding,)))
    told = segments_from(written(one)[0])
    inside = np.zeros_like(told.masks[0])
    inside[row : row + high + 1, column : column + wide + 1] = True
    np.testing.assert_array_equal(told.masks[1], inside)


def test_names_in_another_character_set_arrive_as_unicode(tmp_path: Path) -> None:
    case = filed(tmp_path, report(views=("CC",)))
    path = tmp_path / "1.dcm"
    image = pydicom.dcmread(path)
    image.SpecificCharacterSet = "ISO_IR 100"
    image.PatientName = "Müller^Zoë"
    image.save_as(path)
    moved = replace(case, sources=sources_of(tmp_path, case.report))
    (dataset,) = written(moved)
    assert dataset.PatientName == "Müller^Zoë"
    assert dataset.SpecificCharacterSet == "ISO_IR 192"


ODD = {
    "StudyDate": "2020.01.01",
    "StudyTime": "noon",
    "PatientBirthDate": "unknown",
    "PatientAge": "52",
    "PatientID": "7" * 80,
    "AccessionNumber": "A" * 40,
    "StudyID": None,
    "ReferringPhysicianName": None,
    "ProcedureCodeSequence": None,
}


def test_odd_values_of_a_header_are_copied_as_they_are(tmp_path: Path) -> None:
    case = filed(tmp_path, report(views=("CC",)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom does not like these values either
        edited(tmp_path / "1.dcm", "1.dcm", **ODD)
    odd = replace(case, sources=sources_of(tmp_path, case.report))
    made = segmentations(odd.report, odd.lumens, odd.sources, made=MADE)
    raw = as_bytes(made[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(BytesIO(raw))
        for name, value in ODD.items():
            assert str(dataset.get(name) or "") == str(value or "")
        assert "StudyID" in dataset


def test_a_picture_without_identity_is_refused(tmp_path: Path) -> None:
    case = filed(tmp_path)
    first = case.report.readings[0]
    lost = replace(first, view=replace(first.view, sop_instance_uid=None))
    with pytest.raises(DicomError, match="no DICOM image"):
        sources_of(tmp_path, replace(case.report, readings=(lost,)))


def test_a_mask_of_another_size_is_refused(case: Filed) -> None:
    lumens = [lumen[1:] for lumen in case.lumens]
    with pytest.raises(InvalidValue, match="lumen mask"):
        segmentations(case.report, lumens, case.sources, made=MADE)


def test_something_else_is_not_read_as_a_segmentation(case: Filed) -> None:
    image = pydicom.dcmread(case.folder / "1.dcm")
    with pytest.raises(DicomError, match="not a binary segmentation"):
        segments_from(image)


def test_a_study_with_its_results_beside_it_still_loads(tmp_path: Path) -> None:
    case = filed(tmp_path)
    (tmp_path / "result.dcm").write_bytes(as_bytes(written(case)[0]))
    study = load(tmp_path)
    assert len(study.views) == 2
    assert study.problems == ()
