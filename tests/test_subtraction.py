"""Dual energy from the order to the pictures."""

import numpy as np
import pytest

from galactograph.modalities import RADIOGRAPH
from galactograph.phantom.anatomy import Anatomy
from galactograph.plugins import plugin
from galactograph.simulation import simulate
from galactograph.store import truth_json
from galactograph.subtraction import DUAL_ENERGY
from galactograph.values.procedure import Exposure, Procedure, ViewPosition
from galactograph.values.study import GreyScale
from galactograph.values.truth import Simulation

SMALL = Exposure(rows=700, columns=500, pixel_mm=0.3, mas=100)


@pytest.fixture(scope="module")
def made() -> Simulation:
    return simulate(
        seed=3,
        anatomy=Anatomy(lesion="normal", density=0.5),
        procedure=Procedure(exposures=(SMALL,)),
        modality=DUAL_ENERGY,
    )


def test_each_filled_view_is_taken_twice_and_scouts_not_at_all() -> None:
    scout = Exposure(contrast=False)
    plan = DUAL_ENERGY.plan(Procedure(exposures=(scout, SMALL)))
    assert [e.beam for e in plan] == ["W/Rh", "W/Cu"]
    assert len(DUAL_ENERGY.plan(Procedure(exposures=(scout,)))) == 2
    assert [e.position for e in DUAL_ENERGY.plan(Procedure())][::2] == [
        ViewPosition.CC,
        ViewPosition.ML,
    ]


def test_three_views_come_of_a_pair_each_with_its_truth(made: Simulation) -> None:
    views = made.study.views
    names = ["1-cc-filled-low", "1-cc-filled-high", "1-cc-filled-subtracted"]
    assert [view.source for view in views] == names
    assert [truth.source for truth in made.truths] == names
    assert [view.made_of for view in views] == [(0,), (1,), (0, 1)]
    assert views[2].grey_scale is GreyScale.PROPORTIONAL
    for truth in made.truths[1:]:
        np.testing.assert_allclose(truth.points, made.truths[0].points)
    assert [view["source"] for view in truth_json(made)["views"]] == names


def test_dose_is_that_of_the_shots(made: Simulation) -> None:
    low, above, none = (truth.glandular_dose_mgy for truth in made.truths)
    assert 0.2 < above / low < 0.5
    assert none == 0


def test_anatomy_goes_and_ducts_stay(made: Simulation) -> None:
    low, _, left = (view.image.pixels for view in made.study.views)
    truth = made.truths[0]
    seen = truth.visible & (truth.calibre_mm > 0.5)
    rows, columns = np.round(truth.points[seen]).astype(int).T
    deep = np.zeros(low.shape, bool)
    deep[250:450, 10:200] = low[250:450, 10:200] > 1.5
    duct = np.zeros(low.shape, bool)
    duct[rows, columns] = True
    # Far from any duct, filled or thin.
    near = np.zeros(low.shape, bool)
    for row, column in np.round(truth.points).astype(int):
        near[max(row - 8, 0) : row + 9, max(column - 8, 0) : column + 9] = True
    tissue = deep & ~near

    def stands(image: np.ndarray) -> float:
        return float((image[duct].mean() - image[tissue].mean()) / image[tissue].std())

    assert tissue.sum() > 500
    assert stands(left) > 1.5 * stands(low)


def test_the_low_picture_is_a_plain_radiograph(made: Simulation) -> None:
    plain = simulate(
        seed=3,
        anatomy=Anatomy(lesion="normal", density=0.5),
        procedure=Procedure(exposures=(SMALL,)),
        modality=RADIOGRAPH,
    )
    np.testing.assert_array_equal(
        plain.study.views[0].image.pixels, made.study.views[0].image.pixels
    )


def test_it_is_found_by_name() -> None:
    assert plugin("modalities", "dual-energy") is DUAL_ENERGY
