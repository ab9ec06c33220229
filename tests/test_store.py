"""Truth beside the images."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from galactograph.phantom.anatomy import Anatomy
from galactograph.simulation import simulate
from galactograph.store import expected_adequacy, lumen_mask, save_truth, truth_json
from galactograph.values.codes import Adequacy
from galactograph.values.procedure import Exposure, Injection, Procedure
from galactograph.values.truth import Simulation

SPOT = Exposure(rows=500, columns=400, pixel_mm=0.1, mas=100)


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    procedure = Procedure(
        injection=Injection(volume_ml=1.0),
        exposures=(Exposure(rows=500, columns=400, pixel_mm=0.1, contrast=False), SPOT),
    )
    anatomy = Anatomy(lesion="papilloma", lesion_size_mm=2.5, obstructs=False)
    return simulate(seed=9, procedure=procedure, anatomy=anatomy)


def test_truth_survives_json(simulation: Simulation) -> None:
    told = json.loads(json.dumps(truth_json(simulation)))
    assert told["simulated"] is True
    assert told["seed"] == 9
    assert [v["adequacy"] for v in told["views"]] == ["no-contrast", "adequate"]
    points = np.array(told["views"][1]["points"])
    np.testing.assert_allclose(points, simulation.truths[1].points, atol=0.006)
    assert told["lesions"][0]["kind"] == "filling-defect"
    assert told["lesions"][0]["size_mm"] == 2.5


def test_the_truth_tells_how_the_injection_went(simulation: Simulation) -> None:
    told = truth_json(simulation)["injection"]
    course = simulation.filling.course
    assert told["stopped_by"] == course.stopped_by != ""
    assert told["given_ml"] == course.given_ml
    for name, values in told["course"].items():
        whole = getattr(course, name)
        assert 2 <= len(values) <= 60
        np.testing.assert_allclose(values[-1], whole[-1], rtol=0.01, atol=1e-5)
    kept = told["filled_mg"] + told["refluxed_mg"] + told["leaked_mg"]
    np.testing.assert_allclose(kept, told["injected_mg"], rtol=1e-9)


def test_every_lobe_is_written_as_a_tree(
    simulation: Simulation, tmp_path: Path
) -> None:
    save_truth(simulation, tmp_path)
    files = sorted(p.name for p in (tmp_path / "lobes").iterdir())
    assert len(files) == len(simulation.breast.lobes)
    injected = tmp_path / "lobes" / f"lobe-{simulation.breast.injected:02d}.swc"
    assert injected.read_bytes() == (tmp_path / "lobe.swc").read_bytes()


def test_the_mask_covers_the_lumen(simulation: Simulation) -> None:
    truth, view = simulation.truths[1], simulation.study.views[1]
    mask = lumen_mask(truth, view.image.grid)
    rows, columns = np.round(truth.points[truth.visible]).astype(int).T
    assert (mask[rows, columns] == 255).mean() > 0.98
    # As wide as the duct: area over length is the mean calibre of straight duct.
    assert set(np.unique(mask)) == {0, 255}
    assert (lumen_mask(simulation.truths[0], view.image.grid) == 0).all()


def test_files_are_written_and_read_back(
    simulation: Simulation, tmp_path: Path
) -> None:
    path = save_truth(simulation, tmp_path / "new")
    told = json.loads(path.read_text("utf-8"))
    for view in told["views"]:
        mask = cv2.imread(str(path.parent / view["mask"]), cv2.IMREAD_UNCHANGED)
        assert mask is not None
        assert mask.shape == (view["rows"], view["columns"])
    lines = (path.parent / "lobe.swc").read_text("utf-8").splitlines()
    assert len(lines) == 1 + len(simulation.breast.tree)
    last = lines[-1].split()
    assert int(last[6]) < int(last[0])


def test_little_volume_is_underfilled() -> None:
    procedure = Procedure(injection=Injection(volume_ml=0.02), exposures=(SPOT,))
    short = simulate(seed=9, procedure=procedure, anatomy=Anatomy(lesion="normal"))
    assert expected_adequacy(short, SPOT) is Adequacy.UNDERFILLED
