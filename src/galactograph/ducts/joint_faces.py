"""Ends that face each other across a line: a duct that passes over another.

The crest of a thin duct ends at the border of a wide one that it crosses, or bends into
its crest: what was one line becomes two, which end at or near the other from either
side, at different places. They lie in one line still, and are as wide and as bright as
each other. Daughters that leave a duct on both sides open outward and do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from galactograph.ducts.arms import direction
from galactograph.ducts.facing import FEATURES, Faces, nobody
from galactograph.ducts.graph import Edge, Graph
from galactograph.ducts.joint_ends import angle, crests_of, meetings_of
from galactograph.kernels import ranks
from galactograph.values.arrays import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Which ends may face each other (assumed)."""

    reach_mm: float = 4.0
    """Farthest apart."""
    most_turn_deg: float = 45.0
    """Farthest turn from one line to the other,"""
    most_bend_deg: float = 40.0
    """and from either line to the way between them,"""
    least_offset_px: float = 2.5
    """but for ends that lie so near to one line."""
    most_calibre: float = 0.9
    """Most e-folds between the calibres,"""
    most_brightness: float = 1.2
    """and between the attenuations."""
    most_gap: float = 1.9
    """A gap between lines of which neither stops free is no more than so many times
    what the line between explains: else another line joins them, and would be drawn
    twice (measured on simulated dev views)."""
    least_length_px: float = 6.0
    """Shorter lines have no direction."""
    course_px: float = 12.0
    """An end's course is taken over two widths, no less than this"""
    course_mm: float = 0.8
    """and no less than this."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Ends:
    """Where lines stop, beyond the bend at their ends; one row for each of 2 E."""

    place: Floats
    heading: Floats
    half: Floats
    crest: Floats
    length: Floats
    free: Bools
    node: Ints
    degree: Ints


def faces_of(
    graph: Graph,
    excess: Floats,
    *,
    pixel_mm: float,
    noise: float,
    settings: Settings | None = None,
) -> Faces:
    """List the ends that face each other across some line.

    Parameters
    ----------
    graph
        Of seen lines.
    excess : (H, W)
        Attenuation above the background.
    pixel_mm
        Size of a pixel.
    noise
        Of the excess, one sigma.
    """
    settings = settings or Settings()
    if len(graph.edges) < 3:
        return nobody()
    ends = _ends(graph, crests_of(graph, excess), pixel_mm, settings)
    pairs, values = _alike(ends, pixel_mm, noise, settings)
    across = _widest_between(graph, ends, pairs)
    some = across[:, 0] >= 0
    pairs, (half, sine) = pairs[some], across[some].T
    values = {name: value[some] for name, value in values.items()}
    one, other = pairs.T
    widths = ends.half[one] + ends.half[other]
    gap = np.hypot(*(ends.place[other] - ends.place[one]).T)
    expected = 2 * half / np.maximum(sine, 0.25) + widths
    values |= {
        "gap_widths": np.log((gap + 3) / (expected + 3)),
        "gap_mm": gap * pixel_mm,
        "wider": np.log((2 * half + 1) / (widths + 1)),
        "free": ends.free[one].astype(float) + ends.free[other],
        "rival": _rivals(pairs, values["bend"], len(ends.free)),
    }
    near = values["gap_widths"] < np.log(settings.most_gap)
    near |= values["free"] > 0
    features = np.stack([values[name] for name in FEATURES], axis=1)
    return Faces(ends=pairs[near], features=features[near])


def _ends(
    graph: Graph, crests: list[Floats], pixel_mm: float, settings: Settings
) -> _Ends:
    degree = graph.degrees()
    rows = []
    for number, edge in enumerate(graph.edges):
        for at_last in (0, 1):
            node = edge.last if at_last else edge.first
            free = degree[node] == 1
            first, last, long = _stretch(edge, at_last, pixel_mm, settings, free=free)
            part = slice(first, last + 1)
            step = -1 if at_last else 1
            points = edge.points[::step]
            rows.append(
                (
                    *points[first],
                    *direction(points[part]),
                    ranks.median(edge.half_px[::step][part]),
                    ranks.median(crests[number][::step][part]),
                    long,
                    free,
                    node,
                )
            )
    table = np.array(rows, float)
    return _Ends(
        place=table[:, :2],
        heading=table[:, 2:4],
        half=table[:, 4],
        crest=table[:, 5],
        length=table[:, 6],
        free=table[:, 7] > 0,
        node=table[:, 8].astype(np.int64),
        degree=np.array(degree, np.int64)[table[:, 8].astype(np.int64)],
    )


def _stretch(
    edge: Edge, at_last: int, pixel_mm: float, settings: Settings, *, free: bool
) -> tuple[int, int, float]:
    """Return the first and last point that tell a line's course, and its length."""
    points = edge.points[::-1] if at_last else edge.points
    half = edge.half_px[::-1] if at_last else edge.half_px
    far = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    # A line that runs into another bends within the other's lumen.
    skip = 0.0 if free else min(float(half[0]), far[-1] / 3)
    first = int(np.searchsorted(far, max(skip, 2.0 if far[-1] > 12 else 0.0)))
    wide = 2 * ranks.median(half[first : first + 8])
    reach = max(2 * wide, settings.course_px, settings.course_mm / pixel_mm)
    last = int(np.searchsorted(far, far[first] + reach))
    last = min(max(last, first + 1), len(points) - 1)
    return min(first, last - 1), last, float(far[-1])


def _alike(
    ends: _Ends, pixel_mm: float, noise: float, settings: Settings
) -> tuple[Ints, dict[str, Floats]]:
    """List pairs of ends (K, 2) that lie in one line and are alike, and how much."""
    reach = settings.reach_mm / pixel_mm
    pairs = cKDTree(ends.place).query_pairs(reach, output_type="ndarray")
    pairs = pairs[np.lexsort(pairs.T[::-1])].astype(np.int64)
    one, other = pairs.T
    long = np.minimum(ends.length[one], ends.length[other])
    apart = (ends.node[one] != ends.node[other]) | (ends.degree[one] > 3)
    good = (one // 2 != other // 2) & apart
    pairs = pairs[good & (long > settings.least_length_px)]
    one, other = pairs.T
    way = ends.place[other] - ends.place[one]
    along = way / np.maximum(np.hypot(*way.T), 1e-9)[:, None]
    here, there = -ends.heading[one], ends.heading[other]
    bend = np.maximum(angle(here, along), angle(along, there))
    offset = np.maximum(np.abs(_area(way, here)), np.abs(_area(way, there)))
    turn = angle(here, there)
    calibre = np.abs(np.log((ends.half[one] + 0.5) / (ends.half[other] + 0.5)))
    bright = np.log(np.maximum(ends.crest, 0) + max(noise, 1e-6))
    brightness = np.abs(bright[one] - bright[other])
    good = (
        (turn < np.radians(settings.most_turn_deg))
        & (
            (bend < np.radians(settings.most_bend_deg))
            | ((offset < settings.least_offset_px) & (bend < np.pi / 2))
        )
        & (calibre < settings.most_calibre)
        & (brightness < settings.most_brightness)
    )
    values = {
        "bend": bend,
        "turn": turn,
        "offset": offset / ((ends.half[one] + ends.half[other]) / 2 + 2),
        "calibre": calibre,
        "brightness": brightness,
    }
    return pairs[good], {name: value[good] for name, value in values.items()}


def _area(one: Floats, other: Floats) -> Floats:
    area: Floats = one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]
    return area


def _widest_between(graph: Graph, ends: _Ends, pairs: Ints) -> Floats:
    """Return half-width, px, and sine of the angle of the widest line between ends.

    (K, 2); -1 where there is none.
    """
    sizes = [len(edge.points) for edge in graph.edges]
    points = np.concatenate([edge.points for edge in graph.edges])
    half = np.concatenate([edge.half_px for edge in graph.edges])
    owner = np.repeat(np.arange(len(sizes)), sizes)
    found = np.full((len(pairs), 2), -1.0)
    start, stop = ends.place[pairs[:, 0]], ends.place[pairs[:, 1]]
    size = np.hypot(*(stop - start).T)
    along = (stop - start) / np.maximum(size, 1e-9)[:, None]
    near = cKDTree(points).query_ball_point((start + stop) / 2, size / 2 + 2)
    meeting = meetings_of(graph)
    for k, (one, other) in enumerate(pairs.tolist()):
        if ends.node[one] == ends.node[other]:
            arms = [a for a in meeting[ends.node[one]] if a not in (one, other)]
            sines = _area(ends.heading[arms], along[k])
            if sines.min() < 0 < sines.max():
                found[k] = ends.half[arms].max(), np.abs(sines).max()
            continue
        some = np.sort(np.asarray(near[k], np.int64))
        some = some[(owner[some] != one // 2) & (owner[some] != other // 2)]
        if len(some) < 2:
            continue
        rel = points[some] - start[k]
        side, far = _area(rel, along[k]), rel @ along[k]
        met = np.flatnonzero(
            (np.diff(some) == 1)
            & (owner[some][1:] == owner[some][:-1])
            & (side[1:] * side[:-1] <= 0)
            & (far[1:] >= -1)
            & (far[1:] <= size[k] + 1)
        )
        if len(met):
            at = int(some[met[np.argmax(half[some[met]])]])
            own = np.flatnonzero(owner[max(at - 8, 0) : at + 9] == owner[at])
            own += max(at - 8, 0)
            way = points[own[-1]] - points[own[0]]
            sine = abs(float(_area(way, along[k]))) / max(float(np.hypot(*way)), 1e-9)
            found[k] = ranks.median(half[own]), sine
    return found


def _rivals(pairs: Ints, bend: Floats, count: int) -> Floats:
    """Return by how much another pair of either end lies more in one line, rad."""
    least = np.full(count, np.inf)
    np.minimum.at(least, pairs[:, 0], bend)
    np.minimum.at(least, pairs[:, 1], bend)
    best: Floats = bend - np.minimum(least[pairs[:, 0]], least[pairs[:, 1]])
    return best
