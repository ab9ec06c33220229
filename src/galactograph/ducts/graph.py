"""Lines of a duct map as a graph: edges of pixels between nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from galactograph.kernels import paths as walker
from galactograph.kernels import ranks
from galactograph.values.arrays import Bools, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How far and how straight a gap may be bridged; lengths in mm (assumed)."""

    spur_mm: float = 0.5
    """Shorter free ends are drawing errors of the skeleton."""
    reach_mm: float = 1.2
    """Farthest gap to the side of another line, from its edge,"""
    reach_calibres: float = 1.0
    """and so many calibres of its own more: the wider a fork, the farther from it the
    lines of its arms break off (derived: lumina part where their borders do)."""
    jump_mm: float = 3.0
    """Farthest gap from one free end to another that continues it."""
    blocked_jump_mm: float = 10.0
    """The same for wider lines: a lesion may fill the lumen."""
    blocked_calibre_mm: float = 0.6
    side_angle_deg: float = 65.0
    """Largest angle between a free end and its way to the side of another line."""
    passing_most: float = 2.0
    """Two ends that face each other across a line are one duct behind it if the gap
    between them costs less than this,"""
    passing_cost: float = 3.0
    """a link from either to that line then costs so much more,"""
    passing_share: float = 0.5
    """and the gap this share of its cost. source of the three: measured on simulated
    dev studies, chosen on eight views and confirmed on ten others."""
    jump_angle_deg: float = 32.0
    """Largest angle on both sides of a gap between ends,"""
    near_slack: float = 1.8
    """and so many times that over a gap of a few pixels, or"""
    near_calibres: float = 2.0
    """of so many calibres: a wide fork."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Known:
    """What was measured of a line: asked for many times, and its points do not change.

    `points` and `half_px` are the arrays that it was measured on.
    """

    points: Floats
    half_px: Floats
    length_px: float
    calibre_px: float
    headings: dict[bool, Floats] = field(default_factory=dict)


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
    _known: _Known | None = field(default=None, init=False, repr=False)

    @property
    def length_px(self) -> float:
        """Length along the points."""
        return self._measured().length_px

    @property
    def calibre_px(self) -> float:
        """Median width."""
        return self._measured().calibre_px

    def heading(self, *, at_last: bool) -> Floats:
        """Return the unit vector that leaves the edge at one of its ends.

        Wide ducts are looked at over more of their course: their ends are ragged.
        """
        known = self._measured().headings
        if at_last not in known:
            known[at_last] = self._heading(at_last=at_last)
        return known[at_last]

    def _measured(self) -> _Known:
        """Return what was measured of these points and widths, measured once."""
        known = self._known
        if (
            known is None
            or known.points is not self.points
            or known.half_px is not self.half_px
        ):
            known = self._known = _Known(
                points=self.points,
                half_px=self.half_px,
                length_px=float(np.hypot(*np.diff(self.points, axis=0).T).sum()),
                calibre_px=2 * ranks.median(self.half_px),
            )
        return known

    def _heading(self, *, at_last: bool) -> Floats:
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
