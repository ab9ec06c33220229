"""From a seed to a stack of slices: the tomosynthesis units."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galactograph.errors import InvalidValue, NotFound
from galactograph.machines import (
    Tomosynthesis,
    breast_part,
    shades,
    window,
)
from galactograph.modalities import RADIOGRAPH, sweeps
from galactograph.plugins import plugin
from galactograph.reading import read
from galactograph.store import truth_json
from galactograph.tomo.machines import machine, machines
from galactograph.tomo.synthesis import combined, synthetic
from galactograph.values.codes import Laterality
from galactograph.values.procedure import Exposure, Procedure, ViewPosition
from galactograph.values.study import GreyScale, Role
from tomo.scenes import SMALL, world

pytestmark = pytest.mark.slow
"""Whole pictures are made here."""

MARKS = ("found", "remembered", "derived", "assumed")


@pytest.mark.parametrize("name", sorted(machines()))
def test_a_sweep_spans_its_arc_and_shares_its_dose(name: str) -> None:
    unit = machine(name)
    shots = unit.sweep(Exposure(mas=100, magnification=1.8))
    angles = [shot.angle_deg for shot in shots]
    assert len(shots) == unit.views
    assert angles == sorted(angles)
    np.testing.assert_allclose(angles[-1] - angles[0], unit.arc_deg)
    np.testing.assert_allclose(sum(angles), 0, atol=1e-9)
    np.testing.assert_allclose(sum(s.mas for s in shots), 100 * unit.dose_ratio)
    assert {s.magnification for s in shots} == {1.0}
    assert not any(s.grid for s in shots)
    tilts = [shot.panel_deg for shot in shots]
    np.testing.assert_allclose(tilts[-1] - tilts[0], unit.panel_arc_deg)


@pytest.mark.parametrize("name", sorted(machines()))
def test_every_number_of_a_unit_says_where_it_is_from(name: str) -> None:
    unit = machine(name)
    told = {f.name for f in fields(unit)} - {"name", "title", "sources"}
    assert set(unit.sources) == told
    assert all(source.startswith(MARKS) for source in unit.sources.values())
    # The panel must hold a large breast: 24 x 29 cm, and 17 cm from the chest wall.
    assert 270 < unit.rows * unit.pixel_mm < 300
    assert 170 < unit.columns * unit.pixel_mm < 240


def test_an_unknown_or_impossible_unit_is_refused() -> None:
    with pytest.raises(NotFound, match="there are: fuji, ge"):
        machine("nobody")
    with pytest.raises(InvalidValue, match="views >= 2"):
        replace(SMALL, views=1)


@given(counts=st.lists(st.integers(1, 9), min_size=1, max_size=5), change=st.booleans())
def test_runs_of_growing_angles_are_sweeps(*, counts: list[int], change: bool) -> None:
    shots = [
        Exposure(
            angle_deg=float(angle),
            position=ViewPosition.ML if change and k % 2 else ViewPosition.CC,
        )
        for k, count in enumerate(counts)
        for angle in range(count)
    ]
    assert [part.stop - part.start for part in sweeps(shots)] == counts
    assert sweeps([]) == ()


def test_plain_radiographs_stand_alone() -> None:
    planned = RADIOGRAPH.plan(Procedure())
    assert len(sweeps(planned)) == len(planned)


def test_scouts_are_left_out_unless_nothing_else_is_ordered() -> None:
    unit = Tomosynthesis(machine=SMALL)
    scout, filled = Exposure(contrast=False), Exposure()
    both = unit.plan(Procedure(exposures=(scout, filled)))
    assert len(both) == SMALL.views
    assert all(shot.contrast for shot in both)
    only = unit.plan(Procedure(exposures=(scout,)))
    assert not any(shot.contrast for shot in only)
    assert len(unit.plan(Procedure())) == 2 * SMALL.views


def test_a_view_holds_the_maximum_and_its_slice() -> None:
    simulation = world()
    (view,) = simulation.study.views
    assert view.slices is not None
    assert view.depth is not None
    shown = shades(view.slices)
    assert view.frames == len(shown) == round(simulation.breast.thickness_mm)
    np.testing.assert_allclose(view.image.pixels * 4095, shown.max(axis=0), atol=1e-3)
    rows, columns = np.indices(view.depth.shape)
    np.testing.assert_array_equal(shown[view.depth, rows, columns], shown.max(axis=0))
    assert (view.role, view.grey_scale) == (Role.FILLED, GreyScale.DISPLAY)
    assert view.simulated
    assert "SIMULATED" in view.description
    assert view.window is not None
    assert view.window[0] < np.median(view.image.pixels[view.image.pixels > 0.1])


@pytest.mark.parametrize(
    ("side", "position"),
    [(Laterality.LEFT, ViewPosition.CC), (Laterality.RIGHT, ViewPosition.ML)],
)
def test_ducts_are_bright_where_the_truth_says(
    side: Laterality, position: ViewPosition
) -> None:
    simulation = world(side, position)
    (view,), (truth,) = simulation.study.views, simulation.truths
    image, slices = view.image.pixels, view.slices
    assert slices is not None
    assert view.depth is not None
    wide = truth.visible & (truth.calibre_mm > 0.6)
    rows, columns = np.round(truth.points[wide]).astype(int).T
    on = image[rows, columns]
    away = round(4 / slices.grid.pixel_mm)
    beside = image[np.clip(rows + away, 0, len(image) - 1), columns]
    assert np.median(on) > 1.3 * np.median(beside)
    # The chest wall lies where vendors put it.
    left, right = image[:, :15].mean(), image[:, -15:].mean()
    assert (left > right) == (side is Laterality.LEFT)


# The second turns its panel.
@pytest.mark.parametrize("name", ["ge", "hologic"])
def test_ducts_stand_in_the_slice_that_the_truth_says(name: str) -> None:
    simulation = world(name=name)
    (view,), (truth,) = simulation.study.views, simulation.truths
    assert view.slices is not None
    assert truth.slices is not None
    # Across the sweep the arc tells depth; along it nothing does.
    step = truth.points - truth.points[np.maximum(truth.parents, 0)]
    slant = np.abs(step[:, 0]) / (np.hypot(*step.T) + 1e-9)
    fit = truth.visible & (truth.calibre_mm > 0.3) & (slant < 0.5)
    fit &= simulation.breast.tree.from_orifice_mm > 8
    rows, columns = np.round(truth.points[fit]).astype(int).T
    stack = view.slices.pixels[:, rows, columns]
    brightest = stack.argmax(axis=0)
    # Fifteen degrees tell depth less well than twenty-five.
    assert np.median(np.abs(brightest - truth.slices[fit])) < (
        3 if name == "hologic" else 1.5
    )
    beside = view.slices.pixels[:, rows, columns + 16].max(axis=0)
    assert np.median(stack.max(axis=0)) > 1.3 * np.median(beside)
    told = truth_json(simulation)["views"][0]
    assert told["frames"] == view.frames
    np.testing.assert_allclose(told["slices"], truth.slices, atol=0.006)


def test_the_same_seed_gives_the_same_stack() -> None:
    one = world().study.views[0].slices
    world.cache_clear()
    two = world().study.views[0].slices
    assert one is not None
    assert two is not None
    np.testing.assert_array_equal(one.pixels, two.pixels)


def test_one_exposure_and_all_projections_are_kept_of_each_view() -> None:
    simulation = world()
    assert len(simulation.sweeps) == len(simulation.study.views) == 1
    assert len(simulation.sweeps[0]) == SMALL.views
    assert simulation.exposures[0].angle_deg == 0
    np.testing.assert_array_equal(
        simulation.counts[0], simulation.sweeps[0][SMALL.views // 2].counts
    )


def test_a_stack_can_be_read() -> None:
    report = read(world().study)
    (reading,) = report.readings
    assert reading.ducts
    truth = world().truths[0]
    seen = truth.points[truth.visible & (truth.calibre_mm > 0.5)]
    ours = np.concatenate(
        [np.column_stack([duct.rows, duct.columns]) for duct in reading.ducts]
    )
    gap = np.hypot(*(seen[:, None] - ours[None]).transpose(2, 0, 1)).min(axis=1)
    assert np.median(gap) < 3


def test_a_synthetic_mammogram_shows_ducts_and_black_air() -> None:
    simulation = world()
    slices, truth = simulation.study.views[0].slices, simulation.truths[0]
    assert slices is not None
    shown = synthetic(slices)
    assert shown.max() <= 4095
    wide = truth.visible & (truth.calibre_mm > 0.6)
    rows, columns = np.round(truth.points[wide]).astype(int).T
    inside = combined(slices) > 0.03
    assert np.median(shown[rows, columns]) > np.percentile(shown[inside], 80)
    assert np.median(shown[:15, -15:]) == 0


def test_only_the_part_with_the_breast_is_reconstructed() -> None:
    seen = np.zeros((2, 400, 300), np.float32)
    seen[0, 100:200, :150] = 1.0
    seen[1, 120:240, :150] = 1.0
    rows, columns = breast_part(seen, 0.5)
    assert (rows.start, columns.start) == (92, 0)
    assert 240 <= rows.stop <= 250
    assert 150 <= columns.stop <= 160
    everything = breast_part(np.zeros((2, 40, 30), np.float32), 0.5)
    assert everything == (slice(0, 40), slice(0, 30))


def test_no_ghost_of_the_skin_lies_beside_the_breast() -> None:
    simulation = world()
    (view,), (truth,) = simulation.study.views, simulation.truths
    image, spacing = view.image.pixels, view.image.grid.pixel_mm
    # The widest row of breast, seen from the chest wall.
    column = round(10 / spacing)
    lit = np.flatnonzero(image[:, column] > 0.06)
    slab = simulation.breast
    # A flattened half ellipse, and what the cone and the skin add.
    assert (lit.max() - lit.min()) * spacing < 2 * slab.radius_mm + 6
    row = round(truth.nipple[0])
    assert image[row, -4:].max() == 0


def test_the_window_shows_tissue_between_black_and_white() -> None:
    slices = world().study.views[0].slices
    assert slices is not None
    shown = shades(slices)
    low, high = window(shown)
    tissue = np.median(shown[len(shown) // 2][shown[len(shown) // 2] > 200])
    assert low < tissue < high <= 4095


@pytest.mark.parametrize("name", sorted(machines()))
def test_our_units_come_through_the_door(name: str) -> None:
    assert plugin("modalities", f"tomosynthesis-{name}").machine is machine(name)
