"""Drawings for the operation, true to size: the nipple's clock face, and the breast.

All units are millimetres of paper. Whoever prints them checks the scale with a ruler
that is drawn beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, cos, pi, sin

from galactograph.advice.management import counts
from galactograph.language import Tongue
from galactograph.pictures.clock_ducts import ducts_plate
from galactograph.pictures.clock_marks import (
    FAINT,
    INK,
    MARK,
    PAPER,
    SKIN,
    label,
    ruler,
)
from galactograph.pictures.marks import names
from galactograph.values.clock import hour
from galactograph.values.codes import Laterality
from galactograph.values.plates import Plate
from galactograph.values.report import Finding, Report

NIPPLE_MM = 12.0
"""Diameter of the nipple as drawn. source: means of 11.1 mm (Rusby 2007) and 13.9 mm
(Taneri 2006) (found)"""

ENLARGED = 4.0
MOST_MM = 60.0
"""Reach of the true-size front view; what lies farther is drawn at half size."""

_RING_MM = 10.0


@dataclass(frozen=True, kw_only=True)
class Target:
    """A lesion to draw: its name, the hour if known, the straight distance."""

    name: str
    finding: Finding
    hour: float | None
    straight_mm: float | None


def surgeon(report: Report, tongue: Tongue) -> tuple[Plate, ...]:
    """Draw what an operation needs; nothing if no lesion is sure and in millimetres.

    Returns
    -------
    tuple
        The nipple with its orifice, the ducts in each view that shows a lesion, and
        the breast from the front. In this order they fill two sheets of A4.
    """
    targets = tuple(_targets(report))
    if not targets:
        return ()
    plates = [_nipple(report, tongue)]
    views = dict.fromkeys(p.view for t in targets for p in t.finding.places)
    lesions = tuple((t.name, t.finding) for t in targets)
    plates.extend(ducts_plate(report, view, lesions, tongue) for view in views)
    if any(target.straight_mm is not None for target in targets):
        plates.append(_front(targets, report, tongue))
    return tuple(plates)


def _targets(report: Report) -> Iterable[Target]:
    for name, finding in zip(names(report.findings), report.findings, strict=True):
        known = all(
            report.readings[p.view].view.image.grid.has_millimetres
            for p in finding.places
        )
        if known and counts(finding):
            yield Target(
                name=name,
                finding=finding,
                hour=hour(finding.clock),
                straight_mm=finding.straight_mm,
            )


def _face(
    centre: tuple[float, float], radius: float, side: Laterality | None, tongue: Tongue
) -> str:
    """Draw hours around a circle, and which side is outer as the patient faces you."""
    x, y = centre
    parts = []
    for at in range(1, 13):
        dx, dy = sin(pi * at / 6), -cos(pi * at / 6)
        parts.append(
            f'<path d="M{x + radius * dx:.2f} {y + radius * dy:.2f}'
            f'l{1.6 * dx:.2f} {1.6 * dy:.2f}" stroke="{INK}" stroke-width="0.3"/>'
        )
        numeral = (x + (radius + 4.2) * dx, y + (radius + 4.2) * dy + 1.2)
        parts.append(label(*numeral, str(at), "middle"))
    if side is not None:
        left, right = (
            ("inner", "outer") if side is Laterality.LEFT else ("outer", "inner")
        )
        edge, foot = radius + 8, y + radius + 7
        told = (tongue.say(f"surgeon.{left}"), tongue.say(f"surgeon.{right}"))
        parts.append(label(x - edge, foot, told[0], "start", "#555"))
        parts.append(label(x + edge, foot, told[1], "end", "#555"))
    return "".join(parts)


def _title(x: float, first: str, second: str) -> str:
    return label(x, 4.2, first, "middle", size=3.5, weight=700) + label(
        x, 8.4, second, "middle", "#555", size=3.0
    )


def _side_words(report: Report, tongue: Tongue) -> str:
    if report.laterality is None:
        return tongue.say("word.no_side")
    key = "left" if report.laterality is Laterality.LEFT else "right"
    return f"{tongue.say(f'surgeon.{key}_breast')}, {tongue.say('surgeon.facing')}"


def _nipple(report: Report, tongue: Tongue) -> Plate:
    radius = 0.5 * NIPPLE_MM * ENLARGED
    wide, centre = 76.0, (38.0, 44.0)
    x, y = centre
    head = tongue.say("surgeon.nipple")
    record = report.injection
    at = None if record is None else hour(record.orifice_clock)
    away = None if record is None else record.orifice_mm
    parts = [
        _title(x, head, _side_words(report, tongue)),
        _disc((x, y), radius, SKIN),
        f'<path d="M{x - 1} {y}h2M{x} {y - 1}v2" stroke="{INK}" stroke-width="0.25"/>',
        _face(centre, radius, report.laterality, tongue),
    ]
    foot = tongue.say("surgeon.mark_here" if at is None else "surgeon.orifice")
    if at is not None:
        parts.append(_orifice(centre, at, away, radius))
    parts.append(label(x, y + radius + 14, foot, "middle", MARK, weight=700))
    return Plate(
        view_box=(0, 0, wide, 86),
        media="image/svg+xml",
        layers={"nipple": "".join(parts)},
        alt=f"{head}: {foot}",
    )


def _orifice(
    centre: tuple[float, float], at: float, away_mm: float | None, radius: float
) -> str:
    """Draw the orifice: a dot where its distance is known, a ray where it is not."""
    dx, dy = sin(pi * at / 6), -cos(pi * at / 6)
    if away_mm is None:
        return (
            f'<path d="M{centre[0]} {centre[1]}l{radius * dx:.2f} {radius * dy:.2f}" '
            f'stroke="{MARK}" stroke-width="0.9" stroke-dasharray="2 1.4"/>'
        )
    r = min(away_mm * ENLARGED, radius - 1.5)
    return (
        f'<circle cx="{centre[0] + r * dx:.2f}" cy="{centre[1] + r * dy:.2f}" r="1.6" '
        f'fill="{MARK}" stroke="{PAPER}" stroke-width="0.4"/>'
    )


def _front(targets: Sequence[Target], report: Report, tongue: Tongue) -> Plate:
    """Draw the breast from the front: rings of distance, and the lesions."""
    farthest = max(t.straight_mm or 0.0 for t in targets)
    scale = 1.0 if farthest <= MOST_MM - 5 else 0.5
    reach = max(30.0, _RING_MM * ceil((farthest + 5) / _RING_MM))
    radius = min(reach, MOST_MM / scale) * scale
    wide = max(2 * radius + 26, 84.0)
    x, y = 0.5 * wide, radius + 17
    head = tongue.say("surgeon.front" if scale == 1 else "surgeon.front_half")
    parts = [
        _title(x, head, _side_words(report, tongue)),
        _disc((x, y), radius, PAPER),
    ]
    for ring in range(1, round(radius / scale / _RING_MM) + 1):
        r = ring * _RING_MM * scale
        if r < radius:
            parts.append(_circle((x, y), r, FAINT))
        if ring % 2 == 0 and r < radius:
            told = tongue.say("unit.whole_mm", value=ring * _RING_MM)
            parts.append(label(x + 0.8, y + r - 0.9, told, size=2.4, colour="#666"))
    nipple = 0.5 * NIPPLE_MM * scale
    parts.append(_disc((x, y), nipple, SKIN))
    parts.append(_face((x, y), radius, report.laterality, tongue))
    parts.extend(_spot(t, (x, y), scale, tongue) for t in targets)
    foot = y + radius + 12
    parts.append(ruler(x - 25, foot, scale, tongue))
    told = "; ".join(_told(target, tongue) for target in targets)
    return Plate(
        view_box=(0, 0, wide, foot + 6),
        media="image/svg+xml",
        layers={"front": "".join(parts)},
        alt=f"{head}: {told}",
    )


def _circle(centre: tuple[float, float], r: float, colour: str, more: str = "") -> str:
    return (
        f'<circle cx="{centre[0]}" cy="{centre[1]}" r="{r:.2f}" fill="none" '
        f'stroke="{colour}" stroke-width="0.25" {more}/>'
    )


def _disc(centre: tuple[float, float], r: float, colour: str) -> str:
    return (
        f'<circle cx="{centre[0]}" cy="{centre[1]}" r="{r:.2f}" fill="{colour}" '
        f'stroke="{INK}" stroke-width="0.35"/>'
    )


def _told(target: Target, tongue: Tongue) -> str:
    away = (
        tongue.say("word.undetermined")
        if target.straight_mm is None
        else tongue.say("unit.whole_mm", value=target.straight_mm)
    )
    return f"{target.name} {target.finding.clock or '?'}, {away}"


def _spot(
    target: Target, centre: tuple[float, float], scale: float, tongue: Tongue
) -> str:
    if target.straight_mm is None:
        return ""
    x, y = centre
    r = target.straight_mm * scale
    if target.hour is None:
        # Only the distance is known: a ring says so, a dot would claim a direction.
        told = escape(tongue.say("surgeon.direction_unknown", name=target.name))
        return _circle(centre, r, MARK, 'stroke-dasharray="2 1.5"') + label(
            x, y - r - 1.2, told, "middle", MARK, weight=700
        )
    dx, dy = sin(pi * target.hour / 6), -cos(pi * target.hour / 6)
    size = 0.5 * max(target.finding.length_mm or 0.0, 2.4) * scale
    at = (x + r * dx, y + r * dy)
    away = tongue.say("unit.whole_mm", value=target.straight_mm)
    return (
        f'<path d="M{x} {y}L{at[0]:.2f} {at[1]:.2f}" stroke="{MARK}" '
        'stroke-width="0.4" stroke-dasharray="1.6 1.2"/>'
        f'<circle cx="{at[0]:.2f}" cy="{at[1]:.2f}" r="{size:.2f}" fill="{MARK}"/>'
        + label(
            at[0] + size + 1.2,
            at[1] + 1.1,
            f"{target.name}, {away}",
            "start",
            MARK,
            weight=700,
        )
    )
