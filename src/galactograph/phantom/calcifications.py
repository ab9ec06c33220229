"""Microcalcifications of the shapes that accompany cancer."""

from __future__ import annotations

import numpy as np

from galactograph.phantom.planting import along
from galactograph.values.arrays import Floats, Ints
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Balls

SHAPES = ("fine-linear-branching", "pleomorphic", "amorphous")

SHARES = (0.4, 0.35, 0.25)
"""How often each is drawn. source: assumed; casts of ducts go with high grade and
amorphous ones with low grade (remembered)."""


def calcifications(
    tree: DuctTree, inside: Ints, rng: np.random.Generator
) -> tuple[str, Balls]:
    """Calcify a diseased segment; return the shape and the grains.

    Parameters
    ----------
    tree, inside
        The lobe, and the points of the segment.
    rng
        The source of chance.
    """
    shape = SHAPES[rng.choice(3, p=SHARES)]
    draw = {
        "fine-linear-branching": _linear,
        "pleomorphic": _pleomorphic,
        "amorphous": _amorphous,
    }[shape]
    return shape, draw(tree, inside, rng)


def _linear(tree: DuctTree, inside: Ints, rng: np.random.Generator) -> Balls:
    """Cast stretches of ducts, on through their forks: rods under 0.5 mm wide.

    source: thin, under 0.5 mm wide, branching like the ducts they cast (remembered).
    """
    ducts = inside[tree.radii_mm[inside] > 0.1]
    ducts = ducts if len(ducts) else inside
    rods, widths = [], []
    for start in rng.choice(ducts, int(rng.integers(8, 17))):
        nodes, s = along(tree, int(start), 4.0)
        length = rng.uniform(0.8, 3.0)
        rod = nodes[(s >= 0) & (s <= length)]
        if len(rod) < 2:
            continue
        # Beads overlap to a rod: one each 0.1 mm on the line through the points.
        at = np.arange(0, (len(rod) - 1) * 0.4, 0.1) / 0.4
        line = np.column_stack(
            [
                np.interp(at, np.arange(len(rod)), tree.points_mm[rod, a])
                for a in (0, 1, 2)
            ]
        )
        rods.append(line)
        beads = rng.uniform(0.05, 0.1) * rng.uniform(0.75, 1.2, len(line))
        # Gaps make it a broken line, as casts are.
        widths.append(np.where(rng.random(len(line)) < 0.12, 0.02, beads))
    return Balls(centres_mm=np.concatenate(rods), radii_mm=np.concatenate(widths))


def _pleomorphic(tree: DuctTree, inside: Ints, rng: np.random.Generator) -> Balls:
    """Scatter grains of every shape in clusters: each is two or three fused balls.

    source: under 0.5 mm, of varying size and shape (remembered).
    """
    count = int(rng.integers(15, 45))
    hubs = tree.points_mm[rng.choice(inside, 4)]
    grains = hubs[rng.integers(0, 4, count)] + rng.normal(0, 2.2, (count, 3))
    parts = np.repeat(np.arange(count), rng.integers(2, 4, count))
    size = rng.uniform(0.05, 0.18, count)[parts]
    shift = rng.normal(0, 0.7, (len(parts), 3)) * size[:, None]
    return Balls(
        centres_mm=grains[parts] + shift,
        radii_mm=size * rng.uniform(0.5, 1.0, len(parts)),
    )


def _amorphous(tree: DuctTree, inside: Ints, rng: np.random.Generator) -> Balls:
    """Dust one cluster with grains too small to have a shape.

    source: so small or hazy that no shape can be told (remembered).
    """
    count = int(rng.integers(50, 120))
    hub = tree.points_mm[int(rng.choice(inside))]
    return Balls(
        centres_mm=hub + rng.normal(0, 3.0, (count, 3)),
        radii_mm=rng.uniform(0.03, 0.07, count),
    )


def scattered(centre: Floats, radius_mm: float, rng: np.random.Generator) -> Balls:
    """Calcify a mass, one time in three; nothing otherwise."""
    count = int(rng.integers(5, 16)) if rng.random() < 1 / 3 else 0
    return Balls(
        centres_mm=centre + rng.normal(0, 0.45 * radius_mm, (count, 3)),
        radii_mm=rng.uniform(0.05, 0.17, count),
    )
