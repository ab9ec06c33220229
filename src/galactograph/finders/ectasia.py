"""Duct ectasia (SCT 22049009).

What it finds
    A stretch of duct wider than 2 mm, or than 3 mm close to the nipple.
Why it matters
    A benign cause of discharge when it tapers normally and nothing else is seen:
    1 of 32 pure ectasias was cancer (Dinkel 2000). A duct may also be wide because
    something obstructs it, so the other findings count as well.
How
    Calibre, smoothed, less its standard error, against the limits, over a length
    of several millimetres; stretches of one duct system are told as one finding,
    focal or diffuse.
Limits
    Limits are absolute: without millimetres nothing is reported. Two ducts side by
    side, or one across the edge of another, can look like one wide duct; where grey is
    linear the depth of contrast must be that of a wide duct, and rounded like one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from scipy.ndimage import binary_closing, find_objects, gaussian_filter, label

from galactograph.finders._column import STEP_MM, Column, columns, odd, running
from galactograph.finders._lumen import Settings as Lumen
from galactograph.finders._lumen import form
from galactograph.finders._places import (
    along_mm,
    box_outline,
    logistic,
    place_of,
    plain,
    profile_of,
    readable,
    straight_mm,
)
from galactograph.values.arrays import Bools, Floats
from galactograph.values.codes import FindingKind
from galactograph.values.report import Finding, Place, Reading
from galactograph.values.study import GreyScale

ONE = Lumen()
"""What one duct looks like, against two that overlap."""


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
    least_mm, least_calibres
        Least length, in mm and in calibres. source: assumed.
    diffuse_mm
        From this length on it is called diffuse. source: assumed.
    least_depth
        Depth of contrast over calibre, where grey is linear; 1 for a round duct.
        source: assumed (flattened ducts keep more than a third).
    least_filled
        Contrast in the cross-section over that of the run's other stations: two
        ducts side by side hold about half. source: assumed.
    """

    duct_mm: float = 2.0
    ampulla_mm: float = 3.0
    ampulla_reach_mm: float = 10.0
    least_mm: float = 4.0
    least_calibres: float = 1.5
    diffuse_mm: float = 20.0
    least_depth: float = 0.4
    least_filled: float = 0.75


@dataclass(frozen=True, kw_only=True, eq=False)
class _Stretch:
    """A wide part of one column."""

    column: Column
    first: int
    last: int
    widest_mm: float
    over: float

    @property
    def length_mm(self) -> float:
        return (self.last - self.first + 1) * STEP_MM


def find(reading: Reading, settings: Settings | None = None) -> Iterator[Finding]:
    """Yield one finding for each duct system with a wide stretch."""
    if not readable(reading) or not reading.view.image.grid.has_millimetres:
        return
    settings = settings or Settings()
    stretches = [
        stretch
        for column in columns(reading)
        for stretch in _stretches(reading, column, settings)
    ]
    stretches.sort(key=lambda s: s.column.strip.duct)
    for _, group in groupby(stretches, key=lambda s: s.column.strip.duct):
        yield _finding(reading, tuple(group), settings)


def _stretches(
    reading: Reading, column: Column, settings: Settings
) -> Iterator[_Stretch]:
    """Yield the wide parts of one column."""
    strip = column.strip
    sigma = np.median(strip.sigma_mm)
    calibre = running(2 * column.radius_mm, 40, 1.0)
    limit = _limits_mm(reading, column, settings)
    wide: Bools = (calibre - sigma > limit) & column.walled
    regions, _ = label(binary_closing(wide, np.ones(odd(2.0))))
    for (where,) in find_objects(regions):
        first, last = where.start, where.stop - 1
        widest = float(np.percentile(calibre[where], 90))
        length = (last - first + 1) * STEP_MM
        least = max(settings.least_mm, settings.least_calibres * widest)
        if length < least or wide[where].mean() < 0.5:
            continue
        if _depth(reading, column, where) < settings.least_depth:
            continue
        if float(np.median(column.filled[where])) < settings.least_filled:
            continue
        if _two(reading, column, where):
            continue
        yield _Stretch(
            column=column,
            first=first,
            last=last,
            widest_mm=widest,
            over=float(np.percentile(calibre[where] / limit[where], 90)),
        )


def _limits_mm(reading: Reading, column: Column, settings: Settings) -> Floats:
    """Return the limit at each station: more is normal close to the nipple."""
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
    near = away[column.station] <= settings.ampulla_reach_mm
    return np.where(near, settings.ampulla_mm, settings.duct_mm)


def _depth(reading: Reading, column: Column, where: slice) -> float:
    """Return depth of contrast over calibre; 1 where grey is not linear."""
    if reading.view.grey_scale is GreyScale.DISPLAY or reading.opacity_per_mm <= 0:
        return 1.0
    strip = column.strip
    # The column's offsets are its own; the strip's excess lies on the strip's.
    middle = np.abs(strip.u_mm) < 0.2
    rows = column.station[where]
    held = np.median(np.asarray(strip.excess, float)[rows][:, middle], axis=1)
    depth = held / reading.opacity_per_mm
    return float(np.median(depth / np.maximum(2 * column.radius_mm[where], 1e-6)))


def _two(reading: Reading, column: Column, where: slice) -> bool:
    """Tell whether the cross-sections are those of two ducts that overlap."""
    if reading.view.grey_scale is GreyScale.DISPLAY:
        return False
    thickness = gaussian_filter(column.thickness_mm[where], (3.0, 1.0))
    forms = np.array(
        [
            form(section, column.u_mm, float(radius))
            for section, radius in zip(thickness, column.radius_mm[where], strict=True)
        ]
    )
    forms = forms[np.isfinite(forms).all(1)]
    if not len(forms):
        return False
    misshaped, peaked = forms.T
    # A defect misshapes a part of a stretch, a second duct nearly all of it.
    return bool(
        np.percentile(misshaped, 25) > ONE.most_misshaped
        and np.median(peaked) > ONE.most_peaked
    )


def _finding(
    reading: Reading, group: tuple[_Stretch, ...], settings: Settings
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
        kind=FindingKind.ECTASIA,
        places=places,
        confidence=logistic(-0.5 + 9.0 * (over - 1.1) + 0.06 * min(length, 40.0)),
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


def _place(reading: Reading, stretch: _Stretch) -> Place:
    """Return the place of one stretch."""
    strip = stretch.column.strip
    first, last = (
        int(stretch.column.station[k]) for k in (stretch.first, stretch.last)
    )
    middle = float(stretch.column.s_mm[(stretch.first + stretch.last) // 2])
    half = np.interp(strip.s_mm, stretch.column.s_mm, stretch.column.radius_mm)
    outline = box_outline(strip, first, last, half)
    return place_of(reading, strip, (middle, 0.0), outline)


def _taper(stretch: _Stretch) -> float:
    """Return the relative change of calibre per cm outward."""
    rows = slice(stretch.first, stretch.last + 1)
    slope = np.polyfit(
        stretch.column.s_mm[rows],
        np.log(np.maximum(2 * stretch.column.radius_mm[rows], 0.1)),
        1,
    )[0]
    return float(np.expm1(10 * slope))
