"""From slices to projections and back: one frozen operator and its adjoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.errors import InvalidValue
from galactograph.kernels import slabs
from galactograph.values.arrays import Floats, seal
from galactograph.values.geometry import Grid, SpacingKind
from galactograph.values.procedure import Exposure

Pixels = NDArray[np.float32]

UNBOUNDED = -1e30
"""A least value that no voxel reaches."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sweep:
    """Where the tube and the panel stood for each of P projections.

    The frame is the panel's, upright: x along columns away from the chest wall, y
    along rows, z up; the tube moves in the plane x = 0.

    Attributes
    ----------
    sources_mm : float64, (P, 3)
        Focal spots.
    panel_rad : float64, (P,)
        Tilt of the panel about the line y = z = 0, towards +y.
    corner_mm
        (x, y) of the panel's corner.
    pixel_mm
        Pitch of the panel.
    shape
        Rows and columns of the panel.
    """

    sources_mm: Floats
    panel_rad: Floats
    corner_mm: tuple[float, float]
    pixel_mm: float
    shape: tuple[int, int]

    def __post_init__(self) -> None:
        n = seal(self, "sources_mm", "f8", (None, 3))
        seal(self, "panel_rad", "f8", (n,))
        if n == 0 or not (self.sources_mm[:, 2] > 0).all():
            raise InvalidValue("a sweep has sources above the panel")
        if min(self.shape) < 2 or not self.pixel_mm > 0:
            raise InvalidValue("the panel must have rows, columns and pixel_mm > 0")

    @classmethod
    def of(cls, exposures: Sequence[Exposure], corner_mm: tuple[float, float]) -> Sweep:
        """Return the sweep that some exposures made."""
        first = exposures[0]
        angle = np.deg2rad([e.angle_deg for e in exposures])
        pivot = np.array([e.pivot_mm for e in exposures])
        arm = np.array([e.source_to_detector_mm for e in exposures]) - pivot
        height = pivot + arm * np.cos(angle)
        return cls(
            sources_mm=np.column_stack([0 * angle, arm * np.sin(angle), height]),
            panel_rad=np.deg2rad([e.panel_deg for e in exposures]),
            corner_mm=corner_mm,
            pixel_mm=first.pixel_mm,
            shape=(first.rows, first.columns),
        )

    @property
    def frame_mm(self) -> Floats:
        """Corner x, corner y and pitch, as the kernels want them."""
        return np.array([*self.corner_mm, self.pixel_mm])

    def cropped(self, rows: slice, columns: slice) -> Sweep:
        """Return the sweep of a part of the panel; slices with start and stop."""
        x, y = self.corner_mm
        corner = (x + columns.start * self.pixel_mm, y + rows.start * self.pixel_mm)
        shape = (rows.stop - rows.start, columns.stop - columns.start)
        return replace(self, corner_mm=corner, shape=shape)


def upright(projections: Pixels, sweep: Sweep) -> tuple[Pixels, Sweep]:
    """Resample projections on a panel that does not tilt: one homography each.

    Returns the projections (P, rows, columns) and their sweep; unchanged if the panel
    stood still.
    """
    if not sweep.panel_rad.any():
        return projections, sweep
    rows, columns = sweep.shape
    corners = np.array(
        [[0, 0], [columns - 1, 0], [columns - 1, rows - 1], [0, rows - 1]]
    )
    out = np.empty_like(projections)
    for k, (source, tilt) in enumerate(
        zip(sweep.sources_mm, sweep.panel_rad, strict=True)
    ):
        x, y = (np.array(sweep.corner_mm) + (corners + 0.5) * sweep.pixel_mm).T
        c, s = np.cos(tilt), np.sin(tilt)
        # Share of the way from the source at which the ray meets the tilted panel.
        level = source[1] * s + source[2] * c
        share = level / (level - y * s)
        met = np.column_stack(
            [
                source[0] + share * (x - source[0]),
                (source[1] + share * (y - source[1])) * c - source[2] * (1 - share) * s,
            ]
        )
        index = (met - np.array(sweep.corner_mm)) / sweep.pixel_mm - 0.5
        change = cv2.getPerspectiveTransform(
            corners.astype(np.float32), index.astype(np.float32)
        )
        out[k] = cv2.warpPerspective(
            projections[k],
            change,
            (columns, rows),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return out, replace(sweep, panel_rad=np.zeros(len(out)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Operator:
    """The line integrals of a stack of slices, and the transpose of that map.

    A volume is (K, rows, columns) on the grid that matches the cone: the pixels of
    each slice lie on the lines from the panel's pixels to a source at the greatest
    height of the sweep, over the origin. `project` and `back` are adjoint.

    Attributes
    ----------
    sweep
        With an upright panel.
    heights_mm : float64, (K,)
        Middles of the slices above the panel, evenly spaced, ascending.
    slice_mm
        Distance between slices.
    """

    sweep: Sweep
    heights_mm: Floats
    slice_mm: float = 1.0

    def __post_init__(self) -> None:
        n = seal(self, "heights_mm", "f8", (None,))
        if self.sweep.panel_rad.any():
            raise InvalidValue("make the projections upright first")
        if n == 0 or not 0 <= self.heights_mm[0] <= self.heights_mm[-1] < self.top_mm:
            raise InvalidValue("slices must lie between the panel and the source")

    @property
    def top_mm(self) -> float:
        """Height of the source that the slice grid matches."""
        return float(self.sweep.sources_mm[:, 2].max())

    @property
    def middle_mm(self) -> float:
        """Height of the middle of the stack."""
        return float(self.heights_mm.mean())

    @property
    def shape(self) -> tuple[int, int, int]:
        """Slices, rows and columns of a volume."""
        return (len(self.heights_mm), *self.sweep.shape)

    @property
    def views(self) -> int:
        """Number of projections."""
        return len(self.sweep.sources_mm)

    def check(self, projections: Pixels) -> None:
        """Refuse projections that are not those of the sweep.

        Raises
        ------
        InvalidValue
            If their shape is not (views, rows, columns).
        """
        wanted = (self.views, *self.sweep.shape)
        if projections.shape != wanted:
            raise InvalidValue(f"projections must be {wanted}, got {projections.shape}")

    @property
    def grid(self) -> Grid:
        """The lattice of a straightened volume, in the panel's frame."""
        shrink = (self.top_mm - self.middle_mm) / self.top_mm
        spacing = self.sweep.pixel_mm * shrink
        x, y = (c * shrink + spacing / 2 for c in self.sweep.corner_mm)
        return Grid(
            shape=self.shape,
            spacing_mm=(spacing, spacing),
            spacing_kind=SpacingKind.MAGNIFICATION_CORRECTED,
            slice_mm=self.slice_mm,
            origin_mm=(x, y, float(self.heights_mm[0])),
        )

    def slant(self, view: int) -> Pixels:
        """Return length over height of each ray of one projection, (rows, columns)."""
        source = self.sweep.sources_mm[view]
        slant: Pixels = slabs.slants(source, self.sweep.frame_mm, *self.sweep.shape)
        return slant

    def project(self, volume: Pixels, views: Sequence[int] | None = None) -> Pixels:
        """Return the line integrals of `volume`, (P, rows, columns)."""
        chosen = list(range(self.views) if views is None else views)
        out = np.empty((len(chosen), *self.sweep.shape), np.float32)
        slabs.scatter(
            np.asarray(volume, np.float32),
            np.ascontiguousarray(self.sweep.sources_mm[chosen]),
            self.sweep.frame_mm,
            self.heights_mm,
            self.top_mm,
            out,
        )
        for number, view in enumerate(chosen):
            out[number] *= self.slant(view) * np.float32(self.slice_mm)
        return out

    def back(self, projections: Pixels) -> Pixels:
        """Return the adjoint of `project` of all projections, (K, rows, columns)."""
        weighted = np.empty(projections.shape, np.float32)
        for view in range(self.views):
            scale = self.slant(view) * np.float32(self.slice_mm)
            np.multiply(projections[view], scale, out=weighted[view])
        volume = np.empty(self.shape, np.float32)
        self.smear(weighted, volume)
        return volume

    def smear(
        self,
        projections: Pixels,
        volume: Pixels,
        *,
        views: Sequence[int] | None = None,
        keep: float = 0.0,
        least: float = UNBOUNDED,
    ) -> None:
        """Add projections to `volume`, in place, without weighing them by length.

        volume = max(least, keep * volume + sum of the projections at each voxel).
        """
        chosen = list(range(self.views) if views is None else views)
        slabs.gather(
            projections,
            np.ascontiguousarray(self.sweep.sources_mm[chosen]),
            self.sweep.frame_mm,
            self.heights_mm,
            self.top_mm,
            volume,
            float(keep),
            float(least),
        )

    def straighten(self, volume: Pixels) -> Pixels:
        """Resample `volume` in place to the constant spacing of `grid`; return it."""
        slabs.straighten(
            volume, self.sweep.frame_mm, self.heights_mm, self.top_mm, self.middle_mm
        )
        return volume
