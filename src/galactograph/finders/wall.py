"""Duct wall irregularity (99GALACTO WALL_IRREG).

What it finds
    Beading, ragged edges, sacculation and narrowing in turn, over several mm.
Why it matters
    Seen more often in malignant than in benign galactograms (Cho 2005; Arch
    Gynecol Obstet 2009;280:217).
How
    Calibre over its own smooth course, as the outline has it and as the contrast of the
    cross-section has it (`_calipers`), in two bands. Each stretch is weighed by how
    much it waves, and how alike both measures are, beside its calibre and the noise of
    the picture; the stretches of a region are pooled, and the rest of the picture is
    what they are compared with (`_ripples`, `_chances`).
Limits
    Ducts below 0.25 mm are not judged, those below 0.45 mm tell little. A row of
    lobules along a duct looks ragged too. A few millimetres of ragged wall, or a
    segment most of which lies under other ducts, is not told from a restless
    measurement; nor is much where contrast is thin.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from galactograph.finders._chances import Candidate, weighed
from galactograph.finders._places import (
    along_mm,
    box_outline,
    place_of,
    plain,
    profile_of,
    readable,
    say,
    straight_mm,
    told,
)
from galactograph.finders._ripples import (
    Settings,
    Stretch,
    joined,
    regions,
    stretches,
)
from galactograph.values.codes import FindingKind
from galactograph.values.report import Finding, Place, Reading

__all__ = ["Settings", "candidates", "find"]

_KIND = FindingKind.WALL_IRREGULARITY

_SHOWN = 3
"""So many stretches of a region are shown, the most ragged. source: assumed; all of
them would cover the segment."""


def find(reading: Reading, settings: Settings | None = None) -> Iterator[Finding]:
    """Yield the regions of a reading with irregular walls."""
    pixel = reading.view.image.grid.pixel_mm
    yield from weighed(_KIND.word, candidates(reading, settings), pixel)


def candidates(
    reading: Reading, settings: Settings | None = None
) -> Iterator[Candidate]:
    """Yield the regions that may be ill, with their signs."""
    if not readable(reading):
        return
    settings = settings or Settings()
    every = stretches(reading, settings)
    if not every:
        return
    spots = np.array([stretch.spot_mm for stretch in every])
    odds = np.array([stretch.odds for stretch in every])
    spacing = np.array(reading.view.image.grid.spacing_mm[-2:])
    for region in regions(spots, odds, settings):
        row, column = spots[region.centre] / spacing
        waving = [every[k] for k in np.flatnonzero(region.inside & (odds > 0))]
        yield Candidate(
            spot_px=(float(row), float(column)),
            signs=region.signs,
            tell=partial(_finding, reading, waving),
            apart_mm=settings.reach_mm,
        )


def _finding(reading: Reading, waving: Sequence[Stretch], sure: float) -> Finding:
    """Return the irregular stretches of one region as one finding."""
    group, grid = joined(waving), reading.view.image.grid
    main = group[0]
    strip = main.column.strip
    first, last = (int(main.column.station[k]) for k in (main.first, main.last))
    middle = float(strip.s_mm[(first + last) // 2])
    length = sum(stretch.length_mm for stretch in group)
    usual = float(np.median(strip.expected_mm[first : last + 1]))
    places = tuple(_place(reading, stretch) for stretch in group[:_SHOWN])
    return Finding(
        kind=_KIND,
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
            stretches=float(len(group)),
            duct_calibre_mm=usual,
            length_mm=length,
        ),
        explanation=(
            f"Over {say(length, grid)} the calibre varies by {main.ripple:.0%} "
            "(standard deviation of what contrast tells) about "
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
