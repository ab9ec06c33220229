"""A painted breast with painted ducts, whose every number is known.

A soft half ellipse with a nipple stands for the breast, in natural log attenuation.
Ducts are chords of cylinders along straight pieces, on a lattice three times finer
than the pixels; the fine picture is blurred as a detector blurs it and averaged over
the pixels. Texture with a power-law spectrum and white noise lie over all. Places
are given as (depth, offset) in mm: how far behind the nipple's tip toward the chest
wall, and how far along it; so one drawing serves all four chest-wall edges.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from galactograph.reading import read_view
from galactograph.values.arrays import Floats
from galactograph.values.geometry import Grid, SpacingKind
from galactograph.values.image import Image
from galactograph.values.report import Edge, Reading
from galactograph.values.study import GreyScale, View

F4 = NDArray[np.float32]
F8 = Floats
Place = tuple[float, float]

BLUR_MM = 0.05
"""Of the painted pictures beyond their pixels, standard deviation."""

FINE = 3
"""Sub-pixels along each side of a pixel."""

ROWS_MM, COLUMNS_MM = 90.0, 70.0
"""Size of the picture with the chest wall at the left."""

HALF_MM, DEPTH_MM = 38.0, 57.0
"""Half-width of the breast at the chest wall, and chest wall to areola."""

NIPPLE_MM = (5.5, 6.0)
"""Half-width of the nipple at its base, and its length."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A duct: places from the nipple outward, calibre at both ends, gaps.

    `gaps` are stretches (from, to) in mm along the duct that hold no contrast.
    """

    places: tuple[Place, ...]
    calibre_mm: tuple[float, float]
    gaps: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class World:
    """What is painted; attenuations are natural logs."""

    lines: tuple[Line, ...] = ()
    edge: Edge = "left"
    pixel_mm: float = 0.1
    opacity_per_mm: float = 0.6
    texture: float = 0.02
    noise: float = 0.015
    blur_mm: float = BLUR_MM
    nipple_offset_mm: float = 0.0
    bump_mm: float = NIPPLE_MM[1]
    breast: bool = True
    plates: tuple[tuple[float, float, float, float], ...] = ()
    """Bright rectangles off the breast: (row, column, rows, columns), all in mm, in
    the picture with the chest wall at the left."""
    seed: int = 0


TREE = (
    Line(places=((3, 0), (14, 1)), calibre_mm=(1.2, 1.1)),
    Line(places=((14, 1), (24, -6), (34, -10)), calibre_mm=(0.8, 0.6)),
    Line(places=((14, 1), (24, 7), (32, 10)), calibre_mm=(0.9, 0.7)),
    Line(places=((34, -10), (42, -17)), calibre_mm=(0.5, 0.35)),
    Line(places=((34, -10), (46, -8)), calibre_mm=(0.5, 0.3)),
    Line(places=((32, 10), (43, 8)), calibre_mm=(0.5, 0.3)),
    Line(places=((32, 10), (40, 19)), calibre_mm=(0.5, 0.35)),
)
"""Seven branches in three generations, without crossings: 92 mm of duct."""

BRANCHES = 7


def tip_mm(world: World) -> tuple[float, float]:
    """Return row and column, in mm, of the nipple's tip, chest wall at the left."""
    return ROWS_MM / 2 + world.nipple_offset_mm, DEPTH_MM + world.bump_mm


def shape_of(world: World) -> tuple[int, int]:
    """Return rows and columns of the picture with the chest wall at the left."""
    return round(ROWS_MM / world.pixel_mm), round(COLUMNS_MM / world.pixel_mm)


def turned(picture: F4, edge: Edge) -> F4:
    """Turn a picture with the chest wall at the left so that it lies at `edge`."""
    out = {
        "left": picture,
        "right": picture[:, ::-1],
        "top": picture.T,
        "bottom": picture.T[::-1],
    }[edge]
    return np.ascontiguousarray(out)


def pixels_of(world: World, places: F8) -> F8:
    """Return (row, column) in the stored picture of places (N, 2)."""
    row, column = tip_mm(world)
    rows = (row + places[:, 1]) / world.pixel_mm - 0.5
    columns = (column - places[:, 0]) / world.pixel_mm - 0.5
    across = shape_of(world)[1] - 1 - columns
    return np.stack(
        {
            "left": (rows, columns),
            "right": (rows, across),
            "top": (columns, rows),
            "bottom": (across, rows),
        }[world.edge],
        axis=1,
    )


def centreline(line: Line, step_mm: float = 0.1) -> tuple[F8, F8]:
    """Return places (N, 2) along a duct, gaps included, and its calibre there."""
    corners = np.array(line.places, float)
    reach = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    at = np.linspace(0, reach[-1], max(2, round(reach[-1] / step_mm) + 1))
    places = np.stack([np.interp(at, reach, corners[:, k]) for k in (0, 1)], axis=1)
    return places, np.interp(at, [0, reach[-1]], line.calibre_mm)


def length_mm(lines: tuple[Line, ...]) -> float:
    """Return the length of all ducts."""
    return sum(
        float(np.hypot(*np.diff(np.array(line.places, float), axis=0).T).sum())
        for line in lines
    )


def _piece(
    rows: F8, columns: F8, ends: F8, radii: tuple[float, float]
) -> tuple[tuple[slice, slice], F8]:
    """Return where one straight tapered piece lies, and its chords there in mm."""
    far = max(radii) + 0.1
    low, high = ends.min(axis=0) - far, ends.max(axis=0) + far
    box = (
        slice(*np.searchsorted(rows, [low[0], high[0]])),
        slice(*np.searchsorted(columns, [low[1], high[1]])),
    )
    r, c = rows[box[0]][:, None], columns[box[1]][None]
    way = ends[1] - ends[0]
    along = ((r - ends[0][0]) * way[0] + (c - ends[0][1]) * way[1]) / (way @ way)
    along = np.clip(along, 0, 1)
    square = (r - ends[0][0] - along * way[0]) ** 2
    square = square + (c - ends[0][1] - along * way[1]) ** 2
    radius = radii[0] + along * (radii[1] - radii[0])
    return box, 2 * np.sqrt(np.clip(radius**2 - square, 0, None))


def lumen_mm(world: World) -> F8:
    """Return path length through contrast, sharp, on the fine lattice."""
    size = tuple(FINE * n for n in shape_of(world))
    pitch = world.pixel_mm / FINE
    rows, columns = ((np.arange(n) + 0.5) * pitch for n in size)
    top, right = tip_mm(world)
    total = np.zeros(size, np.float32)
    for line in world.lines:
        places, calibre = centreline(line, 0.5)
        reach = np.linspace(0, length_mm((line,)), len(places))
        spots = np.stack([top + places[:, 1], right - places[:, 0]], axis=1)
        # One duct is the union of its pieces; another over it adds.
        far = calibre.max() / 2 + 0.2
        low = np.searchsorted(rows, spots[:, 0].min() - far)
        near = np.searchsorted(columns, spots[:, 1].min() - far)
        mine = rows[low : np.searchsorted(rows, spots[:, 0].max() + far)]
        beside = columns[near : np.searchsorted(columns, spots[:, 1].max() + far)]
        own = np.zeros((len(mine), len(beside)), np.float32)
        for n in range(len(spots) - 1):
            middle = (reach[n] + reach[n + 1]) / 2
            if any(first < middle < last for first, last in line.gaps):
                continue
            radii = (calibre[n] / 2, calibre[n + 1] / 2)
            box, chords = _piece(mine, beside, spots[n : n + 2], radii)
            own[box] = np.maximum(own[box], chords)
        total[low : low + len(mine), near : near + len(beside)] += own
    return total


def body(world: World) -> F8:
    """Return the attenuation of the breast alone, on the pixels."""
    rows, columns = shape_of(world)
    v = (np.arange(rows) + 0.5)[:, None] * world.pixel_mm - ROWS_MM / 2
    u = (np.arange(columns) + 0.5)[None] * world.pixel_mm
    ball = 1 - (v / HALF_MM) ** 2 - (u / DEPTH_MM) ** 2
    soft = 1.6 * np.clip(ball, 0, 1) ** 0.25
    if world.bump_mm > 0:
        half, _ = NIPPLE_MM
        beside = np.abs(v - world.nipple_offset_mm) / half
        dome = np.sqrt(np.clip(1 - beside**2, 0, 1))
        edge = DEPTH_MM - 3 + (world.bump_mm + 3) * dome
        inside = (u > DEPTH_MM - 8) & (u < edge) & (beside < 1)
        soft = np.where(inside, np.maximum(soft, 0.7), soft)
    return np.asarray(gaussian_filter(soft, 0.3 / world.pixel_mm))


def texture(shape: tuple[int, int], pixel_mm: float, rng: np.random.Generator) -> F8:
    """Return texture of spread 1 with a power spectrum 1/f^3 from 0.5 to 30 mm."""
    down = np.fft.fftfreq(shape[0], pixel_mm)[:, None]
    f = np.hypot(down, np.fft.rfftfreq(shape[1], pixel_mm)[None])
    gain = np.where((f > 1 / 30) & (f < 2), np.maximum(f, 1e-3) ** -1.5, 0)
    spectrum = np.fft.rfft2(rng.standard_normal(shape)) * gain
    field = np.fft.irfft2(spectrum, shape)
    return np.asarray(field / field.std())


def seen_mm(world: World) -> F8:
    """Return path length through contrast, blurred, on the pixels."""
    fine = lumen_mm(world)
    # Far from all ducts there is nothing to blur.
    margin = (5 + round(4 * world.blur_mm / world.pixel_mm)) * FINE
    r, c = (np.flatnonzero(fine.any(axis=1 - k)) for k in (0, 1))
    box = tuple(
        slice(
            max(0, int(at[0]) // FINE * FINE - margin),
            min(size, int(at[-1]) // FINE * FINE + margin),
        )
        for at, size in zip((r, c), fine.shape, strict=True)
    )
    part = gaussian_filter(fine[box], world.blur_mm / world.pixel_mm * FINE)
    rows, columns = (n // FINE for n in part.shape)
    seen = np.zeros(shape_of(world))
    place = tuple(slice(s.start // FINE, s.stop // FINE) for s in box)
    seen[place] = part.reshape(rows, FINE, columns, FINE).mean(axis=(1, 3))
    return seen


def paint(world: World, *, filled: bool = True) -> F4:
    """Return the picture as stored; without contrast if not `filled`."""
    rng = np.random.default_rng(world.seed)
    shape = shape_of(world)
    soft = body(world) if world.breast else np.zeros(shape)
    inside = soft > 0.2
    pattern = texture(shape, world.pixel_mm, rng)
    picture = soft + world.texture * pattern * inside
    if filled and world.lines:
        picture = picture + world.opacity_per_mm * seen_mm(world)
    for top, left, down, right in world.plates:
        corners = (top, left, top + down, left + right)
        first, near, last, far = (round(v / world.pixel_mm) for v in corners)
        picture[first:last, near:far] = 2.5
    # Scout and filled view share the breast, not the quanta.
    quanta = np.random.default_rng([world.seed, int(filled)])
    picture = picture + world.noise * quanta.standard_normal(shape)
    return turned(picture.astype(np.float32), world.edge)


@lru_cache(maxsize=32)
def view_of(
    world: World,
    *,
    filled: bool = True,
    grey_scale: GreyScale = GreyScale.ATTENUATION,
) -> View:
    """Return the painted view."""
    pixels = paint(world, filled=filled)
    grid = Grid(
        shape=pixels.shape,
        spacing_mm=(world.pixel_mm, world.pixel_mm),
        spacing_kind=SpacingKind.DETECTOR,
    )
    return View(
        image=Image(pixels=pixels, grid=grid), source="painted", grey_scale=grey_scale
    )


@lru_cache(maxsize=32)
def reading_of(world: World) -> Reading:
    """Return the reading of the painted view."""
    return read_view(view_of(world))


def tip_px(world: World) -> F8:
    """Return (row, column) of the nipple's tip in the stored picture."""
    return np.asarray(pixels_of(world, np.zeros((1, 2)))[0])


def mirrored(view: View) -> View:
    """Return the view with left and right exchanged."""
    pixels = np.ascontiguousarray(view.image.pixels[:, ::-1])
    return replace(view, image=replace(view.image, pixels=pixels))
