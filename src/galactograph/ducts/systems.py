"""Which traced trees of a view belong to one injected duct system.

One orifice is filled in a galactogram, so all contrast is one system unless trees
leave the nipple well apart. A piece that is not linked to the nipple, broken off by
a fork under another duct or by the very lesion that fills the lumen, belongs to the
system that it lies nearest to.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from galactograph.values.arrays import Floats
from galactograph.values.report import Duct, Finding, Reading

SAME_ORIFICE_MM = 5.2
"""Trees whose roots lie nearer cannot be told to be two orifices: the whole bundle of
ducts in a nipple is that wide. source: Rusby07b (found)"""

_EVERY = 8
"""One point in so many stands for a duct when pieces look for the nearest system:
points are less than a millimetre apart, systems are many. source: assumed."""


def systems(reading: Reading) -> tuple[int, ...]:
    """Return the number of the duct system of each of `reading.ducts`.

    Systems are numbered from 0 in the order of their first tree. Without a tree that
    is linked to the nipple there is one system.

    Returns
    -------
    tuple of int
        As long as `reading.ducts`.
    """
    step = np.array(reading.view.image.grid.spacing_mm)
    roots: list[Floats] = []
    numbers: dict[int, int] = {}
    for index, duct in enumerate(reading.ducts):
        if not duct.rooted:
            continue
        root = np.array([duct.rows[0], duct.columns[0]]) * step
        near = [
            k
            for k, other in enumerate(roots)
            if np.hypot(*(root - other)) < SAME_ORIFICE_MM
        ]
        if not near:
            roots.append(root)
        numbers[index] = near[0] if near else len(roots) - 1
    if len(roots) < 2:
        return (0,) * len(reading.ducts)
    return tuple(
        numbers[index] if index in numbers else _nearest(reading, duct, numbers)
        for index, duct in enumerate(reading.ducts)
    )


def systems_of(
    readings: tuple[Reading, ...], findings: tuple[Finding, ...]
) -> int | None:
    """Return how many duct systems show an abnormality; None if no duct is rooted.

    The view that shows most decides, for another may hide one behind another.
    """
    counts = []
    for number, reading in enumerate(readings):
        if not any(duct.rooted for duct in reading.ducts):
            continue
        numbers = systems(reading)
        counts.append(
            len(
                {
                    numbers[place.duct]
                    for finding in findings
                    for place in finding.places
                    if place.view == number and place.duct is not None
                }
            )
        )
    return max(counts, default=0) or None


def _nearest(reading: Reading, duct: Duct, numbers: dict[int, int]) -> int:
    """Return the system whose trees come nearest to a loose piece."""
    mine = _points_mm(reading, duct)
    away = {
        index: float(
            cKDTree(_points_mm(reading, reading.ducts[index])).query(mine)[0].min()
        )
        for index in numbers
    }
    return numbers[min(away, key=lambda index: away[index])]


def _points_mm(reading: Reading, duct: Duct) -> Floats:
    """Return some points of a duct as (K, 2) mm of the view."""
    points: Floats = np.stack([duct.rows, duct.columns], axis=1)[::_EVERY]
    scaled: Floats = points * np.array(reading.view.image.grid.spacing_mm)
    return scaled
