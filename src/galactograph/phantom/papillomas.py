"""Plant papillomas: one in a large duct near the nipple, or several far out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from galactograph.phantom.anatomy import Build
from galactograph.phantom.planting import (
    Planted,
    along,
    from_forks,
    generations,
    joined,
    name_lesion,
    pick,
    spaced,
    widen,
)
from galactograph.values.arrays import Floats
from galactograph.values.codes import CauseName, FindingKind
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Bodies

RIM_MM = 0.2
"""Least gap left for contrast around a body; source: assumed."""

SLENDER = 0.36
"""Half the width of a papilloma over its length; source: defect 2 mm thick and 15 deep,
mass 1.7 x 3.7 mm in one case (found); assumed between."""


def fronds(
    tree: DuctTree, node: int, size_mm: float, rng: np.random.Generator
) -> Bodies:
    """Return a papilloma `size_mm` long: a stalk from the wall, a core, and fronds.

    The core is ball 0. All balls but the stalk lie within a spindle about the duct's
    middle, off to the side of the stalk.
    """
    core = SLENDER * size_mm
    nodes, s = along(tree, node, size_mm / 2)
    count = int(np.clip(6 + 3 * size_mm, 8, 48))
    # Along the duct: more in the middle; each as large as the spindle allows.
    at = rng.triangular(-1, 0, 1, count) * size_mm / 2
    spindle = core * np.sqrt(np.maximum(1 - (2 * at / size_mm) ** 2, 0.05))
    radii = spindle * rng.uniform(0.3, 0.55, count)
    side = rng.normal(size=(count, 3))
    side *= ((spindle - radii) / np.linalg.norm(side, axis=1))[:, None]
    at[0], radii[0], side[0] = 0.0, 0.85 * core, 0.0
    wall = rng.normal(size=3)
    wall /= np.linalg.norm(wall)
    side += 0.4 * RIM_MM * wall
    stalk = np.linspace(0.7, 1.05, 4)
    picks = [int(nodes[np.argmin(np.abs(s - a))]) for a in [*at, 0, 0, 0, 0]]
    return Bodies(
        nodes=np.array(picks),
        offsets_mm=np.concatenate([side, stalk[:, None] * core * wall]),
        radii_mm=np.concatenate([radii, np.full(4, max(0.14 * core, 0.06))]),
        air=np.zeros(count + 4, bool),
    )


def _one(
    planted: Planted, node: int, size: float, rng: np.random.Generator
) -> tuple[Planted, float]:
    """Expand the duct at `node` and put a papilloma there; return its lumen, mm."""
    lumen = SLENDER * size + RIM_MM
    tree = widen(planted.tree, node, lumen, 0.5 * size + 1.0)
    bodies = joined(planted.bodies, fronds(tree, node, size, rng))
    return replace(planted, tree=tree, bodies=bodies), 2 * lumen


def papilloma(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Plant a papilloma in a large duct, 10 to 40 mm from the nipple.

    source: large ducts, most within 1 to 4 cm of the nipple (found); contrast
    flows around it, or stops at it with a convex end.
    """
    tree, size = planted.tree, build.lesion_size_mm
    s, wide = tree.from_orifice_mm, tree.radii_mm
    reach = float(s.max())
    fits = (s > min(14, 0.2 * reach)) & (s < min(48, 0.75 * reach))
    least = min(0.35, 0.6 * float(wide.max()))
    weight: Floats = np.where(fits & (wide > least), wide**2, 0)
    # Within a branch if there is one long enough, so that no fork lies in the body.
    clear = weight * (from_forks(tree) > 0.7 * size + 0.5)
    node = pick(tree, clear if clear.any() else weight, rng)
    planted, lumen = _one(planted, node, size, rng)
    if build.obstructs:
        # A plug as wide as the duct: what lies beyond stays empty.
        tree = widen(tree, node, SLENDER * size, 0.5 * size + 1.0)
        lumen = 2 * float(tree.radii_mm[node])
        radii = np.maximum(planted.bodies.radii_mm, 0.49 * lumen)
        bodies = replace(planted.bodies, radii_mm=radii)
        planted = replace(planted, tree=tree, bodies=bodies)
    kind = FindingKind.TERMINATION if build.obstructs else FindingKind.FILLING_DEFECT
    found = name_lesion(
        planted,
        node,
        CauseName.PAPILLOMA,
        kind,
        size,
        blocks=build.obstructs,
        lumen_mm=lumen,
        from_orifice_mm=float(s[node]),
    )
    return replace(planted, lesions=(*planted.lesions, found))


def papillomas(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Plant three to seven small papillomas in peripheral ducts of one region.

    source: arise in terminal lobules and extend into ducts, 10 to 30 % of papilloma
    cases (remembered); number and sizes assumed.
    """
    tree = planted.tree
    s, generation = tree.from_orifice_mm, generations(tree)
    outer = (generation >= 3) & (tree.radii_mm > 0.12) & (s > 0.45 * s.max())
    if not outer.any():
        outer = tree.radii_mm > np.quantile(tree.radii_mm, 0.5)
    centre = tree.points_mm[pick(tree, outer * tree.radii_mm, rng)]
    near = np.linalg.norm(tree.points_mm - centre, axis=1) < 22.0
    gap = 3.0 * build.lesion_size_mm
    nodes = spaced(tree, outer & near, int(rng.integers(3, 8)), gap, rng)
    found = []
    for node in nodes:
        size = build.lesion_size_mm * float(rng.uniform(0.7, 1.2))
        planted, lumen = _one(planted, node, size, rng)
        found.append(
            name_lesion(
                planted,
                node,
                CauseName.PAPILLOMA,
                FindingKind.FILLING_DEFECTS,
                size,
                lumen_mm=lumen,
                from_orifice_mm=float(s[node]),
                count=float(len(nodes)),
            )
        )
    return replace(planted, lesions=(*planted.lesions, *found))
