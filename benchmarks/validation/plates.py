"""Plain things under the beam: plates, edges, discs; through the running detector."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from galactograph.kernels.beams import attenuate
from galactograph.seeds import stream
from galactograph.values.procedure import Exposure
from galactograph.xray import detector, dose
from galactograph.xray.exposure import air_photons, caught, panel_settings
from galactograph.xray.materials import energies_kev, per_mm
from galactograph.xray.panel import Panel
from galactograph.xray.spectra import photons, weights

Pixels = NDArray[np.float32]
Floats = NDArray[np.float64]
Stack = dict[str, float]
"""Millimetres of each material."""

FROM_CHEST_MM = 42.0
"""Middle of the region of interest, 60 mm from the chest wall less half of it."""


def bare(exposure: Exposure, size: int, height_mm: float = 0.0) -> Panel:
    """Return a square region of the panel near the chest wall, nothing on it.

    `height_mm` is that of the plane whose focal-spot blur is wanted.
    """
    shot = replace(exposure, rows=size, columns=size)
    half = size * exposure.pixel_mm / 2
    return Panel(
        exposure=shot,
        under_mm=height_mm,
        corner_mm=(FROM_CHEST_MM, -half),
        middle_mm=height_mm,
        mirrored=False,
    )


def passed(exposure: Exposure, stack: Stack, paths: Pixels, material: str) -> Pixels:
    """Return the signal over air behind a stack, and `paths` mm of one material."""
    settings = panel_settings(exposure)
    share, used = weights(exposure.beam, exposure.kv, caught(settings))
    plate = sum(mm * per_mm(name)[used] for name, mm in stack.items())
    behind = share * np.exp(-plate)
    out = attenuate(
        paths[None].astype(np.float32) + np.float32(1e-9),
        per_mm(material)[used][:, None].astype(np.float32),
        (behind / behind.sum()).astype(np.float32),
    )
    passed_on: Pixels = out * np.float32(behind.sum())
    return passed_on


def quanta(exposure: Exposure, stack: Stack) -> float:
    """Return photons absorbed in a pixel without the stack, weighed behind it."""
    kev = energies_kev()
    n = photons(exposure.beam, exposure.kv) * caught(panel_settings(exposure))
    behind = n * np.exp(-sum(mm * per_mm(name) for name, mm in stack.items()))
    plain = (kev**2 * n).sum() / (kev * n).sum()
    hard = (kev**2 * behind).sum() / (kev * behind).sum()
    return float(air_photons(exposure) * plain / hard)


def take(
    primary: Pixels,
    panel: Panel,
    stack: Stack,
    *,
    name: str,
    number: int = 0,
    quiet: bool = False,
) -> Pixels:
    """Return counts of a primary (scatter included, if any) on the panel."""
    settings = panel_settings(panel.exposure)
    if quiet:
        settings = replace(settings, structure=0.0, read_photons=0.0)
    many = 1e15 if quiet else quanta(panel.exposure, stack)
    rng = stream(1, "validation", name, number)
    return detector.detect(
        primary.copy(), 0.0, panel, photons=many, rng=rng, settings=settings
    )


def kerma_at_panel_ugy(exposure: Exposure, stack: Stack) -> float:
    """Return air kerma at the panel behind a stack, micrograys."""
    n = photons(exposure.beam, exposure.kv) * exposure.mas
    n = n * np.exp(-sum(mm * per_mm(name) for name, mm in stack.items()))
    return 1000 * dose.kerma_mgy(n) * (1000 / exposure.source_to_detector_mm) ** 2


def quanta_per_ugy(exposure: Exposure, stack: Stack) -> float:
    """Return photons per mm^2 and microgray behind a stack."""
    n = photons(exposure.beam, exposure.kv)
    n = n * np.exp(-sum(mm * per_mm(name) for name, mm in stack.items()))
    return float(n.sum() / (1000 * dose.kerma_mgy(n)))
