"""Walking a skeleton: every pixel is on some path, and paths end at ends or forks."""

from itertools import pairwise

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from galactograph.kernels.paths import degrees, walk

Bitmap = NDArray[np.uint8]
Path = list[tuple[int, int]]


def bitmap(*rows: str) -> Bitmap:
    """Return a skeleton from a drawing, with an empty rim."""
    drawn = np.array([[mark == "#" for mark in row] for row in rows], np.uint8)
    return np.pad(drawn, 1)


def paths_of(skeleton: Bitmap) -> list[Path]:
    """Return the paths of a skeleton as lists of (row, column)."""
    pixels, starts = walk(skeleton, degrees(skeleton))
    return [
        [(int(row), int(column)) for row, column in pixels[first:last]]
        for first, last in pairwise(starts)
    ]


def _stroke(canvas: Bitmap, ends: tuple[int, int, int, int]) -> None:
    count = 2 * max(abs(ends[2] - ends[0]), abs(ends[3] - ends[1])) + 1
    rows = np.rint(np.linspace(ends[0], ends[2], count)).astype(int)
    columns = np.rint(np.linspace(ends[1], ends[3], count)).astype(int)
    canvas[rows, columns] = 1


inner = st.integers(2, 37)
strokes = st.lists(st.tuples(inner, inner, inner, inner), min_size=1, max_size=6)


def scribble(lines: list[tuple[int, int, int, int]]) -> Bitmap:
    """Return the skeleton of straight strokes on 40 x 40 pixels."""
    canvas = np.zeros((40, 40), np.uint8)
    for line in lines:
        _stroke(canvas, line)
    return np.asarray(skeletonize(canvas > 0), np.uint8)


@settings(deadline=None, max_examples=60)
@given(strokes)
def test_every_pixel_with_a_neighbour_lies_on_a_path(
    lines: list[tuple[int, int, int, int]],
) -> None:
    skeleton = scribble(lines)
    degree = degrees(skeleton)
    walked = {pixel for path in paths_of(skeleton) for pixel in path}
    there = {(int(r), int(c)) for r, c in np.argwhere(degree > 0)}
    assert walked == there


@settings(deadline=None, max_examples=60)
@given(strokes)
def test_paths_step_from_neighbour_to_neighbour_and_stay_on_the_skeleton(
    lines: list[tuple[int, int, int, int]],
) -> None:
    skeleton = scribble(lines)
    for path in paths_of(skeleton):
        steps = np.abs(np.diff(np.array(path), axis=0))
        assert len(path) >= 2
        assert (steps.max(axis=1) == 1).all()
        assert all(skeleton[pixel] for pixel in path)


@settings(deadline=None, max_examples=60)
@given(strokes)
def test_only_forks_and_the_ends_of_rings_are_walked_more_than_once(
    lines: list[tuple[int, int, int, int]],
) -> None:
    skeleton = scribble(lines)
    degree = degrees(skeleton)
    for path in paths_of(skeleton):
        closed = path[0] == path[-1]
        inside = path[1:-1]
        assert all(degree[pixel] == 2 for pixel in inside)
        assert len(set(inside)) == len(inside)
        assert closed or all(degree[path[k]] != 2 for k in (0, -1))
    # A pixel in the run of one path is in no other.
    runs = [pixel for path in paths_of(skeleton) for pixel in path[1:-1]]
    assert len(set(runs)) == len(runs)


@settings(deadline=None, max_examples=40)
@given(strokes)
def test_degrees_turn_with_the_picture(
    lines: list[tuple[int, int, int, int]],
) -> None:
    skeleton = scribble(lines)
    assume(skeleton.any())
    degree = degrees(skeleton)
    np.testing.assert_array_equal(
        degrees(np.ascontiguousarray(skeleton[:, ::-1])), degree[:, ::-1]
    )
    np.testing.assert_array_equal(degrees(np.ascontiguousarray(skeleton.T)), degree.T)
    assert (degree[skeleton == 0] == 0).all()


def test_degrees_by_hand() -> None:
    degree = degrees(bitmap("#..#", ".##.", ".#..", ".#.."))
    assert degree[1:-1, 1:-1].tolist() == [
        [1, 0, 0, 1],
        [0, 3, 2, 0],
        [0, 2, 0, 0],
        [0, 1, 0, 0],
    ]


def test_a_diagonal_neighbour_behind_a_straight_one_is_not_counted() -> None:
    degree = degrees(bitmap("##.", ".##"))
    assert degree[1:-1, 1:-1].tolist() == [[1, 2, 0], [0, 2, 1]]


def test_a_line_is_one_path() -> None:
    (path,) = paths_of(bitmap("#...", ".##.", "...#"))
    assert sorted(path) == [(1, 1), (2, 2), (2, 3), (3, 4)]
    assert {path[0], path[-1]} == {(1, 1), (3, 4)}


def test_a_fork_is_shared_by_its_three_paths() -> None:
    fork = bitmap("#...#", ".#.#.", "..#..", "..#..", "..#..")
    paths = paths_of(fork)
    assert len(paths) == 3
    assert all((3, 3) in (path[0], path[-1]) for path in paths)


def test_a_ring_is_one_closed_path() -> None:
    (path,) = paths_of(bitmap(".##.", "#..#", "#..#", ".##."))
    assert path[0] == path[-1]
    assert len(set(path)) == len(path) - 1 == 8


def test_two_pixels_are_a_path_and_one_pixel_is_none() -> None:
    assert len(paths_of(bitmap("##"))) == 1
    assert paths_of(bitmap("#")) == []
    assert paths_of(bitmap("...")) == []


def test_forks_side_by_side_are_joined_by_one_path() -> None:
    ladder = bitmap("#..#", ".##.", "#..#")
    paths = paths_of(ladder)
    between = [path for path in paths if set(path) == {(2, 2), (2, 3)}]
    assert len(between) == 1
    assert len(paths) == 5


def test_what_is_no_skeleton_is_walked_within_bounds() -> None:
    block = np.pad(np.ones((6, 6), np.int64), 1)
    # Uncompiled, where bounds are checked (and small integers overflow).
    _, starts = walk.py_func(block, degrees.py_func(block))
    assert len(starts) > block.sum()
