"""Choose one parent and one direction for every line, all at once.

Each line gets one of the arcs that lead into it (`joints`), so that all hang together
from the nipple outward and the arcs cost least in sum: what an arc costs is how much
surprise it is, by weights fitted on simulated dev studies. First the cheapest way from
the nipple to each line is taken; then lines are hung elsewhere, or a part of the tree
is turned round and entered at another place, as long as that is cheaper.
"""

from __future__ import annotations

import heapq
import tomllib
from functools import cache
from importlib.resources import files

import numpy as np

from galactograph.ducts.graph import Edge, Graph
from galactograph.ducts.joints import FEATURES, THROUGH, Arcs
from galactograph.ducts.rooting import Walk
from galactograph.kernels import hanging
from galactograph.kernels.hanging import Forest
from galactograph.values.arrays import Floats

LEAST_GAIN = 1e-6
"""Smaller gains are rounding."""
ROUNDS = 8
"""More rounds than any study needed (most were at rest after four)."""
LONGEST_TURN = 40
"""Lines in a row that are turned round at once (assumed)."""


@cache
def _table() -> dict[str, float]:
    text = files("galactograph.ducts").joinpath("joints.toml").read_text("utf-8")
    table = tomllib.loads(text)["weights"]
    return {name: float(value) for name, value in table.items()}


def weights() -> tuple[Floats, float]:
    """Return the fitted weight of each feature (F,), and what no arc at all weighs."""
    table = _table()
    return np.array([table[name] for name in FEATURES]), table["none"]


def clutter() -> float:
    """Return what no arc at all weighs where it is asked whether to keep a line."""
    return _table()["clutter"]


def costs_of(arcs: Arcs, count: int) -> Floats:
    """Return what each arc costs (J,): minus the logarithm of its chance, in nats.

    A line may be entered by one of its arcs, or be clutter and by none; `count` is the
    number of edges.
    """
    weight, none = weights()
    score = arcs.features @ weight
    edge = arcs.after // 2
    best = np.full(count, none)
    np.maximum.at(best, edge, score)
    total = np.exp(none - best) + np.bincount(
        edge, np.exp(score - best[edge]), minlength=count
    )
    cost: Floats = (best + np.log(total))[edge] - score
    return cost


def doubts_of(arcs: Arcs) -> Floats:
    """Return the doubt that an arc leads on to duct at all (J,), in nats.

    Of two equal ways into a line each is doubtful, but not that the line is duct.
    """
    weight, _ = weights()
    doubt: Floats = np.logaddexp(0.0, clutter() - arcs.features @ weight)
    return doubt


def choose(arcs: Arcs, costs: Floats, count: int) -> list[int]:
    """Return the arc by which each of `count` edges is entered, -1 for none."""
    forest = _forest(arcs, costs, count, _cheapest(arcs, costs, count))
    hanging.settle(forest, ROUNDS, LEAST_GAIN, LONGEST_TURN)
    chosen: list[int] = forest.chosen.tolist()
    return chosen


def _cheapest(arcs: Arcs, costs: Floats, count: int) -> list[int]:
    """Return the arcs of the cheapest ways from the nipple."""
    onward: list[list[int]] = [[] for _ in range(2 * count)]
    for arc, before in enumerate(arcs.before.tolist()):
        if before >= 0:
            onward[before].append(arc)
    after, cost = arcs.after.tolist(), costs.tolist()
    queue = [(cost[arc], arc) for arc in np.flatnonzero(arcs.before < 0).tolist()]
    heapq.heapify(queue)
    chosen = [-1] * count
    while queue:
        total, arc = heapq.heappop(queue)
        state = after[arc]
        if chosen[state // 2] >= 0:
            continue
        chosen[state // 2] = arc
        for more in onward[state]:
            if chosen[after[more] // 2] < 0:
                heapq.heappush(queue, (total + cost[more], more))
    return chosen


def _forest(arcs: Arcs, costs: Floats, count: int, chosen: list[int]) -> Forest:
    """Return lines with the arcs by which they are entered, for the kernel."""
    before, after = arcs.before.astype(np.int64), arcs.after.astype(np.int64)
    into = np.lexsort((costs, after))
    keys = np.where(before >= 0, before * 2 * count + after, -1)
    # Of several arcs between two states the cheapest.
    order = np.lexsort((costs, keys))
    keys, first = np.unique(keys[order], return_index=True)
    none = np.full(count, -1)
    return Forest(
        before=before,
        after=after,
        cost=np.asarray(costs, float),
        starts=np.searchsorted(after[into], np.arange(2 * count + 1)),
        into=into,
        keys=keys,
        between=order[first],
        chosen=np.array(chosen, np.int64),
        head=none,
        following=none.copy(),
        previous=none.copy(),
        active=np.zeros(2 * count, bool),
    )


def walks_of(graph: Graph, arcs: Arcs, chosen: list[int], costs: Floats) -> list[Walk]:
    """Return the chosen arcs as walks, parents first; links are walks of their own."""
    below: dict[int, list[int]] = {}
    for edge, arc in enumerate(chosen):
        if arc >= 0:
            before = int(arcs.before[arc])
            below.setdefault(before // 2 if before >= 0 else -1, []).append(edge)
    walks: list[Walk] = []
    bridges: dict[tuple[int, int], int] = {}
    waiting = [(edge, -1) for edge in below.get(-1, [])]
    while waiting:
        edge, parent = waiting.pop()
        arc = chosen[edge]
        over = int(arcs.over[arc])
        cost = float(costs[arc]) + (walks[parent].cost if parent >= 0 else 0.0)
        if over >= 0:
            key = (parent, over)
            if key not in bridges:
                bridges[key] = _add(walks, *_bridge(graph, over, walks[parent]), parent)
                walks[-1].cost = cost
            parent = bridges[key]
            cost = max(cost, walks[parent].cost)
        forward = int(arcs.after[arc]) % 2 == 0
        if arcs.kind[arc] == THROUGH:
            across = _across(walks[parent], graph.edges[edge], forward=forward)
            parent = _add(walks, across, True, parent)
            walks[-1].cost = cost
        number = _add(walks, graph.edges[edge], forward, parent)
        walks[number].cost = cost
        waiting += [(child, number) for child in below.get(edge, [])]
    return walks


def _add(walks: list[Walk], edge: Edge, forward: bool, parent: int) -> int:  # noqa: FBT001
    number = len(walks)
    walks.append(Walk(edge=edge, forward=forward, parent=parent, cost=0.0))
    if parent >= 0:
        walks[parent].children.append(number)
    return number


def _across(before: Walk, after: Edge, *, forward: bool) -> Edge:
    """Return the straight way over a line that is crossed, as something not seen."""
    start = before.points[-1]
    way = after.points[0 if forward else -1] - start
    count = max(2, int(np.hypot(*way)) + 1)
    return Edge(
        first=before.edge.last if before.forward else before.edge.first,
        last=after.first if forward else after.last,
        points=start + np.linspace(0, 1, count)[:, None] * way,
        half_px=np.full(count, 0.5),
        strength=np.zeros(count),
        seen=False,
    )


def _bridge(graph: Graph, over: int, before: Walk) -> tuple[Edge, bool]:
    """Return the way over an edge from where a walk ends, as something not seen."""
    edge = graph.edges[over]
    start = graph.nodes[edge.first] - before.points[-1]
    stop = graph.nodes[edge.last] - before.points[-1]
    forward = bool(np.hypot(*start) <= np.hypot(*stop))
    if not edge.seen:
        return edge, forward
    # The line itself belongs to the duct that it is passed with.
    return Edge(
        first=edge.first,
        last=edge.last,
        points=edge.points,
        half_px=np.full(len(edge.points), 0.5),
        strength=np.zeros(len(edge.points)),
        seen=False,
    ), forward
