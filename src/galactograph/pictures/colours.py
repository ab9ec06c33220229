"""Colours of ducts by calibre and by generation, and the marks over a view.

Chosen to be told apart on grey and on white contrast, by lightness as well as by
hue, so that they survive colour blindness.
"""

from __future__ import annotations

import itertools

import numpy as np

from galactograph.values.arrays import Floats, Ints
from galactograph.values.plates import Legend

MARK = "#ffd84a"
"""Outlines and labels of findings."""

NIPPLE = "#7df0ff"
"""Nipple mark."""

CALIBRE_EDGES_MM = (0.3, 0.5, 1.0, 2.0, 3.0)
"""Borders of the calibre classes. 2 and 3 mm are the limits above which a duct, and
its ampulla, count as ectatic. (found: design, domain 3.3)"""

CALIBRE_COLOURS = ("#8f8cff", "#2fb4ff", "#00c9a2", "#b9d916", "#ff9f1a", "#ff4d6d")

GENERATION_COLOURS = (
    "#ff4d6d",
    "#ff9f1a",
    "#e6d21c",
    "#5fce4c",
    "#00c3b4",
    "#2f9bff",
    "#8f7bff",
    "#d56bff",
)

CALIBRE_EDGES_PX = (4.0, 6.0, 12.0, 25.0, 38.0)
"""The same borders where no millimetre is known. (derived: mm borders over 0.08)"""


def _calibre_legend(unit: str, edges: tuple[float, ...]) -> Legend:
    inner = [f"{a:g}-{b:g}" for a, b in itertools.pairwise(edges)]
    words = [f"below {edges[0]:g}", *inner, f"above {edges[-1]:g}"]
    return Legend(
        title=f"Calibre ({unit})",
        entries=tuple(zip(CALIBRE_COLOURS, words, strict=True)),
    )


CALIBRE = _calibre_legend("mm", CALIBRE_EDGES_MM)
CALIBRE_PX = _calibre_legend("px", CALIBRE_EDGES_PX)

GENERATION = Legend(
    title="Generation (0 leaves the nipple)",
    entries=tuple(
        (colour, f"{n}" if n + 1 < len(GENERATION_COLOURS) else f"{n} and more")
        for n, colour in enumerate(GENERATION_COLOURS)
    ),
)


def calibre_class(calibre: Floats, *, in_mm: bool) -> Ints:
    """Return the class of each calibre, 0 to 5, in mm or in pixels."""
    edges = CALIBRE_EDGES_MM if in_mm else CALIBRE_EDGES_PX
    return np.digitize(calibre, edges)


def generation_class(generation: int) -> int:
    """Return the class of a generation, 0 to 7."""
    return min(generation, len(GENERATION_COLOURS) - 1)


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green, blue of "#rrggbb", each in 0..255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
