"""How much of what lies on the way to each pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from galactograph.kernels.shadows import cast
from galactograph.values.arrays import Floats, Ints
from galactograph.values.geometry import Grid
from galactograph.values.truth import Balls, Clouds, Filling, Slab, Strands
from galactograph.xray.panel import Panel

Pixels = NDArray[np.float32]

FAR_MM = 1e7
"""Source distance that makes a beam parallel."""

SUB_RAYS = 2
"""Rays along each side of a pixel; source: 2 x 2 errs by 0.9 % of the path (design,
measured)."""

SPECK_RAYS = 4
"""The same for calcifications, which are as small as a pixel; assumed."""

_NO_BALLS = np.zeros((0, 5))


def lumen_thickness(
    points_mm: Floats,
    parents: Ints,
    radii_mm: Floats,
    grid: Grid,
    *,
    balls_mm: Floats | None = None,
    sub: int = SUB_RAYS,
) -> Pixels:
    """Return the thickness of lumen over each pixel of a plain picture, mm.

    A parallel beam along z; for planting a simulated tree in a real image.

    Parameters
    ----------
    points_mm
        (N, 3) x along columns, y along rows, z in depth; the centre of pixel
        (0, 0) is the grid's origin.
    parents
        (N,) index of the parent; -1 where a line starts.
    radii_mm
        (N,)
    grid
        Rows, columns and spacing; square pixels.
    balls_mm
        (K, 4) x, y, z, radius of bodies that hold no contrast.
    sub
        Rays along each side of a pixel.

    Returns
    -------
    float32, (rows, columns)
    """
    points = np.array(points_mm, float)
    points[:, :2] -= np.array(grid.origin_mm[:2]) - grid.pixel_mm / 2
    points[:, 2] -= points[:, 2].min()
    inner = np.flatnonzero(np.asarray(parents) >= 0)
    up = np.asarray(parents)[inner]
    balls = _NO_BALLS
    if balls_mm is not None:
        balls = np.column_stack([balls_mm, np.zeros(len(balls_mm))]).astype(float)
        balls[:, :2] -= np.array(grid.origin_mm[:2]) - grid.pixel_mm / 2
        balls[:, 2] -= np.asarray(points_mm)[:, 2].min()
    rows, columns = grid.shape[-2:]
    x, y = columns * grid.pixel_mm / 2, rows * grid.pixel_mm / 2
    found = cast(
        points[up],
        points[inner],
        np.column_stack([np.asarray(radii_mm)[up], np.asarray(radii_mm)[inner]]),
        np.ones(len(inner)),
        balls,
        np.array([x, y, FAR_MM]),
        np.array([0.0, 0.0, grid.pixel_mm]),
        rows,
        columns,
        sub,
        0.0,
    )
    thickness: Pixels = found[0]
    return thickness


def contrast_paths(
    slab: Slab, filling: Filling, panel: Panel, opacity: float
) -> tuple[Pixels, Pixels, Pixels]:
    """Return lumen mm, iodine mm mg/mL (effective in each pixel), and air mm.

    `opacity` is the attenuation per mm and mg/mL by which rays are averaged.
    """
    tree = slab.tree
    inner = np.flatnonzero(filling.iodine_mg_ml[1:] > 0) + 1
    up = tree.parents[inner]
    points = panel.lift(tree.points_mm)
    bodies = slab.bodies
    centres = points[bodies.nodes] + bodies.offsets_mm
    balls = np.column_stack([centres, bodies.radii_mm, bodies.air.astype(float)])
    found = cast(
        points[up],
        points[inner],
        np.column_stack([tree.radii_mm[up], tree.radii_mm[inner]]),
        filling.iodine_mg_ml[inner],
        balls,
        panel.source_mm,
        panel.frame_mm,
        panel.exposure.rows,
        panel.exposure.columns,
        SUB_RAYS,
        opacity,
    )
    return found[0], found[1], found[2]


def strand_path(strands: Strands, panel: Panel) -> Pixels:
    """Return how much of each ray lies in fibrous strands, mm."""
    inner = np.flatnonzero(strands.parents >= 0)
    up = strands.parents[inner]
    points = panel.lift(strands.points_mm)
    found = cast(
        points[up],
        points[inner],
        np.column_stack([strands.radii_mm[up], strands.radii_mm[inner]]),
        strands.sheet[inner],
        _NO_BALLS,
        panel.source_mm,
        panel.frame_mm,
        panel.exposure.rows,
        panel.exposure.columns,
        1,
        0.0,
    )
    path: Pixels = found[1]
    return path


def speck_path(specks: Balls, panel: Panel) -> Pixels:
    """Return how much of each ray lies in calcifications, mm."""
    centres = panel.lift(specks.centres_mm)
    found = cast(
        centres,
        centres,
        np.column_stack([specks.radii_mm, specks.radii_mm]),
        np.ones(len(centres)),
        _NO_BALLS,
        panel.source_mm,
        panel.frame_mm,
        panel.exposure.rows,
        panel.exposure.columns,
        SPECK_RAYS,
        0.0,
    )
    path: Pixels = found[0]
    return path


def cloud_path(clouds: Clouds, panel: Panel) -> Pixels:
    """Return the iodine of leaked contrast along each ray, mm mg/mL."""
    e = panel.exposure
    path = np.zeros((e.rows, e.columns), np.float32)
    p = panel.lift(clouds.centres_mm)
    x0, y0 = panel.corner_mm
    source = panel.source_mm
    for (x, y, z), sigma, mass in zip(
        p, clouds.sigmas_mm, clouds.iodine_mg, strict=True
    ):
        m = source[2] / (source[2] - z)
        wide = sigma * m / e.pixel_mm
        row = (source[1] + (y - source[1]) * m - y0) / e.pixel_mm
        column = (source[0] + (x - source[0]) * m - x0) / e.pixel_mm
        reach = int(4 * wide) + 1
        rows = slice(max(int(row) - reach, 0), max(int(row) + reach, 0))
        columns = slice(max(int(column) - reach, 0), max(int(column) + reach, 0))
        r = np.arange(e.rows)[rows] + 0.5 - row
        c = np.arange(e.columns)[columns] + 0.5 - column
        bell = np.exp(-0.5 * (r[:, None] ** 2 + c[None] ** 2) / wide**2)
        # 1 mg per mm^2 is 1000 mm mg/mL.
        path[rows, columns] += 1000 * mass / (2 * np.pi * sigma**2) * bell
    return path


def spread(slab: Slab, raster: Pixels, panel: Panel) -> Pixels:
    """Sample a tissue raster on the panel, by rays through its middle plane.

    Oblique rays see more tissue: thickness is divided by the cosine.
    """
    e = panel.exposure
    source = panel.source_mm
    middle = panel.middle_mm * panel.up
    shrink = 1 - middle[2] / source[2]
    # Raster index of pixel (row, column): an affine of scale and shift only.
    scale = e.pixel_mm * shrink / slab.pitch_mm
    # Where the ray of the panel's origin meets that plane; 0 for an upright tube.
    aside = source[:2] * (1 - shrink) - middle[:2]
    first = [
        (
            (panel.corner_mm[1] + 0.5 * e.pixel_mm) * shrink
            + aside[1]
            - slab.corner_mm[1]
        )
        / slab.pitch_mm,
        (
            (panel.corner_mm[0] + 0.5 * e.pixel_mm) * shrink
            + aside[0]
            - slab.corner_mm[0]
        )
        / slab.pitch_mm,
    ]
    sampled = ndimage.affine_transform(
        raster, [scale, scale], first, (e.rows, e.columns), order=1, prefilter=False
    )
    return np.asarray(sampled, np.float32)


def obliquity(panel: Panel) -> Pixels:
    """Return 1 / cosine of each ray to the normal of the compressed breast."""
    e = panel.exposure
    source, up = panel.source_mm, panel.up
    x = panel.corner_mm[0] + e.pixel_mm * (np.arange(e.columns) + 0.5) - source[0]
    y = panel.corner_mm[1] + e.pixel_mm * (np.arange(e.rows) + 0.5) - source[1]
    rise = source[2] * up[2] - y * up[1]
    square = (x[None] ** 2 + y[:, None] ** 2 + source[2] ** 2) / rise[:, None] ** 2
    slant: Pixels = np.sqrt(square).astype(np.float32)
    return slant


def travel_px(panel: Panel) -> float:
    """Return how far the middle of the breast moves over the panel in one shot."""
    e = panel.exposure
    arm = e.source_to_detector_mm - e.pivot_mm
    moved = arm * np.deg2rad(abs(e.travel_deg)) * (panel.magnification - 1)
    return float(moved / e.pixel_mm)


def smeared(image: Pixels, panel: Panel) -> Pixels:
    """Blur along the rows' axis by the travel of the tube while it exposes.

    The blur of the plane in the middle of the breast is taken for all of it.
    """
    wide = travel_px(panel)
    if wide <= 0:
        return image
    variance = wide**2 / 12
    # The flattest kernel of 2 r + 1 pixels with that variance: equal but for its ends.
    r = 1
    while r * (r + 1) / 3 < variance:
        r += 1
    within = (r - 1) * r * (2 * r - 1) / 3
    level = (r**2 - variance) / (r**2 * (2 * r - 1) - within)
    box = np.full(2 * r + 1, level)
    box[[0, -1]] = (1 - (2 * r - 1) * level) / 2
    blurred: Pixels = ndimage.correlate1d(
        image, box, axis=0, mode="nearest", output=np.float32
    )
    return blurred
