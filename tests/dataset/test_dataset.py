"""Datasets: the same on any number of workers, whole after any interruption."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from galactograph import dataset
from galactograph.cli.app import run
from galactograph.dataset import (
    DiskFull,
    Interrupted,
    Made,
    OtherDataset,
    Recipe,
    cost,
    make,
    making,
    verify,
)
from galactograph.dataset import case as cases
from galactograph.dataset import recipe as recipes
from galactograph.errors import InvalidValue, NotFound
from galactograph.examples import write_study
from galactograph.phantom.anatomy import Anatomy
from galactograph.reporting.folder import FolderInUse
from galactograph.simulation import simulate
from galactograph.values.procedure import Exposure, Procedure

pytestmark = pytest.mark.slow

SHOT = Exposure(rows=150, columns=120, pixel_mm=0.8)
LITTLE = Recipe(
    anatomy=Anatomy(
        lesion="papilloma", depth_mm=55.0, radius_mm=50.0, branches=20, lobes=3
    ),
    procedure=Procedure(exposures=(SHOT,)),
)

RUN = f"""
import sys
from galactograph.dataset import Interrupted, Recipe, make
from galactograph.phantom.anatomy import Anatomy
from galactograph.values.procedure import Exposure, Procedure

if __name__ == "__main__":
    shot = Exposure(rows={SHOT.rows}, columns={SHOT.columns}, pixel_mm={SHOT.pixel_mm})
    little = Anatomy(
        lesion="papilloma", depth_mm=55.0, radius_mm=50.0, branches=20, lobes=3
    )
    recipe = Recipe(anatomy=little, procedure=Procedure(exposures=(shot,)))
    count, jobs = int(sys.argv[2]), int(sys.argv[3])
    try:
        make(sys.argv[1], seed=20, count=count, recipe=recipe, jobs=jobs)
    except Interrupted as stop:
        sys.exit(f"interrupted: {{stop}}")
"""


def little(out: Path, count: int = 2, **manner: object) -> Made:
    """Make a dataset of small studies from seed 20."""
    return make(out, seed=20, count=count, recipe=LITTLE, **manner)  # type: ignore[arg-type]


def hashes(out: Path) -> dict[str, str]:
    """Return the hash of every file, as the test reads it."""
    return {
        p.relative_to(out).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(out.rglob("*"))
        if p.is_file()
    }


def script(tmp_path: Path, out: Path, count: int, jobs: int) -> list[str]:
    """Return the command that makes a dataset in a process of its own."""
    path = tmp_path / "run.py"
    path.write_text(RUN, "utf-8")
    return [sys.executable, str(path), str(out), str(count), str(jobs)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of three studies, made in this process."""
    out = tmp_path_factory.mktemp("dataset") / "whole"
    little(out, 3)
    return out


def test_the_manifest_holds_the_hash_of_every_file(whole: Path) -> None:
    told = json.loads((whole / "manifest.json").read_text("utf-8"))
    listed = {
        f"{case['name']}/{path}": sha
        for case in told["cases"]
        for path, sha in case["files"].items()
    }
    found = hashes(whole)
    del found["manifest.json"]
    assert listed == found
    assert told["complete"] is True
    assert told["simulated"] is True
    assert told["seeds"] == {"first": 20, "count": 3}
    assert told["recipe"] == LITTLE.as_json()
    assert {"galactograph", "sources", "numpy"} <= set(told["made_by"])
    assert "not a medical device" in told["use"]
    names = {Path(path).name for path in found}
    assert {"truth.json", "lobe.swc", "lobe-02.swc", "1-cc-filled.dcm"} <= names
    assert told["cases"][0]["labels"]["lesions"][0]["cause"] == "intraductal-papilloma"
    assert verify(whole) == {}


def test_two_workers_write_the_same_bytes_as_one(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "two"
    subprocess.run(script(tmp_path, out, 3, 2), check=True)
    assert hashes(out) == hashes(whole)


def test_a_finished_dataset_is_verified_and_left_alone(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = hashes(whole)
    monkeypatch.setattr(cases, "simulate", None)
    made = little(whole, 3)
    assert made.made == ()
    assert made.kept == (20, 21, 22)
    assert hashes(whole) == before


def test_a_dataset_can_grow_but_neither_shrink_nor_change(tmp_path: Path) -> None:
    out = tmp_path / "grown"
    little(out, 1)
    before = hashes(out / "seed-20")
    grown = little(out, 2)
    assert (grown.kept, grown.made) == ((20,), (21,))
    assert hashes(out / "seed-20") == before
    everything = hashes(out)
    with pytest.raises(OtherDataset, match="more than 1"):
        little(out, 1)
    with pytest.raises(OtherDataset, match="from seed 20"):
        make(out, seed=19, count=3, recipe=LITTLE)
    other = replace(LITTLE, anatomy=Anatomy(lesion="normal"))
    with pytest.raises(OtherDataset, match="other settings"):
        make(out, seed=20, count=2, recipe=other)
    assert hashes(out) == everything


def test_other_software_does_not_go_on_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    little(tmp_path / "out", 1)
    told = {**recipes.made_by(), "sources": "another"}
    path = tmp_path / "out" / "manifest.json"
    text = path.read_text("utf-8").replace(recipes.made_by()["sources"], "another")
    path.write_text(text, "utf-8")
    with pytest.raises(OtherDataset, match="sources another, now"):
        little(tmp_path / "out", 1)
    monkeypatch.setattr("galactograph.dataset.manifest.made_by", lambda: told)
    monkeypatch.setattr("galactograph.dataset.verifying.made_by", lambda: told)
    monkeypatch.setattr(cases, "made_by", lambda: told)
    # The case itself still says who made it: it is made again.
    assert little(tmp_path / "out", 1).made == (20,)


def test_a_damaged_case_is_told_and_made_again(tmp_path: Path) -> None:
    out, said = tmp_path / "out", list[str]()
    little(out)
    before = hashes(out)
    truth = out / "seed-20" / "truth" / "truth.json"
    truth.write_text(truth.read_text("utf-8")[:-20], "utf-8")
    (out / "seed-21" / "case.json").unlink()
    assert verify(out) == {
        "seed-20": "truth/truth.json has changed",
        "seed-21": "case.json is missing",
    }
    # A case without its record may hold anything: it is never removed.
    made = little(out, say=said.append)
    assert made.made == (20,)
    assert "did not write it: move it" in made.failed[21]
    assert any("seed-20: truth/truth.json has changed" in words for words in said)
    (out / "seed-21").rename(tmp_path / "moved")
    assert little(out).made == (21,)
    assert hashes(out) == before


def test_a_strangers_file_in_a_damaged_case_is_never_lost(tmp_path: Path) -> None:
    out = tmp_path / "out"
    little(out, 1)
    (out / "seed-20" / "1-cc-filled.dcm").unlink()
    notes = out / "seed-20" / "notes.txt"
    notes.write_text("mine", "utf-8")
    made = little(out, 1)
    assert "notes.txt is in the way" in made.failed[20]
    assert notes.read_text("utf-8") == "mine"


def test_a_failing_case_is_listed_and_the_others_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = simulate

    def sometimes(*, seed: int, **manner: object) -> object:
        if seed == 21:
            raise ZeroDivisionError("no room\nfor a duct")
        return real(seed=seed, **manner)  # type: ignore[arg-type]

    monkeypatch.setattr(cases, "simulate", sometimes)
    out = tmp_path / "out"
    made = little(out, 3)
    assert made.made == (20, 22)
    assert made.failed == {21: "ZeroDivisionError: no room for a duct"}
    told = json.loads((out / "manifest.json").read_text("utf-8"))
    assert told["complete"] is False
    assert told["failed"][0]["name"] == "seed-21"
    assert sorted(p.name for p in out.iterdir()) == [
        "manifest.json",
        "seed-20",
        "seed-22",
    ]
    monkeypatch.setattr(cases, "simulate", real)
    assert little(out, 3).made == (21,)


def test_ctrl_c_keeps_what_is_whole_and_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = write_study

    def stop_at_second(simulation: object, folder: Path, **more: object) -> object:
        written = real(simulation, folder, **more)  # type: ignore[arg-type]
        if "21" in folder.name:
            raise KeyboardInterrupt
        return written

    monkeypatch.setattr(cases, "write_study", stop_at_second)
    out = tmp_path / "out"
    with pytest.raises(Interrupted, match=r"1 of 3 .* same command goes on"):
        little(out, 3)
    assert sorted(p.name for p in out.iterdir()) == ["manifest.json", "seed-20"]
    told = json.loads((out / "manifest.json").read_text("utf-8"))
    assert [case["seed"] for case in told["cases"]] == [20]


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_killed_at_any_time_goes_on_to_the_same_bytes(
    whole: Path, tmp_path: Path, jobs: int
) -> None:
    out = tmp_path / "killed"
    command = script(tmp_path, out, 3, jobs)
    process = subprocess.Popen(command, start_new_session=True)
    deadline = time.monotonic() + 60
    while not any(out.glob("seed-*")) and time.monotonic() < deadline:
        time.sleep(0.005)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []  # no worker outlives its parent
    kept = {p.name for p in out.glob("seed-*")}
    assert 1 <= len(kept) <= 3
    inodes = {p.name: p.stat().st_ino for p in out.glob("seed-*")}
    subprocess.run(command, check=True)
    assert hashes(out) == hashes(whole)
    for name, inode in inodes.items():
        assert (out / name).stat().st_ino == inode  # not made twice


@pytest.mark.slow
def test_a_worker_that_dies_takes_no_case_with_it(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "died"
    process = subprocess.Popen(script(tmp_path, out, 3, 2))
    deadline = time.monotonic() + 60
    while not any(out.glob(".seed-*")) and time.monotonic() < deadline:
        time.sleep(0.002)
    victims = [
        child
        for child in psutil.Process(process.pid).children()
        if "spawn_main" in " ".join(child.cmdline())
    ]
    victims[0].kill()
    assert process.wait(timeout=120) == 0
    assert hashes(out) == hashes(whole)


@pytest.mark.slow
def test_a_polite_kill_is_an_interrupt(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = "from galactograph.cli import main; main()"
    words = ["simulate", "-o", str(out), "--seed", "3", "-n", "2"]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not (out / "manifest.json").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "0 of 2 studies are finished" in err
    assert [p.name for p in out.iterdir()] == ["manifest.json"]


def test_a_second_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    out = tmp_path / "out"
    out.mkdir()
    with (out / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(FolderInUse, match="another run"):
            little(out, 1)


def test_a_folder_of_something_else_is_not_touched(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "letter.txt").write_text("mine", "utf-8")
    for overwrite in (False, True):
        with pytest.raises(FolderInUse, match="letter"):
            little(out, 1, overwrite=overwrite)
    assert [p.name for p in out.iterdir()] == ["letter.txt"]
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(FolderInUse, match="not a folder"):
        little(tmp_path / "file", 1)


def test_overwriting_starts_anew_and_spares_strangers(tmp_path: Path) -> None:
    out = tmp_path / "out"
    little(out, 2)
    make(out, seed=30, count=1, recipe=LITTLE, overwrite=True)
    assert sorted(p.name for p in out.iterdir()) == ["manifest.json", "seed-30"]
    mine = out / "seed-30" / "notes.txt"
    mine.write_text("mine", "utf-8")
    with pytest.raises(FolderInUse, match=r"notes\.txt"):
        little(out, 1, overwrite=True)
    assert mine.exists()


def test_cost_is_stated_before_and_corrected_after_the_first(tmp_path: Path) -> None:
    said: list[str] = []
    told: list[float] = []
    little(tmp_path / "out", 3, say=said.append, tell=lambda _, s: told.append(s))
    assert said[0].startswith("3 studies to make: about ")
    assert "stated figures" in said[0]
    assert "2 studies to make" in said[1]
    assert "measured on the first" in said[1]
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_the_disk_that_is_stated_is_the_disk_that_is_used(tmp_path: Path) -> None:
    shot = replace(SHOT, rows=1000, columns=800, pixel_mm=0.12)
    recipe = replace(LITTLE, procedure=Procedure(exposures=(shot, shot)))
    made = make(tmp_path / "out", seed=20, count=1, recipe=recipe)
    stated = cost.expect(recipe, 1, 1).bytes
    assert 0.6 * stated < made.bytes < 1.1 * stated


def test_what_does_not_fit_is_refused_before_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "free_bytes", lambda _: 1000)
    with pytest.raises(DiskFull, match="make room"):
        little(tmp_path / "out", 1)
    assert list(tmp_path.iterdir()) == []


def test_wrong_numbers_and_folders_without_manifest_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="count and jobs"):
        little(tmp_path / "out", 0)
    with pytest.raises(NotFound, match="no dataset"):
        verify(tmp_path)
    (tmp_path / "manifest.json").write_text("{}", "utf-8")
    with pytest.raises(OtherDataset, match="not a manifest"):
        verify(tmp_path)


def test_the_command_makes_a_dataset_and_tells_it_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(out: Path, *, seed: int, count: int, **manner: object) -> Made:
        manner["recipe"] = LITTLE
        return make(out, seed=seed, count=count, **manner)  # type: ignore[arg-type]

    monkeypatch.setattr(dataset, "make", small)
    out = tmp_path / "cases"
    words = ["simulate", "-n", "2", "-o", str(out), "--seed", "20"]
    assert run([*words, "--json"]) == 0
    printed, progressed = capsys.readouterr()
    assert json.loads(printed)["made"] == [20, 21]
    assert "studies to make: about" in progressed
    assert "done, 2 of 2" in progressed
    (out / "seed-21" / "case.json").unlink()
    assert run([*words, "-q"]) == 1
    printed, progressed = capsys.readouterr()
    assert "seed 21 failed" in printed
    assert "SIMULATED" in printed
    assert progressed == ""
    assert run([*words[:-1], "21", "-q"]) == 2


def test_the_command_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> Made:
        raise Interrupted("stopped; 1 of 2 studies are finished")

    monkeypatch.setattr(dataset, "make", stopped)
    words = ["simulate", "-n", "2", "-o", str(tmp_path / "o"), "--seed", "1", "-q"]
    assert run(words) == 130
    assert "1 of 2" in capsys.readouterr().err


def test_a_signal_handler_is_set_in_the_main_thread_only() -> None:
    from galactograph.cli.simulate import _terminate_as_interrupt

    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def work() -> None:
        with _terminate_as_interrupt():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
    with pytest.raises(KeyboardInterrupt), _terminate_as_interrupt():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before
