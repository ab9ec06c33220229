"""Walk a piece without a link to the nipple from one start outward, at least cost.

Every edge may be walked in two directions. Walking on through a node costs more the
more it turns and the more it widens. What hangs on the nipple is decided by `choosing`;
here stand what a walk is, and what of a forest of walks is worth keeping.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np

from galactograph.ducts.graph import Edge, Graph
from galactograph.values.arrays import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What walking costs (assumed; same unit as the links' costs)."""

    free_turn_deg: float = 25.0
    turn_cost: float = 1.2
    """Per 30 degrees beyond the free turn."""
    back_cost: float = 6.0
    """Added for turns of more than 100 degrees: ducts do not fold back."""
    widen_cost: float = 1.0
    """Per doubling of calibre outward."""
    per_mm: float = 0.01


@dataclass(slots=True, kw_only=True, eq=False)
class Walk:
    """An edge as walked from the nipple outward.

    `parent` is the place in the list of walks of the walk before, -1 for a first.
    """

    edge: Edge
    forward: bool
    parent: int
    cost: float
    children: list[int] = field(default_factory=list)

    @property
    def points(self) -> Floats:
        """Points outward."""
        return self.edge.points if self.forward else self.edge.points[::-1]

    @property
    def half_px(self) -> Floats:
        """Half-widths outward."""
        return self.edge.half_px if self.forward else self.edge.half_px[::-1]

    @property
    def strength(self) -> Floats:
        """Evidence outward."""
        return self.edge.strength if self.forward else self.edge.strength[::-1]


def walk_out(
    graph: Graph,
    starts: list[tuple[int, bool, float]],
    *,
    pixel_mm: float,
    settings: Settings | None = None,
) -> list[Walk]:
    """Walk every edge that can be reached, once, at least cost.

    Parameters
    ----------
    graph
        With links.
    starts
        (edge, forward, cost) of the first edges.
    pixel_mm
        Size of a pixel.

    Returns
    -------
    list of Walk
        Parents before children.
    """
    settings = settings or Settings()
    meeting: dict[int, list[tuple[int, bool]]] = {}
    for number, edge in enumerate(graph.edges):
        meeting.setdefault(edge.first, []).append((number, True))
        meeting.setdefault(edge.last, []).append((number, False))
    lengths = [edge.length_px * pixel_mm for edge in graph.edges]
    calibres = [edge.calibre_px for edge in graph.edges]
    walked: dict[int, int] = {}
    walks: list[Walk] = []
    # The calibre before a link is carried over it: (cost, count, edge, forward,
    # parent, calibre before, heading before).
    queue: list[tuple[float, int, int, bool, int, float]] = []
    count = 0
    for number, forward, cost in starts:
        heapq.heappush(queue, (cost, count, number, forward, -1, calibres[number]))
        count += 1
    while queue:
        cost, _, number, forward, parent, before = heapq.heappop(queue)
        if number in walked:
            continue
        edge = graph.edges[number]
        walked[number] = len(walks)
        here = len(walks)
        walks.append(Walk(edge=edge, forward=forward, parent=parent, cost=cost))
        if parent >= 0:
            walks[parent].children.append(here)
        calibre = calibres[number] if edge.seen else before
        node = edge.last if forward else edge.first
        heading = edge.heading(at_last=forward)
        for other, ahead in meeting[node]:
            if other in walked or other == number:
                continue
            onward = graph.edges[other]
            leaving = -onward.heading(at_last=not ahead)
            step = _step_cost(
                heading,
                leaving,
                calibre,
                calibres[other] if onward.seen else calibre,
                settings,
            )
            total = cost + step + onward.cost + settings.per_mm * lengths[other]
            heapq.heappush(queue, (total, count, other, ahead, here, calibre))
            count += 1
    return walks


def _step_cost(
    heading: Floats, leaving: Floats, before: float, after: float, settings: Settings
) -> float:
    turn = float(np.degrees(np.arccos(np.clip(heading @ leaving, -1, 1))))
    cost = settings.turn_cost * max(0.0, turn - settings.free_turn_deg) / 30
    if turn > 100:
        cost += settings.back_cost
    if after > 1.2 * before:
        cost += settings.widen_cost * float(np.log2(after / before))
    return cost


def keep_best(walks: list[Walk], worth: list[float]) -> list[bool]:
    """Choose the part of the forest whose worth is greatest.

    A subtree is kept if the worth of its edges adds up to more than nothing: a weak
    stretch survives if strong duct lies beyond it, a weak end does not.
    """
    total = list(worth)
    for number in reversed(range(len(walks))):
        parent = walks[number].parent
        if parent >= 0 and total[number] > 0:
            total[parent] += total[number]
    kept = [False] * len(walks)
    for number, walk in enumerate(walks):
        above = walk.parent < 0 or kept[walk.parent]
        kept[number] = above and total[number] > 0
    return kept
