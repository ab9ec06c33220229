"""One tree out of all plausible links, from the nipple outward."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.ducts.graph import Edge, Graph
from galactograph.ducts.rooting import Walk, keep_best, walk_out

few = settings(deadline=None, max_examples=60)
Corner = tuple[float, float]


def star(*arms: tuple[float, float], first: int = 0) -> Graph:
    """Return straight edges from one node: (angle in degrees, half-width)."""
    graph = Graph(nodes=[np.zeros(2)])
    for angle, half in arms:
        way = np.array([np.sin(np.radians(angle)), np.cos(np.radians(angle))])
        points = np.linspace(0, 40, 41)[:, None] * way
        graph.nodes.append(points[-1])
        graph.edges.append(
            Edge(
                first=0,
                last=len(graph.nodes) - 1,
                points=points,
                half_px=np.full(41, half),
                strength=np.full(41, 8.0),
            )
        )
    assert first < len(graph.edges)
    return graph


def walks_of(graph: Graph, start: int = 0) -> list[Walk]:
    """Return the walks that enter `graph` at the far end of one of its edges."""
    return walk_out(graph, [(start, False, 0.0)], pixel_mm=0.1)


@few
@given(st.lists(st.tuples(st.floats(0, 360), st.floats(1, 5)), min_size=1, max_size=6))
def test_every_edge_is_walked_once_and_parents_come_first(
    arms: list[tuple[float, float]],
) -> None:
    graph = star(*arms)
    walks = walks_of(graph)
    assert len(walks) == len(graph.edges)
    assert {id(walk.edge) for walk in walks} == {id(edge) for edge in graph.edges}
    for number, walk in enumerate(walks):
        assert walk.parent < number
        if walk.parent >= 0:
            assert number in walks[walk.parent].children
            assert walk.cost >= walks[walk.parent].cost
            # A walk starts where its parent ends.
            np.testing.assert_allclose(
                walk.points[0], walks[walk.parent].points[-1], atol=1e-9
            )


@few
@given(st.floats(0, 360), st.floats(26, 90))
def test_going_straight_on_costs_less_than_turning(angle: float, turn: float) -> None:
    graph = star((angle, 3), (angle + 180, 3), (angle + 180 + turn, 3))
    costs = {id(walk.edge): walk.cost for walk in walks_of(graph)}
    assert costs[id(graph.edges[1])] < costs[id(graph.edges[2])]


@few
@given(st.floats(0, 360), st.floats(1.3, 4))
def test_widening_outward_costs_more_than_narrowing(angle: float, gain: float) -> None:
    wide = star((angle, 2), (angle + 180, 2 * gain))
    thin = star((angle, 2), (angle + 180, 2 / gain))
    assert walks_of(wide)[1].cost > walks_of(thin)[1].cost


def test_of_two_lines_that_cross_the_second_start_takes_its_own_far_half() -> None:
    graph = star((0, 3), (180, 3), (70, 2), (250, 2))
    walks = walk_out(graph, [(0, False, 0.0), (2, False, 0.5)], pixel_mm=0.1)
    place = {id(walk.edge): walk for walk in walks}
    above = [place[id(edge)].parent for edge in graph.edges]
    assert walks[above[1]].edge is graph.edges[0]
    assert walks[above[3]].edge is graph.edges[2]
    assert (above[0], above[2]) == (-1, -1)


def test_what_cannot_be_reached_is_not_walked() -> None:
    graph = star((0, 3), (180, 3))
    graph.nodes += [np.array([90.0, 0.0]), np.array([90.0, 40.0])]
    graph.edges.append(
        Edge(
            first=3,
            last=4,
            points=np.array([[90.0, 0.0], [90.0, 40.0]]),
            half_px=np.ones(2),
            strength=np.ones(2),
        )
    )
    assert len(walks_of(graph)) == 2
    assert walk_out(graph, [], pixel_mm=0.1) == []


@st.composite
def forests(draw: st.DrawFn) -> tuple[list[Walk], list[float]]:
    """Draw a forest of up to 9 walks, parents first, and what each is worth."""
    count = draw(st.integers(1, 9))
    edge = star((0, 1)).edges[0]
    walks = []
    for number in range(count):
        parent = draw(st.integers(-1, number - 1))
        walks.append(Walk(edge=edge, forward=True, parent=parent, cost=0.0))
        if parent >= 0:
            walks[parent].children.append(number)
    worth = draw(st.lists(st.floats(-5, 5), min_size=count, max_size=count))
    return walks, worth


def closed(kept: list[bool], walks: list[Walk]) -> bool:
    """Tell whether no walk is kept without its parent."""
    return all(
        walk.parent < 0 or kept[walk.parent]
        for walk, keep in zip(walks, kept, strict=True)
        if keep
    )


@few
@given(forests())
def test_no_part_that_hangs_together_is_worth_more(
    forest: tuple[list[Walk], list[float]],
) -> None:
    walks, worth = forest
    kept = keep_best(walks, worth)
    assert closed(kept, walks)
    mine = sum(w for w, keep in zip(worth, kept, strict=True) if keep)
    # By trying every choice of walks.
    best = 0.0
    for choice in range(1 << len(walks)):
        other = [bool(choice >> n & 1) for n in range(len(walks))]
        if closed(other, walks):
            best = max(best, sum(w for w, o in zip(worth, other, strict=True) if o))
    assert mine == pytest.approx(best)


def test_a_weak_stretch_survives_if_strong_duct_lies_beyond_it() -> None:
    edge = star((0, 1)).edges[0]
    chain = [
        Walk(edge=edge, forward=True, parent=n - 1, cost=0.0, children=[n + 1])
        for n in range(3)
    ]
    chain[-1].children = []
    assert keep_best(chain, [2.0, -1.0, 4.0]) == [True, True, True]
    assert keep_best(chain, [2.0, 1.0, -4.0]) == [True, True, False]
    assert keep_best(chain, [2.0, -3.0, 1.0]) == [True, False, False]
