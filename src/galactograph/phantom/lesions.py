"""Plant what ails a duct: papilloma, ectasia, bubbles, a leak (cancers elsewhere)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from galactograph.phantom.anatomy import Build, LesionName
from galactograph.phantom.cancers import dcis, invasive
from galactograph.phantom.planting import (
    Planted,
    along,
    name_lesion,
    pick,
)
from galactograph.values.arrays import Floats
from galactograph.values.codes import CauseName, FindingKind
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Bodies, Clouds

RIM_MM = 0.2
"""Least gap left for contrast around a body; source: assumed."""


def _widen(tree: DuctTree, node: int, radius_mm: float, reach_mm: float) -> DuctTree:
    """Widen the duct around `node` to `radius_mm`, fading over `reach_mm`."""
    nodes, s = along(tree, node, 4 * reach_mm + radius_mm)
    fade = np.exp(-0.5 * (np.maximum(np.abs(s) - radius_mm, 0) / reach_mm) ** 2)
    radii = tree.radii_mm.copy()
    radii[nodes] += np.maximum(radius_mm - radii[nodes], 0) * fade
    return replace(tree, radii_mm=radii)


def _cluster(
    tree: DuctTree, node: int, size_mm: float, rng: np.random.Generator
) -> Bodies:
    """Return a lobulated body about `size_mm` long, a cluster of balls on its duct."""
    core = 0.36 * size_mm
    nodes, s = along(tree, node, size_mm / 2)
    count = int(np.clip(5 + 3 * size_mm, 6, 24))
    at = rng.uniform(-1, 1, count) * (size_mm / 2 - 0.6 * core)
    radii = core * rng.uniform(0.4, 0.8, count)
    at[0], radii[0] = 0.0, core
    side = rng.normal(size=(count, 3))
    side *= ((core - radii) * 0.9 / np.linalg.norm(side, axis=1))[:, None]
    picks = [int(nodes[np.argmin(np.abs(s - a))]) for a in at]
    return Bodies(
        nodes=np.array(picks),
        offsets_mm=side,
        radii_mm=radii,
        air=np.zeros(count, bool),
    )


def _from_forks(tree: DuctTree) -> Floats:
    """Return the distance of each point to the nearer end of its branch, mm."""
    s, away = tree.from_orifice_mm, np.zeros(len(tree))
    for branch in tree.branches:
        at = s[branch.nodes[1:]]
        away[branch.nodes[1:]] = np.minimum(at - s[branch.nodes[0]], at[-1] - at)
    return away


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
    weight = np.where(fits & (wide > least), wide**2, 0)
    # Within a branch if there is one long enough, so that no fork lies in the body.
    clear = weight * (_from_forks(tree) > 0.7 * size + 0.5)
    node = pick(tree, clear if clear.any() else weight, rng)
    lumen = 0.36 * size + (0.0 if build.obstructs else RIM_MM)
    tree = _widen(tree, node, lumen, 0.5 * size + 1.0)
    bodies = _cluster(tree, node, size, rng)
    if build.obstructs:
        # A plug as wide as the duct: what lies beyond stays empty.
        bodies = replace(bodies, radii_mm=np.maximum(bodies.radii_mm, 0.98 * lumen))
    planted = replace(planted, tree=tree, bodies=bodies)
    kind = FindingKind.TERMINATION if build.obstructs else FindingKind.FILLING_DEFECT
    found = name_lesion(
        planted,
        node,
        CauseName.PAPILLOMA,
        kind,
        size,
        blocks=build.obstructs,
        lumen_mm=2 * lumen,
        from_orifice_mm=float(s[node]),
    )
    return replace(planted, lesions=(*planted.lesions, found))


def ectasia(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Widen the trunk and first generations, taper lost, for 30 to 55 mm.

    source: over 2 mm, over 3 mm at the ampulla; subareolar (found).
    """
    tree, peak = planted.tree, build.lesion_size_mm / 2
    s = tree.from_orifice_mm
    reach = float(rng.uniform(30, 55))
    fade = np.clip((s - 4) / 8, 0, 1) * np.clip((reach + 12 - s) / 12, 0, 1)
    # Wide ducts widen most and lose their taper; twigs stay twigs.
    share = tree.radii_mm / tree.radii_mm.max()
    weight = fade * np.clip((share - 0.15) / 0.3, 0, 1)
    wave = 1 + 0.06 * np.sin(2 * np.pi * s / rng.uniform(7, 14) + rng.uniform(0, 6))
    goal = peak * share**0.75 * wave
    radii = tree.radii_mm + np.maximum(goal - tree.radii_mm, 0) * weight
    planted = replace(planted, tree=replace(tree, radii_mm=radii))
    # The place to point at: the middle of the widest stretch.
    node = int(np.argmin(np.abs(s - 0.45 * reach) + 100 * (radii < 0.85 * peak)))
    found = name_lesion(
        planted,
        node,
        CauseName.ECTASIA,
        FindingKind.ECTASIA,
        2 * float(radii.max()),
        reach_mm=reach,
    )
    return replace(planted, lesions=(*planted.lesions, found))


def bubbles(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Let air bubbles into ducts that are wide enough for them.

    source: round, sharply bounded, total absence of attenuation (found).
    """
    tree = planted.tree
    count = max(build.bubbles, 3 if build.lesion == "air-bubbles" else 0)
    size = build.lesion_size_mm if build.lesion == "air-bubbles" else 0.7
    taken: list[int] = list(planted.bodies.nodes)
    nodes, radii = [], []
    for _ in range(count):
        radius = 0.5 * size * rng.uniform(0.75, 1.2)
        far = np.ones(len(tree), bool)
        for other in taken:
            apart = np.linalg.norm(tree.points_mm - tree.points_mm[other], axis=1)
            far &= apart > 4 * size
        wide = (tree.radii_mm > 1.05 * radius) & (tree.from_orifice_mm > 8) & far
        if not wide.any():
            radius = 0.8 * float(np.max(tree.radii_mm * far))
            wide = (tree.radii_mm > 1.05 * radius) & far
        if radius < 0.15 or not wide.any():
            break
        node = int(rng.choice(np.flatnonzero(wide)))
        taken.append(node)
        nodes.append(node)
        radii.append(radius)
    k = len(nodes)
    old = planted.bodies
    bodies = Bodies(
        nodes=np.concatenate([old.nodes, np.array(nodes, int)]),
        offsets_mm=np.concatenate([old.offsets_mm, np.zeros((k, 3))]),
        radii_mm=np.concatenate([old.radii_mm, np.array(radii, float)]),
        air=np.concatenate([old.air, np.ones(k, bool)]),
    )
    found = tuple(
        name_lesion(planted, n, CauseName.ARTEFACT, FindingKind.AIR_BUBBLE, 2 * r)
        for n, r in zip(nodes, radii, strict=True)
    )
    return replace(planted, bodies=bodies, lesions=(*planted.lesions, *found))


def leak(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Tear the trunk near the nipple: contrast spreads in the tissue around it."""
    tree, size = planted.tree, build.lesion_size_mm
    s = tree.from_orifice_mm
    near = (s > 8) & (s < 24) & (tree.radii_mm > 0.3 * tree.radii_mm.max())
    node = pick(tree, near.astype(float), rng)
    count = 160
    # Contrast creeps between lobules: puffs follow a few wandering paths.
    paths = np.cumsum(rng.normal(0, size / 9, (8, count // 8, 3)), axis=1)
    spread = paths.reshape(count, 3)
    # The skin holds what creeps towards the surface; the nipple's axis is deep.
    aside = np.hypot(spread[:, 0], spread[:, 2])
    centres = tree.points_mm[node] + spread
    centres[:, 1] = np.maximum(centres[:, 1], 4 + 0.5 * aside)
    clouds = Clouds(
        centres_mm=centres,
        sigmas_mm=rng.uniform(0.05, 0.16, count) * size,
        iodine_mg=rng.dirichlet(np.full(count, 3.0)) * 0.035 * size**3,
    )
    found = name_lesion(
        planted, node, CauseName.ARTEFACT, FindingKind.EXTRAVASATION, size
    )
    return replace(planted, clouds=clouds, lesions=(*planted.lesions, found))


def plant(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Plant the lesion that `build` asks for, and its bubbles."""
    planters: dict[
        LesionName, Callable[[Planted, Build, np.random.Generator], Planted]
    ] = {
        "papilloma": papilloma,
        "ectasia": ectasia,
        "dcis": dcis,
        "invasive": invasive,
        "extravasation": leak,
    }
    if build.lesion in planters:
        planted = planters[build.lesion](planted, build, rng)
    if build.bubbles > 0 or build.lesion == "air-bubbles":
        planted = bubbles(planted, build, rng)
    return planted
