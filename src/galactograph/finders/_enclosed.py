"""Hollows of the picture as missing contrast of the duct that they lie in."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.finders._column import Column, columns
from galactograph.finders._deficit import Basin, Deficit
from galactograph.finders._grey import FLAT, grey_of_thickness
from galactograph.finders._hollows import STEP_MM, Hollow, hollows
from galactograph.finders._shape import picture_shape
from galactograph.values.arrays import Floats
from galactograph.values.report import Reading
from galactograph.values.study import GreyScale

_NEAR_MM, _NEAR_SIZES = 1.5, 1.0
"""A hollow lies in a duct whose line comes this near, or within so many of its own
diameters: a large body leads the line round itself. source: assumed"""

_AWAY_MM = 3.0
"""From every line, to be tissue. source: half the widest ducts, assumed"""

_TISSUE_PERCENT = 98.0
"""Percentile that stands for dense tissue; the rest may be ducts that were not traced.
source: assumed"""

_LEAST_PIXELS = 12_500
"""Of tissue, to know it: 5 square centimetres. source: assumed"""

_MOST_GROWN = 2.2
"""Times what a lake shows, at most, where other ducts lie over it. source: assumed"""

_NOISE_PX = 0.7
"""Smoothing before hollows are sought, in their pixels. source: assumed"""


def enclosed(reading: Reading) -> Iterator[tuple[Deficit, bool]]:
    """Yield what thicker contrast encloses; no rule holds any of it by itself."""
    every = columns(reading)
    if not every:
        return
    contrast, spacing = _contrast(reading)
    lines = _Lines(every, reading.view.image.grid.spacing_mm[-2:])
    tissue = _tissue_mm(reading, contrast, lines.points / spacing)
    for hollow in hollows(contrast, STEP_MM, tissue):
        deficit = lines.deficit(hollow, contrast, spacing)
        if deficit is not None:
            yield deficit, False


def _tissue_mm(
    reading: Reading, contrast: NDArray[np.float32], points: Floats
) -> float:
    """Return the contrast that dense tissue seems to hold away from every duct.

    Clouds of gland have hollows too; only what rises above them is a filled duct.
    `points` (K, 2) are those of the lines, in pixels of `contrast`.
    """
    shape = contrast.shape
    breast = cv2.resize(
        reading.scene.breast.astype(np.uint8),
        shape[::-1],
        interpolation=cv2.INTER_NEAREST,
    )
    free = np.ones(shape, np.uint8)
    at = np.clip(points.astype(int), 0, np.array(shape) - 1)
    free[at[:, 0], at[:, 1]] = 0
    away = cv2.distanceTransform(free, cv2.DIST_L2, 3) * STEP_MM
    there = contrast[(away >= _AWAY_MM) & (breast > 0)]
    if there.size < _LEAST_PIXELS:
        return 0.0
    return float(np.percentile(there, _TISSUE_PERCENT))


def _contrast(reading: Reading) -> tuple[NDArray[np.float32], tuple[float, float]]:
    """Return mm of contrast in pixels of `STEP_MM`, and their exact size in mm."""
    excess = reading.scene.excess
    grid = reading.view.image.grid.spacing_mm[-2:]
    shape = [
        max(round(n * step / STEP_MM), 8)
        for n, step in zip(excess.shape, grid, strict=True)
    ]
    small = cv2.resize(
        np.asarray(excess, np.float32), shape[::-1], interpolation=cv2.INTER_AREA
    )
    small = cv2.GaussianBlur(small, (0, 0), _NOISE_PX)
    exact = tuple(
        n * step / m for n, step, m in zip(excess.shape, grid, shape, strict=True)
    )
    if reading.view.grey_scale is GreyScale.DISPLAY or reading.opacity_per_mm <= 0:
        curve = grey_of_thickness(reading)
        # Where the curve is flat nobody knows how thick; but brighter is thicker still.
        beyond = np.maximum(small / curve.top - FLAT, 0) * curve.reach_mm / (1 - FLAT)
        small = (curve.thickness_mm(small) + beyond).astype(np.float32)
    else:
        small /= np.float32(reading.opacity_per_mm)
    return small, (exact[0], exact[1])


class _Lines:
    """Where the lines of all columns run, in mm from the corner of the picture."""

    def __init__(self, every: tuple[Column, ...], spacing: tuple[float, ...]) -> None:
        self.columns = every
        self.number = np.concatenate(
            [np.full(len(c.s_mm), k) for k, c in enumerate(every)]
        )
        self.station = np.concatenate([np.arange(len(c.s_mm)) for c in every])
        self.points = np.concatenate(
            [
                np.stack(
                    [
                        c.strip.rows[c.station] * spacing[0],
                        c.strip.columns[c.station] * spacing[1],
                    ],
                    axis=1,
                )
                for c in every
            ]
        )

    def deficit(
        self, hollow: Hollow, contrast: NDArray[np.float32], size: tuple[float, float]
    ) -> Deficit | None:
        """Return a hollow as missing contrast of the nearest duct; None if none is."""
        # The middle of a pixel of the coarse picture lies between those of the fine.
        middle = (np.array([hollow.row, hollow.column]) + 0.5) * size
        away = np.hypot(*(self.points - middle).T)
        at = int(away.argmin())
        if away[at] > max(_NEAR_MM, _NEAR_SIZES * hollow.diameter_mm):
            return None
        column = self.columns[int(self.number[at])]
        mine = self.points[self.number == self.number[at]]
        station = int(self.station[at])
        along = mine[min(station + 3, len(mine) - 1)] - mine[max(station - 3, 0)]
        along = along / max(float(np.hypot(*along)), 1e-9)
        turn = np.array([along, (along[1], -along[0])])
        outline = turn @ ((hollow.outline + 0.5) * size - mine[station]).T
        spot = turn @ (middle - mine[station])
        return _deficit(
            column, station, hollow, spot, outline.T, _patch(hollow, contrast)
        )


def _patch(hollow: Hollow, contrast: NDArray[np.float32]) -> Floats:
    """Return the picture in a square about a hollow, three times as wide as it is."""
    half = max(int(np.ceil(1.5 * hollow.diameter_mm / STEP_MM)), 3)
    centre = (hollow.column, hollow.row)
    patch = cv2.getRectSubPix(contrast, (2 * half + 1, 2 * half + 1), centre)
    return np.asarray(patch, float)


def _whole(hollow: Hollow, spot: Floats, outline: Floats, patch: Floats) -> Floats:
    """Return the outline of the body, of which a lake shows the middle.

    A lake ends where its shore is lowest, near the wall of the duct. A solid body
    displaces about its own diameter of contrast: that much less lies over its middle
    than in the thickest of the duct about it.
    """
    displaced = float(np.percentile(patch, 95)) - hollow.floor_mm
    grown = np.clip(displaced / hollow.diameter_mm, 1.0, _MOST_GROWN)
    whole: Floats = spot + grown * (outline - spot)
    return whole


def _deficit(
    column: Column,
    station: int,
    hollow: Hollow,
    spot: Floats,
    outline: Floats,
    patch: Floats,
) -> Deficit:
    """Return what is known of a hollow beside a station of its duct."""
    outline = _whole(hollow, spot, outline, patch)
    length, width = (float(np.ptp(outline[:, k])) + STEP_MM for k in (0, 1))
    middle = float(column.s_mm[station] + spot[0])
    reach = np.searchsorted(column.s_mm, (middle - length / 2, middle + length / 2))
    first, last = np.clip(reach, 0, len(column.s_mm) - 1)
    depth = hollow.shore_mm - hollow.floor_mm
    noise = column.noise_mm * STEP_MM / np.sqrt(hollow.area_mm2)
    drop = float(np.clip(depth / hollow.shore_mm, 0, 1))
    placed = outline + np.array([column.s_mm[station], 0])
    return Deficit(
        column=column,
        first=int(first),
        last=int(last),
        s_mm=middle,
        u_mm=float(spot[1]),
        length_mm=length,
        width_mm=width,
        lumen_fraction=drop,
        drop=drop,
        z=float(depth / max(noise, 1e-6)),
        depth_mm=depth,
        in_overlap=float(column.overlap[first : last + 1].mean()),
        basin=Basin(
            depth_mm=hollow.level_mm - hollow.floor_mm,
            share=float(np.clip(1 - hollow.floor_mm / hollow.level_mm, 0, 1)),
            area_mm2=hollow.area_mm2,
            rim=1.0,
        ),
        shape=picture_shape(placed, hollow.shore_mm - patch, STEP_MM, depth),
        hollow=hollow,
    )
