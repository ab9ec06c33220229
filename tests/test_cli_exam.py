"""`galactograph exam`: what the shell sees."""

from __future__ import annotations

import json
import re
from datetime import time
from pathlib import Path

import pytest

from galactograph.cli.app import run
from galactograph.cli.presentation import presentation
from galactograph.cli.templates import patient_template
from galactograph.values.codes import Laterality
from galactograph.values.patient import History, Presentation, Reaction
from galactograph.values.record import InjectionRecord, StopReason
from galactograph.values.record_text import load_record

CLEAR = 'infection = false\n[discharge]\ncolour = "serous"\n[history]\n'
CLEAR += 'contrast_reaction = "none"\n'


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        (CLEAR, 0, "No hard stop holds."),
        (CLEAR + "implant = true\n", 0, "Caution [G-11]"),
        (CLEAR + "pregnant = true\n", 0, "Not now [G-07]"),
        (CLEAR.replace("serous", "purulent"), 1, "Stop [G-01]"),
        (CLEAR.replace("false", "true"), 1, "Stop [G-02]"),
        (CLEAR.replace("none", "severe"), 1, "Stop [G-03]"),
        (CLEAR.replace("false", '"unknown"'), 1, "NOT CLEARED"),
        ("", 1, "whether the discharge contains pus"),
    ],
)
def test_the_exit_status_tells_whether_it_may_be_done(
    text: str,
    status: int,
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "patient.toml"
    file.write_text(text)
    assert run(("exam", "check", str(file))) == status
    said = capsys.readouterr().out
    assert words in said
    assert "Research use only" in said
    assert all(len(line) <= 88 for line in said.splitlines())


def test_the_same_is_told_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "patient.toml"
    file.write_text(CLEAR + "implant = true\n")
    assert run(("exam", "check", str(file), "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["allowed"] is True
    assert told["gravest"] == "caution"
    (objection,) = told["objections"]
    assert objection["rule"] == "G-11"
    assert objection["inputs"] == ["implant: yes"]
    asked = {entry["rule"]: entry["not_known"] for entry in told["to_ask"]}
    assert asked["G-07"] == ["whether she is pregnant"]
    assert "G-02" not in asked


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("age =", "not valid TOML"),
        ("colour = 3", "nothing is called colour"),
        ("history = 3", "[history]"),
        ("[history]\npregnant = 1", "history.pregnant must be bool, got 1"),
        ('[history]\ncontrast_reaction = "bad"', "none, mild, moderate, severe"),
        ("[history]\ndischarge = {}", "nothing is called history.discharge"),
        ("\x00", "not valid TOML"),
    ],
)
def test_a_file_that_cannot_be_used_gives_3_and_one_sentence(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "patient.toml"
    file.write_text(text)
    assert run(("exam", "check", str(file))) == 3
    out, err = capsys.readouterr()
    assert words in err
    assert len(err.splitlines()) == 1
    assert out == ""


def test_a_file_that_is_not_there_gives_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(("exam", "check", str(tmp_path / "nobody.toml"))) == 3
    assert "nobody.toml" in capsys.readouterr().err


def test_the_patient_file_to_fill_in_says_nothing_until_it_is_filled_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "patient.toml"
    assert run(("exam", "patient", "-o", str(file))) == 0
    assert presentation(file) == Presentation()
    assert run(("exam", "patient", "-o", str(file))) == 2
    assert "--overwrite" in capsys.readouterr().err
    filled = re.sub(r'pregnant = "unknown"', "pregnant = false", file.read_text())
    file.write_text(filled.replace('_reaction = "unknown"', '_reaction = "mild"'))
    known = History(pregnant=False, contrast_reaction=Reaction.MILD)
    assert presentation(file).history == known


def test_every_fact_has_its_line_with_what_it_may_be() -> None:
    lines = [line for line in patient_template().splitlines() if " = " in line]
    assert len(lines) == 8 + 6 + 14
    for line in lines:
        assert re.fullmatch(r'\w+ = "unknown"  # .+: .+', line)


def test_a_record_is_written_from_options_and_the_rest_is_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    meant = InjectionRecord(
        laterality=Laterality.LEFT,
        orifice_clock="10:30",
        volume_ml=0.4,
        reflux=False,
        stop_reason=StopReason.PATIENT_ASKED,
        time_of_day=time(14, 5),
    )
    options = ["--laterality", "L", "--orifice-clock", "10:30", "--volume-ml", "0.4"]
    options += ["--no-reflux", "--stop-reason", "patient-asked"]
    options += ["--time-of-day", "14:05"]
    for name in ("record.toml", "record.json"):
        file = tmp_path / name
        assert run(("exam", "record", "-o", str(file), *options)) == 0
        assert load_record(file) == meant
    assert "6 facts known, 11 unknown" in capsys.readouterr().out
    assert run(("exam", "record", "-o", str(file))) == 2
    assert run(("exam", "record", "-o", str(file), "--overwrite")) == 0
    assert load_record(file) == InjectionRecord()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["record.json", "record.toml"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--volume-ml", "9"), "volume_ml must be in 0..5"),
        (("--operator", "Maria Rossi"), "never a name"),
        (("--time-of-day", "noon"), "14:05"),
        (("--stop-reason", "pain", "--pain", "0"), "stopped for pain"),
        (("--agent", "lipiodol"), "--agent"),
    ],
)
def test_a_record_that_cannot_be_is_not_written(
    options: tuple[str, ...],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "record.toml"
    assert run(("exam", "record", "-o", str(file), *options)) == 2
    assert words in " ".join(capsys.readouterr().err.split())
    assert not file.exists()


def test_a_record_that_cannot_be_used_stops_reading_before_it_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "record.toml"
    file.write_text("volume_ml = 9")
    words = ("read", str(tmp_path), "-o", str(tmp_path / "out"))
    assert run((*words, "--injection", str(file))) == 3
    assert "volume_ml must be in 0..5" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
