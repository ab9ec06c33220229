"""From what passed the breast to counts: scatter, blur, noise, gain."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.seeds import stream
from galactograph.values.arrays import Floats
from galactograph.values.procedure import Exposure
from galactograph.xray.materials import table
from galactograph.xray.panel import Panel
from galactograph.xray.scatter import scatter

Pixels = NDArray[np.float32]
Transfer = tuple[tuple[float, float], ...]
"""(weight, per_mm) of each part: weight * exp(-(f / per_mm)^2); weights sum to 1."""

SHARP_PER_MM = 1e3
"""A transfer this wide does nothing at any pixel."""

ANODE_DEG = 22.0
"""Between the ray along the chest wall and the face of the anode: target angle and
tilt of the tube; remembered."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The panel and the grid.

    Attributes
    ----------
    primary_passed, scatter_passed
        Of a linear 5:1 grid; remembered.
    focal_spot_mm, fine_spot_mm
        Edge of the focal spot; 0.3 contact, 0.1 magnification; found.
    air_counts
        Counts without a breast; the panel is linear, 14 bits; assumed.
    material, layer_mm, packing
        What absorbs, how deep, and which share of the depth it fills.
    spread, noise
        Transfer of signal and of quantum noise, the pixel's aperture left out.
    information
        Left by the spread of charge per photon and by losses; set so that the
        detective quantum efficiency at zero frequency is the published one.
    read_photons
        Electronic noise as photons a pixel.
    structure
        What flat fielding leaves, relative to the signal.
    """

    primary_passed: float = 0.72
    scatter_passed: float = 0.15
    focal_spot_mm: float = 0.3
    fine_spot_mm: float = 0.1
    air_counts: float = 16000.0
    material: str = "selenium"
    layer_mm: float = 0.2
    packing: float = 1.0
    spread: Transfer = ((0.97, 10.9), (0.03, 1.0))
    noise: Transfer = ((0.94, 1e6), (0.06, 4.0))
    information: float = 0.68
    read_photons: float = 2.0
    structure: float = 0.002


def taps(per_mm: float, pixel_mm: float) -> Floats:
    """Return the kernel whose transfer is exp(-(f / per_mm)^2) up to Nyquist.

    A sampled Gaussian would not do: one narrower than a pixel falls between the
    samples and blurs nothing. Least squares over frequency, sum 1.
    """
    sigma = 1 / (np.sqrt(2) * np.pi * per_mm * pixel_mm)
    half = int(np.ceil(4 * sigma)) + 2
    f = np.linspace(0, 0.5, 129)
    want = np.exp(-((f / pixel_mm / per_mm) ** 2))
    # With sum 1 the transfer is 1 + sum of h_n (2 cos(2 pi f n) - 2).
    basis = 2 * np.cos(2 * np.pi * np.outer(f, np.arange(1, half + 1))) - 2
    side, *_ = np.linalg.lstsq(basis, want - 1, rcond=None)
    kernel: Floats = np.concatenate([side[::-1], [1 - 2 * side.sum()], side])
    return kernel


def blur(image: Pixels, transfer: Transfer, pixel_mm: float, spot_mm: float) -> Pixels:
    """Blur by a transfer and by a focal spot of deviation `spot_mm` on the panel."""
    total: Pixels | None = None
    for weight, per_mm in transfer:
        # Both are Gaussian: widths add in quadrature.
        inverse = 1 / per_mm**2 + 2 * (np.pi * spot_mm) ** 2
        wide = 1 / np.sqrt(inverse)
        part = image
        if wide < SHARP_PER_MM:
            kernel = taps(wide, pixel_mm)
            part = cv2.sepFilter2D(
                image, cv2.CV_32F, kernel, kernel, borderType=cv2.BORDER_REFLECT
            )
        if len(transfer) == 1:
            return part
        if total is None:
            total = cv2.multiply(part, weight)
        else:
            cv2.scaleAdd(part, weight, total, total)
    return image if total is None else total


def spot_mm(panel: Panel, settings: Settings) -> float:
    """Return the deviation of the focal spot's image, of the middle of the breast."""
    fine = panel.magnification > 1.3
    edge = settings.fine_spot_mm if fine else settings.focal_spot_mm
    # A square spot of edge f has deviation f / sqrt(12), magnified onto the panel.
    return float(edge * (panel.magnification - 1) / np.sqrt(12))


def field(panel: Panel) -> tuple[Pixels, Pixels]:
    """Return the fluence on columns and on rows, relative to the axis.

    Inverse squares, obliquity, and the heel: towards the nipple, where the anode
    is, rays leave the target flat and are absorbed in it. The rows' share multiplies
    the columns'.
    """
    e = panel.exposure
    source = panel.source_mm
    half = e.pixel_mm / 2
    x = panel.corner_mm[0] + half + e.pixel_mm * np.arange(e.columns) - source[0]
    y = panel.corner_mm[1] + half + e.pixel_mm * np.arange(e.rows) - source[1]
    take_off = ANODE_DEG - np.degrees(np.arctan2(x, source[2]))
    heel = table("heel")
    anode = e.beam.split("/", maxsplit=1)[0]
    lost = np.interp(take_off, heel["degrees"], heel[anode])
    lost /= np.interp(ANODE_DEG, heel["degrees"], heel[anode])
    columns = lost * (1 + (x / source[2]) ** 2) ** -1.5
    rows = (1 + (y / source[2]) ** 2) ** -1.5
    return columns.astype(np.float32), rows.astype(np.float32)


def _noise(
    mean: Pixels,
    panel: Panel,
    photons: float,
    settings: Settings,
    rng: np.random.Generator,
) -> Pixels:
    """Return quantum, electronic and structure noise, relative to air."""
    e = panel.exposure
    columns, rows = field(panel)
    # Flat fielding evens out the signal of the field; its noise stays.
    scale = np.float32(1 / (photons * settings.information))
    deviation = np.sqrt(mean * (scale / columns)[None])
    deviation *= np.sqrt(1 / rows)[:, None]
    deviation *= rng.standard_normal(mean.shape, dtype=np.float32)
    noise = blur(deviation, settings.noise, e.pixel_mm, 0.0)
    if settings.read_photons > 0:
        read = rng.standard_normal(mean.shape, dtype=np.float32)
        read *= np.float32(settings.read_photons / photons)
        noise += read
    if settings.structure > 0:
        # The same panel has the same pattern in every picture.
        name = e.vendor or "generic"
        fixed = stream(0, "structure", name).standard_normal(
            mean.shape, dtype=np.float32
        )
        fixed *= np.float32(settings.structure)
        fixed *= mean
        noise += fixed
    return noise


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
    mean = blur(primary, settings.spread, e.pixel_mm, spot_mm(panel, settings))
    gridded = e.grid and e.magnification <= 1
    share = settings.scatter_passed / settings.primary_passed if gridded else 1.0
    cv2.scaleAdd(scatter(primary, thickness_mm, panel), share, mean, mean)
    np.clip(mean, 0.0, 1.02, out=mean)
    mean += _noise(mean, panel, photons, settings, rng)
    mean *= np.float32(settings.air_counts)
    # Half a count is the least a linear panel can tell from nothing.
    return np.clip(mean, 0.5, 16383.0, out=mean)
