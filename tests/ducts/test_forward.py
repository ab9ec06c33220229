"""Lumina of whole trees fitted at once: crossings, forks, neighbours, error bars."""

from functools import lru_cache

import numpy as np
import pytest
from scipy.spatial import cKDTree

from ducts.scenes import TREE, Line, World, centreline, pixels_of, reading_of, view_of
from galactograph.ducts import forward
from galactograph.ducts.background import prepare
from galactograph.ducts.nearby import forest_of
from galactograph.ducts.optics import SHARP_MM, Look
from galactograph.ducts.tracing import Trace
from galactograph.values.arrays import Bools, Floats

PIXEL_MM = 0.1
TRUNK = Line(places=((3, 0), (14, 1)), calibre_mm=(1.2, 1.1))
"""By which the breast's contrast is known."""


def traced(world: World, line: Line, *, off_px: float = 0.0) -> Trace:
    """Return the true course of a duct as a trace, moved across by some pixels."""
    places, calibre = centreline(line, 3 * world.pixel_mm)
    points = pixels_of(world, places)
    way = points[-1] - points[0]
    across = np.array([way[1], -way[0]]) / np.hypot(*way)
    return Trace(
        points=points + off_px * across,
        parents=np.arange(-1, len(points) - 1, dtype=np.int32),
        half_px=calibre / 2 / world.pixel_mm,
        strength=np.full(len(points), 9.0),
        rooted=True,
        worth=9.0,
    )


def fitted(
    world: World,
    lines: tuple[Line, ...],
    *,
    wrong: float = 1.0,
    off_px: float = 0.0,
    told: bool = False,
) -> list[forward.Fitted]:
    """Fit the ducts of a world from first calibres that are `wrong` times too wide."""
    view = view_of(world)
    traces = [traced(world, line, off_px=off_px) for line in lines]
    first = [2 * wrong * t.half_px * world.pixel_mm for t in traces]
    unsure: list[Bools] = [np.full(len(t.points), told) for t in traces]
    return forward.refine(
        view,
        prepare(view),
        traces,
        first,
        unsure,
        Look(opacity_per_mm=world.opacity_per_mm, blur_mm=SHARP_MM),
    )


def inner(values: Floats) -> Floats:
    """Leave out the tenth at either end."""
    tenth = len(values) // 10 + 1
    return values[tenth:-tenth]


CROSS = (
    Line(places=((20, -10), (46, 8)), calibre_mm=(0.9, 0.9)),
    Line(places=((22, 8), (48, -8)), calibre_mm=(0.5, 0.5)),
)
BESIDE = (
    Line(places=((20, 0), (46, 0)), calibre_mm=(0.8, 0.8)),
    Line(places=((20, 0.75), (46, 0.75)), calibre_mm=(0.6, 0.6)),
)


@pytest.mark.parametrize("pair", [CROSS, BESIDE])
def test_ducts_over_and_beside_one_another_keep_their_calibres(
    pair: tuple[Line, Line],
) -> None:
    world = World(lines=(TRUNK, *pair))
    for line, found in zip(pair, fitted(world, pair, told=True), strict=True):
        error = inner(found.calibre_mm) - line.calibre_mm[0]
        assert abs(np.median(error)) < 0.03
        assert np.percentile(np.abs(error), 90) < 0.06


@pytest.mark.parametrize("wrong", [0.8, 1.0, 1.25])
def test_the_calibre_found_does_not_depend_on_the_first_one(wrong: float) -> None:
    line = Line(places=((20, -8), (48, 6)), calibre_mm=(1.0, 0.5))
    world = World(lines=(TRUNK, line))
    (found,) = fitted(world, (line,), wrong=wrong)
    true = np.interp(np.linspace(0, 1, len(found.calibre_mm)), (0, 1), line.calibre_mm)
    np.testing.assert_allclose(
        np.median(np.abs(inner(found.calibre_mm - true))), 0, atol=0.02
    )


def test_a_line_beside_the_duct_comes_back_to_its_middle() -> None:
    line = Line(places=((20, -8), (48, 6)), calibre_mm=(0.8, 0.8))
    world = World(lines=(TRUNK, line))
    (found,) = fitted(world, (line,), off_px=1.5)
    truth = cKDTree(pixels_of(world, centreline(line, 0.02)[0]))
    away, _ = truth.query(inner(found.points))
    assert np.median(away) < 0.2


def test_a_place_without_contrast_is_told_as_less_sure() -> None:
    line = Line(places=((20, -8), (48, 6)), calibre_mm=(0.6, 0.6), gaps=((12, 16),))
    world = World(lines=(TRUNK, line))
    (found,) = fitted(world, (line,))
    along = np.linspace(0, 33.3, len(found.sigma_mm))
    gap = (along > 13) & (along < 15)
    filled = (along > 2) & (along < 10)
    assert np.median(found.sigma_mm[gap]) > 2 * np.median(found.sigma_mm[filled])


@lru_cache(maxsize=1)
def errors() -> tuple[Floats, Floats]:
    """Return errors and error bars of the tree of the scenes, forks left out."""
    world = World(lines=TREE)
    every, bars = [], []
    for duct in reading_of(world).ducts:
        points = np.stack([duct.rows, duct.columns], axis=1)
        for line in TREE:
            places, calibre = centreline(line)
            spots = pixels_of(world, places)
            away, near = cKDTree(spots).query(points)
            clear = (away < 2) & (near > 20) & (near < len(spots) - 20)
            clear &= ~duct.overlap
            every.append((duct.calibre_mm - calibre[near])[clear])
            bars.append(duct.sigma_mm[clear])
    return np.concatenate(every), np.concatenate(bars)


def test_error_bars_hold_as_many_errors_as_they_say() -> None:
    error, sigma = errors()
    assert len(error) > 100
    # Painted ducts lie in one plane: the part for the unknown height is too much.
    assert np.mean(np.abs(error) < sigma) > 0.6
    assert np.mean(np.abs(error) < 1.96 * sigma) > 0.9
    assert np.median(sigma) < 4 * np.median(np.abs(error))


def test_a_forest_cuts_into_its_trees() -> None:
    world = World(lines=(TRUNK, *CROSS))
    traces = [traced(world, line) for line in CROSS]
    forest = forest_of(traces)
    for trace, points in zip(traces, forest.cut(forest.points), strict=True):
        np.testing.assert_array_equal(points, trace.points)
    np.testing.assert_array_equal(np.flatnonzero(forest.parents < 0), forest.starts[:2])
