"""Abrupt duct termination (DCM 111427).

What it finds
    A tip of the tree that is still wide where the contrast stops, within less than
    a millimetre, with nothing beyond.
Why it matters
    Complete obstruction: a papilloma or a carcinoma that fills the duct. Ducts
    otherwise taper until they are too thin to see.
How
    Calibre near the tip against its parent's; then the image beyond the tip, along
    the duct's own direction: how fast contrast falls from 85 to 25 %, and whether
    any duct carries on.
Limits
    Not judged near the image border, the nipple, another duct, or where the tip is
    flagged as overlapped. A duct that turns steeply towards the detector ends
    without a lesion; so does one at the edge of what was injected, if its front is
    sharp.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import label

from galactograph.finders._ends import End, end_at, fan_of, full_of, sample
from galactograph.finders._lumen import is_lumen, is_one
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
from galactograph.values.arrays import Floats
from galactograph.values.codes import FindingKind
from galactograph.values.report import Finding, Reading, Strip


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What counts as an abrupt end.

    Attributes
    ----------
    least_calibre_mm
        Of the last stretch. source: design page (0.5 mm, or 0.6 of the parent), and
        a margin, assumed: some normal ducts end at 0.5 mm.
    most_fall_mm, fall_of_calibre
        Contrast falls from 85 to 25 % within the first plus the second times the
        calibre (a round end is not square). source: design page (0.5 to 0.8 mm).
    border_mm, nipple_mm
        Not judged nearer than this to the image border or the nipple: ducts leave
        the field there. source: assumed.
    neighbour
        Not judged with another duct nearer than this many calibres. source: assumed.
    carries_on
        Share of the contrast at the tip that shows a duct beyond. source: assumed.
    skin_mm
        Not judged with the edge of the breast nearer ahead. source: assumed.
    end_on
        A tip brighter than this, over the duct before it, runs along the beam.
        source: assumed.
    filled
        Share of the contrast at the tip that makes a neighbour a filled one.
        source: assumed.
    most_edge_mm
        The fall lies no further from the end of the trace. source: assumed.
    step
        Contrast beyond over contrast before, where a trace runs on. source: assumed.
    same_mm
        Two ends nearer than this are one. source: assumed.
    most_overlap
        Share of the last stretch that may lie over another duct. source: assumed.
    wide_mm
        From this calibre on, the form of the cross-section tells one duct from two.
        source: assumed.
    horn
        So many calibres ahead, and twice that aside, a line lies within the duct that
        ends: the horns of a cup about a round mass. source: assumed.
    """

    least_calibre_mm: float = 0.55
    most_fall_mm: float = 0.6
    fall_of_calibre: float = 0.35
    border_mm: float = 8.0
    nipple_mm: float = 6.0
    neighbour: float = 0.8
    carries_on: float = 0.25
    skin_mm: float = 6.0
    end_on: float = 1.5
    filled: float = 0.4
    most_edge_mm: float = 1.5
    step: float = 0.3
    same_mm: float = 2.0
    most_overlap: float = 0.6
    wide_mm: float = 1.2
    horn: float = 0.3


def find(reading: Reading, settings: Settings | None = None) -> Iterator[Finding]:
    """Yield the abrupt terminations of a reading."""
    if not readable(reading):
        return
    settings = settings or Settings()
    seen: list[Floats] = []
    for strip in reading.strips:
        for station in _stops(strip, settings):
            end = end_at(reading, strip, station)
            if end is None or not _is_abrupt(reading, end, settings):
                continue
            if any(np.hypot(*(end.tip - tip)) < settings.same_mm for tip in seen):
                continue
            seen.append(end.tip)
            yield _finding(reading, end, settings)


def _stops(strip: Strip, settings: Settings) -> Iterator[int]:
    """Yield the stations where contrast may stop: steps down on the way, the tip.

    A trace can run on past an obstruction, over what is empty, to another duct.
    """
    if strip.s_mm[-1] < 2.0:
        return
    step = float(np.median(np.diff(strip.s_mm)))
    middle = np.abs(strip.u_mm) <= 0.15
    held = np.maximum(np.asarray(strip.excess, float)[:, middle].mean(1), 0)
    gap, reach = round(0.5 / step), round(2.5 / step)
    if len(held) > 4 * reach:
        at = np.arange(reach, len(held) - reach)
        windows = np.lib.stride_tricks.sliding_window_view(held, reach - gap)
        before = np.median(windows, axis=1)[at - reach]
        after = np.percentile(windows, 75, axis=1)[at + gap]
        ratio = np.where(before > 5 * strip.noise, after / np.maximum(before, 1e-9), 1)
        steps, count = label(ratio < settings.step)
        for number in range(1, count + 1):
            inside = np.flatnonzero(steps == number)
            yield int(at[inside[ratio[inside].argmin()]])
    if strip.ends_free:
        yield len(strip.s_mm) - 1


def _is_abrupt(reading: Reading, end: End, settings: Settings) -> bool:
    """Return True if the tip is wide, sharp, free and the last of its duct."""
    wide = end.calibre_mm >= settings.least_calibre_mm
    most = settings.most_fall_mm + settings.fall_of_calibre * end.calibre_mm
    return (
        wide
        and end.fall_mm <= most
        and abs(end.edge_mm) <= settings.most_edge_mm
        and _holds(end, reading, settings)
        and _is_clear(reading, end, settings)
        and not _carries_on(reading, end, settings)
    )


def _is_clear(reading: Reading, end: End, settings: Settings) -> bool:
    """Return False near the border, the skin, the nipple or another duct."""
    grid = reading.view.image.grid
    step = np.array(grid.spacing_mm)
    shape = np.array(grid.shape[-2:])
    ahead = (end.tip + settings.border_mm * end.along) / step
    if (ahead < 0).any() or (ahead > shape - 1).any():
        return False
    fan = end.tip + np.arange(1.0, settings.skin_mm)[:, None, None] * fan_of(end)[None]
    index = np.clip(np.rint(fan / step).astype(int), 0, shape - 1)
    if not reading.scene.breast[index[..., 0], index[..., 1]].all():
        return False
    nipple = reading.scene.nipple
    if nipple is not None:
        at = np.array([nipple.row, nipple.column]) * step
        if np.hypot(*(end.tip - at)) < settings.nipple_mm:
            return False
    return _apart(reading, end, settings)


def _apart(reading: Reading, end: End, settings: Settings) -> bool:
    """Return True if no other filled duct lies beside or before the tip."""
    step = np.array(reading.view.image.grid.spacing_mm)
    s = end.strip.s_mm - end.strip.s_mm[end.station]
    own = end.strip.nodes[s > -8.0]
    across = np.array([end.along[1], -end.along[0]])
    reach = settings.neighbour * max(end.calibre_mm, 0.5)
    for number, duct in enumerate(reading.ducts):
        away = np.stack([duct.rows, duct.columns], 1) * step - end.tip
        near = np.hypot(*away.T) - duct.calibre_mm / 2 < reach
        # What lies behind is the same lumen, traced twice.
        ahead, aside = away @ end.along, np.abs(away @ across)
        near &= ahead > -0.2 * end.calibre_mm
        if number == end.strip.duct:
            near[own] = False
            # Nor is a line along the horns of a cup another duct.
            horn = settings.horn * end.calibre_mm
            near &= (ahead > horn) | (aside > 2 * horn)
        held = sample(reading, away[near] + end.tip)
        if (held > settings.filled * full_of(end)).any():
            return False
    return True


def _holds(end: End, reading: Reading, settings: Settings) -> bool:
    """Return True if the last stretch is a lumen that lies in the image plane.

    Parenchyma traced as a duct is faint and has no walls; a duct that turns towards
    the beam is brighter at its tip than before.
    """
    s = end.strip.s_mm - end.strip.s_mm[end.station]
    tip = float(np.percentile(end.strip.excess[np.abs(s) < 0.7].max(1), 90))
    if tip > settings.end_on * full_of(end):
        return False
    last = (s > -2.9) & (s < -0.4)
    # Where ducts cross, a strip may leave the one it came on: no duct has ended.
    crossed = end.strip.overlap[last].mean() > settings.most_overlap
    # In a wide duct several lines may be traced, which are then said to overlap.
    wide = end.calibre_mm >= settings.wide_mm
    if crossed and not (wide and is_one(end.strip, last, end.calibre_mm)):
        return False
    return is_lumen(reading, end.strip, last, end.calibre_mm)


def _carries_on(reading: Reading, end: End, settings: Settings) -> bool:
    """Return True if a line of contrast goes on beyond, within 35 degrees of ahead.

    The brightest path through a fan, that turns by no more than 3 degrees each
    0.2 mm, over what lies about it (a mass is bright everywhere).
    """
    reach = np.arange(1.0, 5.0, 0.2) + end.edge_mm
    fan = sample(reading, end.tip + reach[:, None, None] * fan_of(end)[None])
    fan = fan - np.median(fan, axis=1, keepdims=True)
    total = fan[0]
    rows = [fan[0]]
    for ring in fan[1:]:
        padded = np.pad(total, 1, constant_values=-np.inf)
        options = np.stack([padded[:-2], padded[1:-1], padded[2:]])
        choice = options.argmax(0)
        came = np.clip(np.arange(fan.shape[1]) + choice - 1, 0, fan.shape[1] - 1)
        rows = [row[came] for row in rows]
        rows.append(ring)
        total = options.max(0) + ring
    path = np.array([row[total.argmax()] for row in rows])
    beyond = path > max(settings.carries_on * full_of(end), 5 * end.strip.noise)
    return bool(beyond.mean() > 0.75)


def _finding(reading: Reading, end: End, settings: Settings) -> Finding:
    """Return the end as a finding."""
    grid, strip = reading.view.image.grid, end.strip
    share = end.calibre_mm / max(end.parent_mm, 1e-6)
    sharp = end.fall_mm / (
        settings.most_fall_mm + settings.fall_of_calibre * end.calibre_mm
    )
    score = -1.0 + 2.5 * bounded(share, 0.3, 1.0) + 2.0 * (1 - min(sharp, 1.0))
    score += 1.5 * bounded(end.calibre_mm, 0.4, 1.2)
    last = end.station
    first = int(np.searchsorted(strip.s_mm, strip.s_mm[last] - 1.0))
    s = float(strip.s_mm[last]) + end.edge_mm
    place = place_of(
        reading,
        strip,
        (min(s, float(strip.s_mm[-1])), 0.0),
        box_outline(strip, first, last, end.calibre_mm / 2),
    )
    return Finding(
        kind=FindingKind.TERMINATION,
        places=(place,),
        confidence=logistic(score),
        width_mm=told(end.calibre_mm, grid),
        along_duct_mm=along_mm(reading, strip, s),
        straight_mm=straight_mm(reading, place.row, place.column),
        evidence=plain(
            grid,
            end_calibre_mm=end.calibre_mm,
            of_parent=share,
            fall_mm=end.fall_mm,
            convexity=end.convexity,
        ),
        explanation=(
            f"The duct is still {say(end.calibre_mm, grid)} wide where contrast stops "
            f"({share:.0%} of its parent); contrast falls from 85 to 25 % within "
            f"{say(end.fall_mm, grid)} and no duct carries on. "
            f"The end is {_form(end.convexity)}."
        ),
        profile=profile_of(strip, first, last),
    )


def _form(convexity: float) -> str:
    """Return the form of an end in words."""
    if convexity < -0.15:
        return "cupped (a meniscus, as around a round mass)"
    return "rounded or tapered" if convexity > 0.45 else "straight"
