"""Trees for tests: any shape, planar, drawn by hypothesis."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from galactograph.values.tree import DuctTree


@st.composite
def parents(draw: st.DrawFn, least: int = 1, most: int = 40) -> np.ndarray:
    """Draw the parents of any rooted tree, (V,)."""
    count = draw(st.integers(least, most))
    above = [draw(st.integers(0, node - 1)) for node in range(1, count)]
    return np.array([-1, *above], np.int64)


@st.composite
def forking(draw: st.DrawFn, most: int = 12) -> np.ndarray:
    """Draw the parents of a rooted tree whose inner nodes fork in two or three."""
    above, ends = [-1], [0]
    for _ in range(draw(st.integers(0, most))):
        node = ends.pop(draw(st.integers(0, len(ends) - 1)))
        for _ in range(draw(st.integers(2, 3))):
            ends.append(len(above))
            above.append(node)
    return np.array(above, np.int64)


@st.composite
def planar(draw: st.DrawFn, most: int = 60) -> DuctTree:
    """Draw a planar tree of points whose links are 0.5 to 4 mm long."""
    above = draw(parents(2, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    steps = rng.uniform(0.5, 4, len(above))
    turn = rng.uniform(0, 2 * np.pi, len(above))
    points = np.zeros((len(above), 3))
    for node in range(1, len(above)):
        way = [np.cos(turn[node]), np.sin(turn[node]), 0.0]
        points[node] = points[above[node]] + steps[node] * np.array(way)
    return DuctTree(
        points_mm=points, parents=above, radii_mm=rng.uniform(0.05, 1.0, len(above))
    )


def renumbered(above: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return an order of the nodes, parents first, drawn at random."""
    below: list[list[int]] = [[] for _ in above]
    for node, parent in enumerate(above[1:], 1):
        below[parent].append(node)
    order, free = [], [0]
    while free:
        node = free.pop(int(rng.integers(len(free))))
        order.append(node)
        free += below[node]
    return np.array(order)


def relabelled(above: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the same tree with its nodes numbered otherwise."""
    order = renumbered(above, rng)
    place = np.argsort(order)
    return np.array([-1, *place[above[order[1:]]]], np.int64)


def moved(tree: DuctTree, rng: np.random.Generator) -> DuctTree:
    """Return the same tree with its points in another order."""
    order = renumbered(np.asarray(tree.parents), rng)
    place = np.argsort(order)
    return DuctTree(
        points_mm=tree.points_mm[order],
        parents=np.array([-1, *place[tree.parents[order[1:]]]]),
        radii_mm=tree.radii_mm[order],
    )
