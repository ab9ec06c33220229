"""Trace ducts: from a duct map to rooted trees of centreline points."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree

from galactograph.ducts import branches, choosing, joints, rooting
from galactograph.ducts import graph as graphs
from galactograph.ducts.crossings import resolve
from galactograph.ducts.links import link
from galactograph.ducts.segmentation import strength_of
from galactograph.ducts.traces import Trace, as_trace, resample
from galactograph.ducts.weighing import (
    Settings,
    clutter_level,
    gauge_of,
    likeness,
    weigh,
    worth_of,
)
from galactograph.kernels import ranks
from galactograph.values.arrays import Floats
from galactograph.values.image import DuctMap
from galactograph.values.report import Nipple, Scene
from galactograph.values.study import View

__all__ = [
    "Settings",
    "Trace",
    "at_home",
    "lines_of",
    "resample",
    "trace",
    "walked",
]


SPUR_WIDTHS = 1.3
"""Half-widths of a lumen that a side branch must reach out of (as for spurs)."""


def trace(
    view: View,
    scene: Scene,
    duct_map: DuctMap,
    *,
    settings: Settings | None = None,
) -> tuple[Trace, ...]:
    """Trace every filled duct of a view; trees from the nipple first."""
    settings = settings or Settings()
    pixel_mm = view.image.grid.pixel_mm
    lines = lines_of(scene, duct_map, pixel_mm)
    if not lines.edges:
        return ()
    linked = link(lines, pixel_mm=pixel_mm)
    rooted, trunk, gauge = walked(lines, linked, scene, pixel_mm, settings)
    weak = clutter_level(lines, trunk, scene, pixel_mm, settings)
    shown = [_shown(rooted, walk) for walk in rooted]
    judged = branches.worths(rooted, shown, scene, gauge, pixel_mm)
    traces, reached = _grow(
        rooted, weak, pixel_mm, settings, rooted=True, judged=judged
    )
    # What was hung on by too dear a way may still stand by itself, and so may what was
    # not drawn for its way alone.
    clear = branches.clear(rooted, scene, gauge, pixel_mm)
    again = {id(walk.edge) for walk, one in zip(rooted, clear, strict=True) if one}
    done = {key for key, drawn in reached.items() if drawn or key not in again}
    left = [n for n, edge in enumerate(linked.edges) if id(edge) not in done]
    # Without a nipple in the image no tree can be rooted: nothing is loose then.
    within = scene.nipple is not None
    level = weak * settings.loose_factor if within else weak

    def grow(walks: list[rooting.Walk]) -> list[Trace]:
        if within and not branches.is_sure(walks, scene, gauge, pixel_mm):
            return []
        return _grow(walks, level, pixel_mm, settings, rooted=False)[0]

    loose = [
        one
        for one in _loose(linked, left, level, scene.nipple, pixel_mm, grow)
        if one.worth >= settings.least_loose_mm
    ]
    traces += at_home(traces, loose, pixel_mm, settings)
    return tuple(sorted(traces, key=lambda t: (not t.rooted, -t.worth)))


def lines_of(scene: Scene, duct_map: DuctMap, pixel_mm: float) -> graphs.Graph:
    """Return the lines of a duct map, crossings resolved, each weighed."""
    spur = graphs.Settings().spur_mm / pixel_mm
    lines = graphs.build(
        duct_map.centreline, duct_map.scale_px, strength_of(duct_map), spur_px=spur
    )
    if lines.edges:
        lines = resolve(lines)
        weigh(lines, scene, pixel_mm)
    return lines


def _loose(
    linked: graphs.Graph,
    left: list[int],
    level: float,
    nipple: Nipple | None,
    pixel_mm: float,
    grow: Callable[[list[rooting.Walk]], list[Trace]],
) -> list[Trace]:
    """Trace what hangs together without a link to the nipple."""
    traces: list[Trace] = []
    worth = {n: worth_of(linked.edges[n], level, pixel_mm) for n in left}
    while left:
        number = max(left, key=worth.__getitem__)
        if worth[number] < 1.0:
            break
        rest = graphs.Graph(nodes=linked.nodes, edges=[linked.edges[n] for n in left])
        begin = _outermost(rest, left.index(number), nipple)
        walks = rooting.walk_out(rest, begin, pixel_mm=pixel_mm)
        traces += grow(walks)
        gone = {id(walk.edge) for walk in walks}
        left = [n for n in left if id(linked.edges[n]) not in gone]
    return traces


def at_home(
    rooted: list[Trace], loose: list[Trace], pixel_mm: float, settings: Settings
) -> list[Trace]:
    """Return the loose pieces that lie where the injected system lies.

    One orifice is filled: its ducts lie together. A short line far from all of them is
    a vessel or a fold, unless what hangs on the nipple is little itself.
    """
    if not rooted or not loose:
        return loose
    whole = sum(trace.worth for trace in rooted)
    tree = cKDTree(np.concatenate([trace.points for trace in rooted]))
    return [
        trace
        for trace in loose
        if trace.worth >= settings.home_share * whole
        or float(tree.query(trace.points)[0].min()) * pixel_mm <= settings.home_mm
    ]


def walked(
    lines: graphs.Graph,
    linked: graphs.Graph,
    scene: Scene,
    pixel_mm: float,
    settings: Settings,
) -> tuple[list[rooting.Walk], Floats, float]:
    """Walk all that hangs together with the nipple, decided over all lines at once.

    Returns the walks, the points (N, 2) of safe duct, and its opacity per pixel, by
    which all lines are weighed from then on.
    """
    arcs = joints.arcs_in(lines, linked, scene, pixel_mm)
    costs = choosing.costs_of(arcs, len(linked.edges))
    chosen = choosing.choose(arcs, costs, len(linked.edges))
    walks = choosing.walks_of(linked, arcs, chosen, choosing.doubts_of(arcs))
    safe, _ = _grow(walks, settings.safe, pixel_mm, settings, rooted=True)
    trunk = np.concatenate([t.points for t in safe]) if safe else np.zeros((0, 2))
    gauge = gauge_of(walks, settings.safe, pixel_mm)
    for edge in (*lines.edges, *linked.edges):
        edge.strength = edge.strength * likeness(edge.opacity, gauge)
    return walks, trunk, gauge


def _grow(
    walks: list[rooting.Walk],
    weak: float,
    pixel_mm: float,
    settings: Settings,
    *,
    rooted: bool,
    judged: list[float] | None = None,
) -> tuple[list[Trace], dict[int, bool]]:
    """Keep what is worth keeping and turn each tree of walks into points.

    What each walk is worth in its tree may be `judged`: then that says what is drawn,
    and the lines by themselves how much the tree speaks for contrast. Beside the
    trees the identities of the edges that either keeps are returned, and whether they
    are drawn.
    """
    dear = settings.doubt_worth_mm if rooted else settings.link_worth_mm
    worth = [
        worth_of(walk.edge, weak, pixel_mm) * _shown(walks, walk) - dear * doubt
        for walk, doubt in zip(walks, branches.doubts(walks), strict=True)
    ]
    kept = rooting.keep_best(walks, worth)
    drawn = kept if judged is None else rooting.keep_best(walks, judged)
    traces = []
    reached: dict[int, bool] = {}
    for first, walk in enumerate(walks):
        if walk.parent >= 0 or not kept[first]:
            continue
        firm = _members(walks, first, kept)
        total = sum(worth[n] for n in firm)
        if total <= 1.0 or not any(walks[n].edge.seen for n in firm):
            continue
        members = _members(walks, first, drawn)
        reached.update((id(walks[n].edge), False) for n in firm)
        reached.update((id(walks[n].edge), True) for n in members)
        if any(walks[n].edge.seen for n in members):
            traces.append(
                as_trace(walks, members, total, rooted=rooted, step_px=settings.step_px)
            )
    return traces, reached


def _members(walks: list[rooting.Walk], first: int, kept: list[bool]) -> list[int]:
    """List the walks that are kept of the tree that begins with a walk."""
    members = [first] if kept[first] else []
    for number in members:
        members += [child for child in walks[number].children if kept[child]]
    return members


def _shown(walks: list[rooting.Walk], walk: rooting.Walk) -> float:
    """Return the share of a side branch that lies outside of the lumen it leaves.

    A branch comes out of half a width h after h / sin(turn) (derived); a blunt end's
    skeleton forks into its corners.
    """
    before = walks[walk.parent] if walk.parent >= 0 else walk
    over = 0.0
    if not before.edge.seen and before.parent >= 0:
        over, before = before.edge.length_px, walks[before.parent]
    if before is walk or not before.edge.seen or not walk.edge.seen:
        return 1.0
    heading = before.edge.heading(at_last=before.forward)
    straight = [
        float(heading @ -walks[n].edge.heading(at_last=not walks[n].forward))
        for n in before.children
        if walks[n].edge.seen and walks[n] is not walk
    ]
    mine = float(heading @ -walk.edge.heading(at_last=not walk.forward))
    if mine >= max(straight, default=-1.0):
        return 1.0
    sine = float(np.sqrt(np.clip(1 - mine**2, 0.25, 1.0)))
    hidden = SPUR_WIDTHS * ranks.median(before.half_px[-5:]) / sine - over
    return float(np.clip(1 - hidden / max(walk.edge.length_px, 1e-9), 0.0, 1.0))


def _outermost(
    rest: graphs.Graph, number: int, nipple: Nipple | None
) -> list[tuple[int, bool, float]]:
    """Start a loose tree at the end nearest the nipple of what hangs together."""
    meeting: dict[int, list[int]] = {}
    for n, edge in enumerate(rest.edges):
        for node in (edge.first, edge.last):
            meeting.setdefault(node, []).append(n)
    seen, queue = {number}, [number]
    while queue:
        edge = rest.edges[queue.pop()]
        for node in (edge.first, edge.last):
            for other in meeting[node]:
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
    place = (
        np.array([nipple.row, nipple.column])
        if nipple is not None
        else rest.nodes[rest.edges[number].first]
    )
    best = min(
        (
            (float(np.hypot(*(rest.nodes[node] - place))), n, forward)
            for n in seen
            if rest.edges[n].seen
            for forward, node in (
                (True, rest.edges[n].first),
                (False, rest.edges[n].last),
            )
        ),
        default=(0.0, number, True),
    )
    return [(best[1], best[2], 0.0)]
