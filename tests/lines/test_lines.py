"""Both halves end to end: a small breast is simulated, then read without its truth."""

import time
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from scipy.spatial import cKDTree

from ducts.comparing import traced
from galactograph.phantom.anatomy import Anatomy
from galactograph.reading import read
from galactograph.simulation import simulate
from galactograph.values.arrays import Floats
from galactograph.values.codes import Adequacy, Laterality
from galactograph.values.procedure import Exposure, Injection, Procedure
from galactograph.values.report import Report
from galactograph.values.study import Study
from galactograph.values.truth import Simulation, ViewTruth

pytestmark = pytest.mark.slow

SHOT = Exposure(rows=1000, columns=800, pixel_mm=0.1, mas=100)
MOST_S = 10.0


@lru_cache(maxsize=3)
def small_breast(side: Laterality, seed: int = 11) -> Simulation:
    """Simulate a small healthy breast: a scout and a filled view."""
    return simulate(
        seed=seed,
        anatomy=Anatomy(
            lesion="normal", depth_mm=55.0, radius_mm=45.0, branches=40, lobes=3
        ),
        procedure=Procedure(
            laterality=side,
            injection=Injection(volume_ml=0.8),
            exposures=(replace(SHOT, contrast=False), SHOT),
        ),
    )


@lru_cache(maxsize=2)
def reported(side: Laterality) -> tuple[Report, float]:
    """Return the report of the small breast and the seconds it took."""
    study = small_breast(side).study
    start = time.perf_counter()
    report = read(study)
    return report, time.perf_counter() - start


def wide_truth(truth: ViewTruth, least_mm: float = 0.25) -> Floats:
    """Return row and column of what is visible and wide enough, about a pixel apart."""
    points = [np.zeros((0, 2))]
    for node, parent in enumerate(truth.parents):
        if parent < 0 or not (truth.visible[node] and truth.visible[parent]):
            continue
        if truth.calibre_mm[[node, parent]].min() < least_mm:
            continue
        ends = truth.points[[parent, node]]
        count = max(2, int(np.hypot(*(ends[1] - ends[0]))) + 1)
        points.append(ends[0] + np.linspace(0, 1, count)[:, None] * (ends[1] - ends[0]))
    return np.concatenate(points)


sides = pytest.mark.parametrize("side", list(Laterality))


@sides
def test_a_simulated_tree_is_read_back(side: Laterality) -> None:
    report, _ = reported(side)
    (reading,) = report.readings
    true = wide_truth(small_breast(side).truths[1])
    far, _ = cKDTree(traced(reading.ducts)).query(true)
    assert len(true) > 500
    assert (far * 0.1 <= 0.5).mean() >= 0.8
    assert reading.adequacy.status is Adequacy.ADEQUATE
    assert report.simulated


@sides
def test_what_is_traced_is_mostly_true(side: Laterality) -> None:
    (reading,) = reported(side)[0].readings
    true = wide_truth(small_breast(side).truths[1], least_mm=0.0)
    far, _ = cKDTree(true).query(traced(reading.ducts))
    assert (far * 0.1 <= 0.5).mean() >= 0.85


@sides
def test_the_nipple_is_found_on_both_sides(side: Laterality) -> None:
    (reading,) = reported(side)[0].readings
    assert reading.scene.nipple is not None
    assert reading.scene.chest_wall == ("left" if side is Laterality.LEFT else "right")
    row, column = small_breast(side).truths[1].nipple
    off = np.hypot(reading.scene.nipple.row - row, reading.scene.nipple.column - column)
    assert off * 0.1 < 3


@pytest.mark.slow
def test_a_small_breast_is_read_within_ten_seconds() -> None:
    assert reported(Laterality.LEFT)[1] < MOST_S


@pytest.mark.parametrize("seed", [11, 12])
def test_a_scout_alone_gives_no_duct_and_no_finding(seed: int) -> None:
    whole = small_breast(Laterality.LEFT, seed).study
    report = read(Study(uid="2.25.2", views=whole.views[:1]))
    (reading,) = report.readings
    assert reading.adequacy.status is Adequacy.NO_CONTRAST
    assert reading.total_length_mm == 0
    assert report.findings == ()


def test_a_study_holds_nothing_of_its_truth() -> None:
    # The reader gets a Study; all that it can reach from there is values.
    whole = small_breast(Laterality.LEFT)
    reached = [whole.study, *whole.study.views, whole.study.patient]
    for value in reached:
        names = {type(part).__module__ for part in vars(value).values()}
        assert "galactograph.values.truth" not in names
