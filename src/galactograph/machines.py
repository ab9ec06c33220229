"""Tomosynthesis as a modality: sweeps of exposures, and the stacks made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from galactograph.modalities import attenuation, orientation, role, source_name, sweeps
from galactograph.tomo import fbp
from galactograph.tomo.machines import Machine, machine
from galactograph.tomo.operators import Operator, Sweep, upright
from galactograph.tomo.support import IN_BREAST, carve, support
from galactograph.tomo.synthesis import IN_TISSUE_PER_MM
from galactograph.values.codes import Laterality
from galactograph.values.geometry import Grid
from galactograph.values.image import Image
from galactograph.values.procedure import Exposure, Procedure, ViewPosition
from galactograph.values.study import GreyScale, Projection, View

Pixels = NDArray[np.float32]
Reconstruction = Callable[[Pixels, Operator], Pixels]

FULL_PER_MM = 0.25
"""Attenuation per mm of the largest stored value; fat has 0.05, a filled duct of 1 mm
in one slice 0.1 to 0.2; derived."""

FILTERED = "filtered back-projection"
"""How a view says that it was reconstructed, if it was by that."""

_MARGIN_MM = 4.0
"""Air kept around the breast; assumed."""


def by_fbp(projections: Pixels, operator: Operator) -> Pixels:
    """Reconstruct by filtered back-projection; attenuation is not negative."""
    return fbp.reconstruct(projections, operator, settings=fbp.Settings(least=0.0))


@dataclass(frozen=True, kw_only=True)
class Tomosynthesis:
    """A tomosynthesis unit: one sweep for each filled view that is ordered.

    Attributes
    ----------
    machine
        Arc, panel and beam.
    slice_mm
        Distance between slices; 1 mm is what all units show (remembered).
    reconstruction
        How slices are made of projections.
    """

    machine: Machine = field(default_factory=lambda: machine("ge"))
    slice_mm: float = 1.0
    reconstruction: Reconstruction = by_fbp

    @property
    def name(self) -> str:
        """Such as "tomosynthesis-ge"."""
        return f"tomosynthesis-{self.machine.name}"

    def plan(self, procedure: Procedure) -> tuple[Exposure, ...]:
        """Return a sweep for every ordered view with contrast.

        A scout is left out, as contrast shows what is duct; unless nothing but
        scouts is ordered. CC and ML are swept if nothing is ordered.
        """
        ordered = procedure.exposures or (
            Exposure(),
            Exposure(position=ViewPosition.ML),
        )
        filled = tuple(shot for shot in ordered if shot.contrast) or ordered
        return tuple(e for shot in filled for e in self.machine.sweep(shot))

    def finish(self, shots: tuple[Projection, ...]) -> tuple[View, ...]:
        """Return one view per sweep: its slices, and their maximum to read on."""
        parts = sweeps([shot.exposure for shot in shots])
        return tuple(
            self._view(shots[part], number) for number, part in enumerate(parts)
        )

    def _view(self, shots: tuple[Projection, ...], number: int) -> View:
        middle = shots[len(shots) // 2]
        e, what = middle.exposure, role(middle.exposure)
        slices = self.slices(shots)
        shown = shades(slices)
        filled = "with contrast" if e.contrast else "before contrast"
        best = shown.max(axis=0)
        low, high = window(shown)
        grid = slices.grid
        return View(
            image=Image(
                pixels=best.astype(np.float32) * np.float32(1 / 4095),
                grid=Grid(
                    shape=grid.shape[1:],
                    spacing_mm=grid.spacing_mm,
                    spacing_kind=grid.spacing_kind,
                    slice_mm=grid.slice_mm,
                ),
            ),
            source=source_name(e, number),
            grey_scale=GreyScale.DISPLAY,
            laterality=middle.laterality,
            position=e.position.value,
            role=what,
            role_reason="as ordered in the simulation",
            orientation=orientation(middle.laterality, e.position),
            modality="MG",
            description=f"SIMULATED tomosynthesis galactogram, {e.position.value} "
            f"{what}, {filled}",
            frames=grid.shape[0],
            depth=shown.argmax(axis=0).astype(np.uint16),
            slices=slices,
            simulated=True,
            window=(low / 4095, high / 4095),
            thickness_mm=middle.thickness_mm,
            notes=(
                f"The largest value of {grid.shape[0]} slices at each pixel.",
                self._note(len(shots)),
            ),
        )

    def _note(self, views: int) -> str:
        """Say what the stack was made of."""
        arc = self.machine.arc_deg
        how = FILTERED if self.reconstruction is by_fbp else "iterative reconstruction"
        return f"{self.machine.title}: {views} projections over {arc:g} degrees, {how}."

    def slices(self, shots: tuple[Projection, ...]) -> Image:
        """Reconstruct one sweep: attenuation per mm, (K, rows, columns).

        Only the part of the panel is used that the breast is seen on. The grid is in
        the frame of the panel, as for a left breast; pixels of a right one are
        mirrored.
        """
        first = shots[0]
        right = first.laterality is Laterality.RIGHT
        seen = np.stack([attenuation(shot) for shot in shots])
        if right:
            seen = seen[:, :, ::-1]
        swept = Sweep.of([shot.exposure for shot in shots], first.corner_mm)
        rows, columns = breast_part(seen, swept.pixel_mm)
        cut = np.ascontiguousarray(seen[:, rows, columns])
        del seen
        straight, flat = upright(cut, swept.cropped(rows, columns))
        count = max(round(first.thickness_mm / self.slice_mm), 1)
        heights = first.exposure.air_gap_mm + self.slice_mm * (np.arange(count) + 0.5)
        operator = Operator(sweep=flat, heights_mm=heights, slice_mm=self.slice_mm)
        volume = self.reconstruction(straight, operator)
        carve(volume, support(straight, operator))
        if right:
            volume = np.ascontiguousarray(volume[:, :, ::-1])
        return Image(pixels=volume, grid=operator.grid)


TOMOSYNTHESIS = Tomosynthesis()
FUJI = Tomosynthesis(machine=machine("fuji"))
HOLOGIC = Tomosynthesis(machine=machine("hologic"))
IMS = Tomosynthesis(machine=machine("ims"))
PLANMED = Tomosynthesis(machine=machine("planmed"))
SIEMENS = Tomosynthesis(machine=machine("siemens"))


def breast_part(seen: Pixels, pixel_mm: float) -> tuple[slice, slice]:
    """Return the rows and columns on which any projection shows the breast.

    Parameters
    ----------
    seen : float32, (P, rows, columns)
        Log attenuation, the chest wall at column 0.
    pixel_mm
        Pitch.
    """
    inside = seen[:, ::4, ::4].max(axis=0) > IN_BREAST
    margin = round(_MARGIN_MM / pixel_mm)
    found = []
    for axis, length in ((1, seen.shape[1]), (0, seen.shape[2])):
        # A line of breast, not a lonely noisy pixel.
        lines = np.flatnonzero(inside.sum(axis=axis) > 2) * 4
        if len(lines) == 0:
            return slice(0, seen.shape[1]), slice(0, seen.shape[2])
        found.append(
            slice(
                max(int(lines[0]) - margin, 0),
                min(int(lines[-1]) + margin, length),
            )
        )
    return found[0], slice(0, found[1].stop)


def shades(slices: Image) -> NDArray[np.uint16]:
    """Return slices as 12 bits, linear in attenuation per mm: 0 is none."""
    shown: NDArray[np.uint16] = np.empty(slices.pixels.shape, np.uint16)
    # Slice by slice: a stack is large, and needs no second one of floats.
    for k, pixels in enumerate(slices.pixels):
        shown[k] = np.clip(np.rint(pixels * (4095 / FULL_PER_MM)), 0, 4095)
    return shown


def window(shown: NDArray[np.uint16]) -> tuple[int, int]:
    """Return the stored values to show as black and as white.

    Fat of the middle slice is dark grey; all but the brightest of a duct is not yet
    white. Shares of the pixels inside the breast; assumed.
    """
    middle = shown[len(shown) // 2]
    inside = middle > IN_TISSUE_PER_MM / FULL_PER_MM * 4095
    if not inside.any():
        return 0, 4095
    low = float(np.percentile(middle[inside], 1))
    high = float(np.percentile(shown.max(axis=0)[inside], 99.7))
    return round(0.8 * low), max(round(high), round(low) + 1)
