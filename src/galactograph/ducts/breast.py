"""Find the breast in a view: mask, skin line, chest wall, nipple, foreign objects."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, grey_opening

from galactograph.values.arrays import Bools, Floats
from galactograph.values.report import Edge, Nipple, SceneObject
from galactograph.values.study import GreyScale, View

MAMMOGRAPHIC = frozenset({None, "MG", "OT", "CR", "DX", "SC"})
"""Modalities under which mammograms are stored; None if the file does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What counts as breast, and as a nipple; engineering defaults (assumed)."""

    work_mm: float = 0.5
    """Pixel of the small image that the outline is found in."""
    least_air_fraction: float = 0.02
    """Below this share of air-like pixels the breast fills the whole image."""
    edge_fraction: float = 0.06
    """Of the way from air to dense breast at which breast begins."""
    nipple_mm: float = 16.0
    """Longest base of a nipple on the skin line; nipples measure 11 to 14 mm.
    source: Taneri06, Rusby07b (found), with a margin (assumed)"""
    most_bump_mm: float = 10.0
    """Nipples are 8 to 12 mm long (remembered)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Outline:
    """The breast as found at full resolution, and what lies beside it."""

    mask: Bools
    skin: Floats
    chest_wall: Edge
    nipple: Nipple | None
    objects: tuple[SceneObject, ...]
    notes: tuple[str, ...]


def find_breast(view: View, settings: Settings | None = None) -> Outline:
    """Find the breast of a view, its skin line, its nipple and what is no tissue."""
    settings = settings or Settings()
    pixels = view.image.pixels
    step = max(1, round(settings.work_mm / view.image.grid.pixel_mm))
    small = _shrink(pixels, step)
    air, level = _air_level(small, settings)
    if level is None:
        whole = np.ones(pixels.shape, bool)
        edge = _chest_wall_by_tag(view) or "left"
        return Outline(
            mask=whole,
            skin=np.zeros((0, 2)),
            chest_wall=edge,
            nipple=None,
            objects=(),
            notes=("No air is in the image; the breast is taken to fill it.",),
        )
    bright = (small > level).astype(np.uint8)
    bright = cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(bright, connectivity=4)
    if count < 2:
        return Outline(
            mask=np.zeros(pixels.shape, bool),
            skin=np.zeros((0, 2)),
            chest_wall="left",
            nipple=None,
            objects=(),
            notes=("No breast was found in the image.",),
        )
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    mask = _fill((labels == largest).astype(np.uint8))
    edge, notes = _chest_wall(mask, view)
    skin = _skin_line(mask, edge)
    objects = _objects(small, mask, air, level, step)
    nipple = None
    if view.modality in MAMMOGRAPHIC:
        nipple = _nipple(mask, edge, step, view.image.grid.pixel_mm, settings)
    full = (
        cv2.resize(
            cv2.GaussianBlur(mask * np.float32(1), (0, 0), 1.0),
            (small.shape[1] * step, small.shape[0] * step),
            interpolation=cv2.INTER_LINEAR,
        )[: pixels.shape[0], : pixels.shape[1]]
        > 0.5
    )
    full = _pad_to(full, pixels.shape)
    half = (step - 1) / 2
    return Outline(
        mask=full,
        skin=skin * step + half,
        chest_wall=edge,
        nipple=nipple,
        objects=objects,
        notes=notes,
    )


def _shrink(pixels: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    rows, columns = (max(1, n // step) for n in pixels.shape)
    cut = pixels[: rows * step, : columns * step] if step > 1 else pixels
    small: NDArray[np.float32] = cv2.resize(
        cut, (columns, rows), interpolation=cv2.INTER_AREA
    )
    return small


def _pad_to(mask: Bools, shape: tuple[int, ...]) -> Bools:
    if mask.shape == shape:
        return mask
    rows, columns = shape[0] - mask.shape[0], shape[1] - mask.shape[1]
    return np.pad(mask, ((0, rows), (0, columns)), mode="edge")


def _air_level(
    small: NDArray[np.float32], settings: Settings
) -> tuple[float, float | None]:
    """Return the level of air, and the level at which breast begins."""
    low, high = np.percentile(small, [0.5, 99.5])
    span = max(high - low, 1e-6)
    # Air is the flat part at the dark end: the fullest of 64 bins in its lower third.
    counts, edges = np.histogram(small, bins=64, range=(low, high + 1e-6))
    peak = int(np.argmax(counts[:22]))
    air = float((edges[peak] + edges[peak + 1]) / 2)
    near = np.abs(small - air) < 0.05 * span
    if near.mean() < settings.least_air_fraction or air > low + 0.33 * span:
        return air, None
    air = float(np.median(small[near]))
    noise = 1.4826 * float(np.median(np.abs(small[near] - air)))
    rest = small[small > air + 0.1 * span]
    if rest.size < 0.005 * small.size:
        return air, None
    dense = float(np.percentile(rest, 75))
    level = air + max(6 * noise, settings.edge_fraction * (dense - air))
    return air, min(level, (air + dense) / 2)


def _fill(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(mask)
    cv2.drawContours(filled, contours, -1, 1, -1)
    return filled


def _chest_wall_by_tag(view: View) -> Edge | None:
    """Read the chest wall's edge from Patient Orientation; None if it is not said."""
    if view.orientation is None:
        return None
    row, column = view.orientation
    if row[:1] in "AP" and row:
        return "left" if row[0] == "A" else "right"
    if column[:1] in "AP" and column:
        return "top" if column[0] == "A" else "bottom"
    return None


def _chest_wall(mask: NDArray[np.uint8], view: View) -> tuple[Edge, tuple[str, ...]]:
    contact: dict[Edge, int] = {
        "left": int(mask[:, :2].any(axis=1).sum()),
        "right": int(mask[:, -2:].any(axis=1).sum()),
        "top": int(mask[:2].any(axis=0).sum()),
        "bottom": int(mask[-2:].any(axis=0).sum()),
    }
    seen = max(contact, key=lambda edge: contact[edge])
    said = _chest_wall_by_tag(view)
    if said is None:
        return seen, ()
    if contact[said] >= 0.5 * contact[seen]:
        return said, ()
    note = (
        f"Patient Orientation puts the chest wall at the {said} edge, but the breast "
        f"touches the {seen} edge; the image was believed."
    )
    return seen, (note,)


def upright(mask: NDArray[np.uint8], edge: Edge) -> NDArray[np.uint8]:
    """Turn or mirror a picture so that the chest wall is at its left edge."""
    if edge == "right":
        return mask[:, ::-1]
    if edge == "top":
        return mask.T
    if edge == "bottom":
        return mask[::-1].T
    return mask


def _from_upright(points: Floats, edge: Edge, shape: tuple[int, ...]) -> Floats:
    """Undo `upright` for (row, column) points; `shape` is that of the stored mask."""
    rows, columns = points[:, 0], points[:, 1]
    if edge == "right":
        return np.stack([rows, shape[1] - 1 - columns], axis=1)
    if edge == "top":
        return np.stack([columns, rows], axis=1)
    if edge == "bottom":
        return np.stack([shape[0] - 1 - columns, rows], axis=1)
    return points


def _skin_line(mask: NDArray[np.uint8], edge: Edge) -> Floats:
    """Return the longest stretch of the outline off the image border, smoothed."""
    turned = np.ascontiguousarray(upright(mask, edge))
    contours, _ = cv2.findContours(turned, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=len)[:, 0, ::-1].astype(float)
    rows, columns = turned.shape
    inside = (
        (outline[:, 0] > 1)
        & (outline[:, 0] < rows - 2)
        & (outline[:, 1] > 1)
        & (outline[:, 1] < columns - 2)
    )
    if not inside.any():
        return np.zeros((0, 2))
    if not inside.all():
        first = int(np.argmin(inside))
        outline, inside = np.roll(outline, -first, 0), np.roll(inside, -first)
    bounds = np.flatnonzero(np.diff(np.concatenate([[0], inside, [0]])))
    runs = bounds.reshape(-1, 2)
    start, stop = runs[np.argmax(runs[:, 1] - runs[:, 0])]
    line = outline[start:stop]
    if len(line) > 9:
        line = gaussian_filter1d(line, 2.0, axis=0, mode="nearest")
    return _from_upright(line, edge, mask.shape)


def _nipple(
    mask: NDArray[np.uint8],
    edge: Edge,
    step: int,
    pixel_mm: float,
    settings: Settings,
) -> Nipple | None:
    """Find the nipple: a bump on the skin line, or else where the breast is deepest."""
    turned = upright(mask, edge)
    depth = np.where(
        turned.any(axis=1), turned.shape[1] - np.argmax(turned[:, ::-1], axis=1), 0
    ).astype(float)
    if not depth.any():
        return None
    mm = pixel_mm * step
    base = max(3, round(settings.nipple_mm / mm)) | 1
    smooth = gaussian_filter1d(depth, 1.0)
    bump = (smooth - gaussian_filter1d(grey_opening(smooth, size=base), 2.0)) * mm
    bump = np.clip(bump, 0, settings.most_bump_mm)
    short = (smooth.max() - smooth) * mm
    # A bump of 1 mm is worth 3 mm of depth; far from the apex only a clear bump counts.
    score = 3.0 * np.where(bump > 0.4, bump, 0) - short
    best = int(np.argmax(score))
    flat = np.flatnonzero(score > score[best] - 0.3)
    flat = flat[np.abs(flat - best) < base]
    row = float(flat.mean())
    column = float(smooth[flat].mean()) - 1
    clear = float(bump[best])
    confidence = float(np.clip(0.35 + 0.2 * clear, 0, 0.95))
    reason = (
        f"a bump of {clear:.1f} mm on the skin line"
        if clear > 0.4
        else "the point of the skin line farthest from the chest wall"
    )
    place = _from_upright(np.array([[row, column]]), edge, mask.shape)[0]
    half = (step - 1) / 2
    return Nipple(
        row=float(place[0] * step + half),
        column=float(place[1] * step + half),
        confidence=confidence,
        reason=reason,
    )


def _objects(
    small: NDArray[np.float32],
    mask: NDArray[np.uint8],
    air: float,
    level: float,
    step: int,
) -> tuple[SceneObject, ...]:
    """Name what is bright outside the breast: text, markers, a cannula."""
    outside = ((small > max(level, air)) & (mask == 0)).astype(np.uint8)
    joined = cv2.dilate(outside, np.ones((5, 5), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    near_skin = cv2.dilate(mask, np.ones((7, 7), np.uint8))
    found = []
    for left, top, width, height, _ in stats[1:count].tolist():
        box = (top * step, left * step, (top + height) * step, (left + width) * step)
        part = outside[top : top + height, left : left + width]
        if part.sum() < 2:
            continue
        touches = bool(near_skin[top : top + height, left : left + width].any())
        long, short = max(width, height), min(width, height)
        if touches and long > 3 * short and long * 0.5 > 5:
            kind = "cannula"
        elif long <= 14 and short >= 0.6 * long:
            kind = "marker"
        else:
            kind = "text"
        found.append(SceneObject(kind=kind, box=box))
    return tuple(found)


def is_linear(view: View) -> bool:
    """Tell whether grey levels are proportional to path lengths."""
    return view.grey_scale is not GreyScale.DISPLAY
