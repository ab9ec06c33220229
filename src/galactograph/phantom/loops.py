"""Anastomoses: ends of ducts that open into another duct of the same lobe.

A `DuctTree` stays a tree: the joining duct hangs on one side, and a `Loop` beside the
tree says which of its points are one lumen.
"""

from __future__ import annotations

import numpy as np

from galactograph.values.arrays import Floats, Ints
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Loop

LEAST_MM, MOST_MM = 2.0, 8.0
"""Length of the joining duct; source: assumed."""

LEAST_RADIUS_MM = 0.07
"""Neither duct is thinner; source: assumed, so that the join could be seen."""


def _uncles(tree: DuctTree, tip: int) -> Ints:
    """Return points that a duct at `tip` could reach, away from its own branches."""
    away = np.linalg.norm(tree.points_mm - tree.points_mm[tip], axis=1)
    fits = (away > LEAST_MM) & (away < MOST_MM) & (tree.radii_mm > LEAST_RADIUS_MM)
    up = tip
    # Its own line and the branch beside it are no loop worth the name.
    for _ in range(2):
        while tree.parents[up] >= 0 and tree.children[tree.parents[up]] == 1:
            up = int(tree.parents[up])
        up = max(int(tree.parents[up]), 0)
    fits &= ~tree.beyond(up)
    while up >= 0:
        fits[up] = False
        up = int(tree.parents[up])
    return np.flatnonzero(fits)


def _bridge(start: Floats, end: Floats, step_mm: float, bow: Floats) -> Floats:
    """Return points of a bowed duct from `start` (left out) to `end`, (M, 3)."""
    length = float(np.linalg.norm(end - start))
    t = np.linspace(0, 1, max(int(np.ceil(length / step_mm)), 2) + 1)[1:, None]
    points: Floats = start + t * (end - start) + 0.1 * length * np.sin(np.pi * t) * bow
    return points


def join(
    tree: DuctTree, lobe: int, count: int, step_mm: float, *, rng: np.random.Generator
) -> tuple[DuctTree, list[Loop]]:
    """Add up to `count` loops to a lobe; return the tree with them, and the loops.

    source: 11 anastomoses in 4 of 16 systems, 9 of them within a system, Ohtake 2001
    (found).
    """
    tips = [b.nodes[-1] for b in tree.branches if b.parent is not None]
    able = np.array([t for t in tips if tree.radii_mm[t] > LEAST_RADIUS_MM], int)
    loops: list[Loop] = []
    for tip in rng.permutation(able):
        if len(loops) == count:
            break
        near = _uncles(tree, int(tip))
        if len(near) == 0:
            continue
        node = int(rng.choice(near))
        bow = rng.normal(size=3)
        path = _bridge(tree.points_mm[tip], tree.points_mm[node], step_mm, bow / 2)
        n = len(tree)
        radius = min(tree.radii_mm[tip], tree.radii_mm[node])
        tree = DuctTree(
            points_mm=np.concatenate([tree.points_mm, path]),
            parents=np.concatenate(
                [tree.parents, [tip], np.arange(n, n + len(path) - 1)]
            ),
            radii_mm=np.concatenate([tree.radii_mm, np.full(len(path), radius)]),
        )
        loops.append(Loop(lobe=lobe, tip=n + len(path) - 1, node=node))
    return tree, loops
