"""Trace ducts: from a duct map to rooted trees of centreline points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter
from scipy.spatial import cKDTree

from galactograph.ducts import graph as graphs
from galactograph.ducts import optics, rooting
from galactograph.ducts.segmentation import strength_of
from galactograph.kernels import profiles
from galactograph.values.arrays import Floats, Ints
from galactograph.values.image import DuctMap
from galactograph.values.report import Nipple, Scene
from galactograph.values.study import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How trees are rooted and pruned (assumed; tuned on simulated studies)."""

    root_reach_mm: float = 22.0
    """Farthest first visible duct from the nipple."""
    weak: float = 2.75
    """Lowest ridge strength at which a line may be duct."""
    safe: float = 5.0
    """Ridge strength that is duct wherever a tree leads to it."""
    territory_mm: float = 6.0
    """Farther than this from safe duct, a line is taken for clutter."""
    linkable: float = 0.35
    """Share of clutter in the territory that a tree would link to."""
    false_share: float = 0.06
    """Share of false duct that is accepted."""
    link_worth_mm: float = 1.2
    """Duct that a unit of link cost must gain beyond it."""
    least_loose_mm: float = 8.0
    """Shorter trees without a link to the nipple are dropped."""
    loose_factor: float = 1.6
    """How much stronger than weak a loose line must be."""
    step_px: float = 3.0
    """Distance between points of the traced tree."""


TYPICAL_MM = 3.0
"""Length of a line whose strength counts as it is (assumed)."""

LENGTH_POWER = 0.25
"""How strength grows with length (assumed; between none and the 1/2 of white noise)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """A traced tree in pixels.

    Attributes
    ----------
    points : float64, (N, 2)
        Row and column; parents first.
    parents : int32, (N,)
    half_px : float64, (N,)
    strength : float64, (N,)
        0 where a gap was bridged.
    rooted
        Linked to the nipple.
    worth
        Evidence for the whole tree, in mm of certain duct.
    """

    points: Floats
    parents: Ints
    half_px: Floats
    strength: Floats
    rooted: bool
    worth: float


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
    spur = graphs.Settings().spur_mm / pixel_mm
    lines = graphs.build(
        duct_map.centreline, duct_map.scale_px, strength_of(duct_map), spur_px=spur
    )
    if not lines.edges:
        return ()
    _weigh(lines, scene, pixel_mm)
    linked = graphs.link(lines, pixel_mm=pixel_mm)
    starts = _starts(linked, scene.nipple, pixel_mm, settings)
    rooted = rooting.walk_out(linked, starts, pixel_mm=pixel_mm)
    safe = _grow(rooted, settings.safe, pixel_mm, settings, rooted=True)
    gauge = _gauge(rooted, settings.safe, pixel_mm)
    for edge in (*lines.edges, *linked.edges):
        edge.strength = edge.strength * _like(edge.opacity, gauge)
    weak = clutter_level(lines, safe, scene, pixel_mm, settings)
    traces = _grow(rooted, weak, pixel_mm, settings, rooted=True)
    reached = {id(walk.edge) for walk in rooted}
    left = [n for n, edge in enumerate(linked.edges) if id(edge) not in reached]
    traces += _loose(linked, left, weak * settings.loose_factor, scene, pixel_mm)
    return tuple(sorted(traces, key=lambda t: (not t.rooted, -t.worth)))


def _weigh(lines: graphs.Graph, scene: Scene, pixel_mm: float) -> None:
    """Measure the opacity of every line from its mean profile."""
    half = 32
    wide = np.array([np.median(edge.half_px) for edge in lines.edges])
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


def _gauge(walks: list[rooting.Walk], safe: float, pixel_mm: float) -> float:
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


def _like(opacity: float, gauge: float) -> float:
    """Weigh a line by its opacity: tissue is many times less opaque than contrast.

    Contrast may be diluted to a half; below that a line counts the less.
    """
    if gauge <= 0:
        return 1.0
    return float(np.clip(2 * opacity / gauge, 0.3, 1.0))


def _loose(
    linked: graphs.Graph,
    left: list[int],
    weak: float,
    scene: Scene,
    pixel_mm: float,
) -> list[Trace]:
    """Trace what hangs together without a link to the nipple, by stricter rules."""
    settings = Settings()
    traces: list[Trace] = []
    worth = {n: _worth(linked.edges[n], weak, pixel_mm) for n in left}
    while left:
        number = max(left, key=worth.__getitem__)
        if worth[number] < 1.0:
            break
        rest = graphs.Graph(nodes=linked.nodes, edges=[linked.edges[n] for n in left])
        begin = _outermost(rest, left.index(number), scene.nipple)
        walks = rooting.walk_out(rest, begin, pixel_mm=pixel_mm)
        grown = _grow(walks, weak, pixel_mm, settings, rooted=False)
        traces += [t for t in grown if t.worth >= settings.least_loose_mm]
        gone = {id(walk.edge) for walk in walks}
        left = [n for n in left if id(linked.edges[n]) not in gone]
    return traces


def clutter_level(
    lines: graphs.Graph,
    safe: list[Trace],
    scene: Scene,
    pixel_mm: float,
    settings: Settings,
) -> float:
    """Return the ridge strength at which a line is as likely clutter as duct.

    Lines far from every safe duct are this image's own clutter. The level is the
    lowest at which the clutter expected in the territory of the ducts, as dense
    there as elsewhere, stays a small share of the ducts.
    """
    if not safe:
        return settings.safe
    trunk = np.concatenate([t.points for t in safe])
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
    """Return the strength of a line, raised for long ones: clutter is short."""
    long = (edge.whole_px * pixel_mm / TYPICAL_MM) ** LENGTH_POWER
    return float(np.median(edge.strength) * np.clip(long, 0.75, 1.7))


def _worth(edge: graphs.Edge, weak: float, pixel_mm: float) -> float:
    """Evidence for an edge, in mm of certain duct; negative if it looks like clutter."""
    if not edge.seen:
        return 0.0
    strength = _standing(edge, pixel_mm)
    share = np.clip((strength - weak) / weak, -1.0, 1.0)
    return float(share) * edge.length_px * pixel_mm


def _starts(
    linked: graphs.Graph, nipple: Nipple | None, pixel_mm: float, settings: Settings
) -> list[tuple[int, bool, float]]:
    """List edge ends near the nipple from which a tree may start, with their cost."""
    if nipple is None:
        return []
    place = np.array([nipple.row, nipple.column])
    starts = []
    reach = settings.root_reach_mm / pixel_mm
    degree = linked.degrees()
    for number, edge in enumerate(linked.edges):
        if not edge.seen:
            continue
        for forward, node in ((True, edge.first), (False, edge.last)):
            way = linked.nodes[node] - place
            far = float(np.hypot(*way))
            if far > reach:
                continue
            inward = -edge.heading(at_last=not forward)
            turn = 0.0
            if far * pixel_mm > 2:
                turn = np.degrees(np.arccos(np.clip(way @ inward / far, -1, 1)))
            cost = far / reach * 3 + max(0.0, turn - 45) / 30
            cost += 0.0 if degree[node] == 1 else 0.5
            # Wide ducts leave the nipple: a start at a hair costs more.
            cost += max(0.0, float(np.log2(0.5 / (edge.calibre_px * pixel_mm))))
            starts.append((number, forward, float(cost)))
    return starts


def _grow(
    walks: list[rooting.Walk],
    weak: float,
    pixel_mm: float,
    settings: Settings,
    *,
    rooted: bool,
) -> list[Trace]:
    """Keep what is worth keeping and turn each tree of walks into points."""
    worth = [
        _worth(walk.edge, weak, pixel_mm)
        - settings.link_worth_mm
        * max(0.0, walk.cost - (walks[walk.parent].cost if walk.parent >= 0 else 0.0))
        for walk in walks
    ]
    kept = rooting.keep_best(walks, worth)
    traces = []
    for first, walk in enumerate(walks):
        if walk.parent >= 0 or not kept[first]:
            continue
        members = [first]
        for number in members:
            members += [child for child in walks[number].children if kept[child]]
        if not any(walks[n].edge.seen for n in members):
            continue
        total = sum(worth[n] for n in members)
        if total > 1.0:
            traces.append(_as_trace(walks, members, settings, total, rooted=rooted))
    return traces


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


def _as_trace(
    walks: list[rooting.Walk],
    members: list[int],
    settings: Settings,
    worth: float,
    *,
    rooted: bool,
) -> Trace:
    """String the walks together as points every few pixels, smoothed."""
    points: list[Floats] = []
    parents: list[int] = []
    half: list[float] = []
    strength: list[float] = []
    ends: dict[int, int] = {}
    for number in members:
        walk = walks[number]
        line, wide, strong = resample(walk, settings.step_px)
        above = ends.get(walk.parent, -1)
        first = 0 if above < 0 else 1
        for k in range(first, len(line)):
            parents.append(above)
            above = len(points)
            points.append(line[k])
            half.append(float(wide[k]))
            strength.append(float(strong[k]))
        ends[number] = above
    return Trace(
        points=np.array(points),
        parents=np.array(parents, np.int32),
        half_px=np.array(half),
        strength=np.array(strength),
        rooted=rooted,
        worth=worth,
    )


def resample(walk: rooting.Walk, step_px: float) -> tuple[Floats, Floats, Floats]:
    """Smooth a walk and take points about `step_px` apart, both ends kept."""
    points, half, strength = walk.points, walk.half_px, walk.strength
    if walk.edge.seen and len(points) > 4:
        ends = points[[0, -1]]
        points = gaussian_filter1d(points, 2.0, axis=0, mode="nearest")
        points[[0, -1]] = ends
        half = median_filter(half, size=min(9, len(half)), mode="nearest")
    reach = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    count = max(2, round(reach[-1] / step_px) + 1)
    at = np.linspace(0, reach[-1], count)
    line = np.stack([np.interp(at, reach, points[:, k]) for k in (0, 1)], axis=1)
    return line, np.interp(at, reach, half), np.interp(at, reach, strength)
