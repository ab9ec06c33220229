"""Every way to walk on from one line to another, and what speaks for each.

An arc leads from a line walked one way to a line walked one way: where they meet, over
a link that bridges a gap, or along a short stretch where two lines lie over one another
("pass"). A line may also begin near the nipple ("root"). Nothing is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from galactograph.ducts.facing import Faces, faced, moved, nobody
from galactograph.ducts.graph import Edge, Graph
from galactograph.ducts.joint_ends import (
    Ends,
    angle,
    crests_of,
    ends_of,
    meetings_of,
)
from galactograph.ducts.joint_faces import faces_of
from galactograph.ducts.joint_weighing import (
    DIRECT,
    JUMP,
    PASS,
    ROOT,
    SIDE,
    THROUGH,
    begins,
    joins,
    outward,
    tips,
)
from galactograph.kernels import ranks
from galactograph.values.arrays import Floats, Ints
from galactograph.values.report import Scene

__all__ = [
    "DIRECT",
    "FEATURES",
    "JUMP",
    "PASS",
    "ROOT",
    "SIDE",
    "THROUGH",
    "Arcs",
    "Settings",
    "arcs_in",
    "arcs_of",
]

FEATURES = (
    "jump",
    "side",
    "pass",
    "root",
    "turn",
    "straighter",
    "widen",
    "bend",
    "gap_mm",
    "gap_calibres",
    "added",
    "away",
    "farther",
    "tip",
    "dimmer",
    "whole_brighter",
    "whole_dimmer",
    "third_bright",
    "line_step",
    "root_far",
    "root_thin",
    "root_met",
    "through",
    "unlike",
    "faced",
)
"""What is weighed, in the order of the columns; what each is: see `joints.toml`."""


KINDS = (
    ("jump", JUMP),
    ("side", SIDE),
    ("pass", PASS),
    ("root", ROOT),
    ("through", THROUGH),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an arc may be (assumed)."""

    root_reach_mm: float = 22.0
    """Farthest first visible duct from the nipple."""
    pass_widths: float = 6.0
    """Longest stretch, in widths, on which two lines lie over one another,"""
    pass_turn_deg: float = 40.0
    """and the farthest turn of a line on it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Arcs:
    """J ways to enter a line.

    Attributes
    ----------
    before, after : int64, (J,)
        States: twice the number of the edge, one more if it is walked from its last
        point to its first. `before` is -1 at a root.
    over : int64, (J,)
        The edge between them (a link, or the line that is passed along); -1 if none.
    kind : int64, (J,)
        `DIRECT`, `JUMP`, `SIDE`, `PASS`, `THROUGH` or `ROOT`.
    features : float64, (J, F)
        In the order of `FEATURES`.
    """

    before: Ints
    after: Ints
    over: Ints
    kind: Ints
    features: Floats


def arcs_of(
    graph: Graph,
    excess: Floats,
    nipple: Floats | None,
    *,
    pixel_mm: float,
    noise: float,
    faces: Faces | None = None,
) -> Arcs:
    """List every arc of a graph with links.

    Parameters
    ----------
    graph
        With links as unseen edges.
    excess : (H, W)
        Attenuation above the background.
    nipple : (2,)
        Row and column; None if it is not in the image: no line begins there then.
    pixel_mm
        Size of a pixel.
    noise
        Of the excess, one sigma.
    faces
        Ends that face each other across a line; none if not given.
    """
    settings, faces = Settings(), faces or nobody()
    crests = crests_of(graph, excess)
    ends = ends_of(graph, crests)
    pairs, over, kind = _pairs(graph, ends, settings)
    both = np.concatenate([faces.ends, faces.ends[:, ::-1]])
    pairs = np.concatenate([pairs, both])
    over = np.concatenate([over, np.full(len(both), -1)])
    kind = np.concatenate([kind, np.full(len(both), THROUGH)])
    roots = _roots(graph, ends, nipple, settings.root_reach_mm / pixel_mm)
    mid = np.array([ranks.median(some) for some in crests])
    values = joins(graph, ends, mid, pairs, kind, noise)
    values["gap_mm"] = values["gap_mm"] * pixel_mm
    none = np.full(len(roots), -1)
    # Who walks to an end came from its edge's other end.
    before = np.concatenate([pairs[:, 0] ^ 1, none])
    after = np.concatenate([pairs[:, 1], roots])
    kind = np.concatenate([kind, np.full(len(roots), ROOT)])
    for name, value in KINDS:
        values[name] = kind == value
    values |= faced(faces, pairs, kind == THROUGH, roots)
    values["tip"] = tips(graph)[after]
    if nipple is not None:
        values |= outward(ends, after, nipple, pixel_mm)
        values |= begins(graph, ends, roots, nipple, pixel_mm)
    features = np.zeros((len(after), len(FEATURES)))
    for column, name in enumerate(FEATURES):
        if name in values:
            # What is weighed at beginnings only stands in the last rows.
            rows = values[name]
            at = len(after) - len(rows) if name.startswith("root_") else 0
            features[at : at + len(rows), column] = rows
    return Arcs(
        before=before,
        after=after,
        over=np.concatenate([over, none]),
        kind=kind,
        features=features,
    )


def arcs_in(lines: Graph, linked: Graph, scene: Scene, pixel_mm: float) -> Arcs:
    """Return every way into every line of a graph with links, made of `lines`."""
    nipple, excess = scene.nipple, np.asarray(scene.excess)
    faces = faces_of(lines, excess, pixel_mm=pixel_mm, noise=scene.noise)
    return arcs_of(
        linked,
        excess,
        None if nipple is None else np.array([nipple.row, nipple.column]),
        pixel_mm=pixel_mm,
        noise=scene.noise,
        faces=moved(faces, lines, linked),
    )


def _pairs(graph: Graph, ends: Ends, settings: Settings) -> tuple[Ints, Ints, Ints]:
    """List pairs of ends (J, 2) that a walk may join, by what edge, and the kind."""
    meeting = meetings_of(graph)
    found: list[tuple[int, int, int, int]] = []
    for here in meeting:
        found += [(a, b, -1, DIRECT) for a, b in permutations(here, 2) if a ^ 1 != b]
    for number, edge in enumerate(graph.edges):
        near, far = meeting[edge.first], meeting[edge.last]
        if not edge.seen:
            kind = JUMP if len(near) == len(far) == 1 else SIDE
        elif _passable(edge, near, far, settings):
            near = [a for a in near if a // 2 != number]
            far = [b for b in far if b // 2 != number]
            kind = PASS
        else:
            continue
        for a in near:
            for b in far:
                if a // 2 == b // 2:
                    continue
                found += [(a, b, number, kind), (b, a, number, kind)]
    rows = np.array(found, np.int64).reshape(-1, 4)
    turn = angle(-ends.heading[rows[:, 0]], ends.heading[rows[:, 1]])
    good = (rows[:, 3] != PASS) | (turn < np.radians(settings.pass_turn_deg))
    rows = rows[good]
    return rows[:, :2], rows[:, 2], rows[:, 3]


def _passable(edge: Edge, near: list[int], far: list[int], settings: Settings) -> bool:
    """Tell whether a seen edge may be two lines over one another."""
    wide = 2 * float(max(edge.half_px[0], edge.half_px[-1]))
    return (
        min(len(near), len(far)) >= 3
        and edge.first != edge.last
        and edge.length_px < settings.pass_widths * wide
    )


def _roots(graph: Graph, ends: Ends, nipple: Floats | None, reach: float) -> Ints:
    """List the states that may begin a tree."""
    if nipple is None:
        return np.zeros(0, np.int64)
    far = np.hypot(*(ends.place - nipple).T)
    seen = np.repeat([edge.seen for edge in graph.edges], 2)
    return np.flatnonzero(seen & (far <= reach))
