"""What an injection leaves besides filled ducts: leaked contrast, and bubbles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from galactograph.values.arrays import Bools
from galactograph.values.codes import CauseName, FindingKind
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Bodies, Breast, Clouds, Filling, Lesion

PUFFS = 160
"""Puffs in which leaked contrast is drawn; assumed."""

TISSUE_SHARE = 0.12
"""Share of the tissue's volume that leaked contrast takes; assumed."""

LEAST_BUBBLE_MM = 0.2
"""Smallest duct radius in which a bubble is seen; assumed."""

MOST_BUBBLES = 24
"""More than these run together and leave; assumed."""


def puffs(
    tree: DuctTree,
    node: int,
    iodine_mg: float,
    strength_mg_ml: float,
    rng: np.random.Generator,
) -> Clouds:
    """Return contrast that left at `node`, as puffs that crept between lobules."""
    if node < 0 or iodine_mg <= 0:
        return Clouds()
    soaked_mm3 = 1000 * iodine_mg / strength_mg_ml / TISSUE_SHARE
    size = 2 * (3 * soaked_mm3 / (4 * np.pi)) ** (1 / 3)
    paths = np.cumsum(rng.normal(0, size / 9, (8, PUFFS // 8, 3)), axis=1)
    spread = paths.reshape(PUFFS, 3)
    # The skin holds what creeps towards the surface; the nipple's axis is deep.
    centres = tree.points_mm[node] + spread
    aside = np.hypot(spread[:, 0], spread[:, 2])
    centres[:, 1] = np.maximum(centres[:, 1], 4 + 0.5 * aside)
    return Clouds(
        centres_mm=centres,
        sigmas_mm=rng.uniform(0.05, 0.16, PUFFS) * size,
        iodine_mg=rng.dirichlet(np.full(PUFFS, 3.0)) * iodine_mg,
    )


def bubbles(
    tree: DuctTree,
    open_: Bools,
    bodies: Bodies,
    air_ml: float,
    rng: np.random.Generator,
) -> Bodies:
    """Return the bubbles that `air_ml` from the line leaves in the ducts.

    They lodge in ducts that are wide enough, sooner near the nipple; air that finds no
    room has gone back past the cannula.

    source: round, sharply bounded, several (found).
    """
    left = 1000 * air_ml
    free = open_ & (tree.radii_mm > LEAST_BUBBLE_MM) & (tree.from_orifice_mm > 6)
    for node, radius in zip(bodies.nodes, bodies.radii_mm, strict=True):
        free &= _apart(tree, int(node), radius)
    nodes: list[int] = []
    radii: list[float] = []
    while left > 0 and free.any() and len(nodes) < MOST_BUBBLES:
        weight = free * tree.radii_mm**2 * np.exp(-tree.from_orifice_mm / 30)
        node = int(rng.choice(len(tree), p=weight / weight.sum()))
        radius = float(tree.radii_mm[node] * rng.uniform(0.5, 0.95))
        radius = min(radius, (3 * left / (4 * np.pi)) ** (1 / 3))
        nodes.append(node)
        radii.append(radius)
        left -= 4 / 3 * np.pi * radius**3
        left = left if left > 4 / 3 * np.pi * 0.1**3 else 0.0
        free &= _apart(tree, node, 1.5 * radius)
    return Bodies(
        nodes=np.array(nodes, np.int32),
        offsets_mm=np.zeros((len(nodes), 3)),
        radii_mm=np.array(radii),
        air=np.ones(len(nodes), bool),
    )


def _apart(tree: DuctTree, node: int, reach_mm: float) -> Bools:
    """Tell which points are farther than `reach_mm` and a little from a point."""
    away = np.linalg.norm(tree.points_mm - tree.points_mm[node], axis=1)
    return np.asarray(away > reach_mm + 0.8)


def joined(one: Bodies, other: Bodies) -> Bodies:
    """Return all bodies of both."""
    return Bodies(
        nodes=np.concatenate([one.nodes, other.nodes]),
        offsets_mm=np.concatenate([one.offsets_mm, other.offsets_mm]),
        radii_mm=np.concatenate([one.radii_mm, other.radii_mm]),
        air=np.concatenate([one.air, other.air]),
    )


def settle(breast: Breast, filling: Filling) -> Breast:
    """Return the breast as the injection left it: calibres, leaks and bubbles.

    A leak that was planted holds the iodine that the injection gave it.
    """
    if filling.lobe != breast.injected:
        return breast
    tree, own = breast.tree, breast.clouds
    if len(filling.calibre_fraction):
        tree = replace(tree, radii_mm=tree.radii_mm * filling.calibre_fraction)
    lobes = list(breast.lobes)
    lobes[breast.injected] = tree
    planted = filling.leaked_mg - float(filling.clouds.iodine_mg.sum())
    whole = float(own.iodine_mg.sum())
    scale = min(max(planted, 0.0) / whole, 1.0) if whole > 0 else 0.0
    return replace(
        breast,
        lobes=tuple(lobes),
        lesions=(*breast.lesions, *_artefacts(tree, filling)),
        bodies=joined(breast.bodies, filling.bubbles),
        clouds=Clouds(
            centres_mm=np.concatenate([own.centres_mm, filling.clouds.centres_mm]),
            sigmas_mm=np.concatenate([own.sigmas_mm, filling.clouds.sigmas_mm]),
            iodine_mg=np.concatenate([own.iodine_mg * scale, filling.clouds.iodine_mg]),
        ),
    )


def _artefacts(tree: DuctTree, filling: Filling) -> list[Lesion]:
    """Return what the injection left, as what imitates lesions."""
    found = [
        Lesion(
            cause=CauseName.ARTEFACT,
            kind=FindingKind.AIR_BUBBLE,
            lobe=filling.lobe,
            node=int(node),
            centre_mm=tree.points_mm[node],
            size_mm=2 * float(radius),
        )
        for node, radius in zip(
            filling.bubbles.nodes, filling.bubbles.radii_mm, strict=True
        )
    ]
    if filling.tear >= 0:
        spread = filling.clouds.centres_mm.std(axis=0).max()
        found.append(
            Lesion(
                cause=CauseName.ARTEFACT,
                kind=FindingKind.EXTRAVASATION,
                lobe=filling.lobe,
                node=filling.tear,
                centre_mm=tree.points_mm[filling.tear],
                size_mm=float(4 * spread),
                details={"leaked_mg": filling.leaked_mg},
            )
        )
    return found
