"""Small bodies in ducts: a ball fitted beside all that an intact duct may do.

A body of diameter D displaces D mm of contrast at its middle, wherever in the lumen it
lies. Around a place the missing contrast is fitted as a sum of that ball and of what a
duct does without one: contrast that thins, walls that widen, narrow or shift, each as a
parabola along the duct. What the ball alone explains decides. Every number is weighed
by its noise and by a share of the model, for a model is never exact:
SNR / sqrt(1 + (kappa M)^2), taken pixel by pixel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter

from galactograph.finders._column import STEP_MM, Column, levelled
from galactograph.finders._grey import BLUR_MM, chords_mm
from galactograph.kernels import blurs
from galactograph.values.arrays import Floats

HOLE_MM = 2.5
"""Duct that the model bridges. source: design (twice the largest body here)."""

_DIAMETERS_MM = (0.35, 0.5, 0.7, 1.0, 1.4)
"""Bodies tried; larger ones are outlined. source: design page (0.3 to 3 mm)."""

_KAPPA = 0.06
"""Relative error of the model of a filled duct. source: design page, measured there."""

_LEAST_SHARE = 0.3
"""Missing contrast over the diameter, smoothed, to try a place at all: a ball blurred
by a third of itself keeps 0.45. source: derived, halved for partial bodies."""

_MARGIN_MM = 0.6
"""Duct about the ball that tells what the duct does without it. source: assumed."""


@dataclass(frozen=True, kw_only=True)
class Ball:
    """One ball that explains what is missing at a place of a column.

    Attributes
    ----------
    station
        Of the column.
    u_mm
        Offset from the middle between the walls.
    diameter_mm
        Of the ball.
    amplitude
        Missing contrast over what the ball displaces: 1 for a solid or a bubble.
    snr
        Amplitude over its standard error, model error included.
    share
        Of the unexplained sum of squares, what the ball explains, in [0, 1].
    """

    station: int
    u_mm: float
    diameter_mm: float
    amplitude: float
    snr: float
    share: float


def balls(column: Column) -> Iterator[Ball]:
    """Yield the best ball at each place of a column that lacks contrast."""
    even = levelled(column, HOLE_MM)
    missing = even.model_mm - even.thickness_mm
    inside = np.abs(even.u_mm)[None, :] <= even.radius_mm[:, None]
    lacking = np.where(inside, missing, 0)
    duct = _Duct.of(even)
    found = [
        ball
        for diameter in _DIAMETERS_MM
        for station, lane in _peaks(lacking, diameter, even)
        if (ball := _fit(even, duct, missing, (station, lane), diameter)) is not None
    ]
    found.sort(key=lambda ball: -ball.snr)
    kept: list[Ball] = []
    for ball in found:
        if not any(_same(ball, other) for other in kept):
            kept.append(ball)
    yield from kept


def _same(a: Ball, b: Ball) -> bool:
    """Return True if two balls overlap."""
    away = np.hypot((a.station - b.station) * STEP_MM, a.u_mm - b.u_mm)
    return bool(away < 0.6 * (a.diameter_mm + b.diameter_mm))


def _peaks(
    lacking: Floats, diameter_mm: float, column: Column
) -> Iterator[tuple[int, int]]:
    """Yield the places (station, lane) that may hold a ball of a diameter."""
    sigma = 0.3 * diameter_mm
    size = (sigma / STEP_MM, sigma / column.du_mm)
    smooth = blurs.gaussian(lacking, size)
    fits = 2 * column.radius_mm >= 0.9 * diameter_mm
    high = (smooth > _LEAST_SHARE * diameter_mm) & fits[:, None]
    if not high.any():
        return
    reach = tuple(2 * max(1, round(1.5 * s)) + 1 for s in size)
    peak = high & (smooth == maximum_filter(smooth, reach))
    for station, lane in np.argwhere(peak):
        yield int(station), int(lane)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Duct:
    """What an intact duct may do, per pixel (N, U): thin out, widen, shift."""

    model: Floats
    wider: Floats
    aside: Floats

    @classmethod
    def of(cls, column: Column) -> _Duct:
        """Return the duct of a column and its derivatives."""
        more = chords_mm(column.radius_mm + 0.02, column.u_mm)
        return cls(
            model=column.model_mm,
            wider=(more - column.model_mm) / 0.02,
            aside=np.gradient(column.model_mm, column.du_mm, axis=1),
        )


def _fit(
    column: Column,
    duct: _Duct,
    missing: Floats,
    place: tuple[int, int],
    diameter_mm: float,
) -> Ball | None:
    """Return the ball fitted at a place; None where duct is missing beside it."""
    station, lane = place
    reach = round((diameter_mm / 2 + _MARGIN_MM) / STEP_MM)
    if station < reach or station + reach >= len(column.s_mm):
        return None
    rows = slice(station - reach, station + reach + 1)
    wide = float(column.radius_mm[rows].max()) + 0.15
    lanes = np.flatnonzero(np.abs(column.u_mm) <= wide)
    part = (rows, slice(int(lanes[0]), int(lanes[-1]) + 1))
    s = (column.s_mm[rows] - column.s_mm[station])[:, None]
    u = column.u_mm[part[1]][None, :]
    model = duct.model[part]
    ball = _chord(s, u - column.u_mm[lane], diameter_mm, column.du_mm)
    ball = np.minimum(ball, np.maximum(model, 0))
    parts = [
        line[part] * s**power
        for line in (duct.model, duct.wider, duct.aside)
        for power in (0, 1, 2)
    ]
    weight = 1 / np.sqrt(column.noise_mm**2 + (_KAPPA * model) ** 2)
    nuisance = np.stack([(line * weight).ravel() for line in parts], axis=1)
    asked, given = (ball * weight).ravel(), (missing[part] * weight).ravel()
    basis, _ = np.linalg.qr(nuisance)
    asked = asked - basis @ (basis.T @ asked)
    given = given - basis @ (basis.T @ given)
    power = float(asked @ asked)
    if power < 1e-9:
        return None
    amplitude = float(asked @ given) / power
    before = float(given @ given)
    after = before - amplitude**2 * power
    # Neighbouring pixels share their blur: so many of them count as one.
    each = max(1.0, (2.5 * BLUR_MM) ** 2 / (STEP_MM * column.du_mm))
    spread = max(1.0, after / max(len(given) - 10, 1))
    return Ball(
        station=station,
        u_mm=float(column.u_mm[lane]),
        diameter_mm=diameter_mm,
        amplitude=amplitude,
        snr=float(amplitude * np.sqrt(power / spread / each)),
        share=1 - after / max(before, 1e-9),
    )


def _chord(s: Floats, u: Floats, diameter_mm: float, du_mm: float) -> Floats:
    """Return the blurred depth of a ball at (s, u) from its middle."""
    sharp = 2 * np.sqrt(np.clip(diameter_mm**2 / 4 - s**2 - u**2, 0, None))
    blurred: Floats = blurs.gaussian(sharp, (BLUR_MM / STEP_MM, BLUR_MM / du_mm))
    return blurred
