"""One parent and one direction for every line, chosen all at once."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.ducts import choosing, joints
from galactograph.ducts.graph import Edge, Graph
from galactograph.ducts.joint_faces import faces_of
from galactograph.ducts.joints import FEATURES, Arcs, arcs_of
from galactograph.ducts.rooting import Walk
from galactograph.values.arrays import Floats

few = settings(deadline=None, max_examples=40)
NIPPLE = np.array([200.0, 20.0])
Place = tuple[float, float]


def line(graph: Graph, one: int, other: int, half: float, *, seen: bool = True) -> None:
    """Add a straight edge between two nodes."""
    start, stop = graph.nodes[one], graph.nodes[other]
    count = max(3, round(float(np.hypot(*(stop - start)))))
    points = start + np.linspace(0, 1, count)[:, None] * (stop - start)
    edge = Edge(
        first=one,
        last=other,
        points=points,
        half_px=np.full(count, half),
        strength=np.full(count, 8.0 if seen else 0.0),
        cost=0.0 if seen else 1.0,
        seen=seen,
        opacity=1.0,
    )
    edge.whole_px = edge.length_px
    graph.edges.append(edge)


def drawn(nodes: Sequence[Place], lines: Sequence[tuple[int, int, float]]) -> Graph:
    """Return a graph of straight lines (node, node, half-width)."""
    graph = Graph(nodes=[np.array(node) for node in nodes])
    for one, other, half in lines:
        line(graph, one, other, half)
    return graph


def picture(graph: Graph) -> Floats:
    """Return excess as bright as lines are wide, (400, 400); lumina add up."""
    excess = np.zeros((400, 400))
    for edge in graph.edges:
        if edge.seen:
            mine = np.zeros_like(excess)
            for point in edge.points:
                y, x = np.round(point).astype(int)
                mine[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3] = edge.half_px[0]
            excess += 0.1 * mine
    return excess


def walked(graph: Graph) -> list[Walk]:
    """Return what is chosen from the nipple outward."""
    excess = picture(graph)
    faces = faces_of(graph, excess, pixel_mm=0.1, noise=0.02)
    arcs = arcs_of(graph, excess, NIPPLE, pixel_mm=0.1, noise=0.02, faces=faces)
    costs = choosing.costs_of(arcs, len(graph.edges))
    chosen = choosing.choose(arcs, costs, len(graph.edges))
    return choosing.walks_of(graph, arcs, chosen, costs)


def parents_of(graph: Graph) -> list[int]:
    """Return on which edge each hangs (-1 a root, -2 none), links left out."""
    walks = walked(graph)
    number = {id(edge): n for n, edge in enumerate(graph.edges)}
    above = [-2] * len(graph.edges)
    for walk in walks:
        if walk.edge.seen:
            parent = walk.parent
            while parent >= 0 and not walks[parent].edge.seen:
                parent = walks[parent].parent
            above[number[id(walk.edge)]] = (
                number[id(walks[parent].edge)] if parent >= 0 else -1
            )
    return above


@st.composite
def choices(draw: st.DrawFn) -> tuple[Arcs, Floats, int]:
    """Draw arcs between a few edges, with costs; both ways as lines have them."""
    count = draw(st.integers(2, 7))
    state = st.integers(0, 2 * count - 1)
    pairs = draw(st.lists(st.tuples(state, state), max_size=14))
    pairs = [(a, b) for a, b in pairs if a // 2 != b // 2]
    both = pairs + [(b ^ 1, a ^ 1) for a, b in pairs]
    roots = draw(st.lists(state, min_size=1, max_size=3))
    before = np.array([*[a for a, _ in both], *[-1 for _ in roots]], np.int64)
    after = np.array([*[b for _, b in both], *roots], np.int64)
    some = st.floats(0, 5, allow_subnormal=False)
    costs = draw(st.lists(some, min_size=len(after), max_size=len(after)))
    arcs = Arcs(
        before=before,
        after=after,
        over=np.full(len(after), -1),
        kind=np.zeros(len(after), np.int64),
        features=np.zeros((len(after), len(FEATURES))),
    )
    return arcs, np.array(costs), count


@few
@given(choices())
def test_what_is_chosen_hangs_together_and_costs_no_more_than_the_cheapest_ways(
    drawn_: tuple[Arcs, Floats, int],
) -> None:
    arcs, costs, count = drawn_
    first = choosing._cheapest(arcs, costs, count)
    chosen = choosing.choose(arcs, costs, count)
    # The same lines are reached, each once,
    assert [a >= 0 for a in chosen] == [a >= 0 for a in first]
    for edge in range(count):
        at, steps = edge, 0
        while chosen[at] >= 0 and arcs.before[chosen[at]] >= 0:
            assert int(arcs.after[chosen[at]]) // 2 == at
            # from a line that is walked to the end where the next begins,
            before = int(arcs.before[chosen[at]])
            at, steps = before // 2, steps + 1
            assert int(arcs.after[chosen[at]]) == before
            assert steps <= count
    # and never for more.
    spent = [sum(costs[a] for a in some if a >= 0) for some in (chosen, first)]
    assert spent[0] <= spent[1] + 1e-9


@few
@given(choices(), st.floats(0.1, 3))
def test_costs_are_chances(drawn_: tuple[Arcs, Floats, int], by: float) -> None:
    arcs, values, count = drawn_
    features = np.zeros_like(arcs.features)
    features[:, 4] = values * by
    weighed = Arcs(
        before=arcs.before,
        after=arcs.after,
        over=arcs.over,
        kind=arcs.kind,
        features=features,
    )
    costs = choosing.costs_of(weighed, count)
    chance = np.bincount(arcs.after // 2, np.exp(-costs), minlength=count)
    assert (costs >= 0).all()
    assert (chance < 1).all()
    # A way into a line is surer to lead to duct than to be the right one of several.
    # But it is asked for more where a line is to be kept.
    stricter = choosing.clutter() - choosing.weights()[1]
    assert stricter >= 0
    assert (choosing.doubts_of(weighed) <= costs + stricter + 1e-9).all()


def test_a_thin_line_crosses_a_wide_one_and_a_daughter_leaves_it() -> None:
    graph = drawn(
        [(200, 30), (200, 120), (200, 220), (140, 90), (260, 150), (150, 270)],
        [(0, 1, 8), (1, 2, 8), (3, 1, 2), (1, 4, 2), (2, 5, 4)],
    )
    line(graph, 0, 3, 2)
    above = parents_of(graph)
    assert above[1] == 0
    assert above[3] == 2
    assert above[4] == 1


def test_a_wide_duct_whose_line_breaks_is_entered_over_the_gap_not_from_afar() -> None:
    """A thin loop leads to its far end; it is not walked backwards for that."""
    nodes = [(200, 30), (200, 100), (200, 112), (200, 220), (120, 160), (200, 330)]
    graph = drawn(nodes, [(0, 1, 9), (2, 3, 8), (1, 4, 1.5), (4, 3, 1.5), (3, 5, 6)])
    line(graph, 1, 2, 0.5, seen=False)
    walks = walked(graph)
    wide = next(walk for walk in walks if walk.edge is graph.edges[1])
    assert wide.forward
    assert parents_of(graph)[1] == 0


def test_of_a_duct_broken_near_the_nipple_the_rest_is_no_second_tree() -> None:
    graph = drawn([(200, 25), (200, 60), (200, 68), (200, 250)], [(0, 1, 7), (2, 3, 7)])
    line(graph, 1, 2, 0.5, seen=False)
    assert parents_of(graph) == [-1, 0, -2]


@few
@given(st.integers(0, 3))
def test_walks_join_and_come_after_their_parents(quarter: int) -> None:
    turn = np.array([[0, -1], [1, 0]])
    spin = np.linalg.matrix_power(turn, quarter)
    nodes = [(200.0, 30.0), (200.0, 100.0), (150.0, 170.0), (250.0, 170.0)]
    spun = [tuple(spin @ (np.array(n) - 200) + 200) for n in nodes]
    graph = drawn(spun, [(0, 1, 6), (1, 2, 4), (1, 3, 4)])
    arcs = arcs_of(
        graph,
        picture(graph),
        spin @ (NIPPLE - 200) + 200,
        pixel_mm=0.1,
        noise=0.02,
    )
    costs = choosing.costs_of(arcs, 3)
    walks = choosing.walks_of(graph, arcs, choosing.choose(arcs, costs, 3), costs)
    assert len(walks) == 3
    for number, walk in enumerate(walks):
        assert walk.parent < number
        if walk.parent >= 0:
            before = walks[walk.parent]
            assert number in before.children
            np.testing.assert_allclose(walk.points[0], before.points[-1], atol=1e-9)
            assert before.edge is graph.edges[0]


def test_without_a_nipple_nothing_begins() -> None:
    graph = drawn([(200, 30), (200, 100), (150, 170)], [(0, 1, 6), (1, 2, 4)])
    arcs = arcs_of(graph, picture(graph), None, pixel_mm=0.1, noise=0.02)
    assert (arcs.kind != joints.ROOT).all()
    assert choosing.choose(arcs, choosing.costs_of(arcs, 2), 2) == [-1, -1]


def test_every_reason_has_a_fitted_weight_of_the_physical_sign() -> None:
    values, _ = choosing.weights()
    weight = dict(zip(FEATURES, values, strict=True))
    for name in ("turn", "straighter", "widen", "bend", "gap_mm", "added"):
        assert weight[name] < 0, name
    for name in ("whole_brighter", "third_bright", "root_far", "root_met"):
        assert weight[name] < 0, name
    assert weight["away"] > 0
    assert weight["farther"] > 0


def test_arcs_come_in_pairs_that_lead_both_ways() -> None:
    graph = drawn(
        [(200, 30), (200, 100), (150, 170), (250, 170)],
        [(0, 1, 6), (1, 2, 4), (1, 3, 4)],
    )
    arcs = arcs_of(graph, picture(graph), NIPPLE, pixel_mm=0.1, noise=0.02)
    ways = {
        (int(a), int(b)) for a, b in zip(arcs.before, arcs.after, strict=True) if a >= 0
    }
    assert len(ways) == 6
    assert all((b ^ 1, a ^ 1) in ways for a, b in ways)
    assert all(a != b for way in ways for a, b in pairwise(way))
