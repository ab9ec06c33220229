"""What was traced against what was painted."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from ducts.scenes import Line, World, centreline, pixels_of
from galactograph.values.arrays import Floats
from galactograph.values.report import Duct, Reading


def traced(ducts: tuple[Duct, ...], step_px: float = 1.0) -> Floats:
    """Return all traced centreline as pixel places (N, 2), about a pixel apart."""
    found = [np.zeros((0, 2))]
    for duct in ducts:
        points = np.stack([duct.rows, duct.columns], axis=1)
        for node, parent in enumerate(duct.tree.parents):
            if parent >= 0:
                far = float(np.hypot(*(points[node] - points[parent])))
                share = np.linspace(0, 1, max(2, int(far / step_px) + 2))[1:, None]
                found.append(points[parent] + share * (points[node] - points[parent]))
    return np.concatenate(found)


def share_near(mine: Floats, theirs: Floats, reach_px: float) -> float:
    """Return the share of `mine` (N, 2) that lies within reach of `theirs`."""
    if not len(mine):
        return 1.0
    if not len(theirs):
        return 0.0
    far, _ = cKDTree(theirs).query(mine)
    return float((far <= reach_px).mean())


def truth_px(world: World, lines: tuple[Line, ...] | None = None) -> Floats:
    """Return the true centreline as pixel places."""
    lines = world.lines if lines is None else lines
    places = [np.zeros((0, 2)), *(centreline(line)[0] for line in lines)]
    return pixels_of(world, np.concatenate(places))


def recall(world: World, reading: Reading, within_mm: float = 0.5) -> float:
    """Return the share of true duct that was traced."""
    reach = within_mm / world.pixel_mm
    return share_near(truth_px(world), traced(reading.ducts), reach)


def precision(world: World, reading: Reading, within_mm: float = 0.5) -> float:
    """Return the share of traced duct that is true."""
    reach = within_mm / world.pixel_mm
    return share_near(traced(reading.ducts), truth_px(world), reach)


def calibres_near(world: World, reading: Reading, line: Line) -> tuple[Floats, Floats]:
    """Return measured and true calibre of the points along one duct, ends left out."""
    places, calibre = centreline(line)
    inner = slice(len(places) // 10 + 1, -len(places) // 10 - 1)
    far = cKDTree(pixels_of(world, places)[inner])
    mine, true = [], []
    for duct in reading.ducts:
        points = np.stack([duct.rows, duct.columns], axis=1)
        gap, near = far.query(points)
        close = (gap < 0.3 / world.pixel_mm) & ~duct.overlap
        mine.append(duct.calibre_mm[close])
        true.append(calibre[inner][near[close]])
    return np.concatenate(mine), np.concatenate(true)
