"""Who lies near whom, who meets in a fork, who passes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.ducts.nearby import (
    Forest,
    Nearby,
    _once,
    find_nearby,
    forest_of,
    pieces,
)
from galactograph.ducts.tracing import Trace
from galactograph.values.arrays import Floats, Ints

few = settings(deadline=None, max_examples=30)
HALF = 3.0


def trace_of(points: Floats, parents: Ints) -> Trace:
    """Return a trace of even width."""
    return Trace(
        points=points,
        parents=parents.astype(np.int32),
        half_px=np.full(len(points), HALF),
        strength=np.full(len(points), 8.0),
        rooted=True,
        worth=10.0,
    )


def straight(middle: tuple[float, float], angle: float, count: int = 31) -> Trace:
    """Return a straight trace of points 3 pixels apart through a place."""
    way = np.array([np.sin(angle), np.cos(angle)])
    along = 3.0 * (np.arange(count) - count // 2)
    points = np.array(middle) + along[:, None] * way
    return trace_of(points, np.arange(-1, count - 1))


def fork(angle: float, count: int = 20) -> Trace:
    """Return a stem along the columns that forks into two branches."""
    stem = np.stack([np.zeros(count), 3.0 * np.arange(count)], axis=1)
    arms = [
        stem[-1]
        + 3.0
        * np.arange(1, count + 1)[:, None]
        * np.array([np.sin(side * angle), np.cos(angle)])
        for side in (-1, 1)
    ]
    parents = np.arange(-1, 3 * count - 1)
    parents[2 * count] = count - 1
    return trace_of(np.concatenate([stem, *arms]), parents)


def found(traces: list[Trace]) -> tuple[Forest, Nearby]:
    """Return the forest of traces and its neighbours."""
    forest = forest_of(traces)
    radii = np.full(len(forest.points), HALF)
    return forest, find_nearby(forest, forest.points, radii, radii + 9)


@few
@given(st.floats(0, np.pi))
def test_one_straight_duct_has_no_neighbours(angle: float) -> None:
    _, near = found([straight((0, 0), angle)])
    assert len(near.links) == 0
    assert (near.offsets == 0).all()


@few
@given(st.floats(0.3, np.pi - 0.3))
def test_ducts_that_cross_pass_over_one_another(angle: float) -> None:
    forest, near = found([straight((0, 0), 0.0), straight((0, 0), angle)])
    assert len(near.links) > 0
    assert not near.joined.any()
    mine = np.repeat(np.arange(len(forest.points)), np.diff(near.offsets))
    assert (forest.branch[mine] != forest.branch[near.links]).all()
    # Who is near is so both ways, but for the first point, which ends no piece.
    pairs = set(zip(mine.tolist(), near.links.tolist(), strict=True))
    roots = set(np.flatnonzero(forest.parents < 0).tolist())
    assert all((b, a) in pairs for a, b in pairs if a not in roots)


@few
@given(st.floats(0.25, 1.2))
def test_branches_of_a_fork_share_their_lumen(angle: float) -> None:
    forest, near = found([fork(angle)])
    mine = np.repeat(np.arange(len(forest.points)), np.diff(near.offsets))
    apart = np.hypot(*(forest.points[mine] - forest.points[near.links]).T)
    assert (apart < 2 * HALF).any()
    assert near.joined[apart < 2 * HALF].all()


def test_a_duct_that_comes_back_over_itself_is_its_own_neighbour() -> None:
    turn = np.linspace(0, 2 * np.pi, 60)[:, None]
    ring = 28 * np.hstack([np.sin(turn), np.cos(turn)])
    tail = ring[-1] + 3.0 * np.arange(1, 10)[:, None] * np.array([0.0, 1.0])
    points = np.concatenate([ring, tail])
    _, near = found([trace_of(points, np.arange(-1, len(points) - 1))])
    assert len(near.links) > 0
    assert not near.joined.any()


def test_a_branch_begins_with_its_own_radius() -> None:
    forest = forest_of([fork(0.5)])
    wide = forest.branch == forest.branch[0]
    radii = np.where(wide, 5.0, 2.0)
    table = pieces(forest, forest.points, radii, np.full(len(radii), 0.04))
    (starts,) = np.nonzero(forest.at_fork)
    assert len(starts) == 2
    assert table[starts, 2] == pytest.approx(2.0)
    np.testing.assert_allclose(table[starts, :2], forest.points[[19, 19]])


@given(st.lists(st.integers(0, 30), max_size=60))
def test_numbers_told_once_are_those_of_the_set_in_order(keys: list[int]) -> None:
    assert _once(np.array(keys, np.int64)).tolist() == sorted(set(keys))
