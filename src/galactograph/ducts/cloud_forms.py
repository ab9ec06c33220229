"""Describe a cloud of contrast: where, how large, how soft, which ducts it hides."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.values.arrays import Bools
from galactograph.values.report import Cloud, Duct, Scene
from galactograph.values.study import View

F4 = NDArray[np.float32]

_BLUR_MM = 0.3
"""Blur before an edge is measured, against noise. source: assumed."""

_EDGE_MM = 0.75
"""The steepest place lies within so much of the outline. source: assumed."""


@dataclass(frozen=True, eq=False)
class Field:
    """A view at the working pixel: H rows, W columns.

    Attributes
    ----------
    bare : float32, (H, W)
        Attenuation with ducts hidden: filled in from what lies beside them.
    tubes, judged : bool, (H, W)
        Where ducts are, and where clouds are looked for.
    away_mm : float32, (H, W)
        Distance from the nearest duct.
    """

    step: int
    mm: float
    bare: F4
    tubes: Bools
    judged: Bools
    away_mm: F4


def describe(
    view: View,
    scene: Scene,
    ducts: tuple[Duct, ...],
    field: Field,
    found: tuple[F4, Bools],
) -> Cloud:
    """Describe one cloud.

    Parameters
    ----------
    found
        How far each place stands out, float32 (H, W), and the cloud's pixels, bool.
    """
    stands, member = found
    row, column = _source(ducts, found, field.step)
    calibre, tips = _ducts_within(ducts, member, field.step)
    outlines, _ = cv2.findContours(
        member.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    line = max(outlines, key=cv2.contourArea)[:, 0].astype(float) * field.step
    shut = [(float(r), float(c)) for c, r in (*line.tolist(), line[0].tolist())]
    return Cloud(
        row=row,
        column=column,
        area_mm2=float(member.sum()) * field.mm**2,
        excess=float(stands[member].mean()),
        steep_per_mm=_steepness(view, scene, field, found),
        calibre_mm=calibre,
        tips=tips,
        outline=tuple(shut),
    )


def _source(
    ducts: tuple[Duct, ...], found: tuple[F4, Bools], step: int
) -> tuple[float, float]:
    """Return where a cloud came from, row and column of the view.

    The middle of the ducts within it, weighed by their section and by the cloud over
    them; of the cloud itself where no duct lies in it.
    """
    stands, member = found
    rows, columns = np.nonzero(member)
    weight = np.maximum(stands[member], 1e-9)
    at = np.stack([rows, columns], axis=1) * float(step)
    most = np.array(member.shape) - 1
    for duct in ducts:
        place = np.stack([duct.rows, duct.columns], axis=1)
        pixel = np.clip(place // step, 0, most).astype(int)
        held = member[pixel[:, 0], pixel[:, 1]]
        over = np.maximum(stands[pixel[held, 0], pixel[held, 1]], 1e-9)
        # A section outweighs what has leaked by far: 1e3 decides for the ducts.
        weight = np.concatenate([weight, 1e3 * over * duct.calibre_mm[held] ** 2])
        at = np.concatenate([at, place[held]])
    row, column = np.average(at, axis=0, weights=weight)
    return float(row), float(column)


def _ducts_within(
    ducts: tuple[Duct, ...], member: Bools, step: int
) -> tuple[float, int]:
    """Return the widest calibre of duct in a cloud, and how many tips end in it."""
    widest, tips = 0.0, 0
    most = np.array(member.shape) - 1
    for duct in ducts:
        at = np.clip(np.stack([duct.rows, duct.columns], 1) // step, 0, most).astype(
            int
        )
        held = member[at[:, 0], at[:, 1]]
        if held.any():
            widest = max(widest, float(np.percentile(duct.calibre_mm[held], 90)))
            ends = np.ones(len(held), bool)
            ends[duct.tree.parents[duct.tree.parents >= 0]] = False
            tips += int((held & ends).sum())
    return widest, tips


def _steepness(
    view: View, scene: Scene, field: Field, found: tuple[F4, Bools]
) -> float:
    """Return how steeply contrast falls at the edge, per mm, as a share of its height.

    The median along the outline, ducts left out. A wall gives 1.2, an edge blurred by
    1 mm gives 0.4 (derived, with our own blur).
    """
    stands, member = found
    pixels = view.image.pixels if scene.difference is None else scene.difference
    edge = member & ~_shrunk(member) & ~field.tubes
    rows, columns = np.nonzero(edge)
    if not len(rows):
        return 0.0
    pixel_mm = view.image.grid.pixel_mm
    reach = round(3 * _EDGE_MM / field.mm)
    top, left = max(0, rows.min() - reach), max(0, columns.min() - reach)
    box = np.ascontiguousarray(
        pixels[
            top * field.step : (rows.max() + reach + 1) * field.step,
            left * field.step : (columns.max() + reach + 1) * field.step,
        ]
    )
    smooth = cv2.GaussianBlur(box, (0, 0), _BLUR_MM / pixel_mm)
    slope = np.hypot(*np.gradient(smooth, pixel_mm))
    wide = 2 * round(_EDGE_MM / pixel_mm) + 1
    slope = cv2.dilate(slope.astype(np.float32), np.ones((wide, wide), np.uint8))
    most = np.array(slope.shape) - 1
    row = np.minimum((rows - top) * field.step + field.step // 2, most[0])
    column = np.minimum((columns - left) * field.step + field.step // 2, most[1])
    # Beside a duct the duct's own wall is the steepest.
    clear = field.away_mm[rows, columns] > 2 * _EDGE_MM
    chosen = clear if clear.any() else np.ones(len(rows), bool)
    height = float(np.percentile(stands[member], 90))
    return float(np.median(slope[row, column][chosen])) / max(height, 1e-9)


def _shrunk(member: Bools) -> Bools:
    """Return the pixels of a cloud that lie within it."""
    inner: Bools = cv2.erode(member.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return inner
