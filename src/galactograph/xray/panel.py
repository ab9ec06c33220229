"""Where the source, the breast and the panel stand for one exposure.

The panel frame is the slab frame (x from the chest wall to the nipple, y down the
image) with z = 0 on the panel. The source stands over the chest wall; in
tomosynthesis it moves along y on an arc. Where the panel tilts too, the frame tilts
with it, about the line y = z = 0. Images are laid out as for a left breast; those of a
right one are mirrored at the very end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from galactograph.values.arrays import Floats
from galactograph.values.codes import Laterality
from galactograph.values.procedure import Exposure
from galactograph.values.truth import Slab

MARGIN_MM = 9.0
"""Room kept beyond the nipple on a panel too small for the breast; assumed."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Geometry of one exposure.

    Attributes
    ----------
    under_mm
        Height of the slab's underside above the panel.
    corner_mm
        (x, y) of the panel's corner.
    """

    exposure: Exposure
    under_mm: float
    corner_mm: tuple[float, float]
    middle_mm: float
    mirrored: bool

    @classmethod
    def of(cls, slab: Slab, exposure: Exposure) -> Panel:
        """Place the panel under the slab, nipple in the picture."""
        sdd, half = exposure.source_to_detector_mm, slab.thickness_mm / 2
        under = exposure.air_gap_mm
        if exposure.magnification > 1:
            under = sdd * (1 - 1 / exposure.magnification) - half
        wide = exposure.columns * exposure.pixel_mm
        tall = exposure.rows * exposure.pixel_mm
        m = sdd / (sdd - under - half)
        nipple = slab.nipple_mm * m
        # The chest wall lies at the panel's edge unless the nipple would be lost.
        left = max(0.0, float(nipple[0]) + min(MARGIN_MM, 0.15 * wide) - wide)
        shift = float(np.clip(slab.shift_mm, -0.15 * tall, 0.15 * tall))
        top = float(nipple[1]) * (left > 0) - tall / 2 + shift
        return cls(
            exposure=exposure,
            under_mm=float(under),
            corner_mm=(left, top),
            middle_mm=float(under + half),
            mirrored=slab.laterality is Laterality.RIGHT,
        )

    @property
    def magnification(self) -> float:
        """Of the plane in the middle of the breast."""
        sdd = self.exposure.source_to_detector_mm
        return sdd / (sdd - self.middle_mm)

    @property
    def source_mm(self) -> Floats:
        """Focal spot, (3,), in the frame of the panel, tilted as it is."""
        e = self.exposure
        angle, tilt = np.deg2rad(e.angle_deg), np.deg2rad(e.panel_deg)
        arm = e.source_to_detector_mm - e.pivot_mm
        y, z = arm * np.sin(angle), e.pivot_mm + arm * np.cos(angle)
        return np.array([0.0, *_tilted(y, z, tilt)])

    @property
    def up(self) -> Floats:
        """Unit vector from the support to the paddle, (3,), in the panel's frame."""
        return np.array([0.0, *_tilted(0.0, 1.0, np.deg2rad(self.exposure.panel_deg))])

    @property
    def frame_mm(self) -> Floats:
        """Corner x, corner y and pitch, as the kernels want them."""
        return np.array([*self.corner_mm, self.exposure.pixel_mm])

    def lift(self, points_mm: Floats) -> Floats:
        """Move points (N, 3) from the slab frame to the panel frame."""
        lifted: Floats = np.array(points_mm, float)
        lifted[:, 2] += self.under_mm
        tilt = np.deg2rad(self.exposure.panel_deg)
        if tilt:
            lifted[:, 1], lifted[:, 2] = _tilted(lifted[:, 1], lifted[:, 2], tilt)
        return lifted

    def index(self, points_mm: Floats) -> Floats:
        """Return (row, column) of slab points in the final picture, (N, 2)."""
        p, source = self.lift(points_mm), self.source_mm
        m = source[2] / (source[2] - p[:, 2])
        x = source[0] + (p[:, 0] - source[0]) * m
        y = source[1] + (p[:, 1] - source[1]) * m
        column = (x - self.corner_mm[0]) / self.exposure.pixel_mm - 0.5
        row = (y - self.corner_mm[1]) / self.exposure.pixel_mm - 0.5
        if self.mirrored:
            column = self.exposure.columns - 1 - column
        return np.column_stack([row, column])


def _tilted(y: Any, z: Any, tilt_rad: float) -> tuple[Any, Any]:  # noqa: ANN401
    """Turn (y, z) from the upright frame into one tilted towards +y."""
    c, s = np.cos(tilt_rad), np.sin(tilt_rad)
    return y * c - z * s, y * s + z * c
