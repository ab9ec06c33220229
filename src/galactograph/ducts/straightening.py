"""Straighten ducts into strips: what the finders look at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d, percentile_filter

from galactograph.ducts import optics
from galactograph.ducts.distances import from_nipple_mm
from galactograph.ducts.sections import normals_of
from galactograph.kernels import profiles
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.report import Duct, Scene, Strip
from galactograph.values.study import View
from galactograph.values.tree import DuctTree

LEAST_MM = 2.0
"""Shorter runs are not looked at (assumed)."""

WINDOW_MM = 12.0
"""Stretch over which an expected calibre is taken; longer than most lesions
(papillomas 2 to 10 mm, F2), so that a lesion does not set its own standard."""


class Run(NamedTuple):
    """Which duct, K of its points outward, and how far from the orifice they lie."""

    duct: int
    nodes: Ints
    away_mm: Floats


def straighten(
    view: View,
    scene: Scene,
    ducts: tuple[Duct, ...],
    look: optics.Look,
) -> tuple[Strip, ...]:
    """Return the runs of all ducts as strips, longest first within a duct."""
    strips = []
    for number, duct in enumerate(ducts):
        ways = runs(duct.tree)
        away = from_nipple_mm(view, scene, duct, ways)
        found = [
            _strip(view, scene, duct, Run(number, nodes, away[nodes]), look)
            for nodes in ways
        ]
        kept = [strip for strip in found if strip is not None]
        strips += sorted(kept, key=lambda strip: -strip.s_mm[-1])
    return tuple(strips)


def runs(tree: DuctTree) -> list[Ints]:
    """Cut a tree into runs that follow the main line through forks.

    At a fork the run goes on into the child with the most duct beyond it, weighted
    by calibre; the other children start runs of their own at the fork.
    """
    count = len(tree)
    beyond = tree.lengths_mm * tree.radii_mm
    for node in range(count - 1, 0, -1):
        beyond[tree.parents[node]] += beyond[node]
    main = np.full(count, -1)
    for node in range(1, count):
        parent = tree.parents[node]
        if main[parent] < 0 or beyond[node] > beyond[main[parent]]:
            main[parent] = node
    starts = [0] + [n for n in range(1, count) if main[tree.parents[n]] != n]
    found: list[Ints] = []
    for start in starts:
        nodes = [start] if start == 0 else [int(tree.parents[start]), start]
        while main[nodes[-1]] >= 0:
            nodes.append(int(main[nodes[-1]]))
        if len(nodes) > 1:
            found.append(np.array(nodes, np.int32))
    return found


def _strip(
    view: View,
    scene: Scene,
    duct: Duct,
    run: Run,
    look: optics.Look,
) -> Strip | None:
    nodes = run.nodes
    pixel_mm = view.image.grid.pixel_mm
    points = np.stack([duct.rows[nodes], duct.columns[nodes]], axis=1)
    reach = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    if reach[-1] * pixel_mm < LEAST_MM:
        return None
    at = np.arange(0, reach[-1] + 1e-9, 1.0)
    line = np.stack([np.interp(at, reach, points[:, k]) for k in (0, 1)], axis=1)
    line = gaussian_filter1d(line, 2.0, axis=0, mode="nearest")
    nearest = nodes[np.clip(np.searchsorted(reach, at), 0, len(nodes) - 1)]
    rough = np.interp(at, reach, duct.calibre_mm[nodes])
    u_px, excess = _sample(scene, line, rough.max() / pixel_mm)
    excess = excess - _base(excess, u_px, rough / pixel_mm)
    calibre, area = _outline(
        excess,
        u_px,
        pixel_mm,
        rough,
        scene.noise,
        optics.blur_mm(pixel_mm, look.blur_mm),
    )
    step_mm = pixel_mm
    expected = _expected(np.where(calibre > 0, calibre, rough), step_mm)
    opacity = _opacity(area, calibre, look.opacity_per_mm, step_mm)
    return Strip(
        duct=run.duct,
        nodes=nearest,
        branches=duct.tree.branch_numbers[nearest],
        s_mm=at * pixel_mm,
        from_nipple_mm=np.interp(at, reach, run.away_mm),
        u_mm=u_px * pixel_mm,
        excess=excess.astype(np.float32),
        calibre_mm=np.where(calibre > 0, calibre, 0.0),
        sigma_mm=np.interp(at, reach, duct.sigma_mm[nodes]),
        expected_mm=expected,
        opacity_per_mm=opacity,
        overlap=_spread(np.interp(at, reach, duct.overlap[nodes].astype(float)) > 0),
        rows=line[:, 0],
        columns=line[:, 1],
        ends_free=bool(duct.tree.children[nodes[-1]] == 0),
        noise=scene.noise / np.sqrt(3),
    )


def _spread(flags: Bools) -> Bools:
    wide: Bools = np.convolve(flags, np.ones(5), mode="same") > 0
    return wide


def _sample(scene: Scene, line: Floats, widest_px: float) -> tuple[Floats, Floats]:
    step = 0.5 if widest_px < 30 else 1.0
    half = int(np.ceil((0.85 * widest_px + 10) / step))
    parents = np.arange(-1, len(line) - 1, dtype=np.int32)
    excess = profiles.across(
        np.asarray(scene.excess),
        np.ascontiguousarray(line[:, 0]),
        np.ascontiguousarray(line[:, 1]),
        normals_of(line, parents),
        np.full(len(line), step),
        half,
        1,
    )
    return np.arange(-half, half + 1) * step, excess.astype(float)


def _base(excess: Floats, u_px: Floats, calibre_px: Floats) -> Floats:
    """Return the level beside the duct, (S, 1): the lower side, smooth along it.

    The lower of both sides, so that a neighbour on one side does not count.
    """
    inner = calibre_px * 0.65 + 2.5
    sides = []
    for sign in (-1, 1):
        position = sign * inner
        index = np.clip(np.searchsorted(u_px, position), 2, len(u_px) - 3)
        window = index[:, None] + sign * np.arange(6)[None]
        window = np.clip(window, 0, len(u_px) - 1)
        sides.append(np.median(np.take_along_axis(excess, window, axis=1), axis=1))
    size = min(len(excess), 41)
    smooth = [percentile_filter(side, 35, size=size, mode="nearest") for side in sides]
    level = gaussian_filter1d(np.minimum(*smooth), 8.0, mode="nearest")
    column: Floats = level[:, None]
    return column


def _outline(
    excess: Floats,
    u_px: Floats,
    pixel_mm: float,
    rough_mm: Floats,
    noise: float,
    blur: float,
) -> tuple[Floats, Floats]:
    """Return calibre (from the outline) and area of each profile; 0 if none."""
    step = u_px[1] - u_px[0]
    reach = max(2, int(0.4 * rough_mm.max() / pixel_mm / step))
    smooth = gaussian_filter1d(excess, 1.0, axis=0, mode="nearest")
    reach = min(reach, len(u_px) // 2 - 1)
    found = profiles.widths(smooth.astype(np.float32), reach, noise)
    width = (found[:, 4] - found[:, 3]) * step * pixel_mm
    calibre = optics.calibre_from_width(width, blur)
    seen = (found[:, 2] > 0) & (width > 0)
    return np.where(seen, calibre, 0.0), found[:, 5] * step * pixel_mm


def _expected(calibre: Floats, step_mm: float) -> Floats:
    """Return the calibre without lesions: running median, then smooth."""
    size = min(len(calibre), max(3, int(WINDOW_MM / step_mm))) | 1
    middle = percentile_filter(calibre, 50, size=size, mode="nearest")
    smooth: Floats = gaussian_filter1d(middle, size / 8, mode="nearest")
    return np.maximum(smooth, 0.05)


def _opacity(area: Floats, calibre: Floats, gauge: float, step_mm: float) -> Floats:
    """Return attenuation per mm of lumen along the run, robust and smooth."""
    reference = max(gauge, 1e-6)
    wide = calibre > 0.35
    local = np.where(
        wide, area / (np.pi / 4 * np.maximum(calibre, 0.1) ** 2), reference
    )
    size = min(len(local), max(3, int(WINDOW_MM / step_mm))) | 1
    middle = percentile_filter(local, 60, size=size, mode="nearest")
    smooth: Floats = gaussian_filter1d(middle, size / 8, mode="nearest")
    return np.clip(smooth, 0.1 * reference, 3 * reference)
