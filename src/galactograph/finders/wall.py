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
    wall that waves is not. A running median over free duct (no fork, no crossing)
    asks that most of a stretch waves; a single bulge, step or side branch does not.
    All stretches of one duct system are told as one finding.
Limits
    Ducts below 0.45 mm have pixelated walls and are not judged. A row of lobules
    along a duct looks ragged too. Slight raggedness (below 15 %) is not told from a
    restless measurement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from galactograph.finders._calipers import dense_mm, outline_mm
from galactograph.finders._column import STEP_MM, Column, columns, smooth_mm
from galactograph.finders._places import (
    along_mm,
    bounded,
    box_outline,
    place_of,
    plain,
    profile_of,
    readable,
    say,
    straight_mm,
    told,
)
from galactograph.values.arrays import Floats
from galactograph.values.codes import FindingKind
from galactograph.values.report import Finding, Place, Reading

_FINE_MM, _COARSE_MM = 0.1, 1.5
"""Blurs whose difference keeps waves of about 0.3 to 3 mm. source: design page."""

_EVERY = 10
"""Stations between the stretches tried: one millimetre. source: design."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What counts as irregular.

    Attributes
    ----------
    least_ripple
        Robust standard deviation of log calibre that outline and contrast share. On
        development studies intact ducts stay below 0.145 (measured).
    window_mm, least_mm
        Stretch that is judged as one (design page: 5 mm and more), and how much free
        duct it must hold. source: assumed.
    least_calibre_mm
        source: design page (0.4 mm, and a margin), assumed.
    least_turns
        Swings per 5 mm: one bulge is no ripple. source: assumed.
    least_agreement
        Correlation of the outline's wave with that of the contrast in the
        cross-section. source: assumed; an outline that catches a neighbour has none.
    """

    least_ripple: float = 0.15
    window_mm: float = 6.0
    least_mm: float = 4.0
    least_calibre_mm: float = 0.45
    least_turns: float = 3.0
    least_agreement: float = 0.6


@dataclass(frozen=True, kw_only=True, eq=False)
class _Stretch:
    """An irregular part of one column: stations, ripple, agreement."""

    column: Column
    first: int
    last: int
    ripple: float
    agreement: float

    @property
    def length_mm(self) -> float:
        return (self.last - self.first + 1) * STEP_MM


def find(reading: Reading, settings: Settings | None = None) -> Iterator[Finding]:
    """Yield one finding for each duct system with irregular walls."""
    if not readable(reading):
        return
    settings = settings or Settings()
    stretches = [
        stretch
        for column in columns(reading)
        for stretch in _joined(_stretches(column, settings))
    ]
    stretches.sort(key=lambda s: s.column.strip.duct)
    for _, group in groupby(stretches, key=lambda s: s.column.strip.duct):
        yield _finding(reading, sorted(group, key=lambda s: -s.ripple))


def _stretches(column: Column, settings: Settings) -> Iterator[_Stretch]:
    """Yield the stretches of one column that wave, each as long as the window."""
    dense, outline = dense_mm(column), outline_mm(column)
    waves = [_wave(line) for line in (dense, outline)]
    course = smooth_mm(dense, _COARSE_MM)
    free = column.walled & ~column.overlap & (course >= settings.least_calibre_mm)
    size, least = (
        round(mm / STEP_MM) for mm in (settings.window_mm, settings.least_mm)
    )
    for first in range(0, max(len(dense) - size, 0) + 1, _EVERY):
        inside = first + np.flatnonzero(free[first : first + size])
        if len(inside) < least:
            continue
        one, other = (wave[inside] - np.median(wave[inside]) for wave in waves)
        ripple = _ripple(one, other)
        if ripple < settings.least_ripple:
            continue
        agreement = float(np.corrcoef(one, other)[0, 1])
        turns = _turns(one, ripple) * 5.0 / (len(inside) * STEP_MM)
        if agreement >= settings.least_agreement and turns >= settings.least_turns:
            yield _Stretch(
                column=column,
                first=int(inside[0]),
                last=int(inside[-1]),
                ripple=ripple,
                agreement=agreement,
            )


def _wave(calibre_mm: Floats) -> Floats:
    """Return log calibre (N,) over its own smooth course."""
    logs = np.log(np.maximum(calibre_mm, 0.05))
    return smooth_mm(logs, _FINE_MM) - smooth_mm(logs, _COARSE_MM)


def _ripple(one: Floats, other: Floats) -> float:
    """Return the robust standard deviation that two waves (N,) share."""
    shared = np.where(one * other > 0, np.sqrt(np.abs(one * other)), 0.0)
    return float(1.4826 * np.median(shared))


def _turns(wave: Floats, ripple: float) -> int:
    """Return how often the wave swings from wide to narrow or back."""
    side = np.where(wave > 0.5 * ripple, 1, np.where(wave < -0.5 * ripple, -1, 0))
    side = side[side != 0]
    return int((np.diff(side) != 0).sum())


def _joined(stretches: Iterator[_Stretch]) -> list[_Stretch]:
    """Return stretches of one column, those that touch as one."""
    found: list[_Stretch] = []
    for stretch in stretches:
        if not found or stretch.first > found[-1].last:
            found.append(stretch)
            continue
        before = found.pop()
        best = max(before, stretch, key=lambda s: s.ripple)
        found.append(replace(best, first=before.first, last=stretch.last))
    return found


def _finding(reading: Reading, group: list[_Stretch]) -> Finding:
    """Return the irregular stretches of one duct system as one finding."""
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
        confidence=0.4
        + 0.4 * bounded(main.ripple, 0.12, 0.25)
        + 0.15 * bounded(length, 5, 25),
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
            f"(standard deviation of what outline and contrast agree on) about "
            f"{say(usual, grid)}, wide and narrow in turn."
        ),
        profile=profile_of(strip, first, last),
    )


def _place(reading: Reading, stretch: _Stretch) -> Place:
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
