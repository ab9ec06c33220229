"""Machines: which exposures they make, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

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


def sweeps(exposures: Sequence[Exposure]) -> tuple[slice, ...]:
    """Return which runs of exposures make one view together.

    A sweep of tomosynthesis is a run of one view, before or after contrast, in which
    the tube's angle grows; every other exposure stands alone.
    """
    if not exposures:
        return ()
    starts = [0]
    for k, (before, e) in enumerate(pairwise(exposures), start=1):
        same = (e.position, e.contrast) == (before.position, before.contrast)
        if not same or e.angle_deg <= before.angle_deg:
            starts.append(k)
    return tuple(slice(a, b) for a, b in pairwise([*starts, len(exposures)]))


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
        thickness_mm=shot.thickness_mm,
    )


@dataclass(frozen=True, kw_only=True)
class Tone:
    """How counts become a picture to look at.

    Attributes
    ----------
    equalised
        Share of the thickness that is evened out towards the skin, in [0, 1];
        assumed.
    edge
        Strength of edge enhancement; assumed.
    below, above
        Log attenuation between black and white, about the level of fat; assumed.
    gamma
        Power of the tone curve; assumed.
    """

    equalised: float = 1.0
    edge: float = 0.5
    below: float = 0.32
    above: float = 0.95
    gamma: float = 1.15


def present(
    counts: Pixels,
    exposure: Exposure,
    *,
    air_counts: float = 16000.0,
    tone: Tone | None = None,
) -> NDArray[np.uint16]:
    """Return the For Presentation picture: 12 bits, MONOCHROME2, air black.

    Thickness is evened out towards the skin, edges are lifted a little, and a
    shoulder spends the grey levels on parenchyma, leaving the brightest for contrast.
    """
    tone = tone or Tone()
    image = -np.log(np.maximum(counts, 0.5) / air_counts).astype(np.float32)
    step = max(round(0.5 / exposure.pixel_mm), 1)
    small = cv2.resize(
        image,
        (max(exposure.columns // step, 8), max(exposure.rows // step, 8)),
        interpolation=cv2.INTER_AREA,
    )
    inside = (small > 0.15).astype(np.uint8)
    if inside.sum() < 16:
        return np.zeros(image.shape, np.uint16)
    fat, lack = _periphery(small, inside, exposure.pixel_mm * step)
    size = (exposure.columns, exposure.rows)
    shown = cv2.GaussianBlur(image, (0, 0), 0.12 / exposure.pixel_mm)
    shown = np.clip((shown - 0.06) / 0.2, 0, 1)
    image += tone.equalised * cv2.resize(lack, size, interpolation=cv2.INTER_LINEAR)
    fine = cv2.GaussianBlur(image, (0, 0), 0.3 / exposure.pixel_mm)
    image += tone.edge * (image - fine)
    x = np.clip((image - fat + tone.below) / (tone.below + tone.above), 0, None)
    # Linear below, then a shoulder that never quite reaches white.
    grey = np.where(x < 0.7, x, 0.7 + 0.3 * (1 - np.exp(-(x - 0.7) / 0.3)))
    grey = grey**tone.gamma * shown
    shades: NDArray[np.uint16] = np.clip(grey * 4095, 0, 4095).astype(np.uint16)
    return shades


def _periphery(
    small: Pixels, inside: NDArray[np.uint8], pitch_mm: float
) -> tuple[float, Pixels]:
    """Return the level of fat, and what to add near the skin to reach it.

    Fat is the tenth least attenuating of the pixels at a given distance from air.
    """
    # Without the nipple, whose thickness has nothing to do with its distance to air.
    size = 2 * int(14 / pitch_mm) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    wide = cv2.copyMakeBorder(inside, size, size, size, size, cv2.BORDER_REPLICATE)
    round_ = cv2.morphologyEx(wide, cv2.MORPH_OPEN, disc)[size:-size, size:-size]
    framed = cv2.copyMakeBorder(round_, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    away = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1] * pitch_mm
    bins = np.arange(0, max(float(away.max()), 1) + 1, 0.5)
    number = np.digitize(away, bins)
    levels = np.array(
        [
            np.percentile(small[number == k], 10) if (number == k).sum() > 8 else np.nan
            for k in range(2, len(bins))
        ]
    )
    known = np.isfinite(levels)
    centres = bins[1:-1][known] + 0.25
    levels = levels[known]
    if len(levels) == 0:
        return float(np.median(small[inside > 0])), np.zeros_like(small)
    fat = float(np.median(levels[len(levels) // 4 :]))
    levels = np.minimum(np.maximum.accumulate(levels), fat)
    profile = np.interp(away, centres, levels)
    smooth = cv2.GaussianBlur(profile.astype(np.float32), (0, 0), 0.8 / pitch_mm)
    peg = np.clip(inside.astype(np.float32) - round_, 0, 1)
    # Where the picture cuts the skin line there is a corner, but no nipple.
    peg[:size] = peg[-size:] = 0
    about = cv2.dilate(peg, np.ones((int(9 / pitch_mm), int(9 / pitch_mm)), np.uint8))
    soft = cv2.GaussianBlur(about, (0, 0), 1.5 / pitch_mm)
    weight = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 2.0 / pitch_mm)
    local = cv2.GaussianBlur(small * inside, (0, 0), 2.0 / pitch_mm) / (weight + 1e-3)
    lack: Pixels = (fat - smooth) * (1 - soft) + (fat + 0.15 - local) * soft
    return fat, np.maximum(lack, 0).astype(np.float32)
