"""What the traced lines make of true crossings and true forks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from benchmarks.joint_lines import STEP_MM, Lines
from benchmarks.joint_ways import TOLERANCE_MM
from galactograph.values.arrays import Bools

LEAST_SITE_MM = 0.2
"""Thinner lumina make no site (source: reading.md 6, found)."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """A true crossing (arms A in, A out, B in, B out) or fork (in, out, out)."""

    node: int
    crossing: bool
    arms: tuple[int, ...]


def true_sites(true: Lines) -> Iterable[Site]:
    """Yield crossings and forks of visible ducts of 0.2 mm and more."""
    wide = (true.calibre_mm >= LEAST_SITE_MM) & true.kept
    for node, below in enumerate(true.children):
        outer = [c for c in below if wide[c]]
        if len(outer) == 2 and wide[node] and true.parents[node] >= 0:
            mm = 1.0 + true.calibre_mm[node]
            arms = (true.up(node, mm), *(true.down(c, mm) for c in outer))
            if wide[list(arms)].all() and all(_long(true, node, a, mm) for a in arms):
                yield Site(node=node, crossing=False, arms=arms)
    for one, other, sine in _crossings(true, wide):
        mm = 0.8 + true.calibre_mm[[one, other]].mean() / max(sine, 0.2)
        pairs = [(true.up(n, mm), true.down(n, mm)) for n in (one, other)]
        arms = (*pairs[0], *pairs[1])
        if not wide[list(arms)].all() or true.apart(one, other) < 4 * mm:
            continue
        lines = ((one, arms[:2]), (other, arms[2:]))
        if all(_long(true, n, a, mm) for n, ends in lines for a in ends):
            yield Site(node=one, crossing=True, arms=arms)


def _long(true: Lines, node: int, arm: int, mm: float) -> bool:
    return bool(abs(true.along[arm] - true.along[node]) >= mm - 2 * STEP_MM)


def _crossings(true: Lines, wide: Bools) -> Iterable[tuple[int, int, float]]:
    """Yield pairs of points whose steps from their parents cross, and the sine."""
    nodes = np.flatnonzero(wide & (true.parents >= 0))
    start, stop = true.points[true.parents[nodes]], true.points[nodes]
    pairs = cKDTree((start + stop) / 2).query_pairs(STEP_MM, output_type="ndarray")
    for a, b in pairs:
        r, s, way = stop[a] - start[a], stop[b] - start[b], start[b] - start[a]
        area = r[0] * s[1] - r[1] * s[0]
        if abs(area) < 1e-9:
            continue
        t = (way[0] * s[1] - way[1] * s[0]) / area
        u = (way[0] * r[1] - way[1] * r[0]) / area
        if 0 <= t < 1 and 0 <= u < 1:
            sine = abs(area) / (np.hypot(*r) * np.hypot(*s))
            yield int(nodes[a]), int(nodes[b]), float(sine)


def said_of(site: Site, true: Lines, found: Lines, points: cKDTree) -> str:
    """Return what the traced lines make of a true site; "" if an arm is not traced."""
    traced = [_beside(arm, site, true, found, points) for arm in site.arms]
    if not all(traced):
        return ""

    def linked(i: int, j: int, most: int) -> bool:
        return any(
            found.apart(a, b)
            <= 1.6 * float(np.hypot(*(found.points[a] - found.points[b]))) + 2.0
            for a in traced[i][:most]
            for b in traced[j][:most]
        )

    # Where lines lie over one another the nearest may be another's: any may link an
    # arm with its own, only the nearest with a foreign one.
    if not site.crossing:
        return "fork" if linked(0, 1, 9) and linked(0, 2, 9) else "apart"
    own = linked(0, 1, 9), linked(2, 3, 9)
    mixed = [linked(i, j, 1) for i in (0, 1) for j in (2, 3)]
    if any(mixed):
        return "fork" if any(own) else "swapped"
    return "crossing" if all(own) else "apart"


def _beside(
    arm: int, site: Site, true: Lines, found: Lines, points: cKDTree
) -> list[int]:
    """List the traced points that run along an arm, the nearest first."""
    # Near enough to this arm that no other can be meant.
    others = true.points[[a for a in site.arms if a != arm]] - true.points[arm]
    reach = min(TOLERANCE_MM, 0.5 * float(np.hypot(*others.T).min()))
    some = np.array(points.query_ball_point(true.points[arm], reach), int)
    some = some[np.abs(found.directions[some] @ true.directions[arm]) > 0.7]
    away = np.hypot(*(found.points[some] - true.points[arm]).T)
    return [int(t) for t in some[np.argsort(away, kind="stable")]]
