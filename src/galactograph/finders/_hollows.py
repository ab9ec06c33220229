"""Hollows: places in the picture that thicker contrast encloses on every side.

Strips follow ducts; where a wide duct forks or bends sharply, or a large body has led
the trace astray, no strip shows it whole. The picture does: what holds less contrast
than everything about it is a lake in a landscape of contrast. As the level falls, lakes
shrink and part; each lake at each level is a candidate. The gap between two ducts that
meet again is a lake too: it is wider than the contrast about it is thick, its floor is
dry, and its shore has corners.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.values.arrays import Bools, Floats

STEP_MM = 0.2
"""Pixels in which hollows are looked for; smaller bodies are fitted as balls.
source: a fifth of a body of 1 mm, assumed"""

_LEVELS_MM = tuple(float(0.4 * 1.17**k) for k in range(19))
"""Contrast of the shore: of ducts from 0.5 to 7 mm. source: assumed"""

_LEAST_MM2, _MOST_MM2 = 0.4, 90.0
"""Area: bodies from about 0.7 to 10.7 mm. source: sizes of lesions (0.4 to 10 mm)"""

_LEAST_DEPTH, _MOST_DEPTH = 0.1, 0.7
"""Of the floor below the shore, over the shore. Over and under a body that contrast
surrounds lies contrast too; the gap between ducts is dry. source: a ball of 0.83 of the
calibre leaves 0.3 of what lies at its edge (derived)"""

_LEAST_SOLID = 0.1
"""Of the same, over the diameter: a ball is as deep as wide, a dent in a cloud of dense
tissue is shallow. source: assumed"""

_SHORE_PX = 3
"""Breadth of the shore that is looked at: 0.6 mm. source: assumed"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Hollow:
    """One enclosed place.

    Attributes
    ----------
    row, column
        Middle, in pixels of the picture that it was sought in.
    level_mm
        Contrast of the shore's lowest point, at least.
    floor_mm
        Contrast at the bottom: the fifth part that holds least.
    shore_mm
        Contrast of the shore, median.
    area_mm2
        Of the lake.
    diameter_mm
        Of the circle of that area.
    aspect
        Length over width of the smallest box about it, at least 1.
    solid
        Area over that of its convex hull, in (0, 1].
    outline : (K, 2)
        Row and column of its shore.
    """

    row: float
    column: float
    level_mm: float
    floor_mm: float
    shore_mm: float
    area_mm2: float
    aspect: float
    solid: float
    outline: Floats

    @property
    def diameter_mm(self) -> float:
        """Diameter of the circle of the same area."""
        return float(2 * np.sqrt(self.area_mm2 / np.pi))


def hollows(
    contrast_mm: NDArray[np.float32], pixel_mm: float, least_mm: float = 0.0
) -> Iterator[Hollow]:
    """Yield the enclosed places of a picture of contrast (rows, columns) in mm.

    Parameters
    ----------
    least_mm
        Contrast that shores have at least: more than tissue alone seems to hold.
    """
    most = float(contrast_mm.max(initial=0.0))
    for level in _LEVELS_MM:
        if level >= most:
            return
        if level < least_mm:
            continue
        lakes = (contrast_mm < level).astype(np.uint8)
        count, labels, stats, middles = cv2.connectedComponentsWithStats(
            lakes, connectivity=4
        )
        area = stats[:, cv2.CC_STAT_AREA] * pixel_mm**2
        for number in range(1, count):
            if not _LEAST_MM2 <= area[number] <= _MOST_MM2:
                continue
            box = _box(stats[number], contrast_mm.shape)
            if box is None:
                continue
            found = _hollow(contrast_mm[box], labels[box] == number, level, pixel_mm)
            depth = found.shore_mm - found.floor_mm
            least = _LEAST_SOLID * found.diameter_mm
            least = max(_LEAST_DEPTH * found.shore_mm, least)
            if least <= depth <= _MOST_DEPTH * found.shore_mm:
                yield replace(
                    found,
                    row=float(middles[number][1]),
                    column=float(middles[number][0]),
                    outline=found.outline + np.array([part.start for part in box]),
                )


def _box(
    stats: NDArray[np.int32], shape: tuple[int, ...]
) -> tuple[slice, slice] | None:
    """Return the rows and columns of a lake with its shore; None at the border."""
    left, top = int(stats[cv2.CC_STAT_LEFT]), int(stats[cv2.CC_STAT_TOP])
    right = left + int(stats[cv2.CC_STAT_WIDTH])
    bottom = top + int(stats[cv2.CC_STAT_HEIGHT])
    if left == 0 or top == 0 or right == shape[1] or bottom == shape[0]:
        return None
    return (
        slice(max(top - _SHORE_PX, 0), bottom + _SHORE_PX),
        slice(max(left - _SHORE_PX, 0), right + _SHORE_PX),
    )


def _hollow(
    contrast_mm: NDArray[np.float32], lake: Bools, level: float, pixel_mm: float
) -> Hollow:
    """Return a lake as a hollow, in the coordinates of its box."""
    wet = lake.astype(np.uint8)
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _SHORE_PX + 1,) * 2)
    shore = contrast_mm[cv2.dilate(wet, ball).astype(bool) & ~lake]
    lines, _ = cv2.findContours(wet, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    line = max(lines, key=len)
    hull = cv2.convexHull(line)
    _, (one, other), _ = cv2.minAreaRect(line)
    pixels = int(lake.sum())
    # Outlines run through middles of pixels: half a pixel is missing on every side.
    whole = cv2.contourArea(hull) + cv2.arcLength(hull, closed=True) / 2 + 1
    return Hollow(
        row=0.0,
        column=0.0,
        level_mm=level,
        floor_mm=float(np.percentile(contrast_mm[lake], 20)),
        shore_mm=float(np.median(shore)),
        area_mm2=pixels * pixel_mm**2,
        aspect=(max(one, other) + 1) / (min(one, other) + 1),
        solid=min(pixels / whole, 1.0),
        outline=line[:, 0, ::-1].astype(float),
    )
