"""`galactograph score`, as it is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import trials_worlds as worlds
from galactograph.cli.app import run


def files(folder: Path) -> tuple[Path, Path]:
    """Write a reading and its truth as they lie after `read` and `simulate`."""
    tree = worlds.cross()
    row, column = tree.points[20].tolist()
    report, study = folder / "report", folder / "study"
    (study / "truth").mkdir(parents=True)
    report.mkdir()
    read = worlds.reading(tree, worlds.finding(row, column))
    (report / "reading.json").write_text(json.dumps(read))
    truth = json.dumps(worlds.truth(tree, node=20))
    (study / "truth" / "truth.json").write_text(truth)
    return report, study


def test_a_perfect_reading_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, study = files(tmp_path)
    assert run(["score", str(report), str(study)]) == 0
    told = capsys.readouterr().out
    line = next(x for x in told.splitlines() if "0.2 mm and more  " in x)
    assert "1.000  (goal 0.985)" in line
    assert "filling-defect of 2.0 mm (intraductal-papilloma): filling-defect" in told
    assert "Advice fits" in told
    assert "Research use only" in told


def test_files_of_another_reader_do_as_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, study = files(tmp_path)
    reading, truth = report / "reading.json", study / "truth" / "truth.json"
    assert run(["score", str(reading), str(truth), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["views"][0]["lengths"]["true_mm"] > 0


def test_a_study_without_truth_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, _ = files(tmp_path)
    assert run(["score", str(report), str(report)]) == 3
    assert "truth.json" in capsys.readouterr().err
