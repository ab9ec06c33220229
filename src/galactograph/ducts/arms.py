"""Four arms that meet: where each goes, and which goes on in which.

Decided by direction and calibre, over both lines at once. Grey levels, which add up
where ducts lie over one another, are not needed: a mask is enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galactograph.ducts.graph import Graph
from galactograph.kernels import ranks
from galactograph.values.arrays import Floats

Pairs = tuple[tuple[int, int], tuple[int, int]]

PAIRINGS: tuple[Pairs, ...] = (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2)))
"""The three ways to join four arms in two lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a site is, and when a pairing is clear (assumed, but for `calibre_cost`)."""

    join_widths: float = 1.5
    """Forks nearer than this many local widths are one site."""
    slant_widths: float = 6.0
    """Forks up to this far apart are one site if two lines lie over one another
    between them, as far as their angle and widths say they must."""
    slant_turn_deg: float = 20.0
    """Such lines turn less than this."""
    slant_slack: float = 1.5
    """Such lines share no more than this many times the computed stretch."""
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


def arm_of(graph: Graph, number: int, at_last: bool, settings: Settings) -> Arm:  # noqa: FBT001
    """Measure where one end of an edge goes."""
    edge = graph.edges[number]
    points = edge.points[::-1] if at_last else edge.points
    half = edge.half_px[::-1] if at_last else edge.half_px
    far = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    # The skeleton of a cross bends towards its middle: look beyond the bend.
    skip = min(settings.skip_widths * 2 * float(half[0]), far[-1] / 3)
    first = int(np.searchsorted(far, skip))
    wide = 2 * ranks.median(half[first : first + 8])
    reach = max(settings.reach_widths * wide, settings.least_reach_px)
    last = int(np.searchsorted(far, far[first] + reach))
    last = min(max(last, first + 1), len(points) - 1)
    first = min(first, last - 1)
    heading = direction(points[first : last + 1])
    return Arm(
        edge=number,
        at_last=at_last,
        start=points[0],
        heading=heading,
        half_px=ranks.median(half[first : last + 1]),
    )


def direction(points: Floats) -> Floats:
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
