"""Machines: which exposures they make, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.values.codes import Laterality
from galactograph.values.geometry import Grid, SpacingKind
from galactograph.values.image import Image
from galactograph.values.procedure import Exposure, Procedure, ViewPosition
from galactograph.values.study import GreyScale, Projection, Role, View

Pixels = NDArray[np.float32]

DOWN = {
    ViewPosition.CC: {Laterality.LEFT: "R", Laterality.RIGHT: "L"},
    ViewPosition.XCCL: {Laterality.LEFT: "R", Laterality.RIGHT: "L"},
    ViewPosition.XCCM: {Laterality.LEFT: "R", Laterality.RIGHT: "L"},
    ViewPosition.MLO: {Laterality.LEFT: "FR", Laterality.RIGHT: "FL"},
    ViewPosition.LMO: {Laterality.LEFT: "FL", Laterality.RIGHT: "FR"},
}
"""Where the columns of an image run, by view and side; towards the feet else."""


def magnification(exposure: Exposure, thickness_mm: float) -> float:
    """Return the magnification of the plane in the middle of the breast."""
    if exposure.magnification > 1:
        return exposure.magnification
    sdd = exposure.source_to_detector_mm
    return sdd / (sdd - exposure.air_gap_mm - thickness_mm / 2)


def object_grid(exposure: Exposure, thickness_mm: float) -> Grid:
    """Return the pixel grid in the plane in the middle of the breast."""
    spacing = exposure.pixel_mm / magnification(exposure, thickness_mm)
    return Grid(
        shape=(exposure.rows, exposure.columns),
        spacing_mm=(spacing, spacing),
        spacing_kind=SpacingKind.MAGNIFICATION_CORRECTED,
    )


def orientation(
    laterality: Laterality | None, position: ViewPosition
) -> tuple[str, str] | None:
    """Return DICOM Patient Orientation: where rows run, where columns run.

    Examples
    --------
    >>> orientation(Laterality.LEFT, ViewPosition.CC)
    ('A', 'R')
    """
    if laterality is None:
        return None
    along = "A" if laterality is Laterality.LEFT else "P"
    return along, DOWN.get(position, {}).get(laterality, "F")


def role(exposure: Exposure) -> Role:
    """Return what an exposure is for."""
    if exposure.magnification > 1:
        return Role.MAGNIFICATION
    return Role.FILLED if exposure.contrast else Role.SCOUT


def source_name(exposure: Exposure, number: int) -> str:
    """Return a file name for a view, such as "1-cc-filled"."""
    return f"{number + 1}-{exposure.position.lower()}-{role(exposure)}"


@dataclass(frozen=True, kw_only=True)
class Radiograph:
    """A full-field digital mammography unit."""

    name: str = "radiograph"

    def plan(self, procedure: Procedure) -> tuple[Exposure, ...]:
        """Return the exposures as ordered: scout and filled CC, filled ML if none."""
        if procedure.exposures:
            return procedure.exposures
        return (
            Exposure(contrast=False),
            Exposure(),
            Exposure(position=ViewPosition.ML),
        )

    def finish(self, shots: tuple[Projection, ...]) -> tuple[View, ...]:
        """Return one view per shot, as natural log attenuation."""
        return tuple(_view(shot, k) for k, shot in enumerate(shots))


RADIOGRAPH = Radiograph()


def attenuation(shot: Projection) -> Pixels:
    """Return -ln(counts / air): 0 in air, larger behind more."""
    counts = np.maximum(shot.counts, np.float32(0.5))
    minus: Pixels = np.log(counts * np.float32(1 / shot.air_counts))
    np.negative(minus, out=minus)
    return minus


def _view(shot: Projection, number: int) -> View:
    """Return the view that a reader gets of one shot."""
    e = shot.exposure
    grid = object_grid(e, shot.thickness_mm)
    what = role(e)
    filled = "with contrast" if e.contrast else "before contrast"
    return View(
        image=Image(pixels=attenuation(shot), grid=grid),
        source=source_name(e, number),
        grey_scale=GreyScale.ATTENUATION,
        laterality=shot.laterality,
        position=e.position.value,
        role=what,
        role_reason="as ordered in the simulation",
        orientation=orientation(shot.laterality, e.position),
        modality="MG",
        description=f"SIMULATED galactogram, {e.position.value} {what}, {filled}",
        magnification=magnification(e, shot.thickness_mm),
        simulated=True,
    )


@dataclass(frozen=True, kw_only=True)
class Tone:
    """How counts become a picture to look at.

    Attributes
    ----------
    smooth_mm
        Scale of peripheral equalisation; assumed.
    equalised
        Share of the thickness difference that is taken out, in [0, 1]; assumed.
    edge
        Strength of edge enhancement; assumed.
    below, above
        Log attenuation shown between black and white, around the breast's level.
    """

    smooth_mm: float = 5.0
    equalised: float = 0.85
    edge: float = 0.6
    below: float = 0.75
    above: float = 0.85


def present(
    counts: Pixels,
    exposure: Exposure,
    *,
    air_counts: float = 16000.0,
    tone: Tone | None = None,
) -> NDArray[np.uint16]:
    """Return the For Presentation picture: 12 bits, MONOCHROME2, air black.

    Thickness is evened out towards the skin, edges are lifted a little, and a soft
    S-curve spends the grey levels on parenchyma, leaving the brightest for contrast.
    """
    tone = tone or Tone()
    image = -np.log(np.maximum(counts, 0.5) / air_counts).astype(np.float32)
    step = max(round(0.7 / exposure.pixel_mm), 1)
    small = cv2.resize(
        image,
        (max(exposure.columns // step, 8), max(exposure.rows // step, 8)),
        interpolation=cv2.INTER_AREA,
    )
    inside = (small > 0.35).astype(np.float32)
    if inside.sum() < 16:
        return np.zeros(image.shape, np.uint16)
    level = float(np.median(small[inside > 0.5]))
    even = _periphery(small, inside, level, tone, exposure.pixel_mm * step)
    size = (exposure.columns, exposure.rows)
    image += cv2.resize(even, size, interpolation=cv2.INTER_LINEAR)
    fine = cv2.GaussianBlur(image, (0, 0), 0.25 / exposure.pixel_mm)
    image += tone.edge * (image - fine)
    x = (image - (level - tone.below)) / (tone.below + tone.above)
    grey = 1 / (1 + np.exp(-5.0 * (np.clip(x, -0.5, 2.5) - 0.55)))
    floor = 1 / (1 + np.exp(5.0 * 0.55))
    grey = np.clip((grey - floor) / (0.985 - floor), 0, 1)
    shown = cv2.resize(cv2.GaussianBlur(inside, (0, 0), 1.0), size)
    grey *= np.clip((shown - 0.25) / 0.25, 0, 1)
    return (grey * 4095).astype(np.uint16)


def _periphery(
    small: Pixels, inside: Pixels, level: float, tone: Tone, pitch_mm: float
) -> Pixels:
    """Return what to add so that the thin edge is as dense as the middle."""
    sigma = tone.smooth_mm / pitch_mm
    ceiling = np.minimum(small, level + 0.3) * inside
    weight = cv2.GaussianBlur(inside, (0, 0), sigma)
    smooth = cv2.GaussianBlur(ceiling, (0, 0), sigma) / np.maximum(weight, 1e-3)
    lack: Pixels = tone.equalised * np.clip(level - smooth, 0, 3) * (weight > 0.02)
    return lack.astype(np.float32)
