"""The tree in three dimensions, drawn from the front, from the side and from above.

Each drawing leaves one direction out. The patient faces the reader in the front view:
her left is to the right. Ducts are coloured by calibre; branches that only one view
shows, and whose third direction is therefore unsure, are drawn faintly.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from galactograph.language import Tongue
from galactograph.pictures.clock_marks import INK, MARK, label
from galactograph.pictures.colours import CALIBRE_COLOURS, calibre_class
from galactograph.pictures.marks import names
from galactograph.values.arrays import Floats
from galactograph.values.codes import Laterality
from galactograph.values.plates import Plate
from galactograph.values.report import Duct3D, Report

_WIDE, _TALL, _GAP, _HEAD = 62.0, 70.0, 5.0, 11.0
"""Of one drawing, between two, and above them, in mm of paper."""

_BAR_MM = 20.0


def space(report: Report, tongue: Tongue) -> Plate | None:
    """Return the drawing of the tree in three dimensions; None if there is none."""
    if not report.ducts_3d:
        return None
    # The one that is known best: slices tell more branches than a pair of views.
    tree = min(
        report.ducts_3d, key=lambda one: float(np.median(one.sigma_mm.max(axis=1)))
    )
    outward = -1.0 if report.laterality is Laterality.RIGHT else 1.0
    x, y, z = (tree.tree.points_mm * (outward, 1, 1)).T
    shown = {"front": (x, -z), "side": (y, -z), "above": (x, -y)}
    reach = max(float(np.ptp(v)) for pair in shown.values() for v in pair)
    scale = (_WIDE - 8) / max(reach, 20.0)
    layers = {
        name: _drawing(
            tree, report, (np.stack(pair, axis=1), name), (number, scale), tongue
        )
        for number, (name, pair) in enumerate(shown.items())
    }
    layers["bar"] = (
        f'<path d="M4 {_HEAD + _TALL}h{_BAR_MM * scale:.2f}" stroke="{INK}" '
        'stroke-width="0.6"/>' + label(4, _HEAD + _TALL + 4.5, f"{_BAR_MM:g} mm")
    )
    return Plate(
        alt=tongue.say("space.alt"),
        view_box=(0, 0, 3 * _WIDE + 2 * _GAP, _HEAD + _TALL + 7),
        layers=layers,
    )


def _drawing(
    tree: Duct3D,
    report: Report,
    seen: tuple[Floats, str],
    place: tuple[int, float],
    tongue: Tongue,
) -> str:
    """Return one of the three drawings, at its place on the paper."""
    (points, name), (number, scale) = seen, place
    low, high = points.min(axis=0), points.max(axis=0)
    middle = np.array([number * (_WIDE + _GAP) + _WIDE / 2, _HEAD + _TALL / 2 - 2])
    paper = middle + (points - (low + high) / 2) * scale
    title = label(middle[0], 4.5, tongue.say(f"space.{name}"), "middle", weight=700)
    origin = middle - (low + high) / 2 * scale
    nipple = (
        f'<circle cx="{origin[0]:.2f}" cy="{origin[1]:.2f}" r="1.2" fill="none" '
        f'stroke="{INK}" stroke-width="0.3"/>'
    )
    drawn = _branches(tree, paper) + _findings(report, name, (origin, scale))
    return title + nipple + drawn


def _branches(tree: Duct3D, paper: Floats) -> str:
    """Draw every piece between two points, the sure ones over the others."""
    paths: dict[tuple[bool, int], list[str]] = defaultdict(list)
    classes = calibre_class(2 * tree.tree.radii_mm, in_mm=True)
    sure = tree.matched
    for n in range(1, len(tree.tree)):
        (x, y), (u, v) = paper[tree.tree.parents[n]], paper[n]
        piece = f"M{x:.2f} {y:.2f}L{u:.2f} {v:.2f}"
        paths[bool(sure[n]), int(classes[n])].append(piece)
    return "".join(
        f'<path d="{"".join(pieces)}" fill="none" stroke="{CALIBRE_COLOURS[kind]}" '
        f'stroke-width="{0.35 + 0.15 * kind if known else 0.25:.2f}" '
        f'stroke-opacity="{1 if known else 0.45}" stroke-linecap="round"/>'
        for (known, kind), pieces in sorted(paths.items())
    )


def _findings(report: Report, name: str, lay: tuple[Floats, float]) -> str:
    """Draw each finding as the ellipse of its standard errors, with its name."""
    origin, scale = lay
    outward = -1.0 if report.laterality is Laterality.RIGHT else 1.0
    parts = []
    for word, finding in zip(names(report.findings), report.findings, strict=True):
        if finding.place_3d_mm is None or finding.sigma_3d_mm is None:
            continue
        (x, y, z), (a, b, c) = finding.place_3d_mm, finding.sigma_3d_mm
        at = {"front": (outward * x, -z), "side": (y, -z), "above": (outward * x, -y)}
        wide = {"front": (a, c), "side": (b, c), "above": (a, b)}
        u, v = origin + np.array(at[name]) * scale
        r, s = np.array(wide[name]) * scale
        parts.append(
            f'<ellipse cx="{u:.2f}" cy="{v:.2f}" rx="{r:.2f}" ry="{s:.2f}" '
            f'fill="{MARK}" fill-opacity="0.15" stroke="{MARK}" stroke-width="0.4"/>'
            + label(u + r + 1, v - s, word, colour=MARK, weight=700)
        )
    return "".join(parts)
