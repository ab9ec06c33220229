"""Segment filled ducts: ridges of many scales in units of their own noise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.ducts.lumens import refine_widths, thinned, wide_ducts
from galactograph.ducts.ridges import Ridges, Settings, enlarge, join, strengthen
from galactograph.ducts.trust import Trust
from galactograph.kernels import ridges
from galactograph.values.arrays import Bools
from galactograph.values.image import DuctMap
from galactograph.values.report import Scene
from galactograph.values.study import View

__all__ = ["ODDS_STRENGTH", "Settings", "segment", "strength_of"]

F4 = NDArray[np.float32]

MARGIN_MM = 3.0
"""Air kept around the breast, so that its border is not taken for the image's."""

ODDS_STRENGTH = 6.0
"""Ridge strength at which a duct map says one half."""


def strength_of(duct_map: DuctMap) -> F4:
    """Return the ridge strength (noise units) that a probability stands for, (H, W).

    On centrelines only, 0 elsewhere: nobody asks further, and they are few pixels.
    """
    line = duct_map.centreline
    strength = np.zeros(line.shape, np.float32)
    chance = np.clip(duct_map.probability[line], 0, 0.999)
    strength[line] = ODDS_STRENGTH * chance / (1 - chance)
    return strength


def segment(
    view: View,
    scene: Scene,
    *,
    settings: Settings | None = None,
    evidence: Callable[[Ridges], F4 | None] | None = None,
) -> DuctMap:
    """Find bright lines of 0.15 to 6 mm in a prepared view.

    Parameters
    ----------
    view, scene
        The view, and what `prepare` made of it.
    settings
        Scales and thresholds.
    evidence
        Asked, once the ridges of the fine scales stand, for what else speaks for duct
        in the part of the view that `breast_box` gives, float32 (h, w): ridge
        strength is multiplied by it. None says nothing.
    """
    settings = settings or Settings()
    margin = round(MARGIN_MM / view.image.grid.pixel_mm)
    box = breast_box(scene.breast, margin)
    shape = scene.excess.shape
    found: dict[str, Any] = {}
    if scene.breast[box].any():
        found = _found(view, scene, box, settings, evidence)
    # Laid out when all else is let go, and one by one: while ridges are made, memory
    # is short.
    maps: dict[str, Any] = {}
    for name, (kind, elsewhere) in _MAPS.items():
        # Zeros take memory only where something is put.
        maps[name] = np.zeros(shape, kind)
        if elsewhere:
            maps[name][:] = elsewhere
        if name in found:
            maps[name][box] = found.pop(name)
    return DuctMap(**maps)


_MAPS: dict[str, tuple[type, float]] = {
    "probability": (np.float32, 0),
    "centreline": (np.bool_, 0),
    "scale_px": (np.float32, 1),
    "orientation_rad": (np.float32, 0),
}
"""Pictures of a duct map, and what they hold off the breast."""


def _found(
    view: View,
    scene: Scene,
    box: tuple[slice, slice],
    settings: Settings,
    evidence: Callable[[Ridges], F4 | None] | None,
) -> dict[str, Any]:
    """Return the pictures of a duct map, of the part of the view in `box`."""
    pixel_mm = view.image.grid.pixel_mm
    excess = np.ascontiguousarray(scene.excess[box])
    inside = np.ascontiguousarray(scene.breast[box])
    fine, coarse = strengthen(excess, inside, pixel_mm, settings)
    large = enlarge(coarse, excess.shape)
    trust = Trust.of(scene, *box, pixel_mm, settings)
    for level in (fine, large):
        level.strength *= trust.lines(level.angle)
    del trust
    said = evidence(fine) if evidence is not None else None
    coarse.strength *= cv2.resize(
        (large.strength > 0).astype(np.uint8),
        coarse.strength.shape[::-1],
        interpolation=cv2.INTER_NEAREST,
    )
    wide = wide_ducts(coarse, excess, scene.noise, pixel_mm, settings)
    line = _centrelines(fine, said, wide, pixel_mm, settings)
    if said is not None:
        fine.strength *= said
        large.strength *= said
    # In place and let go: at 13 megapixels each costs as much as three pictures.
    join(fine, large)
    joint, large, said = fine, Ridges.empty((0, 0)), None
    usual = np.array(settings.scales_mm, np.float32) / pixel_mm * 1.5
    widths = usual[joint.scale]
    refine_widths(joint.strength, widths, excess, line, joint.angle, scene.noise)
    joint.strength /= joint.strength + np.float32(ODDS_STRENGTH)
    return {
        "probability": joint.strength,
        "centreline": line,
        "scale_px": widths,
        "orientation_rad": joint.angle,
    }


def breast_box(inside: Bools, margin: int) -> tuple[slice, slice]:
    """Return the part of the image that holds the breast, with air around it."""
    rows = np.flatnonzero(inside.any(axis=1))
    columns = np.flatnonzero(inside.any(axis=0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return (
        slice(max(0, rows[0] - margin), min(inside.shape[0], rows[-1] + 1 + margin)),
        slice(
            max(0, columns[0] - margin), min(inside.shape[1], columns[-1] + 1 + margin)
        ),
    )


def _centrelines(
    fine: Ridges,
    said: F4 | None,
    broad: tuple[Bools, Bools],
    pixel_mm: float,
    settings: Settings,
) -> Bools:
    """Follow crests from strong to weak, as weighed by what is `said`; one pixel wide.

    Wide ducts come from the coarse scales, `broad` gives their middle lines and their
    lumina; inside these, fine crests are shoulders and noise and are dropped.
    """
    wide, lumen = broad
    if said is None:
        crest = ridges.crests(fine.strength, fine.angle, settings.low)
    else:
        crest = ridges.weighed_crests(fine.strength, said, fine.angle, settings.low)
    crest[lumen] = 0
    crest[wide] = 1
    count, labels, stats, _ = cv2.connectedComponentsWithStats(crest, connectivity=8)
    line = np.nonzero(crest)
    strength = fine.strength[line] * (1 if said is None else said[line])
    strong = np.zeros(count, np.uint8)
    strong[labels[line][wide[line] | (strength > settings.high)]] = 1
    strong &= stats[:, cv2.CC_STAT_AREA] >= settings.least_mm / pixel_mm
    strong[0] = 0
    # Crests break where two lines meet; one pixel of growth heals most of it.
    grown = cv2.dilate(strong[labels], np.ones((3, 3), np.uint8))
    return thinned(grown)
