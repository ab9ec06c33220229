"""The breast of a woman who lies on her back, and the map from rest.

Ultrasound, magnetic resonance after it and the surgeon meet the breast flattened by
its own weight: lower, wider, fallen a little to the side. At rest it is half an
ellipsoid; lying, it is half a flatter one, sheared to the side:

    depth' = f depth,  (x', z') = (x, z) / sqrt(f),  x' += tan(t) (height off the chest)

Both steps keep every small volume, and straight things straight. The nipple, in front
of the skin, keeps its length. Material points are those of the breast frame, so that
one tree appears in CC, in ML, and here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from galactograph.errors import InvalidValue
from galactograph.values.arrays import Floats
from galactograph.values.truth import Breast


@dataclass(frozen=True, kw_only=True)
class Supine:
    """The map from rest to lying.

    Attributes
    ----------
    depth_mm
        Of the breast at rest, from the nipple's base to the chest wall; > 0.
    flattening
        Depth lying over depth at rest, in (0, 1]. source: about a half of the prone
        depth (assumed; no published distribution was at hand).
    fall_deg
        How far the nipple falls to the side, seen from the chest wall, in [0, 60].
        source: assumed.
    """

    depth_mm: float
    flattening: float = 0.55
    fall_deg: float = 12.0

    def __post_init__(self) -> None:
        if not self.depth_mm > 0:
            raise InvalidValue(f"depth_mm must be > 0, got {self.depth_mm}")
        if not 0 < self.flattening <= 1:
            raise InvalidValue(f"flattening must be in (0, 1], got {self.flattening}")
        if not 0 <= self.fall_deg <= 60:
            raise InvalidValue(f"fall_deg must be in 0..60, got {self.fall_deg}")

    @classmethod
    def of(
        cls, breast: Breast, *, flattening: float = 0.55, fall_deg: float = 12.0
    ) -> Supine:
        """Lay `breast` down."""
        return cls(depth_mm=breast.rest_mm[1], flattening=flattening, fall_deg=fall_deg)

    @property
    def spread(self) -> float:
        """Width lying over width at rest."""
        return 1 / math.sqrt(self.flattening)

    def lay(self, points_mm: Floats) -> Floats:
        """Map points (N, 3) of the breast at rest to the lying breast, mm.

        Both frames have x lateral, z cranial, and y into the breast from the base of
        the nipple, which falls with the skin: at rest it is the origin.
        """
        x, y, z = np.asarray(points_mm, float).T
        deep = np.where(y > 0, self.flattening * y, y)
        return np.column_stack([self.spread * x + self._fall(y), deep, self.spread * z])

    def stand(self, points_mm: Floats) -> Floats:
        """Map points (N, 3) of the lying breast back to rest: the inverse of `lay`."""
        x, deep, z = np.asarray(points_mm, float).T
        y = np.where(deep > 0, deep / self.flattening, deep)
        return np.column_stack([(x - self._fall(y)) / self.spread, y, z / self.spread])

    def _fall(self, y: Floats) -> Floats:
        """Return the shift to the side of points y mm deep at rest."""
        height = self.flattening * (self.depth_mm - np.maximum(y, 0.0))
        fallen: Floats = math.tan(math.radians(self.fall_deg)) * height
        return fallen
