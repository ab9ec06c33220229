"""Wide ducts seen whole, and half-widths from profiles."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from skimage.morphology import skeletonize

from galactograph.ducts.ridges import Ridges, Settings
from galactograph.kernels import profiles, ridges
from galactograph.values.arrays import Bools, Floats

F4 = NDArray[np.float32]
U1 = NDArray[np.uint8]


def wide_ducts(
    coarse: Ridges, excess: F4, noise: float, pixel_mm: float, settings: Settings
) -> tuple[Bools, Bools]:
    """Return centrelines of wide ducts, and the lumen around them, both (H, W)."""
    crest = ridges.crests(coarse.strength, coarse.angle, settings.low)
    crest = thinned(crest).astype(np.uint8)
    factor = max(1, excess.shape[0] // crest.shape[0])
    lumen = np.zeros(excess.shape, np.uint8)
    found = np.nonzero(crest)
    if not len(found[0]):
        return lumen > 0, lumen > 0
    place = [where * factor + (factor - 1) / 2 for where in found]
    sigma = np.array(settings.scales_mm)[coarse.scale[found]] / pixel_mm
    angle = coarse.angle[found]
    sure, radius = _filled(excess, place, angle, sigma, noise)
    sure &= radius * pixel_mm >= settings.wide_mm / 2
    sure &= coarse.strength[found] > settings.high
    crest[found] = sure
    _, labels, stats, _ = cv2.connectedComponentsWithStats(crest, connectivity=8)
    short = stats[:, cv2.CC_STAT_AREA] * factor * pixel_mm < settings.least_wide_mm
    crest[short[labels]] = 0
    kept = crest[found] > 0
    for row, column, reach in zip(
        place[0][kept], place[1][kept], radius[kept], strict=True
    ):
        spot = (round(float(column)), round(float(row)))
        cv2.circle(lumen, spot, max(1, int(1.1 * reach)), 1, -1)
    large = np.zeros(excess.shape, bool)
    size = (crest.shape[1] * factor, crest.shape[0] * factor)
    blocks = cv2.resize(crest, size, interpolation=cv2.INTER_NEAREST)
    blocks = blocks[: excess.shape[0], : excess.shape[1]]
    large[: blocks.shape[0], : blocks.shape[1]] = thinned(blocks)
    return large, lumen > 0


def thinned(drawn: U1) -> Bools:
    """Return what is drawn (H, W) as lines of one pixel; empty borders cost nothing."""
    left, top, wide, tall = cv2.boundingRect(drawn)
    line: Bools = np.zeros(drawn.shape, bool)
    part = (slice(top, top + tall), slice(left, left + wide))
    if tall:
        line[part] = skeletonize(drawn[part] > 0)
    return line


def _filled(
    excess: F4, place: list[Floats], angle: F4, sigma: Floats, noise: float
) -> tuple[Bools, Floats]:
    """Tell which places are the middle of a filled duct, and its half-width.

    Between the flanks of a duct no value falls below half the peak, and it stands
    on about equal ground on both sides.
    """
    half = 40
    steps = sigma * 5.0 / half
    strip = _strip(excess, place, angle, steps, half)
    strip = uniform_filter1d(strip, 3, axis=1, mode="nearest")
    found = profiles.widths(strip, 10, 2 * noise)
    radius: Floats = (found[:, 4] - found[:, 3]) / 2 * steps
    offsets = np.abs(np.arange(-half, half + 1))[None] * steps[:, None]
    within = offsets < 0.6 * radius[:, None]
    foot = (found[:, 0] + found[:, 1]) / 2
    lowest = np.where(within, strip, np.inf).min(axis=1) - foot
    sure = (found[:, 2] > 4 * noise) & (lowest > 0.5 * found[:, 2])
    sure &= np.abs(found[:, 0] - found[:, 1]) < found[:, 2]
    return sure, radius


def _strip(excess: F4, place: list[Floats], angle: F4, steps: Floats, half: int) -> F4:
    turn = angle.astype(float)
    normals = np.stack([np.cos(turn), -np.sin(turn)], axis=1)
    strip: F4 = profiles.across(excess, place[0], place[1], normals, steps, half, 2)
    return strip


def refine_widths(
    strength: F4, widths: F4, excess: F4, line: Bools, angle: F4, noise: float
) -> None:
    """Take half-widths from the profiles on the line; weaken what is a step.

    A duct stands on equal ground on both sides; the edge of a plateau, such as the
    pectoral muscle, does not.
    """
    place = np.nonzero(line)
    if not len(place[0]):
        return
    half = 32
    steps: Floats = np.clip(widths[place].astype(float) * 3.5 / half, 0.2, 3.0)
    spots = [where.astype(float) for where in place]
    strip = _strip(excess, spots, angle[place], steps, half)
    found = profiles.widths(strip, 8, noise)
    measured = (found[:, 4] - found[:, 3]) / 2 * steps
    good = (found[:, 2] > 0) & (measured > 0.3)
    widths[place] = np.where(good, measured, widths[place])
    step = np.abs(found[:, 0] - found[:, 1]) / np.maximum(found[:, 2], 1e-9)
    strength[place] *= np.clip(2.0 - step, 0.0, 1.0).astype(np.float32)
