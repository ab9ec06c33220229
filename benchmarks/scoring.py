"""Compare what was read with what is true: ducts, calibres, nipple, findings.

Positions are (row, column) in pixels, lengths mm in the object plane.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.tree import DuctTree

TOLERANCE_MM = 0.5
"""A centreline is right within this distance (issue: what it must show)."""

LEAST_MM = 0.2
"""Thinner lumina are not asked for (issue: what it must show)."""

STEP_MM = 0.1
"""Distance between the samples that stand for a duct."""

CALIBRE_EVERY = 10
"""One sample in so many is kept for the calibre tables: one a millimetre."""

NEAR_MM = 3.0
"""A finding belongs to a lesion within this distance, or the lesion's size."""

DEFECT_KINDS = frozenset({"filling-defect", "multiple-filling-defects", "air-bubble"})

Lesion = Mapping[str, Any]
Finding = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """K samples along the ducts of a view.

    Attributes
    ----------
    points : float64, (K, 2)
        Row and column.
    mm : float64, (K,)
        Length that each sample stands for.
    calibre_mm : float64, (K,)
    branch : int64, (K,)
        Branch of the tree that a sample lies on.
    along_mm : float64, (K,)
        Distance from the tree's root, along the duct.
    """

    points: Floats
    mm: Floats
    calibre_mm: Floats
    branch: Ints
    along_mm: Floats


def course(
    points: Floats,
    parents: Ints,
    calibre_mm: Floats,
    *,
    pixel_mm: float,
    kept: Bools | None = None,
) -> Course:
    """Sample a tree every 0.1 mm, along the pieces whose both ends are `kept`.

    Parameters
    ----------
    points : (N, 2)
    parents : (N,)
        -1 where a tree starts.
    calibre_mm : (N,)
    pixel_mm
        Size of a pixel in the object plane.
    kept : bool, (N,), optional
    """
    points, parents = np.asarray(points, float), np.asarray(parents)
    kept = np.ones(len(parents), bool) if kept is None else np.asarray(kept, bool)
    node = np.flatnonzero(parents >= 0)
    node = node[kept[node] & kept[parents[node]]]
    start, stop = points[parents[node]], points[node]
    length = np.hypot(*(stop - start).T) * pixel_mm
    count = np.maximum(1, np.ceil(length / STEP_MM)).astype(int)
    edge = np.repeat(np.arange(len(node)), count)
    within = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    share = (within + 0.5) / np.maximum(count[edge], 1)
    wide = np.asarray(calibre_mm, float)
    tree = DuctTree(
        points_mm=np.column_stack([points, np.zeros(len(points))]) * pixel_mm,
        parents=parents,
        radii_mm=np.maximum(wide, 1e-3) / 2,
    )
    reach = tree.from_orifice_mm
    inner, outer = wide[parents[node]][edge], wide[node][edge]
    return Course(
        points=start[edge] + share[:, None] * (stop - start)[edge],
        mm=(length / np.maximum(count, 1))[edge],
        calibre_mm=inner + share * (outer - inner),
        branch=tree.branch_numbers[node][edge].astype(np.int64),
        along_mm=reach[parents[node]][edge] + share * length[edge],
    )


def join(courses: Iterable[Course]) -> Course:
    """Return all samples of several trees as one; their branches keep apart."""
    every = list(courses)
    sizes = [int(one.branch.max(initial=-1)) + 1 for one in every]
    shifts = np.cumsum([0, *sizes])[: len(every)]
    none = np.zeros(0)
    return Course(
        points=np.concatenate([np.zeros((0, 2)), *(one.points for one in every)]),
        mm=np.concatenate([none, *(one.mm for one in every)]),
        calibre_mm=np.concatenate([none, *(one.calibre_mm for one in every)]),
        branch=np.concatenate(
            [none, *(one.branch + by for one, by in zip(every, shifts, strict=True))]
        ).astype(np.int64),
        along_mm=np.concatenate([none, *(one.along_mm for one in every)]),
    )


def _nearest_px(points: Floats, others: Floats) -> Floats:
    """Return the distance of each point from the nearest other one, (K,) px."""
    if not len(points) or not len(others):
        return np.full(len(points), np.inf)
    distance: Floats = cKDTree(others).query(points)[0]
    return distance


def near(points: Floats, others: Floats, reach_px: float) -> Bools:
    """Tell which points lie within `reach_px` of any of the others."""
    found: Bools = _nearest_px(points, others) <= reach_px
    return found


def near_duct(points: Floats, true: Course, *, pixel_mm: float) -> Bools:
    """Tell which points lie within 0.5 mm, or 0.6 radii of a wider duct.

    source of 0.6: design, reading.md 1.5 (assumed)
    """
    reach = np.maximum(TOLERANCE_MM, 0.6 * true.calibre_mm / 2)
    hit = np.zeros(len(points), bool)
    steps = np.array([0.0, 0.55, 0.7, 0.9, 1.2, 1.6, np.inf])
    for low, high in pairwise(steps):
        some = (reach >= low) & (reach < high)
        if some.any():
            hit |= near(points, true.points[some], max(low, TOLERANCE_MM) / pixel_mm)
    return hit


def score_ducts(
    true: Course, found: Course, *, pixel_mm: float, bins: Sequence[float]
) -> dict[str, Any]:
    """Return lengths in mm: of truth, of truth that was found, of what was found.

    Recall is over true lumina of 0.2 mm and more, by any traced line; precision is
    over traced lines measured at 0.2 mm and more, by any true filled duct.
    """
    reach = TOLERANCE_MM / pixel_mm
    hit = near(true.points, found.points, reach)
    right = near(found.points, true.points, reach)
    wide, broad = true.calibre_mm >= LEAST_MM, found.calibre_mm >= LEAST_MM
    # The middle of a duct of 4 mm is no sharper than a good part of its radius.
    slack = np.maximum(TOLERANCE_MM, 0.6 * true.calibre_mm / 2)
    loose = hit | (_nearest_px(true.points, found.points) * pixel_mm <= slack)
    fair = right | near_duct(found.points, true, pixel_mm=pixel_mm)
    by_calibre = []
    for low, high in pairwise(bins):
        here = (true.calibre_mm >= low) & (true.calibre_mm < high)
        by_calibre.append(
            [float(true.mm[here].sum()), float(true.mm[here & hit].sum())]
        )
    return {
        "true_mm": float(true.mm[wide].sum()),
        "hit_mm": float(true.mm[wide & hit].sum()),
        "found_mm": float(found.mm[broad].sum()),
        "right_mm": float(found.mm[broad & right].sum()),
        "loose_hit_mm": float(true.mm[wide & loose].sum()),
        "loose_right_mm": float(found.mm[broad & fair].sum()),
        "all_found_mm": float(found.mm.sum()),
        "all_right_mm": float(found.mm[right].sum()),
        "by_calibre": by_calibre,
    }


def calibre_pairs(
    true: Course, found: Course, *, pixel_mm: float
) -> list[tuple[float, float, bool]]:
    """Return (true calibre, measured calibre, isolated) about every millimetre.

    Isolated means that no other true duct lies within the two radii and 0.3 mm:
    where ducts lie over one another, one picture cannot tell their calibres.
    """
    if not len(true.points) or not len(found.points):
        return []
    chosen = np.arange(0, len(true.points), CALIBRE_EVERY)
    chosen = chosen[true.calibre_mm[chosen] >= LEAST_MM]
    far, which = cKDTree(found.points).query(true.points[chosen])
    chosen, which = (a[far <= TOLERANCE_MM / pixel_mm] for a in (chosen, which))
    alone = _isolated(true, chosen, pixel_mm)
    return [
        (round(float(a), 3), round(float(b), 3), bool(c))
        for a, b, c in zip(
            true.calibre_mm[chosen], found.calibre_mm[which], alone, strict=True
        )
    ]


def _isolated(true: Course, chosen: Ints, pixel_mm: float) -> Bools:
    """Tell which samples have no other duct within both radii and 0.3 mm."""
    alone = np.ones(len(chosen), bool)
    tree = cKDTree(true.points)
    widest = float(true.calibre_mm.max())
    reach = (true.calibre_mm[chosen] / 2 + widest / 2 + 0.3) / pixel_mm
    for k, (mine, others) in enumerate(
        zip(chosen, tree.query_ball_point(true.points[chosen], reach), strict=True)
    ):
        other = np.asarray(others)
        away = np.hypot(*(true.points[other] - true.points[mine]).T) * pixel_mm
        along = np.abs(true.along_mm[other] - true.along_mm[mine])
        # A duct that folds back over itself is another one, too.
        foreign = true.branch[other] != true.branch[mine]
        foreign |= along > 3 * away + 1.0
        gap = away - (true.calibre_mm[other] + true.calibre_mm[mine]) / 2
        alone[k] = not (foreign & (gap < 0.3)).any()
    return alone


def reach_of(lesion: Lesion) -> float:
    """Return the distance within which a finding belongs to a lesion, mm."""
    # A widened system is one lesion from end to end; its place is in the middle.
    stretch = 0.55 * float(lesion.get("details", {}).get("reach_mm", 0.0))
    return max(NEAR_MM, float(lesion["size_mm"]), stretch)


def belongs(finding: Finding, lesion: Lesion) -> bool:
    """Tell whether a finding lies at a lesion in any view that shows both.

    `lesion["spots"]` and `finding["spots"]` map the name of a view to (row, column)
    in mm.
    """
    reach = reach_of(lesion)
    for view, (row, column) in finding["spots"].items():
        spot = lesion["spots"].get(view)
        if spot is not None and np.hypot(row - spot[0], column - spot[1]) <= reach:
            return True
    return False


def score_findings(
    lesions: Sequence[Lesion], findings: Sequence[Finding]
) -> dict[str, Any]:
    """Match findings with lesions.

    Returns
    -------
    dict
        `lesions`: for each that contrast reached, its kind, size, the kind found
        there ("missed" if none; its own kind if any has it, else the surest), and
        whether a defect of any kind was found there. `false`: kinds of the findings
        that belong to no lesion.
    """
    rows = []
    for lesion in lesions:
        if not lesion["spots"]:
            continue
        here = [f for f in findings if belongs(f, lesion)]
        same = [f for f in here if f["kind"] == lesion["kind"]]
        best = max(same or here, key=lambda f: float(f["confidence"]), default=None)
        rows.append(
            {
                "kind": lesion["kind"],
                "cause": lesion["cause"],
                "size_mm": lesion["size_mm"],
                "found": "missed" if best is None else best["kind"],
                "defect_found": any(f["kind"] in DEFECT_KINDS for f in here),
            }
        )
    false = [
        f["kind"] for f in findings if not any(belongs(f, lesion) for lesion in lesions)
    ]
    return {"lesions": rows, "false": false}
