"""Measure one place where contrast is missing."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_dilation, label

from galactograph.finders._column import STEP_MM, Column
from galactograph.finders._deficit import Basin, Deficit, Residual, Settings
from galactograph.finders._grey import BLUR_MM
from galactograph.finders._shape import shape_of
from galactograph.kernels import basins, blurs, ranks
from galactograph.values.arrays import Bools, Floats, Ints


def measure(residual: Residual, core: Bools, settings: Settings) -> Deficit | None:
    """Return the deficit around `core` (N, U).

    None if it is too short or long, or if contrast hardly falls there: most places
    are no more than that, and need not be measured in full.
    """
    column, missing, smooth = residual.column, residual.missing_mm, residual.smooth_mm
    depth = float(ranks.percentile(smooth[core], 90.0))
    lumen = np.abs(column.u_mm)[None, :] <= column.radius_mm[:, None]
    body = _grown(core, (smooth > 0.4 * depth) & lumen & _about(core))
    basin, body = _basin(residual, body)
    stations = np.flatnonzero(body.any(1))
    first, last = int(stations[0]), int(stations[-1])
    length = (last - first + 1) * STEP_MM
    if not settings.least_mm <= length <= settings.most_mm:
        return None
    drop = _drop(residual, body, settings)
    if drop < max(settings.least_drop, settings.least_scatters * residual.scatter):
        return None
    across = column.u_mm[body.any(0)]
    rows = slice(first, last + 1)
    weight = np.where(body, np.maximum(missing, 0), 0)
    total = max(float(weight.sum()), 1e-9)
    middle = float(column.middle_mm[rows].mean())
    expansion, match = _calibres(column, first, last)
    return Deficit(
        column=column,
        first=first,
        last=last,
        s_mm=float((weight.sum(1) * column.s_mm).sum() / total),
        u_mm=float((weight.sum(0) * column.u_mm).sum() / total) + middle,
        length_mm=length,
        width_mm=float(across[-1] - across[0] + column.du_mm),
        lumen_fraction=_lumen_fraction(column, missing, lumen, rows),
        drop=drop,
        z=float(residual.z[core].max()),
        depth_mm=depth,
        expansion=expansion,
        match=match,
        bend_deg=_bend_deg(column, first, last),
        aside=_aside(column, rows),
        concentric=_concentric(column, first, last),
        attached=_attached(column, body),
        in_overlap=float(column.overlap[rows].mean()),
        scatter=residual.scatter,
        basin=basin,
        shape=shape_of(column, body, smooth, depth),
    )


def _basin(residual: Residual, body: Bools) -> tuple[Basin, Bools]:
    """Return how `body` is enclosed by contrast, and the body within that basin.

    Water poured on the thickness of contrast stands where contrast lies all round;
    it runs out of what is open to the surroundings.
    """
    column = residual.column
    stations = np.flatnonzero(body.any(1))
    more = max(8, len(stations) // 3)
    rows = slice(max(stations[0] - more, 0), stations[-1] + more + 1)
    reach = float(column.radius_mm[rows].max()) + 0.35
    lanes = np.flatnonzero(np.abs(column.u_mm) <= reach)
    window = (rows, slice(lanes[0], lanes[-1] + 1))
    floor = residual.floor_mm[window]
    water = basins.poured(floor) - floor
    deepest = np.unravel_index(np.where(body[window], water, 0).argmax(), water.shape)
    depth = float(water[deepest])
    spot = np.zeros(water.shape, bool)
    spot[deepest] = True
    pond = _grown(spot, water > 0.5 * depth)
    basin = Basin(
        depth_mm=depth,
        share=depth / max(float(floor[deepest]) + depth, 1e-6),
        area_mm2=float(pond.sum()) * STEP_MM * column.du_mm if depth > 0 else 0.0,
        rim=_rim(column, slice(stations[0], stations[-1] + 1)),
    )
    if depth < 0.1:
        return basin, body
    whole = np.zeros_like(body)
    # All ponds within the body: a cauliflower has several.
    wet = _grown(spot | (body[window] & (water > 0.3 * depth)), water > 0.15 * depth)
    # A pond ends where its shore does; the body reaches under it.
    under = 2 + round(0.1 * int(wet.any(1).sum()))
    whole[window] = binary_dilation(wet, np.ones((5, 5)), iterations=under)
    held = body & whole
    return basin, held if held.any() else body


def _rim(column: Column, rows: slice) -> float:
    """Return contrast beside the worse wall over that of one filled lumen."""
    across = column.u_mm[None, :] / column.radius_mm[rows][:, None]
    shares = []
    for sign in (-1, 1):
        rim = (sign * across > 0.7) & (sign * across < 0.95)
        asked = float(column.model_mm[rows][rim].sum())
        shares.append(float(column.thickness_mm[rows][rim].sum()) / max(asked, 1e-6))
    return min(shares)


def _lumen_fraction(
    column: Column, missing: Floats, lumen: Bools, rows: slice
) -> float:
    """Return the largest missing share of a cross-section, outliers left out."""
    lost = np.where(lumen, missing, 0)[rows].sum(1)
    asked = np.where(lumen, column.model_mm, 0)[rows].sum(1)
    return float(np.clip(np.percentile(lost / np.maximum(asked, 1e-6), 90), 0, 1))


def _about(core: Bools) -> Bools:
    """Return the stations (N, 1) near those of `core`: a defect is no longer."""
    rows = core.any(1)
    reach = round((1.0 / STEP_MM) + 0.3 * rows.sum())
    near: Bools = np.convolve(rows, np.ones(2 * reach + 1), "full")[reach:-reach] > 0.5
    return near[:, None]


def _grown(core: Bools, allowed: Bools) -> Bools:
    """Return the connected part of `allowed` that holds `core`."""
    if not (core & allowed).any():
        return core
    regions, count = label(allowed)
    named = np.zeros(count + 1, bool)
    named[regions[core]] = True
    named[0] = False
    out: Bools = named[regions]
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


def _drop(residual: Residual, body: Bools, settings: Settings) -> float:
    """Return the fall of filled fraction against the worse neighbour.

    Both are taken in the defect's own lanes, so a centreline that runs beside the
    middle or a calibre that is wrong all along cancels. 0 if a side is missing.
    """
    column = residual.column
    stations = np.flatnonzero(body.any(1))
    first, last = int(stations[0]), int(stations[-1])
    lanes = residual.lanes & np.any(body, axis=0)[None, :]
    asked = np.where(lanes, column.model_mm, 0).sum(1)
    held = np.where(lanes, column.thickness_mm, 0).sum(1)
    ratio = held / np.maximum(asked, 1e-6)
    valid: Bools = np.greater(asked, 0.15 * column.model_mm.sum(1))
    levels = []
    for flank in _flanks(column, first, last):
        side = flank[valid[flank]]
        if len(side) < 4 or _misfit(column, side) > settings.most_misfit:
            return 0.0
        level = float(ranks.median(ratio[side]))
        if level < settings.least_flank:
            return 0.0
        levels.append(level)
    usual = min(*levels, 1.15)
    least = np.sort(ratio[first : last + 1])[: max(3, (last - first) // 2)]
    within = float(ranks.median(least))
    return float(np.clip(1 - within / usual, 0, 1))


def _misfit(column: Column, side: Ints) -> float:
    """Return how badly the model of a filled duct holds at stations `side`."""
    lumen = np.abs(column.u_mm) <= 1.1 * float(column.radius_mm[side].mean()) + BLUR_MM
    held = column.thickness_mm[side][:, lumen].mean(0)
    asked = column.model_mm[side][:, lumen].mean(0)
    scale = float((held * asked).sum() / max(float((asked**2).sum()), 1e-9))
    return float(np.abs(held - scale * asked).sum() / max(scale * asked.sum(), 1e-9))


def _calibres(column: Column, first: int, last: int) -> tuple[float, float]:
    """Return calibre here over that beside, and how like the two sides are."""
    sides = [column.radius_mm[side] for side in _flanks(column, first, last)]
    levels = [float(ranks.median(side)) for side in sides if len(side)]
    if not levels:
        return 1.0, 0.0
    here = float(ranks.percentile(column.radius_mm[first : last + 1], 75.0))
    match = min(levels) / max(levels) if len(levels) == 2 else 0.0
    return here / float(np.mean(levels)), match


def _aside(column: Column, rows: slice) -> float:
    """Return the contrast that runs outside the lumen, over the model of the lumen.

    Where a centreline takes a short cut, at a fork or between two ducts, what is
    missing in the middle is there at the side.
    """
    outer = float(column.radius_mm[rows].mean()) + BLUR_MM
    held = blurs.gaussian(column.thickness_mm[rows], (3.0, 0.08 / column.du_mm))
    aside = np.where(np.abs(column.u_mm)[None, :] > outer, held, 0).max(1)
    return float(np.median(aside / np.maximum(column.model_mm[rows].max(1), 1e-6)))


def _bend_deg(column: Column, first: int, last: int) -> float:
    """Return by how much the centreline turns from before to beyond the deficit."""
    strip, station = column.strip, column.station
    ends = (first, last)
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
