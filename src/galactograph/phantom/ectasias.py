"""Plant duct ectasia: of a whole system or of one stretch, with debris or without."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from galactograph.phantom.anatomy import Build
from galactograph.phantom.planting import (
    Planted,
    along,
    cast_of,
    from_forks,
    generations,
    joined,
    name_lesion,
    pick,
    spaced,
)
from galactograph.values.codes import CauseName, FindingKind


def ectasia(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Widen the trunk and first generations, taper lost, for 35 to 60 mm.

    source: over 2 mm, over 3 mm at the ampulla; subareolar (found).
    """
    tree, peak = planted.tree, build.lesion_size_mm / 2
    s = tree.from_orifice_mm
    reach = float(rng.uniform(35, 60))
    fade = np.clip((s - 4) / 8, 0, 1) * np.clip((reach + 12 - s) / 12, 0, 1)
    # Wide ducts widen most and lose their taper; twigs stay twigs.
    share = tree.radii_mm / tree.radii_mm.max()
    weight = fade * np.clip((share - 0.15) / 0.3, 0, 1)
    wave = 1 + 0.06 * np.sin(2 * np.pi * s / rng.uniform(7, 14) + rng.uniform(0, 6))
    goal = peak * share**0.6 * wave
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
    planted = replace(planted, lesions=(*planted.lesions, found))
    return _debris(planted, build, rng)


def focal(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Widen one stretch of a large duct into a spindle, 8 to 20 mm long.

    source: focal ectasia is one of its forms (found); length assumed.
    """
    tree, peak = planted.tree, build.lesion_size_mm / 2
    s, generation = tree.from_orifice_mm, generations(tree)
    half = float(rng.uniform(4, 10))
    fits = (generation <= 3) & (s > 14) & (tree.radii_mm > 0.25)
    room = np.minimum(from_forks(tree), half) + 0.2
    node = pick(tree, fits * tree.radii_mm * room, rng)
    nodes, away = along(tree, node, half)
    bell = np.cos(np.clip(away / half, -1, 1) * np.pi / 2) ** 2
    radii = tree.radii_mm.copy()
    radii[nodes] += np.maximum(peak - radii[nodes], 0) * bell
    planted = replace(planted, tree=replace(tree, radii_mm=radii))
    found = name_lesion(
        planted,
        node,
        CauseName.ECTASIA,
        FindingKind.ECTASIA,
        2 * float(radii[node]),
        reach_mm=2 * half,
        focal=1.0,
    )
    planted = replace(planted, lesions=(*planted.lesions, found))
    return _debris(planted, build, rng)


def _debris(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Let clumps of debris lie in ducts of an ectasia, away from one another.

    source: thick secretions fill ectatic ducts (found); number and size assumed.
    """
    tree = planted.tree
    wide = tree.radii_mm > 0.6 * tree.radii_mm.max()
    wide &= tree.from_orifice_mm > 12
    nodes = spaced(tree, wide, build.debris, 5.0, rng)
    found = []
    for node in nodes:
        radius = float(tree.radii_mm[node])
        length = radius * float(rng.uniform(0.9, 2.2))
        part = cast_of(tree, node, length, rng.uniform(0.35, 0.6), rng)
        planted = replace(planted, bodies=joined(planted.bodies, part))
        found.append(
            name_lesion(
                planted,
                node,
                CauseName.ECTASIA,
                FindingKind.FILLING_DEFECTS,
                length,
                debris=1.0,
                count=float(len(nodes)),
            )
        )
    return replace(planted, lesions=(*planted.lesions, *found))
