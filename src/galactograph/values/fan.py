"""The beam through a stack of slices: a fan of rays from the source.

Slices of tomosynthesis keep the spacing of their pixels at every height, as slices of
CT do; rays do not. So what lies along the sweep, which is cast on the same place from
all sources, is smeared over the slices beside itself, the farther from the point under
the source the more. Seen along the rays it stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galactograph.errors import InvalidValue
from galactograph.values.arrays import Floats, seal

F4 = NDArray[np.float32]

FOCUS_MM = 605.0
"""From the middle of the breast to the source. source: 650 to 700 mm to the panel in
five units (pyDBT: found; others remembered), less a gap of 20 mm and half a breast. Of
ducts in these no displacement by height was left so (measured)"""


@dataclass(frozen=True, kw_only=True)
class Fan:
    """The rays of a source over a stack of slices of constant spacing.

    Attributes
    ----------
    foot
        Row and column under the source.
    middle
        Number of the middle slice: rays are named by where they meet it.
    focus
        Slices from the middle slice to the source; negative if slices are counted
        from the source downward.
    """

    foot: tuple[float, float]
    middle: float
    focus: float

    def __post_init__(self) -> None:
        if not abs(self.focus) > self.middle + 1:
            raise InvalidValue(
                f"the source lies outside the stack, not at {self.focus}"
            )

    @classmethod
    def over(cls, shape: tuple[int, ...], edge: str, slice_mm: float) -> Fan:
        """Return the rays over a stack that is counted from its support.

        Parameters
        ----------
        shape
            Slices, rows, columns.
        edge
            Where the chest wall is: "left", "right", "top" or "bottom". The source
            stands over its middle, for so do the panels of all units (remembered).
        slice_mm
            From slice to slice.
        """
        frames, rows, columns = shape
        middle = ((rows - 1) / 2, (columns - 1) / 2)
        foot = {
            "left": (middle[0], -0.5),
            "right": (middle[0], columns - 0.5),
            "top": (-0.5, middle[1]),
            "bottom": (rows - 0.5, middle[1]),
        }[edge]
        return cls(foot=foot, middle=(frames - 1) / 2, focus=FOCUS_MM / slice_mm)

    def stretch(self, slices: Floats | float) -> Floats:
        """Return how much farther from the foot the ray of a place meets the middle."""
        higher = np.asarray(slices, float) - self.middle
        out: Floats = self.focus / (self.focus - higher)
        return out

    def cast(self, points: Floats, slices: Floats) -> Floats:
        """Return where the rays of places, (N, 2) rows and columns, meet the middle."""
        foot = np.array(self.foot)
        out: Floats = foot + (points - foot) * self.stretch(slices)[:, None]
        return out

    def placed(self, rays: Floats, slices: Floats) -> Floats:
        """Return where rays, (N, 2), meet slices, (N,): `cast` undone."""
        foot = np.array(self.foot)
        out: Floats = foot + (rays - foot) / self.stretch(slices)[:, None]
        return out


@dataclass(frozen=True, kw_only=True, eq=False)
class Shadow:
    """What a stack shows along the rays of its source, (rows, columns) of the middle.

    Attributes
    ----------
    fan
        The rays.
    pixels : float32, (rows, columns)
        The largest value on each ray.
    reliefs : float32, (R, rows, columns)
        The largest of what stands out of slices, and of slabs of growing thickness.
    depth : uint16, (rows, columns)
        The slice that stands out most.
    """

    fan: Fan
    pixels: F4
    reliefs: F4
    depth: NDArray[np.uint16]

    def __post_init__(self) -> None:
        seal(self, "pixels", "f4", (None, None))
        seal(self, "reliefs", "f4", (None, *self.pixels.shape))
        seal(self, "depth", "u2", self.pixels.shape)
