"""Cross-sections of traced ducts: centring, width, area, and who overlaps whom."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree

from galactograph.ducts.tracing import Trace
from galactograph.kernels import profiles
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.report import Scene
from galactograph.values.tree import DuctTree


@dataclass(frozen=True, kw_only=True, eq=False)
class Section:
    """Cross-sections of a trace at its N points; lengths in mm, see `Duct`."""

    width_mm: Floats
    area: Floats
    peak: Floats
    good: Bools


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
    steps: Floats = np.maximum(reach / half, 0.1)
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


def centre(scene: Scene, trace: Trace) -> Trace:
    """Move points across the duct to the middle between its flanks."""
    found, steps = _profiles(scene, trace, _reach(trace))
    offset: Floats = (found[:, 3] + found[:, 4]) / 2 * steps
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


def _along(given: Floats, parents: Ints, rounds: int) -> Floats:
    """Smooth values along a tree: each with its parent and its children."""
    values: Floats = given
    index = np.arange(len(values))
    up = np.maximum(parents, 0)
    for _ in range(rounds):
        total = values + values[up]
        weight = np.full(len(values), 2.0)
        np.add.at(total, up[1:], values[index[1:]])
        np.add.at(weight, up[1:], 1.0)
        values = total / weight
    return values


def sections_of(scene: Scene, trace: Trace, pixel_mm: float) -> Section:
    """Measure the profile across every point of a trace."""
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
    starts = np.cumsum([0, *(len(t.points) for t in traces)])
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
    return [flags[i:j] for i, j in pairwise(starts)]
