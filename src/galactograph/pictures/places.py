"""Where findings lie: the breast from the front as a clock, and from the side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from galactograph.pictures.marks import names
from galactograph.values.clock import hour, spoken
from galactograph.values.codes import Depth, Laterality
from galactograph.values.plates import Plate
from galactograph.values.report import Finding, Report

WIDTH, HEIGHT = 640.0, 300.0
_CENTRE, _RADIUS = (150.0, 152.0), 112.0
_SIDE = (360.0, 40.0, 610.0, 264.0)
_INK, _FAINT, _MARK = "#222", "#c9c9c9", "#b3261e"
_FONT = 'font-family="Helvetica, Arial, sans-serif"'
_RINGS_MM = (20.0, 40.0, 60.0, 80.0, 100.0, 120.0, 150.0, 200.0)
_THIRDS = (Depth.ANTERIOR, Depth.MIDDLE, Depth.POSTERIOR)


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A finding to draw: name, clock position as told and as hour, distance, third."""

    name: str
    clock: str | None
    hour: float | None
    distance_mm: float | None
    depth: Depth | None


def location(report: Report) -> Plate | None:
    """Draw where the findings lie; None if no place is known in millimetres."""
    spots = [s for s in _spots(report) if (s.distance_mm, s.depth) != (None, None)]
    if not spots:
        return None
    reach = max((s.distance_mm or 0.0) for s in spots)
    most = next((r for r in _RINGS_MM if r >= 1.1 * reach), _RINGS_MM[-1])
    front = _front(spots, max(most, 40.0), report.laterality)
    return Plate(
        view_box=(0, 0, WIDTH, HEIGHT),
        media="image/svg+xml",
        layers={"front": front, "side": _side(spots)},
        alt="Location of the findings: " + "; ".join(_words(s) for s in spots) + ".",
    )


def _spots(report: Report) -> Iterable[Spot]:
    for name, finding in zip(names(report.findings), report.findings, strict=True):
        yield Spot(
            name=name,
            clock=finding.clock,
            hour=hour(finding.clock),
            distance_mm=_straight(finding, report),
            depth=finding.depth,
        )


def _straight(finding: Finding, report: Report) -> float | None:
    known = all(
        report.readings[p.view].view.image.grid.has_millimetres for p in finding.places
    )
    return finding.straight_mm if known else None


def _words(spot: Spot) -> str:
    clock = (
        "clock position not determined"
        if spot.hour is None
        else spoken(spot.clock or "")
    )
    away = (
        ""
        if spot.distance_mm is None
        else f", {spot.distance_mm:.0f} mm from the nipple"
    )
    return f"{spot.name} {clock}{away}"


def _at(value: float, distance: float, most: float) -> tuple[float, float]:
    turn = np.pi * value / 6
    r = _RADIUS * distance / most
    return _CENTRE[0] + r * float(np.sin(turn)), _CENTRE[1] - r * float(np.cos(turn))


def _front(spots: list[Spot], most: float, side: Laterality | None) -> str:
    """Draw the breast as seen facing the patient."""
    cx, cy = _CENTRE
    parts = [
        f'<circle cx="{cx}" cy="{cy}" r="{_RADIUS}" fill="#fbf7f4" stroke="{_INK}"/>'
    ]
    known = any(spot.distance_mm is not None for spot in spots)
    for ring in (r for r in _RINGS_MM if known and r < most):
        r = _RADIUS * ring / most
        parts.append(
            f'<circle cx="{cx}" cy="{cy}" r="{r:.1f}" fill="none" stroke="{_FAINT}"/>'
            + _label(cx + 3, cy + r - 3, f"{ring:g} mm", size=9, colour="#666")
        )
    for h in range(1, 13):
        x, y = _at(h, 1.13 * most, most)
        parts.append(_label(x, y + 4, str(h), anchor="middle"))
    parts.append(f'<circle cx="{cx}" cy="{cy}" r="5" fill="#e7c9b8" stroke="{_INK}"/>')
    parts.extend(_front_spot(spot, most) for spot in spots)
    outer = {Laterality.LEFT: "right", Laterality.RIGHT: "left"}.get(
        side or Laterality.LEFT
    )
    if side is not None:
        name = "Left" if side is Laterality.LEFT else "Right"
        left, right = ("outer", "inner") if outer == "left" else ("inner", "outer")
        parts.append(
            _label(cx, 14, f"{name} breast, facing the patient", anchor="middle")
        )
        parts.append(
            _label(cx - _RADIUS - 22, 292, left, anchor="start", colour="#666")
        )
        parts.append(_label(cx + _RADIUS + 22, 292, right, anchor="end", colour="#666"))
    return "".join(parts)


def _front_spot(spot: Spot, most: float) -> str:
    if spot.distance_mm is None:
        return ""
    if spot.hour is None:
        # Only the distance is known: a ring says so, a dot would claim a direction.
        r = _RADIUS * spot.distance_mm / most
        cx, cy = _CENTRE
        return (
            f'<circle cx="{cx}" cy="{cy}" r="{r:.1f}" fill="none" stroke="{_MARK}" '
            'stroke-width="1.5" stroke-dasharray="4 4"/>'
            + _label(cx - 0.71 * r - 4, cy - 0.71 * r, f"{spot.name} ?", "end", _MARK)
        )
    x, y = _at(spot.hour, spot.distance_mm, most)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{_MARK}"/>' + _label(
        x + 8, y + 4, spot.name, "start", _MARK, weight=700
    )


def _side(spots: list[Spot]) -> str:
    """Draw the breast from the side, in thirds of its depth; not to scale."""
    left, top, right, bottom = _SIDE
    middle, step = 0.5 * (top + bottom), (right - left) / 3
    outline = (
        f"M{right} {top}C{left + 40} {top + 8} {left + 6} {middle - 40} {left} "
        f"{middle - 7}"
        f"h-9v14h9C{left + 6} {middle + 40} {left + 40} {bottom - 8} {right} {bottom}Z"
    )
    parts = [
        f'<path d="{outline}" fill="#fbf7f4" stroke="{_INK}"/>',
        _label(0.5 * (left + right), 14, "From the side (schematic)", "middle"),
        _label(left - 14, bottom + 28, "nipple", "start", "#666"),
        _label(right, bottom + 28, "chest wall", "end", "#666"),
    ]
    for n, third in enumerate(_THIRDS):
        x = left + step * n
        if n:
            parts.append(
                f'<path d="M{x:.1f} {top - 8}V{bottom + 6}" stroke="{_FAINT}" '
                'stroke-dasharray="3 3"/>'
            )
        parts.append(
            _label(x + 0.5 * step, top - 8, third.value, "middle", "#666", size=10)
        )
    seen: dict[Depth, int] = {}
    for spot in spots:
        if spot.depth is None:
            continue
        n = seen.setdefault(spot.depth, 0)
        seen[spot.depth] += 1
        x = left + step * (_THIRDS.index(spot.depth) + 0.5)
        y = middle - _upward(spot) * 40 + 18 * n
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{_MARK}"/>'
            + _label(x + 8, y + 4, spot.name, "start", _MARK, weight=700)
        )
    return "".join(parts)


def _upward(spot: Spot) -> float:
    return 0.0 if spot.hour is None else float(np.cos(np.pi * spot.hour / 6))


def _label(  # noqa: PLR0913  the attributes of an SVG text
    x: float,
    y: float,
    words: str,
    anchor: str = "start",
    colour: str = _INK,
    *,
    size: float = 11,
    weight: int = 400,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" {_FONT} font-size="{size:g}" '
        f'font-weight="{weight}" text-anchor="{anchor}" fill="{colour}">{words}</text>'
    )
