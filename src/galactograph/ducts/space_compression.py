"""What compression did to a breast, and how to undo it: a generic model.

A paddle makes the breast thinner along the beam and, since tissue cannot be
compressed, wider in the picture. What is known is the outline in the picture and the
thickness that the machine tells. The model supposes no more than this:

- At rest the breast is half an ellipsoid, round at the chest wall, with the aspect
  that its outline has in the picture.
- Pressed it is a slab with a round rim, and its volume is what it was. Its outline is
  the one seen: a superellipse, more or less pointed.
- Tissue moves straight away from the middle of the chest wall, as far as the volume
  that it must make room for: r at rest goes to s in the picture, a share of the way to
  the skin, where
  1 - (1 - r^2)^(3/2) = (volume of the slab inside s) / (volume of the slab).

How much wider the picture is follows from the thickness by a cube root, so that a
thickness that is wrong by a quarter moves places by a twelfth only. The second simplest
model, an even stretch, differs by up to some millimetres near the nipple; half of that
difference is told as uncertainty.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from galactograph.values.arrays import Floats

USUAL_THICKNESS_MM = 59.0
"""Where the machine does not tell it. source: 59 +/- 16 mm, 2640 mammograms, Yaffe09
(found)"""

SOURCE_MM = 635.0
"""From the source to the support. source: 650 to 700 mm to the detector (remembered),
less 15 to 20 mm of gap and cover"""

_STEPS = 501


@dataclass(frozen=True, kw_only=True)
class Pressing:
    """One view's compression.

    Attributes
    ----------
    half_mm, deep_mm
        Half-width of the breast at the chest wall, and its depth from the base of the
        nipple to the chest wall, both in the picture.
    thickness_mm
        Of the slab.
    flank
        Exponent of the outline: 2 is an ellipse, less is more pointed.
    """

    half_mm: float
    deep_mm: float
    thickness_mm: float
    flank: float = 2.0

    @cached_property
    def _table(self) -> tuple[Floats, Floats, float]:
        """Radius at rest and in the picture, and the slab's mean half-height share."""
        rim = min(1.0, self.thickness_mm / (self.half_mm + self.deep_mm))
        s = np.linspace(0, 1, _STEPS)
        height = np.sqrt(1 - np.clip((s - (1 - rim)) / rim, 0, 1) ** 2)
        ring = height * s
        inside = np.concatenate([[0], np.cumsum((ring[1:] + ring[:-1]) / 2)])
        held = float(inside[-1] * (s[1] - s[0]))
        rest = np.sqrt(1 - (1 - inside / inside[-1]) ** (2 / 3))
        return rest, s, held

    @cached_property
    def stretch(self) -> float:
        """How many times longer than at rest lengths are in the picture."""
        p = self.flank
        area = 4 / math.pi * math.gamma(1 + 1 / p) ** 2 / math.gamma(1 + 2 / p)
        held = self._table[2] * self.thickness_mm / 2 * area
        return float((self.half_mm / (3 * held)) ** (1 / 3))

    def relax(self, behind_mm: Floats, across_mm: Floats) -> tuple[Floats, Floats]:
        """Return the place at rest of a place in the picture; both (N,) or numbers.

        Parameters
        ----------
        behind_mm
            Depth behind the nipple's base; below 0 in the nipple.
        across_mm
            Distance from the axis of the nipple.

        Examples
        --------
        >>> one = Pressing(half_mm=85, deep_mm=90, thickness_mm=55)
        >>> float(one.relax(90.0, 0.0)[0]) < 75
        True
        """
        deep = 1 - np.asarray(behind_mm, float) / self.deep_mm
        across = np.asarray(across_mm, float) / self.half_mm
        p = self.flank
        q = (np.abs(deep) ** p + np.abs(across) ** p) ** (1 / p)
        rest, s, _ = self._table
        # The nipple, beyond the skin line, is stiff: it keeps its length.
        r = np.where(q < 1, np.interp(q, s, rest), 1 + (q - 1) * self.stretch)
        # All directions are alike in the middle of the chest wall.
        straight = np.maximum(np.hypot(deep, across), 1e-9)
        grow = np.where(q > 1e-9, r / straight, rest[1] / s[1])
        half, full = self.half_mm / self.stretch, self.deep_mm / self.stretch
        return full * (1 - deep * grow), half * across * grow

    def press(self, behind_mm: Floats, across_mm: Floats) -> tuple[Floats, Floats]:
        """Return the place in the picture of a place at rest: `relax` undone."""
        half, full = self.half_mm / self.stretch, self.deep_mm / self.stretch
        deep = 1 - np.asarray(behind_mm, float) / full
        across = np.asarray(across_mm, float) / half
        r = np.hypot(deep, across)
        rest, s, _ = self._table
        q = np.where(r < 1, np.interp(r, rest, s), 1 + (r - 1) / self.stretch)
        p = self.flank
        out = np.maximum((np.abs(deep) ** p + np.abs(across) ** p) ** (1 / p), 1e-9)
        grow = np.where(r > 1e-9, q / out, s[1] / rest[1])
        return self.deep_mm * (1 - deep * grow), self.half_mm * across * grow

    def parallax(
        self, behind_mm: Floats, across_mm: Floats, toward_mm: Floats
    ) -> tuple[Floats, Floats]:
        """Return what to add to a place at rest for its height in the slab, (N,) mm.

        The beam fans out from above the chest wall: what lies nearer the source than
        the middle of the slab is shown too far out.

        Parameters
        ----------
        toward_mm
            Way from the middle toward the source, at rest.
        """
        half, full = self.half_mm / self.stretch, self.deep_mm / self.stretch
        deep = 1 - np.asarray(behind_mm, float) / full
        at_rest, pressed = self._heights(
            np.hypot(deep, np.asarray(across_mm, float) / half)
        )
        share = np.clip(toward_mm / at_rest, -1, 1)
        out = share * pressed / (SOURCE_MM - self.thickness_mm / 2)
        return deep * full * out, -np.asarray(across_mm) * out

    def toward(
        self, behind_mm: Floats, across_mm: Floats, height_mm: Floats
    ) -> tuple[Floats, Floats]:
        """Return the way toward the source at rest, and mm at rest for one of height.

        Parameters
        ----------
        height_mm
            Above the middle of the slab.
        """
        half, full = self.half_mm / self.stretch, self.deep_mm / self.stretch
        deep = 1 - np.asarray(behind_mm, float) / full
        at_rest, pressed = self._heights(
            np.hypot(deep, np.asarray(across_mm, float) / half)
        )
        each = at_rest / np.maximum(pressed, 1e-6)
        return np.clip(height_mm * each, -at_rest, at_rest), each

    def _heights(self, r: Floats) -> tuple[Floats, Floats]:
        """Return half the breast's height at radius r, at rest and pressed, mm."""
        rest, s, _ = self._table
        # At the rim both heights vanish alike; the last hundredth decides nothing.
        r = np.minimum(r, 0.99)
        rim = min(1.0, self.thickness_mm / (self.half_mm + self.deep_mm))
        over = np.clip((np.interp(r, rest, s) - (1 - rim)) / rim, 0, 1)
        return (
            self.half_mm / self.stretch * np.sqrt(1 - r**2),
            self.thickness_mm / 2 * np.sqrt(1 - over**2),
        )

    def doubt(self, behind_mm: Floats, across_mm: Floats) -> tuple[Floats, Floats]:
        """Return half the difference from an even stretch, as a standard error, mm."""
        behind, across = self.relax(behind_mm, across_mm)
        even = (
            np.asarray(behind_mm) / self.stretch,
            np.asarray(across_mm) / (self.stretch),
        )
        return np.abs(behind - even[0]) / 2, np.abs(across - even[1]) / 2
