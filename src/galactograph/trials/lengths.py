"""How much of the ducts was found, how much of what was drawn is right.

After the tree-length and branch scores of airway trees (EXACT'09, ATM'22: remembered)
and the geometric score of NetMets (Mayerich 2012: remembered).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from galactograph.trials.forest import Forest
from galactograph.trials.samples import (
    TOLERANCE_MM,
    Course,
    found_along,
    nearest_px,
    right_along,
    sample,
)

LEAST_MM = 0.2
"""Thinner lumina are not asked for. source: project goal (what it must show)"""

BINS_MM = (0.0, 0.12, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0, 99.0)
"""Calibres by which lengths are told. source: design of the reading wing (assumed)"""

BRANCH_SHARE = 0.8
"""A branch is found if this share of its length is. source: ATM'22 (remembered)"""

LEAST_BRANCH_MM = 1.0
"""Shorter branches are not counted: they lie within the tolerance (assumed)."""

NETMETS_MM = 0.2
"""Sigma of the Gaussian of NetMets: about three pixels (assumed)."""

Score = dict[str, Any]


def lengths(
    true: Course,
    found: Course,
    *,
    pixel_mm: float,
    bins: Sequence[float] = BINS_MM,
) -> Score:
    """Return lengths in mm: of truth, of truth that was found, of what was found.

    Detected is asked over true lumina of 0.2 mm and more, found by any traced line;
    precision over traced lines of 0.2 mm and more, right by any true filled duct.
    Near is within 3 pixels or 0.6 radii; `loose_` within 0.5 mm or 0.6 radii.
    """
    wide, broad = true.calibre_mm >= LEAST_MM, found.calibre_mm >= LEAST_MM
    hit = found_along(true, found, pixel_mm=pixel_mm)
    right = right_along(found, true, pixel_mm=pixel_mm)
    loose = found_along(true, found, pixel_mm=pixel_mm, least_mm=TOLERANCE_MM)
    fair = right_along(found, true, pixel_mm=pixel_mm, least_mm=TOLERANCE_MM)
    by_calibre = []
    for low, high in pairwise(bins):
        here = (true.calibre_mm >= low) & (true.calibre_mm < high)
        by_calibre.append(
            [float(true.mm[here].sum()), float(true.mm[here & hit].sum())]
        )
    return {
        "true_mm": float(true.mm[wide].sum()),
        "hit_mm": float(true.mm[wide & hit].sum()),
        "loose_hit_mm": float(true.mm[wide & loose].sum()),
        "found_mm": float(found.mm[broad].sum()),
        "right_mm": float(found.mm[broad & right].sum()),
        "loose_right_mm": float(found.mm[broad & fair].sum()),
        "false_mm": float(found.mm[~fair].sum()),
        "by_calibre": by_calibre,
    }


def branches(true: Forest, found: Course) -> tuple[int, int]:
    """Return how many true branches were found, and how many there are.

    Branches are those of the tree down to lumina of 0.2 mm: a side branch thinner
    than that splits no branch.
    """
    every = sample(true.down_to(LEAST_MM))
    if not len(every):
        return 0, 0
    hit = found_along(every, found, pixel_mm=true.pixel_mm)
    whole = np.bincount(every.branch, weights=every.mm)
    part = np.bincount(every.branch, weights=every.mm * hit, minlength=len(whole))
    asked = whole >= LEAST_BRANCH_MM
    good = asked & (part >= BRANCH_SHARE * whole)
    return int(good.sum()), int(asked.sum())


def netmets(true: Course, found: Course, *, pixel_mm: float) -> dict[str, float]:
    """Return the false negative and false positive length of NetMets, in mm.

    Every piece counts as missed (or as false) by one less a Gaussian of its distance
    from the other set of lines. Over the lengths beside them they are the rates of
    the paper.

    Examples
    --------
    >>> from galactograph.trials.samples import course
    >>> import numpy as np
    >>> line = np.array([[5.0, 0.0], [5.0, 50.0]])
    >>> one = course(line, np.array([-1, 0]), np.array([0.5, 0.5]), pixel_mm=0.1)
    >>> netmets(one, one, pixel_mm=0.1)["missed_mm"]
    0.0
    """
    wide, broad = true.calibre_mm >= LEAST_MM, found.calibre_mm >= LEAST_MM

    def lost(points: Course, others: Course) -> float:
        far = nearest_px(points.points, others.points) * pixel_mm
        # Samples lie a step apart: half a step along the line is no distance from it.
        seen = np.exp(-((np.maximum(far - 0.05, 0) / NETMETS_MM) ** 2) / 2)
        return float((points.mm * (1 - seen)).sum())

    return {
        "true_mm": float(true.mm[wide].sum()),
        "missed_mm": lost(true.part(wide), found),
        "found_mm": float(found.mm[broad].sum()),
        "false_mm": lost(found.part(broad), true),
    }
