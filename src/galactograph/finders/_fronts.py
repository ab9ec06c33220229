"""Fronts of wide lumina: where a wide column of contrast stops across its whole width.

A trace wanders in what is wider than it expects: along the horns of a cup, into a
daughter beside it. So a front is looked for in the image itself, straight ahead of
each stretch of wide duct, in seven lanes over the middle of the lumen. What carries on
is measured on rings about the front: a duct that forks goes on in daughters that
together hold as much contrast as it does (Murray), a blocked one does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from galactograph.finders._courses import (
    STEP_MM,
    Course,
    course_at,
    line_of,
    way_at,
)
from galactograph.finders._ends import sample
from galactograph.finders._past import share_past, width_mm
from galactograph.values.arrays import Floats
from galactograph.values.report import Reading, Strip
from galactograph.values.study import GreyScale

_LANES = np.linspace(-0.3, 0.3, 7)
"""Lanes over the middle of the lumen, in calibres. source: assumed."""

_NEAR, _BACK = 0.12, 0.5
"""Widths are taken so many calibres before a front. source: assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a front is; lengths in mm.

    Attributes
    ----------
    least_calibre_mm
        Thinner lumina keep to their trace. source: assumed.
    before
        The lumen is followed over so many calibres. source: assumed.
    least_depth
        Contrast over calibre, where grey is linear; 1 for a round duct. source:
        assumed.
    least_noise
        Contrast over the noise of one pixel. source: assumed.
    high, low
        Contrast falls from the first to the second share. source: as for thin ends,
        wider of noise.
    most_fall_mm, fall_of_calibre
        Within the first plus the second times the calibre. source: a column that
        widens against a round mass ends over a tenth to a quarter of its width
        (measured on simulated dev studies).
    most_slant, slant_of_calibre
        A front lies across: its slope over the lanes is at most the second times the
        calibre, and the first. A thin lumen that turns is left through its side wall.
        source: assumed.
    most_depth
        Deepest over shallowest lane, in calibres: a half ball gives 0.5 (derived).
    most_share
        Contrast that goes on past the front, over that of the duct's own section:
        daughters of a fork hold 1 or more (Murray's law, derived), one thin daughter
        beside a blocked duct up to 0.34 (measured on simulated dev studies).
    least_line
        What is fainter than this share is no duct on a ring. source: assumed.
    least_kept, most_across
        Width just before the front, and half a calibre before it, in calibres. A duct
        that is blocked keeps its width; a round end has narrowed to 0.65 (derived). A
        duct that turns aside is left through its side wall: what lies across there is
        its length.
    """

    least_calibre_mm: float = 1.2
    before: float = 1.5
    least_depth: float = 0.6
    least_noise: float = 6.0
    high: float = 0.75
    low: float = 0.35
    most_fall_mm: float = 0.5
    fall_of_calibre: float = 0.2
    most_slant: float = 1.4
    slant_of_calibre: float = 0.55
    most_depth: float = 0.9
    most_share: float = 0.4
    least_line: float = 0.12
    least_kept: float = 0.8
    most_across: float = 1.45


@dataclass(frozen=True, kw_only=True, eq=False)
class Front:
    """Where a wide lumen stops, in mm of the image plane (row, column).

    Attributes
    ----------
    station
        Of the strip, from where it was seen.
    place, along
        Its middle, and the direction outward (a unit vector).
    calibre_mm, contrast
        Of the lumen before it.
    fall_mm, depth
        Median fall over the lanes; how much further the outer lanes reach than the
        middle one, in radii: positive for a cup.
    share
        Contrast that goes on past it, over that of the lumen's section.
    """

    strip: Strip
    station: int
    place: Floats
    along: Floats
    calibre_mm: float
    contrast: float
    fall_mm: float
    depth: float
    slant: float
    share: float


def fronts(reading: Reading, settings: Settings | None = None) -> list[Front]:
    """Return the fronts of wide lumina in a view, those seen straightest first."""
    settings = settings or Settings()
    seen = [
        found for strip in reading.strips for found in _ahead(reading, strip, settings)
    ]
    return apart(seen)


def apart(seen: Iterable[tuple[float, Front]]) -> list[Front]:
    """Return fronts by rank; of those in one place the first."""
    kept: list[Front] = []
    for _, front in sorted(seen, key=lambda pair: pair[0]):
        away = [np.hypot(*(front.place - other.place)) for other in kept]
        if all(
            far > 0.8 * max(front.calibre_mm, other.calibre_mm)
            for far, other in zip(away, kept, strict=True)
        ):
            kept.append(front)
    return kept


def stations(strip: Strip, settings: Settings) -> Iterator[tuple[int, float]]:
    """Yield stations of wide duct from which to look ahead, and the calibre there."""
    s = strip.s_mm
    if len(s) < 3:
        return
    pitch = float(np.median(np.diff(s)))
    calibre = gaussian_filter1d(strip.calibre_mm, 0.5 / pitch, mode="nearest")
    station = 0
    while station < len(s):
        wide = float(calibre[station])
        if (
            wide >= settings.least_calibre_mm
            and s[station] > settings.before * wide + 1
        ):
            yield station, wide
        station += max(1, round(0.4 * max(wide, 1.0) / pitch))


def _ahead(
    reading: Reading, strip: Strip, settings: Settings
) -> Iterator[tuple[float, Front]]:
    """Yield the fronts straight ahead of the stations of a strip, with their ranks."""
    line: Floats | None = None
    for station, wide in stations(strip, settings):
        line = line_of(reading, strip) if line is None else line
        way = way_at(line, strip, station, settings.before * wide)
        if way is None or way[2] < 0.7 * wide:
            continue
        course = course_at(
            reading,
            (way[0], way[1]),
            wide,
            least_mm=settings.least_calibre_mm,
            noise=settings.least_noise,
        )
        if course is not None:
            yield from front_of(reading, (strip, station), course, settings)


def front_of(
    reading: Reading,
    seen_from: tuple[Strip, int],
    course: Course,
    settings: Settings,
    *,
    beside: Floats | None = None,
) -> Iterator[tuple[float, Front]]:
    """Yield the front ahead of a lumen's course, if there is one, with its rank.

    What lies within discs `beside` (row, column and radius in mm) goes on elsewhere.
    """
    (strip, station), (at, along, section, calibre) = seen_from, course
    across = np.array([along[1], -along[0]])
    reach = np.arange(-0.8 * calibre, 2.0 * calibre, STEP_MM)
    lanes = sample(
        reading,
        at + reach[None, :, None] * along + (_LANES * calibre)[:, None, None] * across,
    )
    lanes = gaussian_filter1d(lanes, 1.0, axis=1)
    full = float(np.median(lanes[:, reach < 0]))
    if not _is_deep(reading, full, calibre, settings):
        return
    falls = [_fall(lane / full, reach, settings) for lane in lanes]
    found = [fall for fall in falls if fall is not None]
    if len(found) < len(_LANES):
        return
    fall, edge = (np.array(column) for column in zip(*found, strict=True))
    slant = float(np.polyfit(_LANES * calibre, edge, 1)[0])
    place = at + float(np.median(edge)) * along
    front = Front(
        strip=strip,
        station=station,
        place=place,
        along=along,
        calibre_mm=calibre,
        contrast=full,
        fall_mm=float(np.median(fall)),
        depth=float((edge[[0, -1]].mean() - edge[2:5].mean()) / (calibre / 2)),
        slant=slant,
        share=share_past(
            reading,
            (place, along),
            (calibre, full, section),
            least=settings.least_line,
            beside=beside,
        ),
    )
    if _is_front(front, float(np.ptp(edge)), settings) and _is_across(
        reading, front, settings
    ):
        yield abs(slant) + float(np.median(edge)) / calibre, front


def _is_front(front: Front, deep_mm: float, settings: Settings) -> bool:
    """Return True if contrast stops sharply, across, and hardly any goes on."""
    most = settings.most_fall_mm + settings.fall_of_calibre * front.calibre_mm
    slant = min(settings.most_slant, settings.slant_of_calibre * front.calibre_mm)
    return (
        front.fall_mm <= most
        and abs(front.slant) <= slant
        and deep_mm <= settings.most_depth * front.calibre_mm
        and front.share <= settings.most_share
    )


def _is_across(reading: Reading, front: Front, settings: Settings) -> bool:
    """Return True if the lumen keeps its width up to the front, and ends there."""
    near, back = (
        width_mm(
            reading, (front.place, front.along), front.calibre_mm, front.contrast, b
        )
        / front.calibre_mm
        for b in (_NEAR, _BACK)
    )
    return near >= settings.least_kept and back <= settings.most_across


def _is_deep(reading: Reading, full: float, calibre: float, settings: Settings) -> bool:
    """Return True if contrast is about as deep as the lumen is wide."""
    if full <= 0:
        return False
    if reading.view.grey_scale is GreyScale.DISPLAY or reading.opacity_per_mm <= 0:
        return True
    return full >= settings.least_depth * reading.opacity_per_mm * calibre


def _fall(
    level: Floats, reach: Floats, settings: Settings
) -> tuple[float, float] | None:
    """Return over how much a lane falls, and where it is half; None if it does not."""
    low = np.flatnonzero((level < settings.low) & (reach > 0))
    if not len(low):
        return None
    high = np.flatnonzero(level[: low[0]] >= settings.high)
    if not len(high):
        return None
    half = (settings.high + settings.low) / 2
    edge = high[-1] + np.flatnonzero(level[high[-1] :] < half)[0]
    return (low[0] - high[-1]) * STEP_MM, float(reach[edge])
