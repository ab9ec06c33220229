"""Lines as a graph: spurs go, gaps get links, nothing is decided yet."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.morphology import skeletonize

from galactograph.ducts.graph import Graph, build
from galactograph.ducts.links import link

PIXEL_MM = 0.1
few = settings(deadline=None, max_examples=30)


def graph_of(
    *lines: tuple[float, float, float, float],
    half: float = 3.0,
    spur: float = 5.0,
    size: int = 120,
) -> Graph:
    """Return the graph of straight lines (row, column, row, column)."""
    canvas = np.zeros((size, size), bool)
    for line in lines:
        # Whole ends, so that halves do not round to a dashed line.
        top, left, bottom, right = (round(end) for end in line)
        count = max(abs(bottom - top), abs(right - left)) + 1
        rows = np.rint(np.linspace(top, bottom, count)).astype(int)
        canvas[rows, np.rint(np.linspace(left, right, count)).astype(int)] = True
    canvas = skeletonize(canvas)
    flat = np.full((size, size), half)
    return build(canvas, flat, flat * 0 + 8.0, spur_px=spur)


def unseen(graph: Graph) -> int:
    """Return how many links there are."""
    return sum(not edge.seen for edge in graph.edges)


def test_a_line_is_one_edge_of_its_own_length() -> None:
    (edge,) = graph_of((60, 10, 60, 90)).edges
    assert edge.length_px == pytest.approx(80)
    assert edge.calibre_px == pytest.approx(6)
    assert np.abs(edge.heading(at_last=True)) == pytest.approx([0, 1])
    np.testing.assert_allclose(edge.heading(at_last=True), -edge.heading(at_last=False))


def test_short_spurs_go_and_the_line_is_whole_again() -> None:
    graph = graph_of((60, 10, 60, 90), (60, 50, 57, 50))
    assert len(graph.edges) == 1
    assert graph.edges[0].length_px == pytest.approx(80, abs=2)


def test_a_branch_longer_than_a_spur_stays() -> None:
    graph = graph_of((60, 10, 60, 90), (60, 50, 40, 50))
    assert len(graph.edges) == 3
    assert sorted(graph.degrees()) == [1, 1, 1, 3]


def test_a_spur_of_a_wide_duct_may_be_longer() -> None:
    thin = graph_of((60, 10, 60, 90), (60, 50, 53, 50), half=2.0)
    wide = graph_of((60, 10, 60, 90), (60, 50, 53, 50), half=10.0)
    assert (len(thin.edges), len(wide.edges)) == (3, 1)


def test_a_short_free_line_is_no_spur() -> None:
    assert len(graph_of((60, 10, 60, 13)).edges) == 1


@few
@given(st.integers(4, 25), st.floats(0, np.pi))
def test_a_gap_along_a_line_gets_a_link(gap: int, angle: float) -> None:
    way = np.array([np.sin(angle), np.cos(angle)])
    middle = np.array([60.0, 60.0])
    first, last = middle - way * (gap / 2 + 25), middle - way * gap / 2
    other, end = middle + way * gap / 2, middle + way * (gap / 2 + 25)
    graph = graph_of((*first, *last), (*other, *end))
    linked = link(graph, pixel_mm=PIXEL_MM)
    bridges = [edge for edge in linked.edges if not edge.seen]
    assert bridges
    shortest = min(edge.length_px for edge in bridges)
    # Ends are rounded to pixels.
    assert shortest == pytest.approx(gap, abs=2)
    assert all(edge.cost > 0 for edge in bridges)


@few
@given(st.integers(5, 25))
def test_the_wider_the_gap_the_dearer_the_link(gap: int) -> None:
    def dearest(width: int) -> float:
        graph = graph_of((60, 10, 60, 50), (60, 50 + width, 60, 90 + width), size=140)
        linked = link(graph, pixel_mm=PIXEL_MM)
        return min(edge.cost for edge in linked.edges if not edge.seen)

    assert dearest(gap + 3) > dearest(gap)


def test_ends_that_turn_away_from_one_another_get_no_link() -> None:
    # Parallel lines, ends level with one another, 2 mm apart.
    graph = graph_of((40, 10, 40, 60), (60, 10, 60, 60), half=1.5)
    assert unseen(link(graph, pixel_mm=PIXEL_MM)) == 0


def test_far_ends_get_no_link() -> None:
    graph = graph_of((60, 5, 60, 20), (60, 110, 60, 118))
    assert unseen(link(graph, pixel_mm=0.2)) == 0


def test_an_end_that_points_at_the_side_of_a_line_is_linked_to_it() -> None:
    graph = graph_of((60, 10, 60, 110), (20, 60, 52, 60))
    linked = link(graph, pixel_mm=PIXEL_MM)
    assert unseen(linked) == 1
    # The line is cut where the link meets it, and nothing of it is lost.
    seen = [edge for edge in linked.edges if edge.seen]
    assert len(seen) == 3
    assert sum(edge.length_px for edge in seen) == pytest.approx(100 + 32)


places = st.integers(15, 105)


@few
@given(st.lists(st.tuples(places, places, places, places), min_size=1, max_size=4))
def test_links_take_nothing_from_what_was_seen(
    lines: list[tuple[int, int, int, int]],
) -> None:
    graph = graph_of(*lines)
    linked = link(graph, pixel_mm=PIXEL_MM)
    before = sum(edge.length_px for edge in graph.edges)
    after = sum(edge.length_px for edge in linked.edges if edge.seen)
    assert after == pytest.approx(before)
    for edge in linked.edges:
        if edge.seen:
            assert 0 <= edge.first < len(linked.nodes)
            assert 0 <= edge.last < len(linked.nodes)


def test_an_empty_picture_gives_an_empty_graph() -> None:
    graph = graph_of()
    assert graph.edges == []
    assert link(graph, pixel_mm=PIXEL_MM).edges == []


def test_a_thin_line_passes_behind_a_wide_one_instead_of_hanging_on_it() -> None:
    canvas = np.zeros((120, 200), bool)
    canvas[60, 10:190] = True
    canvas[5:52, 100] = canvas[69:115, 100] = True
    width = np.full(canvas.shape, 1.5)
    width[50:71] = 7.0
    width[:52, 95:106] = width[69:, 95:106] = 1.5
    graph = build(canvas, width, np.full(canvas.shape, 8.0), spur_px=4)
    linked = link(graph, pixel_mm=PIXEL_MM)
    unlinked = [edge for edge in linked.edges if not edge.seen]
    across = [edge for edge in unlinked if edge.length_px > 12]
    sideways = [edge for edge in unlinked if edge.length_px <= 12]
    assert len(across) == 1
    assert len(sideways) == 2
    assert all(across[0].cost + 2 < edge.cost for edge in sideways)
