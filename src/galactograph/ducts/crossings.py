"""Tell lines that cross from lines that branch, where four arms meet.

In a projection two ducts that pass over one another draw a cross: one fork of four
arms, or two forks of three arms a short stretch apart. Which arm goes on in which is
decided by direction and calibre, over both pairs at once. Grey levels, which add up
where ducts lie over one another, are not needed: a mask is enough.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from galactograph.ducts.graph import Edge, Graph
from galactograph.values.arrays import Floats

Pairs = tuple[tuple[int, int], tuple[int, int]]

PAIRINGS: tuple[Pairs, ...] = (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2)))
"""The three ways to join four arms in two lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a site is, and when a pairing is clear (assumed, but for `calibre_cost`)."""

    join_widths: float = 1.5
    """Forks nearer than this many local widths are one site."""
    skip_widths: float = 0.5
    """An arm's direction is taken beyond this many widths from its fork ..."""
    reach_widths: float = 2.0
    """... over this many widths,"""
    least_reach_px: float = 12.0
    """and over no less than this."""
    calibre_cost: float = 0.35
    """Per e-fold of calibre between two arms; source: design prototype (found)."""
    clear_turn_deg: float = 35.0
    """A line that crosses another turns less than this."""
    clear_margin: float = 0.25
    """By so much the best pairing must beat the next; 2 is a full reversal."""
    clear_calibre: float = 0.6
    """Largest e-folds of calibre between the two arms of a line that passes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Arm:
    """One line that leaves a site.

    Attributes
    ----------
    edge, at_last
        Which edge of the graph, and which of its ends lies at the site.
    start : float64, (2,)
        Row and column where it leaves.
    heading : float64, (2,)
        Unit vector away from the site.
    half_px
        Median half-width near the site.
    """

    edge: int
    at_last: bool
    start: Floats
    heading: Floats
    half_px: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Site:
    """A place where four arms meet: its nodes, arms, and the edges inside."""

    nodes: tuple[int, ...]
    inner: tuple[int, ...]
    arms: tuple[Arm, Arm, Arm, Arm]


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """The best way to join the arms of a site.

    Attributes
    ----------
    pairs
        Indices into `Site.arms`.
    cost
        0 for two straight lines of even calibre.
    margin
        How much more the next best pairing costs.
    turn_deg
        The larger turn of the two lines.
    calibre_step
        The larger difference of calibre of the two lines, in e-folds.
    """

    pairs: Pairs
    cost: float
    margin: float
    turn_deg: float
    calibre_step: float


def find_sites(graph: Graph, *, settings: Settings | None = None) -> tuple[Site, ...]:
    """Find where exactly four arms meet; links over gaps are no arms."""
    settings = settings or Settings()
    degree = graph.degrees()
    home = list(range(len(graph.nodes)))
    inner = [
        number
        for number, edge in enumerate(graph.edges)
        if edge.seen
        and min(degree[edge.first], degree[edge.last]) >= 3
        and edge.first != edge.last
        and edge.length_px < settings.join_widths * _local_width(edge)
    ]
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
            a, b, c, d = (_arm(graph, *end, settings) for end in ends)
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


def _arm(graph: Graph, number: int, at_last: bool, settings: Settings) -> Arm:  # noqa: FBT001
    """Measure where one end of an edge goes."""
    edge = graph.edges[number]
    points = edge.points[::-1] if at_last else edge.points
    half = edge.half_px[::-1] if at_last else edge.half_px
    far = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    # The skeleton of a cross bends towards its middle: look beyond the bend.
    skip = min(settings.skip_widths * 2 * float(half[0]), far[-1] / 3)
    first = int(np.searchsorted(far, skip))
    wide = 2 * float(np.median(half[first : first + 8]))
    reach = max(settings.reach_widths * wide, settings.least_reach_px)
    last = int(np.searchsorted(far, far[first] + reach))
    last = min(max(last, first + 1), len(points) - 1)
    first = min(first, last - 1)
    heading = _direction(points[first : last + 1])
    return Arm(
        edge=number,
        at_last=at_last,
        start=points[0],
        heading=heading,
        half_px=float(np.median(half[first : last + 1])),
    )


def _direction(points: Floats) -> Floats:
    """Return the unit vector of a stretch, (2,), from its mean course."""
    at = np.linspace(-1, 1, len(points))
    way = at @ (points - points.mean(0))
    if not way.any():
        way = points[-1] - points[0]
    direction: Floats = way / max(float(np.hypot(*way)), 1e-9)
    return direction


def pair(site: Site, *, settings: Settings | None = None) -> Pairing:
    """Join the arms of a site in the two lines that are straightest and most even."""
    settings = settings or Settings()
    costs = sorted(
        (sum(_cost(site.arms[i], site.arms[j], settings) for i, j in pairs), pairs)
        for pairs in PAIRINGS
    )
    best, pairs = costs[0]
    lines = [(site.arms[i], site.arms[j]) for i, j in pairs]
    return Pairing(
        pairs=pairs,
        cost=best,
        margin=costs[1][0] - best,
        turn_deg=max(_turn_deg(a, b) for a, b in lines),
        calibre_step=max(abs(_calibre_step(a, b)) for a, b in lines),
    )


def _cost(a: Arm, b: Arm, settings: Settings) -> float:
    straight = 1 + float(a.heading @ b.heading)
    return straight + settings.calibre_cost * abs(_calibre_step(a, b))


def _turn_deg(a: Arm, b: Arm) -> float:
    """Return the turn of a line that comes in by one arm and leaves by the other."""
    return float(np.degrees(np.arccos(np.clip(-(a.heading @ b.heading), -1, 1))))


def _calibre_step(a: Arm, b: Arm) -> float:
    # Half a pixel tempers the ratio of lines of a pixel or two.
    return float(np.log((a.half_px + 0.5) / (b.half_px + 0.5)))


def is_clear(pairing: Pairing, *, settings: Settings | None = None) -> bool:
    """Tell whether two lines pass through a site, beyond reasonable doubt."""
    settings = settings or Settings()
    return (
        pairing.turn_deg < settings.clear_turn_deg
        and pairing.margin > settings.clear_margin
        and pairing.calibre_step < settings.clear_calibre
    )


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
