"""The duct systems that open on the nipple, each with a tree of its own."""

from __future__ import annotations

import numpy as np

from galactograph.kernels import trees
from galactograph.phantom.anatomy import Build
from galactograph.values.arrays import Floats, Ints
from galactograph.values.tree import DuctTree

STEP_MM = 0.4
"""Distance between points; source: design asks for at most 0.5 (assumed)."""

LEAST_RADIUS_MM = 0.055
"""Radius of the thinnest duct; source: terminal ducts 0.1 to 0.3 mm (remembered)."""

ORIFICE_RADIUS_MM = 0.3
"""source: orifice 0.3 to 0.8 mm wide, dilated by the cannula (remembered)."""

BUNDLE_RADIUS_MM = 2.6
"""source: duct bundle 5.2 mm wide, Rusby 2007 (found)."""


def directions(count: int, rng: np.random.Generator) -> Floats:
    """Spread lobe axes evenly around the nipple: (count, 3) unit vectors.

    source: catchments do not overlap and are evenly spaced, Moffat 1996 (found);
    central ducts go deep, peripheral ones supply sectors (found).
    """
    turn = 2 * np.pi * (np.arange(count) / count + rng.uniform())
    turn += rng.normal(0, 0.25 * 2 * np.pi / count / 2, count)
    lean = np.where(
        np.arange(count) % 3 == 2, rng.uniform(5, 20, count), rng.uniform(32, 58, count)
    )
    lean = np.radians(lean)
    return np.column_stack(
        [np.sin(lean) * np.cos(turn), np.cos(lean), np.sin(lean) * np.sin(turn)]
    )


def _narrow_orifice(tree_mm: Floats, radii: Floats, reach_mm: float = 5.0) -> Floats:
    """Narrow the first millimetres towards the orifice.

    source: very narrow just under the skin, widening deeper, Rusby 2007 (found).
    """
    y = np.linalg.norm(tree_mm - tree_mm[0], axis=1)
    least = np.minimum(ORIFICE_RADIUS_MM, radii)
    open_share = np.clip(y / reach_mm, 0, 1)
    smooth = open_share * open_share * (3 - 2 * open_share)
    narrowed: Floats = least + (radii - least) * smooth
    return narrowed


def _smooth_calibre(points: Floats, parents: Ints, radii: Floats) -> Floats:
    """Let forks flare and ends taper, as walls do.

    A branch leaves its parent as a funnel about as long as the parent is wide. An
    end branch narrows to the thinnest duct, wherever growth stopped.
    """
    tree = DuctTree(points_mm=points, parents=parents, radii_mm=radii)
    smooth = radii.copy()
    s = tree.from_orifice_mm
    for branch in tree.branches:
        inner, fork = branch.nodes[1:], branch.nodes[0]
        along = s[inner] - s[fork]
        if branch.strahler == 1 and branch.parent is not None:
            share = along / along[-1]
            least = min(LEAST_RADIUS_MM, radii[inner].min())
            smooth[inner] = np.maximum(radii[inner] * (1 - 0.6 * share**1.5), least)
        if branch.parent is not None:
            mouth = min(radii[fork], 1.5 * smooth[inner[0]])
            flare = np.exp(-((along / (1.2 * radii[fork])) ** 2))
            smooth[inner] += np.maximum(mouth - smooth[inner], 0) * flare
    return smooth


def grow_lobe(
    build: Build,
    axis: Floats,
    rest_mm: tuple[float, float],
    nipple_mm: float,
    *,
    full: bool,
    rng: np.random.Generator,
) -> DuctTree:
    """Grow one duct system along `axis`; a thin sketch of it unless `full`.

    `nipple_mm` is how far the nipple stands out; the orifice lies in its tip.

    source: first branch 8 +/- 5.5 mm from the nipple, Ramsay 2005 (found); segment
    length 5 to 25 mm, halving outward (assumed); Murray exponent 2.5 to 3.2
    (assumed); 100 to 450 branches, Going 2006 (found).
    """
    start = np.array(
        [axis[0] * BUNDLE_RADIUS_MM, 0.5 - nipple_mm, axis[2] * BUNDLE_RADIUS_MM]
    )
    start[[0, 2]] *= rng.uniform(0.1, 0.5) if full else rng.uniform(0.3, 1)
    heading = 0.22 * axis + np.array([0, 0.85, 0])
    scale = rest_mm[1] / 67
    points, parents, radii = trees.grow(
        rng,
        start,
        heading / np.linalg.norm(heading),
        np.ascontiguousarray(axis),
        np.array(rest_mm),
        build.trunk_mm / 2 if full else rng.uniform(0.15, 0.35),
        nipple_mm + float(np.clip(rng.normal(8, 4), 2.5, 18)),
        float(rng.uniform(11, 15)) * scale,
        float(rng.uniform(2.6, 3.1)),
        LEAST_RADIUS_MM,
        float(rng.uniform(0.025, 0.045)),
        build.branches if full else int(rng.integers(5, 15)),
        STEP_MM,
    )
    radii = _smooth_calibre(points, parents, radii)
    return DuctTree(
        points_mm=points, parents=parents, radii_mm=_narrow_orifice(points, radii)
    )
