"""From what passed the breast to counts: scatter, blur, noise, gain."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import signal

from galactograph.values.procedure import Exposure
from galactograph.xray.panel import Panel

Pixels = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The panel and the grid.

    Attributes
    ----------
    primary_passed, scatter_passed
        Of a linear 5:1 grid; remembered.
    focal_spot_mm
        Edge of the focal spot; 0.3 contact, 0.1 magnification; found.
    blur_per_mm
        Frequency where the material's transfer falls to 1/e; gives 0.40 at
        7.14/mm with the pixel's own aperture, Hoheisel 2004 (found).
    air_counts
        Counts without a breast; the panel is linear, 14 bits; assumed.
    read_photons
        Electronic noise as photons; below one in MC-GPU's panel, plus margin.
    swank
        Information left by the spread of charge per photon; MC-GPU (found).
    """

    primary_passed: float = 0.72
    scatter_passed: float = 0.15
    focal_spot_mm: float = 0.3
    fine_spot_mm: float = 0.1
    blur_per_mm: float = 10.4
    air_counts: float = 16000.0
    read_photons: float = 2.0
    swank: float = 0.99


# Pencil scatter kernel at 5 cm, W/Rh 28 kV: amplitude per mm^2 and length in mm.
# source: our Monte Carlo (design, measured).
_KERNEL = ((5.8e-4, 6.2), (2.6e-4, 16.6))
# Scatter to primary at the centre by thickness, mm; the same Monte Carlo.
_SPR_MM = (0.0, 30.0, 50.0, 60.0, 70.0, 110.0)
_SPR = (0.0, 0.37, 0.56, 0.66, 0.72, 0.95)
_COARSE_MM = 2.0


def scatter(primary: Pixels, thickness_mm: float, panel: Panel) -> Pixels:
    """Return scatter on the panel relative to air, without a grid.

    The primary inside the breast is convolved with a kernel that grows with
    thickness and widens with the air gap. Air itself scatters nothing.
    """
    e = panel.exposure
    step = max(round(_COARSE_MM / e.pixel_mm), 1)
    shape = (-(-e.columns // step), -(-e.rows // step))
    small = cv2.resize(primary, shape, interpolation=cv2.INTER_AREA)
    inside = small * (small < 0.97)
    pitch = step * e.pixel_mm
    gap = (panel.under_mm + thickness_mm / 2) / (17 + thickness_mm / 2)
    reach = int(np.ceil(60 * gap / pitch))
    axis = np.arange(-reach, reach + 1) * pitch
    r = np.hypot(axis[:, None], axis[None])
    kernel = sum(a / gap**2 * np.exp(-r / (length * gap)) for a, length in _KERNEL)
    kernel = np.asarray(kernel) * pitch**2
    kernel *= float(np.interp(thickness_mm, _SPR_MM, _SPR)) / 0.56
    # Beyond the chest wall the body goes on: mirror it there.
    left = min(reach, inside.shape[1])
    wide = np.concatenate([inside[:, :left][:, ::-1], inside], axis=1)
    spread = signal.fftconvolve(wide, kernel, mode="same")[:, left:]
    smooth = cv2.resize(
        spread.astype(np.float32), (e.columns, e.rows), interpolation=cv2.INTER_LINEAR
    )
    veil: Pixels = np.maximum(smooth, 0)
    return veil


def blur(image: Pixels, panel: Panel, settings: Settings) -> Pixels:
    """Blur by the focal spot and the panel's material.

    The pixel's aperture is in the projection already.
    """
    e = panel.exposure
    fine = panel.magnification > 1.3
    spot = settings.fine_spot_mm if fine else settings.focal_spot_mm
    # A square spot of edge f has deviation f / sqrt(12), magnified onto the panel.
    spot_mm = spot * (panel.magnification - 1) / np.sqrt(12)
    material_mm = 1 / (np.sqrt(2) * np.pi * settings.blur_per_mm)
    sigma = float(np.hypot(spot_mm, material_mm)) / e.pixel_mm
    blurred: Pixels = cv2.GaussianBlur(image, (0, 0), sigma)
    return blurred


def detect(
    primary: Pixels,
    thickness_mm: float,
    panel: Panel,
    *,
    photons: float,
    rng: np.random.Generator,
    settings: Settings | None = None,
) -> Pixels:
    """Return counts, (rows, columns), linear in energy.

    Parameters
    ----------
    primary
        Signal relative to air.
    thickness_mm
        Of the breast.
    panel
        Geometry.
    photons
        Absorbed in one pixel without a breast, behind the grid.
    rng
        Draws the noise.
    settings
        The panel and the grid.
    """
    settings = settings or Settings()
    e: Exposure = panel.exposure
    veil = scatter(primary, thickness_mm, panel)
    gridded = e.grid and e.magnification <= 1
    share = settings.scatter_passed / settings.primary_passed if gridded else 1.0
    mean = blur(primary, panel, settings) + share * veil
    mean = np.minimum(mean, 1.02)
    variance = (
        mean / (photons * settings.swank) + (settings.read_photons / photons) ** 2
    )
    noise = rng.standard_normal(mean.shape, dtype=np.float32)
    counts = settings.air_counts * (mean + np.sqrt(variance) * noise)
    # Half a count is the least a linear panel can tell from nothing.
    kept: Pixels = np.clip(counts, 0.5, 16383.0).astype(np.float32)
    return kept
