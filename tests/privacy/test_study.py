"""A study without names: nothing that identifies is left, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from galactograph.dicom.common import comment
from galactograph.dicom.privacy.deidentify import deidentify
from galactograph.dicom.segmentation import segments_from
from galactograph.dicom.sr_reading import report_from_sr
from galactograph.dicom.study import load
from objects import errors_of
from privacy.identity import (
    SECRET,
    WORDS,
)

pytestmark = pytest.mark.slow
"""Whole pictures are made here."""

IODS = {
    "MG": "MammographyImageForProcessing",
    "SR": "ComprehensiveSR",
    "SEG": "Segmentation",
    "PR": "GrayscaleSoftcopyPresentationState",
    "KO": "KeyObjectSelectionDocument",
}


SLICES = "BreastTomosynthesisImage"


def everything(folder: Path) -> Iterator[tuple[Path, Dataset]]:
    for path in sorted(folder.glob("*.dcm")):
        yield path, pydicom.dcmread(path)


def by_kind(folder: Path) -> dict[str, Dataset]:
    """Return one object of each kind; DBT apart from MG."""
    found = {}
    for _, dataset in everything(folder):
        slices = "NumberOfFrames" in dataset and dataset.Modality == "MG"
        found["DBT" if slices else str(dataset.Modality)] = dataset
    return found


def test_nothing_that_identifies_her_is_left_in_any_byte_or_name(
    study: Path, cleaned: Path
) -> None:
    before = b"".join(path.read_bytes() for path in study.glob("*.dcm"))
    after = b"".join(path.read_bytes() for path in cleaned.iterdir())
    names = " ".join(path.name for path in cleaned.rglob("*"))
    for word in WORDS:
        forms = {word.encode(c, "ignore") for c in ("utf-8", "latin-1", "utf-16-le")}
        assert word.encode() in before or word == "2021-03-17", word
        assert not any(form.lower() in after.lower() for form in forms), word
    for _, dataset in everything(study):
        for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
            uid = str(dataset[keyword].value).encode() + b"\0"
            assert uid not in after
    assert len(list(cleaned.iterdir())) == len(list(study.glob("*.dcm"))) == 7
    assert "ruenwald" not in names
    assert "DICOMDIR" not in names


def test_a_validator_finds_no_error(cleaned: Path) -> None:
    for path, dataset in everything(cleaned):
        slices = "NumberOfFrames" in dataset and dataset.Modality == "MG"
        iod = SLICES if slices else IODS[str(dataset.Modality)]
        assert errors_of(path, iod) == [], path.name


def test_every_object_says_what_was_done(cleaned: Path) -> None:
    allowed = {concept.value for concept in codes.CID7050.concepts.values()}
    for _, dataset in everything(cleaned):
        methods = [c.CodeValue for c in dataset.DeidentificationMethodCodeSequence]
        assert methods == ["113100", "113103", "113104", "113107"]
        assert set(methods) <= allowed
        assert dataset.PatientIdentityRemoved == "YES"
        assert dataset.LongitudinalTemporalInformationModified == "MODIFIED"
        assert str(dataset.PatientName) == f"SIMULATED^{dataset.PatientID}"


def uids_named(dataset: Dataset) -> set[str]:
    """Return the UIDs of objects that one refers to, in any sequence."""
    keywords = ("ReferencedSOPInstanceUID", "FrameOfReferenceUID")
    return {
        str(element.value)
        for element in dataset.iterall()
        if element.keyword in keywords[:1]
    }


def test_objects_still_refer_to_one_another(study: Path, cleaned: Path) -> None:
    for folder in (study, cleaned):
        there = {str(d.SOPInstanceUID) for _, d in everything(folder)}
        named = set().union(*(uids_named(d) for _, d in everything(folder)))
        assert named
        assert named <= there
    was, now = by_kind(study), by_kind(cleaned)
    for first in was:
        for second in was:
            for name in ("StudyInstanceUID", "SeriesInstanceUID"):
                before = was[first][name].value == was[second][name].value
                assert (now[first][name].value == now[second][name].value) == before
    thing = ("SegmentSequence", 0, "TrackingUID")
    assert now["SEG"].SegmentSequence[1][thing[2]].value in {
        str(e.value) for e in now["SR"].iterall() if e.keyword == "UID"
    }


def test_pictures_and_masks_are_what_they_were(study: Path, cleaned: Path) -> None:
    was, now = by_kind(study), by_kind(cleaned)
    for kind in ("MG", "DBT"):
        np.testing.assert_array_equal(was[kind].pixel_array, now[kind].pixel_array)
    for before, after in zip(
        segments_from(was["SEG"]).masks, segments_from(now["SEG"]).masks, strict=True
    ):
        np.testing.assert_array_equal(before, after)


def test_a_report_keeps_all_that_is_no_free_text(study: Path, cleaned: Path) -> None:
    was = report_from_sr(by_kind(study)["SR"])
    now = report_from_sr(by_kind(cleaned)["SR"])
    assert now.branches == was.branches
    assert now.assessment == was.assessment
    assert now.provenance == was.provenance
    assert [f.kind for f in now.findings] == [f.kind for f in was.findings]
    for before, after in zip(was.findings, now.findings, strict=True):
        assert after == before  # our own sentences are made of known words
    assert [p.source for p in now.problems] == ["REMOVED"]  # a name of a file
    said = {str(e.value) for e in by_kind(cleaned)["SR"].iterall()}
    assert comment(simulated=True) in said


def test_the_study_reads_as_before(study: Path, cleaned: Path) -> None:
    was, now = load(study), load(cleaned)
    assert len(was.views) == len(now.views)
    for before, after in zip(was.views, now.views, strict=True):
        np.testing.assert_array_equal(before.image.pixels, after.image.pixels)
        assert after.image.grid == before.image.grid
        assert (after.name, after.role) == (before.name, before.role)
        assert after.simulated
    assert now.patient.presentation.age is None


def moment(dataset: Dataset, stem: str) -> datetime:
    told = f"{dataset[stem + 'Date'].value}{dataset[stem + 'Time'].value}"
    return datetime.strptime(told[:14], "%Y%m%d%H%M%S")  # noqa: DTZ007


def test_dates_move_and_the_time_between_them_stays(study: Path, cleaned: Path) -> None:
    was, now = by_kind(study), by_kind(cleaned)
    moves = set()
    for kind in was:
        for stem in ("Study", "Series", "Content", "InstanceCreation"):
            if stem + "Date" in now[kind]:
                moves.add(moment(was[kind], stem) - moment(now[kind], stem))
    (move,) = moves
    assert timedelta(days=29) < move < timedelta(days=3700)
    assert now["MG"].ContentTime.endswith(".250")
    assert now["MG"].PatientBirthDate in ("", None)


def test_the_same_secret_gives_the_same_names_and_another_others(
    study: Path, cleaned: Path, tmp_path: Path
) -> None:
    again, other = tmp_path / "again", tmp_path / "other"
    again.mkdir()
    other.mkdir()
    deidentify(study / "key.dcm", again, secret=SECRET)
    deidentify(study / "key.dcm", other, secret=SECRET[::-1])
    (one,), (two,) = (list(folder.iterdir()) for folder in (again, other))
    before = next(path for path in cleaned.iterdir() if path.name.startswith("KO"))
    assert one.read_bytes() == before.read_bytes()
    for name in ("SOPInstanceUID", "PatientID", "StudyDate"):
        values = [pydicom.dcmread(path)[name].value for path in (one, two)]
        assert values[0] != values[1]
