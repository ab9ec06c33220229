"""Scattered radiation on the panel."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import signal

from galactograph.xray.panel import Panel

Pixels = NDArray[np.float32]

# Pencil scatter kernel at 5 cm, W/Rh 28 kV: amplitude per mm^2 and length in mm.
# source: our Monte Carlo (design, measured).
_KERNEL = ((5.8e-4, 6.2), (2.6e-4, 16.6))
# Scatter to primary at the centre by thickness, mm; the same Monte Carlo.
_SPR_MM = (0.0, 30.0, 50.0, 60.0, 70.0, 110.0)
_SPR = (0.0, 0.37, 0.56, 0.66, 0.72, 0.95)
_COARSE_MM = 2.0
# What a panel sees fat attenuate, behind 20 mm of it, W/Rh 28 kV; derived.
_FAT_PER_MM = 0.055


def at_centre(thickness_mm: float) -> float:
    """Return scatter over primary at the centre of a breast, without a grid."""
    return float(np.interp(thickness_mm, _SPR_MM, _SPR))


def scatter(primary: Pixels, thickness_mm: float, panel: Panel) -> Pixels:
    """Return scatter on the panel relative to air, without a grid.

    The primary inside the breast is convolved with a kernel that grows with
    thickness and widens with the air gap. Air scatters nothing, and the thin rim of
    the breast less than its middle, though more primary passes there.
    """
    e = panel.exposure
    if thickness_mm <= 0:
        return np.zeros((e.rows, e.columns), np.float32)
    step = max(round(_COARSE_MM / e.pixel_mm), 1)
    shape = (-(-e.columns // step), -(-e.rows // step))
    small = cv2.resize(primary, shape, interpolation=cv2.INTER_AREA)
    depth = -np.log(np.clip(small, 1e-6, 1)) / (_FAT_PER_MM * thickness_mm)
    inside = small * np.minimum(depth, 1)
    pitch = step * e.pixel_mm
    gap = (panel.under_mm + thickness_mm / 2) / (17 + thickness_mm / 2)
    reach = int(np.ceil(60 * gap / pitch))
    axis = np.arange(-reach, reach + 1) * pitch
    r = np.hypot(axis[:, None], axis[None])
    kernel = sum(a / gap**2 * np.exp(-r / (length * gap)) for a, length in _KERNEL)
    kernel = np.asarray(kernel) * pitch**2
    kernel *= at_centre(thickness_mm) / 0.56
    # Beyond the chest wall the body goes on: mirror it there.
    left = min(reach, inside.shape[1])
    wide = np.concatenate([inside[:, :left][:, ::-1], inside], axis=1)
    spread = signal.fftconvolve(wide, kernel, mode="same")[:, left:]
    smooth = cv2.resize(
        spread.astype(np.float32), (e.columns, e.rows), interpolation=cv2.INTER_LINEAR
    )
    veil: Pixels = np.maximum(smooth, 0)
    return veil
