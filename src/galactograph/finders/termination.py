"""Abrupt duct termination (DCM 111427).

What it finds
    A duct that is still wide where the contrast stops, within less than a millimetre,
    with nothing beyond.
Why it matters
    Complete obstruction: a papilloma or a carcinoma that fills the duct. Ducts
    otherwise taper until they are too thin to see.
How
    Wide ducts: fronts across the whole lumen, looked for in the image straight ahead
    of each stretch, and how much contrast goes on past them (`_fronts`). Thin ones:
    stops of contrast along the trace (`_stops`): calibre near the tip against its
    parent's, how fast contrast falls from 85 to 25 %, and whether any duct carries on.
    Short ends that no trace enters: fronts straight ahead of where a trace turns aside
    (`_stumps`).
Limits
    Not judged near the image border, the skin or the nipple, or where another duct of
    like calibre lies beside the tip. A duct that turns steeply towards the detector
    ends without a lesion; so does one at the edge of what was injected, if its front
    is sharp. Where contrast is no denser than tissue and there is no scout, thin ends
    are not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from galactograph.finders._ends import End, end_at, parent_mm
from galactograph.finders._fronts import Front, fronts
from galactograph.finders._past import flare
from galactograph.finders._places import (
    along_mm,
    bounded,
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
from galactograph.finders._stops import Settings, in_view, is_abrupt, stops
from galactograph.finders._stumps import stumps
from galactograph.values.codes import FindingKind
from galactograph.values.report import Finding, Place, Reading

__all__ = ["Settings", "find"]

_SWOLLEN, _BEYOND = 1.2, 1.0
"""A duct that ends wider than its parent by the first is swollen by what grows in it:
the middle of that lies beyond the front, by about its width. source: a papilloma of
1.7 x 3.7 mm in one case (found); on simulated development studies 0.9 to 1.8 times
(measured)."""

_NARROWED, _WIDENED, _FLARED = 0.85, 1.25, 1.12
"""A front that has narrowed below the first of its width is the shoulder of a swelling;
so is one wider than its parent by the second that does not flare by the third: what
swells a duct lies at the front that it blocks. source: 3 blocked ducts of usual width
keep 0.94 and more, 7 swollen ones flare by 1.17 to 1.48; of 10 shoulders of swellings 5
keep 0.83 or less, and 4 that are swollen flare by at most 1.10 (measured on simulated
development studies; the rule was made on most of them)."""

_SHARE = 0.4
"""Contrast past a front that no longer counts as blocked; see `_fronts`."""


def find(reading: Reading, settings: Settings | None = None) -> Iterator[Finding]:
    """Yield the abrupt terminations of a reading."""
    if not readable(reading):
        return
    settings = settings or Settings()
    seen: list[End] = []
    for end, share in _ends(reading, settings):
        if in_view(reading, end, settings) and not _seen(end, seen, settings):
            seen.append(end)
            yield _finding(reading, end, settings, share=share)


def _ends(reading: Reading, settings: Settings) -> Iterator[tuple[End, float]]:
    """Yield ends, and the share of contrast that goes on past each; some twice."""
    yield from _blocked(reading, fronts(reading))
    for strip in reading.strips:
        for station in stops(strip, settings):
            found = end_at(reading, strip, station)
            if found is not None and is_abrupt(reading, found, settings):
                yield found, 0.0
    yield from _blocked(reading, stumps(reading))


def _blocked(reading: Reading, some: Iterable[Front]) -> Iterator[tuple[End, float]]:
    """Yield fronts as ends of their ducts, but for shoulders of swellings."""
    for front in some:
        end = _end_of(reading, front)
        if not _is_shoulder(reading, front, end):
            yield end, front.share


def _end_of(reading: Reading, front: Front) -> End:
    """Return the front of a wide lumen as the end of its duct."""
    strip = front.strip
    return End(
        strip=strip,
        station=front.station,
        tip=front.place,
        along=front.along,
        calibre_mm=front.calibre_mm,
        parent_mm=parent_mm(reading, strip, front.station, front.calibre_mm),
        fall_mm=front.fall_mm,
        edge_mm=0.0,
        convexity=-front.depth,
    )


def _is_shoulder(reading: Reading, front: Front, end: End) -> bool:
    """Return True if a front is where a swelling ends and the duct goes on thin."""
    flared = flare(
        reading, (front.place, front.along), front.calibre_mm, front.contrast
    )
    swollen = end.calibre_mm > _WIDENED * end.parent_mm
    return flared < _NARROWED or (swollen and flared < _FLARED)


def _seen(end: End, seen: list[End], settings: Settings) -> bool:
    """Return True if this end was told before: two within a calibre are one."""
    return any(
        np.hypot(*(end.tip - other.tip)) < max(settings.same_mm, 1.2 * other.calibre_mm)
        for other in seen
    )


def _finding(
    reading: Reading, end: End, settings: Settings, *, share: float
) -> Finding:
    """Return the end as a finding; `share` of its contrast goes on past it."""
    grid, strip = reading.view.image.grid, end.strip
    of_parent = end.calibre_mm / max(end.parent_mm, 1e-6)
    sharp = end.fall_mm / (
        settings.most_fall_mm + settings.fall_of_calibre * end.calibre_mm
    )
    score = -1.0 + 2.5 * bounded(of_parent, 0.3, 1.0) + 2.0 * (1 - min(sharp, 1.0))
    score += 1.5 * bounded(end.calibre_mm, 0.4, 1.2) - 1.5 * share / _SHARE
    last = end.station
    first = int(np.searchsorted(strip.s_mm, strip.s_mm[last] - 1.0))
    beyond = _BEYOND * end.calibre_mm if of_parent >= _SWOLLEN else 0.0
    s = float(strip.s_mm[last]) + end.edge_mm + beyond
    place = _place(reading, end, first, beyond)
    return Finding(
        kind=FindingKind.TERMINATION,
        places=(place,),
        confidence=logistic(score),
        width_mm=told(end.calibre_mm, grid),
        along_duct_mm=along_mm(reading, strip, s),
        straight_mm=straight_mm(reading, place.row, place.column),
        shape=_form(end.convexity)[0],
        evidence=plain(
            grid,
            end_calibre_mm=end.calibre_mm,
            of_parent=of_parent,
            fall_mm=end.fall_mm,
            convexity=end.convexity,
            goes_on=share,
        ),
        explanation=_told(reading, end, of_parent, share),
        profile=profile_of(strip, first, last),
    )


def _place(reading: Reading, end: End, first: int, beyond_mm: float) -> Place:
    """Return the place of what stops contrast, outlined from `first` to the end."""
    grid, strip = reading.view.image.grid, end.strip
    s = min(float(strip.s_mm[end.station]) + end.edge_mm, float(strip.s_mm[-1]))
    outline = box_outline(strip, first, end.station, end.calibre_mm / 2)
    place = place_of(reading, strip, (s, 0.0), outline)
    at = end.tip + (end.edge_mm + beyond_mm) * end.along
    at = at / np.array(grid.spacing_mm)
    row, column = np.clip(at, 0, np.array(grid.shape[-2:]) - 1)
    return replace(place, row=float(row), column=float(column))


def _told(reading: Reading, end: End, of_parent: float, share: float) -> str:
    """Say what was seen."""
    grid = reading.view.image.grid
    if share > 0:
        on = f"and {share:.0%} of it goes on beyond"
    else:
        on = "and no duct carries on"
    return (
        f"The duct is still {say(end.calibre_mm, grid)} wide where contrast stops "
        f"({of_parent:.0%} of its parent); contrast falls from 85 to 25 % within "
        f"{say(end.fall_mm, grid)} {on}. The end is {_form(end.convexity)[1]}."
    )


def _form(convexity: float) -> tuple[str, str]:
    """Return the form of an end in a word, and in words."""
    if convexity < -0.15:
        return "cupped", "cupped (a meniscus, as around a round mass)"
    if convexity > 0.45:
        return "tapered", "rounded or tapered"
    return "straight", "straight"
