"""What grey stands for: chords of round lumina, and millimetres of contrast.

A filled round duct casts a chord: at offset u the beam crosses
2 sqrt(r^2 - u^2) of contrast, blurred by the system.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galactograph.kernels import blurs
from galactograph.values.arrays import Floats
from galactograph.values.report import Reading, Strip

BLUR_MM = 0.07
"""Standard deviation of the system blur. source: design page of the reader, measured
0.06 to 0.08 mm on simulated panels."""

_LEAST_STATIONS = 12

_REACHES_MM = (1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 20.0, 100.0)
"""How soon a display curve may saturate. source: assumed; the last is straight."""


FLAT = 0.97
"""Share of a display curve's top from which on it is flat. source: assumed"""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Grey of a display image against thickness: top (1 - exp(-t / reach))."""

    top: float
    reach_mm: float

    @property
    def slope_per_mm(self) -> float:
        """Rise of grey over thin contrast."""
        return self.top / self.reach_mm

    def thickness_mm(self, grey: Floats) -> Floats:
        """Return the thickness that makes `grey`; near the top it is cut off."""
        share = np.clip(grey / self.top, -0.9, FLAT)
        bent = -np.log1p(-np.maximum(share, 0)) + np.minimum(share, 0)
        thickness: Floats = self.reach_mm * bent
        return thickness


def chords_mm(radius_mm: Floats, u_mm: Floats) -> Floats:
    """Return blurred chords (N, U) of round lumina.

    Each number is the mean over its own cell, exactly, so that ducts thinner than
    a pixel keep their contrast.

    Examples
    --------
    >>> u = np.linspace(-3, 3, 121)
    >>> area = chords_mm(np.array([1.0]), u).sum() * 0.05
    >>> bool(abs(area - np.pi) < 0.01)
    True
    """
    step = float(u_mm[1] - u_mm[0])
    edges = np.append(u_mm - step / 2, u_mm[-1] + step / 2)
    r = np.maximum(np.asarray(radius_mm, float), 1e-3)[:, None]
    x = np.clip(edges[None, :] / r, -1, 1)
    whole = r * r * (x * np.sqrt(1 - x * x) + np.arcsin(x))
    cells = np.diff(whole, axis=1) / step
    blurred: Floats = blurs.gaussian(cells, (0.0, BLUR_MM / step), "constant")
    return blurred


def thickness_of(
    strip: Strip, excess: Floats, curve: Curve | None
) -> tuple[Floats, float]:
    """Return mm of contrast (N, U) of `excess`, and the noise of one number.

    `curve` is None where grey is linear.
    """
    if curve is None:
        # One number for the strip: what varies along it is left to the gain, which
        # stations under other ducts cannot pull.
        clear = strip.opacity_per_mm[~strip.overlap]
        opacity = float(np.median(clear if len(clear) else strip.opacity_per_mm))
        opacity = max(opacity, 1e-6)
        return excess / opacity, float(strip.noise / opacity)
    return curve.thickness_mm(excess), float(strip.noise / curve.slope_per_mm)


def grey_of_thickness(reading: Reading) -> Curve:
    """Return how grey saturates with thickness in this view.

    A display image keeps only the order of grey. What thickness each grey stands
    for is learnt from its own ducts: grey = top (1 - exp(-thickness / reach)),
    fitted to medians over all intact stations; thin ducts alone leave it straight.
    """
    known, grey = [], []
    for strip in reading.strips:
        good = ~strip.overlap
        if len(strip.u_mm) < 5 or good.sum() < _LEAST_STATIONS:
            continue
        chords = chords_mm(strip.expected_mm[good] / 2, strip.u_mm)
        inside = np.abs(strip.u_mm)[None, :] < 0.45 * strip.expected_mm[good][:, None]
        known.append(chords[inside])
        grey.append(np.asarray(strip.excess, float)[good][inside])
    if not known:
        return Curve(top=1.0, reach_mm=_REACHES_MM[-1])
    x, y = np.concatenate(known), np.concatenate(grey)
    parts = np.array_split(np.argsort(x), max(1, min(24, len(x) // 100)))
    x = np.array([np.median(x[part]) for part in parts])
    y = np.array([np.median(y[part]) for part in parts])
    fits = []
    for reach in _REACHES_MM:
        shape = -np.expm1(-x / reach)
        top = max(float(np.median(y / np.maximum(shape, 1e-6))), 1e-6)
        fits.append((float(np.abs(y - top * shape).mean()), reach, top))
    # The straightest curve that fits nearly as well: thin ducts do not tell.
    enough = 1.1 * min(fits)[0] + 0.01 * float(np.median(y))
    _, reach, top = max((fit for fit in fits if fit[0] <= enough), key=lambda f: f[1])
    return Curve(top=top, reach_mm=reach)
