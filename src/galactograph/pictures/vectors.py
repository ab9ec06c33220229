"""Layers of vector drawing over a view, in the pixels of the stored image."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from html import escape

from galactograph.pictures.colours import MARK, NIPPLE
from galactograph.pictures.grey import Box
from galactograph.pictures.marks import Mark, bar, marks, outer_side
from galactograph.pictures.runs import By, runs
from galactograph.values.report import Finding, Reading

_FONT = 'font-family="Helvetica, Arial, sans-serif" font-weight="600"'
_HALO = 'paint-order="stroke" stroke="#000" stroke-opacity="0.75"'


def unit(box: Box) -> float:
    """Return a thousandth of the longer side, the measure of text and marks."""
    return max(box[2] - box[0], box[3] - box[1]) / 1000


def ducts(reading: Reading, by: By, width: float = 1.6) -> str:
    """Draw all centrelines, one path a colour; `width` is in screen pixels."""
    paths: dict[str, list[str]] = defaultdict(list)
    for run in runs(reading, by):
        steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in run.points)
        paths[run.colour].append(f"M{steps}")
    return "".join(
        f'<path d="{"".join(parts)}" fill="none" stroke="{colour}" '
        f'stroke-width="{width}" stroke-linejoin="round" stroke-linecap="round" '
        'vector-effect="non-scaling-stroke"/>'
        for colour, parts in sorted(paths.items())
    )


def nipple(reading: Reading, box: Box) -> str:
    """Draw the nipple as a ring with a cross; nothing if it was not found."""
    found = reading.scene.nipple
    if found is None:
        return ""
    x, y, r = found.column + 0.5, found.row + 0.5, 9 * unit(box)
    line = 'fill="none" vector-effect="non-scaling-stroke"'
    shape = (
        f"M{x - 1.7 * r:.1f} {y:.1f}H{x - r:.1f}M{x + r:.1f} {y:.1f}H{x + 1.7 * r:.1f}"
        f"M{x:.1f} {y - 1.7 * r:.1f}V{y - r:.1f}M{x:.1f} {y + r:.1f}V{y + 1.7 * r:.1f}"
        f"M{x - r:.1f} {y:.1f}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0"
        f"a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0"
    )
    return (
        f'<path d="{shape}" {line} stroke="#000" stroke-opacity="0.6" '
        f'stroke-width="3"/><path d="{shape}" {line} stroke="{NIPPLE}" '
        'stroke-width="1.4"/>'
    )


def ring(mark: Mark, width: float = 1.3) -> str:
    """Draw one outline, light on a dark shadow."""
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in mark.outline)
    line = 'fill="none" stroke-linejoin="round" vector-effect="non-scaling-stroke"'
    return (
        f'<polygon points="{points}" {line} stroke="#000" stroke-opacity="0.55" '
        f'stroke-width="{width + 1.6}"/><polygon points="{points}" {line} '
        f'stroke="{MARK}" stroke-width="{width}"/>'
    )


def findings(reading: Reading, found: Sequence[Finding], box: Box) -> str:
    """Draw outlines and labels of the findings seen in this view."""
    size = 24 * unit(box)
    parts = []
    for mark in marks(reading, found, size, box):
        x, y = mark.label_at
        parts.append(
            ring(mark) + f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}" '
            f'{_FONT} {_HALO} stroke-width="{0.2 * size:.1f}" fill="{MARK}">'
            f"{escape(mark.label)}</text>"
        )
    return "".join(parts)


def frame(reading: Reading, box: Box) -> str:
    """Draw name, orientation letters and scale bar, on the side of the air."""
    top, first, bottom, last = box
    u, right = unit(box), outer_side(reading) == "right"
    x, anchor = (last - 16 * u, "end") if right else (first + 16 * u, "start")
    view = reading.view
    text = _text(view.name, (x, top + 40 * u), 30 * u, anchor)
    scale = bar(reading, last - first)
    start = x - scale.length_px if right else x
    y = bottom - 50 * u
    text += _text(scale.words, (x, y - 12 * u), 22 * u, anchor)
    text += (
        f'<path d="M{start:.1f} {y - 6 * u:.1f}v{6 * u:.1f}h{scale.length_px:.1f}'
        f'v{-6 * u:.1f}" fill="none" stroke="#fff" stroke-width="1.5" '
        'vector-effect="non-scaling-stroke"/>'
    )
    if view.orientation:
        along, down = view.orientation
        middle = 0.5 * (top + bottom)
        text += _text(along, (last - 12 * u, middle), 20 * u, "end")
        text += _text(down, (0.5 * (first + last), bottom - 12 * u), 20 * u, "middle")
    return text


def _text(words: str, at: tuple[float, float], size: float, anchor: str) -> str:
    return (
        f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" font-size="{size:.1f}" {_FONT} '
        f'text-anchor="{anchor}" {_HALO} stroke-width="{0.16 * size:.1f}" '
        f'fill="#f2f2f2">{escape(words)}</text>'
    )
