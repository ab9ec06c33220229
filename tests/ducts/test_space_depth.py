"""The slice of a duct, from a noisy map of slices; a tree from one view of slices."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ducts.spaces import World, fan, frame, traced
from ducts.test_correlation import LEFT, reading
from galactograph.ducts.correlation import correlate
from galactograph.ducts.space_depth import deepened, heights_of
from galactograph.ducts.space_stack import lift_stack, slice_step_mm
from galactograph.errors import InvalidValue
from galactograph.values.arrays import Floats
from galactograph.values.codes import FindingKind
from galactograph.values.report import Duct, Finding, Place, Reading

few = settings(deadline=None, max_examples=4)
ENDS = ((30.0, 40.0, 5.0), (-20.0, 28.0, 15.0), (5.0, 50.0, -20.0))
WORLD = fan(ENDS, (1.2, 0.8, 0.55))
SLICES = 50


def slices_of(world: World) -> Floats:
    """Return the slice of each point, 1 mm apart, counted from the support."""
    view = frame(0)
    assert view.pressing is not None
    behind, across = world.points[:, 1], world.points[:, 0]
    # The least squares of a linear map: height for one mm at rest.
    _, each = view.pressing.toward(behind, across, np.zeros(len(behind)))
    return np.asarray(world.points[:, 2] / each + (SLICES - 1) / 2)


def stack(noise: float, lies: float, seed: int = 0) -> tuple[Reading, Duct]:
    """Return a CC view of slices and its duct; `lies` is the share of wild pixels."""
    rng = np.random.default_rng(seed)
    bare = frame(0)
    assert bare.pressing is not None
    view = replace(bare, pressing=replace(bare.pressing))
    duct = traced(WORLD, replace(view, beam=None))
    shape = (2000, 1100)
    depth = rng.integers(0, SLICES, shape).astype(np.float64)
    true = slices_of(WORLD)
    for row, column, value in zip(duct.rows, duct.columns, true, strict=True):
        r, c = round(row), round(column)
        depth[r - 5 : r + 6, c - 5 : c + 6] = value
    depth += rng.normal(0, noise, shape)
    wild = rng.random(shape) < lies
    depth[wild] = rng.integers(0, SLICES, wild.sum())
    one = reading(LEFT, "CC")
    flat = np.zeros(shape, np.float32)
    grid = replace(one.view.image.grid, shape=shape, spacing_mm=(0.1, 0.1))
    told = replace(
        one.view,
        image=replace(one.view.image, pixels=flat, grid=grid),
        depth=np.clip(np.rint(depth), 0, SLICES - 1).astype(np.uint16),
        frames=SLICES,
        thickness_mm=50.0,
        slice_step_mm=(0.0, 0.0, 1.0),
    )
    return replace(one, view=told, ducts=(duct,)), duct


@few
@given(st.floats(0, 3), st.floats(0, 0.3), st.integers(0, 99))
def test_noise_and_wild_pixels_are_smoothed_out(
    noise: float, lies: float, seed: int
) -> None:
    one, duct = stack(noise, lies, seed)
    slices, errors = heights_of(one.view, duct, 1.0)
    off = np.abs(slices - slices_of(WORLD))
    assert np.median(off) < 0.6
    assert np.percentile(off, 90) < 2.0
    assert (errors > 0).all()


def test_a_duct_is_as_long_as_it_is_and_not_as_noise_makes_it() -> None:
    one, duct = stack(2.0, 0.2)
    flat = duct.tree.total_length_mm
    deep = deepened(one.view, duct)
    assert flat <= deep.tree.total_length_mm < 1.3 * flat
    np.testing.assert_allclose(deep.tree.points_mm[:, :2], duct.tree.points_mm[:, :2])


def test_a_plain_image_has_no_depth() -> None:
    one, duct = stack(0, 0)
    plain = replace(one.view, depth=None)
    assert deepened(plain, duct) is duct
    with pytest.raises(InvalidValue, match="no depth"):
        heights_of(plain, duct, 1.0)


def test_one_view_of_slices_gives_the_tree_in_three_dimensions() -> None:
    one, _ = stack(1.0, 0.1)
    (tree,) = lift_stack(one, frame(0), 0)
    off = np.linalg.norm(tree.tree.points_mm - WORLD.points[tree.nodes[:, 0]], axis=1)
    assert np.median(off) < 1.0
    assert np.percentile(off, 90) < 2.5
    assert tree.matched.all()
    assert tree.sigma_mm.shape == (len(tree.tree), 3)


def test_slices_counted_from_above_give_the_same_tree() -> None:
    one, _ = stack(0.5, 0.0)
    turned = replace(
        one.view,
        depth=(SLICES - 1 - np.asarray(one.view.depth)).astype(np.uint16),
        slice_step_mm=(0.0, 0.0, -1.0),
    )
    (tree,) = lift_stack(one, frame(0), 0)
    (other,) = lift_stack(replace(one, view=turned), frame(0), 0)
    np.testing.assert_allclose(tree.tree.points_mm, other.tree.points_mm, atol=1e-6)


def test_what_the_file_does_not_say_is_no_tree_or_the_usual() -> None:
    one, _ = stack(0.5, 0.0)
    assert lift_stack(one, replace(frame(0), beam=None), 0) == ()
    assert lift_stack(one, replace(frame(0), pressing=None), 0) == ()
    plain = replace(one.view, depth=None, frames=1)
    assert lift_stack(replace(one, view=plain), frame(0), 0) == ()
    mute = replace(one.view, slice_step_mm=None)
    assert slice_step_mm(mute, frame(0)) == pytest.approx(1.0)
    assert slice_step_mm(replace(mute, thickness_mm=None), frame(0)) is None
    # Slices that lie along the picture say nothing of height.
    aside = replace(one.view, slice_step_mm=(1.0, 0.0, 0.0))
    assert slice_step_mm(aside, frame(0)) is None


def test_a_finding_in_slices_is_placed_by_one_view(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, duct = stack(1.0, 0.1)
    monkeypatch.setattr("galactograph.ducts.correlation.frame_of", lambda _: frame(0))
    node = 31 + 60
    place = Place(view=0, row=duct.rows[node], column=duct.columns[node], duct=0)
    finding = Finding(kind=FindingKind.FILLING_DEFECT, places=(place,), confidence=0.7)
    (told,) = correlate((one,), (finding,), lift_stack(one, frame(0), 0))
    assert told.place_3d_mm is not None
    np.testing.assert_allclose(told.place_3d_mm, WORLD.points[node], atol=2.5)
    assert told.clock == "3:00"
