"""One picture of a stack of slices, to find ducts in: what stands out of its slice.

A duct across the sweep is sharp in one or two slices; the more it runs along the
sweep, the more slices it is smeared over, ever weaker (the ramp of the reconstruction
takes away what does not change along the sweep). Single slices show the one best and
thick slabs the other; each is taken in units of its own texture, and the larger kept.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.errors import InvalidValue
from galactograph.kernels.rays import Rays
from galactograph.kernels.reliefs import Reliefs
from galactograph.values.arrays import Bools
from galactograph.values.fan import Fan, Shadow
from galactograph.values.study import View

F4 = NDArray[np.float32]

FINE_MM, COARSE_MM = 0.12, 0.4
"""Blurs between which texture is measured: that of ducts of 0.3 to 1 mm (assumed)."""


def standing_out(view: View, inside: Bools) -> F4 | None:
    """Return what stands out of the slices of a view, (rows, columns), 0 off `inside`.

    In the unit of the slices. None of a plain picture.
    """
    reliefs = view.reliefs
    if reliefs is None and view.slices is not None:
        reliefs = reliefs_of(view)
    if reliefs is None or not inside.any():
        return None
    pixel_mm = view.image.grid.pixel_mm
    textures = [texture(relief, inside, pixel_mm) for relief in reliefs]
    best: F4 = np.full(inside.shape, -np.inf, np.float32)
    for relief, own in zip(reliefs, textures, strict=True):
        # The largest of many noisy slices lies above zero everywhere.
        floor = np.float32(np.median(relief[inside]))
        np.maximum(best, (relief - floor) * np.float32(textures[0] / own), out=best)
    best[~inside] = 0
    return best


def reliefs_of(view: View) -> F4:
    """Return what stands out of each slice of a stack at hand."""
    if view.slices is None:
        raise InvalidValue("a view without slices has no reliefs")
    grid = view.image.grid
    reliefs = Reliefs(grid.pixel_mm, grid.slice_mm, view.frames)
    for picture in view.slices.pixels:
        reliefs.add(picture)
    return reliefs.done()


def shadow_of(view: View, edge: str | None) -> Shadow | None:
    """Return what a stack shows along its rays; None of a plain picture.

    Parameters
    ----------
    edge
        Where the chest wall is; None if it is not known, and then there are no rays.
    """
    if view.shadow is not None or view.slices is None or edge is None:
        return view.shadow
    grid = view.image.grid
    fan = Fan.over(view.slices.pixels.shape, edge, grid.slice_mm)
    stretches = fan.stretch(np.arange(view.frames, dtype=float))
    rays = Rays(fan.foot, stretches, grid.pixel_mm, grid.slice_mm)
    for picture in view.slices.pixels:
        rays.add(picture)
    largest, reliefs, depth = rays.done()
    return Shadow(fan=fan, pixels=largest, reliefs=reliefs, depth=depth)


def texture(picture: F4, inside: Bools, pixel_mm: float) -> float:
    """Return the robust spread of a picture at the scale of ducts."""
    fine = cv2.GaussianBlur(picture, (0, 0), FINE_MM / pixel_mm)
    fine -= cv2.GaussianBlur(picture, (0, 0), COARSE_MM / pixel_mm)
    values = fine[inside][::7]
    return max(1.4826 * float(np.median(np.abs(values - np.median(values)))), 1e-9)
