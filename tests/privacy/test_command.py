"""The command that passes a study on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from galactograph.cli.app import run
from mammograms import (
    Maker,
    edited,
)
from privacy.identity import (
    ACCESSION,
    SECRET,
)


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
