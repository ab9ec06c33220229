"""Calibres read beside true ones: pairs, bias and limits of agreement.

Bias and limits after Bland and Altman 1986 (found): the mean difference, and 1.96
standard deviations on either side of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from galactograph.trials.lengths import LEAST_MM
from galactograph.trials.samples import SAME_WAY, Course, alone, reach_mm
from galactograph.values.arrays import Floats

EVERY = 10
"""One sample in so many is kept: one a millimetre."""

CANDIDATES = 12
"""Traced samples that a true one is compared with (assumed)."""

BINS_MM = (
    (0.2, 0.25),
    (0.25, 0.4),
    (0.4, 0.8),
    (0.8, 1.2),
    (1.2, 2.0),
    (0.4, 2.0),
    (0.25, 2.0),
)
"""Calibres by which agreement is told; the last two are whole ranges that goals name.
source: design of the reading wing (assumed)"""

Pair = tuple[float, float, bool]
"""True calibre, read calibre, whether no other duct lies there; mm."""


def pairs(true: Course, found: Course, *, pixel_mm: float) -> list[Pair]:
    """Return true and read calibre about every millimetre of found duct.

    Only true lumina of 0.2 mm and more, where a traced centreline is near enough and
    runs the same way.
    """
    if not len(true) or not len(found):
        return []
    chosen = np.arange(0, len(true), EVERY)
    chosen = chosen[true.calibre_mm[chosen] >= LEAST_MM]
    count = np.arange(1, min(CANDIDATES, len(found)) + 1)
    far, which = cKDTree(found.points).query(true.points[chosen], k=count)
    # Where ducts lie over one another the nearest line may be another duct's.
    mine, theirs = true.heading[chosen], found.heading[which]
    along = np.abs((theirs * mine[:, None, :]).sum(axis=2)) >= SAME_WAY
    far = np.where(along, far, np.inf)
    best = np.argmin(far, axis=1)
    rows = np.arange(len(chosen))
    far, which = far[rows, best], which[rows, best]
    close = far * pixel_mm <= reach_mm(true.calibre_mm[chosen], pixel_mm, None)
    chosen, which = chosen[close], which[close]
    lonely = alone(true, chosen, pixel_mm)
    return [
        (round(float(a), 3), round(float(b), 3), bool(c))
        for a, b, c in zip(
            true.calibre_mm[chosen], found.calibre_mm[which], lonely, strict=True
        )
    ]


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How well two measures of one thing agree, mm.

    Attributes
    ----------
    count
        Pairs.
    bias, low, high
        Mean difference, and the limits of agreement.
    middle
        Median difference.
    p50, p90
        Percentiles of the absolute difference.
    """

    count: int
    bias: float
    low: float
    high: float
    middle: float
    p50: float
    p90: float


def agreement(differences: Floats | Sequence[float]) -> Agreement | None:
    """Return bias and limits of agreement; None of fewer than two pairs.

    Examples
    --------
    >>> agreement([-0.1, 0.1]).bias
    0.0
    """
    off = np.asarray(differences, float)
    if len(off) < 2:
        return None
    bias, spread = float(off.mean()), float(off.std(ddof=1))
    p50, p90 = np.percentile(np.abs(off), [50, 90])
    return Agreement(
        count=len(off),
        bias=bias,
        low=bias - 1.96 * spread,
        high=bias + 1.96 * spread,
        middle=float(np.median(off)),
        p50=float(p50),
        p90=float(p90),
    )


def differences(
    every: Sequence[Sequence[float]],
    bounds: tuple[float, float],
    *,
    isolated: bool | None,
) -> Floats:
    """Return read less true calibre of the pairs within `bounds`, mm.

    Parameters
    ----------
    isolated
        True for ducts alone, False for those in overlaps, None for all.
    """
    table = np.array(every, float).reshape(-1, 3)
    here = (table[:, 0] >= bounds[0]) & (table[:, 0] < bounds[1])
    if isolated is not None:
        here &= (table[:, 2] > 0.5) == isolated
    off: Floats = table[here, 1] - table[here, 0]
    return off
