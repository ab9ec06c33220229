"""Measure traced ducts: calibre below the pixel, contrast, opacity, error bars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from galactograph.ducts import forward, optics
from galactograph.ducts.breast import is_linear
from galactograph.ducts.nearby import forest_of
from galactograph.ducts.sections import Section, centre, find_overlaps, sections_of
from galactograph.ducts.sharpness import blur_beyond_mm
from galactograph.ducts.tracing import Trace
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.report import Duct, Scene
from galactograph.values.study import View
from galactograph.values.tree import DuctTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How calibre is measured (assumed; reading.md 3.3)."""

    switch_mm: float = 0.32
    """Below this calibre the area under the profile is the better measure."""
    gauge_mm: tuple[float, float] = (0.35, 0.9)
    """Calibres whose opacity is trusted to gauge the rest."""
    opaque_mm: tuple[float, float] = (1.0, 3.0)
    """Calibres that tell how much scatter fills in opaque ducts."""
    least_opaque: int = 30
    usual_scatter: float = 0.1
    """Scatter to primary behind a grid: 0.56 x 0.15 / 0.72.
    source: xray.md 4.6 (remembered)"""
    least_mm: float = 0.06
    most_mm: float = 12.0


def measure(
    view: View,
    scene: Scene,
    traces: tuple[Trace, ...],
    *,
    settings: Settings | None = None,
) -> tuple[tuple[Duct, ...], optics.Look]:
    """Measure traces; returns the ducts, and how contrast looks in the view."""
    settings = settings or Settings()
    pixel_mm = view.image.grid.pixel_mm
    centred = [centre(scene, trace) for trace in traces]
    sections = [sections_of(scene, trace, pixel_mm) for trace in centred]
    overlaps = find_overlaps(centred)
    beyond = _blur_beyond(view, scene, centred, sections, overlaps, settings)
    blur = optics.blur_mm(pixel_mm, beyond)
    gauge = _gauge(sections, overlaps, blur, settings)
    if is_linear(view) and gauge > 0:
        sections = _unscatter(sections, overlaps, gauge, blur, settings)
    look = optics.Look(opacity_per_mm=gauge, blur_mm=beyond)
    known = [
        _known(view, trace, section, look, settings)
        for trace, section in zip(centred, sections, strict=True)
    ]
    if centred and gauge > 0:
        first = [one.calibre_mm for one in known]
        known = forward.refine(view, scene, centred, first, overlaps, look)
    ducts = [
        _duct(view, *each, settings)
        for each in zip(centred, sections, overlaps, known, strict=True)
    ]
    return tuple(ducts), look


def _blur_beyond(
    view: View,
    scene: Scene,
    traces: list[Trace],
    sections: list[Section],
    overlaps: list[Bools],
    settings: Settings,
) -> float:
    """Return the blur of a view beyond its pixels, from ducts that lie alone."""
    blur = optics.blur_mm(view.image.grid.pixel_mm)
    gauge = _gauge(sections, overlaps, blur, settings)
    if gauge <= 0:
        return optics.SHARP_MM
    width = np.concatenate([s.width_mm for s in sections])
    return blur_beyond_mm(
        view,
        scene,
        forest_of(traces),
        optics.calibre_from_width(width, blur),
        np.concatenate([s.good for s in sections]) & ~np.concatenate(overlaps),
        gauge,
    )


def _unscatter(
    sections: list[Section],
    overlaps: list[Bools],
    gauge: float,
    blur: float,
    settings: Settings,
) -> list[Section]:
    """Narrow the widths of opaque ducts by what scatter widened them."""
    width = np.concatenate([s.width_mm for s in sections])
    peak = np.concatenate([s.peak for s in sections])
    good = np.concatenate([s.good for s in sections]) & ~np.concatenate(overlaps)
    calibre = optics.calibre_from_width(width, blur)
    low, high = settings.opaque_mm
    sure = good & (calibre > low) & (calibre < high)
    scatter = settings.usual_scatter
    if sure.sum() >= settings.least_opaque:
        scatter = optics.scatter_of(calibre[sure], peak[sure], gauge)
    narrowed = []
    for section in sections:
        own = optics.calibre_from_width(section.width_mm, blur)
        ratio = np.where(own > 0.3, optics.flattened(own, gauge, scatter), 1.0)
        narrowed.append(
            Section(
                width_mm=section.width_mm / ratio,
                area=section.area,
                peak=section.peak,
                good=section.good,
            )
        )
    return narrowed


def _gauge(
    sections: list[Section], overlaps: list[Bools], blur: float, settings: Settings
) -> float:
    """Return attenuation per mm of lumen from the ducts whose width is certain."""
    if not sections:
        return 0.0
    width = np.concatenate([s.width_mm for s in sections])
    area = np.concatenate([s.area for s in sections])
    good = np.concatenate([s.good for s in sections]) & ~np.concatenate(overlaps)
    calibre = optics.calibre_from_width(width, blur)
    low, high = settings.gauge_mm
    for bounds in ((low, high), (0.3, 3.0), (0.0, 99.0)):
        sure = good & (calibre >= bounds[0]) & (calibre <= bounds[1])
        if sure.sum() >= 8:
            return float(np.median(area[sure] / (np.pi / 4 * calibre[sure] ** 2)))
    return 0.0


def _known(
    view: View,
    trace: Trace,
    section: Section,
    look: optics.Look,
    settings: Settings,
) -> forward.Fitted:
    """Return what outline and area tell of a trace, each point by itself."""
    gauge = look.opacity_per_mm
    blur = optics.blur_mm(view.image.grid.pixel_mm, look.blur_mm)
    calibre, sigma = _calibre(section, gauge, blur, settings, linear=is_linear(view))
    calibre = _fill(calibre, section.good, trace.parents)
    smooth = _median_along(calibre, trace.parents)
    sigma = np.hypot(sigma, np.abs(calibre - smooth))
    opacity = np.where(
        section.good & (calibre > settings.switch_mm),
        section.area / (np.pi / 4 * np.maximum(calibre, 0.1) ** 2),
        gauge,
    )
    return forward.Fitted(
        points=trace.points,
        calibre_mm=smooth,
        sigma_mm=np.where(section.good, sigma, 0.5 * smooth),
        opacity_per_mm=_median_along(opacity, trace.parents, 9),
    )


def _duct(
    view: View,
    trace: Trace,
    section: Section,
    overlap: Bools,
    known: forward.Fitted,
    settings: Settings,
) -> Duct:
    calibre = np.clip(known.calibre_mm, settings.least_mm, settings.most_mm)
    place = np.zeros((len(known.points), 3 if view.depth is not None else 2))
    place[:, -2:] = known.points
    if view.depth is not None:
        place[:, 0] = _depth(view, known.points)
    tree = DuctTree(
        points_mm=view.image.grid.panel_from_index(place),
        parents=trace.parents,
        radii_mm=calibre / 2,
    )
    # No calibre is known to better than where between paddle and panel it lies.
    depth = optics.depth_error(view.magnification, layered=view.depth is not None)
    sigma = np.minimum(known.sigma_mm, 0.5 * calibre)
    return Duct(
        tree=tree,
        rows=known.points[:, 0],
        columns=known.points[:, 1],
        calibre_mm=calibre,
        sigma_mm=np.hypot(sigma, depth * calibre),
        contrast=np.where(section.good, section.peak, 0.0),
        opacity_per_mm=known.opacity_per_mm,
        overlap=overlap,
        rooted=trace.rooted,
    )


def _calibre(
    section: Section,
    gauge: float,
    blur: float,
    settings: Settings,
    *,
    linear: bool,
) -> tuple[Floats, Floats]:
    """Join calibre from the outline and from the area; returns it and its error."""
    outline = optics.calibre_from_width(section.width_mm, blur)
    if gauge <= 0:
        return np.clip(outline, settings.least_mm, settings.most_mm), 0.1 * outline
    area = optics.calibre_from_area(section.area, gauge)
    # Errors as measured in reading.md 3.3: outline poor below 0.3 mm, area poor above.
    spread = 1.0 if linear else 2.0
    outline_error = spread * np.where(outline < 0.3, 0.06, 0.012 + 0.008 * outline)
    area_error = spread * (0.015 + 0.05 * np.maximum(area, outline))
    first, second = outline_error**-2, area_error**-2
    joint = (outline * first + area * second) / (first + second)
    wide = outline > 2 * settings.switch_mm
    joint = np.where(wide, outline, joint)
    error = np.where(wide, outline_error, (first + second) ** -0.5)
    return np.clip(joint, settings.least_mm, settings.most_mm), error


def _fill(values: Floats, good: Bools, parents: Ints) -> Floats:
    """Give points without a measurement the value of the nearest one inward."""
    values = values.copy()
    if not good.any():
        return values
    start = values[int(np.argmax(good))]
    known = good.copy()
    for node in range(len(values)):
        if known[node]:
            continue
        parent = parents[node]
        values[node] = values[parent] if parent >= 0 else start
        known[node] = True
    return values


def _median_along(values: Floats, parents: Ints, size: int = 5) -> Floats:
    """Return the running median along each branch."""
    tree = DuctTree(
        points_mm=np.zeros((len(values), 3)),
        parents=parents,
        radii_mm=np.ones(len(values)),
    )
    out = values.copy()
    numbers = tree.branch_numbers
    order = np.argsort(numbers, kind="stable")
    bounds = np.flatnonzero(np.diff(numbers[order])) + 1
    for nodes in np.split(order, bounds):
        window = min(size, len(nodes) - 1 + len(nodes) % 2)
        if window >= 3:
            out[nodes] = median_filter(values[nodes], size=window, mode="nearest")
    return out


def _depth(view: View, points: Floats) -> Floats:
    """Return the slice in which each point of a tomosynthesis view is sharpest."""
    if view.depth is None:
        return np.zeros(len(points))
    rows = np.clip(np.rint(points[:, 0]).astype(int), 0, view.depth.shape[0] - 1)
    columns = np.clip(np.rint(points[:, 1]).astype(int), 0, view.depth.shape[1] - 1)
    found: Floats = gaussian_filter1d(view.depth[rows, columns].astype(float), 1.0)
    return found
