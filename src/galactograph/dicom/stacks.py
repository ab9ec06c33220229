"""Load a stack of slices as few pictures, slice by slice: it is never held whole."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from galactograph.dicom.air import find_air, thinned
from galactograph.dicom.codec import Codec
from galactograph.dicom.frames import Layout, frames_of
from galactograph.dicom.greyscale import Meaning, meaning_of
from galactograph.dicom.headers import Record
from galactograph.dicom.labels import Labels
from galactograph.kernels.rays import Rays
from galactograph.kernels.reliefs import Reliefs
from galactograph.values.codes import Laterality
from galactograph.values.fan import Fan, Shadow

F4 = NDArray[np.float32]

_STRIP = 0.03
"""Share of the columns at a border that tells tissue from air (assumed)."""

_OPPOSITE = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}


@dataclass(frozen=True)
class Lie:
    """How slices lie: their pixel, their distance, and whether from the source down."""

    pixel_mm: float
    slice_mm: float
    down: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Stack:
    """What is kept of a stack; see the fields of a `View`."""

    pixels: F4
    depth: NDArray[np.uint16]
    reliefs: F4
    shadow: Shadow
    meaning: Meaning


def load_stack(
    record: Record, layout: Layout, codec: Codec, lie: Lie, *, mammogram: bool
) -> Stack:
    """Return the running maximum of a stack and its slice, and what stands out.

    The grey scale and the side of the chest wall are those of the middle slice.
    """
    middle = next(frames_of(record, layout, codec, first=layout.frames // 2))
    meaning = meaning_of(record.tags, layout, thinned(middle), mammogram=mammogram)
    shape = (layout.frames, layout.rows, layout.columns)
    fan = _fan(meaning.table[thinned(middle)], shape, lie)
    reliefs = Reliefs(lie.pixel_mm, lie.slice_mm, layout.frames)
    stretches = fan.stretch(np.arange(layout.frames, dtype=float))
    rays = Rays(fan.foot, stretches, lie.pixel_mm, lie.slice_mm)
    best = np.full(shape[1:], -np.inf, np.float32)
    depth = np.zeros(best.shape, np.uint16)
    for index, cells in enumerate(frames_of(record, layout, codec)):
        picture = meaning.table[cells]
        reliefs.add(picture)
        rays.add(picture)
        better = picture > best
        np.copyto(best, picture, where=better)
        depth[better] = index
    return Stack(
        pixels=best,
        depth=depth,
        reliefs=reliefs.done(),
        shadow=_shadow(fan, rays),
        meaning=meaning,
    )


def counted_down(step: tuple[float, float, float] | None, labels: Labels) -> bool:
    """Tell whether slices are counted from the source down to the support.

    `step` is the way from one slice to the next in the patient (left, back, up), mm. A
    file that does not say is taken to count from the support.
    """
    if step is None:
        return False
    left, _, up = step
    medial = -left if labels.laterality is Laterality.LEFT else left
    # Where the source stands, of an MLO medial and above, of an LMO opposite to it.
    toward = {
        "ML": medial,
        "LM": -medial,
        "MLO": medial + up,
        "LMO": -medial - up,
        "FB": -up,
    }
    return toward.get(labels.position or "", up) < 0


def _fan(middle: F4, shape: tuple[int, int, int], lie: Lie) -> Fan:
    """Return the rays over a stack, from its middle slice."""
    air = find_air(middle.astype(np.float64))
    if air is None:
        # No even air: the chest wall is where the border shows more tissue.
        strip = max(1, round(_STRIP * middle.shape[1]))
        left, right = middle[:, :strip].mean(), middle[:, -strip:].mean()
        edge = "left" if left >= right else "right"
    else:
        edge = _OPPOSITE[air.side]
    fan = Fan.over(shape, edge, lie.slice_mm)
    return replace(fan, focus=-fan.focus) if lie.down else fan


def _shadow(fan: Fan, rays: Rays) -> Shadow:
    largest, reliefs, depth = rays.done()
    return Shadow(fan=fan, pixels=largest, reliefs=reliefs, depth=depth)
