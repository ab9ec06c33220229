"""Lift the trees of two views to one tree in the breast.

What both views show of a branch gives it all three directions. A branch that only one
view tells apart keeps what that view knows, and takes the third direction from the
point where it leaves the matched tree: less surely the farther it goes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galactograph.ducts.space_frame import Frame, frame_of
from galactograph.ducts.space_lines import Lines, lines_of
from galactograph.ducts.space_match import Match, match
from galactograph.ducts.space_places import errors_of
from galactograph.ducts.space_stack import lift_stack
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.codes import Adequacy, Laterality
from galactograph.values.report import Duct3D, Reading
from galactograph.values.tree import DuctTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Which trees are lifted, and how surely unmatched branches lie."""

    least_mm: float = 15.0
    """Shorter trees are fragments, of which nothing can be matched (assumed)."""
    wander: float = 0.5
    """An unmatched branch may go this much aside for each mm of its way (assumed: ducts
    fan out at 30 to 60 degrees)."""
    least_turn_deg: float = 20.0
    """Views whose beams differ by less are no pair (assumed)."""


_UNREAD = (Adequacy.NO_CONTRAST, Adequacy.NOT_A_GALACTOGRAM)


def lift(
    readings: tuple[Reading, ...], settings: Settings | None = None
) -> tuple[Duct3D, ...]:
    """Return the trees of a breast in three dimensions; empty if the views tell none.

    The pair of views whose beams differ most gives one: of the largest tree in each
    that is linked to the nipple, for contrast is given into one orifice. A view of
    slices gives each such tree of its own.
    """
    settings = settings or Settings()
    seen: list[tuple[Reading, Frame, int]] = []
    for reading in readings:
        frame, number = frame_of(reading), _main(reading, settings)
        if frame is not None and frame.axis is not None and number is not None:
            seen.append((reading, frame, number))
    sides = (Laterality.LEFT, Laterality.RIGHT)
    return (
        *(
            tree
            for side in sides
            for tree in _of_pair(
                [one for one in seen if one[0].view.laterality is side], side, settings
            )
        ),
        *(
            tree
            for reading, frame, _ in seen
            for number, duct in enumerate(reading.ducts)
            if duct.rooted and duct.tree.total_length_mm >= settings.least_mm
            for tree in lift_stack(reading, frame, number)
        ),
    )


def _of_pair(
    seen: list[tuple[Reading, Frame, int]], side: Laterality, settings: Settings
) -> tuple[Duct3D, ...]:
    """Return the tree of the two views that differ most; none if none differ enough.

    All views are of the breast of this side.
    """
    pair = _pair([frame for _, frame, _ in seen], settings)
    if pair is None:
        return ()
    (one, frame_a, duct_a), (other, frame_b, duct_b) = seen[pair[0]], seen[pair[1]]
    a = lines_of(frame_a, one.ducts[duct_a])
    b = lines_of(frame_b, other.ducts[duct_b])
    tree = _lifted(a, b, match(a, b), side, settings)
    ducts = ((one.index, duct_a), (other.index, duct_b))
    return (_named(tree, (a, b), ducts),)


def _main(reading: Reading, settings: Settings) -> int | None:
    """Return the number of the largest tree that is linked to the nipple."""
    if reading.adequacy.status in _UNREAD:
        return None
    rooted = [
        (duct.tree.total_length_mm, -number)
        for number, duct in enumerate(reading.ducts)
        if duct.rooted and duct.tree.total_length_mm >= settings.least_mm
    ]
    return -max(rooted)[1] if rooted else None


def _pair(frames: list[Frame], settings: Settings) -> tuple[int, int] | None:
    """Return the two views whose axes differ most; None if none differ enough."""
    best, chosen = np.cos(np.radians(settings.least_turn_deg)), None
    for i, one in enumerate(frames):
        for j, other in enumerate(frames[i + 1 :], i + 1):
            alike = abs(float(np.dot(one.axis or (), other.axis or ())))
            if alike < best:
                best, chosen = alike, (i, j)
    return chosen


@dataclass(frozen=True, kw_only=True, eq=False)
class _Points:
    """N points of two views: own and foreign `across`, and what they stand for.

    Attributes
    ----------
    across : float64, (N, 2)
        In the first and the second view.
    sigma : float64, (N, 2)
        Beside what every place in a view may be off.
    behind : float64, (N, 2)
    weight : float64, (N, 2)
        1 for the views that show the point.
    parents, nodes
        Among the N; and points of `Lines` in both views, -1 where not seen, (N, 2).
    """

    across: Floats
    sigma: Floats
    behind: Floats
    weight: Floats
    parents: Ints
    nodes: Ints
    radii_mm: Floats


def _lifted(
    a: Lines, b: Lines, both: Match, side: Laterality, settings: Settings
) -> tuple[_Points, Floats, Floats]:
    """Return the points, their place (N, 3) and its standard errors (N, 3)."""
    points = _joined(a, b, both, settings)
    axes = np.array([a.frame.axis, b.frame.axis])
    solve = np.linalg.inv(axes)
    behind, across = points.behind.copy(), points.across.copy()
    flat = across @ solve.T
    for k, one in enumerate((a, b)):
        moved = one.frame.parallax(behind[:, k], across[:, k], flat[:, 0], flat[:, 1])
        behind[:, k] += moved[0]
        across[:, k] += moved[1]
    flat = across @ solve.T
    deep = (behind * points.weight).sum(1) / points.weight.sum(1)
    sigma_y, sigma_u = np.zeros_like(across), np.zeros_like(across)
    for k, one in enumerate((a, b)):
        errors = errors_of(one.frame, behind[:, k], across[:, k])
        sigma_y[:, k], sigma_u[:, k] = (
            errors[0],
            np.hypot(errors[1], points.sigma[:, k]),
        )
    left, up = np.sqrt((sigma_u**2) @ (solve**2).T).T
    known = (points.weight / sigma_y**2).sum(1) ** -0.5
    sign = 1.0 if side is Laterality.LEFT else -1.0
    return (
        points,
        np.column_stack([sign * flat[:, 0], deep, flat[:, 1]]),
        np.column_stack([left, known, up]),
    )


def _joined(a: Lines, b: Lines, both: Match, settings: Settings) -> _Points:
    """Put both trees together: all points of the first, then what it lacks."""
    third_a, doubt_a = _third(a, both.twin_a, b.across_mm, both.spread_a, settings)
    third_b, doubt_b = _third(b, both.twin_b, a.across_mm, both.spread_b, settings)
    lone = np.flatnonzero(both.twin_b < 0)
    number = both.twin_b.astype(np.int64)
    number[lone] = len(a) + np.arange(len(lone))
    above = b.parents[lone]
    # All ducts meet at the nipple: a root that has no twin hangs on the other one.
    hung = np.where(above >= 0, number[np.maximum(above, 0)], 0)
    seen_b = both.twin_a >= 0
    twin = np.maximum(both.twin_a, 0)
    behind_b = np.where(seen_b, b.behind_mm[twin], a.behind_mm)
    calibre = np.where(seen_b, (a.log_calibre + b.log_calibre[twin]) / 2, a.log_calibre)
    return _Points(
        across=np.concatenate(
            [
                np.column_stack([a.across_mm, third_a]),
                np.column_stack([third_b[lone], b.across_mm[lone]]),
            ]
        ),
        sigma=np.concatenate(
            [
                np.column_stack([np.zeros(len(a)), doubt_a]),
                np.column_stack([doubt_b[lone], np.zeros(len(lone))]),
            ]
        ),
        behind=np.concatenate(
            [
                np.column_stack([a.behind_mm, behind_b]),
                np.column_stack([b.behind_mm[lone]] * 2),
            ]
        ),
        weight=np.concatenate(
            [
                np.column_stack([np.ones(len(a)), seen_b]),
                np.column_stack([np.zeros(len(lone)), np.ones(len(lone))]),
            ]
        ),
        parents=np.concatenate([a.parents, hung]),
        nodes=np.concatenate(
            [
                np.column_stack([np.arange(len(a)), both.twin_a]),
                np.column_stack([np.full(len(lone), -1), lone]),
            ]
        ),
        radii_mm=np.exp(np.concatenate([calibre, b.log_calibre[lone]])) / 2,
    )


def _third(
    one: Lines, twin: Ints, other_mm: Floats, spread_mm: Floats, settings: Settings
) -> tuple[Floats, Floats]:
    """Return `across` of the other view at each point, and how unsure it is, mm."""
    seen: Bools = twin >= 0
    third = np.where(seen, other_mm[np.maximum(twin, 0)], 0.0)
    doubt = np.where(seen, spread_mm, 0.0)
    up = np.maximum(one.parents, 0)
    for _ in range(2):
        # Twins are whole points: a step of a millimetre is smoothed over.
        down = np.bincount(up[1:][seen[1:]], third[1:][seen[1:]], len(third))
        count = np.bincount(up[1:][seen[1:]], minlength=len(third))
        third = np.where(seen, (third + third[up] + down) / (2 + count), third)
    for k in range(1, len(third)):
        if not seen[k]:
            third[k] = third[up[k]]
            doubt[k] = doubt[up[k]] + settings.wander * one.steps_mm[k]
    return third, doubt


def _named(
    lifted: tuple[_Points, Floats, Floats],
    lines: tuple[Lines, Lines],
    ducts: tuple[tuple[int, int], tuple[int, int]],
) -> Duct3D:
    """Return the tree as a value: points of ducts instead of points of lines."""
    points, places, sigma = lifted
    nodes = np.full(points.nodes.shape, -1, np.int32)
    for k, one in enumerate(lines):
        seen = points.nodes[:, k] >= 0
        nodes[seen, k] = one.nodes[points.nodes[seen, k]]
    return Duct3D(
        tree=DuctTree(
            points_mm=places, parents=points.parents, radii_mm=points.radii_mm
        ),
        sigma_mm=sigma,
        ducts=ducts,
        nodes=nodes,
    )
