"""What all lesions need: the lobe they are planted in, and ways to walk it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from galactograph.values.arrays import Floats, Ints
from galactograph.values.codes import CauseName, FindingKind
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Balls, Bodies, Clouds, Lesion, Loop


@dataclass(frozen=True, kw_only=True, eq=False)
class Planted:
    """A lobe with its lesions, and what they add around it."""

    tree: DuctTree
    lobe: int = 0
    lesions: tuple[Lesion, ...] = ()
    bodies: Bodies = field(default_factory=Bodies)
    specks: Balls = field(default_factory=Balls)
    masses: Balls = field(default_factory=Balls)
    clouds: Clouds = field(default_factory=Clouds)
    loops: tuple[Loop, ...] = ()


def generations(tree: DuctTree) -> Ints:
    """Return the generation of the branch each point lies on, (N,)."""
    found = np.zeros(len(tree), np.int32)
    for branch in tree.branches:
        found[branch.nodes[1:]] = branch.generation
    return found


def descends(tree: DuctTree, node: int) -> Ints:
    """Return the points at or beyond `node`, parents first."""
    return np.flatnonzero(tree.beyond(node))


def name_lesion(
    planted: Planted,
    node: int,
    cause: CauseName,
    kind: FindingKind,
    size_mm: float,
    *,
    blocks: bool = False,
    **details: float,
) -> Lesion:
    """Name what stands at `node`."""
    return Lesion(
        cause=cause,
        kind=kind,
        lobe=planted.lobe,
        node=int(node),
        centre_mm=planted.tree.points_mm[node],
        size_mm=float(size_mm),
        blocks=blocks,
        details=details,
    )


def along(tree: DuctTree, node: int, reach_mm: float) -> tuple[Ints, Floats]:
    """Return points within `reach_mm` of `node` on its line, and signed distance.

    The line runs from the orifice through `node` and on along the widest child.
    """
    s = tree.from_orifice_mm
    line = [node]
    while tree.parents[line[0]] >= 0 and s[node] - s[line[0]] < reach_mm:
        line.insert(0, int(tree.parents[line[0]]))
    while s[line[-1]] - s[node] < reach_mm:
        below = np.flatnonzero(tree.parents == line[-1])
        if len(below) == 0:
            break
        line.append(int(below[np.argmax(tree.radii_mm[below])]))
    nodes = np.array(line, np.int32)
    return nodes, s[nodes] - s[node]


def pick(
    tree: DuctTree,
    wanted: Floats,
    rng: np.random.Generator,
) -> int:
    """Pick a point at random by weight; the widest point if none is wanted."""
    total = float(wanted.sum())
    if total <= 0:
        return int(np.argmax(tree.radii_mm))
    return int(rng.choice(len(tree), p=wanted / total))
