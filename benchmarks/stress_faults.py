"""What goes wrong with a picture, done to one filled view and its scout.

Pictures hold attenuation (natural logarithm). Blur happens before the panel counts, so
noise of the same strength is added again after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.implants import GRAIN, noise_of
from benchmarks.strong_tissue import layer
from galactograph.values.arrays import Bools, Floats
from galactograph.values.geometry import Grid, SpacingKind
from galactograph.values.image import Image
from galactograph.values.report import Nipple
from galactograph.values.study import GreyScale, View

F4 = NDArray[np.float32]

METAL = 3.0
"""Attenuation of clips and cannulae: next to nothing passes. source: assumed"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shot:
    """A filled view with its scout, and where truth went.

    Attributes
    ----------
    views
        The filled view first; the scout second, if there is one.
    breast : bool, (rows, columns)
    nipple
        (row, column) in the picture as it was made.
    chest_left
        The chest wall is the left edge.
    now_from_made : (2, 3)
        Places (row, column, 1) of the made picture in this one.
    true_mm
        True distance of pixels, whatever the file says.
    """

    views: tuple[View, ...]
    breast: Bools
    nipple: tuple[float, float]
    chest_left: bool
    now_from_made: Floats
    true_mm: float


Fault = Callable[[Shot, np.random.Generator], Shot]


def noise_map(picture: F4, breast: Bools) -> F4:
    """Return the standard deviation of quantum noise at every pixel.

    Photons fall with the exponent of attenuation; the scale is the picture's own grain.
    """
    grain = cv2.filter2D(picture, cv2.CV_32F, GRAIN)[breast]
    spread = 1.4826 * float(np.median(np.abs(grain)))
    middle = float(np.median(picture[breast]))
    # More than e^6 fewer photons than the median is metal: no more noise than that.
    rise = np.clip(picture - middle, -6, 6) / 2
    noise: F4 = (spread * np.exp(rise)).astype(np.float32)
    return noise


def _changed(shot: Shot, change: Callable[[F4], F4]) -> Shot:
    """Return a shot with every picture changed, its grid kept."""
    views = tuple(
        replace(v, image=Image(pixels=change(v.image.pixels), grid=v.image.grid))
        for v in shot.views
    )
    return replace(shot, views=views)


def _noisy(picture: F4, spread: F4, rng: np.random.Generator) -> F4:
    return picture + spread * rng.standard_normal(picture.shape, np.float32)


def dose(shot: Shot, rng: np.random.Generator, *, part: float) -> Shot:
    """Take the picture with a `part` of the photons."""

    def less(picture: F4) -> F4:
        more = np.float32(np.sqrt(1 / part - 1))
        return _noisy(picture, more * noise_map(picture, shot.breast), rng)

    return _changed(shot, less)


def blur(shot: Shot, rng: np.random.Generator, *, sigma_mm: float) -> Shot:
    """Blur all that comes before the panel's noise."""
    width = sigma_mm / shot.true_mm

    def soft(picture: F4) -> F4:
        spread = noise_map(picture, shot.breast)
        return _noisy(cv2.GaussianBlur(picture, (0, 0), width), spread, rng)

    return _changed(shot, soft)


def motion(shot: Shot, rng: np.random.Generator, *, way_mm: float) -> Shot:
    """Let the breast move evenly, aslant, while the filled picture is taken."""
    reach = max(way_mm / shot.true_mm / 2, 0.5)
    half = int(np.ceil(reach)) + 1
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    for share in np.linspace(-reach, reach, 8 * half + 1):
        row, column = half + 0.8 * share, half + 0.6 * share
        top, left = int(np.floor(row)), int(np.floor(column))
        down, right = row - top, column - left
        kernel[top : top + 2, left : left + 2] += np.outer(
            [1 - down, down], [1 - right, right]
        ).astype(np.float32)
    kernel /= kernel.sum()
    first = shot.views[0].image
    spread = noise_map(first.pixels, shot.breast)
    smeared = _noisy(cv2.filter2D(first.pixels, cv2.CV_32F, kernel), spread, rng)
    moved = replace(shot.views[0], image=Image(pixels=smeared, grid=first.grid))
    return replace(shot, views=(moved, *shot.views[1:]))


def dilution(shot: Shot, rng: np.random.Generator, *, part: float) -> Shot:
    """Dilute the contrast to a `part`; needs the scout."""
    filled, scout = (view.image.pixels for view in shot.views[:2])
    mixed = np.float32(part) * filled + np.float32(1 - part) * scout
    # Two pictures mixed have less noise than one: the rest is added.
    left = np.float32(np.sqrt(max(0.0, 1 - part**2 - (1 - part) ** 2)))
    noisy = _noisy(mixed, left * noise_map(filled, shot.breast), rng)
    image = Image(pixels=noisy, grid=shot.views[0].image.grid)
    return replace(shot, views=(replace(shot.views[0], image=image), *shot.views[1:]))


def turned(shot: Shot, rng: np.random.Generator, *, angle_deg: float) -> Shot:
    """Turn the breast on the panel."""
    (rows, columns), mm = shot.breast.shape, shot.true_mm
    xy = cv2.getRotationMatrix2D((columns / 2, rows / 2), angle_deg, 1.0)

    def warp(picture: F4, border: int) -> F4:
        size, how = (columns, rows), cv2.INTER_CUBIC
        warped = cv2.warpAffine(picture, xy, size, flags=how, borderMode=border)
        return np.asarray(warped, np.float32)

    there = warp(np.ones((rows, columns), np.float32), cv2.BORDER_CONSTANT) > 0.99

    def turn(picture: F4) -> F4:
        # What comes in from beyond the edge is tissue without ducts or lines.
        soft = warp(cv2.GaussianBlur(picture, (0, 0), 5 / mm), cv2.BORDER_REPLICATE)
        spread = noise_map(picture, shot.breast)
        beyond = _noisy(soft, np.full_like(spread, float(np.median(spread))), rng)
        return np.where(there, warp(picture, cv2.BORDER_REPLICATE), beyond)

    # OpenCV takes (x, y); places here are (row, column).
    place = np.array([[xy[1, 1], xy[1, 0], xy[1, 2]], [xy[0, 1], xy[0, 0], xy[0, 2]]])
    return replace(_changed(shot, turn), now_from_made=place)


def cropped(shot: Shot, _rng: np.random.Generator, *, behind_mm: float) -> Shot:
    """Leave the nipple and so much of the breast behind it outside the picture."""
    column = round(shot.nipple[1])
    step = round(behind_mm / shot.true_mm)
    kept = (
        slice(0, column - step)
        if shot.chest_left
        else slice(column + step, shot.breast.shape[1])
    )
    views = []
    for view in shot.views:
        pixels = np.ascontiguousarray(view.image.pixels[:, kept])
        grid = replace(view.image.grid, shape=pixels.shape)
        views.append(replace(view, image=Image(pixels=pixels, grid=grid)))
    moved = np.array([[1.0, 0, 0], [0, 1.0, -kept.start]])
    return replace(shot, views=tuple(views), now_from_made=moved)


def spacing(shot: Shot, _rng: np.random.Generator, *, factor: float | None) -> Shot:
    """Say a wrong spacing, or none."""

    def told(grid: Grid) -> Grid:
        if factor is None:
            return replace(grid, spacing_kind=SpacingKind.NONE, spacing_mm=(0.08, 0.08))
        down, right = grid.spacing_mm
        return replace(grid, spacing_mm=(factor * down, factor * right))

    views = tuple(
        replace(v, image=Image(pixels=v.image.pixels, grid=told(v.image.grid)))
        for v in shot.views
    )
    return replace(shot, views=views)


def eight_bits(shot: Shot, _rng: np.random.Generator, *, quality: int | None) -> Shot:
    """Store as a picture of 256 greys, by JPEG of a quality if one is given."""
    inside = shot.views[0].image.pixels[shot.breast]
    black = float(shot.views[0].image.pixels.min())
    white = float(np.quantile(inside, 0.9995))

    def stored(picture: F4) -> F4:
        grey = np.clip(255 * (picture - black) / (white - black), 0, 255)
        bytes_ = np.rint(grey).astype(np.uint8)
        if quality is not None:
            wanted = [cv2.IMWRITE_JPEG_QUALITY, quality]
            _, coded = cv2.imencode(".jpg", bytes_, wanted)
            bytes_ = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
        kept: F4 = bytes_.astype(np.float32)
        return kept

    changed = _changed(shot, stored)
    shown = tuple(replace(v, grey_scale=GreyScale.DISPLAY) for v in changed.views)
    return replace(changed, views=shown)


def foreign(shot: Shot, _rng: np.random.Generator, *, kind: str) -> Shot:
    """Lay metal into the beam: a clip, a wire, a marker's letters, the cannula."""
    shape, mm = shot.breast.shape, shot.true_mm
    metal = np.zeros(shape, np.float32)
    row, column = shot.nipple
    inward = -1 if shot.chest_left else 1

    def at(depth_mm: float, aside_mm: float) -> tuple[int, int]:
        return (round(column + inward * depth_mm / mm), round(row + aside_mm / mm))

    def line(points: list[tuple[int, int]], wide_mm: float) -> None:
        shape_ = np.array(points, np.int32).reshape(-1, 1, 2)
        cv2.polylines(metal, [shape_], False, METAL, max(1, round(wide_mm / mm)))

    if kind == "clip":
        line([at(25, 6), at(28, 7)], 0.8)
    elif kind == "wire":
        line([at(s, 7 + 2 * np.sin(s / 12)) for s in range(4, 60)], 0.5)
    elif kind == "marker":
        # In the air beside the breast, as markers lie.
        top = (max(4, round(4 / mm)), round(shape[0] * 0.04) + round(8 / mm))
        left = top[0] if not shot.chest_left else shape[1] - round(24 / mm)
        letters = np.zeros(shape, np.uint8)
        cv2.putText(letters, "LCC", (left, top[1]), 0, 0.25 / mm, 255, 2)
        metal += letters * np.float32(METAL / 255)
    else:
        line([at(-12, 0), at(14, 1)], 0.45)
    soft = cv2.GaussianBlur(metal, (0, 0), max(0.05 / mm, 0.3))
    changed = _changed(shot, lambda picture: picture + soft)
    # The scout is taken before the cannula.
    kept = (changed.views[0], *shot.views[1:]) if kind == "cannula" else changed.views
    return replace(changed, views=kept)


def tissue(shot: Shot, rng: np.random.Generator, *, times: float) -> Shot:
    """Lay grain and strands over the breast, so many times as strong as the noise."""
    noise = noise_of(shot.views[0].image.pixels, shot.breast, shot.true_mm)
    nipple = Nipple(row=shot.nipple[0], column=shot.nipple[1], confidence=1.0)
    more = layer(shot.breast, nipple, times * noise, shot.true_mm, rng)
    return _changed(shot, lambda picture: np.asarray(picture + more, np.float32))


def nothing(shot: Shot, _rng: np.random.Generator) -> Shot:
    """Leave it as it is."""
    return shot


FAULTS: dict[str, dict[str, Fault]] = {
    "as it is": {"": nothing},
    "dose": {f"1/{n}": partial(dose, part=1 / n) for n in (2, 4, 8)},
    "blur, mm": {f"{mm}": partial(blur, sigma_mm=mm) for mm in (0.1, 0.2, 0.4)},
    "contrast diluted": {f"1/{n}": partial(dilution, part=1 / n) for n in (2, 4, 8)},
    "motion, mm": {f"{mm}": partial(motion, way_mm=mm) for mm in (0.2, 0.5, 1.0)},
    "tissue, times the noise": {f"{n}": partial(tissue, times=n) for n in (10, 20, 40)},
    "turned, degrees": {f"{d}": partial(turned, angle_deg=d) for d in (5, 15, 30)},
    "nipple cut off, mm": {f"{d}": partial(cropped, behind_mm=d) for d in (1, 10, 20)},
    "foreign object": {
        kind: partial(foreign, kind=kind)
        for kind in ("clip", "wire", "marker", "cannula")
    },
    "spacing": {
        "x 1.5": partial(spacing, factor=1.5),
        "x 0.67": partial(spacing, factor=0.67),
        "missing": partial(spacing, factor=None),
    },
    "8 bits": {
        "lossless": partial(eight_bits, quality=None),
        **{f"JPEG {q}": partial(eight_bits, quality=q) for q in (90, 60, 30)},
    },
}
"""By kind, levels from slight to grave (objects: no order)."""

GRADED = (
    *("dose", "blur, mm", "contrast diluted", "motion, mm"),
    "tissue, times the noise",
)
"""Kinds whose levels take away what a reader needs: its confidence must follow."""
