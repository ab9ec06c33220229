"""Segment filled ducts: ridges of many scales in units of their own noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from skimage.morphology import skeletonize

from galactograph.ducts.background import behind_pectoral
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
    persist_mm: float = 1.2
    """Length over which a fine line is averaged along itself."""
    persist_gain: float = 0.6
    """Weight of the averaged strength: the best of many directions is flattered."""
    least_own: float = 1.0
    """Averaged only where the pixel's own curvature reaches this."""
    directions: int = 16
    least_mm: float = 0.9
    """Shorter lines are not followed."""
    wide_mm: float = 0.8
    """Ducts of this calibre and more are taken from the coarse scales."""
    least_wide_mm: float = 1.5
    """Shorter pieces of wide duct are not believed."""
    skin_mm: float = 3.5
    """So near the skin, a line along the skin is the skin; it is 1.45 mm thick
    (remembered, Huang 2008) and its shoulder is blurred."""
    nipple_mm: float = 9.0
    """So near the nipple's tip, lines along the skin may be duct."""
    rim_mm: float = 1.8
    """Skin of the nipple itself."""
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
        fine, coarse = strengthen(excess, inside, pixel_mm, settings)
        large = enlarge(coarse, excess.shape)
        for level in (fine, large):
            level.strength *= _trusted(
                scene, rows, columns, level.angle, pixel_mm, settings
            )
        coarse.strength *= cv2.resize(
            (large.strength > 0).astype(np.uint8),
            coarse.strength.shape[::-1],
            interpolation=cv2.INTER_NEAREST,
        )
        line = _centrelines(fine, coarse, excess, scene.noise, pixel_mm, settings)
        joint = join(fine, large)
        widths = np.array(settings.scales_mm, np.float32)[joint.scale] / pixel_mm * 1.5
        _refine(joint.strength, widths, excess, line, joint.angle, scene.noise)
        joint.strength /= joint.strength + np.float32(ODDS_STRENGTH)
        maps["probability"][rows, columns] = joint.strength
        maps["centreline"][rows, columns] = line
        maps["scale_px"][rows, columns] = widths
        maps["orientation_rad"][rows, columns] = joint.angle
    return DuctMap(**maps)


def _box(inside: Bools) -> tuple[slice, slice]:
    rows = np.flatnonzero(inside.any(axis=1))
    columns = np.flatnonzero(inside.any(axis=0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


@dataclass(slots=True, kw_only=True, eq=False)
class Ridges:
    """Ridge strength in noise units, number of the scale, direction: all (H, W)."""

    strength: F4
    scale: U1
    angle: F4

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> Ridges:
        """Return ridges of strength 0."""
        return cls(
            strength=np.zeros(shape, np.float32),
            scale=np.zeros(shape, np.uint8),
            angle=np.zeros(shape, np.float32),
        )


def strengthen(
    excess: F4, inside: Bools, pixel_mm: float, settings: Settings
) -> tuple[Ridges, Ridges]:
    """Return ridges of the fine scales, and of the coarse ones on a smaller grid.

    The coarse grid is shrunken by a power of two, so that the narrowest coarse blur
    is no wider than 4.5 pixels: that costs little and loses nothing.
    """
    widths = [max(width / pixel_mm, 0.8) for width in settings.scales_mm]
    numbers = range(len(widths))
    narrow = [n for n in numbers if settings.scales_mm[n] < settings.wide_mm * 0.4]
    broad = [n for n in numbers if n not in narrow]
    factor = 1
    while widths[broad[0]] / factor > 4.5:
        factor *= 2
    rows, columns = excess.shape
    size = (max(3, columns // factor), max(3, rows // factor))
    small = cv2.resize(
        excess[: size[1] * factor, : size[0] * factor],
        size,
        interpolation=cv2.INTER_AREA,
    )
    mask = (
        cv2.resize(
            inside[: size[1] * factor, : size[0] * factor].astype(np.uint8),
            size,
            interpolation=cv2.INTER_NEAREST,
        )
        > 0
    )
    fine, coarse = Ridges.empty(excess.shape), Ridges.empty(small.shape)
    for members, image, where, shrunk, out in (
        (narrow, excess, inside, 1, fine),
        (broad, small, mask, factor, coarse),
    ):
        for number in members:
            width = widths[number] / shrunk
            blurred = cv2.GaussianBlur(image, (0, 0), width)
            gain = 1 / _spread(blurred, where)
            ridges.strengthen(
                blurred,
                number,
                gain,
                width * LEAN,
                out.strength,
                out.scale,
                out.angle,
            )
            if shrunk == 1 and number in narrow:
                _follow(blurred, number, where, pixel_mm, settings, out)
        out.strength *= where
    return fine, coarse


def enlarge(small: Ridges, shape: tuple[int, ...]) -> Ridges:
    """Return ridges on a larger grid of `shape`."""
    rows, columns = shape
    down, right = small.strength.shape
    factor = max(1, rows // down, columns // right)
    if factor == 1:
        return Ridges(
            strength=small.strength.copy(), scale=small.scale, angle=small.angle
        )
    size = (right * factor, down * factor)
    edge = ((0, max(0, rows - size[1])), (0, max(0, columns - size[0])))

    def grow(array: NDArray[Any], kind: int) -> NDArray[Any]:
        big = cv2.resize(array, size, interpolation=kind)
        return np.pad(big, edge, mode="edge")[:rows, :columns]

    return Ridges(
        strength=grow(small.strength, cv2.INTER_LINEAR),
        scale=grow(small.scale, cv2.INTER_NEAREST),
        angle=grow(small.angle, cv2.INTER_NEAREST),
    )


def _follow(  # noqa: PLR0917
    blurred: F4,
    number: int,
    mask: Bools,
    pixel_mm: float,
    settings: Settings,
    here: Ridges,
) -> None:
    """Strengthen fine lines that go on straight: their noise averages out."""
    half = max(2, round(settings.persist_mm / 2 / pixel_mm))
    second = ridges.hessian(blurred)
    step = 5
    values = ridges.persistence(second, half, step)
    first = half + 1
    where = mask[first::step, first::step][: values.shape[0], : values.shape[1]]
    values = values[: where.shape[0], : where.shape[1]][where]
    if values.size < 40:
        return
    spread = max(1.4826 * float(np.median(np.abs(values))), 1e-9)
    turns = np.arange(settings.directions, dtype=np.float32) * np.float32(
        np.pi / settings.directions
    )
    least = settings.least_own
    ridges.follow(
        second,
        number,
        settings.persist_gain / spread,
        least,
        turns,
        half,
        here.strength,
        here.scale,
        here.angle,
    )


def join(fine: Ridges, coarse: Ridges) -> Ridges:
    """Return the stronger of both at every pixel."""
    stronger = coarse.strength > fine.strength
    return Ridges(
        strength=np.where(stronger, coarse.strength, fine.strength),
        scale=np.where(stronger, coarse.scale, fine.scale),
        angle=np.where(stronger, coarse.angle, fine.angle),
    )


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
    if scene.nipple is not None:
        # In the nipple a duct runs along the skin of its sides: only the rim is skin.
        r, c = np.ogrid[rows, columns]
        far = np.hypot(r - scene.nipple.row, c - scene.nipple.column) * pixel_mm
        rim = cv2.resize(
            (depth * factor * pixel_mm < settings.rim_mm).astype(np.uint8),
            full,
            interpolation=cv2.INTER_NEAREST,
        )
        trusted |= (far < settings.nipple_mm) & (rim == 0)
    if scene.pectoral is not None:
        _distrust_pectoral(trusted, scene, rows, columns, angle, pixel_mm)
    for item in scene.objects:
        top, left, bottom, end = item.box
        trusted[
            max(0, top - rows.start) : max(0, bottom - rows.start),
            max(0, left - columns.start) : max(0, end - columns.start),
        ] = False
    return trusted


def _distrust_pectoral(  # noqa: PLR0917
    trusted: Bools,
    scene: Scene,
    rows: slice,
    columns: slice,
    angle: F4,
    pixel_mm: float,
) -> None:
    """Take the edge of the pectoral muscle, and lines along it, for no duct."""
    if scene.pectoral is None:
        return
    (top, head), (foot, low) = scene.pectoral
    edge = np.arctan2(foot - top, low - head)
    r, c = np.ogrid[rows, columns]
    far = behind_pectoral(scene, r, c) * pixel_mm
    along = np.abs(np.sin(angle - np.float32(edge))) < np.sin(np.radians(30))
    trusted &= ~((far > -5.0) & (far < 6.0) & along)


def _spread(smooth: F4, mask: Bools) -> float:
    """Robust standard deviation of the curvature inside the breast."""
    values = ridges.curvatures(smooth, 5)
    where = mask[1::5, 1::5][: values.shape[0], : values.shape[1]]
    values = values[: where.shape[0], : where.shape[1]][where]
    if values.size < 20:
        return 1e9
    spread = 1.4826 * float(np.median(np.abs(values - np.median(values))))
    return max(spread, 1e-9)


def _centrelines(  # noqa: PLR0917
    fine: Ridges,
    coarse: Ridges,
    excess: F4,
    noise: float,
    pixel_mm: float,
    settings: Settings,
) -> Bools:
    """Follow crests from strong to weak; one pixel wide.

    Wide ducts come from the coarse scales; inside them, fine crests are shoulders
    and noise and are dropped.
    """
    wide, lumen = _wide(coarse, excess, noise, pixel_mm, settings)
    crest = ridges.crests(fine.strength, fine.angle, settings.low)
    crest[lumen] = 0
    strength = fine.strength.copy()
    strength[wide] = settings.high + 1
    crest[wide] = 1
    count, labels, stats, _ = cv2.connectedComponentsWithStats(crest, connectivity=8)
    strong = np.zeros(count, bool)
    strong[np.unique(labels[(crest > 0) & (strength > settings.high)])] = True
    strong &= stats[:, cv2.CC_STAT_AREA] >= settings.least_mm / pixel_mm
    strong[0] = False
    kept = strong[labels].astype(np.uint8)
    # Crests break where two lines meet; one pixel of growth heals most of it.
    line: Bools = skeletonize(cv2.dilate(kept, np.ones((3, 3), np.uint8)) > 0)
    return line


def _wide(
    coarse: Ridges, excess: F4, noise: float, pixel_mm: float, settings: Settings
) -> tuple[Bools, Bools]:
    """Return centrelines of wide ducts, and the lumen around them, both (H, W)."""
    crest = ridges.crests(coarse.strength, coarse.angle, settings.low)
    crest = skeletonize(crest > 0).astype(np.uint8)
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
    blocks = np.kron(crest, np.ones((factor, factor), np.uint8)) > 0
    blocks = blocks[: excess.shape[0], : excess.shape[1]]
    large[: blocks.shape[0], : blocks.shape[1]] = skeletonize(blocks)
    return large, lumen > 0


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


def _refine(  # noqa: PLR0917
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
