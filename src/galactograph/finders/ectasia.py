"""Duct ectasia (SCT 22049009).

What it finds
    A stretch of duct wider than 2 mm, or than 3 mm close to the nipple.
Why it matters
    A benign cause of discharge when it tapers normally and nothing else is seen:
    1 of 32 pure ectasias was cancer (Dinkel 2000). A duct may also be wide because
    something obstructs it, so the other findings count as well.
How
    Calibre, smoothed, less its standard error, against the limits. Each stretch is
    weighed by its length, walls, depth of contrast, form across and neighbours
    (`_wide_signs`); stretches of one duct system are told as one finding, focal or
    diffuse, as sure as the surest of them.
Limits
    Limits are absolute: without millimetres nothing is reported. Two ducts side by
    side, or one across the edge of another, can look like one wide duct.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import numpy as np
from scipy.ndimage import binary_closing, find_objects, label

from galactograph.finders._chances import LEAST, Candidate, Signs, chance
from galactograph.finders._column import STEP_MM, Column, columns, odd, running
from galactograph.finders._places import (
    along_mm,
    box_outline,
    place_of,
    plain,
    profile_of,
    readable,
    straight_mm,
)
from galactograph.finders._wide_signs import Stretch, signs
from galactograph.values.arrays import Bools
from galactograph.values.codes import FindingKind
from galactograph.values.report import Finding, Place, Reading

_KIND = FindingKind.ECTASIA


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What counts as wide.

    Attributes
    ----------
    duct_mm, ampulla_mm
        Limits of calibre. source: Radiopaedia wording, quoted on pacs.de (found).
    ampulla_reach_mm
        Distance from the nipple in which the second holds. source: design page
        (10 mm), assumed.
    gap_mm
        Stretches no farther apart are one. source: assumed.
    least_mm
        What is shorter is not weighed. source: assumed.
    diffuse_mm
        From this length on it is called diffuse. source: assumed.
    """

    duct_mm: float = 2.0
    ampulla_mm: float = 3.0
    ampulla_reach_mm: float = 10.0
    gap_mm: float = 2.0
    least_mm: float = 2.0
    diffuse_mm: float = 20.0


def find(reading: Reading, settings: Settings | None = None) -> Iterator[Finding]:
    """Yield one finding for each duct system with a wide stretch."""
    settings = settings or Settings()
    for group in _systems(reading, settings):
        every = [(chance(_KIND.word, told), stretch) for stretch, told in group]
        sure = sorted(
            (pair for pair in every if pair[0] >= LEAST), key=lambda pair: -pair[0]
        )
        if sure:
            stretches = tuple(stretch for _, stretch in sure)
            yield _finding(reading, settings, stretches, sure[0][0])


def candidates(
    reading: Reading, settings: Settings | None = None
) -> Iterator[Candidate]:
    """Yield every wide stretch of a reading, with its signs."""
    settings = settings or Settings()
    for group in _systems(reading, settings):
        for stretch, told in group:
            strip = stretch.column.strip
            at = stretch.column.station[(stretch.first + stretch.last) // 2]
            yield Candidate(
                spot_px=(float(strip.rows[at]), float(strip.columns[at])),
                signs=told,
                tell=partial(_finding, reading, settings, (stretch,)),
                apart_mm=stretch.length_mm / 2,
            )


def _systems(
    reading: Reading, settings: Settings
) -> Iterator[list[tuple[Stretch, Signs]]]:
    """Yield the wide stretches of each duct system, each with its signs."""
    if not readable(reading) or not reading.view.image.grid.has_millimetres:
        return
    stretches = [
        stretch
        for column in columns(reading)
        for stretch in _stretches(reading, column, settings)
    ]
    stretches.sort(key=lambda s: s.column.strip.duct)
    for _, group in groupby(stretches, key=lambda s: s.column.strip.duct):
        every = list(group)
        yield [(stretch, signs(reading, stretch, every)) for stretch in every]


def _stretches(
    reading: Reading, column: Column, settings: Settings
) -> Iterator[Stretch]:
    """Yield the wide parts of one column."""
    sigma = np.median(column.strip.sigma_mm)
    calibre = running(2 * column.radius_mm, 40, 1.0)
    near = _near_nipple(reading, column, settings)
    limit = np.where(near, settings.ampulla_mm, settings.duct_mm)
    wide = calibre - sigma > limit
    regions, _ = label(binary_closing(wide, np.ones(odd(settings.gap_mm))))
    for (where,) in find_objects(regions):
        enough = (where.stop - where.start) * STEP_MM >= settings.least_mm
        if enough and wide[where].mean() >= 0.5:
            yield Stretch(
                column=column,
                first=where.start,
                last=where.stop - 1,
                widest_mm=float(np.percentile(calibre[where], 90)),
                over=float(np.percentile(calibre[where] / limit[where], 90)),
                calibre_mm=calibre,
                near=float(near[where].mean()),
            )


def _near_nipple(reading: Reading, column: Column, settings: Settings) -> Bools:
    """Return which stations lie close to the nipple, where more is normal."""
    strip, nipple = column.strip, reading.scene.nipple
    step = reading.view.image.grid.spacing_mm
    if nipple is not None:
        away = np.hypot(
            (strip.rows - nipple.row) * step[0],
            (strip.columns - nipple.column) * step[1],
        )
    else:
        away = strip.from_nipple_mm
    if reading.ducts[strip.duct].rooted:
        away = np.minimum(away, strip.from_nipple_mm)
    near: Bools = away[column.station] <= settings.ampulla_reach_mm
    return near


def _finding(
    reading: Reading, settings: Settings, group: tuple[Stretch, ...], sure: float
) -> Finding:
    """Return the wide stretches of one duct system as one finding."""
    main = max(group, key=lambda s: s.length_mm * s.over)
    strip = main.column.strip
    length = sum(s.length_mm for s in group)
    widest = max(s.widest_mm for s in group)
    over = max(s.over for s in group)
    form = "diffuse" if length >= settings.diffuse_mm else "focal"
    places = tuple(_place(reading, s) for s in (main, *(g for g in group if g != main)))
    first, last = (int(main.column.station[k]) for k in (main.first, main.last))
    middle = float(main.column.s_mm[(main.first + main.last) // 2])
    taper = _taper(main)
    return Finding(
        kind=_KIND,
        places=places,
        confidence=sure,
        length_mm=round(length, 2),
        width_mm=round(widest, 2),
        along_duct_mm=along_mm(reading, strip, middle),
        straight_mm=straight_mm(reading, places[0].row, places[0].column),
        evidence=plain(
            reading.view.image.grid,
            widest_mm=widest,
            over_limit=over,
            diffuse=float(form == "diffuse"),
            taper_per_cm=taper,
        ),
        explanation=(
            f"{form.capitalize()} widening: up to {widest:.1f} mm over {length:.0f} mm "
            f"(limits {settings.duct_mm:g} mm, and {settings.ampulla_mm:g} mm within "
            f"{settings.ampulla_reach_mm:g} mm of the nipple); calibre changes by "
            f"{taper:+.0%} a centimetre outward."
        ),
        profile=profile_of(strip, first, last),
    )


def _place(reading: Reading, stretch: Stretch) -> Place:
    """Return the place of one stretch."""
    strip = stretch.column.strip
    first, last = (
        int(stretch.column.station[k]) for k in (stretch.first, stretch.last)
    )
    middle = float(stretch.column.s_mm[(stretch.first + stretch.last) // 2])
    half = np.interp(strip.s_mm, stretch.column.s_mm, stretch.column.radius_mm)
    outline = box_outline(strip, first, last, half)
    return place_of(reading, strip, (middle, 0.0), outline)


def _taper(stretch: Stretch) -> float:
    """Return the relative change of calibre per cm outward."""
    rows = slice(stretch.first, stretch.last + 1)
    slope = np.polyfit(
        stretch.column.s_mm[rows],
        np.log(np.maximum(2 * stretch.column.radius_mm[rows], 0.1)),
        1,
    )[0]
    return float(np.expm1(10 * slope))
