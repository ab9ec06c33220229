"""Plant simulated ducts in real mammograms: real parenchyma, known truth.

The ducts are those of the simulator; the contrast is stated in units of the picture's
own noise per mm of lumen, because a picture made for display has no other unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.contrast import inject, settle
from galactograph.phantom.anatomy import Anatomy, draw
from galactograph.phantom.breast import grow
from galactograph.phantom.outline import Compression
from galactograph.seeds import stream
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.codes import Laterality
from galactograph.values.geometry import Grid
from galactograph.values.procedure import Injection, ViewPosition
from galactograph.values.report import Reading
from galactograph.xray.projection import lumen_thickness

BLUR_MM = 0.05
"""Blur of panel and focal spot; source: reader's optics (found, with assumptions)."""

GRAIN = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
"""Leaves white noise with its spread as it is, and little of any tissue (derived: the
squares add to 1)."""

DEEPEST_MM, SHALLOWEST_MM = 120.0, 62.0
"""Depths of breast that the simulator grows."""

Pixels = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Implant:
    """A tree in a picture.

    Attributes
    ----------
    points : float64, (N, 2)
        Row and column.
    parents : int32, (N,)
    calibre_mm : float64, (N,)
    visible : bool, (N,)
        Filled, and over the breast.
    lumen_mm : float32, (rows, columns)
        Thickness of lumen, as filled as the duct is: 1 mm of half-diluted contrast
        counts half.
    """

    points: Floats
    parents: Ints
    calibre_mm: Floats
    visible: Bools
    lumen_mm: Pixels


def noise_of(pixels: Pixels, breast: Bools, pixel_mm: float) -> float:
    """Return the robust spread of the pixels from one to the next, over the breast."""
    reach = int(5 / pixel_mm)
    inner = cv2.erode(breast.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    grain = cv2.filter2D(pixels, cv2.CV_32F, GRAIN)[inner]
    return float(1.4826 * np.median(np.abs(grain)))


def implant(reading: Reading, *, seed: int) -> Implant:
    """Grow a filled tree and place it at the nipple that was found.

    The tree of a breast as deep as the real one, seen from above, parallel beam.
    """
    nipple = reading.scene.nipple
    if nipple is None:
        raise ValueError(f"{reading.view.source}: no nipple was found to plant at")
    grid = reading.view.image.grid
    rows, columns = grid.shape
    from_left = reading.scene.chest_wall == "left"
    depth = nipple.column if from_left else columns - 1 - nipple.column
    deep = float(np.clip(depth * grid.pixel_mm, SHALLOWEST_MM, DEEPEST_MM))
    anatomy = Anatomy(lesion="normal", depth_mm=deep)
    build = draw(anatomy, rng=stream(seed, "anatomy"))
    breast = grow(build, Laterality.LEFT, seed=seed, rng=stream(seed, "breast"))
    filling = inject(breast, Injection(volume_ml=0.9), rng=stream(seed, "injection"))
    breast = settle(breast, filling)
    map_ = Compression.of(breast, ViewPosition.CC, breast.thickness_mm)
    points = map_.squeeze(breast.tree.points_mm)
    tip = map_.squeeze(np.array([[0.0, 0.5 - breast.nipple_mm[1], 0.0]]))[0]
    away = points[:, :2] - tip[:2]
    sign = 1.0 if from_left else -1.0
    place = np.column_stack(
        [
            nipple.row + away[:, 1] / grid.pixel_mm,
            nipple.column + sign * away[:, 0] / grid.pixel_mm,
        ]
    )
    share = filling.iodine_mg_ml / 300.0
    lumen = _lumen(
        place, points[:, 2], breast.tree.parents, breast.tree.radii_mm, share, grid
    )
    at = np.clip(np.rint(place).astype(int), 0, [rows - 1, columns - 1])
    inside = np.all((place > 0) & (place < [rows - 1, columns - 1]), axis=1)
    inside &= reading.scene.breast[at[:, 0], at[:, 1]]
    return Implant(
        points=place,
        parents=breast.tree.parents,
        calibre_mm=2 * breast.tree.radii_mm,
        visible=inside & (share > 0.05),
        lumen_mm=lumen * reading.scene.breast,
    )


def _lumen(
    place: Floats,
    height_mm: Floats,
    parents: Ints,
    radii_mm: Floats,
    share: Floats,
    grid: Grid,
) -> Pixels:
    """Return blurred lumen thickness, weighed by dilution in three steps."""
    total = np.zeros(grid.shape, np.float32)
    points = np.column_stack([place[:, ::-1] * grid.pixel_mm, height_mm])
    steps = (0.05, 0.5, 0.8, np.inf)
    for low, high in pairwise(steps):
        some = (share >= low) & (share < high)
        if not some.any():
            continue
        here = np.where(some, parents, -1)
        if (here >= 0).any():
            path = lumen_thickness(points, here, radii_mm, grid)
            total += np.float32(np.median(share[some])) * path
    blurred: Pixels = cv2.GaussianBlur(total, (0, 0), BLUR_MM / grid.pixel_mm)
    return blurred


def painted(
    stored: NDArray[np.uint16], planted: Implant, *, units_per_mm: float
) -> NDArray[np.uint16]:
    """Return the stored picture with the tree added, clipped at white."""
    bright = stored + units_per_mm * planted.lumen_mm
    white = np.iinfo(np.uint16).max
    return np.clip(np.rint(bright), 0, white).astype(np.uint16)
