"""Loading studies."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import psutil
import pydicom
import pytest
from PIL import Image as Pillow

from galactograph.dicom import files, headers
from galactograph.dicom.header import Intent
from galactograph.dicom.images import save_image
from galactograph.dicom.study import load
from galactograph.errors import Unreadable
from galactograph.values.codes import Laterality
from galactograph.values.geometry import SpacingKind
from galactograph.values.procedure import Exposure, ViewPosition
from galactograph.values.study import GreyScale, Role
from mammograms import (
    COLUMNS,
    DEFLATED,
    JPEG_2000_LOSSY,
    JPEG_BASELINE,
    JPEG_EXTENDED,
    JPEG_LS,
    LOSSLESS,
    RLE,
    ROWS,
    Maker,
    breast_counts,
    breast_shown,
    edited,
    header,
    recoded,
    tomosynthesis,
)

ML = Exposure(rows=ROWS, columns=COLUMNS, position=ViewPosition.ML)


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_every_lossless_encoding_loads_the_same(syntax: str, tmp_path: Path) -> None:
    path = Maker(tmp_path).raw()
    plain = load(path).views[0]
    again = load(recoded(path, syntax, "recoded.dcm")).views[0]
    np.testing.assert_array_equal(again.image.pixels, plain.image.pixels)
    assert (again.role, again.laterality) == (plain.role, plain.laterality)


@pytest.mark.parametrize("syntax", [JPEG_2000_LOSSY, JPEG_EXTENDED])
def test_lossy_encodings_load_nearly_the_same(syntax: str, tmp_path: Path) -> None:
    path = Maker(tmp_path).shown()
    plain = load(path).views[0].image.pixels
    again = load(recoded(path, syntax, "recoded.dcm")).views[0].image.pixels
    # Noise of 40 counts in air is what lossy coding loses first.
    assert np.abs(again - plain).mean() < 0.01


def test_eight_bit_baseline_jpeg_loads(tmp_path: Path) -> None:
    shown = (breast_shown() >> 4).astype(np.uint8)
    Pillow.fromarray(shown).save(tmp_path / "frame.jpg", quality=95)
    path = Maker(tmp_path).shown()
    dataset = pydicom.dcmread(path)
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelData = pydicom.encaps.encapsulate(
        [(tmp_path / "frame.jpg").read_bytes()]
    )
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = JPEG_BASELINE
    dataset.save_as(path)
    pixels = load(path).views[0].image.pixels
    assert np.abs(pixels - shown / 255).mean() < 0.01


def test_a_file_without_preamble_loads(tmp_path: Path) -> None:
    path = Maker(tmp_path).raw()
    plain = load(path).views[0].image.pixels
    dataset = pydicom.dcmread(path)
    bare = tmp_path / "bare"
    pydicom.dcmwrite(
        bare, pydicom.Dataset(dataset), implicit_vr=True, little_endian=True
    )
    assert bare.read_bytes()[128:132] != b"DICM"
    np.testing.assert_array_equal(load(bare).views[0].image.pixels, plain)


def test_a_whole_study_is_loaded_with_its_roles(tmp_path: Path) -> None:
    make = Maker(tmp_path)
    make.raw("b/cc.dcm")
    make.raw("b/ml.dcm", exposure=ML, series_number=2)
    make.raw("scout.dcm", injection=None, series_number=3)
    (make.folder / "notes.txt").write_text("seen")
    (make.folder / "truth.json").write_text("{}")
    Pillow.fromarray(np.zeros((9, 9), np.uint8)).save(make.folder / "mask.png")
    shutil.copy(make.folder / "scout.dcm", make.folder / ".hidden.dcm")
    study = load(make.folder)
    found = {view.source: (view.name, view.role) for view in study.views}
    assert found == {
        "b/cc.dcm": ("L CC", Role.FILLED),
        "b/ml.dcm": ("L ML", Role.FILLED),
        "scout.dcm": ("L CC", Role.SCOUT),
    }
    assert study.problems == ()
    assert study.laterality is Laterality.LEFT
    assert study.uid == header().study
    assert study.patient.pseudonym == "anonymous"


def test_a_zip_and_its_folder_are_the_same_study(tmp_path: Path) -> None:
    make = Maker(tmp_path)
    make.raw("cc.dcm")
    make.raw("deep/ml.dcm", exposure=ML)
    packed = Path(shutil.make_archive(str(tmp_path / "all"), "zip", make.folder))
    one, two = load(make.folder), load(packed)
    assert [v.source for v in one.views] == [v.source for v in two.views]
    for a, b in zip(one.views, two.views, strict=True):
        np.testing.assert_array_equal(a.image.pixels, b.image.pixels)


def test_one_bad_file_among_good_ones_is_listed(tmp_path: Path) -> None:
    make = Maker(tmp_path)
    make.raw("good.dcm")
    cut = make.raw("cut.dcm", series_number=2)
    cut.write_bytes(cut.read_bytes()[:-500])
    (make.folder / "IMG0001").write_text("not an image at all, whatever its name says")
    (make.folder / "empty.dcm").touch()
    study = load(make.folder)
    assert [view.source for view in study.views] == ["good.dcm"]
    assert {p.source: p.reason.split(";")[0][:12] for p in study.problems} == {
        "cut.dcm": "is cut short",
        "IMG0001": "is neither D",
        "empty.dcm": "is empty",
    }


def test_a_circle_of_links_is_no_trap(tmp_path: Path) -> None:
    make = Maker(tmp_path)
    path = make.raw()
    (make.folder / "round").symlink_to(make.folder)
    (make.folder / "linked.dcm").symlink_to(path)
    os.mkfifo(make.folder / "pipe.dcm")
    sources = [view.source for view in load(make.folder).views]
    assert sources == ["linked.dcm", "raw.dcm"]


def test_the_raw_image_is_kept_of_two_of_one_exposure(tmp_path: Path) -> None:
    make = Maker(tmp_path)
    raw = make.raw()
    make.shown(source_uid=pydicom.dcmread(raw).SOPInstanceUID)
    study = load(make.folder)
    assert [view.source for view in study.views] == ["raw.dcm"]
    assert any("shown.dcm is the same exposure" in n for n in study.views[0].notes)


def test_the_shown_image_stands_in_for_a_damaged_raw_one(tmp_path: Path) -> None:
    make = Maker(tmp_path)
    raw = make.raw()
    make.shown(source_uid=pydicom.dcmread(raw).SOPInstanceUID)
    raw.write_bytes(raw.read_bytes()[:-100])
    study = load(make.folder)
    assert [view.source for view in study.views] == ["shown.dcm"]
    assert [problem.source for problem in study.problems] == ["raw.dcm"]


def test_images_of_two_exposures_are_both_kept(tmp_path: Path) -> None:
    make = Maker(tmp_path)
    make.raw()
    make.shown(source_uid="1.2.3.4")
    assert len(load(make.folder).views) == 2


def test_two_patients_are_refused(tmp_path: Path) -> None:
    make = Maker(tmp_path)
    make.raw("a.dcm", pseudonym="one")
    make.raw("b.dcm", pseudonym="two")
    with pytest.raises(Unreadable, match="2 patients"):
        load(make.folder)


def test_an_older_study_of_the_patient_is_noted(tmp_path: Path) -> None:
    make = Maker(tmp_path)
    make.raw("a.dcm")
    make.raw("b.dcm", exposure=ML)
    make.raw("old.dcm", injection=None, study_uid="2.25.5", date="19990101")
    old = {view.source: view.notes for view in load(make.folder).views}["old.dcm"]
    assert any("another study" in note and "19990101" in note for note in old)


def test_tomosynthesis_becomes_the_maximum_and_its_slice(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    slices = np.stack([breast_shown(i) for i in range(7)])[:, :, ::-1]
    slices = (slices // 2 + rng.integers(0, 900, slices.shape)).astype(np.uint16)
    view = load(tomosynthesis(tmp_path / "dbt.dcm", slices)).views[0]
    np.testing.assert_allclose(view.image.pixels, slices.max(0) / 4095, atol=1e-6)
    assert view.depth is not None
    np.testing.assert_array_equal(view.depth, slices.argmax(0))
    assert view.frames == 7
    assert (view.laterality, view.position) == (Laterality.RIGHT, "MLO")
    assert view.image.grid.spacing_mm == (0.1, 0.1)
    assert view.image.grid.spacing_kind is SpacingKind.MAGNIFICATION_CORRECTED


@pytest.mark.parametrize("syntax", [JPEG_LS, RLE])
def test_compressed_tomosynthesis_loads_the_same(syntax: str, tmp_path: Path) -> None:
    slices = np.stack([breast_shown(i) for i in range(4)])
    path = tomosynthesis(tmp_path / "dbt.dcm", slices)
    plain = load(path).views[0]
    again = load(recoded(path, syntax, "packed.dcm")).views[0]
    np.testing.assert_array_equal(again.image.pixels, plain.image.pixels)
    np.testing.assert_array_equal(again.depth, plain.depth)


def test_a_captured_screen_of_grey_with_spacing_loads(tmp_path: Path) -> None:
    path = edited(
        Maker(tmp_path).shown(),
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
        Modality="OT",
        ImagerPixelSpacing=None,
        EstimatedRadiographicMagnificationFactor=None,
        PresentationIntentType=None,
        NominalScannedPixelSpacing=["0.05", "0.05"],
    )
    view = load(path).views[0]
    assert view.grey_scale is GreyScale.DISPLAY
    assert view.image.grid.spacing_mm == (0.05, 0.05)


def test_without_spacing_no_millimetre_is_invented(tmp_path: Path) -> None:
    path = edited(Maker(tmp_path).raw(), ImagerPixelSpacing=None)
    view = load(path).views[0]
    assert not view.image.grid.has_millimetres
    assert any("pixels, not millimetres" in note for note in view.notes)
    told = load(path, pixel_spacing_mm=(0.07, 0.08)).views[0].image.grid
    assert (told.spacing_mm, told.spacing_kind) == ((0.07, 0.08), SpacingKind.USER)


def test_the_user_knows_better_than_the_file(tmp_path: Path) -> None:
    path = Maker(tmp_path).raw()
    view = load(path, laterality=Laterality.RIGHT, position="ML").views[0]
    assert view.name == "R ML"
    assert any("user believed" in note for note in view.notes)


def test_no_name_and_no_hospital_number_gets_in(tmp_path: Path) -> None:
    path = edited(
        Maker(tmp_path).raw(simulated=False),
        PatientID="0815-4711",
        PatientName="DOE^JANE",
        PatientIdentityRemoved="NO",
        PatientAge="047Y",
    )
    study = load(path)
    assert "4711" not in repr(study)
    assert "DOE" not in repr(study)
    assert study.patient.presentation.age == 47


def test_the_window_of_the_file_is_handed_on_in_the_units_of_the_image(
    tmp_path: Path,
) -> None:
    view = load(Maker(tmp_path).shown(window=(2048.0, 2000.0))).views[0]
    assert view.window is not None
    np.testing.assert_allclose(np.multiply(view.window, 4095), (1048, 3047), atol=25)
    assert load(Maker(tmp_path).raw()).views[0].window is None


def test_pictures_load_with_the_users_spacing(tmp_path: Path) -> None:
    Pillow.fromarray(breast_shown() << 4).save(tmp_path / "l_cc.png")
    view = load(tmp_path, pixel_spacing_mm=0.07).views[0]
    np.testing.assert_allclose(
        view.image.pixels, (breast_shown() << 4) / 65535, atol=1e-6
    )
    assert view.name == "L CC"
    assert any("file name" in note for note in view.notes)
    assert view.image.grid.spacing_kind is SpacingKind.USER


def test_a_bright_background_is_turned(tmp_path: Path) -> None:
    shown = (breast_shown() >> 4).astype(np.uint8)
    Pillow.fromarray(shown).save(tmp_path / "dark.tif")
    Pillow.fromarray(255 - shown).save(tmp_path / "bright.tif")
    dark = load(tmp_path / "dark.tif").views[0]
    bright = load(tmp_path / "bright.tif").views[0]
    np.testing.assert_allclose(bright.image.pixels, dark.image.pixels, atol=1e-6)
    assert any("inverted" in note for note in bright.notes)


def test_grey_in_three_equal_channels_is_grey(tmp_path: Path) -> None:
    shown = (breast_shown() >> 4).astype(np.uint8)
    Pillow.fromarray(np.dstack([shown] * 3)).save(tmp_path / "rgb.png")
    pixels = load(tmp_path / "rgb.png").views[0].image.pixels
    np.testing.assert_allclose(pixels, shown / 255, atol=1e-6)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.dcm", bytes(3 << 20))
    monkeypatch.setattr(files, "MOST_UNPACKED", 1 << 20)
    with pytest.raises(Unreadable, match="would unpack to"):
        load(tmp_path / "b.zip")


def test_a_zip_that_lies_about_its_sizes_does_not_unpack_past_them(
    tmp_path: Path,
) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.dcm", bytes(3 << 20))
    data = (tmp_path / "b.zip").read_bytes()
    small = data.replace((3 << 20).to_bytes(4, "little"), (99).to_bytes(4, "little"))
    assert small != data
    (tmp_path / "b.zip").write_bytes(small)
    with pytest.raises(Unreadable):
        load(tmp_path / "b.zip")


def test_names_that_lead_out_of_a_zip_are_left_aside(tmp_path: Path) -> None:
    raw = Maker(tmp_path).raw().read_bytes()
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        archive.writestr("../../evil.dcm", raw)
        archive.writestr("good.dcm", raw)
    study = load(tmp_path / "s.zip")
    assert [view.source for view in study.views] == ["good.dcm"]
    assert "leads out" in study.problems[0].reason
    assert not (tmp_path.parent / "evil.dcm").exists()


def test_a_deflated_bomb_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recoded(Maker(tmp_path).raw(), DEFLATED, "deflated.dcm")
    monkeypatch.setattr(headers, "MOST_INFLATED", 5000)
    with pytest.raises(Unreadable, match="inflates to more"):
        load(path)


@pytest.mark.slow
def test_a_full_mammogram_loads_fast_and_lean(tmp_path: Path) -> None:
    rows, columns = 4096, 3328
    counts = np.tile(breast_counts(), (43, 42))[:rows, :columns]
    exposure = Exposure(rows=rows, columns=columns)
    path = tmp_path / "big.dcm"
    save_image(counts, header(Intent.PROCESSING, exposure=exposure), path)
    load(path)
    process = psutil.Process()
    before = process.cpu_times().user
    view = load(path).views[0]
    assert process.cpu_times().user - before < 0.6
    assert view.image.pixels.nbytes == rows * columns * 4
