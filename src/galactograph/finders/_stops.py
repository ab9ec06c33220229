"""Stops of contrast along a trace: which of them are abrupt ends of a duct."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import label

from galactograph.finders._ends import End, fan_of, full_of, sample
from galactograph.finders._lumen import Settings as Lumen
from galactograph.finders._lumen import is_lumen, is_one
from galactograph.values.report import Reading, Strip
from galactograph.values.study import GreyScale


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
    daughter
        A duct beside the tip of less than this share of its calibre does not carry it
        on: a daughter of half the calibre takes an eighth of the flow (Murray's law,
        derived).
    least_depth
        Contrast over calibre of the lumen that ends. source: as for other lumina, less
        a tenth, for it is judged over 2.5 mm only (assumed).
    most_convex
        The middle reaches no further beyond the sides, or less far, than so many radii:
        a ball reaches 0.4 (derived), twice that is no end across the duct (assumed; 12
        ends of blocked ducts keep within 0.65, measured on simulated dev studies).
    widest_mm
        Wider ducts are judged by their fronts, not along their trace. source: fronts
        are looked for from 1.2 mm on; a tenth more, for the two measure differently.
    faint_per_mm
        Where contrast attenuates less than this and no scout was subtracted, tissue
        looks like the end of a thin duct. source: half of undiluted contrast; strands
        of tissue reach 0.25 (measured on simulated scouts).
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
    daughter: float = 0.45
    least_depth: float = 0.58
    most_convex: float = 0.8
    widest_mm: float = 1.32
    faint_per_mm: float = 0.32


def stops(strip: Strip, settings: Settings) -> Iterator[int]:
    """Yield the stations where contrast may stop: steps down on the way, the tip.

    A trace can run on past an obstruction, over what is empty, to another duct.
    """
    if strip.s_mm[-1] < 2.0:
        return
    step = float(np.median(np.diff(strip.s_mm)))
    middle = np.abs(strip.u_mm) <= 0.15
    held = np.maximum(np.asarray(strip.excess, float)[:, middle].mean(1), 0)
    gap, reach = round(0.5 / step), round(2.5 / step)
    if len(held) > 2 * reach:
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


def is_abrupt(reading: Reading, end: End, settings: Settings) -> bool:
    """Return True if the tip is wide, sharp, free and the last of its thin duct."""
    wide = settings.least_calibre_mm <= end.calibre_mm <= settings.widest_mm
    most = settings.most_fall_mm + settings.fall_of_calibre * end.calibre_mm
    return (
        wide
        and abs(end.convexity) <= settings.most_convex
        and not _is_faint(reading, settings)
        and end.fall_mm <= most
        and abs(end.edge_mm) <= settings.most_edge_mm
        and _holds(end, reading, settings)
        and in_view(reading, end, settings)
        and _apart(reading, end, settings)
        and not _carries_on(reading, end, settings)
    )


def _is_faint(reading: Reading, settings: Settings) -> bool:
    """Return True if contrast is so thin that tissue looks the same."""
    return (
        reading.view.grey_scale is GreyScale.ATTENUATION
        and not reading.scene.subtracted
        and reading.opacity_per_mm < settings.faint_per_mm
    )


def in_view(reading: Reading, end: End, settings: Settings) -> bool:
    """Return False near the border, the skin or the nipple: ducts leave there."""
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
    return True


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
        near &= duct.calibre_mm >= settings.daughter * end.calibre_mm
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
    lumen = Lumen(least_depth=settings.least_depth)
    return is_lumen(reading, end.strip, last, end.calibre_mm, lumen)


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
