"""A view with its ducts in colour, as one picture and as one vector file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.pictures import grey, lettering, vectors
from galactograph.pictures.colours import CALIBRE, CALIBRE_PX, MARK, NIPPLE, rgb
from galactograph.pictures.grey import Box
from galactograph.pictures.marks import bar, marks, outer_side, whole
from galactograph.pictures.runs import By, runs
from galactograph.values.plates import Legend, Plate
from galactograph.values.report import Finding, Reading

_SHIFT = 4
_LEGEND_SIZE = 20
RESEARCH = "research use only"


def paint(
    reading: Reading,
    findings: Sequence[Finding],
    *,
    longest: int,
    by: By = "calibre",
    box: Box | None = None,
) -> NDArray[np.uint8]:
    """Paint ducts, nipple, findings and scale over the view.

    Parameters
    ----------
    longest
        Longer side of the picture, pixels.
    box
        Part of the image to paint; the whole if not given.

    Returns
    -------
    uint8, (rows, columns, 3)
        RGB, stored orientation.
    """
    box = box or whole(reading)
    shown = grey.show(reading, box, longest)
    factor = len(shown) / (box[2] - box[0])
    corner = np.array([box[1], box[0]])
    image = np.repeat(shown[..., None], 3, axis=2)
    thick = 2 if longest >= 1200 else 1
    for run in runs(reading, by):
        _line(image, (run.points - corner) * factor, rgb(run.colour), thick)
    _nipple(image, reading, (corner, factor), thick)
    size = max(12, round(0.024 * max(image.shape[:2])))
    for mark in marks(reading, findings, size / factor, box):
        ring = (np.array(mark.outline) - corner) * factor
        _line(image, ring, (0, 0, 0), thick + 1, closed=True)
        _line(image, ring, rgb(MARK), thick, closed=True)
        at = tuple((np.array(mark.label_at) - corner) * factor)
        image = lettering.letter(image, mark.label, at, size=size, colour=rgb(MARK))
    return _frame(image, reading, factor, size)


def _line(
    image: NDArray[np.uint8],
    points: np.ndarray,
    colour: tuple[int, int, int],
    thickness: int,
    *,
    closed: bool = False,
) -> None:
    # OpenCV counts from pixel centres, drawings from pixel corners.
    fixed = np.rint((points - 0.5) * (1 << _SHIFT)).astype(np.int32)
    cv2.polylines(image, [fixed], closed, colour, thickness, cv2.LINE_AA, _SHIFT)


def _nipple(
    image: NDArray[np.uint8],
    reading: Reading,
    frame: tuple[np.ndarray, float],
    thick: int,
) -> None:
    found = reading.scene.nipple
    if found is None:
        return
    turn = np.linspace(0, 2 * np.pi, 33)
    radius = 0.009 * max(image.shape[:2])
    corner, factor = frame
    centre = (np.array([found.column + 0.5, found.row + 0.5]) - corner) * factor
    ring = centre + radius * np.column_stack([np.cos(turn), np.sin(turn)])
    _line(image, ring, (0, 0, 0), thick + 1)
    _line(image, ring, rgb(NIPPLE), thick)


def _frame(
    image: NDArray[np.uint8], reading: Reading, factor: float, size: int
) -> NDArray[np.uint8]:
    rows, columns = image.shape[:2]
    right = outer_side(reading) == "right"
    x, anchor = (columns - size, "rs") if right else (size, "ls")
    scale = bar(reading, columns / factor)
    length = scale.length_px * factor
    y = rows - 2.2 * size
    start = x - length if right else x
    _line(image, np.array([[start, y], [start + length, y]]), (255, 255, 255), 2)
    pen = lettering.letter
    image = pen(image, scale.words, (x, y - 0.4 * size), size=size, anchor=anchor)
    image = pen(image, reading.view.name, (x, 1.6 * size), size=size, anchor=anchor)
    if reading.ducts and size >= _LEGEND_SIZE:
        image = _legend(image, reading, (x, y - 2 * size), anchor)
    words = RESEARCH
    if reading.view.simulated:
        words = f"SIMULATED - {words}"
    small = max(10, round(0.7 * size))
    return pen(image, words, (x, rows - 0.7 * size), size=small, anchor=anchor)


def _legend(
    image: NDArray[np.uint8], reading: Reading, at: tuple[float, float], anchor: str
) -> NDArray[np.uint8]:
    """Write what the colours stand for, upward from `at`."""
    legend = _calibres(reading)
    size, (x, y) = _LEGEND_SIZE, at
    for colour, words in reversed(legend.entries):
        image = lettering.letter(
            image, words, (x, y), size=size, colour=rgb(colour), anchor=anchor
        )
        y -= 1.4 * size
    return lettering.letter(image, legend.title, (x, y), size=size, anchor=anchor)


def _calibres(reading: Reading) -> Legend:
    return CALIBRE if reading.view.image.grid.has_millimetres else CALIBRE_PX


def standalone(plate: Plate, title: str) -> str:
    """Return one SVG file: the picture and its layers, with a title and legend."""
    x, y, width, height = plate.view_box
    inner = "".join(
        f'<g id="{escape(name)}"{_hidden(name)}>{layer}</g>'
        for name, layer in plate.layers.items()
    )
    source = f"data:{plate.media};base64,{b64encode(plate.pixels).decode()}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="{x:g} {y:g} {width:g} {height:g}" width="900" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(plate.alt)}</desc>"
        f'<image id="image" x="{x:g}" y="{y:g}" width="{width:g}" '
        f'height="{height:g}" href="{source}"/>{inner}</svg>\n'
    )


def _hidden(name: str) -> str:
    return ' visibility="hidden"' if name == "generation" else ""


def legend_layer(reading: Reading, box: Box) -> str:
    """Draw the calibre legend above the scale bar, and that this is research."""
    top, first, bottom, last = box
    u, right = vectors.unit(box), outer_side(reading) == "right"
    edge, anchor = (last - 16 * u, "end") if right else (first + 16 * u, "start")
    caution = (
        f'<text x="{edge:.1f}" y="{top + 64 * u:.1f}" font-size="{14 * u:.1f}" '
        f'font-family="Helvetica, Arial, sans-serif" text-anchor="{anchor}" '
        f'fill="#ddd">{RESEARCH}</text>'
    )
    if not reading.ducts:
        return caution
    legend = _calibres(reading)
    x = last - 150 * u if right else first + 16 * u
    y = bottom - (110 + 26 * len(legend.entries)) * u
    font = f'font-family="Helvetica, Arial, sans-serif" font-size="{18 * u:.1f}"'
    parts = [f'<text x="{x:.1f}" y="{y:.1f}" {font} fill="#ddd">{legend.title}</text>']
    for n, (colour, words) in enumerate(legend.entries, 1):
        at = y + 26 * u * n
        parts.append(
            f'<rect x="{x:.1f}" y="{at - 12 * u:.1f}" width="{22 * u:.1f}" '
            f'height="{9 * u:.1f}" fill="{colour}"/>'
            f'<text x="{x + 30 * u:.1f}" y="{at:.1f}" {font} fill="#ddd">{words}</text>'
        )
    return caution + "".join(parts)
