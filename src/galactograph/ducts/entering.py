"""Lead the tree to the nipple: every injected duct was entered at its tip.

In the nipple a duct is thin, and the skin lies over it: the line often begins at the
skin, or a piece of it stands alone. The way from there to the tip is the one that
keeps to most contrast. Where no contrast is seen on it, it counts as not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree
from skimage.graph import route_through_array

from galactograph.ducts.tracing import Trace
from galactograph.values.arrays import Floats
from galactograph.values.report import Nipple, Scene

NEAR_MM = 4.0
"""A tree that begins nearer to the tip has arrived: orifices lie up to 3 mm beside it
(measured on simulated views)."""

FAR_MM = 12.0
"""Farthest beginning that is led on: the nipple and the skin behind it (assumed)."""

LEAST_MM = 15.0
"""Shorter trees are not led anywhere (assumed)."""

BESIDE_MM = 0.8
"""A piece within this distance of the way is the same duct (assumed)."""

FAINT = 1.0
"""Noises of contrast at which a step costs half of what it does without (assumed)."""

SEEN = 4.0
"""Noises of contrast from which the way is seen (assumed)."""

MOST = 3.0
"""Brighter is no better: a detour for contrast is four times as long at most
(assumed)."""

MARGIN_MM = 2.0
STEP_PX = 3
SOFT_PX = 6.0
"""The way goes from pixel to pixel; a duct does not (assumed)."""


def enter(traces: Sequence[Trace], scene: Scene, pixel_mm: float) -> tuple[Trace, ...]:
    """Return the traces, the longest rooted one led to the tip of the nipple.

    Pieces that lie on the way become part of it.
    """
    tip = scene.nipple
    rooted = [trace for trace in traces if trace.rooted]
    if tip is None or not rooted:
        return tuple(traces)
    main = max(rooted, key=lambda trace: trace.worth)
    far = float(np.hypot(*(main.points[0] - (tip.row, tip.column)))) * pixel_mm
    steps = main.points[1:] - main.points[main.parents[1:]]
    long = float(np.hypot(*steps.T).sum()) * pixel_mm
    if not NEAR_MM < far <= FAR_MM or long < LEAST_MM:
        return tuple(traces)
    way = _way(tip, main.points[0], scene, pixel_mm)
    if way is None:
        return tuple(traces)
    near = cKDTree(np.concatenate([way, main.points[:1]]))
    kept = [
        trace
        for trace in traces
        if trace is main
        or not trace.rooted
        or float(near.query(trace.points)[0].max()) * pixel_mm > BESIDE_MM
    ]
    return tuple(_led(main, way, scene) if trace is main else trace for trace in kept)


def _way(tip: Nipple, root: Floats, scene: Scene, pixel_mm: float) -> Floats | None:
    """Return points (K, 2) from the tip to before `root`; None if off the image."""
    ends = np.rint(np.array([(tip.row, tip.column), root])).astype(int)
    margin = round(MARGIN_MM / pixel_mm)
    low = np.maximum(ends.min(0) - margin, 0)
    high = np.minimum(ends.max(0) + margin + 1, scene.excess.shape)
    if (ends < low).any() or (ends >= high).any():
        return None
    part = np.asarray(scene.excess[low[0] : high[0], low[1] : high[1]], float)
    bright = np.clip(part / (FAINT * scene.noise), 0, MOST)
    path, _ = route_through_array(
        1 / (1 + bright), tuple(ends[0] - low), tuple(ends[1] - low), geometric=True
    )
    whole = np.array(path, float)
    soft = gaussian_filter1d(whole, SOFT_PX, axis=0, mode="nearest")
    soft[[0, -1]] = whole[[0, -1]]
    points: Floats = soft[:-1:STEP_PX] + low
    return points if len(points) else None


def _led(main: Trace, way: Floats, scene: Scene) -> Trace:
    """Return a trace with a way before its root."""
    count = len(way)
    rows, columns = np.rint(way).astype(int).T
    seen = scene.excess[rows, columns] > SEEN * scene.noise
    return replace(
        main,
        points=np.concatenate([way, main.points]),
        parents=np.concatenate(
            [np.arange(-1, count - 1), [count - 1], main.parents[1:] + count]
        ).astype(np.int32),
        half_px=np.concatenate([np.full(count, main.half_px[0]), main.half_px]),
        strength=np.concatenate([main.strength[0] * seen, main.strength]),
    )
