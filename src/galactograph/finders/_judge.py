"""Judge a place where contrast is missing: whether it is real, whether it is air."""

from __future__ import annotations

import numpy as np

from galactograph.finders._deficit import Deficit, Settings


def holds(deficit: Deficit, settings: Settings) -> bool:
    """Return True if a deficit is more than an imperfect model or trace makes."""
    thin = np.clip((settings.wide_mm - deficit.width_mm) / settings.wide_mm, 0, 1)
    asked = settings.least_drop
    asked += settings.drop_per_mm * max(deficit.length_mm - settings.long_mm, 0)
    cast = is_cast(deficit, settings)
    enclosed = cast or is_enclosed(deficit, settings) or is_ball(deficit, settings)
    if not enclosed:
        asked = max(asked + settings.thin_drop * float(thin), settings.open_drop)
    return (
        deficit.drop >= max(asked, settings.least_scatters * deficit.scatter)
        and deficit.z >= settings.least_peak_z
        and deficit.lumen_fraction >= 0.5 * settings.least_drop
        and (enclosed or _is_open(deficit, settings))
        and (cast or not is_gap(deficit, settings))
    )


def is_gap(deficit: Deficit, settings: Settings) -> bool:
    """Return True if what lacks contrast may be the gap between two ducts.

    Ducts that run side by side or close a loop are outlined as one wide lumen. The
    gap between them is long and angular, and lies where the outline widens or where
    ducts overlap; what grows in a duct, or floats in it, is round.
    """
    station = int(deficit.column.station[(deficit.first + deficit.last) // 2])
    usual = float(deficit.column.strip.expected_mm[station])
    crossed = deficit.in_overlap > settings.gap_overlap
    if crossed and usual < settings.gap_calibre_mm:
        return deficit.shape.roundness < settings.least_roundness
    widened = deficit.expansion > settings.gap_expansion
    # Ducts that twist about each other leave a lens, longer than growths are.
    lens = widened and deficit.shape.aspect > settings.gap_aspect
    least = settings.lens_roundness if lens else settings.gap_roundness
    return (crossed or widened) and deficit.shape.roundness < least


def is_enclosed(deficit: Deficit, settings: Settings) -> bool:
    """Return True if contrast lies all round, within the walls of one duct."""
    basin = deficit.basin
    surrounded = (
        settings.least_basin <= basin.share <= settings.most_basin
        and basin.depth_mm >= settings.least_basin_mm
        and basin.area_mm2 >= settings.least_basin_mm2
        and basin.rim >= settings.least_rim
        and deficit.shape.aspect <= settings.most_aspect
    )
    if deficit.width_mm < settings.narrow_mm and deficit.drop < settings.narrow_drop:
        return False
    if deficit.attached and deficit.expansion > settings.mural_expansion:
        return False
    # A shallow basin counts in a duct that is quiet, straight and alike on both sides.
    if not surrounded or basin.share >= settings.sure_basin:
        return surrounded
    deep = basin.rim >= settings.shallow_rim and deficit.drop >= settings.shallow_drop
    # In a wide duct a body takes little of the depth; it is broad, and far from walls.
    broad = (
        basin.area_mm2 >= settings.broad_mm2
        and basin.depth_mm >= settings.broad_mm
        and basin.rim >= settings.broad_rim
        and deficit.in_overlap <= settings.broad_overlap
    )
    if (deep or broad) and is_quiet(deficit, settings):
        return True
    # Within a very wide lumen lines are traced beside one another, and wander.
    return (
        deficit.calibre_mm >= settings.vast_mm
        and basin.area_mm2 >= settings.broad_mm2
        and basin.depth_mm >= settings.vast_depth_mm
        and basin.rim >= settings.vast_rim
        and deficit.shape.roundness >= settings.vast_roundness
        and deficit.scatter <= settings.open_scatter
        and deficit.match >= settings.least_match
    )


def is_cast(deficit: Deficit, settings: Settings) -> bool:
    """Return True if a long body lies within a duct that is no wider for it.

    A clot or inspissated secretion takes the form of its duct. A gap between two ducts
    is as long, but both together are wider than one.
    """
    basin = deficit.basin
    return (
        not deficit.attached
        and deficit.shape.aspect > settings.most_aspect
        and deficit.expansion <= settings.cast_expansion
        and basin.rim >= settings.cast_rim
        and settings.sure_basin <= basin.share <= settings.most_basin
        and basin.depth_mm >= settings.least_basin_mm
        and basin.area_mm2 >= settings.cast_mm2
        and deficit.drop >= settings.shallow_drop
        and deficit.scatter <= settings.open_scatter
        and deficit.bend_deg <= settings.cast_bend_deg
    )


def is_ball(deficit: Deficit, settings: Settings) -> bool:
    """Return True if what is missing is as deep as it is wide, and round.

    A small body leaves too little of a basin; but no fork and no wrong calibre
    makes a hole whose depth along the beam equals its width.
    """
    shape = deficit.shape
    return (
        shape.roundness >= settings.least_roundness
        and 1 / settings.ball_aspect <= shape.aspect <= settings.ball_aspect
        and abs(shape.solidity_mm_per_mm - 1) <= settings.ball_depth
        and deficit.basin.rim >= settings.least_rim
        and deficit.z >= settings.ball_z
        and deficit.bend_deg <= settings.most_bend_deg
        and deficit.match >= settings.least_match
    )


def is_quiet(deficit: Deficit, settings: Settings) -> bool:
    """Return True where the trace runs straight and both neighbours are alike."""
    return (
        deficit.scatter <= settings.open_scatter
        and deficit.bend_deg <= settings.most_bend_deg
        and deficit.match >= settings.least_match
    )


def _is_open(deficit: Deficit, settings: Settings) -> bool:
    """Return True for a plug or a growth at the wall of a straight, quiet duct."""
    calibre = deficit.calibre_mm
    thin = calibre < settings.plug_calibre_mm
    plug = (
        deficit.lumen_fraction >= settings.plug_fraction
        and deficit.drop >= (settings.thin_plug_drop if thin else settings.plug_drop)
        and deficit.aside <= (settings.thin_beside if thin else settings.beside)
        and calibre >= settings.thin_plug_mm
    )
    mural = (
        deficit.attached
        and deficit.shape.aspect <= settings.most_aspect
        and deficit.expansion <= settings.mural_expansion
    )
    return (plug or mural) and is_quiet(deficit, settings)


def bubble_odds(deficit: Deficit, found: tuple[Deficit, ...]) -> float:
    """Return the odds that a deficit is air: 1 or more names it a bubble.

    Odds are a product of factors for shape, calibre, size and company, each with
    its own reason; the factors are assumed and were set on painted strips.
    """
    odds = _lone_odds(deficit)
    company = sum(
        other is not deficit and other.chance >= 0.5 and _lone_odds(other) > 0.6
        for other in found
    )
    return odds * (1.0, 2.5, 4.0)[min(company, 2)]


def _lone_odds(deficit: Deficit) -> float:
    """Return the odds of air from the deficit alone."""
    shape = deficit.shape
    if deficit.concentric or not 0.7 < shape.aspect < 1.4:
        return 0.0
    rough = 0.03 if np.isnan(shape.roughness) else shape.roughness
    odds = 2.0 * np.exp(-((rough / 0.045) ** 2))
    odds *= np.exp(-(((1 - min(shape.roundness, 1.0)) / 0.08) ** 2))
    odds *= np.exp(-(((shape.solidity_mm_per_mm - 1.0) / 0.35) ** 2))
    # A growth widens its duct; air does not.
    odds *= np.exp(-((max(deficit.expansion - 1.1, 0) / 0.2) ** 2))
    # Bubbles that enter with the cannula are small; large ones are assumed rare.
    odds *= np.exp(-((max(deficit.length_mm - 1.2, 0) / 0.7) ** 2))
    return float(odds)
