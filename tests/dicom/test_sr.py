"""A reading as a structured report, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import time
from io import BytesIO
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from galactograph.dicom import sr_codes, sr_injection
from galactograph.dicom.checks import faults_of
from galactograph.dicom.common import as_bytes
from galactograph.dicom.segmentation import segmentations
from galactograph.dicom.sr import structured_report
from galactograph.dicom.sr_reading import report_from_sr
from galactograph.dicom.statement import MOST_POINTS, statement_of
from galactograph.dicom.study import load
from galactograph.errors import DicomError, InvalidValue, Unreadable
from galactograph.reporting import reading_document
from galactograph.values import concepts
from galactograph.values.codes import (
    Action,
    Adequacy,
    CauseName,
    Code,
    Depth,
    FindingKind,
    Laterality,
)
from galactograph.values.geometry import SpacingKind
from galactograph.values.record import (
    Agent,
    CannulaKind,
    InjectionRecord,
    OrificePlace,
    StopReason,
)
from galactograph.values.report import (
    AdequacyVerdict,
    Advice,
    Assessment,
    Cause,
    Duct,
    Finding,
    Place,
    Provenance,
    Reason,
    Report,
)
from galactograph.values.study import Problem
from galactograph.values.tree import DuctTree
from objects import MADE, Filed, errors_of, filed, filed_slices
from reports import duct, little, no_contrast, report

pytestmark = pytest.mark.slow


def written(case: Filed) -> Dataset:
    """Return the report as it comes back from a file."""
    made = structured_report(case.report, case.sources, made=MADE)
    return pydicom.dcmread(BytesIO(as_bytes(made)))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Filed:
    """Two views, a defect, a bubble, three branches each."""
    return filed(tmp_path_factory.mktemp("sr"), little())


REPORTS: dict[str, Callable[[], Report]] = {
    "two views, many branches": report,
    "normal": lambda: little(normal=True),
    "no contrast": no_contrast,
    "no spacing": lambda: report(views=("CC",), spacing_kind=SpacingKind.NONE),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_comes_back_as_it_was_said(name: str, tmp_path: Path) -> None:
    case = filed(tmp_path, REPORTS[name]())
    path = tmp_path / "sr.dcm"
    path.write_bytes(as_bytes(written(case)))
    assert errors_of(path, "ComprehensiveSR") == []
    assert report_from_sr(pydicom.dcmread(path)) == statement_of(case.report)


def test_a_report_on_slices_comes_back(tmp_path: Path) -> None:
    case = filed_slices(tmp_path)
    defect, bubble = case.report.findings
    defect = replace(defect, places=(replace(defect.places[0], frame=2),))
    case = replace(case, report=replace(case.report, findings=(defect, bubble)))
    path = tmp_path / "sr.dcm"
    path.write_bytes(as_bytes(written(case)))
    assert errors_of(path, "ComprehensiveSR") == []
    told = report_from_sr(pydicom.dcmread(path))
    assert told == statement_of(case.report)
    assert told.findings[0].places[0].frame == 2
    assert {branch.frame for branch in told.branches} <= set(range(4))


def test_the_validator_would_find_an_error(case: Filed, tmp_path: Path) -> None:
    dataset = written(case)
    del dataset.CompletionFlag
    path = tmp_path / "sr.dcm"
    path.write_bytes(as_bytes(dataset))
    assert errors_of(path, "ComprehensiveSR")


def test_what_is_kept_is_exactly_this(case: Filed) -> None:
    meant, told = case.report, report_from_sr(written(case))
    assert told.study_uid == meant.study_uid
    assert told.laterality == meant.laterality
    assert told.assessment == meant.assessment
    assert told.advice == meant.advice
    assert told.provenance == meant.provenance
    assert told.problems == meant.problems
    assert told.notes == meant.notes
    for stated, reading in zip(told.views, meant.readings, strict=True):
        assert stated.instance == reading.view.sop_instance_uid
        assert stated.laterality == reading.view.laterality
        assert stated.position == reading.view.position
        assert stated.simulated == reading.view.simulated
        assert stated.spacing_mm == reading.view.image.grid.spacing_mm
        assert stated.adequacy == reading.adequacy.status
        assert stated.reasons == reading.adequacy.reasons
        assert stated.nipple == reading.scene.nipple
    for said, finding in zip(told.findings, meant.findings, strict=True):
        assert said.profile is None  # the one thing of a finding that is not kept
        close = replace(finding, profile=None, places=said.places)
        assert said == close
        for here, there in zip(said.places, finding.places, strict=True):
            assert (here.view, here.duct, here.branch) == (there.view, 0, 1)
            assert here.row == pytest.approx(there.row, abs=0.005)
            assert here.column == pytest.approx(there.column, abs=0.005)
            np.testing.assert_allclose(here.outline, there.outline, atol=0.005)


def test_it_says_of_branches_what_the_reading_contract_says(tmp_path: Path) -> None:
    case = filed(tmp_path, report(views=("ML",)))
    told = report_from_sr(written(case))
    for view, document in enumerate(reading_document(case.report)["views"]):
        mine = [branch for branch in told.branches if branch.view == view]
        theirs = document["ducts"]["branches"]
        for said, contract in zip(mine, theirs, strict=True):
            assert said.identifier == contract["id"]
            assert said.parent == contract["parent"]
            assert said.generation == contract["generation"]
            assert said.strahler == contract["strahler"]
            assert said.rooted == contract["rooted"]
            assert said.length == contract["length_mm"]
            assert [list(point) for point in said.points] == contract["points"]
            calibres = contract["calibre_mm"]
            assert said.least_calibre == min(calibres)
            assert said.largest_calibre == max(calibres)
            assert said.calibre == pytest.approx(np.mean(calibres), abs=0.001)


@pytest.mark.parametrize("reason", StopReason)
def test_the_record_of_the_injection_comes_back(
    reason: StopReason, case: Filed, tmp_path: Path
) -> None:
    record = InjectionRecord(
        laterality=Laterality.LEFT,
        orifice_clock="10:30",
        agent=Agent.IOHEXOL,
        volume_ml=0.0 if reason is StopReason.NOT_CANNULATED else 0.4,
        iodine_mg_ml=300.0,
        pain=3,
        stop_reason=reason,
        time_of_day=time(9, 41),
    )
    told = replace(case, report=replace(case.report, injection=record))
    dataset = written(told)
    assert report_from_sr(dataset).injection == record
    assert faults_of(dataset) == ()
    # A duct that was never entered has no route into it.
    there = '"37737002"' in dataset.to_json()
    assert there == (reason is not StopReason.NOT_CANNULATED)
    if reason is StopReason.PAIN:
        path = tmp_path / "sr.dcm"
        path.write_bytes(as_bytes(dataset))
        assert errors_of(path, "ComprehensiveSR") == []


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20
)
SHARES = st.floats(0, 1)
SIZES = st.none() | st.floats(0, 200)
PIXELS = st.floats(0, 4000)


@st.composite
def places(draw: st.DrawFn) -> Place:
    """Draw a place on one of two views."""
    corners = st.lists(st.tuples(PIXELS, PIXELS), max_size=12)
    branch = draw(st.none() | st.integers(0, 2))
    return Place(
        view=draw(st.integers(0, 1)),
        row=draw(PIXELS),
        column=draw(PIXELS),
        duct=None if branch is None else 0,
        branch=branch,
        outline=tuple(draw(corners)),
    )


CAUSES = st.builds(
    Cause,
    name=st.sampled_from(CauseName),
    probability=SHARES,
    arithmetic=WORDS | st.just(""),
)
FINDINGS = st.builds(
    Finding,
    kind=st.sampled_from(FindingKind),
    places=st.lists(places(), min_size=1, max_size=3).map(tuple),
    confidence=SHARES,
    length_mm=SIZES,
    width_mm=SIZES,
    along_duct_mm=SIZES,
    straight_mm=SIZES,
    clock=st.none() | st.sampled_from(["1:00", "10:30", "12", "areola"]),
    depth=st.none() | st.sampled_from(Depth),
    shape=st.sampled_from(["", "smooth", "lobulated", "irregular"]),
    evidence=st.dictionaries(WORDS, st.floats(-1e6, 1e6), max_size=3),
    causes=st.lists(CAUSES, max_size=3).map(tuple),
    explanation=WORDS | st.just(""),
    identifier=st.sampled_from(["", "F1", "F7"]),
)
ADVICE = st.builds(
    Advice,
    action=st.sampled_from(Action),
    reasons=st.lists(
        st.builds(Reason, rule=WORDS, text=WORDS, source=WORDS), min_size=1, max_size=2
    ).map(tuple),
)
SETTINGS = st.dictionaries(
    st.sampled_from(["segmenter", "a", "b"]),
    st.integers() | st.booleans() | WORDS | st.floats(allow_nan=False),
)
RECORDS = st.builds(
    InjectionRecord,
    laterality=st.none() | st.sampled_from(Laterality),
    orifice_clock=st.none() | st.sampled_from(["10", "10:30", "12"]),
    orifice_place=st.none() | st.sampled_from(OrificePlace),
    orifice_mm=st.none() | st.floats(0, 15),
    gauge=st.none() | st.integers(20, 34),
    cannula=st.none() | st.sampled_from(CannulaKind),
    agent=st.none() | st.sampled_from(Agent),
    iodine_mg_ml=st.none() | st.floats(1, 400),
    volume_ml=st.none() | st.floats(0.01, 5),
    rate_ml_s=st.none() | st.floats(0.0001, 0.5),
    flushed=st.none() | st.booleans(),
    reflux=st.none() | st.booleans(),
    pain=st.none() | st.integers(0, 10),
    extravasation=st.none() | st.booleans(),
    # The other reasons contradict some of the answers above.
    stop_reason=st.none()
    | st.sampled_from([StopReason.PLANNED_VOLUME, StopReason.FULLNESS]),
    operator=st.none() | st.sampled_from(["radiologist", "radiologist-2"]),
    time_of_day=st.none() | st.times(),
)
CHANGES = st.fixed_dictionaries(
    {
        "injection": st.none() | RECORDS,
        "laterality": st.none() | st.sampled_from(Laterality),
        "findings": st.lists(FINDINGS, max_size=3).map(tuple),
        "assessment": st.builds(
            Assessment,
            level=st.sampled_from([f"DG{n}" for n in range(6)]),
            text=WORDS | st.just(""),
        ),
        "advice": st.lists(ADVICE, max_size=3).map(tuple),
        "provenance": st.builds(
            Provenance, version=WORDS, segmenter=WORDS, settings=SETTINGS
        ),
        "problems": st.lists(
            st.builds(Problem, source=WORDS, reason=WORDS), max_size=2
        ).map(tuple),
        "notes": st.lists(WORDS, max_size=3).map(tuple),
    }
)


@settings(max_examples=25, deadline=None)
@given(changes=CHANGES, status=st.sampled_from(Adequacy))
def test_any_report_comes_back_as_it_was_said(
    case: Filed, changes: dict[str, object], status: Adequacy
) -> None:
    first, second = case.report.readings
    first = replace(first, adequacy=AdequacyVerdict(status=status))
    said = replace(
        case.report,
        readings=(first, second),
        **changes,  # type: ignore[arg-type]
    )
    told = report_from_sr(written(replace(case, report=said)))
    assert told == statement_of(said)


def highdicom_groups(dataset: Dataset) -> list[object]:
    """Return the measurement groups as another library reads them."""
    other = hd.sr.ComprehensiveSR.from_dataset(dataset)
    content = other.content
    assert isinstance(content, hd.sr.MeasurementReport)
    return list(content.get_planar_roi_measurement_groups())


def test_another_reader_finds_every_branch_and_finding(case: Filed) -> None:
    dataset = written(case)
    groups = highdicom_groups(dataset)
    statement = statement_of(case.report)
    places = sum(len(finding.places) for finding in statement.findings)
    assert len(groups) == len(statement.branches) + 2 + places
    for branch, group in zip(statement.branches, groups, strict=False):
        value = group.roi.value  # type: ignore[attr-defined]
        expected = np.array(branch.points)[:, ::-1] + 0.5
        np.testing.assert_allclose(value, expected, atol=1e-3)
        (length,) = group.get_measurements(  # type: ignore[attr-defined]
            codes.DCM.PathLength
        )
        assert length.value == branch.length
        assert length.unit == codes.UCUM.Millimeter


def test_a_finding_in_two_views_is_one_thing_and_the_same_as_its_mask(
    case: Filed,
) -> None:
    groups = highdicom_groups(written(case))
    uids = [
        str(group.tracking_uid)  # type: ignore[attr-defined]
        for group in groups
        if group.finding_type == codes.DCM.IntraluminalFillingDefect  # type: ignore[attr-defined]
    ]
    assert len(uids) == 2
    assert len(set(uids)) == 1
    masks = segmentations(case.report, case.lumens, case.sources, made=MADE)
    for mask in masks:
        assert uids[0] in {str(s.TrackingUID) for s in mask.SegmentSequence}


def test_every_group_has_its_place_on_an_image_of_the_study(case: Filed) -> None:
    dataset = written(case)
    known = {source.instance for source in case.sources}
    groups = highdicom_groups(dataset)
    for group in groups:
        region = group.roi  # type: ignore[attr-defined]
        image = region.ContentSequence[0].ReferencedSOPSequence[0]
        assert image.ReferencedSOPInstanceUID in known
    (study,) = dataset.CurrentRequestedProcedureEvidenceSequence
    listed = {
        instance.ReferencedSOPInstanceUID
        for series in study.ReferencedSeriesSequence
        for instance in series.ReferencedSOPSequence
    }
    assert listed == known


def test_images_of_another_study_are_named_as_such(case: Filed) -> None:
    first, second = case.sources
    case = replace(case, sources=(first, replace(second, study="2.25.78")))
    dataset = written(case)
    (own,) = dataset.CurrentRequestedProcedureEvidenceSequence
    (other,) = dataset.PertinentOtherEvidenceSequence
    assert own.StudyInstanceUID == dataset.StudyInstanceUID == "2.25.77"
    assert other.StudyInstanceUID == "2.25.78"


def test_a_point_of_the_first_pixel_lies_at_its_middle(case: Filed) -> None:
    place = Place(view=0, row=0.0, column=0.0)
    finding = Finding(kind=FindingKind.ECTASIA, places=(place,), confidence=1.0)
    said = replace(case.report, findings=(finding,))
    *_, group = highdicom_groups(written(replace(case, report=said)))
    assert group.roi.value.ravel().tolist() == [0.5, 0.5]  # type: ignore[attr-defined]


def test_it_says_that_nobody_verified_it(case: Filed) -> None:
    dataset = written(case)
    assert dataset.VerificationFlag == "UNVERIFIED"
    assert dataset.PreliminaryFlag == "PRELIMINARY"
    text = dataset.to_json()
    assert "not a medical device" in text
    assert "never excludes disease" in text
    assert "SIMULATED" in dataset.CompletionFlagDescription


def test_the_same_reading_is_the_same_object(case: Filed) -> None:
    assert as_bytes(written(case)) == as_bytes(written(case))
    other = replace(case, report=replace(case.report, notes=("Another.",)))
    assert written(case).SOPInstanceUID != written(other).SOPInstanceUID


TABLES: tuple[tuple[str, dict[object, Code]], ...] = tuple(
    (name, table)
    for name, table in (
        *vars(sr_codes).items(),
        *vars(concepts).items(),
        *((field, table) for field, (_, table) in sr_injection.WORDS.items()),
    )
    if isinstance(table, dict) and not name.startswith("_")
)


@pytest.mark.parametrize(("name", "table"), TABLES)
def test_each_word_has_a_code_of_its_own(name: str, table: dict[object, Code]) -> None:
    assert len({code[:2] for code in table.values()}) == len(table), name
    for code in table.values():
        assert len(code.value) <= 16
        assert len(code.meaning) <= 64


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (concepts.ADEQUACIES, Adequacy),
        (concepts.DEPTHS, Depth),
        (concepts.CAUSES, CauseName),
        (concepts.ACTIONS, Action),
    ],
)
def test_every_word_of_a_report_has_a_code(
    table: dict[object, Code], words: Iterable[object]
) -> None:
    assert set(table) == set(words)


def meanings(scheme: str) -> dict[str, str]:
    """Return the codes of a scheme that pydicom knows from PS3.16."""
    words = getattr(codes, scheme)
    entries = [getattr(words, keyword) for keyword in words.dir()]
    return {entry.value: entry.meaning for entry in entries}


def test_codes_of_the_standard_are_in_the_standard() -> None:
    named = (*vars(sr_codes).values(), *vars(concepts).values())
    every = [code for code in named if isinstance(code, Code)]
    every += [code for _, table in TABLES for code in table.values()]
    every += [kind.code for kind in FindingKind]
    for scheme, least in (("DCM", 40), ("SCT", 30), ("NCIt", 1)):
        known = meanings(scheme)
        ours = [code for code in every if code.scheme == scheme]
        assert len(ours) >= least
        assert [code for code in ours if code.value not in known] == []
    sct = meanings("SCT")
    for hour, code in concepts.CLOCKS.items():
        assert sct[code.value].startswith(f"{hour} o'clock position")


def test_a_very_long_branch_is_thinned_to_what_a_value_holds(tmp_path: Path) -> None:
    case = filed(tmp_path, report(views=("CC",), normal=True))
    reading = case.report.readings[0]
    count = MOST_POINTS + 500
    line = np.column_stack([np.linspace(100, 10, count), np.full(count, 9.0)])
    tree = DuctTree(
        points_mm=np.column_stack([line, np.zeros(count)]),
        parents=np.arange(-1, count - 1),
        radii_mm=np.full(count, 0.4),
    )
    long: Duct = duct(tree, reading.view.image.grid)
    said = replace(case.report, readings=(replace(reading, ducts=(long,)),))
    told = report_from_sr(written(replace(case, report=said)))
    assert told == statement_of(said)
    (branch,) = told.branches
    assert len(branch.points) <= MOST_POINTS
    assert branch.length == pytest.approx(90.0, abs=0.01)


def test_the_report_of_another_program_is_left_alone(case: Filed) -> None:
    dataset = written(case)
    for item in dataset.ContentSequence:
        if item.get("ConceptNameCodeSequence")[0].CodeValue == "121013":
            item.TextValue = "somebody else"
    with pytest.raises(DicomError, match="another program"):
        report_from_sr(dataset)


def test_an_image_is_not_read_as_a_report(case: Filed) -> None:
    with pytest.raises(DicomError, match="not a TID 1500"):
        report_from_sr(pydicom.dcmread(case.folder / "1.dcm"))


@pytest.mark.parametrize("lost", range(4))
def test_a_report_with_a_part_missing_is_refused_in_a_sentence(
    case: Filed, lost: int
) -> None:
    dataset = written(case)
    headings = [
        k for k, i in enumerate(dataset.ContentSequence) if i.ValueType == "CONTAINER"
    ]
    if lost < 3:
        del dataset.ContentSequence[headings[lost]]
    else:
        # A group that speaks of an image that the library does not list.
        library = dataset.ContentSequence[headings[0]].ContentSequence[0]
        del library.ContentSequence[0]
    with pytest.raises(Unreadable, match="structured report"):
        report_from_sr(dataset)


def test_a_view_without_identity_is_not_stated(case: Filed) -> None:
    first = case.report.readings[0]
    lost = replace(first, view=replace(first.view, sop_instance_uid=None))
    with pytest.raises(InvalidValue, match="without identity"):
        statement_of(replace(case.report, readings=(lost,)))


def test_a_report_beside_its_images_does_not_disturb_loading(tmp_path: Path) -> None:
    case = filed(tmp_path, little())
    (tmp_path / "sr.dcm").write_bytes(as_bytes(written(case)))
    study = load(tmp_path)
    assert len(study.views) == 2
    assert study.problems == ()
