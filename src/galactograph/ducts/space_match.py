"""Say which branch of one view is which branch of another.

A point of a duct lies equally far behind the nipple in both views, and its lumen is as
wide and as opaque. Points alone are not told apart by that; the ways to them are. The
best way from the nipple outward that two trees have in common is found first, by
dynamic programming over all pairs of points (no point before its parent). Then the best
way that leaves it in both trees at the same fork, and so on. What is left, or would do
as well elsewhere, stays unmatched.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galactograph.ducts.space_lines import Lines
from galactograph.kernels.alignments import NEVER, ahead, align
from galactograph.values.arrays import Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """When two points may be one."""

    sigma_behind_mm: float = 1.5
    """Two views tell the depth of one point this differently, until it is learnt
    (assumed)."""
    least_sigma_mm: float = 0.5
    """And no less than this, however well they agree. source: 0.1 to 0.25 mm on
    simulated dev studies, where no breast rolls (measured), with a margin"""
    least_agreed: int = 12
    """Pairs from which it is learnt."""
    sigma_calibre: float = 0.25
    """Of the difference of two log calibres (assumed: thin ducts 20 %)."""
    sigma_opacity: float = 0.4
    """Of the difference of two log opacities (assumed: it varies by view)."""
    worst: float = -2.0
    """Least gain of a pair: one foreign point does not end a way (assumed)."""
    fork_mm: float = 5.0
    """Farthest that a fork may seem to be from its twin, along the duct (assumed)."""
    least_score: float = 2.0
    """Ways in common that earn less, in mm of perfect fit, are no matches (assumed)."""
    mm_per_e: float = 8.0
    """A way that earns so much more is e times as likely: neighbours err alike, so many
    mm are one witness. source: fits how often matches are right on simulated dev
    studies (measured)"""
    least_sure: float = 0.4
    """Less sure twins are not told. source: 88 % of what is left lies within 4 mm on
    simulated dev studies (measured)"""
    same_mm: float = 4.0
    """Twins nearer to one another than this put a point at the same place."""
    most_ways: int = 80
    """So many ways are enough for any lobe."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Match:
    """Which points of two trees of A and B points belong together.

    Attributes
    ----------
    twin_a : int32, (A,)
        Point of the other tree, -1 where there is none.
    twin_b : int32, (B,)
    sure_a, sure_b : float64, (A,), (B,)
        How much of the belief lies within 4 mm of the twin, in [0, 1].
    spread_a, spread_b : float64, (A,), (B,)
        How far across the other view it spreads, mm.
    """

    twin_a: Ints
    twin_b: Ints
    sure_a: Floats
    sure_b: Floats
    spread_a: Floats
    spread_b: Floats


def match(a: Lines, b: Lines, settings: Settings | None = None) -> Match:
    """Match two trees that are rooted at the nipple.

    How differently the views tell depth is learnt from a first match: breasts roll,
    and a guessed nipple moves all.
    """
    settings = settings or Settings()
    deeper, unlike = _compared(a, b, settings)
    loose = _gain(deeper, unlike, settings.sigma_behind_mm, settings)
    first = _matched(a, b, loose, settings)
    shift, sigma = _agreed(a, deeper, first, settings)
    return _matched(a, b, _gain(deeper - shift, unlike, sigma, settings), settings)


def _matched(a: Lines, b: Lines, gain: Floats, settings: Settings) -> Match:
    """Take the best way in common, then the best that leaves it, and so on."""
    ours, theirs = _Side(a.parents), _Side(b.parents)
    along_b = _along(b)
    start = np.full(gain.shape, NEVER)
    start[0, 0] = 0.0
    trees = (a.parents, b.parents, a.steps_mm, b.steps_mm)
    # What any pair could earn before others are taken tells how sure a match is.
    through = align(*trees, gain, start)[0] + ahead(*trees, gain)
    for _ in range(settings.most_ways):
        best, move = align(*trees, gain, start)
        last = int(np.argmax(best))
        end = (last // len(b), last % len(b))
        if float(best[end]) < settings.least_score:
            break
        way: Ints = np.array(_way(move, a.parents, b.parents, end))
        for i, j in way.tolist():
            free = (1 - ours.sure, 1 - theirs.sure)
            ours.take(i, j, _belief(through[i], (b, free[1]), j, settings))
            theirs.take(j, i, _belief(through[:, j], (a, free[0]), i, settings))
        gain[way[:, 0], :] = NEVER
        gain[:, way[:, 1]] = NEVER
        start = _starts((a, b), (ours.twin, theirs.twin), along_b, settings.fork_mm)
    return Match(
        twin_a=ours.told(settings.least_sure),
        twin_b=theirs.told(settings.least_sure),
        sure_a=ours.sure,
        sure_b=theirs.sure,
        spread_a=ours.spread_mm,
        spread_b=theirs.spread_mm,
    )


class _Side:
    """What is known so far of the points of one tree."""

    def __init__(self, parents: Ints) -> None:
        self.parents = parents
        self.twin = np.full(len(parents), -1, np.int32)
        self.sure = np.zeros(len(parents))
        self.spread_mm = np.zeros(len(parents))

    def take(self, point: int, twin: int, belief: tuple[float, float]) -> None:
        """Give a point its twin, unless it has one."""
        if self.twin[point] >= 0:
            return
        sure, spread = belief
        above = int(self.parents[point])
        if above >= 0:
            # A branch is no surer than the one that it leaves.
            sure = min(sure, float(self.sure[above]))
            spread = max(spread, float(self.spread_mm[above]))
        self.twin[point], self.sure[point] = twin, sure
        self.spread_mm[point] = spread

    def told(self, least: float) -> Ints:
        """Return the twins that are sure enough to be told, -1 for others."""
        return np.where(self.sure >= least, self.twin, -1).astype(np.int32)


def _agreed(
    a: Lines, deeper: Floats, first: Match, settings: Settings
) -> tuple[float, float]:
    """Return by how much one view tells a greater depth, and how surely, mm.

    Of the widest matched ducts, which are matched best.
    """
    i = np.flatnonzero(first.twin_a >= 0)
    if len(i) < settings.least_agreed:
        return 0.0, settings.sigma_behind_mm
    i = i[np.argsort(-a.log_calibre[i], kind="stable")]
    i = i[: max(settings.least_agreed, len(i) // 3)]
    off = deeper[i, first.twin_a[i]]
    shift = float(np.median(off))
    spread = 1.4826 * float(np.median(np.abs(off - shift)))
    return shift, float(
        np.clip(1.2 * spread, settings.least_sigma_mm, settings.sigma_behind_mm)
    )


def _belief(
    through: Floats, others: tuple[Lines, Floats], twin: int, settings: Settings
) -> tuple[float, float]:
    """Return how much of the belief lies near the twin, and how far it spreads, mm.

    Ways that end up beside the twin say the same of where the point lies. Points that
    have a twin already count by how unsure that is.
    """
    other, free = others
    weight = np.exp(np.minimum((through - through[twin]) / settings.mm_per_e, 0))
    weight = np.where(np.arange(len(weight)) == twin, weight, weight * free)
    off = other.across_mm - other.across_mm[twin]
    total = float(weight.sum())
    near = float(weight[np.abs(off) < settings.same_mm].sum())
    return near / total, float(np.sqrt((weight * off**2).sum() / total))


def _compared(a: Lines, b: Lines, settings: Settings) -> tuple[Floats, Floats]:
    """Return how much deeper pairs lie in the first view, and how unlike their lumina.

    Both (A, B): mm, and a sum of squares in standard errors.
    """
    deep = [
        np.broadcast_to(y, (len(a), len(b)))
        for y in (a.behind_mm[:, None], b.behind_mm[None])
    ]
    if a.frame.axis is not None and b.frame.axis is not None:
        # A pair knows its third direction, and so how the beams slant there.
        axes = np.linalg.inv(np.array([a.frame.axis, b.frame.axis]))
        u, v = np.meshgrid(a.across_mm, b.across_mm, indexing="ij")
        left, up = axes[0, 0] * u + axes[0, 1] * v, axes[1, 0] * u + axes[1, 1] * v
        deep = [
            y + one.frame.parallax(y, w, left, up)[0]
            for one, y, w in zip((a, b), deep, (u, v), strict=True)
        ]
    # Views differ in how opaque they show contrast: only differences along count.
    opacity = [one.log_opacity - np.median(one.log_opacity) for one in (a, b)]
    unlike = (
        np.subtract.outer(a.log_calibre, b.log_calibre) / settings.sigma_calibre
    ) ** 2 + (np.subtract.outer(*opacity) / settings.sigma_opacity) ** 2
    return deep[0] - deep[1], unlike


def _gain(
    deeper: Floats, unlike: Floats, sigma_mm: float, settings: Settings
) -> Floats:
    """Return what a pair earns for each mm: 1 if it fits perfectly, (A, B)."""
    off = (deeper / sigma_mm) ** 2 + unlike
    gain: Floats = np.maximum(1 - off / 4, settings.worst)
    return gain


def _along(one: Lines) -> Floats:
    """Return the distance of each point from the root, (M,)."""
    along = one.steps_mm.copy()
    for k in range(1, len(along)):
        along[k] += along[one.parents[k]]
    return along


def _way(
    move: Ints, parents_a: Ints, parents_b: Ints, end: tuple[int, int]
) -> list[tuple[int, int]]:
    """Return the pairs of the chain that ends in `end`, from its beginning."""
    i, j = end
    way = [(i, j)]
    while move[i, j]:
        how = move[i, j]
        if how != 3:
            i = int(parents_a[i])
        if how != 2:
            j = int(parents_b[j])
        way.append((i, j))
    return way[::-1]


def _starts(
    lines: tuple[Lines, Lines],
    twins: tuple[Ints, Ints],
    along_b: Floats,
    fork_mm: float,
) -> Floats:
    """Return where a new way may leave what is matched, and what that costs."""
    a, b = lines
    start = np.full((len(a), len(b)), NEVER)
    hooks = []
    for one, twin in zip(lines, twins, strict=True):
        free = np.flatnonzero((twin < 0) & (one.parents >= 0))
        hooks.append(free[twin[one.parents[free]] >= 0])
    for i in hooks[0].tolist():
        here = int(twins[0][a.parents[i]])
        for j in hooks[1].tolist():
            there = int(b.parents[j])
            apart = _apart(here, there, b.parents, along_b)
            if apart <= fork_mm:
                start[i, j] = -((apart / fork_mm) ** 2)
    return start


def _apart(one: int, other: int, parents: Ints, along: Floats) -> float:
    """Return the way between two points of a tree, mm."""
    length = along[one] + along[other]
    while one != other:
        if one > other:
            one = int(parents[one])
        else:
            other = int(parents[other])
    return float(length - 2 * along[one])
