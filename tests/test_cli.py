"""The command line: what the shell sees."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from cyclopts import App

import reports
from galactograph.cli import app as program
from galactograph.cli.app import guarded, make_app, run
from galactograph.cli.doctor import examine
from galactograph.cli.errors import UsageError
from galactograph.cli.presentation import presentation
from galactograph.cli.progress import part, progress
from galactograph.errors import InvalidValue, Unreadable
from galactograph.pictures import draw, thumbnail
from galactograph.reporting.notebook import face
from galactograph.values.codes import Laterality
from galactograph.values.patient import Colour

HELP_SECONDS = 0.5
IMPORT_SECONDS = 0.1


def spent(*command: str) -> float:
    """Return the least processor time of two runs: wall time tells of neighbours."""
    times = []
    for _ in range(2):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        times.append(used)
    return min(times)


@pytest.mark.parametrize(
    "command",
    [
        "",
        "read",
        "simulate",
        "demo",
        "score",
        "doctor",
        "pacs",
        "pacs pull",
        "exam check",
        "deidentify",
        "export hl7",
    ],
)
def test_help_answers_at_once(command: str) -> None:
    words = [sys.executable, "-m", "galactograph.cli", *command.split(), "--help"]
    assert spent(*words) < HELP_SECONDS


def test_importing_the_package_takes_no_time() -> None:
    bare = spent(sys.executable, "-c", "pass")
    assert spent(sys.executable, "-c", "import galactograph") - bare < IMPORT_SECONDS


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, galactograph;"
        "heavy = {'numpy', 'scipy', 'numba', 'cv2', 'pydicom', 'PIL', 'rich'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there() -> None:
    import galactograph

    assert set(galactograph.__all__) == set(dir(galactograph))
    for name in galactograph.__all__:
        assert getattr(galactograph, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        galactograph.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (("raed",), 'Did you mean "read"'),
        (("read",), "STUDY"),
        (("read", "x"), "--out"),
        (("read", "x", "-o", "y", "--age", "old"), "--age"),
        (("read", "x", "-o", "y", "--pixel-spacing", "0"), "--pixel-spacing"),
        (("read", "x", "-o", "y", "--discharge", "blue"), "--discharge"),
        (("read", "x", "-o", "y", "--orifices", "0"), "--orifices"),
        (("pacs", "pull", "here", "not-a-uid", "-o", "y"), "named by its UID"),
        (("pacs", "find", "here", "--date", "yesterday"), "--date is YYYYMMDD"),
        (("pacs", "echo", "https://me:word@host/"), "GALACTOGRAPH_PACS_PASSWORD"),
        (("pacs", "push", "here"), "needs files"),
        (("simulate", "-o", "y"), "--seed"),
        (("simulate", "-o", "y", "--seed", "1", "--lesion", "wart"), "--lesion"),
        (("simulate", "-o", "y", "--seed", "1", "-n", "0"), "Must be >= 1"),
    ],
)
def test_wrong_usage_gives_2_and_says_what(
    tokens: tuple[str, ...],
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(tokens) == 2
    out, err = capsys.readouterr()
    assert words in " ".join(err.split())
    assert out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Unreadable("a.dcm ends too early; copy it again"), 3, "ends too early"),
        (InvalidValue("age must be in 0..130"), 1, "age must be"),
        (UsageError("out holds something"), 2, "out holds"),
        (KeyboardInterrupt(), 130, "nothing was written"),
        (MemoryError(), 1, "not enough memory"),
        (PermissionError(13, "Permission denied", "/x"), 1, "/x: Permission denied"),
        (ZeroDivisionError("division by zero"), 1, "GALACTOGRAPH_DEBUG=1"),
    ],
)
def test_every_error_is_one_sentence_and_a_status(
    error: BaseException,
    status: int,
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(program.DEBUG, raising=False)

    def fail() -> int:
        raise error

    assert guarded(fail) == status
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1
    assert "Traceback" not in told


def test_the_traceback_is_there_for_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(program.DEBUG, "1")

    def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        guarded(fail)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip()[0].isdigit()


def test_help_speaks_of_research(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    assert "not a medical device" in capsys.readouterr().out


@pytest.fixture
def read_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the public face give a drawn report: the command is what is tested."""
    import galactograph

    shown = face(reports.report(), artist=draw, sketcher=thumbnail)
    monkeypatch.setattr(galactograph, "read", lambda *_a, **_k: shown)


@pytest.mark.usefixtures("read_gives")
def test_read_prints_a_summary_and_writes_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "with space é"
    assert run(["read", "study", "-o", str(out)]) == 0
    told, progressed = capsys.readouterr()
    assert "F1  Filling defect" in told
    assert "report.html" in told
    assert "drawing" in progressed
    assert (out / "reading.json").exists()


@pytest.mark.usefixtures("read_gives")
def test_json_is_all_that_json_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["read", "study", "-o", str(out), "--json", "--quiet"]) == 0
    told, progressed = capsys.readouterr()
    document = json.loads(told)
    assert document["schema"] == "galactograph/reading/1"
    assert Path(document["files"]["reading"]) == out / "reading.json"
    assert progressed == ""
    assert json.loads((out / "reading.json").read_text("utf-8")) == {
        k: v for k, v in document.items() if k != "files"
    }


@pytest.mark.usefixtures("read_gives")
def test_results_are_not_replaced_by_accident(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    assert run(["read", "study", "-o", out, "-q"]) == 0
    assert run(["read", "study", "-o", out, "-q"]) == 2
    assert run(["read", "study", "-o", out, "-q", "--overwrite"]) == 0


def test_a_study_that_is_not_there_gives_3_and_no_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["read", str(tmp_path / "no"), "-o", str(out), "-q"]) == 3
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_segmenter_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens = ["read", "x", "-o", str(tmp_path / "o"), "--segmenter", "no", "-q"]
    assert run(tokens) == 2
    assert "ridges" in capsys.readouterr().err


def test_what_is_known_of_the_patient_comes_from_file_and_options(
    tmp_path: Path,
) -> None:
    file = tmp_path / "patient.toml"
    file.write_text(
        'age = 61\nlaterality = "R"\ninfection = false\n'
        '[discharge]\ncolour = "serous"\nspontaneous = true\n'
    )
    known = presentation(file, age=None, discharge=Colour.BLOODY, orifices=2)
    assert known.age == 61
    assert known.laterality is Laterality.RIGHT
    assert known.infection is False
    assert known.discharge.colour is Colour.BLOODY
    assert known.discharge.spontaneous is True
    assert known.discharge.orifices == 2
    assert known.palpable_mass is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("agee = 3", "agee"),
        ('age = "old"', "age must be int"),
        ("age = 300", "age must be in"),
        ("infection = 1", "infection must be bool"),
        ('discharge = "bloody"', r"\[discharge\]"),
        ('[discharge]\ncolour = "blue"', "blue"),
        ('laterality = "B"', "B"),
        ("age =", "not valid TOML"),
    ],
)
def test_a_wrong_patient_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "patient.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=words):
        presentation(file)


def test_plain_progress_names_each_stage_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress("reading", quiet=False) as tell:
        half = part(tell, 0.0, 0.5)
        for share in (0.0, 0.5, 1.0):
            half("ducts", share)
        tell("drawing", 0.9)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("reading: ducts (0%")
    assert lines[1].startswith("reading: drawing (90%")


def test_the_doctor_finds_this_machine_well_and_knows_a_remedy_for_each() -> None:
    checks = list(examine())
    assert {"Python", "disk", "memory", "fonts", "compiled kernels"} <= {
        check.name for check in checks
    }
    for check in checks:
        assert check.found
        assert check.remedy or check.name == "galactograph"


def test_the_doctor_fails_if_something_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from galactograph.cli import doctor

    monkeypatch.setattr(doctor, "find_spec", lambda _name: None)
    assert run(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "MISSING  codec pyjpegls" in told
    assert "pip install pyjpegls" in told


def test_lesions_are_those_of_the_phantom() -> None:
    from galactograph.cli.simulate import Lesion
    from galactograph.phantom.anatomy import LESION_NAMES

    assert get_args(Lesion) == LESION_NAMES


def test_a_wrong_setting_of_the_anatomy_is_a_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["simulate", "--out", str(tmp_path / "out"), "--seed", "1"]
    assert run([*words, "--set", "densty=0.3"]) == 2
    assert "did you mean density?" in capsys.readouterr().err
    assert run([*words, "--anatomy", str(tmp_path / "none.toml")]) == 3
    assert "cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_interrupt_stops_the_real_program_with_130(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = (
        "import os, signal, sys\n"
        # A shell starts what runs in the background with interrupts switched off.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import galactograph\n"
        "def read(*a, **k): os.kill(os.getpid(), signal.SIGINT)\n"
        "galactograph.read = read\n"
        "from galactograph.cli import main\n"
        f"main(['read', 'x', '-o', {str(out)!r}])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONFAULTHANDLER": ""},
    )
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_program_is_an_app_with_its_four_commands() -> None:
    app = make_app()
    assert isinstance(app, App)
    assert {"read", "simulate", "demo", "doctor"} <= set(app)


def test_a_reader_that_goes_away_gets_no_traceback() -> None:
    command = [sys.executable, "-m", "galactograph.cli", "doctor"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program_run:
        assert program_run.stdout is not None
        assert program_run.stderr is not None
        program_run.stdout.close()
        assert program_run.stderr.read() == ""
