"""Lines that cross pass through; lines that branch stay joined."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.ducts import crossings
from galactograph.ducts.arms import Arm, Pairs, Settings, Site
from galactograph.ducts.graph import Graph
from galactograph.ducts.masks import mask_graph
from galactograph.values.arrays import Bools, Floats

pytestmark = pytest.mark.slow

LABELS = Path(__file__).parents[3] / "shared" / "data" / "crossings"
few = settings(deadline=None, max_examples=25)


def at(angle_deg: float, length: float, middle: float = 100.0) -> Floats:
    """Return the point (row, column) so far from the middle, in this direction."""
    angle = np.radians(angle_deg)
    return middle + length * np.array([np.sin(angle), np.cos(angle)])


def drawn(*lines: tuple[Floats, Floats, float], size: int = 200) -> Bools:
    """Draw straight lines of a width as a mask."""
    rows, columns = np.mgrid[:size, :size]
    canvas = np.zeros((size, size), bool)
    for first, last, width in lines:
        way = (last - first) / np.hypot(*(last - first))
        down, right = rows - first[0], columns - first[1]
        along = np.clip(down * way[0] + right * way[1], 0, np.hypot(*(last - first)))
        away = np.hypot(down - along * way[0], right - along * way[1])
        canvas |= away <= width / 2
    return canvas


def cross(turn: float, angle: float, widths: tuple[float, float]) -> Bools:
    """Draw two lines that cross at `angle`, the first in direction `turn`."""
    return drawn(
        (at(turn, 80), at(turn + 180, 80), widths[0]),
        (at(turn + angle, 80), at(turn + angle + 180, 80), widths[1]),
    )


def arm(angle_deg: float, half_px: float = 3.0) -> Arm:
    return Arm(
        edge=0,
        at_last=False,
        start=at(angle_deg, 4),
        heading=at(angle_deg, 1, 0.0),
        half_px=half_px,
    )


def site(a: Arm, b: Arm, c: Arm, d: Arm) -> Site:
    return Site(nodes=(0,), inner=(), arms=(a, b, c, d))


def groups(pairs: Pairs) -> set[frozenset[int]]:
    return {frozenset(pair) for pair in pairs}


def reached(graph: Graph, edge: int) -> set[int]:
    """Return the edges that hang together with one."""
    found, queue = {edge}, [edge]
    while queue:
        here = graph.edges[queue.pop()]
        for number, other in enumerate(graph.edges):
            meets = {here.first, here.last} & {other.first, other.last}
            if meets and number not in found:
                found.add(number)
                queue.append(number)
    return found


@few
@given(
    st.floats(0, 360),
    st.floats(40, 140),
    st.tuples(st.sampled_from([3.0, 5.0, 9.0]), st.sampled_from([3.0, 5.0, 9.0])),
)
def test_two_lines_that_cross_are_one_site_and_pass_through(
    turn: float, angle: float, widths: tuple[float, float]
) -> None:
    graph = mask_graph(cross(turn, angle, widths))
    (found,) = crossings.find_sites(graph)
    pairing = crossings.pair(found)
    for i, j in pairing.pairs:
        assert found.arms[i].heading @ found.arms[j].heading < -0.85
    assert crossings.is_clear(pairing)
    split = crossings.resolve(graph)
    assert len(split.edges) == 4
    for number in range(4):
        line = reached(split, number)
        assert len(line) == 2
        ends = np.concatenate([split.edges[n].points[[0, -1]] for n in line])
        span = np.hypot(*(ends[:, None] - ends[None]).T).max()
        assert span == pytest.approx(160, abs=14)


@few
@given(st.floats(0, 360), st.floats(35, 80), st.sampled_from([3.0, 6.0]))
def test_a_fork_stays_a_fork(turn: float, spread: float, width: float) -> None:
    middle = np.array([100.0, 100.0])
    graph = mask_graph(
        drawn(
            (middle, at(turn + 180, 80), width),
            (middle, at(turn + spread / 2, 80), width),
            (middle, at(turn - spread / 2, 80), width),
        )
    )
    assert crossings.find_sites(graph) == ()
    assert crossings.resolve(graph) is graph


def test_three_branches_of_one_trunk_are_no_clear_crossing() -> None:
    trident = site(arm(180, 6.0), arm(0, 4.0), arm(50, 3.0), arm(-50, 3.0))
    assert not crossings.is_clear(crossings.pair(trident))


def test_a_crossing_that_slants_is_two_forks_and_still_one_site() -> None:
    graph = mask_graph(cross(10, 38, (7, 7)))
    (found,) = crossings.find_sites(graph)
    assert found.inner
    assert len(found.nodes) >= 2


def test_forks_far_apart_are_two_places() -> None:
    graph = mask_graph(
        drawn(
            (at(0, 80), at(180, 80), 5),
            (at(0, 40), at(60, 80), 5),
            (at(180, 40), at(240, 80), 5),
        )
    )
    assert crossings.find_sites(graph) == ()


@few
@given(st.floats(0, 360), st.permutations([0, 1, 2, 3]))
def test_the_pairing_knows_no_order_and_no_direction(
    turn: float, order: list[int]
) -> None:
    arms = [arm(turn + a) for a in (0, 70, 185, 245)]
    a, b, c, d = (arms[k] for k in order)
    pairs = groups(crossings.pair(site(a, b, c, d)).pairs)
    assert {frozenset(order[k] for k in pair) for pair in pairs} == {
        frozenset({0, 2}),
        frozenset({1, 3}),
    }


def test_calibre_decides_where_directions_do_not() -> None:
    thin_first = site(arm(80, 2.0), arm(100, 6.0), arm(260, 2.0), arm(280, 6.0))
    assert groups(crossings.pair(thin_first).pairs) == {
        frozenset({0, 2}),
        frozenset({1, 3}),
    }
    swapped = site(arm(80, 2.0), arm(100, 6.0), arm(260, 6.0), arm(280, 2.0))
    assert groups(crossings.pair(swapped).pairs) == {
        frozenset({0, 3}),
        frozenset({1, 2}),
    }
    # Blind to calibre, the straighter way is taken.
    blind = crossings.pair(swapped, settings=replace(Settings(), calibre_cost=0.0))
    assert groups(blind.pairs) == {frozenset({0, 2}), frozenset({1, 3})}


def test_numbers_of_a_pairing_by_hand() -> None:
    right = crossings.pair(site(arm(0), arm(90), arm(180), arm(270)))
    assert groups(right.pairs) == {frozenset({0, 2}), frozenset({1, 3})}
    assert right.cost == pytest.approx(0, abs=1e-9)
    assert right.margin == pytest.approx(2)
    assert right.turn_deg == pytest.approx(0, abs=1e-4)
    bent = crossings.pair(site(arm(0), arm(90), arm(160), arm(270)))
    assert bent.turn_deg == pytest.approx(20)
    assert bent.cost == pytest.approx(1 - np.cos(np.radians(20)))


def test_links_over_gaps_are_no_arms() -> None:
    graph = mask_graph(cross(0, 90, (5, 5)))
    graph.edges[0].seen = False
    assert crossings.find_sites(graph) == ()


def test_a_wall_of_crossings_comes_apart_in_its_lines() -> None:
    lines = [
        (np.array([r, 10.0]), np.array([r, 190.0]), 5.0) for r in (50.0, 100.0, 150.0)
    ]
    lines += [(a[::-1].copy(), b[::-1].copy(), w) for a, b, w in lines]
    split = crossings.resolve(mask_graph(drawn(*lines)))
    parts = {frozenset(reached(split, number)) for number in range(len(split.edges))}
    assert len(parts) == 6
    assert all(len(part) == 4 for part in parts)


@pytest.mark.skipif(not LABELS.is_dir(), reason="needs the label maps of real eyes")
def test_arms_are_paired_rightly_at_real_crossings() -> None:
    right = sites = 0
    for path in sorted(LABELS.glob("*.png"))[:4]:
        colours = np.asarray(cv2.imread(str(path)))[..., ::-1] > 128
        red, green, blue = (colours[..., k] for k in range(3))
        arteries, veins = red & ~green, blue & ~green
        graph = mask_graph(red | green | blue)
        for found in crossings.find_sites(graph):
            kinds = [vessel(graph, a, arteries, veins) for a in found.arms]
            if sorted(kinds) == [-1, -1, 1, 1]:
                sites += 1
                pairs = crossings.pair(found).pairs
                right += all(kinds[i] == kinds[j] for i, j in pairs)
    assert sites > 100
    assert right / sites >= 0.98


def vessel(graph: Graph, of: Arm, arteries: Bools, veins: Bools) -> int:
    points = graph.edges[of.edge].points
    near = (points[::-1] if of.at_last else points)[:30]
    rows, columns = np.rint(near).astype(int).T
    return int(np.sign(int(arteries[rows, columns].sum()) - veins[rows, columns].sum()))
