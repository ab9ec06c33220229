"""The picture around a place: how much more contrast lies about it than in it.

A strip is cut along one duct, with one calibre; where ducts cross, or a body splits
the column, it may be cut wrongly. The picture itself knows nothing of strips: a body is
a place with less contrast than what lies about it on every side; the way out of a fork
or between two ducts is open on at least one.
"""

from __future__ import annotations

import numpy as np

from galactograph.finders._grey import grey_of_thickness
from galactograph.values.arrays import Floats
from galactograph.values.report import Reading
from galactograph.values.study import GreyScale

REACHES = (0.6, 0.8, 1.1)
"""Radii of the rings, over the width of the body: at its edge, in the gap that contrast
leaves about it, and beyond the wall. source: design"""

LEAST_MM = 0.4
"""Rings about narrower bodies are as wide as for this. source: a few pixels, assumed"""

_DIRECTIONS = 24

_STEPS = (-1, 0, 1)


def around(reading: Reading, spots: Floats, widths_mm: Floats) -> tuple[Floats, Floats]:
    """Return the contrast at K places, and how much more lies on rings about them.

    Parameters
    ----------
    spots
        (K, 2) row and column.
    widths_mm
        (K,) of the bodies.

    Returns
    -------
    centre : (K,)
        Contrast at the place, mm.
    rings : (K, R, D)
        Contrast on R rings in D directions, mm.
    """
    widths = np.maximum(widths_mm, LEAST_MM)
    angles = np.linspace(0, 2 * np.pi, _DIRECTIONS, endpoint=False)
    away = widths[:, None, None] * np.array(REACHES)[None, :, None]
    spacing = reading.view.image.grid.spacing_mm[-2:]
    rows = spots[:, 0, None, None] + away * np.sin(angles) / spacing[0]
    columns = spots[:, 1, None, None] + away * np.cos(angles) / spacing[1]
    centre = _contrast_mm(reading, spots[:, 0], spots[:, 1])
    return centre, _contrast_mm(reading, rows, columns)


def _contrast_mm(reading: Reading, rows: Floats, columns: Floats) -> Floats:
    """Return mm of contrast at places of any shape, each the mean of nine pixels."""
    excess = reading.scene.excess
    high, wide = excess.shape
    row = np.clip(np.rint(rows).astype(int), 1, high - 2)
    column = np.clip(np.rint(columns).astype(int), 1, wide - 2)
    grey = (
        sum(
            excess[row + down, column + right].astype(float)
            for down in _STEPS
            for right in _STEPS
        )
        / len(_STEPS) ** 2
    )
    if reading.view.grey_scale is GreyScale.DISPLAY or reading.opacity_per_mm <= 0:
        return grey_of_thickness(reading).thickness_mm(grey)
    linear: Floats = grey / reading.opacity_per_mm
    return linear
