"""Lay the parenchyma of a breast out in the slab of one view, as rows of runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galactograph.errors import InvalidValue
from galactograph.kernels import compartments, hulls, runs, sheets
from galactograph.phantom.outline import Compression
from galactograph.values.arrays import Floats, Ints
from galactograph.values.parenchyma import Hull, Parenchyma, Runs
from galactograph.values.truth import Breast

Pixels = NDArray[np.float32]

ROWS_AT_ONCE = 12000
"""Rows carved between two clean-ups: 40 MB of scratch at most."""

RASTER_MM = 0.5
"""Pitch of the thickness maps that go with a slab; assumed."""

SKIN_MM = 1.45
"""source: 1.45 +/- 0.30 mm on breast CT, Huang 2008 (remembered)."""


@dataclass(frozen=True, kw_only=True)
class Lattice:
    """How finely a slab is carved, mm.

    Attributes
    ----------
    row_mm, slice_mm
        Pitch of rows, and of slices. A view from above averages over hundreds of
        slices, so they may be coarser than rows.
    step_mm
        Between samples along a row. Borders between them are interpolated; the
        finest waves of the texture are twice as long.
    node_mm
        Pitch of the smooth fields.
    """

    row_mm: float = 0.22
    slice_mm: float = 0.3
    step_mm: float = 0.32
    node_mm: float = 1.25

    @classmethod
    def of(cls, voxel_mm: float) -> Lattice:
        """Return the lattice of cubic voxels of a given edge, 0.03 to 1 mm."""
        if not 0.03 <= voxel_mm <= 1:
            raise InvalidValue(f"voxel_mm must be in 0.03..1, got {voxel_mm}")
        # Borders between samples are interpolated: smaller steps would show no more.
        return cls(
            row_mm=voxel_mm, slice_mm=voxel_mm, step_mm=float(max(voxel_mm, 0.25))
        )


def hull_of(breast: Breast, map_: Compression) -> Hull:
    """Return the skin line of a breast in one view."""
    return Hull(
        thickness_mm=map_.thickness_mm,
        radius_mm=map_.radius_mm,
        depth_mm=map_.depth_mm,
        flank=map_.flank,
        roundness=map_.roundness,
        skin_mm=SKIN_MM,
        nipple_mm=breast.nipple_mm,
    )


def _fields(
    parenchyma: Parenchyma, map_: Compression, lattice: Lattice
) -> tuple[Floats, Floats]:
    """Return the smooth fields on the slab's lattice, and (y, z) of its first node."""
    node = lattice.node_mm
    xs = np.arange(0, map_.depth_mm + 2 * node, node)
    side = np.ceil(map_.radius_mm / node) * node
    ys = np.arange(-side, side + node / 2, node)
    high = np.ceil(map_.thickness_mm / 2 / node) * node
    heights = np.arange(-high, high + node / 2, node)
    x, y = np.meshgrid(xs, ys)
    middle = map_.relax(x, y, 0.0)
    beam = map_.relax(x, y, 1.0) - middle
    half = map_.height_mm(map_.normalised(x, y))
    fields = compartments.develop(
        middle,
        beam,
        half,
        heights,
        parenchyma.smooth,
        parenchyma.pitch_mm,
        parenchyma.noise_mm,
    )
    return fields, np.array([ys[0], heights[0] + map_.thickness_mm / 2])


def _neighbours(parenchyma: Parenchyma, fields: Floats) -> Floats:
    """Return which compartments may own each cell of the lattice."""
    seeds, bucket = parenchyma.seeds_mm, 12.0
    corner = seeds.min(0) - 1e-3
    at = ((seeds - corner) / bucket).astype(int)
    counts = at.max(0) + 1
    number = (at[:, 2] * counts[1] + at[:, 1]) * counts[0] + at[:, 0]
    order = np.argsort(number, kind="stable")
    first = np.searchsorted(number[order], np.arange(counts.prod() + 1))
    near: Floats = compartments.neighbours(
        fields,
        seeds,
        first.astype(np.int32),
        order.astype(np.int32),
        corner.astype(float),
        bucket,
        counts.astype(np.int64),
    )
    return near


def _muscle(parenchyma: Parenchyma, map_: Compression, y: Floats) -> Floats:
    """Return how far the pectoral muscle reaches at each y: a wedge at the top.

    Only views from the side show it. source: reaches half-way down in an oblique,
    less in a lateral view (assumed).
    """
    if abs(map_.beam[0]) < 0.5:
        return np.zeros(len(y), np.float32)
    wide, reach, bow = parenchyma.muscle
    slanted = abs(map_.beam[1]) > 0.5
    reach, oblique = (reach + 30, 2.2) if slanted else (reach, 1.0)
    down = np.clip((reach - y) / (reach + map_.radius_mm), 0, 1)
    edge: Floats = oblique * wide * down + bow * np.sin(np.pi * down)
    return edge.astype(np.float32)


def lay(
    parenchyma: Parenchyma,
    map_: Compression,
    hull: Hull,
    lattice: Lattice,
    *,
    texture: float = 1.0,
) -> Runs:
    """Carve the tissue of one view into runs, a few slices at a time."""
    fields, corner = _fields(parenchyma, map_, lattice)
    near = _neighbours(parenchyma, fields)
    slices = round(map_.thickness_mm / lattice.slice_mm)
    slice_mm = map_.thickness_mm / slices
    rows = 2 * int(np.ceil(map_.radius_mm / lattice.row_mm))
    top = -0.5 * rows * lattice.row_mm
    beam = (map_.beam[0], 0.0, map_.beam[1])
    numbers = (lattice.row_mm, slice_mm, top, parenchyma.roughness_mm, texture, *beam)
    scene = (
        fields,
        near,
        lattice.node_mm,
        corner,
        parenchyma.seeds_mm,
        parenchyma.plenty_mm,
        parenchyma.noise,
        hull.numbers,
        _muscle(parenchyma, map_, top + (np.arange(rows) + 0.5) * lattice.row_mm),
        np.array(numbers),
    )
    steps = max(round(lattice.node_mm / lattice.step_mm), 1)
    unit = (map_.depth_mm + 2.0) / 65535
    chunk = max(1, ROWS_AT_ONCE // rows)
    parts = [
        _packed(runs.carve(*scene, k, min(chunk, slices - k), rows, steps), unit)
        for k in range(0, slices, chunk)
    ]
    counts, starts, labels = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Runs(
        shape=(slices, rows),
        slice_mm=slice_mm,
        row_mm=lattice.row_mm,
        top_mm=top,
        unit_mm=unit,
        offsets=np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]),
        starts=starts,
        labels=labels,
    )


def _packed(
    carved: tuple[Pixels, NDArray[np.uint8], Ints], unit_mm: float
) -> tuple[Ints, Ints, Ints]:
    """Return how many runs each carved row has, and their starts and labels."""
    ends, kinds, counts = carved
    offsets = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    starts = np.empty(offsets[-1], np.uint16)
    labels = np.empty(offsets[-1], np.uint8)
    runs.pack(ends, kinds, offsets, unit_mm, starts, labels)
    return counts, starts, labels


def flatten(rows: Runs, hull: Hull) -> tuple[tuple[float, float], Pixels]:
    """Return thickness maps: (x, y) of the first pixel, and fat, gland, skin in mm.

    float32, (3, rows, columns), along vertical rays; walls and muscle count as gland.
    """
    far = np.array([0.0, 0.0, 1e7])
    wide = int((hull.depth_mm + hull.nipple_mm[1] + 3) / RASTER_MM)
    tall = 2 * int(np.ceil((hull.radius_mm + 2) / RASTER_MM))
    corner = (0.0, -0.5 * tall * RASTER_MM)
    frame = np.array([*corner, RASTER_MM])
    out = np.zeros((3, tall, wide), np.float32)
    whole = np.array([[0, 0, 0], [1, 0, 0], [0, 0, 1]], np.float32)
    hulls.enclose(hull.numbers, 0.0, whole, far, frame, out)
    tissue = np.array([[0, 0, 0], *[[-1, 1, 0]] * 3], np.float32)
    sheets.project(
        rows.offsets,
        rows.starts,
        rows.labels,
        np.array([rows.slice_mm, rows.row_mm, rows.top_mm, rows.unit_mm, 0.0]),
        *rows.shape,
        tissue,
        far,
        frame,
        out,
    )
    first = (corner[0] + RASTER_MM / 2, corner[1] + RASTER_MM / 2)
    return first, np.maximum(out, 0)
