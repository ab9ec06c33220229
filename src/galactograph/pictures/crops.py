"""A finding enlarged: grey as it is, with an outline that does not hide it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from galactograph.pictures import grey, lettering, vectors
from galactograph.pictures.marks import Mark, bar, outline
from galactograph.values.plates import Plate
from galactograph.values.report import Finding, Reading

LEAST_MM = 14.0
"""A crop shows at least this much. (assumed: a defect of 4 mm and its duct)"""

LEAST_PX = 120
"""... and at least this many pixels, whatever the spacing."""

MARGIN = 3.2
"""A crop is this many times as long as its finding. (assumed: judged by eye)"""

SIDE_PX = 460
"""Side of the picture that is written."""

_DARK, _BRIGHT = 0.01, 0.998


def crop(finding: Finding, place: int, reading: Reading, name: str) -> Plate:
    """Cut a square out of the stored image around one place of a finding."""
    pixels = reading.view.image.pixels
    ring = outline(finding, place, reading)
    left, top, side = _square(finding, place, reading, ring)
    part = pixels[top : top + side, left : left + side]
    low, high = np.quantile(part, [_DARK, _BRIGHT])
    shrunk, _ = grey.shrink(part, SIDE_PX)
    shown = grey.to_grey(shrunk, (float(low), max(float(high), float(low) + 1e-6)))
    if max(shown.shape) < SIDE_PX:
        factor = SIDE_PX / max(shown.shape)
        size = (round(shown.shape[1] * factor), round(shown.shape[0] * factor))
        shown = np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_CUBIC))
    if reading.view.simulated:
        shown = lettering.stamp(shown, "SIMULATED", "bottom right", 16)
    rows, columns = part.shape
    box = (float(left), float(top), float(columns), float(rows))
    mark = Mark(label=name, outline=tuple(map(tuple, ring)), at=(0, 0), label_at=(0, 0))
    return Plate(
        pixels=grey.jpeg(shown, quality=90),
        view_box=box,
        layers={"outline": vectors.ring(mark), "scale": _scale(reading, box)},
        alt=(
            f"{name}, {finding.kind.code.meaning.lower()}, enlarged from "
            f"{reading.view.name}; the finding lies in the middle, outlined."
        ),
    )


def _square(
    finding: Finding, place: int, reading: Reading, ring: np.ndarray
) -> tuple[int, int, int]:
    """Return left, top and side in stored pixels, inside the image."""
    rows, columns = reading.view.image.grid.shape[-2:]
    pixel = reading.view.image.grid.pixel_mm
    spread = float(np.ptp(ring, axis=0).max())
    wanted = max(
        LEAST_PX,
        LEAST_MM / pixel,
        MARGIN * (finding.length_mm or 0.0) / pixel,
        1.6 * spread,
    )
    side = int(min(wanted, rows, columns))
    where = finding.places[place]
    left = int(np.clip(round(where.column - side / 2), 0, columns - side))
    top = int(np.clip(round(where.row - side / 2), 0, rows - side))
    return left, top, side


def _scale(reading: Reading, box: tuple[float, float, float, float]) -> str:
    x, y, width, height = box
    scale = bar(reading, width)
    size = 0.042 * height
    left, foot = x + 0.04 * width, y + 0.95 * height
    return (
        f'<path d="M{left:.1f} {foot:.1f}h{scale.length_px:.1f}" stroke="#000" '
        'stroke-opacity="0.6" stroke-width="4" vector-effect="non-scaling-stroke"/>'
        f'<path d="M{left:.1f} {foot:.1f}h{scale.length_px:.1f}" stroke="#fff" '
        'stroke-width="2" vector-effect="non-scaling-stroke"/>'
        f'<text x="{left:.1f}" y="{foot - 0.4 * size:.1f}" font-size="{size:.2f}" '
        'font-family="Helvetica, Arial, sans-serif" paint-order="stroke" '
        f'stroke="#000" stroke-opacity="0.75" stroke-width="{0.2 * size:.2f}" '
        f'fill="#fff">{scale.words}</text>'
    )


def crops(
    finding: Finding, readings: Sequence[Reading], name: str
) -> tuple[Plate, ...]:
    """Cut out every place of a finding, one a view."""
    return tuple(
        crop(finding, number, readings[place.view], name)
        for number, place in enumerate(finding.places)
    )
