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
from galactograph.ducts.joints import FEATURES, Arcs
from galactograph.ducts.rooting import Walk
from galactograph.values.arrays import Floats

LEAST_GAIN = 1e-6
"""Smaller gains are rounding."""
ROUNDS = 8
"""More rounds than any study needed (most were at rest after four)."""
LONGEST_TURN = 40
"""Lines in a row that are turned round at once (assumed)."""

Plan = list[tuple[int, int]]


@cache
def weights() -> tuple[Floats, float]:
    """Return the fitted weight of each feature (F,), and what no arc at all weighs."""
    text = files("galactograph.ducts").joinpath("joints.toml").read_text("utf-8")
    table = tomllib.loads(text)["weights"]
    return np.array([float(table[name]) for name in FEATURES]), float(table["none"])


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
    weight, none = weights()
    doubt: Floats = np.logaddexp(0.0, none - arcs.features @ weight)
    return doubt


def choose(arcs: Arcs, costs: Floats, count: int) -> list[int]:
    """Return the arc by which each of `count` edges is entered, -1 for none."""
    forest = _Forest(arcs, costs, count)
    forest.chosen = _cheapest(arcs, costs, count)
    forest.settle()
    for _ in range(ROUNDS):
        if not sum(forest.hang(e) + forest.turn(e) for e in range(count)):
            break
    return forest.chosen


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


class _Forest:
    """Lines with the arcs by which they are entered, and moves that make it cheaper."""

    def __init__(self, arcs: Arcs, costs: Floats, count: int) -> None:
        self.before: list[int] = arcs.before.tolist()
        self.after: list[int] = arcs.after.tolist()
        self.cost: list[float] = costs.tolist()
        self.count = count
        self.chosen = [-1] * count
        self.children: list[set[int]] = [set() for _ in range(count)]
        self.active = [False] * (2 * count)
        self.into: list[list[int]] = [[] for _ in range(2 * count)]
        self.between: dict[tuple[int, int], int] = {}
        for arc, pair in enumerate(zip(self.before, self.after, strict=True)):
            self.into[pair[1]].append(arc)
            known = self.between.get(pair)
            if known is None or self.cost[arc] < self.cost[known]:
                self.between[pair] = arc
        for ways in self.into:
            ways.sort(key=self.cost.__getitem__)

    def settle(self) -> None:
        """Note who walks where and who hangs on whom."""
        for edge, arc in enumerate(self.chosen):
            if arc >= 0:
                self.active[self.after[arc]] = True
                if self.before[arc] >= 0:
                    self.children[self.before[arc] // 2].add(edge)

    def above(self, edge: int) -> int:
        """Return the edge that one hangs on; -1 for a first."""
        before = self.before[self.chosen[edge]]
        return before // 2 if before >= 0 else -1

    def within(self, edge: int, top: int) -> bool:
        """Tell whether an edge is `top` or hangs below it."""
        while edge >= 0 and edge != top:
            edge = self.above(edge)
        return edge == top

    def enter(self, edge: int, arc: int) -> None:
        """Enter an edge by another arc."""
        self._leave(edge)
        self.chosen[edge] = arc
        self.active[self.after[arc]] = True
        if self.before[arc] >= 0:
            self.children[self.before[arc] // 2].add(edge)

    def _leave(self, edge: int) -> None:
        above = self.above(edge)
        if above >= 0:
            self.children[above].discard(edge)
        self.active[self.after[self.chosen[edge]]] = False

    def open(self, arc: int, edge: int) -> bool:
        """Tell whether an arc leads from the tree outside of `edge`'s own part."""
        before = self.before[arc]
        return before < 0 or (
            self.active[before] and not self.within(before // 2, edge)
        )

    def hang(self, edge: int) -> bool:
        """Hang an edge, with all below it, where that is cheapest."""
        if self.chosen[edge] < 0:
            return False
        now = self.cost[self.chosen[edge]] - LEAST_GAIN
        for arc in self.into[self.after[self.chosen[edge]]]:
            if self.cost[arc] >= now:
                return False
            if self.open(arc, edge):
                self.enter(edge, arc)
                return True
        return False

    def turn(self, edge: int) -> bool:
        """Turn a part of the tree round so that it is entered by the end of `edge`."""
        if self.chosen[edge] < 0:
            return False
        best: tuple[float, Plan] = (-LEAST_GAIN, [])
        for arc in self.into[self.after[self.chosen[edge]] ^ 1]:
            before = self.before[arc]
            if before >= 0 and (not self.active[before] or before // 2 == edge):
                continue
            best = self._turned(edge, arc, best)
        return bool(best[1]) and self._apply(best[1])

    def _turned(
        self, edge: int, arc: int, best: tuple[float, Plan]
    ) -> tuple[float, Plan]:
        """Return the best plan that enters `edge` by `arc`, against its direction."""
        source = self.before[arc] // 2 if self.before[arc] >= 0 else -1
        plan, gain, feeding, below = [(edge, arc)], self.cost[arc], self.before[arc], -1
        path = [edge]
        while len(path) <= LONGEST_TURN:
            moved = self._rehung(edge, below, feeding, path)
            if moved is None:
                break
            gain += sum(self.cost[a] - self.cost[self.chosen[e]] for e, a in moved)
            plan = plan + moved
            gain -= self.cost[self.chosen[edge]]
            if gain < best[0] and (source < 0 or not self.within(source, edge)):
                best = gain, plan
            above = self.above(edge)
            if above in {-1, source}:
                break
            feeding = self.after[self.chosen[edge]] ^ 1
            back = self.between.get((feeding, self.after[self.chosen[above]] ^ 1))
            if back is None:
                break
            gain += self.cost[back]
            plan = [*plan, (above, back)]
            edge, below = above, edge
            path.append(edge)
        return best

    def _rehung(
        self, edge: int, below: int, feeding: int, path: list[int]
    ) -> Plan | None:
        """Find where the children of a turned edge hang now; None if one cannot."""
        plan = []
        for child in sorted(self.children[edge]):
            if child == below:
                continue
            state = self.after[self.chosen[child]]
            arc = self.between.get((feeding, state), -1) if feeding >= 0 else -1
            for other in self.into[state]:
                if arc >= 0 and self.cost[other] >= self.cost[arc]:
                    break
                source = self.before[other] // 2 if self.before[other] >= 0 else -1
                if source not in path and self.open(other, child):
                    arc = other
                    break
            if arc < 0:
                return None
            plan.append((child, arc))
        return plan

    def _apply(self, plan: Plan) -> bool:
        """Carry a plan out; undo it if something hangs on itself then."""
        old = [(edge, self.chosen[edge]) for edge, _ in plan]
        self._carry(plan)
        if all(self._rooted(edge) for edge, _ in plan):
            return True
        self._carry(old)
        return False

    def _carry(self, plan: Plan) -> None:
        for edge, _ in plan:
            self._leave(edge)
        for edge, arc in plan:
            self.chosen[edge] = arc
            self.active[self.after[arc]] = True
            if self.before[arc] >= 0:
                self.children[self.before[arc] // 2].add(edge)

    def _rooted(self, edge: int) -> bool:
        for _ in range(self.count):
            before = self.before[self.chosen[edge]]
            if before < 0:
                return True
            if not self.active[before]:
                return False
            edge = before // 2
        return False


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
        number = _add(walks, graph.edges[edge], int(arcs.after[arc]) % 2 == 0, parent)
        walks[number].cost = cost
        waiting += [(child, number) for child in below.get(edge, [])]
    return walks


def _add(walks: list[Walk], edge: Edge, forward: bool, parent: int) -> int:  # noqa: FBT001
    number = len(walks)
    walks.append(Walk(edge=edge, forward=forward, parent=parent, cost=0.0))
    if parent >= 0:
        walks[parent].children.append(number)
    return number


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
