"""Fit round lumina to the picture: all ducts at once, blurred, each with its error.

Every traced point is a short piece of round tube with an offset, a radius and an
opacity. What its neighbours cast is told from what it casts itself: ducts that pass
over one another add up, branches that meet in a fork are one lumen. Each pass fits
every point against the neighbours of the pass before, then lets the points of a
branch agree: calibre, course and opacity change slowly along a duct, so a place that
a neighbour hides takes its calibre from the duct before and beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galactograph.ducts import optics
from galactograph.ducts.breast import is_linear
from galactograph.ducts.nearby import Forest, Nearby, find_nearby, forest_of, pieces
from galactograph.ducts.tracing import Trace
from galactograph.kernels import forests, lumina
from galactograph.values.arrays import Bools, Floats
from galactograph.values.report import Scene
from galactograph.values.study import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How lumina are fitted (assumed, unless another source stands there)."""

    passes: int = 2
    steps: int = 3
    """Gauss-Newton steps in each pass."""
    half_px: float = 1.5
    """Half the length of duct that a point looks at: points are 3 pixels apart."""
    reach_radii: float = 1.35
    beside_mm: float = 0.58
    """Looked at beside the lumen: for the level, less than texture changes over."""
    scatter: float = 0.1
    """Scatter to primary behind a grid. source: xray.md 4.6 (remembered)"""
    first_error: float = 0.5
    """Relative error of the first calibre: what is left where nothing else tells."""
    shared: float = 15.0
    """Points in a row that share one error where ducts overlap: what a neighbour's
    model is off by lasts as long as it overlaps, 3 mm at 15 degrees."""
    strays: float = 0.5
    """Radii, and 1.5 pixels, that the middle may lie off the traced line."""
    model_error: float = 0.03
    """Of the attenuation that a round lumen casts. source: peaks of 0.8 to 1.2 mm
    spread 0.03 about their chord (measured on simulated dev studies)"""
    first_gain: float = 0.3
    """Spread of log opacity about the view's, before the duct's own is known."""
    gain: float = 0.15
    """About the duct's own: a duct that dives looks 1 / cos deeper (30 deg: 0.14)."""
    shape_gain: float = 1.0
    """The same where grey is no attenuation: the outline alone counts."""
    taper: float = 0.1
    """Relative change of calibre over a millimetre, standard deviation.
    source: Murray trees and irregular walls of domain.md 3 (assumed)"""
    course: float = 0.08
    """Pixels by which the course may leave the traced one per root pixel."""
    dilution: float = 0.05
    """Change of log opacity per root millimetre: 0.14 over 8 mm. source: dilution
    is slow (reading.md 5, row 12; assumed)"""
    through_fork: float = 0.3
    """Opacity and course agree through a fork as over so much more duct."""
    tail: float = 4.0
    """Degrees of freedom of Student's t, by which odd points count less."""

    def reach_px(self, radius_px: Floats, pixel_mm: float) -> Floats:
        """Return how far across lumina of these radii are looked at, in pixels."""
        return self.reach_radii * radius_px + max(self.beside_mm / pixel_mm, 6.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """What was fitted at the N points of a trace.

    Attributes
    ----------
    points : float64, (N, 2)
        Row and column of the middle of the lumen.
    calibre_mm, sigma_mm : float64, (N,)
        Lumen and its standard error.
    opacity_per_mm : float64, (N,)
        Attenuation per mm of lumen, smooth along the duct.
    """

    points: Floats
    calibre_mm: Floats
    sigma_mm: Floats
    opacity_per_mm: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class _Task:
    """What stays the same over the passes; lengths in pixels."""

    image: Floats
    forest: Forest
    nearby: Nearby
    first: Floats
    shared: Floats
    reach: Floats
    blur: float
    noise: float
    scatter: float
    settings: Settings


@dataclass(frozen=True, kw_only=True, eq=False)
class _State:
    """What the passes bring nearer to the truth, (N,) each; lengths in pixels."""

    points: Floats
    radius: Floats
    variance: Floats
    doubt: Floats
    gain: Floats


def refine(
    view: View,
    scene: Scene,
    traces: list[Trace],
    calibres_mm: list[Floats],
    unsure: list[Bools],
    look: optics.Look,
) -> list[Fitted]:
    """Fit the lumina of all traces together.

    `traces` are centred on their ducts; `calibres_mm` and `unsure` (N,) of each are
    its first calibre and where that may be of two ducts; the opacity of `look` is
    more than 0.
    """
    settings = Settings()
    pixel_mm = view.image.grid.pixel_mm
    forest = forest_of(traces)
    radius = _start(
        forest,
        np.concatenate(calibres_mm) / 2 / pixel_mm,
        np.concatenate(unsure),
        settings.taper**2 * pixel_mm,
    )
    reach = settings.reach_px(radius, pixel_mm)
    task = _Task(
        image=np.asarray(scene.excess),
        forest=forest,
        nearby=find_nearby(forest, forest.points, radius, reach),
        first=radius,
        shared=np.where(np.concatenate(unsure), settings.shared, 1.0),
        reach=reach,
        blur=optics.sharp_blur_mm(pixel_mm, look.blur_mm) / pixel_mm,
        noise=scene.noise,
        scatter=settings.scatter if is_linear(view) else 0.0,
        settings=settings,
    )
    state = _State(
        points=forest.points,
        radius=radius,
        variance=(0.5 * radius) ** 2,
        doubt=np.zeros(len(radius)),
        gain=np.full(len(radius), np.log(look.opacity_per_mm * pixel_mm)),
    )
    for turn in range(settings.passes):
        spread = settings.gain if turn else settings.first_gain
        slack = spread if is_linear(view) else settings.shape_gain
        state = _pass(task, state, slack, pixel_mm)
    return _told(view, forest, state)


def _told(view: View, forest: Forest, state: _State) -> list[Fitted]:
    pixel_mm = view.image.grid.pixel_mm
    calibre = 2 * state.radius * pixel_mm
    # Where grey is no attenuation the outline's place is the maker's choice, too.
    spread = 1.0 if is_linear(view) else 2.0
    sigma = spread * np.hypot(
        2 * np.sqrt(state.variance) * pixel_mm, state.doubt * calibre
    )
    return [
        Fitted(points=points, calibre_mm=mm, sigma_mm=error, opacity_per_mm=opacity)
        for points, mm, error, opacity in zip(
            forest.cut(state.points),
            forest.cut(calibre),
            forest.cut(sigma),
            forest.cut(np.exp(state.gain) / pixel_mm),
            strict=True,
        )
    ]


def _start(forest: Forest, radius: Floats, unsure: Bools, taper: float) -> Floats:
    """Return first radii: where two ducts may have been measured as one, the duct's."""
    error = np.where(unsure, 0.5, 0.1) * radius + 0.3
    weight = np.where(forest.seen, error**-2.0, 1e-4)
    bonds = forest.bonds(taper * np.maximum(radius, 1) ** 2, 0.0)
    settled = forests.settle(radius, weight, bonds, forest.parents)
    start: Floats = np.maximum(settled[:, 0], 0.2)
    return start


def _pass(task: _Task, state: _State, gain: float, pixel_mm: float) -> _State:
    """Fit every point against its neighbours, then let each branch agree."""
    settings, forest = task.settings, task.forest
    radius = state.radius
    none = np.zeros(len(radius))
    prior = np.column_stack([none, radius, state.gain, none, none])
    # The level may be off by as much as contrast casts; texture slopes less than
    # 0.05 over a pixel.
    stray, wider = 0.3 * radius + 0.7, 0.25 * radius + 0.5
    slack = np.column_stack([stray, wider, none + gain, none + 1.0, none + 0.05])
    found = _fit(task, state, prior, slack)
    known = forest.seen & (found[:, 11] > 8)
    bound = np.maximum(radius, 1) ** 2 * settings.taper**2 * pixel_mm
    told = _held(_own(found, prior, slack, 1), task, settings.first_error)
    wide = _agree(task, known, told, forest.bonds(bound, 0.0))
    share = settings.through_fork
    dim, doubt = _own(found, prior, slack, 2)
    slow = forest.bonds(settings.dilution**2 * pixel_mm, share)
    # A duct that dives is deeper here and there by a tenth: no dilution.
    faint = _agree(task, known, (dim, doubt + 0.1**2), slow)
    bent = forest.bonds(settings.course**2, share)
    moved = _agree(task, known, _own(found, prior, slack, 0), bent)[:, 0]
    most = settings.strays * task.first + 1.5
    before = ((state.points - forest.points) * forest.normals).sum(axis=1)
    moved = np.clip(before + moved, -most, most)
    return _State(
        points=forest.points + moved[:, None] * forest.normals,
        radius=np.maximum(wide[:, 0], 0.25 * task.blur),
        variance=wide[:, 1],
        # Where the outline does not tell the opacity, the area under the profile
        # gives the calibre as its square root: half of what opacity may be off by
        # stays, and is the same for all points around.
        doubt=0.5 * gain * (found[:, lumina.UNKNOWNS + 2] / gain) ** 2,
        gain=faint[:, 0],
    )


def _fit(task: _Task, state: _State, prior: Floats, slack: Floats) -> Floats:
    near, settings = task.nearby, task.settings
    found: Floats = lumina.fit(
        task.image,
        np.ascontiguousarray(state.points),
        task.forest.normals,
        prior,
        prior,
        slack,
        task.reach,
        near.offsets,
        near.links,
        near.groups,
        near.joined,
        pieces(task.forest, state.points, state.radius, np.exp(state.gain)),
        optics.chord_table(),
        optics.CHORD_FRAME,
        task.blur,
        task.noise,
        task.scatter,
        settings.model_error,
        settings.steps,
        settings.half_px,
    )
    return found


def _own(
    found: Floats, prior: Floats, slack: Floats, which: int
) -> tuple[Floats, Floats]:
    """Return what the pixels say of an unknown, (N,), and its variance.

    What was expected beforehand is taken out again: neighbours along the duct bring
    it. Where the model fits badly the variance grows as the misfit.
    """
    error = np.maximum(found[:, lumina.UNKNOWNS + which], 1e-6)
    slack, prior = slack[:, which], prior[:, which]
    # Pixels that say next to nothing leave rounding: a little of what is expected
    # stays.
    told = np.maximum(error**-2.0 - slack**-2.0, 0.02 * slack**-2.0)
    value = prior + (found[:, which] - prior) * error**-2.0 / told
    return value, np.maximum(found[:, 10], 1.0) / told


def _held(
    told: tuple[Floats, Floats], task: _Task, error: float
) -> tuple[Floats, Floats]:
    """Join what pixels say with the first, rough radius: nothing runs away from it."""
    value, variance = told
    sure, rough = 1 / (variance * task.shared), (error * task.first) ** -2.0
    return (value * sure + task.first * rough) / (sure + rough), 1 / (sure + rough)


def _agree(
    task: _Task, known: Bools, told: tuple[Floats, Floats], bonds: Floats
) -> Floats:
    """Settle values along the ducts; odd ones count less. Returns (N, 2)."""
    value, variance = told
    weight = np.where(known, 1 / variance, 1e-12)
    parents, tail = task.forest.parents, task.settings.tail
    settled: Floats = forests.settle(value, weight, bonds, parents)
    for _ in range(3):
        odd = (value - settled[:, 0]) ** 2 * weight
        trusted = weight * (tail + 1) / (tail + odd)
        settled = forests.settle(value, trusted, bonds, parents)
    return settled
