"""What another view of the breast says of a finding that one view shows.

A body, an end or a throat goes through the whole of its duct: a view that shows the
same stretch, free and wide enough, must show it too. One that is small, or lies under
another duct there, or in a faint picture, may be missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from galactograph.ducts.space_findings import Twin
from galactograph.values.codes import FindingKind
from galactograph.values.report import Finding, Reading

EVIDENCE = "other_view"
"""Name of what this tells: 1 if another view shows it too; 0 if nobody can tell where
it should; less if a view shows its duct without it, down to -1 where it must show."""

THROUGH = frozenset(
    {
        FindingKind.FILLING_DEFECT,
        FindingKind.TERMINATION,
        FindingKind.NARROWING,
    }
)
"""What goes through the whole of a duct shows from every side. Bubbles move from view
to view, and ectasia takes so long a stretch that a matched point says little of it."""

_COMPANIONS = THROUGH | {FindingKind.FILLING_DEFECTS, FindingKind.AIR_BUBBLE}
"""One thing may look like a body from one side and like an end from another."""

_MUST = 0.5
"""From here on the other view should show it more likely than not, and this is said."""

_WITHOUT = " The other view shows this duct without it."


USUAL_PER_MM = 36.0
"""Contrast of a millimetre of lumen over the noise of a pixel in usual pictures.
source: measured on simulated studies at the usual dose"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """When the other view must show it.

    Attributes
    ----------
    small_mm
        Bodies of this size are seen in the other view as often as not; by squares.
        source: of bodies of 0.35 mm it showed 2 of 4, of those of 0.5 mm and more 52 of
        53 (measured on simulated dev studies).
    narrow_mm
        In a thinner duct little is to be seen; by squares (assumed).
    faint
        Contrast over noise, as a share of the usual, below which as much less is seen
        (assumed).
    hidden
        Share that is lost where another duct lies over it (assumed).
    near_mm
        Anything else told this near is the same, or hides it. source: how far matched
        points are off (assumed).
    beside_mm
        The same of what is seen in both views: it is another thing, and only hides it
        (assumed: half a body, and how far matched points are off).
    """

    small_mm: float = 0.4
    narrow_mm: float = 0.5
    faint: float = 0.5
    hidden: float = 0.5
    near_mm: float = 6.0
    beside_mm: float = 2.0


def beside(
    finding: Finding,
    twin: Twin | None,
    readings: Sequence[Reading],
    others: Sequence[Finding],
    settings: Settings | None = None,
) -> float:
    """Return what the other view says of a finding, in [-1, 1]; see `EVIDENCE`.

    Parameters
    ----------
    finding
        Seen in one view.
    twin
        Where the other view should show it; None if nothing tells.
    others
        All findings of the study.
    """
    settings = settings or Settings()
    if twin is None or twin.node < 0:
        return 0.0
    other = readings[twin.view]
    duct, mm = other.ducts[twin.duct], other.view.image.grid.pixel_mm
    row, column = duct.rows[twin.node], duct.columns[twin.node]
    mine = {place.view for place in finding.places}
    for one in others:
        if one is finding or one.kind not in _COMPANIONS:
            continue
        # What has a twin of its own in the finding's view is another thing.
        paired = any(place.view in mine for place in one.places)
        near = settings.beside_mm if paired else settings.near_mm
        if any(
            place.view == twin.view
            and np.hypot(place.row - row, place.column - column) * mm <= near
            for place in one.places
        ):
            return 1.0
    if finding.kind is FindingKind.TERMINATION:
        # Where a duct ends it is matched worst: of 5 without their like 2 were real
        # (measured on simulated dev studies), no fewer than where nobody can tell.
        return 0.0
    return -_shown(finding, twin, other, settings)


def noted(finding: Finding, told: float) -> Finding:
    """Return a finding with what the other view says of it, in number and words."""
    return replace(
        finding,
        evidence={**finding.evidence, EVIDENCE: round(told, 3)},
        explanation=finding.explanation + (_WITHOUT if told <= -_MUST else ""),
    )


def _shown(finding: Finding, twin: Twin, other: Reading, settings: Settings) -> float:
    """Return how likely the other view shows what is there, in [0, 1]."""
    duct, mm = other.ducts[twin.duct], other.view.image.grid.pixel_mm
    calibre = float(duct.calibre_mm[twin.node])
    body = finding.kind is FindingKind.FILLING_DEFECT
    size = finding.length_mm or 0.0 if body else calibre
    away = np.hypot(
        duct.rows - duct.rows[twin.node], duct.columns - duct.columns[twin.node]
    )
    near = away * mm <= max(size / 2, 1.0)
    free = 1 - settings.hidden * float(duct.overlap[near].mean())
    clear = min(_contrast(other) / settings.faint, 1.0)
    wide = min(calibre / settings.narrow_mm, 1.0) ** 2
    seen = 1 - np.exp(-np.log(2) * (size / settings.small_mm) ** 2 * clear)
    return float(seen * free * wide)


def _contrast(reading: Reading) -> float:
    """Return contrast over noise as a share of the usual, in (0, 1]."""
    noise, opacity = reading.scene.noise, reading.opacity_per_mm
    if noise <= 0 or opacity <= 0:
        return 1.0
    return min(1.0, opacity / noise / USUAL_PER_MM)
