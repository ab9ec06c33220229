"""What lies about a front of contrast: what goes on past it, how wide it is before."""

from __future__ import annotations

import numpy as np

from galactograph.finders._ends import sample
from galactograph.values.arrays import Floats
from galactograph.values.report import Reading

STEP_MM = 0.07
"""Step of samples, about a pixel. source: assumed."""

_NEAR, _BACK = 0.3, (1.0, 1.4)
"""Widths are compared so many calibres before a front. source: assumed; the first lies
behind a round end, the second within the stretch that is seen straight."""

_TURN_DEG = 100.0
"""Rings reach so far to either side of straight ahead. source: assumed."""


def width_mm(
    reading: Reading,
    where: tuple[Floats, Floats],
    calibre_mm: float,
    contrast: float,
    before: float,
) -> float:
    """Return how wide the lumen is, `before` calibres ahead of its front.

    All of the section that holds half the contrast, as the calibre of a round column
    (half its peak lies at 0.866 of the radius, derived).
    """
    place, along = where
    across = np.array([along[1], -along[0]])
    u = np.arange(-0.9 * calibre_mm, 0.9 * calibre_mm, STEP_MM)
    section = sample(reading, place - before * calibre_mm * along + u[:, None] * across)
    return float((section > 0.5 * contrast).sum()) * STEP_MM / 0.866


def flare(
    reading: Reading,
    where: tuple[Floats, Floats],
    calibre_mm: float,
    contrast: float,
) -> float:
    """Return how wide a lumen is near its front over farther back, the wider of two.

    What grows in a duct and blocks it swells it up to its end; the shoulder of a
    swelling, past which the duct goes on thin, has narrowed before it ends.
    """
    near, *back = (
        width_mm(reading, where, calibre_mm, contrast, before)
        for before in (_NEAR, *_BACK)
    )
    return near / max(*back, 1e-6)


def share_past(
    reading: Reading,
    where: tuple[Floats, Floats],
    lumen: tuple[float, float, float],
    *,
    least: float,
    beside: Floats | None = None,
) -> float:
    """Return the contrast that goes on past a front, over that of its section.

    The most of four rings: a body in the lumen is passed by the farther ones.

    Parameters
    ----------
    where
        Middle of the front and direction outward, in mm.
    lumen
        Calibre, contrast in its middle, and contrast times mm of its section.
    least
        What is fainter than this share of the contrast is no duct.
    beside
        Discs (K, 3) of row, column and radius in mm: what lies there came another way.
    """
    place, along = where
    calibre, full, section = lumen
    across = np.array([along[1], -along[0]])
    turn = np.deg2rad(np.arange(-_TURN_DEG, _TURN_DEG + 1, 2.0))
    way = np.cos(turn)[:, None] * along + np.sin(turn)[:, None] * across
    most = 0.0
    for radius in (0.9 * calibre, 1.2 * calibre, 1.6 * calibre, 2.0 * calibre + 1.0):
        points = place - 0.3 * calibre * along + radius * way
        ring = sample(reading, points)
        ring = ring - np.percentile(ring, 20)
        seen = np.where(ring > least * full, ring, 0.0)
        if beside is not None and len(beside):
            away = np.hypot(
                *(points[:, None, :] - beside[None, :, :2]).transpose(2, 0, 1)
            )
            seen[(away < beside[None, :, 2]).any(1)] = 0.0
        most = max(most, float(seen.sum()) * radius * float(turn[1] - turn[0]))
    return most / max(section, 1e-9)
