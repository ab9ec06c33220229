"""Duct wall irregularity (99GALACTO WALL_IRREG).

What it finds
    Beading, ragged edges, sacculation and narrowing in turn, over several mm.
Why it matters
    Seen more often in malignant than in benign galactograms (Cho 2005; Arch
    Gynecol Obstet 2009;280:217).
How
    Calibre over its own smooth course, band 0.3 to 3 mm along the duct; its robust
    spread less what the measurement's own error explains, in the outline and in the
    contrast of the cross-section, which must agree.
Limits
    Ducts below 0.6 mm have pixelated walls and are not judged; nor are forks and
    crossings. A row of lobules along a duct looks ragged too. Walls are followed
    smoothly, so in ducts of 1.5 mm and more half of the ragged stretches are missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import find_objects, label, uniform_filter1d

from galactograph.finders._column import (
    STEP_MM,
    Column,
    columns,
    odd,
    running,
    smooth_mm,
)
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
from galactograph.values.arrays import Bools, Floats
from galactograph.values.codes import FindingKind
from galactograph.values.report import Finding, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What counts as irregular.

    Attributes
    ----------
    least_ripple
        Standard deviation of calibre over its course, noise removed.
        source: design page (0.2 over 5 mm), lowered for a robust spread, assumed.
    least_mm
        Length over which it holds. source: design page (5 mm), assumed.
    least_calibre_mm
        source: design page (0.4 mm, and a margin), assumed.
    least_turns
        Swings per 5 mm: one bulge is no ripple. source: assumed.
    least_agreement
        Correlation of the outline's ripple with that of the contrast in the
        cross-section. source: assumed; an outline that catches a neighbour has none.
    """

    least_ripple: float = 0.2
    least_mm: float = 5.0
    least_calibre_mm: float = 0.6
    least_turns: int = 3
    least_agreement: float = 0.45


def find(reading: Reading, settings: Settings | None = None) -> Iterator[Finding]:
    """Yield the irregular stretches of wall of a reading."""
    if not readable(reading):
        return
    settings = settings or Settings()
    for column in columns(reading):
        ripple, wave, judged = _ripple(column, settings)
        rough = judged & (ripple > settings.least_ripple)
        regions, _ = label(rough)
        for (where,) in find_objects(regions):
            wide = _spread(where, settings.least_mm, len(rough))
            turns = _turns(wave[wide], settings.least_ripple)
            length = (wide.stop - wide.start) * STEP_MM
            if length < settings.least_mm:
                continue
            if (
                turns * 5.0 / length >= settings.least_turns
                and _agreement(column, wave, wide) >= settings.least_agreement
            ):
                yield _finding(reading, column, wide, float(ripple[where].max()))


def _ripple(column: Column, settings: Settings) -> tuple[Floats, Floats, Bools]:
    """Return ripple over a running 5 mm, the wave itself, and where it is judged.

    The spread is a median of deviations: a side branch that widens the outline
    once is no ripple. The lesser of outline and densitometry counts.
    """
    course = smooth_mm(column.rough_mm, 1.5)
    wave = smooth_mm(column.rough_mm, 0.1) / np.maximum(course, 0.05) - 1
    dense = _densitometric(column)
    clear = column.walled & (course >= settings.least_calibre_mm)
    share = uniform_filter1d(clear.astype(float), odd(settings.least_mm))
    sigma = np.interp(column.s_mm, column.strip.s_mm, column.strip.sigma_mm)
    floor = (sigma / np.maximum(course, 0.05)) ** 2
    spread = [
        1.4826 * running(np.abs(np.where(clear, line, 0)), 50, settings.least_mm)
        for line in (wave, dense)
    ]
    ripple = np.sqrt(np.maximum(spread[0] ** 2 - floor, 0))
    return np.minimum(ripple, 2 * spread[1]), wave, clear & (share > 0.85)


def _densitometric(column: Column) -> Floats:
    """Return the wave (N,) of calibre as the contrast of cross-sections has it."""
    inside = np.abs(column.u_mm)[None, :] <= 1.3 * column.radius_mm[:, None] + 0.1
    width = np.sqrt(np.maximum((column.thickness_mm * inside).sum(1), 0))
    return smooth_mm(width, 0.1) / np.maximum(smooth_mm(width, 1.5), 1e-6) - 1


def _agreement(column: Column, wave: Floats, where: slice) -> float:
    """Return the correlation of outline and densitometry over `where`."""
    dense = _densitometric(column)
    clear = np.flatnonzero(column.walled[where]) + where.start
    if len(clear) < 10 or np.std(dense[clear]) == 0 or np.std(wave[clear]) == 0:
        return 0.0
    return float(np.corrcoef(dense[clear], wave[clear])[0, 1])


def _spread(where: slice, length_mm: float, count: int) -> slice:
    """Return the stations that the running windows of `where` have looked at."""
    half = odd(length_mm) // 2
    return slice(max(where.start - half, 0), min(where.stop + half, count))


def _turns(wave: Floats, ripple: float) -> int:
    """Return how often the wave swings from wide to narrow or back."""
    side = np.where(wave > 0.4 * ripple, 1, np.where(wave < -0.4 * ripple, -1, 0))
    side = side[side != 0]
    return int((np.diff(side) != 0).sum())


def _finding(reading: Reading, column: Column, where: slice, ripple: float) -> Finding:
    """Return an irregular stretch as a finding."""
    strip, grid = column.strip, reading.view.image.grid
    first, last = int(column.station[where.start]), int(column.station[where.stop - 1])
    length = float(strip.s_mm[last] - strip.s_mm[first])
    middle = float(strip.s_mm[(first + last) // 2])
    usual = float(np.median(strip.expected_mm[first : last + 1]))
    place = place_of(
        reading,
        strip,
        (middle, 0.0),
        box_outline(strip, first, last, strip.calibre_mm / 2),
    )
    return Finding(
        kind=FindingKind.WALL_IRREGULARITY,
        places=(place,),
        confidence=0.4
        + 0.5 * bounded(ripple, 0.15, 0.4)
        + 0.1 * bounded(length, 5, 20),
        length_mm=told(length, grid),
        width_mm=told(usual, grid),
        along_duct_mm=along_mm(reading, strip, middle),
        straight_mm=straight_mm(reading, place.row, place.column),
        shape="irregular",
        evidence=plain(grid, ripple=ripple, duct_calibre_mm=usual, length_mm=length),
        explanation=(
            f"Over {say(length, grid)} the calibre varies by {ripple:.0%} (standard "
            f"deviation, measurement error removed) about {say(usual, grid)}, "
            "wide and narrow in turn."
        ),
        profile=profile_of(strip, first, last),
    )
