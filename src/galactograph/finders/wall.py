"""Duct wall irregularity (99GALACTO WALL_IRREG).

What it finds
    Beading, ragged edges, sacculation and narrowing in turn, over several mm.
Why it matters
    Seen more often in malignant than in benign galactograms (Cho 2005; Arch
    Gynecol Obstet 2009;280:217).
How
    Calibre over its own smooth course, the band of about 0.3 to 3 mm along the duct,
    as the outline has it and as the contrast of the cross-section has it
    (`_calipers`). Only what both agree on counts: their errors are independent, a
    wall that waves is not. What intact ducts of like calibre show is the floor: thin
    ones are restless, wide ones are calm. Disease takes a segment, an error of the
    trace a place: the stretches of a region are pooled, those that are calm speak
    against it.
Limits
    Ducts below 0.45 mm have pixelated walls and are not judged. A row of lobules
    along a duct looks ragged too. A few millimetres of ragged wall, or a segment most
    of which lies under other ducts, is not told from a restless measurement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from galactograph.finders._places import (
    along_mm,
    box_outline,
    logistic,
    place_of,
    plain,
    profile_of,
    readable,
    say,
    straight_mm,
    told,
)
from galactograph.finders._ripples import Settings, Stretch, joined, region, stretches
from galactograph.values.codes import FindingKind
from galactograph.values.report import Finding, Place, Reading

__all__ = ["Settings", "find"]

_LEAST_CONFIDENCE = 0.25
"""Below it nothing is said: `settle` would drop it."""


def find(reading: Reading, settings: Settings | None = None) -> Iterator[Finding]:
    """Yield one finding for all regions with irregular walls, if there are any."""
    if not readable(reading):
        return
    settings = settings or Settings()
    rest = list(stretches(reading, settings))
    waving: list[Stretch] = []
    best = 0.0
    while rest:
        score, inside = region(rest, settings)
        if _sure(score, settings) < _LEAST_CONFIDENCE:
            break
        best = max(best, score)
        waving += [s for s, near in zip(rest, inside, strict=True) if near]
        rest = [s for s, near in zip(rest, inside, strict=True) if not near]
    if waving:
        group = joined([stretch for stretch in waving if stretch.logs > 0])
        yield _finding(reading, group, best, _sure(best, settings))


def _sure(score: float, settings: Settings) -> float:
    """Return how sure a region is, in [0, 1]."""
    return logistic(settings.steep * (score - settings.even_score))


def _finding(
    reading: Reading, group: Sequence[Stretch], score: float, sure: float
) -> Finding:
    """Return the irregular stretches of one region as one finding."""
    main, grid = group[0], reading.view.image.grid
    strip = main.column.strip
    first, last = (int(main.column.station[k]) for k in (main.first, main.last))
    middle = float(strip.s_mm[(first + last) // 2])
    length = sum(stretch.length_mm for stretch in group)
    usual = float(np.median(strip.expected_mm[first : last + 1]))
    places = tuple(_place(reading, stretch) for stretch in group)
    return Finding(
        kind=FindingKind.WALL_IRREGULARITY,
        places=places,
        confidence=sure,
        length_mm=told(length, grid),
        width_mm=told(usual, grid),
        along_duct_mm=along_mm(reading, strip, middle),
        straight_mm=straight_mm(reading, places[0].row, places[0].column),
        shape="irregular",
        evidence=plain(
            grid,
            ripple=main.ripple,
            agreement=main.agreement,
            region=score,
            stretches=float(len(group)),
            duct_calibre_mm=usual,
            length_mm=length,
        ),
        explanation=(
            f"Over {say(length, grid)} the calibre varies by {main.ripple:.0%} "
            "(standard deviation of what outline and contrast agree on) about "
            f"{say(usual, grid)}, more than in intact ducts of that width."
        ),
        profile=profile_of(strip, first, last),
    )


def _place(reading: Reading, stretch: Stretch) -> Place:
    """Return the place of one stretch."""
    strip = stretch.column.strip
    first, last = (
        int(stretch.column.station[k]) for k in (stretch.first, stretch.last)
    )
    return place_of(
        reading,
        strip,
        (float(strip.s_mm[(first + last) // 2]), 0.0),
        box_outline(strip, first, last, strip.calibre_mm / 2),
    )
