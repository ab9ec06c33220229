"""Tell lines that cross from lines that branch, where four arms meet.

In a projection two ducts that pass over one another draw a cross: one fork of four
arms, or two forks of three arms a short stretch apart. Which arm goes on in which is
decided by direction and calibre, over both pairs at once (`arms`).
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from galactograph.ducts.arms import (
    Arm,
    Pairing,
    Settings,
    Site,
    arm_of,
    is_clear,
    pair,
)
from galactograph.ducts.graph import Edge, Graph
from galactograph.values.arrays import Floats

__all__ = [
    "Arm",
    "Pairing",
    "Settings",
    "Site",
    "find_sites",
    "is_clear",
    "pair",
    "resolve",
]


def find_sites(graph: Graph, *, settings: Settings | None = None) -> tuple[Site, ...]:
    """Find where exactly four arms meet; links over gaps are no arms."""
    settings = settings or Settings()
    degree = graph.degrees()
    inner = [
        number
        for number, edge in enumerate(graph.edges)
        if edge.seen
        and min(degree[edge.first], degree[edge.last]) >= 3
        and edge.first != edge.last
        and edge.length_px < settings.join_widths * _local_width(edge)
    ]
    taken = {n for k in inner for n in (graph.edges[k].first, graph.edges[k].last)}
    for number in _slanting(graph, degree, settings):
        ends = {graph.edges[number].first, graph.edges[number].last}
        if not ends & taken:
            inner.append(number)
            taken |= ends
    return _gathered(graph, inner, settings)


def _slanting(graph: Graph, degree: list[int], settings: Settings) -> list[int]:
    """List edges along which two lines lie over one another, the surest first.

    Two strips of widths a and b that cross at an angle t overlap over a length of
    (a + b) / 2 / sin(t / 2) along the line between them (derived): the fork of their
    skeleton lies where their inner borders part.
    """
    ends: dict[int, list[tuple[int, bool]]] = {}
    for number, edge in enumerate(graph.edges):
        if edge.seen:
            ends.setdefault(edge.first, []).append((number, False))
            ends.setdefault(edge.last, []).append((number, True))
    found = []
    for number, edge in enumerate(graph.edges):
        if not edge.seen or degree[edge.first] != 3 or degree[edge.last] != 3:
            continue
        if edge.length_px > settings.slant_widths * _local_width(edge):
            continue
        near, far = (
            [end for end in ends[node] if end[0] != number]
            for node in (edge.first, edge.last)
        )
        if len(near) != 2 or len(far) != 2:
            continue
        a, b, c, d = (arm_of(graph, *end, settings) for end in (*near, *far))
        site = Site(nodes=(edge.first, edge.last), inner=(number,), arms=(a, b, c, d))
        fault = _slant_fault(site, edge.length_px, settings)
        if fault < 1:
            found.append((fault, number))
    return [number for _, number in sorted(found)]


def _slant_fault(site: Site, length_px: float, settings: Settings) -> float:
    """Return how far a site is from two lines over one another; 1 is too far."""
    pairing = pair(site, settings=settings)
    if {0, 1} in (set(line) for line in pairing.pairs):
        return np.inf
    lines = [_direction_of(site.arms[i], site.arms[j]) for i, j in pairing.pairs]
    cosine = abs(float(lines[0] @ lines[1]))
    half_angle = np.arccos(np.clip(cosine, 0, 1)) / 2
    width = float(np.mean([2 * a.half_px for a in site.arms]))
    stretch = width / max(float(np.sin(half_angle)), 1e-3)
    return max(
        pairing.turn_deg / settings.slant_turn_deg,
        length_px / (settings.slant_slack * stretch),
        pairing.calibre_step / settings.clear_calibre,
    )


def _direction_of(a: Arm, b: Arm) -> Floats:
    """Return the unit vector of the line that two arms make."""
    way = b.heading - a.heading
    direction: Floats = way / max(float(np.hypot(*way)), 1e-9)
    return direction


def _gathered(graph: Graph, inner: list[int], settings: Settings) -> tuple[Site, ...]:
    """Join nodes over inner edges, and list what has four arms."""
    home = list(range(len(graph.nodes)))
    for number in inner:
        edge = graph.edges[number]
        one, other = _home(home, edge.first), _home(home, edge.last)
        home[max(one, other)] = min(one, other)
    arms: dict[int, list[tuple[int, bool]]] = {}
    hidden = set(inner)
    for number, edge in enumerate(graph.edges):
        if edge.seen and number not in hidden:
            arms.setdefault(_home(home, edge.first), []).append((number, False))
            arms.setdefault(_home(home, edge.last), []).append((number, True))
    members: dict[int, list[int]] = {}
    for node in range(len(graph.nodes)):
        members.setdefault(_home(home, node), []).append(node)
    within: dict[int, list[int]] = {}
    for number in inner:
        within.setdefault(_home(home, graph.edges[number].first), []).append(number)
    sites = []
    for root, ends in arms.items():
        if len(ends) == 4:
            a, b, c, d = (arm_of(graph, *end, settings) for end in ends)
            sites.append(
                Site(
                    nodes=tuple(members[root]),
                    inner=tuple(within.get(root, ())),
                    arms=(a, b, c, d),
                )
            )
    return tuple(sites)


def _home(home: list[int], node: int) -> int:
    while home[node] != node:
        home[node] = home[home[node]]
        node = home[node]
    return node


def _local_width(edge: Edge) -> float:
    """Return the width at the wider end of an edge, px."""
    return float(2 * max(edge.half_px[0], edge.half_px[-1]))


def resolve(graph: Graph, *, settings: Settings | None = None) -> Graph:
    """Return the graph with every clear crossing split in two lines that pass.

    The nodes of such a site are replaced by two, one for each line, at the same
    place: a walk cannot turn off there. Other sites stay as they are.
    """
    settings = settings or Settings()
    clear = [
        (site, pairing.pairs)
        for site in find_sites(graph, settings=settings)
        if is_clear(pairing := pair(site, settings=settings), settings=settings)
    ]
    if not clear:
        return graph
    used = Counter(number for site, _ in clear for number in site.inner)
    split = Graph(nodes=list(graph.nodes))
    kept = [n for n in range(len(graph.edges)) if n not in used]
    place = {number: k for k, number in enumerate(kept)}
    split.edges = [_copy(graph.edges[number]) for number in kept]
    for site, pairs in clear:
        for i, j in pairs:
            _join(split, place, site.arms[i], site.arms[j])
    return split


def _copy(edge: Edge) -> Edge:
    return Edge(
        first=edge.first,
        last=edge.last,
        points=edge.points,
        half_px=edge.half_px,
        strength=edge.strength,
        cost=edge.cost,
        seen=edge.seen,
        whole_px=edge.whole_px,
        opacity=edge.opacity,
    )


def _join(split: Graph, place: dict[int, int], a: Arm, b: Arm) -> None:
    """Let two arms meet in a node of their own, half-way between their starts."""
    middle = (a.start + b.start) / 2
    node = len(split.nodes)
    split.nodes.append(middle)
    for arm in (a, b):
        edge = split.edges[place[arm.edge]]
        end = -1 if arm.at_last else 0
        edge.points = _extended(edge.points, middle, at_last=arm.at_last)
        # A cross is wider than its lines: the half-width there is the arm's.
        edge.half_px = _extended(edge.half_px, arm.half_px, at_last=arm.at_last)
        edge.strength = _extended(
            edge.strength, float(edge.strength[end]), at_last=arm.at_last
        )
        if arm.at_last:
            edge.last = node
        else:
            edge.first = node


def _extended(values: Floats, more: Floats | float, *, at_last: bool) -> Floats:
    """Add one row at an end of (M, ...) values."""
    row = np.reshape(np.asarray(more, float), (1, *values.shape[1:]))
    return np.concatenate([values, row] if at_last else [row, values])
