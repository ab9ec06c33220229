"""How sharp a picture is, from its own ducts.

A filled duct is a round tube: what its outline lacks in steepness is blur. Lumina that
lie alone are fitted with one blur after the other; the one that leaves least is the
picture's. Focal spots, motion, filters and other makers' panels need no header for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from galactograph.ducts import optics
from galactograph.ducts.breast import is_linear
from galactograph.ducts.forward import Settings as Fit
from galactograph.ducts.nearby import Forest, find_nearby
from galactograph.kernels import lumina
from galactograph.values.arrays import Bools, Floats
from galactograph.values.report import Scene
from galactograph.values.study import View

FIT = Fit()
"""Lumina are looked at as when their calibre is fitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is fitted (assumed, unless another source stands there)."""

    first_mm: float = 0.065
    """Tried first: where it saves nothing, the picture is sharp."""
    tried_mm: tuple[float, ...] = (0.03, 0.045, 0.065, 0.09, 0.12, 0.16, 0.21, 0.28)
    """Blurs beyond the pixel, standard deviation; steps of about a third."""
    calibres_mm: tuple[float, float] = (0.35, 1.5)
    """Thinner lumina are blur themselves, wider ones vary in shape."""
    deepest: float = 0.6
    """Attenuation of a lumen up to which scatter and hardening bend its profile less
    than blur does (assumed)."""
    least_places: int = 60
    most_places: int = 500
    gain: float = 0.02
    """Misfit that another blur than the usual must save. source: 6 simulated dev
    views of usual sharpness saved at most 0.01, blurred by 0.06 mm 0.06 (measured)"""
    odd: float = 6.0
    """Misfit from which a place counts no more: it is no tube."""
    slack_of_gain: float = 0.5
    """Spread of log opacity about the view's: that was measured with another blur."""
    rounds: int = 4


def blur_beyond_mm(
    view: View,
    scene: Scene,
    forest: Forest,
    calibre_mm: Floats,
    sure: Bools,
    gauge: float,
) -> float:
    """Return the blur of a picture beyond its pixels, standard deviation in mm.

    Parameters
    ----------
    forest
        Traced ducts, centred.
    calibre_mm, sure : (N,)
        First calibres, and where these are of one duct.
    gauge
        First opacity per mm of lumen, more than 0.

    Returns
    -------
    float
        That of a sharp panel where too little duct lies alone to tell.
    """
    settings = Settings()
    # Opaque ducts look flat for other reasons.
    sure = sure & (calibre_mm * gauge < settings.deepest)
    alone = _alone(view, scene, forest, calibre_mm, sure)
    if len(alone.radius) < settings.least_places:
        return optics.SHARP_MM
    pixel_mm = view.image.grid.pixel_mm

    # The usual blur and the first tried stand among the rest.
    @cache
    def left(blur: float) -> float:
        wide = optics.sharp_blur_mm(pixel_mm, blur) / pixel_mm
        return _misfit(alone, np.log(gauge * pixel_mm), wide, settings)

    usual = left(optics.SHARP_MM)
    if usual - left(settings.first_mm) < settings.gain:
        return optics.SHARP_MM
    tried = np.array(settings.tried_mm)
    every = np.array([left(blur) for blur in settings.tried_mm])
    return _lowest(tried, every, int(np.argmin(every)))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Alone:
    """Places where a duct lies alone: K of them, lengths in pixels."""

    image: Floats
    noise: float
    scatter: float
    points: Floats
    normals: Floats
    radius: Floats
    reach: Floats


def _alone(
    view: View, scene: Scene, forest: Forest, calibre_mm: Floats, sure: Bools
) -> _Alone:
    settings = Settings()
    pixel_mm = view.image.grid.pixel_mm
    radius = calibre_mm / 2 / pixel_mm
    reach = FIT.reach_px(radius, pixel_mm)
    low, high = settings.calibres_mm
    sure = sure & forest.seen & (calibre_mm > low) & (calibre_mm < high)
    near = find_nearby(forest, forest.points, np.maximum(radius, 0.5), reach)
    places = np.flatnonzero(sure & (np.diff(near.offsets) == 0))
    if len(places) > settings.most_places:
        chosen = np.linspace(0, len(places) - 1, settings.most_places)
        places = places[chosen.astype(int)]
    return _Alone(
        image=np.asarray(scene.excess),
        noise=scene.noise,
        scatter=FIT.scatter if is_linear(view) else 0.0,
        points=np.ascontiguousarray(forest.points[places]),
        normals=np.ascontiguousarray(forest.normals[places]),
        radius=radius[places],
        reach=reach[places],
    )


def _misfit(alone: _Alone, opacity: float, blur_px: float, settings: Settings) -> float:
    """Return what lumina of one blur leave, in units of what noise explains.

    `opacity` is the logarithm of that of a pixel of lumen.
    """
    radius = alone.radius
    none = np.zeros(len(radius))
    prior = np.column_stack([none, radius, none + opacity, none, none])
    slack = np.column_stack(
        [
            0.3 * radius + 0.7,
            0.5 * radius + 1.0,
            none + settings.slack_of_gain,
            none + 1.0,
            none + 0.05,
        ]
    )
    nobody = np.zeros(0, np.int64)
    found = lumina.fit(
        alone.image,
        alone.points,
        alone.normals,
        prior,
        prior,
        slack,
        alone.reach,
        np.zeros(len(radius) + 1, np.int64),
        nobody,
        nobody,
        np.zeros(0, bool),
        np.zeros((0, 8)),
        optics.chord_table(),
        optics.CHORD_FRAME,
        blur_px,
        alone.noise,
        alone.scatter,
        FIT.model_error,
        settings.rounds,
        FIT.half_px,
    )
    return float(np.minimum(found[:, 10], settings.odd).mean())


def _lowest(tried: Floats, left: Floats, best: int) -> float:
    """Return where a parabola through the lowest place and its neighbours is lowest."""
    if best in (0, len(tried) - 1):
        return float(tried[best])
    bend, slope, _ = np.polyfit(
        tried[best - 1 : best + 2] - tried[best], left[best - 1 : best + 2], 2
    )
    return float(tried[best] - slope / (2 * bend))
