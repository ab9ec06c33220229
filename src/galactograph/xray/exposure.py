"""Expose a compressed, filled breast: one shot."""

from __future__ import annotations

from functools import partial

import numpy as np

from galactograph.kernels.beams import attenuate
from galactograph.values.arrays import Floats
from galactograph.values.geometry import Grid
from galactograph.values.procedure import Exposure
from galactograph.values.study import Projection
from galactograph.values.truth import Filling, Slab, ViewTruth
from galactograph.xray import detector, dose, projection, tissue
from galactograph.xray.materials import energies_kev, per_mm
from galactograph.xray.panel import Panel
from galactograph.xray.spectra import absorbed, photons, weights
from galactograph.xray.vendors import unit

MATERIALS = ("adipose", "glandular", "water", "iodine", "calcium")

WANTED_PHOTONS_PER_MM2 = 5.5e5
"""Primary photons that exposure control wants behind the breast; source: 1.2 mGy at
5 cm, W/Rh 28 kV (design, measured)."""

SEEN_MG_ML = 15.0
"""Iodine from which a duct counts as filled; assumed."""


def panel_settings(exposure: Exposure) -> detector.Settings:
    """Return the panel that an exposure is made with."""
    return unit(exposure.vendor or "generic").detector


def caught(settings: detector.Settings) -> Floats:
    """Return the share of photons that a panel absorbs, by energy bin."""
    return absorbed(settings.material, settings.layer_mm * settings.packing)


def _opacity(exposure: Exposure, thickness_mm: float) -> float:
    """Return iodine's attenuation per mm and mg/mL behind a plain breast."""
    share, used = weights(exposure.beam, exposure.kv, caught(panel_settings(exposure)))
    tissue = 0.75 * per_mm("adipose") + 0.25 * per_mm("glandular")
    behind = share * np.exp(-tissue[used] * thickness_mm)
    return float((behind * per_mm("iodine")[used]).sum() / behind.sum())


def automatic_mas(
    thickness_mm: float, density: float, kv: float, beam: str = "W/Rh"
) -> float:
    """Return the mAs that exposure control would choose.

    It wants the same number of photons behind any breast, contrast left out.
    """
    path = thickness_mm * (
        (1 - density) * per_mm("adipose") + density * per_mm("glandular")
    )
    through = photons(beam, kv) * np.exp(-path) / 0.65**2
    return float(np.clip(WANTED_PHOTONS_PER_MM2 / through.sum(), 20, 400))


def air_photons(exposure: Exposure, thickness_mm: float = 0.0) -> float:
    """Return photons absorbed in one pixel without a breast, on the axis.

    Weighed as noise sees them: an energy-integrating panel has the noise of
    (sum E n)^2 / sum E^2 n photons. The weights are those behind `thickness_mm` of
    a plain breast, which lets the hard photons pass.
    """
    settings = panel_settings(exposure)
    kev = energies_kev()
    n = photons(exposure.beam, exposure.kv) * caught(settings) * exposure.mas
    n *= (1000 / exposure.source_to_detector_mm) ** 2 * exposure.pixel_mm**2
    if exposure.grid and exposure.magnification <= 1:
        n *= settings.primary_passed
    tissue = 0.75 * per_mm("adipose") + 0.25 * per_mm("glandular")
    behind = n * np.exp(-tissue * thickness_mm)
    return float((kev * n).sum() * (kev * behind).sum() / (kev**2 * behind).sum())


def paths(
    slab: Slab, filling: Filling | None, panel: Panel, opacity: float
) -> np.ndarray:
    """Return how much of each material every ray meets: float32, (5, rows, columns).

    The order is that of MATERIALS; iodine is in mm mg/mL, the rest in mm.
    """
    e = panel.exposure
    out = np.zeros((len(MATERIALS), e.rows, e.columns), np.float32)
    out[:2] = tissue.tissue_paths(slab, panel)
    if len(slab.strands.parents):
        strand = projection.strand_path(slab.strands, panel)
        # A strand takes the place of fat.
        np.minimum(strand, out[0], out=strand)
        out[0] -= strand
        out[1] += strand
    if len(slab.specks.radii_mm):
        out[4] = projection.speck_path(slab.specks, panel) * (out[0] + out[1] > 0)
    if filling is not None and filling.iodine_mg_ml.any():
        lumen, iodine, air = projection.contrast_paths(slab, filling, panel, opacity)
        # Contrast, and air in it, take the place of the tissue they lie in.
        taken = (lumen + air) / np.maximum(out[0] + out[1], 1e-3)
        taken = np.minimum(taken, 1)
        out[0] *= 1 - taken
        out[1] *= 1 - taken
        out[2], out[3] = lumen, iodine
        if len(slab.clouds.sigmas_mm):
            out[3] += projection.cloud_path(slab.clouds, panel)
    return out


def expose(
    slab: Slab,
    filling: Filling,
    exposure: Exposure,
    *,
    rng: np.random.Generator,
) -> Projection:
    """Take one picture.

    Parameters
    ----------
    slab
        The breast, compressed for this view.
    filling
        Contrast in its ducts; ignored if the exposure is a scout.
    exposure
        Geometry and technique.
    rng
        Draws the noise.
    """
    panel = Panel.of(slab, exposure)
    opacity = _opacity(exposure, slab.thickness_mm)
    met = paths(slab, filling if exposure.contrast else None, panel, opacity)
    settings = panel_settings(exposure)
    share, used = weights(exposure.beam, exposure.kv, caught(settings))
    mu = np.column_stack([per_mm(m)[used] for m in MATERIALS])
    primary = attenuate(met, mu.astype(np.float32), share.astype(np.float32))
    primary = projection.smeared(primary, panel)
    counts = detector.detect(
        primary,
        slab.thickness_mm,
        panel,
        photons=air_photons(exposure, slab.thickness_mm),
        rng=rng,
        settings=settings,
    )
    if panel.mirrored:
        counts = np.ascontiguousarray(counts[:, ::-1])
    return Projection(
        counts=counts,
        exposure=exposure,
        laterality=slab.laterality,
        thickness_mm=slab.thickness_mm,
        air_counts=settings.air_counts,
        corner_mm=panel.corner_mm,
        kerma_mgy=dose.incident_kerma_mgy(exposure, slab.thickness_mm),
        glandular_dose_mgy=_dose(slab, exposure),
    )


def _dose(slab: Slab, exposure: Exposure) -> float:
    return dose.mean_glandular_dose_mgy(
        exposure, slab.thickness_mm, dose.glandularity(slab)
    )


def register(
    slab: Slab,
    filling: Filling,
    lesion_nodes: tuple[int, ...],
    exposure: Exposure,
    source: str,
    *,
    grid: Grid | None = None,
) -> ViewTruth:
    """Return what one view truly shows, in its own pixels.

    Parameters
    ----------
    slab, filling
        The breast, compressed for this view, and the contrast in it.
    lesion_nodes
        Tree point of each lesion.
    exposure
        The shot, or any of a sweep.
    source
        Name of the view.
    grid
        Of the slices that were reconstructed, in the panel's frame; None for a plain
        radiograph.
    """
    panel = Panel.of(slab, exposure)
    place = panel.index if grid is None else partial(_in_plane, panel, grid)
    points = place(slab.tree.points_mm)
    slices = None
    if grid is not None:
        slices = _in_slices(panel, grid, slab.tree.points_mm)[:, 0]
    shape = (exposure.rows, exposure.columns) if grid is None else grid.shape[-2:]
    limits = np.array(shape) - 0.5
    inside = np.all((points > -0.5) & (points < limits), axis=1)
    least = SEEN_MG_ML if exposure.contrast else np.inf
    filled = np.asarray(filling.iodine_mg_ml > least)
    nipple = place(slab.nipple_mm[None])[0]
    return ViewTruth(
        source=source,
        points=points,
        calibre_mm=2 * slab.tree.radii_mm,
        parents=slab.tree.parents.astype(np.int32),
        visible=inside & filled,
        nipple=(float(nipple[0]), float(nipple[1])),
        lesions=tuple(
            (float(points[n, 0]), float(points[n, 1]), k)
            for k, n in enumerate(lesion_nodes)
            if bool(inside[n])
        ),
        glandular_dose_mgy=_dose(slab, exposure),
        slices=slices,
    )


def _in_slices(panel: Panel, grid: Grid, points_mm: Floats) -> Floats:
    """Return (slice, row, column) of slab points in a stack of slices, (N, 3)."""
    lifted = np.array(points_mm, float)
    lifted[:, 2] += panel.under_mm
    index = grid.index_from_panel(lifted)
    if panel.mirrored:
        index[:, 2] = grid.shape[-1] - 1 - index[:, 2]
    return index


def _in_plane(panel: Panel, grid: Grid, points_mm: Floats) -> Floats:
    """Return (row, column) of slab points in a stack of slices, (N, 2)."""
    return _in_slices(panel, grid, points_mm)[:, 1:]
