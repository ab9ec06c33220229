"""A study without names: nothing that identifies is left, nothing that matters lost."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from galactograph.cli.app import run
from galactograph.dicom.common import comment
from galactograph.dicom.header import Intent
from galactograph.dicom.identity import is_uid
from galactograph.dicom.privacy.cleaning import Cleaner
from galactograph.dicom.privacy.deidentify import Outcome, deidentify
from galactograph.dicom.privacy.options import Keep, Settings
from galactograph.dicom.privacy.pseudonyms import (
    Pseudonyms,
    moved_date,
    moved_moment,
    moved_time,
)
from galactograph.dicom.privacy.texts import is_known
from galactograph.dicom.results import results
from galactograph.dicom.segmentation import segments_from
from galactograph.dicom.sr_reading import report_from_sr
from galactograph.dicom.study import load
from galactograph.errors import Unreadable
from mammograms import (
    BIG_ENDIAN,
    DEFLATED,
    IMPLICIT,
    JPEG_LS,
    RLE,
    Maker,
    edited,
    recoded,
)
from objects import MADE, errors_of, filed, filed_slices, with_cannula
from privacy.identity import (
    ACCESSION,
    DATE,
    HOSPITAL,
    NAME,
    NUMBER,
    SERIAL,
    WORDS,
    decorated,
)
from reports import report

SECRET = b"thirty-two bytes that are secret"
IODS = {
    "MG": "MammographyImageForProcessing",
    "SR": "ComprehensiveSR",
    "SEG": "Segmentation",
    "PR": "GrayscaleSoftcopyPresentationState",
    "KO": "KeyObjectSelectionDocument",
}
SLICES = "BreastTomosynthesisImage"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study of every kind of object that we write, with a patient in it."""
    folder = tmp_path_factory.mktemp("named")
    case = filed(folder, with_cannula(report(views=("CC",))))
    found = results(folder, case.report, case.lumens, made=MADE)
    for name, content in found.items():
        (folder / name).write_bytes(content)
    apart = tmp_path_factory.mktemp("slices")
    filed_slices(apart)
    shutil.copy(apart / "slices.dcm", folder / "Gruenwald_Philomena.dcm")
    for path in folder.glob("*.dcm"):
        dataset = decorated(pydicom.dcmread(path))
        dataset.preamble = b"Grunwald".ljust(128)
        dataset.file_meta.SourceApplicationEntityTitle = "MAMMO-ROOM-3"
        dataset.save_as(path)
    (folder / "DICOMDIR").write_bytes(NAME.encode())
    return folder


@pytest.fixture(scope="module")
def cleaned(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the study without names."""
    folder = tmp_path_factory.mktemp("cleaned")
    deidentify(study, folder, secret=SECRET)
    return folder


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


def renewed(dataset: Dataset, folder: Path, name: str = "one.dcm") -> Dataset:
    """Write one object, pass it on alone, and read what came out."""
    folder.mkdir(exist_ok=True)
    dataset.save_as(folder / name)
    out = folder / "out"
    out.mkdir()
    outcome = deidentify(folder / name, out, secret=SECRET)
    return pydicom.dcmread(out / outcome.passed[0].name)


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
    assert len(list(cleaned.iterdir())) == len(list(study.glob("*.dcm"))) == 6
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


@given(
    st.datetimes(datetime(1920, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001
    st.datetimes(datetime(1920, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001
    st.binary(min_size=1, max_size=8),
)
def test_any_two_moments_stay_as_far_apart(
    first: datetime, second: datetime, key: bytes
) -> None:
    by = Pseudonyms(key).moved("patient 1")
    form = "%Y%m%d%H%M%S"
    moved = []
    for then in (first, second):
        text = then.strftime(form)
        told = moved_moment(text, by)
        assert told is not None
        assert told == f"{moved_date(text[:8], text[8:], by)}{moved_time(text[8:], by)}"
        moved.append(datetime.strptime(told, form))  # noqa: DTZ007
    gap = second.replace(microsecond=0) - first.replace(microsecond=0)
    assert moved[1] - moved[0] == gap


@given(st.text("0123456789.", min_size=1, max_size=64), st.binary(min_size=1))
def test_a_new_uid_is_a_uid_and_those_of_the_standard_stay(
    old: str, secret: bytes
) -> None:
    names = Pseudonyms(secret)
    assert is_uid(names.uid(old))
    assert names.uid(old) == names.uid(old) != old
    assert names.uid("1.2.840.10008.1.2") == "1.2.840.10008.1.2"


@pytest.mark.parametrize("bad", ["", "2020", "20201301", "yesterday", "2020-01-01"])
def test_what_is_no_date_is_not_moved(bad: str) -> None:
    by = timedelta(days=-40)
    assert moved_date(bad, "", by) is None
    assert moved_time("x" + bad, by) is None


@pytest.mark.parametrize(
    "syntax", [IMPLICIT, BIG_ENDIAN, DEFLATED, JPEG_LS, RLE], ids=str
)
def test_any_encoding_passes_with_its_pixels(syntax: str, tmp_path: Path) -> None:
    plain = Maker(tmp_path).shown(intent=Intent.PRESENTATION)
    dataset = pydicom.dcmread(recoded(plain, syntax, "other.dcm"))
    dataset.PatientID = NUMBER
    new = renewed(dataset, tmp_path / "one")
    assert new.file_meta.TransferSyntaxUID == syntax
    np.testing.assert_array_equal(new.pixel_array, dataset.pixel_array)
    assert new.PatientID != NUMBER


def kept(folder: Path, *keep: Keep, shift: bool = True) -> Dataset:
    """Return a decorated image, passed on with options."""
    dataset = decorated(pydicom.dcmread(Maker(folder).raw()))
    dataset.SeriesDescription = "GALACTOGRAM L CC"
    dataset.private_block(0x7E01, "HOLOGIC, Inc.", create=True).add_new(1, "LO", "1.0")
    dataset.save_as(folder / "raw.dcm")
    (folder / "out").mkdir()
    settings = Settings(keep=frozenset(keep), shift=shift)
    done = deidentify(
        folder / "raw.dcm", folder / "out", secret=SECRET, settings=settings
    )
    return pydicom.dcmread(folder / "out" / done.passed[0].name)


def test_without_options_everything_goes(tmp_path: Path) -> None:
    new = kept(tmp_path)
    for name in (
        "InstitutionName", "StationName", "PatientAge", "SeriesDescription",
        "DeviceSerialNumber", "RequestAttributesSequence", "ImageComments",
    ):  # fmt: skip
        assert name not in new, name
    assert not any(element.tag.is_private for element in new.iterall())
    assert new.ContributingEquipmentSequence[0].Manufacturer == "Maker"
    assert new.ReferencedRequestSequence[0].AccessionNumber in ("", None)


@pytest.mark.parametrize(
    ("keep", "name", "value", "code"),
    [
        (Keep.DATES, "StudyDate", DATE, "113106"),
        (Keep.DEVICE, "DeviceSerialNumber", SERIAL, "113109"),
        (Keep.INSTITUTION, "InstitutionName", HOSPITAL, "113112"),
        (Keep.CHARACTERISTICS, "PatientAge", "060Y", "113108"),
        (Keep.DESCRIPTORS, "SeriesDescription", "GALACTOGRAM L CC", "113105"),
        (Keep.PRIVATE, "7E011001", "1.0", "113111"),
    ],
)
def test_what_is_wished_stays_and_nothing_else(
    keep: Keep, name: str, value: str, code: str, tmp_path: Path
) -> None:
    new = kept(tmp_path, keep)
    assert str(new[name].value) == value
    methods = [c.CodeValue for c in new.DeidentificationMethodCodeSequence]
    assert code in methods
    assert "StudyDescription" not in new  # it holds her number
    assert new.PatientName != NAME


def test_uids_stay_where_that_is_wished(tmp_path: Path) -> None:
    new = kept(tmp_path, Keep.UIDS)
    assert new.SOPInstanceUID == pydicom.dcmread(tmp_path / "raw.dcm").SOPInstanceUID


def test_dates_can_be_removed(tmp_path: Path) -> None:
    new = kept(tmp_path, shift=False)
    assert new.StudyDate in ("", None)
    assert new.LongitudinalTemporalInformationModified == "REMOVED"
    assert DATE[:4] not in {str(e.value)[:4] for e in new.iterall() if e.VR == "DA"}


def test_an_age_over_89_points_to_nobody(tmp_path: Path) -> None:
    path = edited(Maker(tmp_path).raw(), PatientAge="097Y")
    (tmp_path / "out").mkdir()
    wish = Settings(keep=frozenset({Keep.CHARACTERISTICS}))
    deidentify(path, tmp_path / "out", secret=SECRET, settings=wish)
    (out,) = (tmp_path / "out").iterdir()
    assert pydicom.dcmread(out).PatientAge == "090Y"


def outcome_of(folder: Path, **changes: object) -> Outcome:
    """Pass on one good image and one that is changed."""
    maker = Maker(folder)
    edited(maker.raw("good.dcm"), "bad.dcm", **changes)
    out = folder.parent / f"{folder.name}-out"
    out.mkdir()
    return deidentify(folder, out, secret=SECRET)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"BurnedInAnnotation": "YES"}, "--keep burned-in"),
        ({"SOPInstanceUID": None}, "no valid SOPInstanceUID"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.104.1"}, "document within"),
    ],
)
def test_a_bad_file_does_not_pass_and_is_listed(
    changes: dict[str, object], words: str, tmp_path: Path
) -> None:
    done = outcome_of(tmp_path, **changes)
    assert [one.source for one in done.passed] == ["good.dcm"]
    (problem,) = done.left_out
    assert problem.source == "bad.dcm"
    assert words in problem.reason


def test_a_file_cut_short_does_not_pass(tmp_path: Path) -> None:
    good = Maker(tmp_path).raw("good.dcm")
    (tmp_path / "cut.dcm").write_bytes(good.read_bytes()[:900])
    (tmp_path / "notes.bin").write_bytes(b"her name")
    out = tmp_path.parent / "cut-out"
    out.mkdir()
    done = deidentify(tmp_path, out, secret=SECRET)
    assert [one.source for one in done.passed] == ["good.dcm"]
    assert {p.source for p in done.left_out} == {"cut.dcm", "notes.bin"}


def test_a_picture_that_may_hold_text_is_pointed_out(tmp_path: Path) -> None:
    done = outcome_of(tmp_path, BurnedInAnnotation=None)
    (warning,) = done.warnings
    assert warning.source == "bad.dcm"
    assert "look at it" in warning.reason


@pytest.mark.parametrize("hidden", ["pixels", "header"])
def test_a_name_that_cleaning_missed_is_found_and_refused(
    hidden: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = pydicom.dcmread(Maker(tmp_path).raw())
    dataset.PatientID, dataset.PatientName = NUMBER, NAME
    if hidden == "pixels":
        note = NUMBER.encode()
        dataset.PixelData = note + dataset.PixelData[len(note) :]
    else:
        clean = Cleaner.cleaned

        def careless(self: Cleaner, old: Dataset) -> Dataset:
            new = clean(self, old)
            new.PaddleDescription = f"for {NAME.partition('^')[0].upper()}"
            return new

        monkeypatch.setattr(Cleaner, "cleaned", careless)
    dataset.save_as(tmp_path / "named.dcm")
    (tmp_path / "out").mkdir()
    with pytest.raises(Unreadable, match="is left in") as refusal:
        deidentify(tmp_path / "named.dcm", tmp_path / "out", secret=SECRET)
    assert NUMBER not in str(refusal.value)
    assert list((tmp_path / "out").iterdir()) == []


def test_names_of_one_file_are_looked_for_in_all(tmp_path: Path) -> None:
    maker = Maker(tmp_path)
    edited(maker.raw("one.dcm"), "named.dcm", OperatorsName="Quillfeather^Ada")
    edited(maker.raw("two.dcm"), "told.dcm", PaddleDescription="by Quillfeather")
    out = tmp_path.parent / "all-out"
    out.mkdir()
    deidentify(tmp_path, out, secret=SECRET)
    told = {str(d.get("PaddleDescription")) for _, d in everything(out)}
    assert "REMOVED" in told
    assert not any("Quillfeather" in text for text in told)


def test_however_damaged_it_leaks_nothing_and_is_told_in_a_sentence(
    study: Path, tmp_path: Path
) -> None:
    needles = [word.encode() for word in WORDS]
    whole = (study / "key.dcm").read_bytes()
    told: list[str] = []
    for seed in range(80):
        chance = random.Random(seed)  # noqa: S311  no secret
        data = bytearray(whole)
        for _ in range(chance.choice([1, 3, 8])):
            data[chance.randrange(132, len(data))] ^= 1 << chance.randrange(8)
        if seed % 4 == 0:
            at = chance.randrange(132, len(data))
            del data[at : at + chance.randrange(1, 30)]
        out = tmp_path / str(seed)
        out.mkdir()
        (tmp_path / "spoilt.dcm").write_bytes(data)
        try:
            deidentify(tmp_path / "spoilt.dcm", out, secret=SECRET)
        except Unreadable as trouble:
            told.append(str(trouble))
        written = b"".join(path.read_bytes() for path in out.iterdir())
        assert not any(word in written for word in needles), seed
    assert 0 < len(told) < 80
    for sentence in told:
        assert "\n" not in sentence
        assert len(sentence) < 400
        assert not any(word.decode() in sentence for word in needles)


def test_a_damaged_header_is_not_quoted(tmp_path: Path) -> None:
    path = Maker(tmp_path).raw()
    data = path.read_bytes()
    # A length of the encoding's name that swallows what comes after it.
    at = data.index(b"1.2.840.10008.1.2.1\0") - 2
    path.write_bytes(data[:at] + (900).to_bytes(2, "little") + data[at + 2 :])
    with pytest.raises(Unreadable, match="damaged") as refusal:
        deidentify(path, tmp_path, secret=SECRET)
    assert len(str(refusal.value)) < 200


def test_what_is_no_known_word_is_no_descriptor() -> None:
    assert is_known("Contrast is missing over 4.1 mm of a 1.6 mm duct")
    for text in ("Contrast for Doe", "seen 2021", "20210317", "Müller"):
        assert not is_known(text)


def secret_file(folder: Path) -> Path:
    path = folder / "secret"
    path.write_bytes(SECRET)
    path.chmod(0o600)
    return path


def test_the_command_passes_on_and_lists(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, out = tmp_path / "study", tmp_path / "out"
    study.mkdir()
    maker = Maker(study)
    edited(maker.raw("good.dcm"), "bad.dcm", BurnedInAnnotation="YES")
    words = ["deidentify", str(study), "-o", str(out), "-q"]
    words += ["--secret-file", str(secret_file(tmp_path))]
    assert run([*words, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [one["source"] for one in told["passed"]] == ["good.dcm"]
    assert [one["source"] for one in told["left_out"]] == ["bad.dcm"]
    assert {path.name for path in out.iterdir()} == {"MG-0001.dcm", "CONTENTS.txt"}
    assert run([*words, "--overwrite", "--keep", "burned-in"]) == 0
    said, warned = capsys.readouterr()
    assert "2 objects without names" in said
    assert "Look at: bad.dcm" in warned
    assert run(words) == 2  # the folder is in use


def test_if_nothing_passes_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "note.txt").write_text(ACCESSION)
    out = tmp_path / "out"
    assert run(["deidentify", str(tmp_path / "note.txt"), "-o", str(out), "-q"]) == 3
    assert "nothing passed" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("fault", ["missing", "short", "open to others"])
def test_a_secret_that_is_none_is_refused(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "secret"
    if fault != "missing":
        path.write_bytes(SECRET if fault == "open to others" else b"short")
        path.chmod(0o644 if fault == "open to others" else 0o600)
    words = ["deidentify", str(tmp_path), "-o", str(tmp_path / "out")]
    assert run([*words, "--secret-file", str(path)]) == 2
    assert str(path) in capsys.readouterr().err
