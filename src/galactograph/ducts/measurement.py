"""Measure traced ducts: calibre below the pixel, contrast, opacity, error bars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter
from scipy.spatial import cKDTree

from galactograph.ducts import optics
from galactograph.ducts.breast import is_linear
from galactograph.ducts.tracing import Trace
from galactograph.kernels import profiles
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.report import Duct, Scene
from galactograph.values.study import View
from galactograph.values.tree import DuctTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How calibre is measured (assumed; reading.md 3.3 for the switch)."""

    switch_mm: float = 0.32
    """Below this calibre the area under the profile is the better measure."""
    gauge_mm: tuple[float, float] = (0.35, 0.9)
    """Calibres whose opacity is trusted to gauge the rest."""
    opaque_mm: tuple[float, float] = (1.0, 3.0)
    """Calibres that tell how much scatter fills in opaque ducts."""
    least_opaque: int = 30
    usual_scatter: float = 0.1
    """Scatter to primary behind a grid: 0.56 x 0.15 / 0.72 (xray.md 4.6, remembered)."""
    least_mm: float = 0.06
    most_mm: float = 12.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Section:
    """Cross-sections of a trace at its N points; lengths in mm, see `Duct`."""

    width_mm: Floats
    area: Floats
    peak: Floats
    good: Bools


def measure(
    view: View,
    scene: Scene,
    traces: tuple[Trace, ...],
    *,
    settings: Settings | None = None,
) -> tuple[tuple[Duct, ...], float]:
    """Measure traces; returns the ducts and the view's opacity per mm of lumen."""
    settings = settings or Settings()
    pixel_mm = view.image.grid.pixel_mm
    blur = optics.blur_mm(pixel_mm)
    centred = [_centre(scene, trace) for trace in traces]
    sections = [_sections(scene, trace, pixel_mm) for trace in centred]
    overlaps = find_overlaps(centred)
    gauge = _gauge(sections, overlaps, blur, settings)
    if is_linear(view) and gauge > 0:
        sections = _unscatter(sections, overlaps, gauge, blur, settings)
    ducts = []
    for trace, section, overlap in zip(centred, sections, overlaps, strict=True):
        ducts.append(_duct(view, trace, section, overlap, gauge, settings))
    return tuple(ducts), gauge


def normals_of(points: Floats, parents: Ints) -> Floats:
    """Return unit normals (N, 2) from a smoothed direction along each branch."""
    n = len(points)
    ahead = np.full(n, -1)
    # The last child written wins; any child gives a fair direction.
    ahead[parents[1:]] = np.arange(1, n)
    before = np.maximum(parents, 0)
    onward = np.where(ahead >= 0, ahead, np.arange(n))
    way = points[onward] - points[before]
    for _ in range(2):
        way = way + 0.5 * (way[before] + way[onward])
    norm = np.hypot(*way.T)
    way = np.where(norm[:, None] > 1e-9, way / np.maximum(norm, 1e-9)[:, None], (0, 1))
    normals: Floats = np.stack([way[:, 1], -way[:, 0]], axis=1)
    return normals


def _profiles(scene: Scene, trace: Trace, reach: Floats) -> tuple[Floats, Floats]:
    half = 40
    steps = np.maximum(reach / half, 0.1)
    strip = profiles.across(
        np.asarray(scene.excess),
        np.ascontiguousarray(trace.points[:, 0]),
        np.ascontiguousarray(trace.points[:, 1]),
        normals_of(trace.points, trace.parents),
        steps,
        half,
        1,
    )
    return profiles.widths(strip, 12, 1.5 * scene.noise), steps


def _reach(trace: Trace) -> Floats:
    reach: Floats = np.clip(3.2 * trace.half_px + 6.0, 8.0, 140.0)
    return reach


def _centre(scene: Scene, trace: Trace) -> Trace:
    """Move points across the duct to the middle between its flanks."""
    found, steps = _profiles(scene, trace, _reach(trace))
    offset = (found[:, 3] + found[:, 4]) / 2 * steps
    ok = (found[:, 2] > 0) & (np.abs(offset) < 0.6 * trace.half_px + 1.5)
    ok &= trace.strength > 0
    offset = _along(np.where(ok, offset, 0.0), trace.parents, 1)
    moved = trace.points + offset[:, None] * normals_of(trace.points, trace.parents)
    moved[0] = trace.points[0]
    return Trace(
        points=moved,
        parents=trace.parents,
        half_px=trace.half_px,
        strength=trace.strength,
        rooted=trace.rooted,
        worth=trace.worth,
    )


def _along(values: Floats, parents: Ints, rounds: int) -> Floats:
    """Smooth values along a tree: each with its parent and its children."""
    index = np.arange(len(values))
    up = np.maximum(parents, 0)
    for _ in range(rounds):
        total = values + values[up]
        weight = np.full(len(values), 2.0)
        np.add.at(total, up[1:], values[index[1:]])
        np.add.at(weight, up[1:], 1.0)
        values = total / weight
    return values


def _sections(scene: Scene, trace: Trace, pixel_mm: float) -> Section:
    found, steps = _profiles(scene, trace, _reach(trace))
    width = (found[:, 4] - found[:, 3]) * steps * pixel_mm
    good = (found[:, 2] > 2 * scene.noise) & (width > 0) & (trace.strength > 0)
    return Section(
        width_mm=width,
        area=found[:, 5] * steps * pixel_mm,
        peak=found[:, 2],
        good=good,
    )


def find_overlaps(traces: list[Trace]) -> list[Bools]:
    """Tell where another duct, or another branch, lies within the profile."""
    if not traces:
        return []
    points = np.concatenate([t.points for t in traces])
    half = np.concatenate([t.half_px for t in traces])
    starts = np.cumsum([0] + [len(t.points) for t in traces])
    branch, reach = [], []
    for number, trace in enumerate(traces):
        tree = DuctTree(
            points_mm=np.column_stack([trace.points, np.zeros(len(trace.points))]),
            parents=trace.parents,
            radii_mm=np.maximum(trace.half_px, 0.1),
        )
        branch.append(tree.branch_numbers.astype(np.int64) + 100_000 * number)
        reach.append(tree.from_orifice_mm + 1e6 * number)
    names, along = np.concatenate(branch), np.concatenate(reach)
    widest = float(np.percentile(half, 99.5))
    pairs = cKDTree(points).query_pairs(2 * widest + 3, output_type="ndarray")
    flags = np.zeros(len(points), bool)
    if len(pairs):
        a, b = pairs.T
        far = np.hypot(*(points[a] - points[b]).T)
        # Neighbours along the same duct are no overlap: only what is much nearer
        # across than along.
        other = (names[a] != names[b]) & (
            (np.abs(along[a] - along[b]) > 2.5 * far)
            | (far < 1.2 * np.maximum(half[a], half[b]) + 1.5)
        )
        close = other & (far < 1.3 * (half[a] + half[b]) + 2.0)
        flags[a[close]] = True
        flags[b[close]] = True
    return [flags[i:j] for i, j in zip(starts[:-1], starts[1:], strict=True)]


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


def _duct(  # noqa: PLR0917
    view: View,
    trace: Trace,
    section: Section,
    overlap: Bools,
    gauge: float,
    settings: Settings,
) -> Duct:
    grid = view.image.grid
    blur = optics.blur_mm(grid.pixel_mm)
    calibre, sigma = _calibre(section, gauge, blur, settings, linear=is_linear(view))
    calibre = _fill(calibre, section.good, trace.parents)
    smooth = _median_along(calibre, trace.parents)
    sigma = np.hypot(sigma, np.abs(calibre - smooth))
    sigma = np.where(section.good, sigma, 0.5 * smooth)
    opacity = np.where(
        section.good & (calibre > settings.switch_mm),
        section.area / (np.pi / 4 * np.maximum(calibre, 0.1) ** 2),
        gauge,
    )
    place = np.zeros((len(trace.points), 3 if view.depth is not None else 2))
    place[:, -2:] = trace.points
    if view.depth is not None:
        place[:, 0] = _depth(view, trace.points)
    tree = DuctTree(
        points_mm=grid.panel_from_index(place),
        parents=trace.parents,
        radii_mm=np.maximum(smooth / 2, settings.least_mm / 2),
    )
    return Duct(
        tree=tree,
        rows=trace.points[:, 0],
        columns=trace.points[:, 1],
        calibre_mm=np.maximum(smooth, settings.least_mm),
        sigma_mm=sigma,
        contrast=np.where(section.good, section.peak, 0.0),
        opacity_per_mm=_median_along(opacity, trace.parents, 9),
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
