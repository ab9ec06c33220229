"""One picture of a stack: what stands out of its slice."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.ducts.background import prepare
from galactograph.ducts.slices import reliefs_of, standing_out, texture
from galactograph.errors import InvalidValue
from galactograph.kernels.reliefs import SLAB_MM, Reliefs, standing
from galactograph.values.arrays import Floats
from galactograph.values.geometry import Grid, SpacingKind
from galactograph.values.image import Image
from galactograph.values.study import GreyScale, View

few = settings(deadline=None, max_examples=6)
ROWS, COLUMNS, SLICES, PIXEL_MM = 160, 200, 12, 0.1
NOISE, LINE = 0.02, 0.1


def stack(rng: np.random.Generator) -> Floats:
    """Return slices of noise: a dense slab high up, a thin line at column 60 low down,
    and a faint one in all slices at column 140."""
    volume = rng.normal(0, NOISE, (SLICES, ROWS, COLUMNS)) + 0.2
    volume[8:, :, :110] += 0.4
    volume[2, :, 59:62] += LINE
    volume[:, :, 139:142] += LINE / 4
    return volume


def view_of(volume: Floats, *, whole: bool = True) -> View:
    """Return a view of a stack, whose slices are at hand or not."""
    pixels = np.asarray(volume, np.float32)
    spacing = (PIXEL_MM, PIXEL_MM)
    kind = SpacingKind.CALIBRATED
    flat = Grid(shape=(ROWS, COLUMNS), spacing_mm=spacing, spacing_kind=kind)
    deep = replace(flat, shape=pixels.shape)
    return View(
        image=Image(pixels=pixels.max(0), grid=flat),
        source="stack",
        grey_scale=GreyScale.DISPLAY,
        frames=len(pixels),
        depth=pixels.argmax(0).astype(np.uint16),
        slices=Image(pixels=pixels, grid=deep) if whole else None,
    )


def clearness(picture: Floats, column: int) -> float:
    """Return how far a line stands over its sides, in units of their spread."""
    line = picture[20:-20, column - 1 : column + 2].mean()
    sides = np.concatenate(
        [picture[20:-20, column + a : column + a + 4] for a in (-8, 5)], axis=1
    )
    return float((line - sides.mean()) / sides.std())


@few
@given(seed=st.integers(0, 999))
def test_a_line_below_dense_tissue_is_hidden_in_the_maximum_and_stands_out(
    seed: int,
) -> None:
    view = view_of(stack(np.random.default_rng(seed)))
    out = standing_out(view, np.ones((ROWS, COLUMNS), bool))
    assert out is not None
    assert abs(clearness(view.image.pixels, 60)) < 0.5
    assert clearness(out, 60) > 2.0


@few
@given(seed=st.integers(0, 999))
def test_a_line_smeared_over_all_slices_is_clearer_in_slabs(seed: int) -> None:
    volume = stack(np.random.default_rng(seed))
    single, slab = reliefs_of(view_of(volume))
    assert clearness(slab, 140) > 1.3 * clearness(single, 140)


@few
@given(seed=st.integers(0, 999), level=st.floats(-1, 1), slope=st.floats(-0.01, 0.01))
def test_a_level_and_a_slope_over_the_picture_do_not_stand_out(
    seed: int, level: float, slope: float
) -> None:
    rng = np.random.default_rng(seed)
    picture = rng.normal(0, NOISE, (ROWS, COLUMNS)).astype(np.float32)
    ramp = (level + slope * np.arange(COLUMNS)).astype(np.float32)
    plain = standing(picture, PIXEL_MM)
    tilted = standing(picture + ramp, PIXEL_MM)
    # Off the border, where an opening of what rises must bend.
    inner = np.s_[40:-40, 50:-50]
    np.testing.assert_allclose(tilted[inner], plain[inner], atol=0.5 * NOISE)


def test_slabs_are_as_thick_in_mm_whatever_lies_between_slices() -> None:
    picture = np.zeros((40, 40), np.float32)
    for slice_mm, frames, expected in ((1.0, 40, 2), (0.5, 40, 2), (6.0, 9, 1)):
        reliefs = Reliefs(PIXEL_MM, slice_mm, frames)
        for _ in range(frames):
            reliefs.add(picture)
        assert len(reliefs.done()) == expected
    # The mean of a slab: one bright slice of five counts a fifth.
    reliefs = Reliefs(PIXEL_MM, 1.0, 9)
    for k in range(9):
        dot = picture.copy()
        dot[20, 20] = k == 4
        reliefs.add(dot)
    single, slab = reliefs.done()
    assert slab[20, 20] == pytest.approx(single[20, 20] / SLAB_MM)


def test_texture_measures_what_is_as_fine_as_ducts() -> None:
    rng = np.random.default_rng(1)
    inside = np.ones((ROWS, COLUMNS), bool)
    noise = rng.normal(0, 1, (ROWS, COLUMNS)).astype(np.float32)
    broad = np.linspace(0, 100, COLUMNS, dtype=np.float32) + np.zeros_like(noise)
    own = texture(noise, inside, PIXEL_MM)
    assert texture(3 * noise, inside, PIXEL_MM) == pytest.approx(3 * own, rel=1e-3)
    assert texture(noise + broad, inside, PIXEL_MM) == pytest.approx(own, rel=0.1)


def test_a_plain_picture_has_no_slices() -> None:
    view = view_of(stack(np.random.default_rng(0)), whole=False)
    assert standing_out(view, np.ones((ROWS, COLUMNS), bool)) is None
    with pytest.raises(InvalidValue, match="slices"):
        reliefs_of(view)


def test_a_stack_at_hand_and_one_that_was_loaded_are_prepared_the_same() -> None:
    view = view_of(stack(np.random.default_rng(3)))
    loaded = replace(view, slices=None, reliefs=reliefs_of(view))
    one, other = prepare(view), prepare(loaded)
    np.testing.assert_array_equal(one.excess, other.excess)
    flat = prepare(replace(view, slices=None))
    assert np.abs(flat.excess - one.excess).max() > NOISE
