"""Plant DCIS and invasive carcinoma."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from galactograph.phantom.anatomy import Build
from galactograph.phantom.calcifications import calcifications, scattered
from galactograph.phantom.lobes import LEAST_RADIUS_MM
from galactograph.phantom.planting import (
    Planted,
    along,
    descends,
    generations,
    name_lesion,
    pick,
    spaced,
)
from galactograph.values.arrays import Floats, Ints
from galactograph.values.codes import CauseName, FindingKind
from galactograph.values.tree import Branch, DuctTree
from galactograph.values.truth import Balls, Bodies

PRUNED = 0.5
"""Share of the terminal ducts that a segment of DCIS loses; source: assumed."""


def _segment(tree: DuctTree, rng: np.random.Generator) -> int:
    """Pick the point whose subtree becomes diseased: a quarter of the lobe or so."""
    generation = generations(tree)
    fits = (tree.children == 1) & (generation >= 1) & (generation <= 4)
    if not fits.any():
        return len(tree) // 2
    share = tree.beyond_counts / len(tree)
    weight = fits * np.exp(-((share - 0.3) ** 2) / 0.02) * tree.radii_mm
    return pick(tree, weight, rng)


def _terminal(tree: DuctTree) -> list[Branch]:
    """Return the terminal ducts: branches beyond which only ductules lie."""
    wide = [tree.radii_mm[b.nodes[-1]] >= LEAST_RADIUS_MM for b in tree.branches]
    ducts = [b for b, duct in zip(tree.branches, wide, strict=True) if duct]
    forked = {b.parent for b in ducts}
    return [b for b in ducts if b.number not in forked and b.parent is not None]


def _prune(
    planted: Planted, inside: Ints, share: float, rng: np.random.Generator
) -> tuple[Planted, Ints]:
    """Drop a share of the terminal ducts in a subtree, and all its lobules.

    Returns the lobe and the new number of each point.
    """
    tree = planted.tree
    diseased = np.zeros(len(tree), bool)
    diseased[inside] = True
    keep = ~(diseased & (tree.radii_mm < LEAST_RADIUS_MM))
    keep[: inside[0] + 1] = True
    for branch in _terminal(tree):
        if diseased[branch.nodes[-1]] and rng.random() < share:
            keep[branch.nodes[1:]] = False
    keep[inside[0]] = True
    for node in range(1, len(tree)):
        keep[node] &= keep[tree.parents[node]]
    numbers = np.cumsum(keep) - 1
    parents = tree.parents[keep]
    pruned = DuctTree(
        points_mm=tree.points_mm[keep],
        parents=np.where(parents >= 0, numbers[parents], -1),
        radii_mm=tree.radii_mm[keep],
    )
    loops = tuple(
        replace(loop, tip=int(numbers[loop.tip]), node=int(numbers[loop.node]))
        for loop in planted.loops
        if keep[loop.tip] and keep[loop.node]
    )
    return replace(planted, tree=pruned, loops=loops), numbers


def _ragged(tree: DuctTree, inside: Ints, rng: np.random.Generator) -> Floats:
    """Return radii with irregular walls inside a subtree: correlated over 1 mm."""
    noise = rng.normal(size=len(tree))
    smooth = noise.copy()
    for n in range(1, len(tree)):
        smooth[n] = 0.68 * smooth[tree.parents[n]] + 0.73 * noise[n]
    radii = tree.radii_mm.copy()
    radii[inside] *= np.clip(1 + 0.26 * smooth[inside], 0.45, 1.6)
    radii[inside] = np.maximum(radii[inside], LEAST_RADIUS_MM)
    return radii


def dcis(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Plant DCIS over a segment: ragged walls, defects, stenoses, calcifications.

    source: multiple irregular defects, wall irregularity and stenosis in
    non-dilated peripheral ducts; faint calcifications, Cho 2005 (found).
    """
    root = _segment(planted.tree, rng)
    inside = descends(planted.tree, root)
    planted, numbers = _prune(planted, inside, PRUNED, rng)
    tree = planted.tree
    inside = descends(tree, int(numbers[root]))
    radii = _ragged(tree, inside, rng)
    diseased = np.zeros(len(tree), bool)
    diseased[inside] = True
    tight = spaced(tree, diseased & (tree.radii_mm > 0.22), 2, 8.0, rng)
    for node in tight:
        nodes, s = along(tree, node, 3.0)
        radii[nodes] *= 1 - rng.uniform(0.55, 0.7) * np.exp(-((s / 1.1) ** 2))
    tree = replace(tree, radii_mm=np.maximum(radii, 0.03))
    wide = diseased & (tree.radii_mm > 0.25)
    defects = spaced(tree, wide, int(rng.integers(4, 8)), 3.0, rng)
    sizes = np.minimum(
        build.lesion_size_mm / 2 * rng.uniform(0.7, 1.3, len(defects)),
        0.85 * tree.radii_mm[defects],
    )
    kind, specks = calcifications(tree, inside, rng)
    planted = replace(
        planted,
        tree=tree,
        bodies=Bodies(
            nodes=np.array(defects, int),
            offsets_mm=rng.normal(0, 0.05, (len(defects), 3)),
            radii_mm=sizes,
            air=np.zeros(len(defects), bool),
        ),
        specks=specks,
    )
    return _told(planted, inside, (tight, defects), kind)


def _told(
    planted: Planted, inside: Ints, places: tuple[list[int], list[int]], kind: str
) -> Planted:
    """Name what a segment of DCIS shows: stenoses, defects, ragged walls."""
    tree, cause = planted.tree, CauseName.DCIS
    tight, defects = places
    found = [
        name_lesion(
            planted,
            n,
            cause,
            FindingKind.NARROWING,
            2.2,
            radius_mm=float(tree.radii_mm[n]),
        )
        for n in tight
    ]
    if defects:
        found.append(
            name_lesion(
                planted,
                defects[len(defects) // 2],
                cause,
                FindingKind.FILLING_DEFECTS,
                2 * float(planted.bodies.radii_mm.max()),
                count=float(len(defects)),
            )
        )
    extent = float(np.ptp(tree.points_mm[inside], axis=0).max())
    found.append(
        name_lesion(
            planted,
            int(inside[np.argmax(tree.radii_mm[inside])]),
            cause,
            FindingKind.WALL_IRREGULARITY,
            max(extent, 1.0),
            pruned_fraction=PRUNED,
            calcifications=float(len(planted.specks.radii_mm)),
            linear=float(kind == "fine-linear-branching"),
            pleomorphic=float(kind == "pleomorphic"),
            amorphous=float(kind == "amorphous"),
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

    A third of the masses hold calcifications; the spicules are woven with the breast.

    source: complete obstruction, displacement, ill-defined mass, faint calcifications,
    Cho 2005 (found); how often they calcify, assumed.
    """
    tree, radius = planted.tree, build.lesion_size_mm / 2
    s, generation = tree.from_orifice_mm, generations(tree)
    share = tree.beyond_counts / len(tree)
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
        specks=scattered(centre, radius, rng),
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
