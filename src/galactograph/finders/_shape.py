"""The outline of missing contrast and the words for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from skimage.measure import find_contours

from galactograph.finders._column import STEP_MM, Column
from galactograph.values.arrays import Bools, Floats

_LEAST_WIDTH_MM = 0.8
"""Below it an outline is mostly pixels. source: ten pixels of 0.08 mm, assumed."""

_LEAST_POINTS = 12
"""Of an outline whose roughness is told. source: assumed"""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What the outline of a deficit says.

    Attributes
    ----------
    outline
        Closed, as (s, u) in mm in the strip.
    aspect
        Length along the duct over width across.
    roughness
        Standard deviation of the outline's distance from its own best ellipse,
        over its radius.
    roundness
        Correlation of the missing thickness with that of a ball of the same size.
    solidity_mm_per_mm
        Missing thickness at the deepest over the width: 1 for a ball.
    """

    outline: tuple[tuple[float, float], ...]
    aspect: float
    roughness: float
    roundness: float
    solidity_mm_per_mm: float

    @property
    def word(self) -> str:
        """Return "smooth", "lobulated", "irregular", or "" if too small to say."""
        if not np.isfinite(self.roughness):
            return ""
        if self.roughness < 0.045:
            return "smooth"
        return "lobulated" if self.roughness < 0.14 else "irregular"


def shape_of(column: Column, body: Bools, missing_mm: Floats, depth_mm: float) -> Shape:
    """Return the shape of `body` (N, U), a part of the column."""
    rows, lanes = np.flatnonzero(body.any(1)), np.flatnonzero(body.any(0))
    around = (
        slice(max(rows[0] - 3, 0), rows[-1] + 4),
        slice(max(lanes[0] - 3, 0), lanes[-1] + 4),
    )
    s, u = column.s_mm[around[0]], column.u_mm[around[1]]
    missing = missing_mm[around]
    outline = _outline(np.where(body[around], missing, 0), 0.4 * depth_mm, s, u)
    length, width = float(np.ptp(outline[:, 0])), float(np.ptp(outline[:, 1]))
    placed = outline[:, 1] + np.interp(outline[:, 0], column.s_mm, column.middle_mm)
    small = min(length, width) < _LEAST_WIDTH_MM
    return Shape(
        outline=tuple(zip(outline[:, 0].tolist(), placed.tolist(), strict=True)),
        aspect=length / max(width, 1e-6),
        roughness=float("nan") if small else _roughness(outline),
        roundness=_roundness(missing, s, u, outline),
        solidity_mm_per_mm=depth_mm / max(width, 1e-6),
    )


def picture_shape(
    outline: Floats, missing_mm: Floats, step_mm: float, depth_mm: float
) -> Shape:
    """Return the shape of what a closed line (K, 2) of s and u in mm goes round.

    `missing_mm` is a square of the picture about its middle, in pixels of `step_mm`.
    """
    closed = np.concatenate([outline, outline[:1]])
    length, width = (float(np.ptp(closed[:, k])) + step_mm for k in (0, 1))
    side = (np.arange(len(missing_mm)) - (len(missing_mm) - 1) / 2) * step_mm
    half = float(np.sqrt(length * width)) / 2
    box = np.array([(-half, -half), (half, half)])
    small = min(length, width) < _LEAST_WIDTH_MM or len(outline) < _LEAST_POINTS
    return Shape(
        outline=tuple(zip(closed[:, 0].tolist(), closed[:, 1].tolist(), strict=True)),
        aspect=length / width,
        roughness=float("nan") if small else _roughness(closed),
        roundness=_roundness(missing_mm, side, side, box),
        solidity_mm_per_mm=depth_mm / width,
    )


def _outline(missing: Floats, level: float, s: Floats, u: Floats) -> Floats:
    """Return the longest closed contour at `level`, (K, 2) s and u in mm."""
    padded = np.pad(missing, 1)
    lines = find_contours(padded, max(level, 1e-6))
    if not lines:
        return np.array([[s[0], u[0]], [s[-1], u[0]], [s[-1], u[-1]], [s[0], u[0]]])
    longest = max(lines, key=len) - 1
    return np.stack(
        [
            s[0] + longest[:, 0] * STEP_MM,
            u[0] + longest[:, 1] * (u[1] - u[0]),
        ],
        axis=1,
    )


def _roughness(outline: Floats) -> float:
    """Return how far the outline strays from an ellipse, over its radius."""
    even = _evenly(outline, 96)
    centred = even - even.mean(0)
    half = np.ptp(centred, axis=0) / 2
    unit = centred / np.maximum(half, 1e-6)
    angle = np.arctan2(unit[:, 1], unit[:, 0])
    reach = np.hypot(unit[:, 0], unit[:, 1])
    waves = np.stack(
        [
            np.ones_like(angle),
            *(f(k * angle) for k in (1, 2) for f in (np.cos, np.sin)),
        ],
        axis=1,
    )
    fit, *_ = np.linalg.lstsq(waves, reach, rcond=None)
    return float(np.std(reach - waves @ fit))


def _evenly(outline: Floats, count: int) -> Floats:
    """Return `count` points at even distances along a closed outline."""
    steps = np.hypot(*np.diff(outline, axis=0).T)
    reach = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0, reach[-1], count, endpoint=False)
    return np.stack([np.interp(at, reach, outline[:, k]) for k in (0, 1)], axis=1)


def _roundness(missing: Floats, s: Floats, u: Floats, outline: Floats) -> float:
    """Return the correlation of missing thickness with a ball's, in [-1, 1]."""
    low, high = outline.min(0), outline.max(0)
    centre, radius = (low + high) / 2, float(np.sqrt(np.prod(high - low))) / 2 * 1.06
    far2 = (s - centre[0])[:, None] ** 2 + (u - centre[1])[None, :] ** 2
    ball = np.sqrt(np.clip(radius**2 - far2, 0, None))
    near = far2 <= (1.15 * radius) ** 2
    if near.sum() < 9 or ball[near].std() == 0 or missing[near].std() == 0:
        return 0.0
    return float(np.corrcoef(ball[near], missing[near])[0, 1])
