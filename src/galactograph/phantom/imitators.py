"""Plant what imitates a lesion: bubbles, clot, secretion, a kink, a leak."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from galactograph.phantom.anatomy import Build
from galactograph.phantom.planting import (
    Planted,
    cast_of,
    from_forks,
    generations,
    joined,
    name_lesion,
    pick,
    spaced,
)
from galactograph.values.arrays import Floats
from galactograph.values.codes import CauseName, FindingKind
from galactograph.values.truth import Bodies, Clouds


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
    new = Bodies(
        nodes=np.array(nodes, int),
        offsets_mm=np.zeros((k, 3)),
        radii_mm=np.array(radii, float),
        air=np.ones(k, bool),
    )
    found = tuple(
        name_lesion(planted, n, CauseName.ARTEFACT, FindingKind.AIR_BUBBLE, 2 * r)
        for n, r in zip(nodes, radii, strict=True)
    )
    bodies = joined(planted.bodies, new)
    return replace(planted, bodies=bodies, lesions=(*planted.lesions, *found))


def clot(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Let a clot lie in a large duct: one long cast with contrast around it.

    source: elongated cast, mobile (found); width assumed.
    """
    tree, size = planted.tree, build.lesion_size_mm
    s, away = tree.from_orifice_mm, from_forks(tree)
    fits = (generations(tree) <= 2) & (s > 12) & (tree.radii_mm > 0.3)
    clear = fits * tree.radii_mm * (away > 0.5 * size)
    node = pick(tree, clear if clear.any() else fits * away, rng)
    part = cast_of(tree, node, size, float(rng.uniform(0.6, 0.8)), rng)
    planted = replace(planted, bodies=joined(planted.bodies, part))
    found = name_lesion(
        planted, node, CauseName.ARTEFACT, FindingKind.FILLING_DEFECT, size, clot=1.0
    )
    return replace(planted, lesions=(*planted.lesions, found))


def secretion(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Let thick secretion lie in several ducts: casts of many lengths.

    source: casts, often in wide ducts (found); number assumed.
    """
    tree = planted.tree
    fits = (tree.from_orifice_mm > 12) & (tree.radii_mm > 0.3)
    count = int(rng.integers(2, 6))
    nodes = spaced(tree, fits, count, 1.5 * build.lesion_size_mm, rng)
    found = []
    for node in nodes:
        size = build.lesion_size_mm * float(rng.uniform(0.5, 1.3))
        part = cast_of(tree, node, size, float(rng.uniform(0.5, 0.85)), rng)
        planted = replace(planted, bodies=joined(planted.bodies, part))
        found.append(
            name_lesion(
                planted,
                node,
                CauseName.ARTEFACT,
                FindingKind.FILLING_DEFECTS,
                size,
                secretion=1.0,
                count=float(len(nodes)),
            )
        )
    return replace(planted, lesions=(*planted.lesions, *found))


def kink(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Bend a duct sharply, and narrow it at the bend: a fold, not a stenosis.

    source: a kink narrows in one view and not in the other (found); size assumed.
    """
    tree, half = planted.tree, build.lesion_size_mm
    s, generation = tree.from_orifice_mm, generations(tree)
    fits = (generation >= 1) & (generation <= 4) & (s > 15) & (tree.radii_mm > 0.25)
    away = from_forks(tree)
    clear = fits * (away > half + 0.5)
    node = pick(tree, clear.astype(float) if clear.any() else fits * away, rng)
    line = np.flatnonzero(tree.branch_numbers == tree.branch_numbers[node])
    reach = np.abs(s[line] - s[node])
    before = int(tree.parents[node])
    ahead = tree.points_mm[node] - tree.points_mm[max(before, 0)]
    aside = np.cross(ahead, rng.normal(size=3))
    aside /= np.linalg.norm(aside) + 1e-12
    # A tent on the branch: its ends, and so all that hangs on them, stay in place.
    room = min(half, float(away[node]))
    points, radii = tree.points_mm.copy(), tree.radii_mm.copy()
    tent = np.clip(1 - reach / max(room, 1e-6), 0, 1)
    points[line] += 0.75 * room * tent[:, None] * aside
    radii[line] *= 1 - rng.uniform(0.55, 0.7) * np.exp(-((reach / 0.7) ** 2))
    planted = replace(planted, tree=replace(tree, points_mm=points, radii_mm=radii))
    found = name_lesion(
        planted,
        node,
        CauseName.ARTEFACT,
        FindingKind.NARROWING,
        half,
        radius_mm=float(radii[node]),
        kink=1.0,
    )
    return replace(planted, lesions=(*planted.lesions, found))


def _filaments(start: Floats, size_mm: float, rng: np.random.Generator) -> Clouds:
    """Return threads that creep between lobules: rows of puffs, 1 mg in all."""
    step = 0.25
    places, sigmas, weights = [], [], []
    for _ in range(int(rng.integers(7, 13))):
        ahead = rng.normal(size=3)
        ahead /= np.linalg.norm(ahead)
        # Away from the skin, where the tissue gives way.
        ahead[1] = abs(ahead[1]) + 0.4
        count = int(size_mm * rng.uniform(0.4, 1.1) / step) + 2
        course = ahead + np.cumsum(rng.normal(0, 0.22, (count, 3)), axis=0)
        course /= np.linalg.norm(course, axis=1, keepdims=True)
        places.append(start + step * np.cumsum(course, axis=0))
        # A thread frays: wider and thinner towards its end.
        t = np.linspace(0, 1, count)
        sigmas.append(rng.uniform(0.2, 0.45) * (1 + 0.8 * t))
        weights.append(rng.uniform(0.4, 1.0) * (1 - t) ** 0.7 + 0.02)
    iodine = np.concatenate(weights)
    return Clouds(
        centres_mm=np.concatenate(places),
        sigmas_mm=np.concatenate(sigmas),
        iodine_mg=iodine / iodine.sum(),
    )


def leak(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Tear the trunk near the nipple: contrast spreads in the tissue around it.

    A blurred cloud, and threads between the lobules; how much of each is drawn.

    source: blurred cloud outside the duct that spreads between lobules (found).
    """
    tree, size = planted.tree, build.lesion_size_mm
    s = tree.from_orifice_mm
    near = (s > 8) & (s < 24) & (tree.radii_mm > 0.3 * tree.radii_mm.max())
    node = pick(tree, near.astype(float), rng)
    count, threaded = 160, float(rng.uniform(0.05, 0.3))
    paths = np.cumsum(rng.normal(0, size / 9, (8, count // 8, 3)), axis=1)
    threads = _filaments(tree.points_mm[node], size, rng)
    puffs = tree.points_mm[node] + paths.reshape(count, 3)
    centres = np.concatenate([puffs, threads.centres_mm])
    # The skin turns back what creeps towards the surface; the nipple's axis is deep.
    least = 4 + 0.5 * np.hypot(centres[:, 0], centres[:, 2])
    centres[:, 1] = least + np.abs(centres[:, 1] - least)
    wide = rng.uniform(0.05, 0.16, count) * size
    share = (1 - threaded) * rng.dirichlet(np.full(count, 3.0))
    iodine = np.concatenate([share, threaded * threads.iodine_mg])
    clouds = Clouds(
        centres_mm=centres,
        sigmas_mm=np.concatenate([wide, threads.sigmas_mm]),
        iodine_mg=0.035 * size**3 * iodine,
    )
    found = name_lesion(
        planted,
        node,
        CauseName.ARTEFACT,
        FindingKind.EXTRAVASATION,
        size,
        threaded_fraction=threaded,
    )
    return replace(planted, clouds=clouds, lesions=(*planted.lesions, found))
