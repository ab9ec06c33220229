"""The ducts of one view, true to size: which one leads from the nipple to a lesion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from galactograph.language import Tongue
from galactograph.pictures.clock_marks import (
    FAINT,
    INK,
    MARK,
    NEAR,
    OTHER,
    label,
    ruler,
)
from galactograph.values.arrays import Floats
from galactograph.values.clock import direction
from galactograph.values.plates import Plate
from galactograph.values.report import Duct, Finding, Place, Reading, Report

MOST_MM = (172.0, 96.0)
"""Width and height of a drawing on A4 paper, two of them to a page."""

_MARGIN_MM = 9.0
_LEAST_RING_MM = 3.0
"""An outline smaller than this on paper is drawn as a ring around it."""

_BREAK_MM = 6.0
"""A skin line with a gap this wide is not drawn across it."""

_OPPOSITE = {"L": "R", "R": "L", "A": "P", "P": "A", "H": "F", "F": "H"}

Lesions = Sequence[tuple[str, Finding]]


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What part of a view is drawn: its first corner and size in mm, and the scale."""

    left: float
    top: float
    wide: float
    high: float
    scale: float

    def on_paper(self, points_mm: Floats) -> Floats:
        """Return where points (N, 2) x, y of the view lie on paper."""
        moved: Floats = (points_mm - [self.left, self.top]) * self.scale
        return moved


def ducts_plate(report: Report, view: int, lesions: Lesions, tongue: Tongue) -> Plate:
    """Draw all traced ducts of a view as wide as they are.

    Parameters
    ----------
    view
        Index of the reading.
    lesions
        Name and finding of each lesion.
    """
    reading = report.readings[view]
    seen = [
        (name, place)
        for name, finding in lesions
        for place in finding.places
        if place.view == view
    ]
    frame = _frame(reading, [place for _, place in seen])
    wide, high = frame.wide * frame.scale, frame.high * frame.scale
    cut = f"cut-{view + 1}"
    key = "surgeon.tree" if frame.scale == 1 else "surgeon.tree_half"
    head = tongue.say(key, view=reading.view.name)
    targets = {place.duct for _, place in seen}
    inside = [_skin(reading, frame)]
    inside.extend(
        _duct(duct, reading, frame, NEAR if number in targets else OTHER)
        for number, duct in sorted(
            enumerate(reading.ducts), key=lambda pair: pair[0] in targets
        )
    )
    inside.extend(_path(reading, place, frame) for _, place in seen)
    inside.append(_nipple(reading, frame))
    inside.extend(_lesion(reading, name, place, frame) for name, place in seen)
    drawn = (
        label(0, 4.2, head, size=3.5, weight=700)
        + label(0, 8.2, tongue.say("surgeon.legend"), size=2.9, colour="#555")
        + f'<g transform="translate(0 10.5)"><clipPath id="{cut}"><rect width="'
        f'{wide:.2f}" height="{high:.2f}"/></clipPath><g clip-path="url(#{cut})">'
        f'{"".join(inside)}</g><rect width="{wide:.2f}" height="{high:.2f}" '
        f'fill="none" stroke="{FAINT}" stroke-width="0.25"/>'
        f"{_edges(report, reading, (wide, high), tongue)}</g>"
        + ruler(0, high + 16.5, frame.scale, tongue)
    )
    told = ", ".join(name for name, _ in seen)
    return Plate(
        view_box=(-0.5, 0, max(wide, 120.0) + 1, high + 23),
        media="image/svg+xml",
        layers={"ducts": drawn},
        alt=f"{head}: {told}",
    )


def _mm(reading: Reading, rows: Floats, columns: Floats) -> Floats:
    """Return x, y in mm of pixel positions, (N, 2)."""
    down, right = reading.view.image.grid.spacing_mm
    return np.column_stack([np.asarray(columns) * right, np.asarray(rows) * down])


def _frame(reading: Reading, places: Sequence[Place]) -> Frame:
    """Choose the part of the view to draw: the lesions and the nipple must be in."""
    must = _mm(
        reading,
        np.array([p.row for p in places]),
        np.array([p.column for p in places]),
    )
    nipple = reading.scene.nipple
    if nipple is not None:
        at = _mm(reading, np.array([nipple.row]), np.array([nipple.column]))
        must = np.vstack([must, at])
    wish = [must]
    for number in {p.duct for p in places if p.duct is not None}:
        duct = reading.ducts[number]
        wish.append(_mm(reading, duct.rows, duct.columns))
    every = np.vstack(wish)
    spans = np.ptp(must, axis=0) + 2 * _MARGIN_MM
    scale = 1.0 if (spans <= MOST_MM).all() else 0.5
    corners = [
        _window(
            (float(must[:, k].min()), float(must[:, k].max())),
            (float(every[:, k].min()), float(every[:, k].max())),
            MOST_MM[k] / scale,
        )
        for k in (0, 1)
    ]
    (left, right), (top, bottom) = corners
    return Frame(left=left, top=top, wide=right - left, high=bottom - top, scale=scale)


def _window(
    must: tuple[float, float], wish: tuple[float, float], most: float
) -> tuple[float, float]:
    """Return an interval no longer than `most`: all of `must`, as much of `wish`."""
    low, high = wish[0] - _MARGIN_MM, wish[1] + _MARGIN_MM
    if high - low <= most:
        return low, high
    spare = most - (must[1] - must[0])
    low = max(low, must[0] - 0.5 * spare)
    low = min(low, high - most)
    return low, low + most


def _line(points: Floats, colour: str, width: float, more: str = "") -> str:
    if len(points) < 2:
        return ""
    steps = "L".join(f"{x:.2f} {y:.2f}" for x, y in points)
    return (
        f'<path d="M{steps}" fill="none" stroke="{colour}" stroke-width="{width:.2f}" '
        f'stroke-linejoin="round" stroke-linecap="round" {more}/>'
    )


def _duct(duct: Duct, reading: Reading, frame: Frame, colour: str) -> str:
    points = frame.on_paper(_mm(reading, duct.rows, duct.columns))
    return "".join(
        _line(points[b.nodes], colour, _wide(duct.calibre_mm[b.nodes], frame))
        for b in duct.tree.branches
    )


def _wide(calibre_mm: Floats, frame: Frame) -> float:
    return max(0.25, float(np.median(calibre_mm)) * frame.scale)


def _path(reading: Reading, place: Place, frame: Frame) -> str:
    """Draw the duct from the nipple to the lesion."""
    if place.duct is None:
        return ""
    duct = reading.ducts[place.duct]
    apart = np.hypot(duct.rows - place.row, duct.columns - place.column)
    node, nodes = int(np.argmin(apart)), []
    while node >= 0:
        nodes.append(node)
        node = int(duct.tree.parents[node])
    way = np.array(nodes)
    points = frame.on_paper(_mm(reading, duct.rows[way], duct.columns[way]))
    return _line(points, MARK, _wide(duct.calibre_mm[way], frame))


def _nipple(reading: Reading, frame: Frame) -> str:
    nipple = reading.scene.nipple
    if nipple is None:
        return ""
    at = _mm(reading, np.array([nipple.row]), np.array([nipple.column]))
    x, y = frame.on_paper(at)[0]
    return (
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="1.7" fill="none" stroke="{INK}" '
        f'stroke-width="0.4"/><path d="M{x - 2.7:.2f} {y:.2f}h5.4M{x:.2f} '
        f'{y - 2.7:.2f}v5.4" stroke="{INK}" stroke-width="0.3"/>'
    )


def _lesion(reading: Reading, name: str, place: Place, frame: Frame) -> str:
    at = _mm(reading, np.array([place.row]), np.array([place.column]))
    x, y = frame.on_paper(at)[0]
    ring = np.array(place.outline) if len(place.outline) >= 3 else np.zeros((0, 2))
    drawn = (
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="2.4" fill="none" stroke="{INK}" '
        'stroke-width="0.4"/>'
    )
    around = frame.on_paper(_mm(reading, ring[:, 0], ring[:, 1]))
    if len(ring) and np.ptp(around, axis=0).max() >= _LEAST_RING_MM:
        drawn = _line(around, INK, 0.4)
    return drawn + label(x, y - 4.6, name, "middle", weight=700, size=3.8)


def _skin(reading: Reading, frame: Frame) -> str:
    skin = reading.scene.skin
    if len(skin) < 3:
        return ""
    points = _mm(reading, skin[:, 0], skin[:, 1])
    steps = np.hypot(*np.diff(points, axis=0).T)
    runs = np.split(frame.on_paper(points), np.flatnonzero(steps > _BREAK_MM) + 1)
    return "".join(
        _line(run[:: max(1, len(run) // 300)], "#b98f78", 0.35) for run in runs
    )


def _edges(
    report: Report, reading: Reading, size: tuple[float, float], tongue: Tongue
) -> str:
    """Write at each edge where in the body it lies."""
    if reading.view.orientation is None:
        return ""
    wide, high = size
    right, down = (word[:1] for word in reading.view.orientation)
    spots: Iterable[tuple[str, float, float, str]] = (
        (right, wide - 1.5, 0.5 * high, "end"),
        (_OPPOSITE.get(right, ""), 1.5, 0.5 * high, "start"),
        (down, 0.5 * wide, high - 1.8, "middle"),
        (_OPPOSITE.get(down, ""), 0.5 * wide, 3.8, "middle"),
    )
    parts = []
    for letter, x, y, anchor in spots:
        word = "chest_wall" if letter == "P" else direction(letter, report.laterality)
        if word:
            told = tongue.say(f"surgeon.{word}")
            parts.append(label(x, y, told, anchor, "#555", size=2.9))
    return "".join(parts)
