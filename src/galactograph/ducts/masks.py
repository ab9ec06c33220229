"""Trace a mask that somebody else drew, by the same pieces that trace a duct map.

For measuring the tracer on real trees whose outline an expert drew, and for users
who have a mask of their own. Nothing is weighed here: every line of the mask is
believed.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from skimage.morphology import skeletonize

from galactograph.ducts import crossings, rooting
from galactograph.ducts import graph as graphs
from galactograph.ducts.traces import Trace, as_trace
from galactograph.ducts.weighing import Settings
from galactograph.errors import InvalidValue
from galactograph.values.arrays import Bools, Ints

SPUR_PX = 3.0
"""Shorter free ends are drawing errors of a skeleton; assumed."""

HOLE_PX = 9
"""Smaller holes in a mask are drawing errors; assumed."""

EDGE_PX = 2
"""Room around the mask, so that lines at its border are walked too."""

END_POINTS = 12
"""Points over which the width at an end of a line is taken; assumed."""


def trace_mask(mask: Bools, *, pixel_mm: float) -> tuple[Trace, ...]:
    """Trace every line of a mask; the longest tree first.

    Parameters
    ----------
    mask : bool, (H, W)
        True inside ducts (or vessels).
    pixel_mm
        Size of a pixel; only the unit of lengths and costs.

    Returns
    -------
    tuple of Trace
        One or more trees for each component of the mask, rooted at its widest end.
        `worth` is the length in mm, `strength` is 1, `rooted` is False: a mask does
        not say where the nipple is.

    Raises
    ------
    InvalidValue
        If the mask has not two axes, or `pixel_mm` is not positive.
    """
    mask = np.asarray(mask, bool)
    if mask.ndim != 2:
        raise InvalidValue(f"mask must have two axes, got {mask.ndim}")
    if not pixel_mm > 0:
        raise InvalidValue(f"pixel_mm must be > 0, got {pixel_mm}")
    graph = crossings.resolve(mask_graph(mask))
    walks: list[rooting.Walk] = []
    while graph.edges:
        walked = rooting.walk_out(graph, _widest_ends(graph), pixel_mm=pixel_mm)
        walks += [_shifted(walk, len(walks)) for walk in walked]
        # A bridge between two rings is walked one way only: the ring behind its
        # start is rooted on its own.
        done = {id(walk.edge) for walk in walked}
        graph.edges = [edge for edge in graph.edges if id(edge) not in done]
    traces = _traces(walks, pixel_mm)
    return tuple(sorted(traces, key=lambda t: -t.worth))


def mask_graph(mask: Bools) -> graphs.Graph:
    """Return the centrelines of a mask (H, W) as a graph, crossings not yet told."""
    padded = np.pad(_filled(np.asarray(mask, bool)).astype(np.uint8), EDGE_PX)
    # The quicker method (Zhang) eats diagonal lines two pixels wide from their ends.
    centreline = np.asarray(skeletonize(padded > 0, method="lee"), bool)
    half_px = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    graph = graphs.build(centreline, half_px, np.ones_like(half_px), spur_px=SPUR_PX)
    graph.nodes = [node - EDGE_PX for node in graph.nodes]
    for edge in graph.edges:
        edge.points = edge.points - EDGE_PX
    return graph


def _filled(mask: Bools) -> Bools:
    """Fill holes of a few pixels, which would make rings of the skeleton."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        (~mask).astype(np.uint8), connectivity=4
    )
    small = stats[:, cv2.CC_STAT_AREA] <= HOLE_PX
    filled: Bools = mask | small[labels]
    return filled


def _components(graph: graphs.Graph) -> Ints:
    """Return the number of the component of each edge, (E,)."""
    first = np.array([edge.first for edge in graph.edges])
    last = np.array([edge.last for edge in graph.edges])
    size = len(graph.nodes)
    joined = coo_matrix((np.ones(len(first)), (first, last)), shape=(size, size))
    _, number = connected_components(joined, directed=False)
    found: Ints = number[first]
    return found


def _widest_ends(graph: graphs.Graph) -> list[tuple[int, bool, float]]:
    """List the start of each component: its widest free end, else its widest line."""
    degree = graph.degrees()
    best: dict[int, tuple[tuple[bool, float], int, bool]] = {}
    for number, home in enumerate(_components(graph)):
        edge = graph.edges[number]
        for forward, node in ((True, edge.first), (False, edge.last)):
            near = edge.half_px if forward else edge.half_px[::-1]
            rank = (degree[node] == 1, float(np.median(near[:END_POINTS])))
            if int(home) not in best or rank > best[int(home)][0]:
                best[int(home)] = (rank, number, forward)
    return [(number, forward, 0.0) for _, number, forward in best.values()]


def _shifted(walk: rooting.Walk, by: int) -> rooting.Walk:
    """Return a walk numbered on from walks that were made before."""
    return rooting.Walk(
        edge=walk.edge,
        forward=walk.forward,
        parent=walk.parent + by if walk.parent >= 0 else -1,
        cost=walk.cost,
        children=[child + by for child in walk.children],
    )


def _traces(walks: list[rooting.Walk], pixel_mm: float) -> list[Trace]:
    """Return every tree of walks as a trace."""
    traces = []
    step_px = Settings().step_px
    for first, walk in enumerate(walks):
        if walk.parent >= 0:
            continue
        members = [first]
        for number in members:
            members += walks[number].children
        length = sum(walks[n].edge.length_px for n in members) * pixel_mm
        traces.append(as_trace(walks, members, length, rooted=False, step_px=step_px))
    return traces
