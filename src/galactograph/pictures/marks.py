"""Where marks go over a view: outlines, labels without overlap, the scale bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from galactograph.pictures.grey import Box
from galactograph.values.report import Finding, Reading

_BARS_MM = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_BARS_PX = (10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
_RING = 16
_MARGIN = 0.035
"""Of the longer side, around the breast. (assumed: room for labels)"""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A finding as drawn: closed outline and label, (x, y) in stored pixels."""

    label: str
    outline: tuple[tuple[float, float], ...]
    at: tuple[float, float]
    label_at: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A scale bar: length in stored pixels, and its words."""

    length_px: float
    words: str


def whole(reading: Reading) -> Box:
    """Return the box of the whole image."""
    rows, columns = reading.view.image.grid.shape[-2:]
    return 0, 0, rows, columns


def breast_box(reading: Reading) -> Box:
    """Return the box of the breast, its ducts and its nipple, with a margin.

    Air is cut away: it takes half of many mammograms, and shows nothing.
    """
    rows, columns = reading.view.image.grid.shape[-2:]
    breast = reading.scene.breast
    if not breast.any():
        return whole(reading)
    down = np.flatnonzero(breast.any(axis=1))[[0, -1]].astype(float)
    along = np.flatnonzero(breast.any(axis=0))[[0, -1]].astype(float)
    for duct in reading.ducts:
        down = np.append(down, duct.rows)
        along = np.append(along, duct.columns)
    if reading.scene.nipple is not None:
        down = np.append(down, reading.scene.nipple.row)
        along = np.append(along, reading.scene.nipple.column)
    margin = _MARGIN * max(rows, columns)
    return (
        int(np.clip(down.min() - margin, 0, rows - 1)),
        int(np.clip(along.min() - margin, 0, columns - 1)),
        int(np.clip(down.max() + margin, 1, rows)),
        int(np.clip(along.max() + margin, 1, columns)),
    )


def names(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return the short name of each finding: its identifier, or F1, F2, ..."""
    return tuple(f.identifier or f"F{n}" for n, f in enumerate(findings, 1))


def outline(finding: Finding, place: int, reading: Reading) -> np.ndarray:
    """Return a closed outline (K, 2) of x, y; a ring where none was given."""
    where = finding.places[place]
    if len(where.outline) >= 3:
        return np.array(where.outline, float)[:, ::-1] + 0.5
    length = finding.length_mm or 0.0
    radius = max(6.0, 0.75 * length / reading.view.image.grid.pixel_mm)
    turn = np.linspace(0, 2 * np.pi, _RING, endpoint=False)
    centre = np.array([where.column, where.row]) + 0.5
    ring: np.ndarray = centre + radius * np.column_stack([np.cos(turn), np.sin(turn)])
    return ring


def marks(
    reading: Reading, findings: Sequence[Finding], height_px: float, box: Box
) -> tuple[Mark, ...]:
    """Place the findings of one view, labels apart from one another.

    Parameters
    ----------
    height_px
        Height of a label in stored pixels.
    box
        Part of the image that is shown; labels stay inside.
    """
    taken: list[tuple[float, float, float, float]] = []
    placed = []
    for name, finding in zip(names(findings), findings, strict=True):
        for number, place in enumerate(finding.places):
            if place.view != reading.index:
                continue
            ring = _seen(outline(finding, number, reading), 0.5 * height_px)
            size = (0.62 * height_px * len(name), height_px)
            spot = _free_spot(ring, size, taken, box)
            taken.append((spot[0], spot[1] - size[1], spot[0] + size[0], spot[1]))
            placed.append(
                Mark(
                    label=name,
                    outline=tuple((float(x), float(y)) for x, y in ring),
                    at=(place.column + 0.5, place.row + 0.5),
                    label_at=spot,
                )
            )
    return tuple(placed)


def _seen(ring: np.ndarray, least: float) -> np.ndarray:
    """Widen an outline too small to be seen, to a half-width of `least` pixels."""
    middle = 0.5 * (ring.min(axis=0) + ring.max(axis=0))
    half = 0.5 * float(np.ptp(ring, axis=0).max())
    if half >= least:
        return ring
    wider: np.ndarray = middle + (ring - middle) * least / max(half, 1e-6)
    return wider


def _free_spot(
    ring: np.ndarray,
    size: tuple[float, float],
    taken: Sequence[tuple[float, float, float, float]],
    frame: Box,
) -> tuple[float, float]:
    """Return the lower left corner of a label near `ring` that overlaps nothing."""
    (left, top), (right, bottom) = ring.min(axis=0), ring.max(axis=0)
    wide, high = size
    gap = 0.3 * high
    best = (float(right + gap), float(top - gap))
    for away in (0.0, 1.2, 2.4, 3.6):
        shift = away * high
        for x, y in (
            (right + gap + shift, top - gap - shift),
            (right + gap + shift, bottom + gap + high + shift),
            (left - gap - wide - shift, top - gap - shift),
            (left - gap - wide - shift, bottom + gap + high + shift),
        ):
            box = (x, y - high, x + wide, y)
            fits = box[0] >= frame[1] and box[1] >= frame[0]
            fits = fits and box[2] <= frame[3] and box[3] <= frame[2]
            apart = all(
                box[2] < t[0] or t[2] < box[0] or box[3] < t[1] or t[3] < box[1]
                for t in taken
            )
            if fits and apart:
                return float(x), float(y)
    return best


def bar(reading: Reading, across_px: float) -> Bar:
    """Choose a round scale bar of about a fifth of `across_px` stored pixels."""
    grid = reading.view.image.grid
    if grid.has_millimetres:
        lengths, unit, pixel = _BARS_MM, "mm", grid.spacing_mm[1]
    else:
        lengths, unit, pixel = _BARS_PX, "px", 1.0
    fitting = [b for b in lengths if b / pixel <= 0.26 * across_px] or [lengths[0]]
    return Bar(length_px=fitting[-1] / pixel, words=f"{fitting[-1]:g} {unit}")


def outer_side(reading: Reading) -> str:
    """Return the side, "left" or "right", where air is: away from the chest wall."""
    return "left" if reading.scene.chest_wall == "right" else "right"
