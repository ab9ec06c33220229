"""Segmenters with a network: alone ("learned"), and with ridges ("both").

The network proposes; widths and all that follows are measured on the picture itself.
Where the network is out of its depth, ridges alone are used, and a note says so.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from galactograph.ducts.lumens import refine_widths
from galactograph.ducts.network import Chances, look
from galactograph.ducts.ridges import Ridges
from galactograph.ducts.ridges import Settings as RidgeSettings
from galactograph.ducts.segmentation import breast_box, segment
from galactograph.ducts.trust import Trust
from galactograph.kernels import ridges
from galactograph.kernels.memory import give_back
from galactograph.values.arrays import Bools
from galactograph.values.image import DuctMap
from galactograph.values.report import Scene
from galactograph.values.study import View

F4 = NDArray[np.float32]

MARGIN_MM = 3.0
"""Air kept around the breast: the network was taught what skin looks like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """When the network is believed."""

    low: float = 0.25
    """Chance of centreline that may continue a line (assumed)."""
    high: float = 0.5
    """Chance that starts one (assumed)."""
    least_mm: float = 0.9
    """Shorter lines are not followed; as for ridges."""
    soft_px: float = 0.7
    """Blur of the chances before lines are taken from them (assumed)."""
    most_share: float = 0.12
    """More centreline than this share of the breast is no tree (reading.md 5)."""
    sure: float = 0.5
    """Chance from which a pixel counts for `most_share`."""
    doubt: tuple[float, float] = (0.57, 0.057)
    """What ridge strength is multiplied by at the least where the network sees nothing:
    if it is not to be believed, and if it is."""
    trust: tuple[float, float] = (2.0, 9.1)
    """And at the most, where it is certain. source of the second of each: wider bounds
    changed nothing on 52 simulated dev views, 44 at a third of the contrast; of the
    first: 14 pictures made of two mammograms without contrast (measured)."""
    odds_power: float = 0.7
    """Power of the network's odds that strength is multiplied by. source: a logistic
    regression of the lines of 30 simulated dev views: a nat of the network's odds, in
    the mean along a line, tells as much as 0.73 nat of ridge strength (1.24 to 1.70)"""
    even: float = 0.48
    """Chance that leaves the strength as it is."""
    surest: float = 9.0
    """Ridges of this strength are surely lines: twice what starts one."""
    agrees: tuple[float, float] = (0.4, 0.8)
    """Share of them that the network must see to be believed a little, and in full.
    source: 0.81 to 0.96 in 13 simulated dev views, 0.10 and 0.13 in two mammograms
    without contrast (measured)."""
    least_agreed_mm: float = 15.0
    """Of less surest ridge nothing can be said (assumed)."""
    plain: float = 0.7
    """Chance from which the network's own lines count,"""
    faint: float = 1.5
    """where ridges of this strength run, far below what starts a line,"""
    long_mm: float = 25.0
    """in pieces that hang together over this length."""
    long_enough_mm: tuple[float, float] = (75.0, 200.0)
    """Such pieces that the network must see to be believed a little, and in full,
    where ridges are too faint to be sure of. Tissue breaks up, trees do not. source: 0
    to 49 mm in 14 pictures made of two mammograms and in 8 simulated views, all without
    contrast; 438 to 770 mm in the six views at a third of the contrast with the
    fewest sure ridges (measured)."""
    flattered: float = 4.0
    """Odds that the network alone must bring to draw a line as sure as not: the best
    pixels in sight make a line, and chance makes some of these (same measure)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A segmenter that knows its name, for the report to tell."""

    name: str
    chosen: Callable[[View, Scene], DuctMap]

    def __call__(self, view: View, scene: Scene) -> DuctMap:
        """Return the duct map of `view`."""
        return self.chosen(view, scene)


def segment_learned(
    view: View, scene: Scene, *, settings: Settings | None = None
) -> DuctMap:
    """Find ducts by the network alone; by ridges where it must be refused."""
    settings = settings or Settings()
    pixel_mm = view.image.grid.pixel_mm
    rows, columns = breast_box(scene.breast, round(MARGIN_MM / pixel_mm))
    if not scene.breast[rows, columns].any():
        return segment(view, scene)
    inside = np.ascontiguousarray(scene.breast[rows, columns])
    excess = np.ascontiguousarray(scene.excess[rows, columns])
    chances = look(excess, inside, scene.noise, pixel_mm)
    doubt = refusal(chances, inside, settings)
    if doubt is not None:
        return replace(segment(view, scene), notes=(doubt,))
    soft = cv2.GaussianBlur(chances.line, (0, 0), settings.soft_px)
    level = Ridges.empty(soft.shape)
    ridges.strengthen(
        soft, inside, 0, 1.0, 1e6, level.strength, level.scale, level.angle
    )
    trust = Trust.of(scene, rows, columns, pixel_mm, RidgeSettings())
    chance = chances.line * trust.lines(level.angle)
    line = _followed(chance, settings, settings.least_mm / pixel_mm)
    within = (chances.lumen > settings.sure).astype(np.uint8)
    widths = np.maximum(cv2.distanceTransform(within, cv2.DIST_L2, 3), 1.0)
    refine_widths(chance, widths, excess, line, level.angle, scene.noise)
    chance /= chance + np.float32(settings.flattered) * (1 - chance)
    shape = scene.excess.shape
    return DuctMap(
        probability=_whole(np.clip(chance, 0, 1), shape, rows, columns, 0),
        centreline=_whole(line, shape, rows, columns, 0) > 0,
        scale_px=_whole(widths, shape, rows, columns, 1),
        orientation_rad=_whole(level.angle, shape, rows, columns, 0),
    )


def segment_both(
    view: View, scene: Scene, *, settings: Settings | None = None
) -> DuctMap:
    """Find ducts by ridges that the network weighs; it alone draws nothing.

    The network looks while the ridges are made: it has a core of its own.
    """
    settings = settings or Settings()
    pixel_mm = view.image.grid.pixel_mm
    rows, columns = breast_box(scene.breast, round(MARGIN_MM / pixel_mm))
    if not scene.breast[rows, columns].any():
        return segment(view, scene)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(Opinion.on, scene, rows, columns, pixel_mm, settings)

        def evidence(fine: Ridges) -> F4 | None:
            said = asked.result()
            if said.doubt is not None:
                return None
            share = max(
                agreement(said.near, fine, pixel_mm, settings),
                continuity(said.near, fine, pixel_mm, settings),
            )
            return weight_of(said.near, settings, share)

        found = segment(view, scene, evidence=evidence)
    doubt = asked.result().doubt
    return found if doubt is None else replace(found, notes=(doubt,))


@dataclass(frozen=True, kw_only=True, eq=False)
class Opinion:
    """What the network says of the part of a view that holds the breast.

    Attributes
    ----------
    near : float32, (h, w)
        Chance of duct at or beside each pixel.
    doubt
        Why it is not to be believed, or None.
    """

    near: F4
    doubt: str | None

    @classmethod
    def on(
        cls,
        scene: Scene,
        rows: slice,
        columns: slice,
        pixel_mm: float,
        settings: Settings,
    ) -> Opinion:
        """Ask the network about a part of a view."""
        inside, excess = scene.breast[rows, columns], scene.excess[rows, columns]
        chances = look(excess, inside, scene.noise, pixel_mm)
        near, doubt = seen_near(chances), refusal(chances, inside, settings)
        del chances, excess
        give_back()
        return cls(near=near, doubt=doubt)


def agreement(near: F4, fine: Ridges, pixel_mm: float, settings: Settings) -> float:
    """Return how far the network is to be believed in this picture, in [0, 1].

    Surest ridges need no network: whether it sees them too tells whether it knows
    pictures of this kind, and whether these lines are ducts at all. `near`, (H, W), is
    the chance of duct at or beside each pixel.
    """
    crest = ridges.crests(fine.strength, fine.angle, settings.surest) > 0
    if crest.sum() * pixel_mm < settings.least_agreed_mm:
        return 0.0
    share = float((near[crest] > settings.sure).mean())
    low, high = settings.agrees
    return float(np.clip((share - low) / (high - low), 0, 1))


def continuity(near: F4, fine: Ridges, pixel_mm: float, settings: Settings) -> float:
    """Return how far the network is to be believed for the length of its lines.

    Where contrast is faint no ridge is sure, and `agreement` is silent. What the
    network takes for duct in tissue are short pieces; a filled tree hangs together over
    centimetres, along ridges however faint. In [0, 1].
    """
    along = ridges.crests(fine.strength, fine.angle, settings.faint)
    along[near <= settings.plain] = 0
    _, _, stats, _ = cv2.connectedComponentsWithStats(along, connectivity=8)
    pieces_mm = stats[1:, cv2.CC_STAT_AREA] * pixel_mm
    low, high = settings.long_enough_mm
    long_mm = float(pieces_mm[pieces_mm > settings.long_mm].sum())
    return float(np.clip((long_mm - low) / (high - low), 0, 1))


def weight_of(near: F4, settings: Settings, agreed: float) -> F4:
    """Return what ridge strength is multiplied by, (H, W); `agreed` is in [0, 1].

    A power of the odds, so that the logarithm of the product, a mean along a line, is
    the evidence that both give for it.
    """
    least, most = (
        np.interp(agreed, (0, 1), ends) for ends in (settings.doubt, settings.trust)
    )
    power = settings.odds_power
    # Beyond these chances the bounds hold: no odds of 0 or of infinity are asked for.
    bounds = (
        np.array([least, most]) ** (1 / power) * settings.even / (1 - settings.even)
    )
    weight: F4 = np.clip(near, *(bounds / (1 + bounds)).astype(np.float32))
    weight /= 1 - weight
    weight *= np.float32((1 - settings.even) / settings.even)
    cv2.pow(weight, power, dst=weight)
    return weight


def seen_near(chances: Chances) -> F4:
    """Return the chance of duct at or beside each pixel, (H, W)."""
    near: F4 = cv2.dilate(chances.line, np.ones((5, 5), np.uint8)).astype(
        np.float32, copy=False
    )
    return np.maximum(near, chances.lumen, out=near)


def refusal(chances: Chances, inside: Bools, settings: Settings) -> str | None:
    """Say why the network is not to be believed here, or None."""
    share = float((chances.line[inside] > settings.sure).mean())
    if share <= settings.most_share:
        return None
    return (
        f"The network sees duct in {share:.0%} of the breast, more than any tree "
        "fills; it was not used, ridges alone were."
    )


def _followed(chance: F4, settings: Settings, least_px: float) -> Bools:
    """Return lines of likely duct, one pixel wide, (H, W)."""
    likely = (chance > settings.low).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(likely, connectivity=8)
    sure = np.zeros(count, bool)
    sure[np.unique(labels[chance > settings.high])] = True
    sure &= np.maximum(*stats[:, 2:4].T) >= least_px
    sure[0] = False
    line: Bools = skeletonize(sure[labels])
    return line


def _whole(
    part: NDArray[np.generic],
    shape: tuple[int, ...],
    rows: slice,
    columns: slice,
    elsewhere: float,
) -> F4:
    """Return a part of a picture as the whole of it."""
    out = np.full(shape, elsewhere, np.float32)
    out[rows, columns] = part
    return out


LEARNED = Named(name="learned", chosen=segment_learned)
BOTH = Named(name="both", chosen=segment_both)
