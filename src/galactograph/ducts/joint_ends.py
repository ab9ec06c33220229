"""What stands at the ends of lines: place, course, width and brightness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import map_coordinates

from galactograph.ducts.graph import Graph
from galactograph.kernels import ranks
from galactograph.values.arrays import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where a line's course is taken (assumed, as in `arms`)."""

    skip_widths: float = 0.5
    """A line's course is taken beyond this many widths from its end ..."""
    reach_widths: float = 2.0
    """... over this many widths,"""
    least_reach_px: float = 12.0
    """and over no less than this."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ends:
    """What stands at the two ends of each of E edges; row 2 e + (1 at its last point).

    `place` (2 E, 2), `heading` (2 E, 2) into the edge, `half` (2 E,) half-width in px,
    `crest` (2 E,) excess along the arm, `tip` (2 E,) excess at the end itself.
    """

    place: Floats
    heading: Floats
    half: Floats
    crest: Floats
    tip: Floats


def crests_of(graph: Graph, excess: Floats) -> list[Floats]:
    """Return the excess at the points of every edge."""
    points = np.concatenate([edge.points for edge in graph.edges])
    values = map_coordinates(
        np.asarray(excess, np.float32), points.T, order=1, mode="nearest"
    )
    stops = np.cumsum([len(edge.points) for edge in graph.edges])[:-1]
    return np.split(values.astype(float), stops)


def ends_of(
    graph: Graph, crests: list[Floats], *, settings: Settings | None = None
) -> Ends:
    """Measure both ends of every edge."""
    settings = settings or Settings()
    count = 2 * len(graph.edges)
    place, heading = np.zeros((count, 2)), np.zeros((count, 2))
    half, crest, tip = np.ones(count), np.zeros(count), np.zeros(count)
    for number, edge in enumerate(graph.edges):
        for at_last in (0, 1):
            row = 2 * number + at_last
            step = -1 if at_last else 1
            points = edge.points[::step]
            place[row] = points[0]
            if not edge.seen:
                continue
            first, last = _stretch(edge.half_px[::step], len(points), settings)
            way = points[last] - points[first]
            heading[row] = way / max(float(np.hypot(*way)), 1e-9)
            half[row] = ranks.median(edge.half_px[::step][first : last + 1])
            along = crests[number][::step]
            crest[row] = ranks.median(along[first : last + 1])
            tip[row] = along[0]
    return Ends(place=place, heading=heading, half=half, crest=crest, tip=tip)


def _stretch(half: Floats, count: int, settings: Settings) -> tuple[int, int]:
    """Return the first and last point of a line that tell its course at its start."""
    first = int(min(settings.skip_widths * 2 * half[0], (count - 1) / 3))
    wide = 2 * float(half[min(first, count - 1)])
    reach = int(max(settings.reach_widths * wide, settings.least_reach_px))
    last = min(max(first + reach, first + 1), count - 1)
    return min(first, last - 1), last


def meetings_of(graph: Graph) -> list[list[int]]:
    """List the ends of seen edges at each node."""
    meeting: list[list[int]] = [[] for _ in graph.nodes]
    for number, edge in enumerate(graph.edges):
        if edge.seen:
            meeting[edge.first].append(2 * number)
            meeting[edge.last].append(2 * number + 1)
    return meeting


def angle(one: Floats, other: Floats) -> Floats:
    """Return the angles between unit vectors (N, 2), rad."""
    angle: Floats = np.arccos(np.clip((one * other).sum(axis=1), -1, 1))
    return angle
