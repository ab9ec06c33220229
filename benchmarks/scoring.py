"""Compare what was read with what is true: ducts, calibres, nipple, findings.

Positions are (row, column) in pixels, lengths mm in the object plane.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from galactograph.trials.samples import (
    STEP_MM,
    TOLERANCE_MM,
    Course,
    alone,
    course,
    join,
    near,
    near_duct,
    nearest_px,
)

__all__ = [
    "LEAST_MM",
    "STEP_MM",
    "TOLERANCE_MM",
    "Course",
    "belongs",
    "calibre_pairs",
    "course",
    "join",
    "near",
    "near_duct",
    "reach_of",
    "score_ducts",
    "score_findings",
]

LEAST_MM = 0.2
"""Thinner lumina are not asked for (issue: what it must show)."""

CALIBRE_EVERY = 10
"""One sample in so many is kept for the calibre tables: one a millimetre."""

NEAR_MM = 3.0
"""A finding belongs to a lesion within this distance, or the lesion's size."""

DEFECT_KINDS = frozenset({"filling-defect", "multiple-filling-defects", "air-bubble"})

Lesion = Mapping[str, Any]
Finding = Mapping[str, Any]


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
    loose = hit | (nearest_px(true.points, found.points) * pixel_mm <= slack)
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
    lonely = alone(true, chosen, pixel_mm)
    return [
        (round(float(a), 3), round(float(b), 3), bool(c))
        for a, b, c in zip(
            true.calibre_mm[chosen], found.calibre_mm[which], lonely, strict=True
        )
    ]


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
