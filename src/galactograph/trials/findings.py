"""Findings beside true lesions: what was found, where, and at how many false marks.

FROC after Bunch 1978 and Chakraborty (remembered): sensitivity by lesion against false
marks an image, as the confidence that is asked falls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from galactograph.values.arrays import Floats

DEFECTS = frozenset({"filling-defect", "multiple-filling-defects", "air-bubble"})
"""Kinds that say that contrast is missing inside a duct."""

HIT_MM, HIT_SIZES = 0.6, 0.7
"""A mark hits a defect within 0.6 mm, or 0.7 of its diameter.
source: design of the reading wing (assumed)"""

NEAR_MM = 3.0
"""A finding belongs to a lesion within this, or within the lesion: half its length,
and a tenth of that (assumed)."""

RATES = (0.25, 0.5, 1.0, 2.0)
"""False marks an image at which sensitivity is told. source: LUNA16 (remembered)"""

Spot = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A true lesion.

    Attributes
    ----------
    spots
        (row, column) in mm in each view in which contrast shows its place.
    along_mm
        Distance from the orifice along the duct, in the plane of each view.
    reach_mm
        Length of duct that is ill, where that is more than its size.
    overlapped
        Another duct lies over it, or a fork near it, in every view.
    centre_mm
        In the breast at rest: lateral, behind the base of the nipple, cranial.
    hour
        Where it lies on the clock as seen facing the patient, in [0, 12).
    """

    kind: str
    cause: str
    size_mm: float
    spots: Mapping[str, Spot]
    along_mm: Mapping[str, float] = field(default_factory=dict)
    reach_mm: float = 0.0
    overlapped: bool = False
    centre_mm: tuple[float, float, float] | None = None
    hour: float | None = None

    @property
    def near_mm(self) -> float:
        """Distance within which a finding belongs to it."""
        # A lesion is one from end to end; its place is in the middle.
        near = max(NEAR_MM, 0.55 * self.size_mm, 0.55 * self.reach_mm)
        return max(near, self.hit_mm) if self.kind in DEFECTS else near

    @property
    def hit_mm(self) -> float:
        """Distance within which a mark hits it."""
        return max(HIT_MM, HIT_SIZES * self.size_mm)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A finding as reported.

    Attributes
    ----------
    spots
        Its places in mm, by view; the first view is the one that `along_mm` is of.
    along_mm
        Told distance from the nipple along the duct; None if not told.
    causes
        Probability by cause.
    place_mm, hour
        Told place in the breast at rest, as `Target.centre_mm`, and on the clock; None
        if not told.
    length_mm
        Told length; None if not told.
    """

    kind: str
    confidence: float
    spots: Mapping[str, Sequence[Spot]]
    along_mm: float | None = None
    causes: Mapping[str, float] = field(default_factory=dict)
    place_mm: tuple[float, float, float] | None = None
    hour: float | None = None
    length_mm: float | None = None


def away_mm(mark: Mark, target: Target) -> float:
    """Return the least distance in any view that shows both; infinite if none does."""
    away = [
        float(np.hypot(row - target.spots[view][0], column - target.spots[view][1]))
        for view, spots in mark.spots.items()
        if view in target.spots
        for row, column in spots
    ]
    return min(away, default=np.inf)


def along_off_mm(mark: Mark, target: Target) -> float | None:
    """Return how far the told distance along the duct is off; None if not told.

    Of a finding with several places the distance is that of its first: it tells
    nothing of a lesion at another.
    """
    view = next(iter(mark.spots), None)
    if mark.along_mm is None or view is None or view not in target.along_mm:
        return None
    at = np.hypot(*(np.array(mark.spots[view]) - target.spots[view]).T)
    return None if np.argmin(at) else mark.along_mm - target.along_mm[view]


def space_off_mm(mark: Mark, target: Target) -> float | None:
    """Return how far the told place in space is off; None if not told."""
    if mark.place_mm is None or target.centre_mm is None:
        return None
    return float(np.linalg.norm(np.subtract(mark.place_mm, target.centre_mm)))


def hours_off(mark: Mark, target: Target) -> float | None:
    """Return how far the told place on the clock is off, in [0, 6]; None if not told.

    Examples
    --------
    >>> mark = Mark(kind="ectasia", confidence=1.0, spots={}, hour=11.0)
    >>> hours_off(mark, Target(kind="", cause="", size_mm=1, spots={}, hour=0.5))
    1.5
    """
    if mark.hour is None or target.hour is None:
        return None
    away = abs(mark.hour - target.hour) % 12
    return min(away, 12 - away)


def _size_off_mm(mark: Mark, target: Target) -> float | None:
    """Return told less true length of a body; None of several, or if not told."""
    single = mark.kind == target.kind == "filling-defect"
    return mark.length_mm - target.size_mm if single and mark.length_mm else None


def match(targets: Sequence[Target], marks: Sequence[Mark]) -> dict[str, Any]:
    """Bring findings and lesions together.

    Returns
    -------
    dict
        `lesions`: for each that contrast reached, what it is, the kind found there
        ("missed" if none; its own kind if any has it, else the surest), the surest
        confidence of a mark that hits it and of one that belongs to it (defects of
        any kind for a defect, its own kind else), how far off the place is, and the
        probabilities of causes. `marks`: for each finding, its kind, confidence, in
        how many views, causes, and the cause of the lesion that it belongs to ("" if
        none: it is false).
    """
    reached = [target for target in targets if target.spots]
    rows = [_lesion_row(target, marks) for target in reached]
    return {
        "lesions": rows,
        "unreached": len(targets) - len(reached),
        "marks": [_mark_row(mark, reached) for mark in marks],
    }


def _lesion_row(target: Target, marks: Sequence[Mark]) -> dict[str, Any]:
    away = {id(mark): away_mm(mark, target) for mark in marks}
    here = [mark for mark in marks if away[id(mark)] <= target.near_mm]
    same = [mark for mark in here if mark.kind == target.kind]
    asked = DEFECTS if target.kind in DEFECTS else frozenset({target.kind})
    fitting = [mark for mark in here if mark.kind in asked]
    hits = [mark for mark in fitting if away[id(mark)] <= target.hit_mm]
    best = max(same or here, key=lambda mark: mark.confidence, default=None)
    # Where it lies is told by the mark that is nearest, what it is by the surest. Of
    # two at one place, by the one of this place alone: several defects hold it too.
    place = min(fitting, key=lambda mark: (away[id(mark)], _spots(mark)), default=None)
    return {
        "kind": target.kind,
        "cause": target.cause,
        "size_mm": target.size_mm,
        "overlapped": target.overlapped,
        "found": "missed" if best is None else best.kind,
        "hit": max((mark.confidence for mark in hits), default=None),
        "near": max((mark.confidence for mark in fitting), default=None),
        "off_mm": None if place is None else away[id(place)],
        "along_off_mm": None if place is None else along_off_mm(place, target),
        "space_off_mm": None if place is None else space_off_mm(place, target),
        "hours_off": None if place is None else hours_off(place, target),
        "size_off_mm": None if place is None else _size_off_mm(place, target),
        "causes": {} if best is None else dict(best.causes),
    }


def _spots(mark: Mark) -> int:
    """Return at how many places a finding is told."""
    return sum(len(spots) for spots in mark.spots.values())


def _mark_row(mark: Mark, targets: Sequence[Target]) -> dict[str, Any]:
    mine = [t for t in targets if away_mm(mark, t) <= t.near_mm]
    # The lesion of its own kind, if one is near; else the nearest.
    mine.sort(key=lambda t: (t.kind != mark.kind, away_mm(mark, t)))
    return {
        "kind": mark.kind,
        "confidence": mark.confidence,
        "places": _spots(mark),
        "causes": dict(mark.causes),
        "truth": mine[0].cause if mine else "",
        "same_kind": bool(mine) and mine[0].kind == mark.kind,
    }


@dataclass(frozen=True, kw_only=True, eq=False)
class Froc:
    """Sensitivity against false marks an image, from the surest mark down.

    Attributes
    ----------
    false_rate : float64, (T,)
        Growing.
    sensitivity : float64, (T,)
        Never falling.
    """

    false_rate: Floats
    sensitivity: Floats

    def at(self, rate: float) -> float:
        """Return the sensitivity at no more than `rate` false marks an image."""
        good = self.sensitivity[self.false_rate <= rate + 1e-12]
        return float(good.max()) if len(good) else 0.0


def froc(hits: Sequence[float | None], false: Sequence[float], images: int) -> Froc:
    """Return the curve.

    Parameters
    ----------
    hits
        For each lesion the surest confidence of a mark that hits it; None if missed.
    false
        Confidence of each false mark.
    images
        On which all of them lie.

    Examples
    --------
    >>> froc([0.9, 0.4, None], [0.6], 2).at(0.25)
    0.3333333333333333
    """
    got = np.array([hit for hit in hits if hit is not None], float)
    wrong = np.asarray(false, float)
    levels = np.unique(np.concatenate([got, wrong]))[::-1]
    sensitivity = [(got >= level).sum() / max(len(hits), 1) for level in levels]
    rate = [(wrong >= level).sum() / max(images, 1) for level in levels]
    return Froc(
        false_rate=np.array([0.0, *rate]), sensitivity=np.array([0.0, *sensitivity])
    )
