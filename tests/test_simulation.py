"""From a seed to a study."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from galactograph import read
from galactograph.examples import little_study, write_study
from galactograph.modalities import RADIOGRAPH, orientation, present
from galactograph.phantom.anatomy import Anatomy
from galactograph.simulation import simulate
from galactograph.values.codes import Laterality
from galactograph.values.geometry import SpacingKind
from galactograph.values.procedure import Exposure, Injection, Procedure, ViewPosition
from galactograph.values.study import GreyScale, Role
from galactograph.values.truth import Simulation

pytestmark = pytest.mark.slow
"""Whole pictures are made here."""

SMALL = Exposure(rows=360, columns=300, pixel_mm=0.5, mas=100)
SPOT = Exposure(rows=500, columns=400, pixel_mm=0.1, mas=100)
LITTLE = Anatomy(lesion="normal", branches=60, depth_mm=70, radius_mm=70)


def run(
    *exposures: Exposure,
    seed: int = 5,
    anatomy: Anatomy = LITTLE,
    side: Laterality = Laterality.LEFT,
    iodine: float = 300.0,
) -> Simulation:
    """Simulate with given exposures."""
    procedure = Procedure(
        laterality=side,
        injection=Injection(iodine_mg_ml=iodine, volume_ml=1.0),
        exposures=exposures or (SMALL,),
    )
    return simulate(seed=seed, procedure=procedure, anatomy=anatomy)


def ring(simulation: Simulation, view: int = 0) -> tuple[float, float]:
    """Return mean attenuation on visible wide duct, and a little beside it."""
    truth = simulation.truths[view]
    image = simulation.study.views[view].image
    spacing = image.grid.pixel_mm
    wide = truth.visible & (truth.calibre_mm > 0.5)
    rows, columns = np.round(truth.points[wide]).astype(int).T
    on = image.pixels[rows, columns].mean()
    away = round(4 / spacing)
    beside = image.pixels[np.clip(rows + away, 0, image.pixels.shape[0] - 1), columns]
    return float(on), float(np.median(beside))


def test_the_same_seed_gives_the_same_pixels() -> None:
    one, two = run(SPOT), run(SPOT)
    np.testing.assert_array_equal(one.counts[0], two.counts[0])
    assert not np.array_equal(one.counts[0], run(SPOT, seed=6).counts[0])


def test_ducts_are_where_the_truth_says_and_opaque() -> None:
    simulation = run(replace(SPOT, contrast=False), SPOT)
    on, _ = ring(simulation, view=1)
    truth, scout = simulation.truths[1], simulation.study.views[0].image.pixels
    wide = truth.visible & (truth.calibre_mm > 0.5)
    rows, columns = np.round(truth.points[wide]).astype(int).T
    before = float(scout[rows, columns].mean())
    # 0.5 mm and more of 255 mg/mL or more takes at least a quarter of the signal.
    assert on - before > 0.2


def test_a_scout_differs_from_the_filled_view_by_the_ducts_only() -> None:
    simulation = run(replace(SPOT, contrast=False), SPOT)
    scout, filled = (v.image.pixels for v in simulation.study.views)
    assert simulation.study.views[0].role is Role.SCOUT
    assert not simulation.truths[0].visible.any()
    truth = simulation.truths[1]
    apart = np.ones(scout.shape, bool)
    for row, column in truth.points[truth.visible]:
        r, c = int(row), int(column)
        apart[max(r - 25, 0) : r + 26, max(c - 25, 0) : c + 26] = False
    inside = apart & (scout > 0.5)
    difference = (filled - scout)[inside]
    assert abs(np.median(difference)) < 0.02
    assert (filled - scout)[~apart].max() > 0.3


def test_no_iodine_shows_no_ducts() -> None:
    simulation = run(SPOT, iodine=0.0)
    assert not simulation.truths[0].visible.any()
    np.testing.assert_array_equal(simulation.filling.iodine_mg_ml, 0)


def test_left_and_right_are_laid_out_as_vendors_store_them() -> None:
    left, right = run(SMALL), run(SMALL, side=Laterality.RIGHT)
    a, b = left.study.views[0].image.pixels, right.study.views[0].image.pixels
    assert a[:, :20].mean() > a[:, -20:].mean() + 0.5
    assert b[:, -20:].mean() > b[:, :20].mean() + 0.5
    mirrored = 299 - right.truths[0].nipple[1]
    np.testing.assert_allclose(left.truths[0].nipple[1], mirrored, atol=1e-6)


def test_the_nipple_is_the_outermost_breast() -> None:
    simulation = run(SMALL)
    image = simulation.study.views[0].image.pixels
    row, column = simulation.truths[0].nipple
    columns = np.flatnonzero((image > 0.15).any(axis=0))
    assert abs(columns.max() - column) * 0.5 < 3
    rows = np.flatnonzero(image[:, columns.max() - 2] > 0.15)
    assert abs(rows.mean() - row) * 0.5 < 3


def test_cc_and_ml_show_the_same_depth_from_the_nipple() -> None:
    ml = replace(SMALL, position=ViewPosition.ML)
    simulation = run(SMALL, ml)
    reach = [t.nipple[1] - t.points[:, 1] for t in simulation.truths]
    correlation = np.corrcoef(reach[0], reach[1])[0, 1]
    assert correlation > 0.97


def test_magnification_is_real() -> None:
    contact = run(SPOT)
    magnified = run(replace(SPOT, magnification=1.8))
    view = magnified.study.views[0]
    assert view.role is Role.MAGNIFICATION
    assert view.magnification == 1.8
    assert view.image.grid.spacing_kind is SpacingKind.MAGNIFICATION_CORRECTED
    np.testing.assert_allclose(view.image.grid.pixel_mm, 0.1 / 1.8)

    def length(s: Simulation) -> float:
        p = s.truths[0].points * s.study.views[0].image.grid.pixel_mm
        near = s.breast.tree.from_orifice_mm < 20
        steps = p[near][1:] - p[s.breast.tree.parents[near][1:]]
        return float(np.linalg.norm(steps, axis=1).sum())

    # The same ducts have the same millimetres in either view.
    np.testing.assert_allclose(length(contact), length(magnified), rtol=0.03)
    np.testing.assert_array_equal(
        contact.truths[0].calibre_mm, magnified.truths[0].calibre_mm
    )


def test_noise_falls_with_the_square_root_of_the_dose() -> None:
    plain = Anatomy(lesion="normal", branches=5, strands=0, texture=0, density=0.05)

    def noise(mas: float) -> float:
        shot = replace(SPOT, mas=mas, contrast=False)
        a, b = (
            run(shot, replace(shot, kv=28.0), anatomy=plain).study.views[k].image.pixels
            for k in (0, 1)
        )
        inside = (a > 1.0) & (b > 1.0)
        return float((a - b)[inside].std())

    np.testing.assert_allclose(noise(40) / noise(160), 2, rtol=0.12)


def test_views_say_that_they_are_simulated_and_what_they_are() -> None:
    view = run(SMALL).study.views[0]
    assert view.simulated
    assert view.grey_scale is GreyScale.ATTENUATION
    assert "SIMULATED" in view.description
    assert view.orientation == ("A", "R")
    assert orientation(Laterality.RIGHT, ViewPosition.MLO) == ("P", "FL")
    # Air is smallest.
    assert abs(np.median(view.image.pixels[:20, -20:])) < 0.02


@pytest.mark.parametrize("pitch", [0.05, 0.1])
def test_any_pitch_of_mammography_works(pitch: float) -> None:
    simulation = run(replace(SPOT, pixel_mm=pitch))
    spacing = simulation.study.views[0].image.grid.pixel_mm
    assert 0.85 * pitch < spacing < pitch
    assert simulation.truths[0].visible.any()


def test_the_drawn_procedure_is_scout_filled_and_ml() -> None:
    planned = RADIOGRAPH.plan(Procedure())
    assert [(e.position.value, e.contrast) for e in planned] == [
        ("CC", False),
        ("CC", True),
        ("ML", True),
    ]


def test_the_picture_to_look_at_has_black_air_and_white_ducts() -> None:
    simulation = run(SPOT)
    shown: NDArray[np.uint16] = present(simulation.counts[0], SPOT)
    truth = simulation.truths[0]
    wide = truth.visible & (truth.calibre_mm > 0.8)
    rows, columns = np.round(truth.points[wide]).astype(int).T
    assert shown.max() <= 4095
    air = simulation.study.views[0].image.pixels < 0.02
    assert np.median(shown[air]) == 0
    inside = shown[simulation.study.views[0].image.pixels > 0.5]
    assert np.median(shown[rows, columns]) > np.percentile(inside, 80)


@pytest.mark.slow
def test_a_whole_study_is_made_in_seconds() -> None:
    simulation = simulate(seed=7)
    assert [v.image.pixels.shape for v in simulation.study.views] == [(3328, 2560)] * 3
    assert simulation.study.laterality is simulation.breast.laterality


def test_a_vendor_brings_its_panel_and_its_beam() -> None:
    made = simulate(seed=4, anatomy=Anatomy(thickness_mm=50), vendor="ge")
    shot = made.exposures[0]
    assert (shot.vendor, shot.beam, shot.pixel_mm) == ("ge", "Rh/Ag", 0.1)
    assert made.study.views[0].image.pixels.shape == (3062, 2394)
    assert 0.4 < made.truths[0].glandular_dose_mgy < 2.0


def test_every_exposure_says_its_dose() -> None:
    small = Exposure(rows=300, columns=250, pixel_mm=0.8)
    made = simulate(
        seed=4,
        procedure=Procedure(exposures=(small, replace(small, mas=2 * small.mas))),
    )
    one, two = (truth.glandular_dose_mgy for truth in made.truths)
    assert two == pytest.approx(2 * one)


@pytest.mark.slow
def test_a_picture_for_display_reads_like_the_one_for_processing(
    tmp_path: Path,
) -> None:
    write_study(little_study(6), tmp_path / "both")
    for kind in ("processing", "presentation"):
        (tmp_path / kind).mkdir()
    for path in (tmp_path / "both").glob("*.dcm"):
        kind = "presentation" if "presentation" in path.stem else "processing"
        path.rename(tmp_path / kind / path.name)
    raw = read(tmp_path / "processing")
    shown = read(tmp_path / "presentation")
    for one, other in zip(raw.readings, shown.readings, strict=True):
        assert other.scene.breast.mean() == pytest.approx(
            one.scene.breast.mean(), rel=0.05
        )
        assert other.total_length_mm == pytest.approx(one.total_length_mm, rel=0.25)
        assert not other.scene.objects
