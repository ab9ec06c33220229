"""Whether two ducts lie in one outline: what a twist leaves between them is no body.

Ducts that run together overlap and part again. Where they part the outline is wide and
its middle holds less contrast than one duct as wide as both would; but what the beam
crosses in all stays as it is, and beside the place two round lumina explain the picture
better than one. About a body it is the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galactograph.finders._column import STEP_MM, Column
from galactograph.finders._grey import BLUR_MM
from galactograph.kernels import ranks
from galactograph.values.arrays import Floats, Ints

_FLANK_MM, _FLANK_CALIBRES, _MOST_FLANK_MM = 1.5, 2.0, 6.0
"""Duct on either side that tells of a place: as long as the place, at least the first
and so many calibres, and at most the last. source: a twist parts and meets within some
calibres, assumed"""

_GAP_MM = 0.2
"""Left out between a place and what lies beside it: twice the blur."""

_MOST_STATIONS = 24
"""More stations than that are thinned out: lumina change slowly."""

_KAPPA = 0.06
"""Relative error of the model of a filled duct. source: design page, measured there"""

_RADII = np.linspace(0.3, 1.0, 8)
"""Of either lumen, over the widest half outline that is seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twofold:
    """What speaks for two ducts in one outline.

    Attributes
    ----------
    gain
        Log of the misfit of two lumina, place and all, over that of one lumen beside
        the place: negative where two ducts explain everything.
    better
        Log of the misfit of one lumen over that of two, the place left out.
    misfit
        Root mean square misfit of one lumen beside the place, over its calibre.
    kept
        Contrast of a cross-section at the place over that beside it.
    wider
        Outline at the place over the outline beside it.
    uneven
        Absolute log ratio of the contrast before and beyond.
    """

    gain: float = 0.0
    better: float = 0.0
    misfit: float = 0.0
    kept: float = 1.0
    wider: float = 1.0
    uneven: float = 0.0


def twofold(column: Column, first: int, last: int) -> Twofold:
    """Return what speaks for two ducts where stations `first` to `last` lack contrast.

    Nothing, where the duct is too short to tell.
    """
    gap = round(_GAP_MM / STEP_MM)
    flank = _flank(column, first, last)
    before = np.arange(max(first - gap - flank, 0), max(first - gap, 0))
    stop = len(column.s_mm)
    beyond = np.arange(min(last + gap + 1, stop), min(last + gap + flank + 1, stop))
    beside = np.concatenate([before, beyond])
    if min(len(before), len(beyond)) < flank // 3:
        return Twofold()
    place = np.arange(first, last + 1)
    middle = place[len(place) // 4 : max(len(place) - len(place) // 4, 1)]
    areas = _areas(column)
    at, pre, post = (ranks.median(areas[k]) for k in (middle, before, beyond))
    usual = max((pre + post) / 2, 1e-6)
    one = _one(column, _thinned(beside))
    two = _two(column, _thinned(np.concatenate([before, place, beyond])))
    apart = _two(column, _thinned(beside))
    calibre = 2 * ranks.median(column.radius_mm[beside])
    even = column.noise_mm**2 + (_KAPPA * calibre) ** 2
    return Twofold(
        gain=float(np.log((two + even) / (one + even))),
        better=float(np.log((one + even) / (apart + even))),
        misfit=float(np.sqrt(max(one - column.noise_mm**2, 0)) / max(calibre, 0.1)),
        kept=at / usual,
        wider=2 * ranks.median(column.radius_mm[middle]) / max(calibre, 0.1),
        uneven=abs(float(np.log(max(pre, 1e-3) / max(post, 1e-3)))),
    )


def _flank(column: Column, first: int, last: int) -> int:
    """Return how many stations on either side tell of a place."""
    calibre = 2 * float(column.radius_mm[first : last + 1].mean())
    reach = min(max(_FLANK_MM, _FLANK_CALIBRES * calibre), _MOST_FLANK_MM)
    return max(round(reach / STEP_MM), last - first + 1)


def _areas(column: Column) -> Floats:
    """Return the contrast within the outline of each station (N,), square mm."""
    inside = np.abs(column.u_mm)[None, :] <= column.radius_mm[:, None] + BLUR_MM
    areas: Floats = (column.thickness_mm * inside).sum(1) * column.du_mm
    return areas


def _thinned(stations: Ints) -> Ints:
    """Return at most so many stations, evenly."""
    step = -(-len(stations) // _MOST_STATIONS)
    return stations[::step]


def _window(column: Column, stations: Ints) -> tuple[Floats, Floats, Floats]:
    """Return half outlines (S,), offsets (U,) and contrast (S, U) of stations."""
    radius = column.radius_mm[stations]
    lanes = np.flatnonzero(np.abs(column.u_mm) <= radius.max() + 2 * BLUR_MM)
    return radius, column.u_mm[lanes], column.thickness_mm[np.ix_(stations, lanes)]


def _one(column: Column, stations: Ints) -> float:
    """Return the mean square misfit of one lumen that fills the outline."""
    radius, u, seen = _window(column, stations)
    model = _chords(radius[:, None], u[None, :], _blur(u))
    whole = float((seen * seen).sum())
    return _misfit((model * model).sum(), (model * seen).sum(), whole, seen.size)


def _two(column: Column, stations: Ints) -> float:
    """Return the least mean square misfit of two lumina, one at either wall.

    Each keeps its calibre; which one lies at which wall may change on the way.
    """
    radius, u, seen = _window(column, stations)
    tried = np.minimum(_RADII[:, None] * radius.max(), radius[None, :])
    shift = (radius[None, :] - tried)[..., None]
    blur, whole = _blur(u), float((seen * seen).sum())
    left, right = (
        _chords(tried[..., None], u + side * shift, blur) for side in (1, -1)
    )
    powers = np.stack([(wall * wall).sum(2) for wall in (left, right)])
    seen_by = np.stack([(wall * seen).sum(2) for wall in (left, right)])
    least = np.inf
    for a in range(len(_RADII)):
        both = (left[a][None] * right).sum(2), (left * right[a][None]).sum(2)
        power = np.stack(
            [
                powers[0, a] + powers[1] + 2 * both[0],
                powers[1, a] + powers[0] + 2 * both[1],
            ]
        )
        asked = np.stack([seen_by[0, a] + seen_by[1], seen_by[1, a] + seen_by[0]])
        better = (asked**2 / np.maximum(power, 1e-9)).argmax(0)[None]
        power = np.take_along_axis(power, better, 0)[0].sum(1)
        asked = np.take_along_axis(asked, better, 0)[0].sum(1)
        pairs = zip(power.tolist(), asked.tolist(), strict=True)
        least = min(least, *(_misfit(p, q, whole, seen.size) for p, q in pairs))
    return least


def _misfit(power: float, asked: float, whole: float, size: int) -> float:
    """Return the mean square of what a model leaves, its density fitted.

    `whole` is the sum of squares of the `size` numbers that it is fitted to.
    """
    rest = whole - float(asked) ** 2 / max(float(power), 1e-9)
    return max(rest, 0.0) / size


def _blur(u: Floats) -> Floats:
    """Return what blurs values at offsets `u` (U,), (U, U); columns add up to 1."""
    blur = np.exp(-(((u[:, None] - u[None, :]) / BLUR_MM) ** 2) / 2)
    even: Floats = blur / blur.sum(0)
    return even


def _chords(radius: Floats, away: Floats, blur: Floats) -> Floats:
    """Return the blurred chords (..., U) of round lumina, `away` from their middles."""
    sharp = 2 * np.sqrt(np.clip(radius * radius - away * away, 0, None))
    blurred: Floats = sharp @ blur
    return blurred
