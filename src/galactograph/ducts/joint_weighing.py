"""What speaks for walking on from one line to another: angles, ratios, lengths."""

from __future__ import annotations

import numpy as np

from galactograph.ducts.graph import Graph
from galactograph.ducts.joint_ends import Ends, angle, meetings_of
from galactograph.values.arrays import Bools, Floats, Ints

DIRECT, JUMP, SIDE, PASS, ROOT, THROUGH = range(6)
"""How an arc leads on: see `joints`."""

STRAIGHT_DEG = 35.0
"""Two lines that turn less, and have no straighter partner, are one (assumed)."""
THIN_MM = 0.25
"""Thinner half-widths speak against a beginning (assumed)."""
MOST_STEP = 3.0
"""Larger steps of brightness, in e-folds, count as this (assumed)."""


def joins(
    graph: Graph,
    ends: Ends,
    mid: Floats,
    pairs: Ints,
    kind: Ints,
    noise: float,
) -> dict[str, Floats]:
    """Weigh how two ends suit one another; the gap is in px."""
    one, other = pairs.T
    turn = angle(-ends.heading[one], ends.heading[other])
    way = ends.place[other] - ends.place[one]
    far = np.hypot(*way.T)
    along = way / np.maximum(far, 1e-9)[:, None]
    bend = np.maximum(
        angle(-ends.heading[one], along), angle(along, ends.heading[other])
    )
    calibre = ends.half[one] + ends.half[other]
    # Half a pixel tempers the ratio of lines of a pixel or two.
    ratio = np.log((ends.half[other] + 0.5) / (ends.half[one] + 0.5))
    direct = kind == DIRECT
    # The gap across a line is weighed where ends face each other (`facing`).
    met = direct | (kind == THROUGH)
    before, after = _others(one, other, turn, direct)
    crossed = np.minimum(np.maximum(before, after), 1)
    whole = _step(mid[one // 2], mid[other // 2], noise)
    straight = direct & (before <= 0) & (after <= 0) & (turn < np.radians(STRAIGHT_DEG))
    line = _along_lines(graph, _logarithm(mid, noise), pairs[straight])
    return {
        "turn": turn,
        "straighter": after,
        "widen": np.maximum(0, ratio),
        "bend": np.where(met, 0, bend * np.minimum(1, far / (calibre + 3))),
        "gap_mm": np.where(met, 0, far),
        "gap_calibres": np.where(met, 0, np.log1p(far / (calibre + 1))),
        "added": np.where(direct, _added(ends, one, other) * crossed, 0),
        "dimmer": np.maximum(0, -_step(ends.crest[one], ends.crest[other], noise)),
        "whole_brighter": np.maximum(0, whole),
        "whole_dimmer": np.maximum(0, -whole),
        "third_bright": _third(graph, ends, pairs, direct, noise),
        "line_step": np.clip(line[other // 2] - line[one // 2], -MOST_STEP, MOST_STEP),
    }


def _others(
    one: Ints, other: Ints, turn: Floats, direct: Bools
) -> tuple[Floats, Floats]:
    """Return how much straighter the best other partner of each end is, rad."""
    count = int(max(one.max(initial=0), other.max(initial=0))) + 1
    best = np.full(count, np.inf)
    np.minimum.at(best, one[direct], turn[direct])
    np.minimum.at(best, other[direct], turn[direct])
    return (
        np.where(direct, turn - np.minimum(best[one], turn), 0),
        np.where(direct, turn - np.minimum(best[other], turn), 0),
    )


def _added(ends: Ends, one: Ints, other: Ints) -> Floats:
    """Return how far attenuations add up where lines meet, in units of the lesser.

    Over one another two lumina add up: the site exceeds the larger arm by the smaller.
    Where a duct divides, the site is one lumen. source: derived from the law of
    attenuation; measured in `reading.md` 5.
    """
    site = np.maximum(ends.tip[one], ends.tip[other])
    arms = ends.crest[one], ends.crest[other]
    most, least = np.maximum(*arms), np.minimum(*arms)
    added: Floats = np.clip((site - most) / np.maximum(least, 1e-4), -1, 1.5)
    return added


def outward(
    ends: Ends, after: Ints, nipple: Floats, pixel_mm: float
) -> dict[str, Floats]:
    """Tell whether a line as walked leads away from the nipple."""
    start, stop = ends.place, ends.place[np.arange(len(ends.place)) ^ 1]
    here = start - nipple
    near = np.hypot(*here.T)
    here = here / np.maximum(near, 1e-9)[:, None]
    farther = (np.hypot(*(stop - nipple).T) - near) * pixel_mm / 10
    return {
        "away": (ends.heading * here).sum(axis=1)[after],
        "farther": np.clip(farther, -1.5, 1.5)[after],
    }


def begins(
    graph: Graph, ends: Ends, roots: Ints, nipple: Floats, pixel_mm: float
) -> dict[str, Floats]:
    """Weigh the beginnings of trees."""
    meeting = meetings_of(graph)
    far = np.hypot(*(ends.place[roots] - nipple).T)
    nodes = [
        graph.edges[r // 2].last if r % 2 else graph.edges[r // 2].first for r in roots
    ]
    return {
        "root_far": np.log1p(far * pixel_mm),
        "root_thin": np.maximum(0, np.log2(THIN_MM / (ends.half[roots] * pixel_mm))),
        "root_met": np.array([float(len(meeting[n]) > 1) for n in nodes]),
    }


def _logarithm(values: Floats, noise: float) -> Floats:
    """Return the logarithm of attenuations, tempered by the noise."""
    tempered: Floats = np.log(np.maximum(values, 0) + max(noise, 1e-6))
    return tempered


def _step(before: Floats, after: Floats, noise: float) -> Floats:
    """Return the logarithm of the ratio of attenuations."""
    step = _logarithm(after, noise) - _logarithm(before, noise)
    return np.clip(step, -MOST_STEP, MOST_STEP)


def _along_lines(graph: Graph, values: Floats, pairs: Ints) -> Floats:
    """Return values of edges (E,), shared with those that go straight on.

    Between two crossings a line is short and its brightness uncertain; its own course
    before and after tells it better.
    """
    one, other = pairs.T // 2
    mass = np.array([edge.length_px * edge.seen for edge in graph.edges])
    total = values * mass
    for _ in range(3):
        more, mass_more = total.copy(), mass.copy()
        np.add.at(more, other, 0.5 * total[one])
        np.add.at(mass_more, other, 0.5 * mass[one])
        total, mass = more, mass_more
    shared: Floats = np.where(mass > 0, total / np.maximum(mass, 1e-9), values)
    return shared


def tips(graph: Graph) -> Floats:
    """Tell which states walk to a free end (1), from one (-1), or neither, by state."""
    degree = graph.degrees()
    found = np.zeros(2 * len(graph.edges))
    for number, edge in enumerate(graph.edges):
        free = float(degree[edge.last] == 1) - float(degree[edge.first] == 1)
        found[2 * number : 2 * number + 2] = free, -free
    return found


def _third(
    graph: Graph, ends: Ends, pairs: Ints, direct: Bools, noise: float
) -> Floats:
    """Return how much brighter the third arm of a fork is than the one before.

    A trunk is wider than both of its daughters, so that it attenuates more.
    """
    found = np.zeros(len(pairs))
    home: dict[int, list[int]] = {}
    for here in meetings_of(graph):
        if len(here) == 3:
            home.update(dict.fromkeys(here, here))
    rows = [
        (k, sum(home[a]) - a - b)
        for k, (a, b) in enumerate(pairs.tolist())
        if direct[k] and a in home
    ]
    if rows:
        at, third = np.array(rows).T
        found[at] = _step(ends.crest[pairs[at, 0]], ends.crest[third], noise)
    return found
