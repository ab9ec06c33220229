"""Look for missing contrast in every strip of a reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from scipy.ndimage import (
    binary_closing,
    binary_dilation,
    find_objects,
    label,
)

from galactograph.finders._bodies import bodies
from galactograph.finders._column import (
    STEP_MM,
    Column,
    columns,
    levelled,
    odd,
    smooth_mm,
)
from galactograph.finders._deficit import Deficit, Residual, Settings
from galactograph.finders._enclosed import enclosed
from galactograph.finders._evidence import weigh
from galactograph.finders._judge import holds, is_enclosed
from galactograph.finders._measure import measure
from galactograph.finders._places import straight_mm
from galactograph.kernels import blurs, ranks
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.report import Reading

_KEPT: WeakKeyDictionary[Reading, dict[Settings, tuple[Deficit, ...]]] = (
    WeakKeyDictionary()
)


_DOT_REACH = 0.75
"""Times its length within which a dot belongs to a body. source: assumed"""

_DOT_WORTH, _LAKE_WORTH = 0.5, 0.9
"""Where a dot, or a hollow, and an outline tell of one place, the outline tells its
form if it is at least so likely beside it: a lake shows the middle of a body. source:
assumed"""


def deficits(reading: Reading, settings: Settings) -> tuple[Deficit, ...]:
    """Return all deficits of a reading, the most certain first, none twice.

    Kept while the reading lives, for two finders ask for the same.
    """
    kept = _KEPT.setdefault(reading, {})
    if settings not in kept:
        kept[settings] = _deficits(reading, settings)
    return kept[settings]


def _deficits(reading: Reading, settings: Settings) -> tuple[Deficit, ...]:
    """Return the deficits of a reading, freshly looked for."""
    found = tried_in(reading, settings)
    weighed = weigh(reading, [deficit for deficit, _ in found])
    every = [
        _at_least(deficit, settings.ruled_chance if ruled else 0.0)
        for deficit, (_, ruled) in zip(weighed, found, strict=True)
    ]
    every = [deficit for deficit in every if deficit.chance >= settings.least_chance]
    every.sort(key=lambda d: -d.chance)
    kept: list[Deficit] = []
    for deficit in every:
        twins = [n for n, other in enumerate(kept) if _same(deficit, other, reading)]
        if not twins:
            kept.append(deficit)
        elif _outlines(deficit, kept[twins[0]]):
            kept[twins[0]] = replace(deficit, chance=kept[twins[0]].chance)
    return tuple(kept)


def _outlines(deficit: Deficit, other: Deficit) -> bool:
    """Return True if a deficit is the outline of what a dot or a hollow tells of."""
    if deficit.dot is not None or deficit.hollow is not None:
        return False
    if other.dot is not None:
        return deficit.chance >= _DOT_WORTH * other.chance
    return other.hollow is not None and deficit.chance >= _LAKE_WORTH * other.chance


def tried_in(reading: Reading, settings: Settings) -> list[tuple[Deficit, bool]]:
    """Return every place that is weighed, and whether the rules hold it."""
    found: list[tuple[Deficit, bool]] = []
    for column in columns(reading):
        found += [
            (deficit, _ruled(reading, deficit, settings))
            for deficit in candidates(column, settings)
        ]
        found += [(deficit, False) for deficit in bodies(column)]
    found += enclosed(reading)
    return found


def _at_least(deficit: Deficit, chance: float) -> Deficit:
    """Return the deficit with at least a chance."""
    return deficit if deficit.chance >= chance else replace(deficit, chance=chance)


def _ruled(reading: Reading, deficit: Deficit, settings: Settings) -> bool:
    """Return True if the rules hold an outlined place for a body."""
    return holds(deficit, settings) and (
        is_enclosed(deficit, settings) or not _at_nipple(reading, deficit, settings)
    )


def _at_nipple(reading: Reading, deficit: Deficit, settings: Settings) -> bool:
    """Return True if a deficit is known to lie within `nipple_mm` of the nipple."""
    strip = deficit.column.strip
    at = int(deficit.column.station[(deficit.first + deficit.last) // 2])
    away = straight_mm(reading, float(strip.rows[at]), float(strip.columns[at]))
    return away is not None and away <= settings.nipple_mm


def candidates(column: Column, settings: Settings) -> Iterator[Deficit]:
    """Yield every place of a strip that lacks contrast, judged or not."""
    lanes = _lanes(column)
    sieves = _sieves(column, lanes, settings)
    for hole in settings.holes_mm:
        yield from _in_level(levelled(column, hole), lanes, sieves, settings)


def _same(a: Deficit, b: Deficit, reading: Reading) -> bool:
    """Return True if two strips show one and the same place."""
    at = [
        (d.column.strip.rows[k], d.column.strip.columns[k])
        for d in (a, b)
        for k in [d.column.station[(d.first + d.last) // 2]]
    ]
    apart = np.hypot(at[0][0] - at[1][0], at[0][1] - at[1][1])
    # Between the lobes of a body, and at its edge, lie dots.
    share = 0.5 if a.dot is None and b.dot is None else _DOT_REACH
    near = max(share * max(a.length_mm, b.length_mm), 0.5)
    return bool(apart * reading.view.image.grid.pixel_mm < near)


def _in_level(
    column: Column, lanes: Bools, sieves: list[_Sieve], settings: Settings
) -> Iterator[Deficit]:
    """Yield the deficits of one levelled strip."""
    missing = column.model_mm - column.thickness_mm
    found, z = _search(missing, lanes, sieves, settings)
    residual = Residual(
        column=column,
        missing_mm=missing,
        smooth_mm=blurs.gaussian(missing, (0.8, 0.06 / column.du_mm)),
        floor_mm=blurs.gaussian(column.thickness_mm, (1.0, 0.08 / column.du_mm)),
        lanes=lanes,
        z=z,
        scatter=_scatter(column, found),
    )
    regions: Ints = label(found)[0]
    for number, where in enumerate(find_objects(regions), start=1):
        core = np.zeros_like(found)
        core[where] = regions[where] == number
        if np.max(z[core]) >= settings.least_peak_z:
            deficit = measure(residual, core, settings)
            if deficit is not None:
                yield deficit


def _lanes(column: Column) -> Bools:
    """Return where the lumen is judged (N, U): not at its very edge.

    There the chord is steep, and a calibre that is 5 % wrong looks like a defect.
    """
    u = np.abs(column.u_mm)[None, :]
    lanes: Bools = u <= np.maximum(0.82 * column.radius_mm, column.du_mm)[:, None]
    return lanes


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sieve:
    """What a strip is searched with at one scale, however it is levelled.

    Attributes
    ----------
    size
        Of the Gaussian, in stations and offsets.
    least_share
        Missing share of the lumen from which a place counts.
    asked, noise : (N, U)
        Modelled contrast, smoothed, and the noise of missing contrast, smoothed.
    """

    size: tuple[float, float]
    least_share: float
    asked: Floats
    noise: Floats


def _sieves(column: Column, lanes: Bools, settings: Settings) -> list[_Sieve]:
    """Return what a strip is searched with, one for each scale."""
    asked, inside = np.where(lanes, column.model_mm, 0), lanes.astype(float)
    noise = column.noise_mm * (1 + 0.35 * column.model_mm.max(1))[:, None]
    sieves = []
    for sigma, least in zip(settings.scales_mm, settings.least_shares, strict=True):
        size = (sigma / STEP_MM, sigma / column.du_mm)
        # White noise after a Gaussian keeps 1 / sqrt(4 pi sigma^2) of itself.
        kept = 1 / np.sqrt(max(4 * np.pi * size[0] * size[1], 1.0))
        share = np.maximum(blurs.gaussian(inside, size), 0.05)
        sieves.append(
            _Sieve(
                size=size,
                least_share=least,
                asked=np.maximum(blurs.gaussian(asked, size), 1e-6),
                noise=noise * kept * np.sqrt(share),
            )
        )
    return sieves


def _search(
    missing: Floats, lanes: Bools, sieves: list[_Sieve], settings: Settings
) -> tuple[Bools, Floats]:
    """Return stations and offsets that lack contrast, and their z."""
    found = np.zeros(lanes.shape, bool)
    best = np.zeros(lanes.shape)
    lacking = np.where(lanes, missing, 0)
    for sieve in sieves:
        lack = blurs.gaussian(lacking, sieve.size)
        z = np.where(lanes, lack / sieve.noise, 0)
        found |= (lack / sieve.asked > sieve.least_share) & (z > settings.least_z)
        best = np.maximum(best, z)
    if not found.any():
        return found, best
    closed: Bools = binary_closing(found, np.ones((odd(0.5), 1))) & lanes
    return closed, best


def _scatter(column: Column, found: Bools) -> float:
    """Return the robust spread of filled fraction where nothing was found.

    What an imperfect calibre, noise and background alone make of it, at the scale
    of 0.3 mm, over stations that are not flagged.
    """
    even = smooth_mm(column.filled, 0.15)
    apart = ~binary_dilation(found.any(1), np.ones(odd(1.0)))
    for good in (apart & column.clear, apart):
        if good.sum() >= 20:
            even = even[good]
            break
    return float(1.4826 * ranks.median(np.abs(even - ranks.median(even))))
