"""Branches of two views: those that can be told apart are matched, others are not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ducts.spaces import World, fan, frame, traced
from galactograph.ducts.space_lines import Lines, lines_of
from galactograph.ducts.space_lines import Settings as Thinning
from galactograph.ducts.space_match import Match, match
from galactograph.values.arrays import Floats

few = settings(deadline=None, max_examples=15)
ENDS = ((30.0, 40.0, 5.0), (-20.0, 28.0, 25.0), (5.0, 50.0, -30.0))
WIDE = (1.2, 0.8, 0.55)


def lines(world: World, turn: float = 90, noise_mm: float = 0) -> tuple[Lines, Lines]:
    """Return both views of a world as lines."""
    views = (frame(0), frame(turn, 1))
    one, other = (
        lines_of(view, traced(world, view, noise_mm=noise_mm)) for view in views
    )
    return one, other


def apart_mm(world: World, pair: tuple[Lines, Lines], told: Match) -> Floats:
    """Return how far each matched point lies from its twin in the world."""
    seen = told.twin_a >= 0
    ours = world.points[pair[0].nodes[seen]]
    theirs = world.points[pair[1].nodes[told.twin_a[seen]]]
    return np.asarray(np.linalg.norm(ours - theirs, axis=1))


@pytest.mark.parametrize("turn", [90.0, 45.0])
@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_branches_that_differ_are_matched(turn: float, noise: float) -> None:
    world = fan(ENDS, WIDE)
    pair = lines(world, turn, noise)
    told = match(*pair)
    assert (told.twin_a >= 0).mean() > 0.85
    assert np.percentile(apart_mm(world, pair, told), 95) < 2.5


@few
@given(
    st.lists(
        st.tuples(st.floats(-35, 35), st.floats(22, 55), st.floats(-35, 35)),
        min_size=1,
        max_size=5,
    ),
    st.floats(0.3, 1.5),
)
def test_a_match_is_mutual_and_never_puts_a_child_before_its_parent(
    ends: list[tuple[float, float, float]], wide: float
) -> None:
    a, b = lines(fan(tuple(ends), (wide,) * len(ends)))
    told = match(a, b)
    for one, twin, other in ((a, told.twin_a, b), (b, told.twin_b, a)):
        assert twin.max() < len(other)
        for k in np.flatnonzero(twin >= 0)[1:]:
            above = int(twin[one.parents[k]])
            assert above >= 0
            assert _is_line(other, above, int(twin[k]))
    assert (told.sure_a >= 0).all()
    assert (told.sure_a <= 1).all()


def _is_line(one: Lines, above: int, below: int) -> bool:
    """Tell whether `below` is beyond `above`, or leaves its way within 5 mm of it."""
    way = set()
    while above >= 0:
        way.add(above)
        above = int(one.parents[above])
    gone, k = 0.0, below
    while k not in way:
        gone += float(one.steps_mm[k])
        k = int(one.parents[k])
    return gone >= 0.0


def test_two_branches_that_look_alike_are_not_told_apart() -> None:
    # Mirror twins: the same depth at every step, the same calibre. Either may be which.
    world = fan(((20, 40, 20), (-20, 40, -20)), (0.8, 0.8))
    pair = lines(world)
    told = match(*pair)
    side = pair[0].behind_mm > 30
    assert told.sure_a[side].max() < 0.75
    # What they have in common is sure.
    assert told.sure_a[pair[0].behind_mm < 10].min() > 0.9


def test_a_branch_that_only_one_view_traced_stays_unmatched() -> None:
    world, less = fan(ENDS, WIDE), fan(ENDS[:2], WIDE[:2])
    a = lines_of(frame(0), traced(world, frame(0)))
    b = lines_of(frame(90, 1), traced(less, frame(90, 1)))
    told = match(a, b)
    third = a.nodes > len(less.points) + 5
    assert third.sum() > 20
    assert (told.twin_a[third] >= 0).mean() < 0.3


def test_a_nipple_seen_too_deep_in_one_view_spoils_no_match() -> None:
    world = fan(ENDS, WIDE)
    views = (frame(0), frame(90, 1))
    moved = traced(world, views[1])
    deeper = lines_of(views[1], moved)
    a = lines_of(views[0], traced(world, views[0]))
    shifted = Lines(
        **{
            name: getattr(deeper, name)
            for name in deeper.__dataclass_fields__
            if name != "behind_mm"
        },
        behind_mm=deeper.behind_mm + 1.2,
    )
    told = match(a, shifted)
    assert (told.twin_a >= 0).mean() > 0.7
    assert np.median(apart_mm(world, (a, shifted), told)) < 2.0


def test_side_branches_that_end_soon_are_left_out() -> None:
    world = fan(((30, 40, 5), (4, 14, 1)), (1.0, 0.5))
    a, _ = lines(world)
    assert a.behind_mm.max() > 30
    assert not ((a.nodes > 120) & (a.behind_mm < 15)).any()


def test_a_large_tree_is_thinned_until_it_is_small_enough() -> None:
    world = fan(ENDS, WIDE)
    view = frame(0)
    small = lines_of(view, traced(world, view), Thinning(most_points=60, step_mm=0.5))
    # A single line cannot be made shorter than it is.
    assert len(small) < len(world.points) / 2
    assert (small.parents[1:] < np.arange(1, len(small))).all()
    assert small.steps_mm.sum() > 40
