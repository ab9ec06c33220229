"""Small sweeps, and what they see of balls and wires: exact shadows of capsules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from galactograph.kernels.shadows import cast
from galactograph.machines import Tomosynthesis
from galactograph.phantom.anatomy import Anatomy
from galactograph.simulation import simulate
from galactograph.tomo.machines import machine
from galactograph.tomo.operators import Operator, Sweep
from galactograph.values.arrays import Floats
from galactograph.values.codes import Laterality
from galactograph.values.procedure import Exposure, Injection, Procedure, ViewPosition
from galactograph.values.truth import Simulation

Pixels = NDArray[np.float32]
SMALL = replace(machine("ge"), rows=620, columns=380, pixel_mm=0.25, views=7)
LITTLE = Anatomy(lesion="normal", branches=40, depth_mm=55, radius_mm=50, lobes=3)


def sweep(  # noqa: PLR0913  the parameters of a scene
    *,
    views: int = 9,
    arc_deg: float = 25.0,
    rows: int = 320,
    columns: int = 160,
    pixel_mm: float = 0.2,
    pivot_mm: float = 40.0,
    panel_arc_deg: float = 0.0,
) -> Sweep:
    """Return a sweep about the middle row, the chest wall at the first column."""
    angle = np.deg2rad(np.linspace(-0.5, 0.5, views) * arc_deg)
    arm = 650.0 - pivot_mm
    return Sweep(
        sources_mm=np.column_stack(
            [0 * angle, arm * np.sin(angle), pivot_mm + arm * np.cos(angle)]
        ),
        panel_rad=np.deg2rad(np.linspace(-0.5, 0.5, views) * panel_arc_deg),
        corner_mm=(0.0, -rows * pixel_mm / 2),
        pixel_mm=pixel_mm,
        shape=(rows, columns),
    )


def operator(seen: Sweep, slices: int = 20, slice_mm: float = 1.0) -> Operator:
    """Return slices that begin 20 mm above the panel."""
    heights = 20.0 + slice_mm * (np.arange(slices) + 0.5)
    return Operator(sweep=seen, heights_mm=heights, slice_mm=slice_mm)


def shadows(
    seen: Sweep, starts: Floats, ends: Floats, radius_mm: float, per_mm: float = 1.0
) -> Pixels:
    """Return what each view sees of capsules (N, 3) to (N, 3), (P, rows, columns)."""
    out = []
    for source, tilt in zip(seen.sources_mm, seen.panel_rad, strict=True):
        c, s = np.cos(tilt), np.sin(tilt)
        turn = np.array([[1.0, 0, 0], [0, c, s], [0, -s, c]])
        lit: Sequence[Floats] = [np.asarray(p, float) @ turn for p in (starts, ends)]
        found = cast(
            lit[0],
            lit[1],
            np.full((len(lit[0]), 2), radius_mm),
            np.ones(len(lit[0])),
            np.zeros((0, 5)),
            source @ turn,
            seen.frame_mm,
            *seen.shape,
            4,
            0.0,
        )
        out.append(found[0] * np.float32(per_mm))
    return np.array(out, np.float32)


def peak(image: Pixels, reach: int = 4) -> tuple[float, float]:
    """Return (row, column) of the bright spot: centre of mass about the maximum."""
    row, column = np.unravel_index(int(image.argmax()), image.shape)
    top, left = max(int(row) - reach, 0), max(int(column) - reach, 0)
    near = image[top : int(row) + reach + 1, left : int(column) + reach + 1]
    near = np.clip(near - 0.2 * near.max(), 0, None).astype(float)
    rows, columns = np.mgrid[: near.shape[0], : near.shape[1]]
    mass = near.sum()
    return (
        top + float((near * rows).sum() / mass),
        left + float((near * columns).sum() / mass),
    )


@cache
def world(
    side: Laterality = Laterality.LEFT,
    position: ViewPosition = ViewPosition.CC,
    name: str = "ge",
) -> Simulation:
    """Simulate one sweep of a small breast, scout ordered and left out."""
    unit = replace(
        machine(name), rows=SMALL.rows, columns=SMALL.columns, pixel_mm=0.25, views=7
    )
    shot = Exposure(mas=150, position=position)
    return simulate(
        seed=5,
        anatomy=LITTLE,
        procedure=Procedure(
            laterality=side,
            injection=Injection(volume_ml=1.0),
            exposures=(replace(shot, contrast=False), shot),
        ),
        modality=Tomosynthesis(machine=unit),
    )
