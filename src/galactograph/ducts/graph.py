"""Lines of a duct map as a graph: edges of pixels, and plausible links over gaps.

Nothing is decided here about what belongs to what: every plausible link becomes an
edge with a cost, and `rooting` chooses among them all at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree

from galactograph.kernels import paths as walker
from galactograph.values.arrays import Bools, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How far and how straight a gap may be bridged; lengths in mm (assumed)."""

    spur_mm: float = 0.5
    """Shorter free ends are drawing errors of the skeleton."""
    reach_mm: float = 1.2
    """Farthest gap to the side of another line, from its edge."""
    jump_mm: float = 3.0
    """Farthest gap from one free end to another that continues it."""
    blocked_jump_mm: float = 10.0
    """The same for wider lines: a lesion may fill the lumen."""
    blocked_calibre_mm: float = 0.6
    side_angle_deg: float = 65.0
    """Largest angle between a free end and its way to the side of another line."""
    jump_angle_deg: float = 32.0
    """Largest angle on both sides of a gap between ends."""


@dataclass(slots=True, kw_only=True, eq=False)
class Edge:
    """A line between two nodes: points (M, 2) row and column, M >= 2.

    `half_px` (M,) is the half-width, `strength` (M,) the evidence at each point;
    `cost` is what a link costs (0 for a line that was seen); `whole_px` is the length
    of the line before it was cut where links meet it, `opacity` its attenuation per
    pixel of lumen.
    """

    first: int
    last: int
    points: Floats
    half_px: Floats
    strength: Floats
    cost: float = 0.0
    seen: bool = True
    whole_px: float = 0.0
    opacity: float = 0.0

    @property
    def length_px(self) -> float:
        """Length along the points."""
        return float(np.hypot(*np.diff(self.points, axis=0).T).sum())

    @property
    def calibre_px(self) -> float:
        """Median width."""
        return float(2 * np.median(self.half_px))

    def heading(self, *, at_last: bool) -> Floats:
        """Return the unit vector that leaves the edge at one of its ends.

        Wide ducts are looked at over more of their course: their ends are ragged.
        """
        reach = max(10, round(1.2 * self.calibre_px))
        points = self.points if at_last else self.points[::-1]
        back = points[max(0, len(points) - 1 - reach)]
        step = points[-1] - back
        heading: Floats = step / max(float(np.hypot(*step)), 1e-9)
        return heading


@dataclass(slots=True, kw_only=True, eq=False)
class Graph:
    """Nodes (K, 2) and the edges between them."""

    nodes: list[Floats] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)

    def degrees(self) -> list[int]:
        """Count the ends of seen edges at each node."""
        count = [0] * len(self.nodes)
        for edge in self.edges:
            if edge.seen:
                count[edge.first] += 1
                count[edge.last] += 1
        return count


def build(
    centreline: Bools, half_px: Floats, strength: Floats, *, spur_px: float
) -> Graph:
    """Cut a centreline (H, W) into a graph, without its short spurs."""
    skeleton = np.ascontiguousarray(centreline, np.uint8)
    for _ in range(2):
        degree = walker.degrees(skeleton)
        pixels, starts = walker.walk(skeleton, degree)
        if not _erase_spurs(skeleton, degree, pixels, starts, half_px, spur_px):
            break
    degree = walker.degrees(skeleton)
    pixels, starts = walker.walk(skeleton, degree)
    graph = Graph()
    numbers: dict[tuple[int, int], int] = {}
    for start, stop in pairwise(starts):
        path = pixels[start:stop]
        ends = []
        for pixel in (path[0], path[-1]):
            key = (int(pixel[0]), int(pixel[1]))
            if key not in numbers:
                numbers[key] = len(graph.nodes)
                graph.nodes.append(pixel.astype(float))
            ends.append(numbers[key])
        rows, columns = path[:, 0], path[:, 1]
        graph.edges.append(
            Edge(
                first=ends[0],
                last=ends[1],
                points=path.astype(float),
                half_px=np.maximum(half_px[rows, columns].astype(float), 0.5),
                strength=strength[rows, columns].astype(float),
            )
        )
        graph.edges[-1].whole_px = graph.edges[-1].length_px
    return graph


def _erase_spurs(
    skeleton: np.ndarray,
    degree: np.ndarray,
    pixels: np.ndarray,
    starts: np.ndarray,
    half_px: Floats,
    spur_px: float,
) -> bool:
    erased = False
    for start, stop in pairwise(starts):
        path = pixels[start:stop]
        ends = degree[path[0][0], path[0][1]], degree[path[-1][0], path[-1][1]]
        if min(map(int, ends)) != 1 or max(ends) < 3:
            continue
        fork = path[0] if ends[0] >= 3 else path[-1]
        if len(path) < max(spur_px, 1.3 * half_px[fork[0], fork[1]]):
            body = path[1:] if ends[0] >= 3 else path[:-1]
            skeleton[body[:, 0], body[:, 1]] = 0
            erased = True
    return erased


def link(graph: Graph, *, pixel_mm: float, settings: Settings | None = None) -> Graph:
    """Return the graph with every plausible link over a gap, as unseen edges."""
    settings = settings or Settings()
    sides = _side_links(graph, pixel_mm, settings)
    jumps = _jumps(graph, pixel_mm, settings)
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
    graph: Graph, pixel_mm: float, settings: Settings
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
    reach = settings.reach_mm / pixel_mm
    links = []
    for node, number, at_last in _free_ends(graph):
        edge = graph.edges[number]
        heading = edge.heading(at_last=at_last)
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
                (node, int(target), int(within[near[best]]), float(0.3 + cost[best]))
            )
    return links


def _jumps(
    graph: Graph, pixel_mm: float, settings: Settings
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
        slack = 1.0 if far > 5 else 1.8
        if turns.max() > limit * slack:
            continue
        ratio = abs(float(np.log(calibres[a] / calibres[b])))
        cost = 0.2 + far / most + (turns.max() / limit) ** 2 + ratio
        jumps.append((ends[a][0], ends[b][0], float(cost)))
    return jumps


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
