"""From nothing to a report through the real program, on a small breast."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import reports
from galactograph.cli.app import run
from galactograph.cli.comparison import Row, compare
from galactograph.examples import little_study, write_study
from galactograph.values.codes import Adequacy
from galactograph.values.record_text import kept_record, record_table
from galactograph.values.report import Nipple, Reading, Report
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Simulation, ViewTruth

SCHEMA = Path(__file__).parent / "contract" / "reading.schema.json"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return little_study(seed=4)


@pytest.fixture(scope="module")
def study(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lines") / "study"
    write_study(simulation, folder)
    return folder


def perfect(simulation: Simulation, *, shift_px: float = 0.0) -> Report:
    """Return a report as a reader without fault would make it, moved by a shift."""
    whole = reports.report(normal=True)
    readings = tuple(
        reading_of(simulation, k, truth, shift_px)
        for k, truth in enumerate(simulation.truths)
    )
    return replace(whole, readings=readings)


def reading_of(
    simulation: Simulation, index: int, truth: ViewTruth, shift_px: float
) -> Reading:
    view = simulation.study.views[index]
    grid = view.image.grid
    kept = [0]
    place = {0: 0}
    for node in range(1, len(truth.parents)):
        if truth.visible[node] and int(truth.parents[node]) in place:
            place[node] = len(kept)
            kept.append(node)
    at = truth.points[kept] + shift_px
    tree = DuctTree(
        points_mm=np.column_stack([at[:, ::-1], np.zeros(len(at))]) * grid.pixel_mm,
        parents=np.array([-1, *(place[int(truth.parents[n])] for n in kept[1:])]),
        radii_mm=truth.calibre_mm[kept] / 2,
    )
    traced = reports.duct(tree, grid)
    base = reports.reading(index=index)
    nipple = Nipple(row=truth.nipple[0], column=truth.nipple[1], confidence=1.0)
    return replace(
        base,
        view=replace(view, source=f"study/{view.source}.dcm"),
        scene=replace(base.scene, nipple=nipple),
        ducts=(replace(traced, rows=at[:, 0], columns=at[:, 1]),),
    )


def row(rows: list[Row], words: str) -> Row:
    return next(r for r in rows if words in r.what)


def test_a_perfect_reading_compares_as_perfect(simulation: Simulation) -> None:
    rows = list(compare(perfect(simulation), simulation))
    assert row(rows, "found / right").read == "1.00 / 1.00"
    assert row(rows, "nipple").read == "0.0 mm off"
    assert row(rows, "lesion").read == "missed"


def test_a_reading_beside_the_ducts_finds_nothing(simulation: Simulation) -> None:
    rows = list(compare(perfect(simulation, shift_px=60.0), simulation))
    found, right = map(float, row(rows, "found / right").read.split(" / "))
    assert found < 0.3
    assert right < 0.3


def test_a_simulated_study_is_read_from_its_files(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["read", str(study), "-o", str(out), "--json", "-q"]) == 0
    document = json.loads(capsys.readouterr().out)
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(document)
    assert document["simulated"] is True
    assert {view["view"] for view in document["views"]} == {"CC", "ML"}
    for view in document["views"]:
        assert view["spacing_kind"] == "magnification-corrected"
        assert (out / view["ducts"]["mask"]).exists()
        assert view["adequacy"]["status"] != Adequacy.NOT_A_GALACTOGRAM
        assert view["ducts"]["total_length_mm"] > 20
    kept = kept_record(study)
    assert kept is not None
    assert document["injection"] == record_table(kept)


def test_a_zip_reads_as_its_folder_does(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packed = tmp_path / "study.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(study.glob("*.dcm")):
            archive.write(file, file.name)
    told = []
    for source, out in ((study, "a"), (packed, "b")):
        tokens = ["read", str(source), "-o", str(tmp_path / out), "--json", "-q"]
        assert run(tokens) == 0
        document = json.loads(capsys.readouterr().out)
        del document["files"], document["notes"]
        told.append(document)
    assert told[0]["findings"] == told[1]["findings"]
    # No record is in the zip: what the headers tell of the injection remains.
    known = {k: v for k, v in told[1]["injection"].items() if v is not None}
    assert set(known) == {"agent", "iodine_mg_ml", "volume_ml", "rate_ml_s"}
    for name, value in known.items():
        assert told[0]["injection"][name] == pytest.approx(value, abs=0.001)
    for one, other in zip(told[0]["views"], told[1]["views"], strict=True):
        assert one["ducts"] == other["ducts"]


def test_one_bad_file_among_good_ones_is_listed(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    for file in study.glob("*.dcm"):
        (mixed / file.name).write_bytes(file.read_bytes())
    whole = next(study.glob("*.dcm")).read_bytes()
    (mixed / "broken.dcm").write_bytes(whole[: len(whole) // 2])
    out = tmp_path / "out"
    assert run(["read", str(mixed), "-o", str(out), "-q"]) == 0
    assert "broken.dcm" in capsys.readouterr().out
    assert "broken.dcm" in (out / "report.html").read_text("utf-8")


def test_the_same_seed_writes_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_study(little_study(seed=9), tmp_path / name)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*.*"))
    assert len(files) > 4
    for file in files:
        one, other = (tmp_path / name / file for name in ("a", "b"))
        assert one.read_bytes() == other.read_bytes(), file


def test_the_demo_writes_everything_that_it_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from galactograph import examples

    monkeypatch.setattr(examples, "papilloma_study", little_study)
    out = tmp_path / "démo one"
    assert run(["demo", "-o", str(out), "-q"]) == 0
    told = capsys.readouterr().out
    assert "found / right" in told
    assert "not a medical device" in told
    for name in ("report.html", "demo.png", "reading.json", "study/truth"):
        assert (out / name).exists(), name
    assert run(["demo", "-o", str(out), "-q"]) == 0
