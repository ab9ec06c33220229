"""Prepare a view: what is where, and attenuation above the local background."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.ducts.breast import Outline, find_breast, upright
from galactograph.ducts.metal import hide_metal
from galactograph.ducts.slices import standing_out
from galactograph.kernels.reliefs import ground
from galactograph.values.arrays import Bools, Floats
from galactograph.values.report import Scene
from galactograph.values.study import View

F4 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the background is taken away; engineering defaults (assumed)."""

    work_mm: float = 0.28
    """Pixel that the background is made at."""
    widest_duct_mm: float = 7.0
    """The background keeps only what is wider than this."""
    least_gain: float = 0.25
    """A scout is subtracted only if it removes this share of the texture."""


def prepare(
    view: View, *, scout: View | None = None, settings: Settings | None = None
) -> Scene:
    """Find the breast and take the background away, with the scout if there is one."""
    settings = settings or Settings()
    outline = find_breast(view)
    pixels = view.image.pixels
    notes = list(outline.notes)
    difference: F4 | None = None
    if scout is not None:
        difference, note = _subtract(pixels, scout.image.pixels, outline.mask, settings)
        notes.append(note)
        if difference is not None:
            pixels = difference
    if difference is None:
        standing = standing_out(view, outline.mask)
        pixels = pixels if standing is None else standing
    excess = excess_above(
        pixels, outline.mask, view.image.grid.pixel_mm, settings=settings
    )
    return Scene(
        excess=excess,
        breast=outline.mask,
        skin=outline.skin,
        chest_wall=outline.chest_wall,
        nipple=outline.nipple,
        noise=noise_of(excess, outline.mask),
        objects=outline.objects,
        pectoral=_pectoral(view, outline),
        notes=tuple(notes),
        difference=difference,
    )


def excess_above(
    pixels: F4, inside: Bools, pixel_mm: float, *, settings: Settings | None = None
) -> F4:
    """Return attenuation above an opening wider than any duct; 0 off the breast."""
    settings = settings or Settings()
    rows, columns = pixels.shape
    step = max(1, round(settings.work_mm / pixel_mm))
    air = (
        float(np.median(pixels[~inside][:: max(1, pixels.size // 100_000)]))
        if (~inside).any()
        else float(pixels.min())
    )
    small = cv2.resize(
        pixels,
        (max(1, columns // step), max(1, rows // step)),
        interpolation=cv2.INTER_AREA,
    )
    small = cv2.GaussianBlur(small, (0, 0), 1.0)
    small_mask = (
        cv2.resize(
            inside.astype(np.uint8), small.shape[::-1], interpolation=cv2.INTER_NEAREST
        )
        > 0
    )
    small[~small_mask] = air
    radius = max(1, round(settings.widest_duct_mm / 2 / (pixel_mm * step)))
    background = cv2.resize(
        ground(small, radius), (columns, rows), interpolation=cv2.INTER_LINEAR
    )
    excess: F4 = np.subtract(pixels, background)
    excess *= inside
    return excess


def noise_of(excess: F4, inside: Bools) -> float:
    """Return the pixel noise: robust spread of what a 3 x 3 Laplacian leaves.

    A Laplacian of white noise has 20 / 16 the variance for the kernel
    [1 -2 1] x [1 -2 1] / 4 = 36 / 16.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 4
    rows = len(excess)
    step = 1 + rows // 1200
    spread = []
    for top in range(0, rows - 3, 8 * step * 4):
        band = cv2.filter2D(
            excess[top : top + 8], cv2.CV_32F, kernel, borderType=cv2.BORDER_REPLICATE
        )[1:-1]
        spread.append(band[inside[top + 1 : top + 1 + len(band)]])
    values = np.concatenate(spread) if spread else np.zeros(0, np.float32)
    if values.size < 50:
        return 1e-3
    return max(float(1.4826 * np.median(np.abs(values)) / 1.5), 1e-6)


def _subtract(
    pixels: F4, scout: F4, inside: Bools, settings: Settings
) -> tuple[F4 | None, str]:
    """Register the scout and subtract it; None if that does not help."""
    if scout.shape != pixels.shape:
        return (
            None,
            "The scout has another matrix than the filled view; not subtracted.",
        )
    step = 8
    size = (pixels.shape[1] // step, pixels.shape[0] // step)
    small, before = (
        cv2.GaussianBlur(cv2.resize(p, size, interpolation=cv2.INTER_AREA), (0, 0), 1.0)
        for p in (pixels, scout)
    )
    mask = cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    high_small, high_before = (
        p - cv2.GaussianBlur(p, (0, 0), 6.0) for p in (small, before)
    )
    warp = np.eye(2, 3, dtype=np.float32)
    try:
        _, warp = cv2.findTransformECC(
            high_small,
            high_before,
            warp,
            cv2.MOTION_AFFINE,
            (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-5),
            mask,
            5,
        )
    except cv2.error:
        return (
            None,
            "The scout could not be aligned with the filled view; not subtracted.",
        )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved_small = cv2.warpAffine(
        high_before, warp, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    where = cv2.erode(mask, np.ones((5, 5), np.uint8)) > 0
    if not where.any():
        return None, "The breast is too small to align the scout; not subtracted."
    # Medians of absolute value: ducts, which the scout lacks, must not count.
    kept = np.median(np.abs((high_small - moved_small)[where]))
    gain = 1 - float(kept / max(float(np.median(np.abs(high_small[where]))), 1e-9))
    if gain < settings.least_gain:
        return None, (
            f"Subtracting the scout removes only {max(gain, 0):.0%} of the texture "
            "(the breast moved); not subtracted."
        )
    full = warp.copy()
    full[:, 2] = warp[:, 2] * step + (warp[:, :2] @ [-0.5, -0.5] + 0.5) * (step - 1)
    moved = cv2.warpAffine(
        scout, full, pixels.shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    # The scout's own noise would be added: only its structure above 0.4 mm is taken.
    smooth = cv2.GaussianBlur(moved, (0, 0), 3.0)
    difference, hidden = hide_metal(pixels - smooth, moved, inside)
    note = f"The scout was aligned and subtracted ({gain:.0%} less texture)."
    if hidden:
        note += f" Metal that it shows hides {max(hidden, 0.001):.1%} of the breast."
    return difference, note


def _pectoral(
    view: View, outline: Outline
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Find the pectoral edge of an oblique or lateral view as a straight line.

    Returns two points (row, column), or None where no clear edge is seen.
    """
    if view.position not in {"MLO", "LMO", "ML", "LM"}:
        return None
    pixels = view.image.pixels
    step = max(1, round(1.0 / view.image.grid.pixel_mm))
    size = (pixels.shape[1] // step, pixels.shape[0] // step)
    small = cv2.GaussianBlur(
        cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), (0, 0), 2.0
    )
    inside = cv2.resize(
        outline.mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST
    )
    edge = outline.chest_wall
    if edge not in ("left", "right"):
        return None
    turned = np.ascontiguousarray(upright(small, edge))
    within = np.ascontiguousarray(upright(inside, edge))
    rows, columns = turned.shape
    gradient = cv2.Sobel(turned, cv2.CV_32F, 1, 0, ksize=3)
    gradient[within == 0] = 0
    line = _steepest(gradient, range(rows // 3, rows, 4), range(4, columns * 2 // 3, 3))
    if line is None:
        return None
    head, foot, best = line
    fine = _steepest(
        gradient,
        range(max(2, foot - 8), foot + 9),
        range(max(1, head - 6), head + 7),
    )
    spread = float(np.std(gradient[within > 0])) if within.any() else 0.0
    if fine is None or best < 6 * spread:
        return None
    head, foot, _ = fine
    first, last = (0.0, float(head)), (float(foot), 0.0)
    if edge == "right":
        first, last = (
            (first[0], columns - 1 - first[1]),
            (last[0], columns - 1 - last[1]),
        )
    scale = float(step)
    return (
        (first[0] * scale, first[1] * scale),
        (last[0] * scale, last[1] * scale),
    )


def _steepest(gradient: F4, feet: range, heads: range) -> tuple[int, int, float] | None:
    """Find the line from (0, head) to (foot, 0) along which brightness falls most."""
    best: tuple[int, int, float] | None = None
    rows, columns = gradient.shape
    for foot in feet:
        r = np.arange(0, min(foot, rows))
        for head in heads:
            c = head * (1 - r / foot)
            keep = c < columns
            values = gradient[r[keep], c[keep].astype(int)]
            if not len(values):
                continue
            score = float(-values.mean() * np.sqrt(len(values)))
            if score > (best[2] if best else 0.0):
                best = (head, foot, score)
    return best


def behind_pectoral(
    scene: Scene, rows: Floats | float, columns: Floats | float
) -> Floats:
    """Return how far points lie on the muscle's side of the pectoral edge, in pixels.

    Negative in front of it; minus infinity where no edge was found.
    """
    if scene.pectoral is None:
        return np.full(np.shape(rows), -np.inf)
    (top, head), (foot, low) = scene.pectoral
    way = np.array([foot - top, low - head])
    way /= np.hypot(*way)
    far: Floats = (rows - top) * way[1] - (columns - head) * way[0]
    return far if scene.chest_wall == "left" else -far
