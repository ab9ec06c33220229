"""Marks of the drawings for the operation: letters, and a ruler to check the scale."""

from __future__ import annotations

from html import escape

from galactograph.language import Tongue

INK, FAINT, MARK, PAPER, SKIN = "#222", "#c4c4c4", "#b3261e", "#fff", "#f3e3da"
NEAR, OTHER = "#d98a2b", "#a8a8a8"

RULER_MM = 50.0

_FONT = 'font-family="Helvetica, Arial, sans-serif"'


def label(  # noqa: PLR0913  the attributes of an SVG text
    x: float,
    y: float,
    words: str,
    anchor: str = "start",
    colour: str = INK,
    *,
    size: float = 3.2,
    weight: int = 400,
) -> str:
    """Write words; x, y and size in mm."""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" {_FONT} font-size="{size:g}" '
        f'font-weight="{weight}" text-anchor="{anchor}" fill="{colour}" '
        f'paint-order="stroke" stroke="{PAPER}" stroke-width="0.7">'
        f"{escape(words)}</text>"
    )


def ruler(x: float, y: float, scale: float, tongue: Tongue) -> str:
    """Draw a ruler of 50 mm of the breast, and say how long it must be on paper."""
    long = RULER_MM * scale
    ticks = "".join(
        f"M{x + n * 5 * scale:.2f} {y}v{-2.4 if n % 2 == 0 else -1.3}"
        for n in range(round(RULER_MM / 5) + 1)
    )
    key = "surgeon.check" if scale == 1 else "surgeon.check_half"
    told = tongue.say(key, length=round(RULER_MM))
    return (
        f'<path d="M{x:.2f} {y}h{long:g}{ticks}" fill="none" stroke="{INK}" '
        'stroke-width="0.3"/>' + label(x, y + 4, told, size=2.9, colour="#444")
    )
