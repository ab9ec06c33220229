"""Where a line can be duct: not along the skin or the muscle, not on an object."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.ducts.background import behind_pectoral
from galactograph.ducts.ridges import Settings
from galactograph.values.arrays import Bools, Ints
from galactograph.values.report import Nipple, Scene

F4 = NDArray[np.float32]

BAND = 128
"""Rows looked at together for the edge of the muscle."""

OVER = 3
"""Cells of 0.3 mm by which ridges of the coarse grid may reach over the border of the
breast: they are drawn out from cells of four pixels at most (derived)."""

LIT = 2.0
"""Brighter than nearly all skin, times this, is no skin: contrast in front of it.
source: in simulated views the brightest skin stays below 1.3, in painted ones, with
their noise, below 1.9 (measured)."""

LIT_DEG = 12.0
"""Along the skin means within this angle, for a bright line. source: assumed."""

LIT_NOISE = 10.0
"""And so many noises, where the skin was subtracted. source: assumed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trust:
    """Where skin is, in the part `rows`, `columns` of a view.

    Attributes
    ----------
    near
        Rows and columns, within the part, of the pixels near the skin.
    normal : float32, (K,)
        Direction into the breast at each of them.
    lit : bool, (K,)
        Brighter than skin is.
    spared : bool, (H, W), or None
        In the nipple, where a duct runs along the skin of its sides.
    """

    scene: Scene
    rows: slice
    columns: slice
    pixel_mm: float
    skin_deg: float
    near: tuple[Ints, ...]
    normal: F4
    lit: Bools
    spared: Bools | None

    @classmethod
    def of(
        cls,
        scene: Scene,
        rows: slice,
        columns: slice,
        pixel_mm: float,
        settings: Settings,
    ) -> Trust:
        """Measure the depth of the breast once, for the lines of all scales."""
        # On the whole image: its border alone is no skin, the part's border may be.
        factor = max(1, round(0.3 / pixel_mm))
        tall, broad = scene.breast.shape
        size = (max(2, broad // factor), max(2, tall // factor))
        small = cv2.resize(
            scene.breast.view(np.uint8), size, interpolation=cv2.INTER_NEAREST
        )
        framed = cv2.copyMakeBorder(small, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
        depth = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
        # Without any air the transform answers with the largest float there is.
        depth = np.minimum(depth, np.float32(1e4))
        soft = cv2.GaussianBlur(depth, (0, 0), 2.0)
        down = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3)
        right = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3)
        depth_mm = depth * factor * pixel_mm

        # Off the breast nothing is asked, but for what reaches over its border.
        hood = cv2.dilate(small, np.ones((2 * OVER + 1,) * 2, np.uint8))
        near_small = (depth_mm < settings.skin_mm) & (hood > 0)
        near = np.nonzero(_enlarged(near_small, (tall, broad))[rows, columns])
        spared = None
        if scene.nipple is not None:
            rim = depth_mm < settings.rim_mm
            reach = settings.nipple_mm / pixel_mm
            spared = _within_nipple(scene.nipple, rim, (tall, broad), reach)
            spared = spared[rows, columns]
        # The direction is asked for near the skin only: a few pixels of many.
        there = (
            (near[0] + (rows.start or 0)) * size[1] // tall,
            (near[1] + (columns.start or 0)) * size[0] // broad,
        )
        return cls(
            scene=scene,
            rows=rows,
            columns=columns,
            pixel_mm=pixel_mm,
            skin_deg=settings.skin_deg,
            near=near,
            normal=np.arctan2(down[there], right[there]),
            lit=_lit(
                scene.excess[rows, columns][near],
                scene.breast[rows, columns][near],
                scene.noise,
            ),
            spared=spared,
        )

    def lines(self, angle: F4) -> Bools:
        """Tell where a line of direction `angle` (H, W) can be duct, (H, W)."""
        scene, rows, columns = self.scene, self.rows, self.columns
        trusted: Bools = np.ones(angle.shape, bool)
        across = np.abs(np.cos(angle[self.near] - self.normal))
        most = np.where(self.lit, LIT_DEG, self.skin_deg)
        trusted[self.near] = across > np.sin(np.radians(most))
        if self.spared is not None:
            trusted |= self.spared
        if scene.pectoral is not None:
            _distrust_muscle(trusted, scene, rows, columns, angle, self.pixel_mm)
        for item in scene.objects:
            top, left, bottom, end = item.box
            trusted[
                max(0, top - rows.start) : max(0, bottom - rows.start),
                max(0, left - columns.start) : max(0, end - columns.start),
            ] = False
        return trusted


def _enlarged(small: Bools, shape: tuple[int, int]) -> Bools:
    """Return a mask on a larger grid of `shape`."""
    big = cv2.resize(small.view(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST)
    enlarged: Bools = big.view(bool)
    return enlarged


def _within_nipple(
    nipple: Nipple, rim: Bools, shape: tuple[int, int], reach: float
) -> Bools:
    """Tell which pixels of `shape` lie within `reach` of the tip, the `rim` left out.

    Of the nipple only the rim is skin.
    """
    spared: Bools = np.zeros(shape, bool)
    box = tuple(
        slice(max(0, int(at - reach)), max(0, min(most, int(at + reach) + 2)))
        for at, most in zip((nipple.row, nipple.column), shape, strict=True)
    )
    r, c = np.ogrid[box]
    far = np.hypot(r - nipple.row, c - nipple.column)
    skin = rim[r * rim.shape[0] // shape[0], c * rim.shape[1] // shape[1]]
    spared[box] = (far < reach) & ~skin
    return spared


def _lit(excess: F4, inside: Bools, noise: float) -> Bools:
    """Tell which pixels near the skin (K,) are brighter than skin: contrast."""
    if not inside.any():
        return np.zeros(len(excess), bool)
    # Of the skin's length ducts cross a few hundredths at most.
    skin = float(np.percentile(excess[inside], 95))
    lit: Bools = inside & (excess > max(LIT * skin, LIT_NOISE * noise))
    return lit


def _distrust_muscle(
    trusted: Bools,
    scene: Scene,
    rows: slice,
    columns: slice,
    angle: F4,
    pixel_mm: float,
) -> None:
    """Take the edge of the pectoral muscle, and lines along it, for no duct."""
    if scene.pectoral is None:
        return
    (head, column), (foot, low) = scene.pectoral
    edge = np.arctan2(foot - head, low - column)
    for top in range(rows.start, rows.stop, BAND):
        band = slice(top, min(top + BAND, rows.stop))
        # How far a place is changes evenly along a row: few columns need a look.
        ends = np.array([band.start, band.stop])[:, None]
        every = np.arange(columns.start, columns.stop)
        far = behind_pectoral(scene, ends, every) * pixel_mm
        near = np.flatnonzero((far.max(0) > -5.0) & (far.min(0) < 6.0))
        if not len(near):
            continue
        part = slice(every[near[0]], every[near[-1]] + 1)
        here = (
            slice(band.start - rows.start, band.stop - rows.start),
            slice(part.start - columns.start, part.stop - columns.start),
        )
        far = behind_pectoral(scene, *np.ogrid[band, part]) * pixel_mm
        along = np.abs(np.sin(angle[here] - np.float32(edge))) < np.sin(np.radians(30))
        trusted[here] &= ~((far > -5.0) & (far < 6.0) & along)
