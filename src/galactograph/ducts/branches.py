"""Weigh branches: how likely each walk of a tree follows duct, and no strand of gland.

A line is weighed by itself first (`weighing`); in its tree more is known. One injection
fills one system with one contrast: a branch is about as opaque as the safest ducts and
as the branch that it comes from, a strand beside the tree is less, the wider the less.
What hangs on by a doubtful way, or runs beneath the skin, is strand more often.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np
from scipy.spatial import cKDTree

from galactograph.ducts.rooting import Walk
from galactograph.ducts.weighing import LEAST_STRENGTH
from galactograph.values.arrays import Floats
from galactograph.values.report import Scene

FEATURES = (
    "strength",
    "opacity",
    "contrast",
    "calibre",
    "step",
    "length",
    "whole",
    "skin",
    "doubt",
)
"""What is weighed, in the order of the columns; what each is: see `branches.toml`."""

OPACITY, CONTRAST, STEP = (0.03, 5.0), (0.02, 20.0), (0.05, 20.0)
"""Bounds of the ratios whose logarithms are weighed: what is measured of a few pixels
of a faint line has no limits. source: assumed."""

MOST_STRENGTH = 20.0
"""Stronger lines are no surer to be duct: the walls of a wide lumen are strong, too.
source: of none, 33, 20, 12 and 7 the fitted weights told right from wrong nearly as
well with 20 as with none (measured)."""

SKIN_MM = 5.0
"""Folds and vessels beneath the skin lie within this depth (assumed)."""

MOST_DOUBT = 6.0
"""More nats of doubt tell no more (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Which branches stay.

    source of all: chosen so that as much duct as before is found, on simulated dev
    views of usual and of a third of the contrast and on painted mammograms, weights
    being fitted on one half of them and tried on the other (measured).
    """

    least_odds: float = 0.25
    """Logarithm of the odds of duct at which a branch is worth nothing,"""
    sure_odds: float = 2.0
    """and so much more at which it is worth all its length."""
    doubt_worth_mm: float = 0.3
    """Duct that a nat of doubt, whether a line goes on, must gain beyond it; less than
    for lines by themselves, as doubt is weighed in the odds, too."""
    loose_odds: float = 1.5
    """Mean along a piece without a link to the nipple that it must reach: few such
    pieces are duct. source: of 8 that were, in views of the same kind, 5 had 2.7 and
    more and 2 others 1.8; of 31 that were not, 24 had less than 1.5 (measured)"""
    clear_odds: float = 2.4
    """A line that reaches this by itself needs no way to it: painted ducts without a
    tree have 2.4 and more (measured)."""
    gap_worth: float = 0.2
    """Duct, in mm, that a mm of gap must gain beyond it: what is drawn there may be
    wrong."""


@cache
def weights() -> Floats:
    """Return the fitted weight of each feature, and what is added, (F + 1,)."""
    text = files("galactograph.ducts").joinpath("branches.toml").read_text("utf-8")
    table = tomllib.loads(text)["weights"]
    return np.array([float(table[name]) for name in (*FEATURES, "always")])


def doubts(walks: Sequence[Walk]) -> list[float]:
    """Return by how many nats each walk is more doubtful than the one before."""
    return [
        max(0.0, walk.cost - (walks[walk.parent].cost if walk.parent >= 0 else 0.0))
        for walk in walks
    ]


def worths(
    walks: Sequence[Walk],
    shown: Sequence[float],
    scene: Scene,
    gauge: float,
    pixel_mm: float,
    settings: Settings | None = None,
) -> list[float]:
    """Return what each walk is worth in its tree, in mm of certain duct.

    Parameters
    ----------
    walks
        Parents first.
    shown
        Share of each that lies outside of the lumen it leaves, in [0, 1].
    scene
        The view they are in.
    gauge
        Opacity per pixel of the safest lines of the tree; 0 if there are none.
    pixel_mm
        Size of a pixel.
    settings
        Which odds are worth what.
    """
    settings = settings or Settings()
    odds = _odds(walks, scene, gauge, pixel_mm)
    share = np.clip((odds - settings.least_odds) / settings.sure_odds, -1, 1)
    return [
        (one * out if walk.edge.seen else -settings.gap_worth)
        * (walk.edge.length_px * pixel_mm)
        - settings.doubt_worth_mm * doubt
        for walk, one, out, doubt in zip(
            walks, share.tolist(), shown, doubts(walks), strict=True
        )
    ]


def is_sure(
    walks: Sequence[Walk],
    scene: Scene,
    gauge: float,
    pixel_mm: float,
    settings: Settings | None = None,
) -> bool:
    """Tell whether a piece without a link to the nipple is likely enough duct."""
    settings = settings or Settings()
    length = np.array([walk.edge.length_px * walk.edge.seen for walk in walks])
    mean = length @ _odds(walks, scene, gauge, pixel_mm) / max(length.sum(), 1e-9)
    # A long line that crumbs lead to is judged by itself.
    longest = walks[int(length.argmax())]
    (alone,) = clear([longest], scene, gauge, pixel_mm, settings)
    return bool(mean >= settings.loose_odds or alone)


def clear(
    walks: Sequence[Walk],
    scene: Scene,
    gauge: float,
    pixel_mm: float,
    settings: Settings | None = None,
) -> list[bool]:
    """Tell of each walk whether it is clearly duct, whatever leads to it."""
    settings = settings or Settings()
    begun = [replace(walk, parent=-1, cost=0.0, children=[]) for walk in walks]
    told: list[bool] = (
        _odds(begun, scene, gauge, pixel_mm) >= settings.clear_odds
    ).tolist()
    return told


def _odds(walks: Sequence[Walk], scene: Scene, gauge: float, pixel_mm: float) -> Floats:
    """Return the logarithm of the odds that each walk follows duct, (W,)."""
    weight = weights()
    odds: Floats = features_of(walks, scene, gauge, pixel_mm) @ weight[:-1] + weight[-1]
    return odds


def features_of(
    walks: Sequence[Walk], scene: Scene, gauge: float, pixel_mm: float
) -> Floats:
    """Return what is weighed of each walk, (W, F); zeros where no line was seen."""
    features = np.zeros((len(walks), len(FEATURES)))
    skin = cKDTree(scene.skin) if len(scene.skin) else None
    doubt = doubts(walks)
    for number, walk in enumerate(walks):
        edge = walk.edge
        if not edge.seen:
            continue
        above, most = walk.parent, doubt[number]
        while above >= 0 and not walks[above].edge.seen:
            above, most = walks[above].parent, most + doubt[above]
        before = walks[above].edge if above >= 0 else edge
        features[number] = (
            _strength(edge.strength),
            _ratio(edge.opacity, gauge, OPACITY),
            _ratio(edge.opacity, scene.noise, CONTRAST),
            np.log(edge.calibre_px * pixel_mm),
            0.0 if before is edge else _ratio(edge.opacity, before.opacity, STEP),
            np.log(max(edge.length_px * pixel_mm, 0.1)),
            np.log(max(edge.whole_px * pixel_mm, 0.1)),
            _beneath(edge.points, skin, pixel_mm),
            min(most, MOST_DOUBT),
        )
    return features


def _strength(strength: Floats) -> float:
    """Return the mean evidence along a line, as far as more tells more."""
    mean = float(np.log(np.maximum(strength, LEAST_STRENGTH)).mean())
    return min(mean, float(np.log(MOST_STRENGTH)))


def _ratio(value: float, against: float, bounds: tuple[float, float]) -> float:
    """Return the logarithm of a ratio within bounds; 0 if there is no other."""
    if against <= 0:
        return 0.0
    return float(np.log(np.clip(value / against, *bounds)))


def _beneath(points: Floats, skin: cKDTree | None, pixel_mm: float) -> float:
    """Return the share of a line that runs near the skin."""
    if skin is None:
        return 0.0
    far, _ = skin.query(points[::10], distance_upper_bound=2 * SKIN_MM / pixel_mm)
    return float((far * pixel_mm < SKIN_MM).mean())
