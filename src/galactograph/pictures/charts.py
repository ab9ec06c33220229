"""The profile of a finding along its duct, as a small chart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from galactograph.values.plates import Plate
from galactograph.values.report import Finding, Profile

WIDTH, HEIGHT = 520.0, 300.0
_LEFT, _RIGHT = 52.0, 506.0
_CALIBRE = (22.0, 168.0)
_FILLED = (204.0, 262.0)
_INK, _FAINT, _BLUE, _WARM = "#222", "#d9d9d9", "#1f5fa8", "#c2410c"
_FONT = 'font-family="Helvetica, Arial, sans-serif" font-size="11"'
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def profile(finding: Finding, name: str, *, pixel_mm: float | None) -> Plate | None:
    """Draw calibre and filled fraction along the duct around a finding.

    Parameters
    ----------
    pixel_mm
        Nominal millimetres of a pixel where no spacing is known: lengths are then
        told in pixels. None if millimetres are known.
    """
    if finding.profile is None or len(finding.profile.s_mm) < 2:
        return None
    scale, unit = (1.0, "mm") if pixel_mm is None else (1 / pixel_mm, "px")
    drawn = _draw(finding.profile, scale, unit)
    return Plate(
        view_box=(0, 0, WIDTH, HEIGHT),
        media="image/svg+xml",
        layers={"profile": drawn},
        alt=_words(finding.profile, name, scale, unit),
    )


def _words(along: Profile, name: str, scale: float, unit: str) -> str:
    inside = slice(along.first, along.last + 1)
    least = min(along.calibre_mm[inside], default=0.0) * scale
    usual = float(np.median(along.expected_mm[inside])) * scale
    filled = min(along.filled_fraction[inside], default=1.0)
    return (
        f"Profile of {name} along the duct: calibre falls to {least:.2g} {unit} where "
        f"{usual:.2g} {unit} is expected; at least {filled:.0%} of the lumen is filled."
    )


def _draw(along: Profile, scale: float, unit: str) -> str:
    s = np.array(along.s_mm) * scale
    s = s - s[0]
    top = 1.12 * scale * max(*along.calibre_mm, *along.expected_mm, 1e-6)

    def x(value: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * value / float(s[-1] or 1.0)

    def line(values: Sequence[float], limits: tuple[float, float], most: float) -> str:
        high, low = limits
        return "L".join(
            f"{x(a):.1f} {low - (low - high) * min(b / most, 1.0):.1f}"
            for a, b in zip(s, values, strict=True)
        )

    first, last = x(float(s[along.first])), x(float(s[along.last]))
    calibre = [v * scale for v in along.calibre_mm]
    expected = [v * scale for v in along.expected_mm]
    filled = line(along.filled_fraction, _FILLED, 1.0)
    area = f"M{_LEFT} {_FILLED[1]}L{filled}L{_RIGHT} {_FILLED[1]}Z"
    band = (
        f'<rect x="{first:.1f}" y="{_CALIBRE[0]}" width="{max(last - first, 2):.1f}" '
        f'height="{_FILLED[1] - _CALIBRE[0]}" fill="#f6b73c" fill-opacity="0.22"/>'
    )
    curves = (
        f'<path d="M{line(expected, _CALIBRE, top)}" fill="none" stroke="{_INK}" '
        'stroke-width="1.2" stroke-dasharray="5 4"/>'
        f'<path d="M{line(calibre, _CALIBRE, top)}" fill="none" stroke="{_BLUE}" '
        'stroke-width="2"/>'
        f'<path d="{area}" fill="{_WARM}" fill-opacity="0.18"/>'
        f'<path d="M{filled}" fill="none" stroke="{_WARM}" stroke-width="1.8"/>'
    )
    axes = _axis(top, unit) + _steps(float(s[-1]), unit, x)
    return band + axes + curves + _captions(unit)


def _tick(value: float, most: float) -> list[float]:
    rough = max(most, value) / 4
    power = 10 ** np.floor(np.log10(rough)) if rough > 0 else 1.0
    step = next((float(k * power) for k in _STEPS if k * power >= rough), rough)
    return [float(v) for v in np.arange(0, most + 1e-9, step)]


def _axis(top: float, unit: str) -> str:
    del unit
    parts = []
    for value in _tick(0, top):
        y = _CALIBRE[1] - (_CALIBRE[1] - _CALIBRE[0]) * value / top
        parts.append(_rule(y) + _label(_LEFT - 6, y + 4, f"{value:g}", "end"))
    for value in (0.0, 0.5, 1.0):
        y = _FILLED[1] - (_FILLED[1] - _FILLED[0]) * value
        parts.append(_rule(y) + _label(_LEFT - 6, y + 4, f"{value:g}", "end"))
    return "".join(parts)


def _steps(most: float, unit: str, x: object) -> str:
    parts = []
    for value in _tick(0, most):
        at = x(value) if callable(x) else 0.0
        parts.append(_label(at, _FILLED[1] + 15, f"{value:g}", "middle"))
    words = f"along the duct, away from the nipple ({unit})"
    parts.append(_label(0.5 * (_LEFT + _RIGHT), HEIGHT - 6, words, "middle"))
    return "".join(parts)


def _captions(unit: str) -> str:
    return (
        _label(_LEFT, 13, f"Calibre ({unit})", "start", _BLUE)
        + _label(_LEFT + 96, 13, "measured", "start", _BLUE)
        + _label(_LEFT + 158, 13, "- - expected", "start")
        + _label(_LEFT, _FILLED[0] - 8, "Filled fraction of the lumen", "start", _WARM)
    )


def _rule(y: float) -> str:
    return f'<path d="M{_LEFT} {y:.1f}H{_RIGHT}" stroke="{_FAINT}" stroke-width="1"/>'


def _label(x: float, y: float, words: str, anchor: str, colour: str = _INK) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" {_FONT} text-anchor="{anchor}" '
        f'fill="{colour}">{words}</text>'
    )
