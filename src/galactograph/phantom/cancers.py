"""Plant DCIS and invasive carcinoma."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from galactograph.phantom.anatomy import Build
from galactograph.phantom.planting import (
    Planted,
    along,
    descends,
    generations,
    name_lesion,
    pick,
)
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.codes import CauseName, FindingKind
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Balls, Bodies


def _segment(tree: DuctTree, rng: np.random.Generator) -> int:
    """Pick the point whose subtree becomes diseased: a quarter of the lobe or so."""
    generation = generations(tree)
    forks = np.flatnonzero((tree.children == 1) & (generation >= 1) & (generation <= 4))
    if len(forks) == 0:
        return len(tree) // 2
    sizes = np.array([len(descends(tree, int(n))) for n in forks[::8]])
    fit = np.exp(-((sizes / len(tree) - 0.3) ** 2) / 0.02)
    fit *= tree.radii_mm[forks[::8]]
    return int(rng.choice(forks[::8], p=fit / fit.sum()))


def _prune(
    tree: DuctTree, inside: Ints, share: float, rng: np.random.Generator
) -> tuple[DuctTree, Ints]:
    """Drop a share of a subtree's end branches; return tree and new numbers."""
    ends = {b.number: b.nodes for b in tree.branches if b.strahler == 1}
    keep = np.ones(len(tree), bool)
    diseased = np.zeros(len(tree), bool)
    diseased[inside] = True
    for nodes in ends.values():
        if diseased[nodes[-1]] and rng.random() < share:
            keep[nodes[1:]] = False
    numbers = np.cumsum(keep) - 1
    parents = tree.parents[keep]
    moved = np.where(parents >= 0, numbers[parents], -1)
    pruned = DuctTree(
        points_mm=tree.points_mm[keep], parents=moved, radii_mm=tree.radii_mm[keep]
    )
    return pruned, numbers


def _ragged(tree: DuctTree, inside: Ints, rng: np.random.Generator) -> Floats:
    """Return radii with irregular walls inside a subtree: correlated over 1 mm."""
    noise = rng.normal(size=len(tree))
    smooth = noise.copy()
    for n in range(1, len(tree)):
        smooth[n] = 0.68 * smooth[tree.parents[n]] + 0.73 * noise[n]
    radii = tree.radii_mm.copy()
    radii[inside] *= np.clip(1 + 0.26 * smooth[inside], 0.45, 1.6)
    return np.maximum(radii, 0.05)


def _spaced(
    tree: DuctTree, mask: Bools, count: int, gap_mm: float, rng: np.random.Generator
) -> list[int]:
    """Pick up to `count` points of `mask` at least `gap_mm` apart."""
    picked: list[int] = []
    nodes = np.flatnonzero(mask)
    # Wide ducts first, with luck: a shuffle weighted by the area of the lumen.
    luck = rng.random(len(nodes)) ** (1 / tree.radii_mm[nodes] ** 2)
    for node in nodes[np.argsort(-luck)]:
        apart = [
            np.linalg.norm(tree.points_mm[node] - tree.points_mm[p]) for p in picked
        ]
        if all(a > gap_mm for a in apart):
            picked.append(int(node))
        if len(picked) == count:
            break
    return picked


def dcis(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Plant DCIS over a segment: ragged walls, defects, stenoses, calcifications.

    source: multiple irregular defects, wall irregularity and stenosis in
    non-dilated peripheral ducts; faint calcifications, Cho 2005 (found).
    """
    tree = planted.tree
    root = _segment(tree, rng)
    tree, numbers = _prune(tree, descends(tree, root), 0.5, rng)
    root = int(numbers[root])
    inside = descends(tree, root)
    radii = _ragged(tree, inside, rng)
    diseased = np.zeros(len(tree), bool)
    diseased[inside] = True
    tight = _spaced(tree, diseased & (tree.radii_mm > 0.22), 2, 8.0, rng)
    for node in tight:
        nodes, s = along(tree, node, 3.0)
        radii[nodes] *= 1 - rng.uniform(0.55, 0.7) * np.exp(-((s / 1.1) ** 2))
    tree = replace(tree, radii_mm=np.maximum(radii, 0.05))
    wide = diseased & (tree.radii_mm > 0.25)
    defects = _spaced(tree, wide, int(rng.integers(4, 8)), 3.0, rng)
    sizes = np.minimum(
        build.lesion_size_mm / 2 * rng.uniform(0.7, 1.3, len(defects)),
        0.85 * tree.radii_mm[defects],
    )
    k = int(rng.integers(20, 60))
    on = rng.choice(inside, k)
    planted = replace(
        planted,
        tree=tree,
        bodies=Bodies(
            nodes=np.array(defects, int),
            offsets_mm=rng.normal(0, 0.05, (len(defects), 3)),
            radii_mm=sizes,
            air=np.zeros(len(defects), bool),
        ),
        specks=Balls(
            centres_mm=tree.points_mm[on] + rng.normal(0, 0.8, (k, 3)),
            radii_mm=rng.uniform(0.06, 0.2, k),
        ),
    )
    cause = CauseName.DCIS
    found = [
        name_lesion(
            planted, n, cause, FindingKind.NARROWING, 2.2, radius_mm=float(radii[n])
        )
        for n in tight
    ]
    if defects:
        middle = defects[len(defects) // 2]
        found.append(
            name_lesion(
                planted,
                middle,
                cause,
                FindingKind.FILLING_DEFECTS,
                2 * float(sizes.max()),
                count=float(len(defects)),
            )
        )
    extent = float(np.ptp(tree.points_mm[inside], axis=0).max())
    widest = int(inside[np.argmax(tree.radii_mm[inside])])
    found.append(
        name_lesion(
            planted, widest, cause, FindingKind.WALL_IRREGULARITY, max(extent, 1.0)
        )
    )
    return replace(planted, lesions=(*planted.lesions, *found))


def _push(tree: DuctTree, centre: Floats, radius_mm: float) -> Floats:
    """Move points away from a mass: nothing stays inside, the far field rests."""
    away = tree.points_mm - centre
    distance = np.linalg.norm(away, axis=1)
    reach = 2.4 * radius_mm
    shift = 0.75 * radius_mm * np.clip(1 - distance / reach, 0, 1) ** 2
    pushed: Floats = away * (shift / np.maximum(distance, 1e-6))[:, None]
    return tree.points_mm + pushed


def invasive(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Plant a carcinoma at a branch: a mass, an abrupt cut-off, displaced ducts.

    source: complete obstruction, displacement, ill-defined mass, Cho 2005 (found).
    """
    tree, radius = planted.tree, build.lesion_size_mm / 2
    s, generation = tree.from_orifice_mm, generations(tree)
    share = np.array([len(descends(tree, n)) for n in range(0, len(tree), 10)])
    share = np.repeat(share, 10)[: len(tree)] / len(tree)
    fit = (generation >= 1) & (tree.radii_mm > 0.28) & (s > 18)
    weight = fit * np.exp(-((share - 0.25) ** 2) / 0.02)
    node = pick(tree, weight.astype(float), rng)
    before = int(tree.parents[node]) if node > 0 else 0
    ahead = tree.points_mm[node] - tree.points_mm[before]
    ahead /= np.linalg.norm(ahead) + 1e-9
    centre = tree.points_mm[node] + 0.85 * radius * ahead
    points = tree.points_mm.copy()
    pushed = _push(tree, centre, radius)
    # Ducts that lead to the tumour are held by it; only the others give way.
    held = np.zeros(len(tree), bool)
    held[descends(tree, node)] = True
    up = node
    while up >= 0:
        held[up] = True
        up = int(tree.parents[up])
    points[~held] = pushed[~held]
    moved = np.linalg.norm(points - tree.points_mm, axis=1)
    planted = replace(
        planted,
        tree=replace(tree, points_mm=points),
        masses=Balls(centres_mm=centre[None], radii_mm=np.array([radius])),
    )
    cause = CauseName.INVASIVE
    found = [
        name_lesion(
            planted,
            node,
            cause,
            FindingKind.TERMINATION,
            2 * radius,
            blocks=True,
            calibre_mm=2 * float(tree.radii_mm[node]),
        )
    ]
    if moved.max() > 1.0:
        bent = int(np.argmax(moved))
        found.append(
            name_lesion(
                planted,
                bent,
                cause,
                FindingKind.DISPLACEMENT,
                2 * radius,
                shift_mm=float(moved[bent]),
            )
        )
    return replace(planted, lesions=(*planted.lesions, *found))
