"""Lines of a stack are drawn along rays, and laid into their slices."""

from dataclasses import replace

import numpy as np
import pytest

from galactograph.ducts.background import prepare
from galactograph.ducts.rays import along_rays, in_slices
from galactograph.ducts.tracing import Trace
from galactograph.values.arrays import Floats
from galactograph.values.fan import Fan, Shadow
from galactograph.values.geometry import Grid
from galactograph.values.image import Image
from galactograph.values.study import GreyScale, View

ROWS, COLUMNS, SLICES, PIXEL_MM = 240, 320, 40, 0.25
NOISE = 0.01


def course() -> tuple[Floats, Floats]:
    """Return a line that climbs from slice 5 to slice 35: places, and slices."""
    share = np.linspace(0, 1, 300)
    rows, columns = 40 + 160 * share, 60 + 200 * share
    return np.column_stack([rows, columns]), 5 + 30 * share


def stack() -> View:
    """Return a breast of noise at the left edge with that line in it."""
    rng = np.random.default_rng(5)
    volume = rng.normal(0, NOISE, (SLICES, ROWS, COLUMNS))
    down, right = np.mgrid[:ROWS, :COLUMNS]
    breast = np.hypot((down - ROWS / 2) * 2.2, right) < 300
    volume[:, breast] += 0.5
    for (row, column), height in zip(*course(), strict=True):
        k = round(height)
        box = np.s_[int(row) - 5 : int(row) + 7, int(column) - 5 : int(column) + 7]
        away = np.hypot(down[box] - row, right[box] - column)
        volume[k][box] = np.maximum(volume[k][box], 1.0 * (away < 2.5) + 0.5)
    pixels = volume.astype(np.float32)
    flat = Grid(shape=(ROWS, COLUMNS), spacing_mm=(PIXEL_MM, PIXEL_MM))
    return View(
        image=Image(pixels=pixels.max(0), grid=flat),
        source="stack",
        grey_scale=GreyScale.DISPLAY,
        frames=SLICES,
        depth=pixels.argmax(0).astype(np.uint16),
        slices=Image(pixels=pixels, grid=replace(flat, shape=pixels.shape)),
    )


def traced(points: Floats) -> Trace:
    return Trace(
        points=points,
        parents=np.arange(-1, len(points) - 1, dtype=np.int32),
        half_px=np.full(len(points), 2.5),
        strength=np.ones(len(points)),
        rooted=True,
        worth=50.0,
    )


def test_a_line_drawn_along_rays_is_laid_where_its_slices_show_it() -> None:
    view = stack()
    cast, scene = along_rays(view, prepare(view))
    assert cast.shadow is not None
    points, slices = course()
    seen = cast.shadow.fan.cast(points, slices)
    # Far enough from its place for the test to mean something.
    assert np.hypot(*(seen - points).T).max() > 4.0
    (laid,) = in_slices(cast, scene, (traced(seen),))
    off = np.hypot(*(laid.points - points).T)
    assert np.median(off) < 0.3
    assert off.max() < 1.5
    assert laid.rooted
    np.testing.assert_array_equal(laid.parents, traced(points).parents)


def test_what_is_seen_along_rays_is_brightest_where_the_line_is_cast() -> None:
    view = stack()
    cast, scene = along_rays(view, prepare(view))
    assert cast.shadow is not None
    rows, columns = np.rint(cast.shadow.fan.cast(*course())).astype(int).T
    inner = slice(20, -20)
    on = scene.excess[rows[inner], columns[inner]]
    assert np.median(on) > 20 * scene.noise


def test_a_plain_picture_has_no_rays_and_is_read_as_it_is() -> None:
    view = replace(stack(), slices=None, depth=None, frames=1)
    scene = prepare(view)
    cast, drawn = along_rays(view, scene)
    assert cast is view
    assert drawn is scene
    line = (traced(course()[0]),)
    assert in_slices(cast, drawn, line) == line


def test_a_stack_whose_scout_was_subtracted_is_read_as_it_is() -> None:
    view = stack()
    plain = prepare(view)
    scene = replace(plain, difference=plain.excess)
    cast, drawn = along_rays(view, scene)
    assert cast is view
    assert drawn is scene
    line = (traced(course()[0]),)
    assert in_slices(cast, drawn, line) == line


@pytest.mark.parametrize("count", [1, 2])
def test_a_trace_too_short_to_tell_its_height_stays(count: int) -> None:
    fan = Fan.over((SLICES, ROWS, COLUMNS), "left", 1.0)
    flat = np.zeros((ROWS, COLUMNS), np.float32)
    shadow = Shadow(
        fan=fan,
        pixels=flat,
        reliefs=flat[None],
        depth=np.zeros((ROWS, COLUMNS), np.uint16),
    )
    view = stack()
    cast = replace(view, slices=None, shadow=shadow, depth=shadow.depth)
    short = traced(course()[0][:count])
    assert in_slices(cast, prepare(view), (short,)) == (short,)
