"""Ends that face each other across a line."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.ducts.facing import FEATURES, faced, moved, nobody, odds_of
from galactograph.ducts.graph import Edge, Graph
from galactograph.ducts.joint_faces import faces_of
from galactograph.ducts.links import link
from galactograph.values.arrays import Floats, Ints

few = settings(deadline=None, max_examples=30)
MM = 0.07
WIDE = (10.0, 3.0)
THIN = (3.0, 1.0)


def line(graph: Graph, start: Floats, stop: Floats, half: float) -> None:
    """Add a straight line between two places of its own."""
    count = max(3, round(float(np.hypot(*(stop - start)))) + 1)
    graph.nodes += [start, stop]
    graph.edges.append(
        Edge(
            first=len(graph.nodes) - 2,
            last=len(graph.nodes) - 1,
            points=start + np.linspace(0, 1, count)[:, None] * (stop - start),
            half_px=np.full(count, half),
            strength=np.full(count, 8.0),
        )
    )


def across(turn_deg: float, *, tilt_deg: float = 0.0, spin_deg: float = 0.0) -> Graph:
    """Return a wide line and two thin ones that end at either side of it.

    The thin ones cross it at an angle; the second is bent off the first by `tilt_deg`,
    and all is turned round by `spin_deg`.
    """
    graph = Graph()
    middle = np.array([200.0, 200.0])

    def way(degrees: float) -> Floats:
        angle = np.radians(degrees + spin_deg)
        return np.array([np.sin(angle), np.cos(angle)])

    line(graph, middle - 90 * way(0), middle + 90 * way(0), WIDE[0] / 2)
    out = WIDE[0] / 2 / np.sin(np.radians(turn_deg)) + 2
    for sign, bent in ((-1, 0.0), (1, tilt_deg)):
        first = middle + sign * out * way(turn_deg)
        line(graph, first, first + sign * 60 * way(turn_deg + bent), THIN[0] / 2)
    return graph


def picture(graph: Graph) -> Floats:
    """Return excess that adds up where lines lie over one another, (400, 400)."""
    excess = np.zeros((400, 400))
    for edge in graph.edges:
        mine = np.zeros_like(excess)
        reach = round(edge.half_px[0])
        for y, x in np.rint(edge.points).astype(int):
            mine[y - reach : y + reach + 1, x - reach : x + reach + 1] = 1
        excess += 0.1 * edge.half_px[0] * mine
    return excess


def pairs_of(graph: Graph) -> tuple[Ints, Floats]:
    """Return the ends that face each other, and the odds."""
    faces = faces_of(graph, picture(graph), pixel_mm=MM, noise=0.01)
    return faces.ends, odds_of(faces)


@few
@given(st.floats(35, 90), st.floats(0, 360))
def test_a_thin_line_goes_on_behind_a_wide_one(turn: float, spin: float) -> None:
    ends, odds = pairs_of(across(turn, spin_deg=spin))
    assert ends.tolist() == [[2, 4]]
    assert odds[0] > 2


@few
@given(st.floats(60, 90), st.floats(5, 20), st.floats(5, 20))
def test_the_more_a_line_bends_the_less_likely_it_is_one(
    turn: float, tilt: float, more: float
) -> None:
    _, less = pairs_of(across(turn, tilt_deg=tilt))
    _, most = pairs_of(across(turn, tilt_deg=tilt + more))
    assert len(less) == 1
    assert not len(most) or most[0] < less[0]


def test_daughters_that_open_outward_on_both_sides_do_not_face_each_other() -> None:
    graph = across(50, tilt_deg=80)
    assert len(pairs_of(graph)[0]) == 0


def test_ends_with_nothing_between_them_do_not_face_each_other() -> None:
    graph = across(80)
    graph.edges[0].points = graph.edges[0].points + np.array([150.0, 0.0])
    assert len(pairs_of(graph)[0]) == 0


def test_lines_too_few_to_cross_face_nobody() -> None:
    graph = Graph()
    line(graph, np.array([10.0, 10.0]), np.array([10.0, 60.0]), 2.0)
    assert len(pairs_of(graph)[0]) == len(nobody().ends) == 0


def test_pairs_stay_the_same_ends_where_lines_are_cut_for_links() -> None:
    graph = across(70)
    excess = picture(graph)
    faces = faces_of(graph, excess, pixel_mm=MM, noise=0.01)
    linked = link(graph, pixel_mm=MM)
    assert len(linked.edges) > len(graph.edges)
    (one, other), (a, b) = faces.ends[0], moved(faces, graph, linked).ends[0]
    for before, after in ((one, a), (other, b)):
        was, now = graph.edges[before // 2], linked.edges[after // 2]
        np.testing.assert_array_equal(
            was.points[-(before % 2)], now.points[-(after % 2)]
        )


def test_the_surer_two_ends_are_one_the_less_leads_elsewhere_from_them() -> None:
    faces = faces_of(across(70), picture(across(70)), pixel_mm=MM, noise=0.01)
    one, other = faces.ends[0].tolist()
    pairs = np.array([[one, other], [one, 0], [0, 1], [one, other], [other, one]])
    through = np.array([False, False, False, True, True, False])
    told = faced(faces, pairs, through, np.array([other]))
    odds = float(odds_of(faces)[0])
    against = np.logaddexp(0, odds)
    np.testing.assert_allclose(told["faced"], [0, against, 0, 0, 0, against])
    doubt = np.logaddexp(0, -odds)
    np.testing.assert_allclose(told["unlike"], [0, 0, 0, doubt, doubt, 0])


def test_what_is_weighed_has_the_sign_that_it_must_have() -> None:
    from galactograph.ducts.facing import weights

    weight = dict(zip(FEATURES, weights()[0], strict=True))
    for name in ("bend", "gap_widths", "gap_mm", "wider", "calibre", "rival"):
        assert weight[name] < 0, name
