"""What is already known of where across a further view a finding must lie.

Two views that look along different beams tell all three directions: a third view must
show the place where they say. And two views along one beam show it at one place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from galactograph.ducts.space_pairs import Scene, Settings, likeness
from galactograph.ducts.space_places import Sighting, meet
from galactograph.values.report import Place

ONE_BEAM = 0.94
"""Cosine from which two views look along one beam: 20 degrees (assumed)."""

FAR_SIGMAS = 3.0
"""What lies farther off than so many standard errors is another thing (assumed)."""


def across(
    scene: Scene, known: Sequence[Place], place: Place, settings: Settings
) -> float | None:
    """Return the log odds that a place is that of `known`, by where it lies across.

    0 where nothing tells it; None if it cannot be.
    """
    seen = scene.sight(place)
    told = [s for one in known if (s := scene.sight(one)) is not None]
    if seen is None or seen.frame.axis is None:
        return 0.0
    expected = _expected(told, seen)
    if expected is None:
        return 0.0
    sigma = float(np.hypot(expected[1], seen.sigma_across_mm))
    off = seen.across_mm - expected[0]
    if abs(off) > max(settings.depth_mm, FAR_SIGMAS * sigma):
        return None
    return likeness(off, sigma, settings)


def _expected(told: Sequence[Sighting], seen: Sighting) -> tuple[float, float] | None:
    """Return where across a view a place should lie, and its standard error, mm."""
    axis = np.array(seen.frame.axis)
    spot = meet(told)
    if spot is not None:
        spread = axis * (spot.sigma_mm[0], spot.sigma_mm[2])
        here = float(axis @ (spot.left_mm, spot.up_mm))
        return here, float(np.hypot(*spread))
    for one in told:
        if one.frame.axis is None:
            continue
        alike = float(axis @ one.frame.axis)
        if abs(alike) >= ONE_BEAM:
            return float(np.sign(alike)) * one.across_mm, one.sigma_across_mm
    return None
