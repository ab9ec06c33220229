"""The shape of the breast, at rest and compressed, and the map between the two.

At rest the breast is half an ellipsoid of radius a at the chest wall and depth d.
Compressed along an axis, it is a slab with a rounded edge. The map keeps the
direction seen from the middle of the chest wall, moves the normalised radius r to
r' so that the volume inside is kept, and scales the height by h'(r') / h(r):

    a d int_0^r h(s) s ds = W D int_0^r' h'(s) s ds

With an elliptical outline every small volume is conserved exactly. With a
superellipse of exponent p, volume is conserved as a whole, and on each cone up to the
square of the outline's radius relative to an ellipse of the same area (within 15 %
for p in 1.7..2.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from galactograph.values.arrays import Floats
from galactograph.values.procedure import ViewPosition
from galactograph.values.truth import Breast

_STEPS = 2001

UP_AND_BEAM: dict[ViewPosition, tuple[tuple[float, float], tuple[float, float]]] = {
    ViewPosition.CC: ((1.0, 0.0), (0.0, 1.0)),
    ViewPosition.XCCL: ((1.0, 0.0), (0.0, 1.0)),
    ViewPosition.XCCM: ((1.0, 0.0), (0.0, 1.0)),
    ViewPosition.ML: ((0.0, 1.0), (-1.0, 0.0)),
    ViewPosition.LM: ((0.0, 1.0), (1.0, 0.0)),
    ViewPosition.MLO: ((0.7071, 0.7071), (-0.7071, 0.7071)),
    ViewPosition.LMO: ((0.7071, 0.7071), (0.7071, -0.7071)),
}
"""Which way, in (x lateral, z cranial), is up in the image, and towards the source."""


def _edge(s: Floats, roundness: float) -> Floats:
    """Return the relative height of a slab at normalised radius s in [0, 1]."""
    over = np.clip((s - (1 - roundness)) / roundness, 0, 1)
    height: Floats = np.sqrt(1 - over**2)
    return height


def _area(flank: float) -> float:
    """Return the area of a superellipse relative to an ellipse of the same axes."""
    return 4 / math.pi * math.gamma(1 + 1 / flank) ** 2 / math.gamma(1 + 2 / flank)


def rest_scale(radius_mm: float, depth_mm: float, thickness_mm: float) -> float:
    """Return the ratio of lengths at rest to compressed lengths, volume kept.

    Examples
    --------
    >>> 0.6 < rest_scale(85, 90, 55) < 0.9
    True
    """
    s = np.linspace(0, 1, _STEPS)
    roundness = thickness_mm / (radius_mm + depth_mm)
    held = float(np.trapezoid(_edge(s, roundness) * s, s)) * thickness_mm / 2
    return float((3 * held / radius_mm) ** (1 / 3))


@dataclass(frozen=True, kw_only=True, eq=False)
class Compression:
    """The map from rest to one view; see the module for its law."""

    rest_radius_mm: float
    rest_depth_mm: float
    radius_mm: float
    depth_mm: float
    thickness_mm: float
    flank: float
    up: tuple[float, float]
    beam: tuple[float, float]

    @classmethod
    def of(
        cls, breast: Breast, position: ViewPosition, thickness_mm: float
    ) -> Compression:
        """Compress `breast` for a view; its volume sets how far it spreads."""
        a, d = breast.rest_mm
        roundness = thickness_mm / (breast.radius_mm + breast.depth_mm)
        s = np.linspace(0, 1, _STEPS)
        held = float(np.trapezoid(_edge(s, roundness) * s, s)) * thickness_mm / 2
        spread = float(
            np.sqrt(a * a * d / 3 / (held * breast.radius_mm * breast.depth_mm))
        )
        spread /= np.sqrt(_area(breast.flank))
        up, beam = UP_AND_BEAM[position]
        return cls(
            rest_radius_mm=a,
            rest_depth_mm=d,
            radius_mm=breast.radius_mm * spread,
            depth_mm=breast.depth_mm * spread,
            thickness_mm=thickness_mm,
            flank=breast.flank,
            up=up,
            beam=beam,
        )

    @property
    def roundness(self) -> float:
        """Share of the radius over which the edge is rounded."""
        return self.thickness_mm / (self.radius_mm + self.depth_mm)

    @cached_property
    def table(self) -> tuple[Floats, Floats]:
        """Normalised radius at rest and compressed, matched by volume."""
        s = np.linspace(0, 1, _STEPS)
        h = _edge(s, self.roundness) * s
        inside = np.concatenate([[0], np.cumsum((h[1:] + h[:-1]) / 2)])
        inside /= inside[-1]
        rest = np.sqrt(1 - (1 - inside) ** (2 / 3))
        # Near 0 and 1 the quotient of two vanishing numbers needs no table: even r.
        return rest, s

    def _turn(self, across: Floats, deep: Floats) -> Floats:
        """Return the outline's radius relative to the ellipse, by direction."""
        # Straight ahead where there is no direction: at the middle of the chest wall.
        deep = np.where((across == 0) & (deep == 0), 1.0, deep)
        r = np.hypot(across, deep)
        p = self.flank
        power = np.abs(across / r) ** p + np.abs(deep / r) ** p
        turned: Floats = power ** (-1 / p)
        return turned

    def height_mm(self, s: Floats) -> Floats:
        """Return the half-height of the slab at normalised radius s."""
        return self.thickness_mm / 2 * _edge(np.minimum(s, 1), self.roundness)

    def squeeze(self, points_mm: Floats) -> Floats:
        """Map points (N, 3) from the breast frame at rest to the slab frame."""
        x, y, z = np.asarray(points_mm, float).T
        up = self.up[0] * x + self.up[1] * z
        beam = self.beam[0] * x + self.beam[1] * z
        across, deep = up / self.rest_radius_mm, 1 - y / self.rest_depth_mm
        r = np.hypot(across, deep)
        rest, pressed = self.table
        # The nipple, beyond r = 1, is stiff: it keeps its length.
        stiff = 1 + (r - 1) * self.rest_depth_mm / self.depth_mm
        s = np.where(r < 1, np.interp(r, rest, pressed), stiff)
        grow = s / np.maximum(r, 1e-9) * self._turn(across, deep)
        safe = np.minimum(r, rest[-40])
        full = self.rest_radius_mm * np.sqrt(1 - safe**2)
        tall = self.height_mm(np.interp(safe, rest, pressed)) / full
        return np.column_stack(
            [
                self.depth_mm * deep * grow,
                -self.radius_mm * across * grow,
                self.thickness_mm / 2 + beam * tall,
            ]
        )

    def normalised(self, x: Floats, y: Floats) -> Floats:
        """Return the normalised radius s of slab positions; 1 at the skin line."""
        across, deep = y / self.radius_mm, x / self.depth_mm
        s: Floats = np.hypot(across, deep) / self._turn(across, deep)
        return s

    def relax(self, x: Floats, y: Floats, share: float) -> Floats:
        """Map slab positions back to rest, at a height in [-1, 1] of the slab's half.

        Returns (..., 3) in the breast frame.
        """
        across, deep = -y / self.radius_mm, x / self.depth_mm
        s = np.minimum(self.normalised(x, y), 1)
        rest, pressed = self.table
        r = np.interp(s, pressed, rest)
        q = np.hypot(across, deep) + 1e-12
        up = across / q * r * self.rest_radius_mm
        beam = share * self.rest_radius_mm * np.sqrt(1 - r**2)
        return np.stack(
            [
                self.up[0] * up + self.beam[0] * beam,
                self.rest_depth_mm * (1 - deep / q * r),
                self.up[1] * up + self.beam[1] * beam,
            ],
            axis=-1,
        )
