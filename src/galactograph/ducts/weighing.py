"""Weigh lines: how much each speaks for contrast in a duct, against clutter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

from galactograph.ducts import graph as graphs
from galactograph.ducts import optics, rooting
from galactograph.kernels import profiles
from galactograph.values.arrays import Floats
from galactograph.values.report import Scene

LEAST_STRENGTH = 0.3
"""Ridge strength that counts as none: its logarithm stays finite."""

LENGTH_POWER, FORKS_MM, LENGTHS_MM = 0.3, 1.4, (0.8, 1.4)
"""Power of length by which a line's strength falls, the length that leaves it as it is,
and between which lengths. source: a logistic regression of the lines of 30 simulated
dev views gives 0.46 (0.79 of 1.70 for ridge strength); with 0.3 to 0.35 most was found
and right on 52, when the tree is chosen as a whole (measured). Bounds: a duct that does
not fork for long must be kept, so length itself speaks against none."""

LIKENESS_POWER, LIKE, LIKENESS = 0.85, 1.2, (0.15, 2.0)
"""Power of a line's opacity by which its strength rises, the ratio of the gauge to the
opacity that leaves it as it is, and bounds. source: the same regression (1.45 of 1.70);
bounds and ratio on the same 52 views (measured)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How trees are rooted and pruned (assumed; tuned on simulated studies)."""

    weak: float = 2.75
    """Lowest ridge strength at which a line may be duct."""
    safe: float = 3.2
    """Ridge strength that is duct wherever a tree leads to it."""
    territory_mm: float = 6.0
    """Farther than this from safe duct, a line is taken for clutter."""
    linkable: float = 0.35
    """Share of clutter in the territory that a tree would link to."""
    false_share: float = 0.09
    """Share of false duct that is accepted."""
    doubt_worth_mm: float = 0.9
    """Duct that a nat of doubt, whether a line goes on, must gain beyond it. source:
    of 1.9, 1.3, 0.9 and 0.6 the best sum of found and right on 8 simulated dev views of
    usual and 15 of a third of the contrast (0.991, 0.971; 0.843, 0.867)"""
    link_worth_mm: float = 0.9
    """The same for a unit of link cost in a piece without a link to the nipple."""
    home_mm: float = 8.0
    """A loose piece lies with the injected system if it comes so near to it,"""
    home_share: float = 0.25
    """or is worth this share of what hangs on the nipple. source of both: assumed."""
    least_loose_mm: float = 8.0
    """Shorter trees without a link to the nipple are dropped."""
    loose_factor: float = 1.6
    """How much stronger than weak a loose line must be."""
    step_px: float = 3.0
    """Distance between points of the traced tree."""


def clutter_level(
    lines: graphs.Graph,
    trunk: Floats,
    scene: Scene,
    pixel_mm: float,
    settings: Settings,
) -> float:
    """Return the ridge strength at which a line is as likely clutter as duct.

    Lines far from `trunk`, the points (N, 2) of safe duct, are this image's own
    clutter. The level is the lowest at which the clutter expected in the territory of
    the ducts, as dense there as elsewhere, stays a small share of the ducts.
    """
    if not len(trunk):
        return settings.safe
    distance, _ = cKDTree(trunk).query(
        np.array([edge.points[len(edge.points) // 2] for edge in lines.edges])
    )
    far = distance * pixel_mm > settings.territory_mm
    strengths = np.array([_standing(edge, pixel_mm) for edge in lines.edges])
    lengths = np.array([edge.length_px * pixel_mm for edge in lines.edges])
    cells = {tuple(cell) for cell in (trunk * pixel_mm // settings.territory_mm)}
    territory = 2.0 * len(cells) * settings.territory_mm**2
    elsewhere = max(
        float(scene.breast.sum()) * pixel_mm**2 - territory,
        4 * settings.territory_mm**2,
    )
    for level in np.arange(settings.weak, settings.safe, 0.25):
        clutter = lengths[far & (strengths > level)].sum() / elsewhere * territory
        ducts = lengths[~far & (strengths > level)].sum()
        if settings.linkable * clutter <= settings.false_share * ducts:
            return float(level)
    return settings.safe


def _standing(edge: graphs.Edge, pixel_mm: float) -> float:
    """Return the strength of a line: its mean evidence, more if it is short.

    The mean of logarithms, as evidence adds up along a line. Ducts fork every few
    millimetres, strands and vessels do not: of two lines as strong the shorter is duct
    more often.
    """
    evidence = np.log(np.maximum(edge.strength, LEAST_STRENGTH)).mean()
    least, most = LENGTHS_MM
    length_mm = min(max(edge.whole_px * pixel_mm, least), most)
    return float(np.exp(evidence) * (length_mm / FORKS_MM) ** -LENGTH_POWER)


def worth_of(edge: graphs.Edge, weak: float, pixel_mm: float) -> float:
    """Return what an edge speaks for, in mm of certain duct; clutter is negative."""
    if not edge.seen:
        return 0.0
    strength = _standing(edge, pixel_mm)
    share = min(max((strength - weak) / weak, -1.0), 1.0)
    return share * edge.length_px * pixel_mm


def weigh(lines: graphs.Graph, scene: Scene, pixel_mm: float) -> None:
    """Measure the opacity of every line from its mean profile."""
    half = 32
    wide = np.array([edge.calibre_px / 2 for edge in lines.edges])
    counts = np.array([len(edge.points) for edge in lines.edges])
    steps = np.repeat(np.clip(wide * 3.5 / half, 0.2, 3.0), counts)
    points = np.concatenate([edge.points for edge in lines.edges])
    normals = np.concatenate([_normals(edge.points) for edge in lines.edges])
    strip = profiles.across(
        np.asarray(scene.excess),
        np.ascontiguousarray(points[:, 0]),
        np.ascontiguousarray(points[:, 1]),
        normals,
        steps,
        half,
        0,
    )
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    mean = np.add.reduceat(strip, starts, axis=0) / counts[:, None]
    slack = scene.noise / np.sqrt(max(1, int(np.median(counts))))
    found = profiles.widths(mean.astype(np.float32), 8, slack)
    step = steps[starts]
    blur = optics.blur_mm(pixel_mm) / pixel_mm
    calibre = optics.calibre_from_width((found[:, 4] - found[:, 3]) * step, blur)
    opacity = found[:, 2] / np.maximum(optics.peak_of(calibre, blur), 1e-9)
    for edge, value in zip(lines.edges, opacity, strict=True):
        edge.opacity = float(value)


def _normals(points: Floats) -> Floats:
    """Return unit normals (M, 2) of a line of pixels, from its smooth course."""
    smooth = gaussian_filter1d(points, 3.0, axis=0, mode="nearest")
    way = np.gradient(smooth, axis=0)
    norm = np.maximum(np.hypot(*way.T), 1e-9)[:, None]
    normals: Floats = np.stack([way[:, 1], -way[:, 0]], axis=1) / norm
    return normals


def gauge_of(walks: list[rooting.Walk], safe: float, pixel_mm: float) -> float:
    """Return the opacity of the safest lines of the tree, by length."""
    seen = [
        walk.edge
        for walk in walks
        if walk.edge.seen and _standing(walk.edge, pixel_mm) > 1.5 * safe
    ]
    if not seen:
        return 0.0
    order = sorted(seen, key=lambda edge: edge.opacity)
    lengths = np.cumsum([edge.length_px for edge in order])
    return order[int(np.searchsorted(lengths, lengths[-1] / 2))].opacity


def likeness(opacity: float, gauge: float) -> float:
    """Weigh a line by its opacity: tissue is many times less opaque than contrast.

    A power of the ratio to the gauge, as evidence; contrast may be diluted.
    """
    if gauge <= 0:
        return 1.0
    least, most = LIKENESS
    ratio = max(LIKE * opacity / gauge, 0.0)
    return float(np.clip(ratio**LIKENESS_POWER, least, most))
