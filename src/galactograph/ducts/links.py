"""Plausible links over gaps in the lines of a graph.

Nothing is decided here about what belongs to what: every plausible link becomes an
edge with a cost, and `rooting` chooses among them all at once.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree

from galactograph.ducts.graph import Edge, Graph, Settings

__all__ = ["Settings", "link"]

Side = tuple[int, int, int, float]
Jump = tuple[int, int, float]


def link(
    graph: Graph,
    *,
    pixel_mm: float,
    settings: Settings | None = None,
) -> Graph:
    """Return the graph with every plausible link over a gap, as unseen edges."""
    settings = settings or Settings()
    sides = _side_links(graph, pixel_mm, settings)
    jumps = _jumps(graph, pixel_mm, settings)
    sides, jumps = _passing(graph, sides, jumps, settings)
    linked = _split(graph, sides)
    for one, other, cost in jumps:
        linked.edges.append(_bridge(linked, one, other, cost))
    return linked


def _free_ends(graph: Graph) -> list[tuple[int, int, bool]]:
    """List (node, edge, whether it is the edge's last) of ends that meet nothing."""
    degree = graph.degrees()
    return [
        (node, number, at_last)
        for number, edge in enumerate(graph.edges)
        for node, at_last in ((edge.first, False), (edge.last, True))
        if degree[node] == 1 and edge.first != edge.last
    ]


def _side_links(
    graph: Graph,
    pixel_mm: float,
    settings: Settings,
) -> list[tuple[int, int, int, float]]:
    """Find links from free ends to other lines: (node, edge, point, cost)."""
    if not graph.edges:
        return []
    points = np.concatenate([edge.points for edge in graph.edges])
    owner = np.repeat(
        np.arange(len(graph.edges)), [len(edge.points) for edge in graph.edges]
    )
    within = np.concatenate([np.arange(len(edge.points)) for edge in graph.edges])
    half = np.concatenate([edge.half_px for edge in graph.edges])
    tree = cKDTree(points)
    widest = float(half.max())
    links = []
    for node, number, at_last in _free_ends(graph):
        edge = graph.edges[number]
        heading = edge.heading(at_last=at_last)
        own = settings.reach_calibres * edge.calibre_px
        reach = settings.reach_mm / pixel_mm + own
        near = np.array(tree.query_ball_point(graph.nodes[node], reach + widest))
        near = near[owner[near] != number]
        if not len(near):
            continue
        way = points[near] - graph.nodes[node]
        far = np.hypot(*way.T)
        turn = np.degrees(
            np.arccos(np.clip(way @ heading / np.maximum(far, 1e-9), -1, 1))
        )
        gap = np.maximum(far - half[near], 0.0)
        good = (gap <= reach) & ((turn < settings.side_angle_deg) | (far < 2.5))
        if not good.any():
            continue
        near, gap, turn, far = near[good], gap[good], turn[good], far[good]
        cost = gap / reach + (turn / settings.side_angle_deg) ** 2 * np.minimum(
            1, far / 4
        )
        for target in np.unique(owner[near]):
            mine = np.flatnonzero(owner[near] == target)
            best = mine[np.argmin(cost[mine])]
            links.append(
                (node, int(target), int(within[near[best]]), 0.3 + float(cost[best]))
            )
    return links


def _jumps(
    graph: Graph,
    pixel_mm: float,
    settings: Settings,
) -> list[tuple[int, int, float]]:
    """Find links between free ends that continue one another: (node, node, cost)."""
    ends = _free_ends(graph)
    if len(ends) < 2:
        return []
    places = np.array([graph.nodes[node] for node, _, _ in ends])
    headings = np.array(
        [graph.edges[number].heading(at_last=last) for _, number, last in ends]
    )
    calibres = np.array([graph.edges[number].calibre_px for _, number, _ in ends])
    pairs = cKDTree(places).query_pairs(
        settings.blocked_jump_mm / pixel_mm, output_type="ndarray"
    )
    jumps = []
    limit = settings.jump_angle_deg
    for a, b in pairs:
        if ends[a][1] == ends[b][1]:
            continue
        way = places[b] - places[a]
        far = float(np.hypot(*way))
        calibre = min(calibres[a], calibres[b])
        blocked = calibre * pixel_mm >= settings.blocked_calibre_mm
        most = settings.blocked_jump_mm if blocked else settings.jump_mm
        most = min(most / pixel_mm, 12 * calibre + 6)
        if far > most or far < 1e-6:
            continue
        turns = np.degrees(
            np.arccos(
                np.clip([way @ headings[a] / far, -way @ headings[b] / far], -1, 1)
            )
        )
        wide = settings.near_calibres * max(calibres[a], calibres[b])
        slack = 1.0 if far > max(5.0, wide) else settings.near_slack
        if turns.max() > limit * slack:
            continue
        ratio = abs(float(np.log(calibres[a] / calibres[b])))
        cost = 0.2 + far / most + (turns.max() / limit) ** 2 + ratio
        jumps.append((ends[a][0], ends[b][0], float(cost)))
    return jumps


def _passing(
    graph: Graph,
    sides: list[Side],
    jumps: list[Jump],
    settings: Settings,
) -> tuple[list[Side], list[Jump]]:
    """Let thin lines pass behind wide ones: two arms that go on in one another.

    The crest of a thin duct ends at the border of a wide one that crosses it. Two such
    ends face each other over the same stretch of the wide line, in one direction and
    of one calibre; two daughters that leave a duct so are rare.
    """
    targets: dict[int, dict[int, int]] = {}
    for node, target, point, _ in sides:
        targets.setdefault(node, {})[target] = point
    behind: set[tuple[int, int]] = set()
    kept = []
    for one, other, cost in jumps:
        shared = targets.get(one, {}).keys() & targets.get(other, {}).keys()
        across = {t for t in shared if _faces(graph, one, other, t)}
        passes = bool(across) and cost < settings.passing_most
        if passes:
            behind |= {(node, target) for target in across for node in (one, other)}
        kept.append((one, other, cost * settings.passing_share if passes else cost))
    return [
        (n, t, p, c + (settings.passing_cost if (n, t) in behind else 0.0))
        for n, t, p, c in sides
    ], kept


def _faces(graph: Graph, one: int, other: int, target: int) -> bool:
    """Tell whether two nodes lie on either side of a line."""
    points = graph.edges[target].points
    ends = graph.nodes[one], graph.nodes[other]
    middle = (ends[0] + ends[1]) / 2
    near = int(np.argmin(np.hypot(*(points - middle).T)))
    way = points[min(near + 3, len(points) - 1)] - points[max(near - 3, 0)]
    sides = [
        way[0] * (end - points[near])[1] - way[1] * (end - points[near])[0]
        for end in ends
    ]
    return bool(sides[0] * sides[1] < 0)


def _split(graph: Graph, links: list[tuple[int, int, int, float]]) -> Graph:
    """Cut edges where links meet their sides, and add the links."""
    cuts: dict[int, set[int]] = {}
    for _, number, point, _ in links:
        cuts.setdefault(number, set()).add(point)
    split = Graph(nodes=list(graph.nodes))
    place: dict[tuple[int, int], int] = {}
    for number, edge in enumerate(graph.edges):
        last = len(edge.points) - 1
        place[number, 0], place[number, last] = edge.first, edge.last
        stops = [0]
        for point in sorted(cuts.get(number, ())):
            if point - stops[-1] < 3:
                place[number, point] = place[number, stops[-1]]
            elif last - point < 3:
                place[number, point] = edge.last
            else:
                place[number, point] = len(split.nodes)
                split.nodes.append(edge.points[point])
                stops.append(point)
        stops.append(last)
        for start, stop in pairwise(stops):
            split.edges.append(
                Edge(
                    first=place[number, start],
                    last=place[number, stop],
                    points=edge.points[start : stop + 1],
                    half_px=edge.half_px[start : stop + 1],
                    strength=edge.strength[start : stop + 1],
                    whole_px=edge.whole_px,
                    opacity=edge.opacity,
                )
            )
    for node, number, point, cost in links:
        other = place[number, point]
        if other != node:
            split.edges.append(_bridge(split, node, other, cost))
    return split


def _bridge(graph: Graph, one: int, other: int, cost: float) -> Edge:
    start, stop = graph.nodes[one], graph.nodes[other]
    count = max(2, int(np.hypot(*(stop - start))) + 1)
    points = start + np.linspace(0, 1, count)[:, None] * (stop - start)
    return Edge(
        first=one,
        last=other,
        points=points,
        half_px=np.full(count, 0.5),
        strength=np.zeros(count),
        cost=cost,
        seen=False,
    )
