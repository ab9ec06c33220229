"""From a stretch of strip to a place in the image, a profile, and words."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from galactograph.values.arrays import Floats
from galactograph.values.codes import Adequacy
from galactograph.values.geometry import Grid
from galactograph.values.report import Place, Profile, Reading, Strip

_MARGIN_MM = 8.0
"""Duct shown on either side of a finding in its profile. source: assumed."""

_SILENT = (Adequacy.NO_CONTRAST, Adequacy.NOT_A_GALACTOGRAM)


def readable(reading: Reading) -> bool:
    """Return False if the view shows no ducts to judge."""
    return reading.adequacy.status not in _SILENT


def say(length_mm: float, grid: Grid) -> str:
    """Return a length in words: millimetres, or pixels where no spacing is known."""
    if grid.has_millimetres:
        return f"{length_mm:.1f} mm"
    return f"{length_mm / grid.pixel_mm:.0f} pixels"


def told(length_mm: float, grid: Grid) -> float | None:
    """Return a length that may be reported, None where no spacing is known."""
    return round(float(length_mm), 2) if grid.has_millimetres else None


def pixels_of(strip: Strip, points: Floats, grid: Grid) -> Floats:
    """Return (K, 2) row and column of points (K, 2) given as s and u in mm.

    u grows along the normal (tangent column, -tangent row): to the right of
    someone who walks outward along rows that grow downward.
    """
    s, u = points[:, 0], points[:, 1]
    sigma = 4.0
    along = [
        np.gradient(gaussian_filter1d(line, sigma, mode="nearest"))
        for line in (
            strip.rows * grid.spacing_mm[0],
            strip.columns * grid.spacing_mm[1],
        )
    ]
    size = np.maximum(np.hypot(*along), 1e-9)
    tangent = [np.interp(s, strip.s_mm, line / size) for line in along]
    row = np.interp(s, strip.s_mm, strip.rows) + u * tangent[1] / grid.spacing_mm[0]
    column = (
        np.interp(s, strip.s_mm, strip.columns) - u * tangent[0] / grid.spacing_mm[1]
    )
    return np.stack([row, column], axis=1)


def place_of(
    reading: Reading,
    strip: Strip,
    centre: tuple[float, float],
    outline: tuple[tuple[float, float], ...] = (),
) -> Place:
    """Return the place of a point (s, u), with a closed outline in the same terms."""
    grid = reading.view.image.grid
    row, column = pixels_of(strip, np.array([centre]), grid)[0]
    station = int(np.abs(strip.s_mm - centre[0]).argmin())
    drawn = _inside(pixels_of(strip, np.array(outline), grid), grid) if outline else ()
    limits = np.array(grid.shape[-2:]) - 1
    at = np.clip((row, column), 0, limits)
    return Place(
        view=reading.index,
        row=float(at[0]),
        column=float(at[1]),
        frame=_frame(reading, float(at[0]), float(at[1])),
        duct=strip.duct,
        branch=int(strip.branches[station]),
        outline=drawn,
    )


def box_outline(
    strip: Strip, first: int, last: int, half_mm: Floats | float
) -> tuple[tuple[float, float], ...]:
    """Return the outline (s, u) of stations `first` to `last` of a strip."""
    step = max(1, (last - first) // 40)
    at = np.unique(np.append(np.arange(first, last + 1, step), last))
    half = np.broadcast_to(np.asarray(half_mm, float), strip.s_mm.shape)[at]
    s = strip.s_mm[at]
    there = list(zip(s.tolist(), half.tolist(), strict=True))
    back = list(zip(s[::-1].tolist(), (-half[::-1]).tolist(), strict=True))
    return (*there, *back, there[0])


def along_mm(reading: Reading, strip: Strip, s_mm: float) -> float | None:
    """Return the distance from the nipple along the duct; None if not linked to it."""
    if not reading.ducts[strip.duct].rooted:
        return None
    return told(
        float(np.interp(s_mm, strip.s_mm, strip.from_nipple_mm)),
        reading.view.image.grid,
    )


def straight_mm(reading: Reading, row: float, column: float) -> float | None:
    """Return the distance from the nipple as the crow flies; None without a nipple."""
    nipple, grid = reading.scene.nipple, reading.view.image.grid
    if nipple is None:
        return None
    step = grid.spacing_mm
    return told(
        float(
            np.hypot((row - nipple.row) * step[0], (column - nipple.column) * step[1])
        ),
        grid,
    )


def profile_of(
    strip: Strip, first: int, last: int, filled: Floats | None = None
) -> Profile:
    """Return the numbers along the duct around stations `first` to `last`.

    `filled` (S,) is the filled fraction of each cross-section; where it is not
    given it is the squared calibre over the squared expectation.
    """
    inside = (strip.s_mm >= strip.s_mm[first] - _MARGIN_MM) & (
        strip.s_mm <= strip.s_mm[last] + _MARGIN_MM
    )
    shown = np.flatnonzero(inside)
    step = max(1, len(shown) // 160)
    shown = np.unique(np.concatenate([shown[::step], [first, last]]))
    if filled is None:
        filled = (strip.calibre_mm / np.maximum(strip.expected_mm, 1e-6)) ** 2
    held = np.clip(filled, 0, 1.5)
    return Profile(
        s_mm=_rounded(strip.s_mm[shown]),
        calibre_mm=_rounded(strip.calibre_mm[shown]),
        expected_mm=_rounded(strip.expected_mm[shown]),
        filled_fraction=_rounded(held[shown]),
        first=int(np.searchsorted(shown, first)),
        last=int(np.searchsorted(shown, last)),
    )


def bounded(value: float, low: float, high: float) -> float:
    """Return how far `value` lies from `low` to `high`, in [0, 1]."""
    return float(np.clip((value - low) / (high - low), 0, 1))


def logistic(score: float) -> float:
    """Return 1 / (1 + exp(-score))."""
    return float(1 / (1 + np.exp(-np.clip(score, -30, 30))))


def _rounded(values: Floats) -> tuple[float, ...]:
    """Return plain numbers, three decimals."""
    return tuple(np.round(np.asarray(values, float), 3).tolist())


def _inside(points: Floats, grid: Grid) -> tuple[tuple[float, float], ...]:
    """Return points clipped to the image, as plain pairs, closed."""
    clipped = np.clip(points, 0, np.array(grid.shape[-2:]) - 1).round(2)
    pairs = [(float(row), float(column)) for row, column in clipped]
    if pairs[0] != pairs[-1]:
        pairs.append(pairs[0])
    return tuple(pairs)


def _frame(reading: Reading, row: float, column: float) -> int | None:
    """Return the slice of a tomosynthesis view, None for a plain image."""
    depth = reading.view.depth
    return None if depth is None else int(depth[round(row), round(column)])


def plain(grid: Grid, **numbers: float) -> dict[str, float]:
    """Return finite numbers, rounded; no millimetres where no spacing is known."""
    return {
        name: round(float(value), 3)
        for name, value in numbers.items()
        if np.isfinite(value)
        and (
            grid.has_millimetres or not name.endswith(("_mm", "_mm2", "_per_mm", "_cm"))
        )
    }
