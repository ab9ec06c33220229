"""Tell a filled lumen from a cloud of parenchyma that a trace runs through.

A lumen has walls: across it contrast falls over a small part of its radius. For a
round column from 75 to 25 % of the middle that is 0.31 radii (derived), and what the
image's blur adds. Parenchyma fades over most of its width.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galactograph.values.arrays import Bools, Floats
from galactograph.values.report import Reading, Strip
from galactograph.values.study import GreyScale


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a lumen looks like.

    Attributes
    ----------
    edge_of_radius, blur_mm
        Contrast falls from 75 to 25 % within the first times the radius plus the
        second. source: 0.31 derived for a round column; the rest assumed.
    least_depth
        Depth of contrast over calibre, where grey is linear; 1 for a round duct.
        source: assumed.
    most_misshaped, most_peaked
        See `form`; two ducts that overlap exceed both. source: on development studies
        one wide duct keeps below 0.06 and 1.21 unless it holds a defect, overlapping
        ducts above 0.09 and 1.25 (measured).
    """

    edge_of_radius: float = 0.45
    blur_mm: float = 0.12
    least_depth: float = 0.65
    most_misshaped: float = 0.08
    most_peaked: float = 1.22


def is_lumen(
    reading: Reading,
    strip: Strip,
    stations: Bools,
    calibre_mm: float,
    settings: Settings | None = None,
) -> bool:
    """Tell whether the `stations` (S,) of a strip look like a lumen of `calibre_mm`.

    Walls on both sides, and, where grey is linear, contrast as deep as it is wide.
    """
    settings = settings or Settings()
    if stations.sum() < 2:
        return False
    profile = np.median(np.asarray(strip.excess, float)[stations], axis=0)
    most = settings.edge_of_radius * calibre_mm / 2 + settings.blur_mm
    if edge_mm(profile, strip.u_mm, calibre_mm) > most:
        return False
    if reading.view.grey_scale is GreyScale.DISPLAY or reading.opacity_per_mm <= 0:
        return True
    inside = np.abs(strip.u_mm) <= calibre_mm / 2
    held = float(profile[inside].max()) if inside.any() else float(profile.max())
    return held >= settings.least_depth * reading.opacity_per_mm * calibre_mm


def form(section: Floats, offset_mm: Floats, radius_mm: float) -> tuple[float, float]:
    """Return how far a cross-section (U,) is from rounded, and its peak over its mean.

    The first is the root mean square distance from the best half ellipse over the mean,
    0 for a round or flattened duct; the second is 1.19 for one. A band where two ducts
    overlap raises both. Infinite where nothing is held.
    """
    # The rim is blurred: what lies well inside tells the form.
    inside = np.abs(offset_mm) < 0.9 * radius_mm
    held = section[inside]
    mean = float(held.mean()) if held.size else 0.0
    if mean <= 0:
        return float("inf"), float("inf")
    ellipse = np.sqrt(1.0 - (offset_mm[inside] / radius_mm) ** 2)
    fit = (ellipse @ held) / (ellipse @ ellipse)
    misshaped = float(np.sqrt(np.mean((held - fit * ellipse) ** 2))) / mean
    return misshaped, float(np.percentile(held, 95)) / mean


def is_one(
    strip: Strip, stations: Bools, calibre_mm: float, settings: Settings | None = None
) -> bool:
    """Tell whether the `stations` (S,) of a strip look like one duct, not like two."""
    settings = settings or Settings()
    profile = np.median(np.asarray(strip.excess, float)[stations], axis=0)
    lumen = profile > 0.5 * np.percentile(profile, 95)
    near = np.abs(strip.u_mm) < 0.8 * calibre_mm
    if not (lumen & near).any():
        return False
    middle = float(strip.u_mm[lumen & near].mean())
    misshaped, peaked = form(profile, strip.u_mm - middle, calibre_mm / 2)
    return misshaped <= settings.most_misshaped or peaked <= settings.most_peaked


def edge_mm(profile: Floats, u_mm: Floats, calibre_mm: float) -> float:
    """Return over how many mm a profile (U,) falls from 75 to 25 %, the worse side.

    Over what lies beside the lumen; infinite where it does not fall that far.
    """
    radius = calibre_mm / 2
    inside = np.abs(u_mm) <= max(radius, float(np.abs(u_mm).min()))
    beside = (np.abs(u_mm) > 1.5 * radius + 0.15) & (np.abs(u_mm) < 2.5 * radius + 0.5)
    top = float(np.percentile(profile[inside], 85))
    base = float(np.median(profile[beside])) if beside.any() else 0.0
    if top <= base:
        return float("inf")
    level = (profile - base) / (top - base)
    fine = np.linspace(0, float(np.abs(u_mm).max()), 8 * len(u_mm))
    worse = 0.0
    for side in (1.0, -1.0):
        line = np.interp(side * fine, u_mm, level)
        high, low = np.flatnonzero(line < 0.75), np.flatnonzero(line < 0.25)
        if not len(low):
            return float("inf")
        worse = max(worse, float(fine[low[0]] - fine[high[0]]))
    return worse
