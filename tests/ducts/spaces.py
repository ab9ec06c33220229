"""A tree in the breast, and what views of it would trace."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from galactograph.ducts.space_compression import Pressing
from galactograph.ducts.space_frame import Frame
from galactograph.values.arrays import Floats, Ints
from galactograph.values.report import Duct
from galactograph.values.tree import DuctTree

PRESSED = Pressing(half_mm=90, deep_mm=90, thickness_mm=50, flank=1.8)


@dataclass(frozen=True, kw_only=True, eq=False)
class World:
    """A tree in a left breast at rest: left, behind, cranial, (N, 3) mm."""

    points: Floats
    parents: Ints
    calibre_mm: Floats


def frame(angle_deg: float, view: int = 0) -> Frame:
    """Return the frame of a view whose picture shows a direction of the breast."""
    turn = np.radians(angle_deg)
    return Frame(
        view=view,
        base=(1000.0, 1000.0),
        spacing_mm=(0.1, 0.1),
        edge="left",
        axis=(float(np.cos(turn)), float(np.sin(turn))),
        pressing=PRESSED,
        nipple_sigma_mm=1.0,
        beam=(float(-np.sin(turn)), float(np.cos(turn))),
    )


def fan(ends: tuple[tuple[float, float, float], ...], wide: tuple[float, ...]) -> World:
    """Return a trunk of 12 mm that splits into straight branches, 0.4 mm a step."""
    trunk = np.linspace([0, 0, 0], [1, 12, 1], 31)
    points, parents, calibres = list(trunk), list(range(-1, 30)), [2.0] * 31
    for end, calibre in zip(ends, wide, strict=True):
        count = int(np.linalg.norm(np.array(end) - trunk[-1]) / 0.4)
        above = 30
        for share in np.linspace(0, 1, count + 1)[1:]:
            parents.append(above)
            above = len(points)
            points.append(trunk[-1] + share * (np.array(end) - trunk[-1]))
            calibres.append(calibre)
    return World(
        points=np.array(points),
        parents=np.array(parents, np.int32),
        calibre_mm=np.array(calibres),
    )


def traced(world: World, view: Frame, *, noise_mm: float = 0.0) -> Duct:
    """Return what a view traces of a world, beams fanning out as they do."""
    axis, x = np.array(view.axis), world.points
    across, behind = x[:, [0, 2]] @ axis, x[:, 1]
    slant = view.parallax(behind, across, x[:, 0], x[:, 2])
    rows, columns = view.pixel(behind - slant[0], across - slant[1])
    if noise_mm:
        wave = np.arange(len(rows)) * 0.7
        rows = rows + noise_mm / view.spacing_mm[0] * np.sin(wave)
        columns = columns + noise_mm / view.spacing_mm[1] * np.cos(wave)
    n = len(rows)
    return Duct(
        tree=DuctTree(
            points_mm=np.column_stack([columns, rows, np.zeros(n)]) * 0.1,
            parents=world.parents,
            radii_mm=world.calibre_mm / 2,
        ),
        rows=rows,
        columns=columns,
        calibre_mm=world.calibre_mm,
        sigma_mm=np.full(n, 0.05),
        contrast=np.full(n, 0.5),
        opacity_per_mm=np.full(n, 0.5),
        overlap=np.zeros(n, bool),
        rooted=True,
    )


def stiff(view: Frame) -> Frame:
    """Return a frame of a machine that tells nothing of its beam."""
    return replace(view, beam=None)
