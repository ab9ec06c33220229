"""Missing contrast: where a filled duct holds less than its round lumen would.

Two finders share this: a filling defect and an air bubble are the same shadow,
told apart by shape. Contrast is additive, so what is missing has a thickness in
millimetres, wherever in the lumen it sits: no outline need be dented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from scipy.ndimage import (
    binary_closing,
    binary_dilation,
    find_objects,
    gaussian_filter,
    label,
)

from galactograph.finders._column import (
    BLUR_MM,
    STEP_MM,
    Column,
    columns,
    levelled,
    odd,
    smooth_mm,
)
from galactograph.finders._shape import Shape, shape_of
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.report import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What counts as missing contrast.

    Where no source is given the number is assumed: set on painted strips with the
    faults of a tracer, so that 300 intact ones give at most three findings.

    Attributes
    ----------
    holes_mm
        Lengths that the model bridges in turn, so that it is never fitted across a
        defect. source: design (0.4 to 10 mm).
    scales_mm, least_shares, least_z
        Smoothing of the search, and the missing share of the lumen and the
        missing contrast over its noise that it asks for.
    least_drop
        Fall of the filled fraction against both neighbours; a calibre that waves
        by 5 % changes the filled fraction by 10 %.
    wide_mm, thin_drop
        A defect narrower than the first must be more complete, by up to the second.
    long_mm, drop_per_mm
        Beyond this length the least fall rises: dilution makes long shallow dips,
        growths do not.
    unwalled_drop, mural_drop
        Added to the least fall where no outer wall is seen beside what is missing,
        and if that lies at a wall.
    least_mural_width
        Width over calibre of what lies at a wall: less is the wall itself.
    least_scatters, least_peak_z
        The fall over the usual scatter of the filled fraction along this strip;
        missing contrast over noise at the deepest.
    least_mm, most_mm
        Length. source: design (0.4 to 10 mm, with a margin).
    empty, beside
        If this share of the lumen is empty, and contrast as thick as this share of
        the model runs outside it, the centreline has left the duct.
    most_bend_deg
        A centreline that turns more there has changed from one duct to another.
    least_flank
        Filled fraction that the neighbours must have.
    most_misfit
        Mean difference of the neighbours from the model of a filled duct, over
        the model: where the model does not hold, nothing is missing from it.
    """

    holes_mm: tuple[float, ...] = (2.5, 6.0, 13.0)
    scales_mm: tuple[float, ...] = (0.12, 0.3)
    least_shares: tuple[float, ...] = (0.5, 0.22)
    least_z: float = 5.0
    least_drop: float = 0.2
    wide_mm: float = 1.2
    thin_drop: float = 0.65
    long_mm: float = 2.5
    drop_per_mm: float = 0.03
    unwalled_drop: float = 0.25
    mural_drop: float = 0.1
    least_mural_width: float = 0.35
    least_scatters: float = 2.0
    least_peak_z: float = 9.0
    least_mm: float = 0.4
    most_mm: float = 14.0
    empty: float = 0.6
    beside: float = 0.5
    most_bend_deg: float = 35.0
    least_flank: float = 0.55
    most_misfit: float = 0.3


@dataclass(frozen=True, kw_only=True, eq=False)
class _Residual:
    """What is missing from a levelled strip: thickness, z (N, U), lanes, scatter."""

    column: Column
    missing_mm: Floats
    lanes: Bools
    z: Floats
    scatter: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Deficit:
    """One place where contrast is missing.

    Attributes
    ----------
    column
        The strip it lies in.
    first, last
        Stations of the column that bound it.
    s_mm, u_mm
        Centre of what is missing, in the strip.
    length_mm, width_mm
        Along and across.
    lumen_fraction
        Largest missing share of a cross-section, in [0, 1].
    drop
        Fall of the filled fraction against both neighbours, in its own lanes.
    z
        Missing contrast over noise.
    depth_mm
        Missing thickness along the beam at its deepest.
    expansion
        Calibre of the outline here over the calibre beside it.
    concentric
        True if what remains is a narrower round column in the middle.
    attached
        True if it touches one wall and not the other; False if free or filling.
    in_overlap
        Share of its stations that are flagged.
    walled
        Share of its stations where both outer walls are seen.
    scatter
        Spread of the filled fraction along the intact part of the strip.
    shape
        Of its outline.
    """

    column: Column
    first: int
    last: int
    s_mm: float
    u_mm: float
    length_mm: float
    width_mm: float
    lumen_fraction: float
    drop: float
    z: float
    depth_mm: float
    expansion: float
    concentric: bool
    attached: bool
    in_overlap: float
    walled: float
    scatter: float
    shape: Shape


def deficits(reading: Reading, settings: Settings) -> tuple[Deficit, ...]:
    """Return all deficits of a reading, the most certain first, none twice.

    Kept while the reading lives, for two finders ask for the same.
    """
    kept = _KEPT.setdefault(reading, {})
    if settings not in kept:
        kept[settings] = _deficits(reading, settings)
    return kept[settings]


_KEPT: WeakKeyDictionary[Reading, dict[Settings, tuple[Deficit, ...]]] = (
    WeakKeyDictionary()
)


def _deficits(reading: Reading, settings: Settings) -> tuple[Deficit, ...]:
    """Return the deficits of a reading, freshly looked for."""
    every = [
        deficit
        for column in columns(reading)
        for deficit in _in_column(column, settings)
    ]
    every.sort(key=lambda d: -d.drop * d.length_mm)
    kept: list[Deficit] = []
    for deficit in every:
        if not any(_same(deficit, other, reading) for other in kept):
            kept.append(deficit)
    return tuple(kept)


def _same(a: Deficit, b: Deficit, reading: Reading) -> bool:
    """Return True if two strips show one and the same place."""
    at = [
        (d.column.strip.rows[k], d.column.strip.columns[k])
        for d in (a, b)
        for k in [d.column.station[(d.first + d.last) // 2]]
    ]
    apart = np.hypot(at[0][0] - at[1][0], at[0][1] - at[1][1])
    near = 0.5 * max(a.length_mm, b.length_mm, 1.0)
    return bool(apart * reading.view.image.grid.pixel_mm < near)


def _in_column(column: Column, settings: Settings) -> Iterator[Deficit]:
    """Yield the deficits of one strip."""
    for hole in settings.holes_mm:
        yield from _in_level(levelled(column, hole), settings)


def _in_level(column: Column, settings: Settings) -> Iterator[Deficit]:
    """Yield the deficits of one levelled strip."""
    missing = column.model_mm - column.thickness_mm
    lanes = _lanes(column)
    found, z = _search(column, missing, lanes, settings)
    residual = _Residual(
        column=column,
        missing_mm=missing,
        lanes=lanes,
        z=z,
        scatter=_scatter(column, found),
    )
    regions: Ints = label(found)[0]
    for number, where in enumerate(find_objects(regions), start=1):
        core = np.zeros_like(found)
        core[where] = regions[where] == number
        deficit = _measure(residual, core, settings)
        if deficit is not None:
            yield deficit


def _lanes(column: Column) -> Bools:
    """Return where the lumen is judged (N, U): not at its very edge.

    There the chord is steep, and a calibre that is 5 % wrong looks like a defect.
    """
    u = np.abs(column.u_mm)[None, :]
    lanes: Bools = u <= np.maximum(0.82 * column.radius_mm, column.du_mm)[:, None]
    return lanes


def _search(
    column: Column, missing: Floats, lanes: Bools, settings: Settings
) -> tuple[Bools, Floats]:
    """Return stations and offsets that lack contrast, and their z."""
    found = np.zeros(lanes.shape, bool)
    best = np.zeros(lanes.shape)
    asked = np.where(lanes, column.model_mm, 0)
    lacking = np.where(lanes, missing, 0)
    for sigma, least in zip(settings.scales_mm, settings.least_shares, strict=True):
        size = (sigma / STEP_MM, sigma / column.du_mm)
        lack, ask = gaussian_filter(lacking, size), gaussian_filter(asked, size)
        share = lack / np.maximum(ask, 1e-6)
        # White noise after a Gaussian keeps 1 / sqrt(4 pi sigma^2) of itself.
        kept = 1 / np.sqrt(max(4 * np.pi * size[0] * size[1], 1.0))
        inside = gaussian_filter(lanes.astype(float), size)
        noise = column.noise_mm * (1 + 0.35 * column.model_mm.max(1))[:, None]
        z = lack / (noise * kept * np.sqrt(np.maximum(inside, 0.05)))
        found |= lanes & (share > least) & (z > settings.least_z)
        best = np.maximum(best, np.where(lanes, z, 0))
    closed: Bools = binary_closing(found, np.ones((odd(0.5), 1))) & lanes
    return closed, best


def _measure(residual: _Residual, core: Bools, settings: Settings) -> Deficit | None:
    """Return the deficit around `core`, or None if it does not hold."""
    column, missing = residual.column, residual.missing_mm
    smooth: Floats = gaussian_filter(missing, (0.8, 0.06 / column.du_mm))
    depth = float(np.percentile(smooth[core], 90))
    lumen = np.abs(column.u_mm)[None, :] <= column.radius_mm[:, None]
    body = _grown(core, (smooth > 0.4 * depth) & lumen & _about(core))
    stations = np.flatnonzero(body.any(1))
    first, last = int(stations[0]), int(stations[-1])
    length = (last - first + 1) * STEP_MM
    if not settings.least_mm <= length <= settings.most_mm:
        return None
    across = column.u_mm[body.any(0)]
    rows = slice(first, last + 1)
    weight = np.where(body, np.maximum(missing, 0), 0)
    total = max(float(weight.sum()), 1e-9)
    deficit = Deficit(
        column=column,
        first=first,
        last=last,
        s_mm=float((weight.sum(1) * column.s_mm).sum() / total),
        u_mm=float((weight.sum(0) * column.u_mm).sum() / total)
        + float(column.middle_mm[rows].mean()),
        length_mm=length,
        width_mm=float(across[-1] - across[0] + column.du_mm),
        lumen_fraction=_lumen_fraction(column, missing, lumen, rows),
        drop=_drop(residual, body, settings),
        z=float(residual.z[core].max()),
        depth_mm=depth,
        expansion=_expansion(column, first, last),
        concentric=_concentric(column, first, last),
        attached=_attached(column, body),
        in_overlap=float(column.overlap[rows].mean()),
        walled=float(column.walled[rows].mean()),
        scatter=residual.scatter,
        shape=shape_of(column, body, smooth, depth),
    )
    return deficit if _holds(deficit, settings) else None


def _lumen_fraction(
    column: Column, missing: Floats, lumen: Bools, rows: slice
) -> float:
    """Return the largest missing share of a cross-section, outliers left out."""
    lost = np.where(lumen, missing, 0)[rows].sum(1)
    asked = np.where(lumen, column.model_mm, 0)[rows].sum(1)
    return float(np.clip(np.percentile(lost / np.maximum(asked, 1e-6), 90), 0, 1))


def _holds(deficit: Deficit, settings: Settings) -> bool:
    """Return True if a deficit is more than an imperfect model would make."""
    thin = np.clip((settings.wide_mm - deficit.width_mm) / settings.wide_mm, 0, 1)
    asked = settings.least_drop + settings.thin_drop * float(thin)
    asked += settings.drop_per_mm * max(deficit.length_mm - settings.long_mm, 0)
    asked += settings.unwalled_drop * (1 - deficit.walled)
    asked += settings.mural_drop * float(deficit.attached)
    calibre = 2 * float(deficit.column.radius_mm[deficit.first])
    skim = deficit.attached and deficit.width_mm < settings.least_mural_width * calibre
    return (
        deficit.drop >= max(asked, settings.least_scatters * deficit.scatter)
        and deficit.z >= settings.least_peak_z
        and deficit.lumen_fraction >= 0.5 * settings.least_drop
        and not skim
        and not _runs_beside(deficit, settings)
        and _bend_deg(deficit) <= settings.most_bend_deg
    )


def _runs_beside(deficit: Deficit, settings: Settings) -> bool:
    """Return True if the lumen is empty because the duct runs beside the line.

    Where a centreline takes a short cut, at a fork or between two ducts, what is
    missing in the middle is there at the side.
    """
    if deficit.lumen_fraction < settings.empty:
        return False
    column = deficit.column
    rows = slice(deficit.first, deficit.last + 1)
    outer = float(column.radius_mm[rows].mean()) + BLUR_MM
    held = gaussian_filter(column.thickness_mm[rows], (3, 0.08 / column.du_mm))
    aside = np.where(np.abs(column.u_mm)[None, :] > outer, held, 0).max(1)
    asked = column.model_mm[rows].max(1)
    return bool(np.median(aside / np.maximum(asked, 1e-6)) > settings.beside)


def _bend_deg(deficit: Deficit) -> float:
    """Return by how much the centreline turns from before to beyond the deficit."""
    strip, station = deficit.column.strip, deficit.column.station
    ends = (deficit.first, deficit.last)
    ways = []
    for side in (-1, 1):
        near = int(np.clip(ends[side > 0] + side * 3, 0, len(station) - 1))
        far = int(np.clip(ends[side > 0] + side * 25, 0, len(station) - 1))
        a, b = sorted((int(station[near]), int(station[far])))
        ways.append(
            np.array(
                [strip.rows[b] - strip.rows[a], strip.columns[b] - strip.columns[a]]
            )
        )
    inner = np.array(
        [
            strip.rows[station[ends[1]]] - strip.rows[station[ends[0]]],
            strip.columns[station[ends[1]]] - strip.columns[station[ends[0]]],
        ]
    )
    return max(_angle_deg(ways[0], ways[1]), *(_angle_deg(way, inner) for way in ways))


def _angle_deg(a: Floats, b: Floats) -> float:
    """Return the angle between two directions; 0 if one is no direction."""
    size = float(np.hypot(*a) * np.hypot(*b))
    if size < 1e-6:
        return 0.0
    return float(np.degrees(np.arccos(np.clip(float(a @ b) / size, -1, 1))))


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
    return float(1.4826 * np.median(np.abs(even - np.median(even))))


def _about(core: Bools) -> Bools:
    """Return the stations (N, 1) near those of `core`: a defect is no longer."""
    rows = core.any(1)
    reach = round((1.0 / STEP_MM) + 0.3 * rows.sum())
    near: Bools = binary_dilation(rows, np.ones(2 * reach + 1))[:, None]
    return near


def _grown(core: Bools, allowed: Bools) -> Bools:
    """Return the connected part of `allowed` that holds `core`."""
    regions, _ = label(allowed | core)
    names = np.unique(regions[core])
    out: Bools = np.isin(regions, names[names > 0])
    return out


def _flanks(column: Column, first: int, last: int) -> tuple[Ints, Ints]:
    """Return the stations on either side that an intact duct is judged by.

    Stations without walls or lit by another duct are passed over where others are
    within 3 mm.
    """
    reach = float(np.clip((last - first) * STEP_MM, 0.8, 4.0))
    gap, length = max(2, (last - first) // 6), round(reach / STEP_MM)
    sides = []
    for side in (
        np.arange(first - gap - 1, -1, -1),
        np.arange(last + gap + 1, len(column.s_mm)),
    ):
        near = side[: length + 30]
        clear = near[column.clear[near]]
        sides.append((clear if len(clear) >= 5 else near)[:length])
    return sides[0], sides[1]


def _drop(residual: _Residual, body: Bools, settings: Settings) -> float:
    """Return the fall of filled fraction against the worse neighbour.

    Both are taken in the defect's own lanes, so a centreline that runs beside the
    middle or a calibre that is wrong all along cancels. 0 if a side is missing.
    """
    column = residual.column
    stations = np.flatnonzero(body.any(1))
    first, last = int(stations[0]), int(stations[-1])
    lanes = residual.lanes & body.any(0)[None, :]
    asked = np.where(lanes, column.model_mm, 0).sum(1)
    held = np.where(lanes, column.thickness_mm, 0).sum(1)
    ratio = held / np.maximum(asked, 1e-6)
    valid = asked > 0.15 * column.model_mm.sum(1)
    levels = []
    for flank in _flanks(column, first, last):
        side = flank[valid[flank]]
        if len(side) < 4 or _misfit(column, side) > settings.most_misfit:
            return 0.0
        level = float(np.median(ratio[side]))
        if level < settings.least_flank:
            return 0.0
        levels.append(level)
    usual = min(*levels, 1.15)
    within = float(
        np.median(np.sort(ratio[first : last + 1])[: max(3, (last - first) // 2)])
    )
    return float(np.clip(1 - within / usual, 0, 1))


def _misfit(column: Column, side: Ints) -> float:
    """Return how badly the model of a filled duct holds at stations `side`."""
    lumen = np.abs(column.u_mm) <= 1.1 * float(column.radius_mm[side].mean()) + BLUR_MM
    held = column.thickness_mm[side][:, lumen].mean(0)
    asked = column.model_mm[side][:, lumen].mean(0)
    scale = float((held * asked).sum() / max(float((asked**2).sum()), 1e-9))
    return float(np.abs(held - scale * asked).sum() / max(scale * asked.sum(), 1e-9))


def _expansion(column: Column, first: int, last: int) -> float:
    """Return the outline's calibre here over that of both neighbours."""
    sides = [column.calibre_mm[side] for side in _flanks(column, first, last)]
    levels = [np.median(side) for side in sides if len(side)]
    beside = np.mean(levels) if levels else 0.0
    here = np.percentile(column.calibre_mm[first : last + 1], 75)
    return float(here / max(float(beside), 1e-6))


def _concentric(column: Column, first: int, last: int) -> bool:
    """Return True if a narrower round column remains in the middle.

    A stenosis leaves a thin cylinder: its peak is about as deep as it is wide and
    lies near the axis. A growth leaves a rim, a crescent, or nothing.
    """
    rows_of = slice(first, last + 1)
    rows = column.thickness_mm[rows_of]
    worst = rows[np.argsort(rows.sum(1))[: max(3, len(rows) // 3)]].mean(0)
    near = np.abs(column.u_mm) <= column.radius_mm[rows_of].max() + 0.1
    worst = np.where(near, np.maximum(worst, 0), 0)
    peak = float(worst.max())
    if peak < 0.12:
        return False
    above = np.flatnonzero(worst > 0.5 * peak)
    width = (above[-1] - above[0] + 1) * column.du_mm
    single = bool((np.diff(above) == 1).all())
    middle = float(column.u_mm[above].mean())
    centred = abs(middle) < 0.25 * float(column.radius_mm[rows_of].mean())
    sharp = float(np.sqrt(max(width**2 - (2.35 * BLUR_MM) ** 2, 0.01)))
    narrower = sharp / 0.866 < 0.8 * 2 * float(column.radius_mm[rows_of].mean())
    return single and centred and narrower and 0.55 < peak / sharp < 1.6


def _attached(column: Column, body: Bools) -> bool:
    """Return True if the deficit lies against one wall and leaves the other."""
    u = column.u_mm[None, :]
    edge = 0.72 * column.radius_mm[:, None]
    left, right = (body & (u < -edge)).sum(), (body & (u > edge)).sum()
    return bool(max(left, right) >= 4 and min(left, right) < 0.25 * max(left, right))


def bubble_odds(deficit: Deficit, found: tuple[Deficit, ...]) -> float:
    """Return the odds that a deficit is air: 1 or more names it a bubble.

    Odds are a product of factors for shape, calibre, size and company, each with
    its own reason; the factors are assumed and were set on painted strips.
    """
    odds = _lone_odds(deficit)
    company = sum(other is not deficit and _lone_odds(other) > 0.6 for other in found)
    return odds * (1.0, 2.5, 4.0)[min(company, 2)]


def _lone_odds(deficit: Deficit) -> float:
    """Return the odds of air from the deficit alone."""
    shape = deficit.shape
    if deficit.concentric or not 0.7 < shape.aspect < 1.4:
        return 0.0
    rough = 0.03 if np.isnan(shape.roughness) else shape.roughness
    odds = 1.6 * np.exp(-((rough / 0.045) ** 2))
    odds *= np.exp(-(((1 - min(shape.roundness, 1.0)) / 0.05) ** 2))
    odds *= np.exp(-(((shape.solidity_mm_per_mm - 1.0) / 0.35) ** 2))
    # A growth widens its duct; air does not.
    odds *= np.exp(-((max(deficit.expansion - 1.1, 0) / 0.2) ** 2))
    # Bubbles that enter with the cannula are small; large ones are assumed rare.
    odds *= np.exp(-((max(deficit.length_mm - 1.2, 0) / 0.7) ** 2))
    return float(odds)
