"""Segment filled ducts: ridges of many scales in units of their own noise."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from galactograph.kernels import profiles, ridges
from galactograph.values.arrays import Bools, Floats
from galactograph.values.image import DuctMap
from galactograph.values.report import Scene
from galactograph.values.study import View

F4 = NDArray[np.float32]
U1 = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Scales and thresholds of the ridge segmenter (assumed; reading.md 5)."""

    scales_mm: tuple[float, ...] = (0.085, 0.14, 0.23, 0.37, 0.6, 1.0, 1.6)
    """Gaussian widths; a lumen of calibre D answers best at about 0.3 D."""
    low: float = 2.5
    """Ridge strength, in robust standard deviations, that may continue a line."""
    high: float = 4.5
    """Strength that starts one."""
    least_mm: float = 0.9
    """Shorter lines are not followed."""
    skin_mm: float = 3.5
    """So near the skin, a line along the skin is the skin; it is 1.45 mm thick
    (remembered, Huang 2008) and its shoulder is blurred."""
    skin_deg: float = 35.0
    """Along means within this angle."""


LEAN = 0.8
"""Slope across a line, in blurs, that cancels its curvature: at the shoulder of a
step edge both are equal (derived), so edges lose four fifths of their strength."""

ODDS_STRENGTH = 6.0
"""Ridge strength at which a duct map says one half."""


def strength_of(duct_map: DuctMap) -> F4:
    """Return the ridge strength (in noise units) that a probability stands for."""
    chance = np.clip(duct_map.probability, 0, 0.999)
    strength: F4 = ODDS_STRENGTH * chance / (1 - chance)
    return strength


def segment(view: View, scene: Scene, *, settings: Settings | None = None) -> DuctMap:
    """Find bright lines of 0.15 to 6 mm in a prepared view."""
    settings = settings or Settings()
    pixel_mm = view.image.grid.pixel_mm
    rows, columns = _box(scene.breast)
    excess = np.ascontiguousarray(scene.excess[rows, columns])
    inside = np.ascontiguousarray(scene.breast[rows, columns])
    shape = scene.excess.shape
    maps = {
        "probability": np.zeros(shape, np.float32),
        "centreline": np.zeros(shape, bool),
        "scale_px": np.ones(shape, np.float32),
        "orientation_rad": np.zeros(shape, np.float32),
    }
    if inside.any():
        best, scale, angle = strengthen(excess, inside, pixel_mm, settings)
        best *= _trusted(scene, rows, columns, angle, pixel_mm, settings)
        line = _centrelines(best, angle, inside, settings, pixel_mm)
        widths = np.array(settings.scales_mm, np.float32)[scale] / pixel_mm * 1.5
        _refine_widths(widths, excess, line, angle, scene.noise)
        best /= best + np.float32(ODDS_STRENGTH)
        maps["probability"][rows, columns] = best
        maps["centreline"][rows, columns] = line
        maps["scale_px"][rows, columns] = widths
        maps["orientation_rad"][rows, columns] = angle
    return DuctMap(**maps)


def _box(inside: Bools) -> tuple[slice, slice]:
    rows = np.flatnonzero(inside.any(axis=1))
    columns = np.flatnonzero(inside.any(axis=0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def strengthen(
    excess: F4, inside: Bools, pixel_mm: float, settings: Settings
) -> tuple[F4, U1, F4]:
    """Return ridge strength in noise units, number of the scale, and direction.

    Coarse scales are computed on shrunken images, so that no blur is wider than
    4.5 pixels: that costs little and loses nothing.
    """
    rows, columns = excess.shape
    best = np.zeros_like(excess)
    scale = np.zeros(excess.shape, np.uint8)
    angle = np.zeros_like(excess)
    levels: dict[int, list[tuple[int, float]]] = {}
    for number, width_mm in enumerate(settings.scales_mm):
        factor = 1
        while width_mm / pixel_mm / factor > 4.5:
            factor *= 2
        levels.setdefault(factor, []).append((number, max(width_mm / pixel_mm, 0.8)))
    for factor, members in levels.items():
        size = (max(3, columns // factor), max(3, rows // factor))
        small = (
            excess
            if factor == 1
            else cv2.resize(excess, size, interpolation=cv2.INTER_AREA)
        )
        mask = (
            inside
            if factor == 1
            else cv2.resize(
                inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST
            ).astype(bool)
        )
        here = (
            (best, scale, angle)
            if factor == 1
            else (
                np.zeros_like(small),
                np.zeros(small.shape, np.uint8),
                np.zeros_like(small),
            )
        )
        for number, width in members:
            smooth = cv2.GaussianBlur(small, (0, 0), width / factor)
            gain = 1 / _spread(smooth, mask)
            ridges.strengthen(smooth, number, gain, width / factor / LEAN, *here)
        if factor > 1:
            _merge((best, scale, angle), here)
    best *= inside
    return best, scale, angle


def _trusted(
    scene: Scene,
    rows: slice,
    columns: slice,
    angle: F4,
    pixel_mm: float,
    settings: Settings,
) -> Bools:
    """Tell where a line can be duct: not along the skin, not on a foreign object."""
    inside = scene.breast[rows, columns]
    factor = max(1, round(0.3 / pixel_mm))
    size = (max(2, inside.shape[1] // factor), max(2, inside.shape[0] // factor))
    small = cv2.resize(
        scene.breast[rows, columns].astype(np.uint8),
        size,
        interpolation=cv2.INTER_NEAREST,
    )
    # The image border is no skin: only air beyond the breast is.
    framed = cv2.copyMakeBorder(small, *([1] * 4), cv2.BORDER_REPLICATE)
    depth = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
    soft = cv2.GaussianBlur(depth, (0, 0), 2.0)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3)
    right = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3)
    near = (depth * factor * pixel_mm < settings.skin_mm).astype(np.uint8)
    full = inside.shape[::-1]
    trusted = cv2.resize(near, full, interpolation=cv2.INTER_NEAREST) == 0
    place = np.nonzero(~trusted)
    normal = np.arctan2(down, right)
    towards = cv2.resize(normal, full, interpolation=cv2.INTER_NEAREST)[place]
    across = np.abs(np.cos(angle[place] - towards))
    trusted[place] = across > np.sin(np.radians(settings.skin_deg))
    for item in scene.objects:
        top, left, bottom, end = item.box
        trusted[
            max(0, top - rows.start) : max(0, bottom - rows.start),
            max(0, left - columns.start) : max(0, end - columns.start),
        ] = False
    return trusted


def _spread(smooth: F4, mask: Bools) -> float:
    """Robust standard deviation of the curvature inside the breast."""
    values = ridges.curvatures(smooth, 5)
    where = mask[1::5, 1::5][: values.shape[0], : values.shape[1]]
    values = values[: where.shape[0], : where.shape[1]][where]
    if values.size < 20:
        return 1e9
    spread = 1.4826 * float(np.median(np.abs(values - np.median(values))))
    return max(spread, 1e-9)


def _merge(fine: tuple[F4, U1, F4], coarse: tuple[F4, U1, F4]) -> None:
    """Take the coarse answer where it is stronger."""
    best, scale, angle = fine
    size = best.shape[::-1]
    raised = cv2.resize(coarse[0], size, interpolation=cv2.INTER_LINEAR)
    stronger = raised > best
    np.copyto(best, raised, where=stronger)
    for mine, theirs in ((scale, coarse[1]), (angle, coarse[2])):
        big = cv2.resize(theirs, size, interpolation=cv2.INTER_NEAREST)
        np.copyto(mine, big, where=stronger)


def _centrelines(
    best: F4, angle: F4, inside: Bools, settings: Settings, pixel_mm: float
) -> Bools:
    """Follow crests from strong to weak; one pixel wide."""
    crest = ridges.crests(best, angle, settings.low)
    crest &= inside
    count, labels, stats, _ = cv2.connectedComponentsWithStats(crest, connectivity=8)
    strong = np.zeros(count, bool)
    strong[np.unique(labels[(crest > 0) & (best > settings.high)])] = True
    strong &= stats[:, cv2.CC_STAT_AREA] >= settings.least_mm / pixel_mm
    strong[0] = False
    kept = strong[labels].astype(np.uint8)
    # Crests break where two lines meet; one pixel of growth heals most of it.
    line: Bools = skeletonize(cv2.dilate(kept, np.ones((3, 3), np.uint8)) > 0)
    return line


def _refine_widths(
    widths: F4, excess: F4, line: Bools, angle: F4, noise: float
) -> None:
    """Replace the scale's width by the half-width of the profile on the line."""
    rows, columns = (where.astype(float) for where in np.nonzero(line))
    if not len(rows):
        return
    place = rows.astype(int), columns.astype(int)
    turn = angle[place].astype(float)
    normals = np.stack([np.cos(turn), -np.sin(turn)], axis=1)
    half = 32
    steps: Floats = np.clip(widths[place].astype(float) * 3.5 / half, 0.2, 3.0)
    strip = profiles.across(excess, rows, columns, normals, steps, half, 2)
    found = profiles.widths(strip, 8, noise)
    measured = (found[:, 4] - found[:, 3]) / 2 * steps
    good = (found[:, 2] > 0) & (measured > 0.3)
    values = np.where(good, measured, widths[place])
    widths[place] = values
