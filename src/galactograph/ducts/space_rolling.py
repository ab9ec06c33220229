"""How differently two views tell the depth of one place: breasts roll.

The matched ducts tell it: each of their points lies equally far behind the nipple in
both views, but for a shift (a nipple that was guessed, a breast that rolled as a
whole) and a spread about it. Matching slides ducts along one another until they fit:
forks alone hold them, so that the spread is told too small, and a floor is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from galactograph.ducts.space_frame import Frame
from galactograph.values.report import Duct3D, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """When matched ducts tell how a breast rolled.

    Attributes
    ----------
    least_points
        From fewer matched points nothing is learnt (assumed).
    least_sigma_mm
        No less than this, however well they agree: tissue rolls by a millimetre or two
        (assumed). On simulated dev studies, where no breast rolls, 0.3 to 1 mm pair
        alike, and 2 mm brings 5 wrong pairs of 117 more (measured).
    unknown_mm
        Standard error where no ducts were matched. source: posterior nipple lines of
        two views agree within 1 cm (DCM 111204, found), taken as two standard errors.
    """

    least_points: int = 12
    least_sigma_mm: float = 1.0
    unknown_mm: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Rolling:
    """By how much the first view tells a greater depth, and its standard error, mm.

    Attributes
    ----------
    learnt
        False if no matched ducts told it.
    """

    shift_mm: float
    sigma_mm: float
    learnt: bool


def rolling(
    views: tuple[int, int],
    trees: Sequence[Duct3D],
    readings: Sequence[Reading],
    frames: Sequence[Frame | None],
    settings: Settings | None = None,
) -> Rolling:
    """Return how differently two views tell depth, by the ducts that were matched.

    Parameters
    ----------
    views
        Their places in the report, the first and the second.
    """
    settings = settings or Settings()
    for tree in trees:
        shown = [view for view, _ in tree.ducts]
        if set(shown) == set(views) and len(shown) == len(views):
            told = _of_tree(tree, readings, frames, settings)
            if told is not None:
                sign = 1.0 if tuple(shown) == views else -1.0
                return Rolling(shift_mm=sign * told[0], sigma_mm=told[1], learnt=True)
    return Rolling(shift_mm=0.0, sigma_mm=settings.unknown_mm, learnt=False)


def _of_tree(
    tree: Duct3D,
    readings: Sequence[Reading],
    frames: Sequence[Frame | None],
    settings: Settings,
) -> tuple[float, float] | None:
    """Return shift and spread of the widest matched ducts, which are matched best."""
    both = np.flatnonzero(tree.matched)
    shown = [one for view, _ in tree.ducts if (one := frames[view]) is not None]
    if len(both) < settings.least_points or len(shown) < len(tree.ducts):
        return None
    both = both[np.argsort(-tree.tree.radii_mm[both], kind="stable")]
    both = both[: max(settings.least_points, len(both) // 3)]
    places = []
    for k, (view, number) in enumerate(tree.ducts):
        duct, nodes = readings[view].ducts[number], tree.nodes[both, k]
        places.append(shown[k].rest(duct.rows[nodes], duct.columns[nodes]))
    axes = np.array([frame.axis for frame in shown])
    flat = np.column_stack([across for _, across in places]) @ np.linalg.inv(axes).T
    deep = [
        behind + frame.parallax(behind, across, flat[:, 0], flat[:, 1])[0]
        for frame, (behind, across) in zip(shown, places, strict=True)
    ]
    off = deep[0] - deep[1]
    shift = float(np.median(off))
    spread = 1.4826 * float(np.median(np.abs(off - shift)))
    return shift, max(spread, settings.least_sigma_mm)
