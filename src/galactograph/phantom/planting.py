"""What all lesions need: the lobe they are planted in, and ways to walk it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from galactograph.values.arrays import Bools, Floats, Ints
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


def spaced(
    tree: DuctTree, mask: Bools, count: int, gap_mm: float, rng: np.random.Generator
) -> list[int]:
    """Pick up to `count` points of `mask` at least `gap_mm` apart."""
    picked: list[int] = []
    nodes = np.flatnonzero(mask)
    # Wide ducts first, with luck: a shuffle weighted by the area of the lumen.
    luck = rng.random(len(nodes)) ** (1 / tree.radii_mm[nodes] ** 2)
    for node in nodes[np.argsort(-luck, kind="stable")]:
        if len(picked) >= count:
            break
        apart = [
            np.linalg.norm(tree.points_mm[node] - tree.points_mm[p]) for p in picked
        ]
        if all(a > gap_mm for a in apart):
            picked.append(int(node))
    return picked


def from_forks(tree: DuctTree) -> Floats:
    """Return the distance of each point to the nearer end of its branch, mm, (N,)."""
    s, away = tree.from_orifice_mm, np.zeros(len(tree))
    for branch in tree.branches:
        at = s[branch.nodes[1:]]
        away[branch.nodes[1:]] = np.minimum(at - s[branch.nodes[0]], at[-1] - at)
    return away


def widen(tree: DuctTree, node: int, radius_mm: float, reach_mm: float) -> DuctTree:
    """Widen the duct around `node` to `radius_mm`, fading over `reach_mm`."""
    nodes, s = along(tree, node, 4 * reach_mm + radius_mm)
    fade = np.exp(-0.5 * (np.maximum(np.abs(s) - radius_mm, 0) / reach_mm) ** 2)
    radii = tree.radii_mm.copy()
    radii[nodes] += np.maximum(radius_mm - radii[nodes], 0) * fade
    return replace(tree, radii_mm=radii)


def joined(old: Bodies, new: Bodies) -> Bodies:
    """Return the bodies of both."""
    return Bodies(
        nodes=np.concatenate([old.nodes, new.nodes]),
        offsets_mm=np.concatenate([old.offsets_mm, new.offsets_mm]),
        radii_mm=np.concatenate([old.radii_mm, new.radii_mm]),
        air=np.concatenate([old.air, new.air]),
    )


def cast_of(
    tree: DuctTree,
    node: int,
    length_mm: float,
    share: float,
    rng: np.random.Generator,
) -> Bodies:
    """Return a soft cast of a duct around `node`: a row of balls with ragged edges.

    Parameters
    ----------
    tree, node
        Where its middle lies.
    length_mm
        Along the duct.
    share
        Of the lumen's radius that it takes, in (0, 1).
    rng
        The source of chance.
    """
    nodes, s = along(tree, node, length_mm / 2)
    middle = np.abs(s) <= max(length_mm / 2, 0.2)
    nodes, s = nodes[middle], s[middle]
    # Thinner towards its ends, as a spindle.
    thin = np.sqrt(np.maximum(1 - (s / (0.52 * length_mm + 0.2)) ** 2, 0.15))
    radii = tree.radii_mm[nodes] * share * thin * rng.uniform(0.8, 1.1, len(nodes))
    offsets = rng.normal(size=(len(nodes), 3))
    offsets *= (
        rng.uniform(0, 0.7, len(nodes))
        * np.maximum(tree.radii_mm[nodes] - radii, 0)
        / np.linalg.norm(offsets, axis=1)
    )[:, None]
    return Bodies(
        nodes=nodes, offsets_mm=offsets, radii_mm=radii, air=np.zeros(len(nodes), bool)
    )
