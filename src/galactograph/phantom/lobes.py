"""The duct systems that open on the nipple, each with a tree of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galactograph.kernels import trees
from galactograph.phantom.anatomy import Build
from galactograph.phantom.crossings import crossings
from galactograph.phantom.loops import join
from galactograph.phantom.territories import (
    Territories,
    directions,
    draw_shares,
    tile,
)
from galactograph.values.arrays import Floats
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Loop

STEP_MM = 0.4
"""Distance between points; source: design asks for at most 0.5 (assumed)."""

LEAST_RADIUS_MM = 0.05
"""Radius of the thinnest duct; all that is thinner is a ductule of a lobule.

source: terminal ducts 0.1 to 0.3 mm wide, acini 0.02 to 0.08 mm (remembered)."""

ORIFICE_RADIUS_MM = 0.3
"""source: orifice 0.3 to 0.8 mm wide, dilated by the cannula (remembered)."""

BUNDLE_RADIUS_MM = 2.6
"""source: duct bundle 5.2 mm wide, Rusby 2007 (found)."""

SPACING_MM = 1.3
"""Distance that orifices keep, where the bundle has room; source: assumed."""

MOST_ANGLE_DEG = 72.0
"""Most that a branch turns at its fork; source: half-angles of 30 to 60 degrees,
side branches up to 90 (remembered)."""

REGROWN = 6
"""Times that lobes which touch another are grown afresh; source: assumed."""

SKETCH_TIPS = 5
"""Terminal ducts of a lobe that is only sketched; source: assumed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ducts:
    """All ducts of one breast.

    Attributes
    ----------
    lobes
        A tree for each duct system.
    blind
        Ducts of the nipple that lead nowhere: one unbranched tree each.
    loops
        Anastomoses: ends of ducts that open into another duct.
    territories
        What part of the gland each lobe drains.
    """

    lobes: tuple[DuctTree, ...]
    blind: tuple[DuctTree, ...]
    loops: tuple[Loop, ...]
    territories: Territories


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """Where each duct system starts and what it drains, before it is grown.

    Attributes
    ----------
    territories
        What part of the gland each lobe drains.
    orifices_mm : float64, (K, 2)
        Where each opens, from the middle of the nipple's tip.
    nipple_mm
        How far the nipple stands out.
    injected
        Which lobe is injected.
    """

    territories: Territories
    orifices_mm: Floats
    nipple_mm: float
    injected: int


def _narrow_orifice(tree_mm: Floats, radii: Floats, reach_mm: float) -> Floats:
    """Narrow the duct within the nipple towards its orifice.

    source: very narrow just under the skin, widening deeper, Rusby 2007 (found).
    """
    y = np.linalg.norm(tree_mm - tree_mm[0], axis=1)
    least = np.minimum(ORIFICE_RADIUS_MM, radii)
    open_share = np.clip(y / reach_mm, 0, 1)
    smooth = open_share * open_share * (3 - 2 * open_share)
    narrowed: Floats = least + (radii - least) * smooth
    return narrowed


def _add_sinus(tree: DuctTree, nipple_mm: float, wide_mm: float) -> Floats:
    """Return radii with a lactiferous sinus: a spindle just behind the nipple.

    source: classically 2 to 4.5 mm wide, absent in vivo, Ramsay 2005 (found), so
    only where it is asked for.
    """
    s = tree.from_orifice_mm
    bell = np.exp(-(((s - nipple_mm - 4) / 4.0) ** 2))
    trunk = tree.branch_numbers == 0
    wider = np.where(trunk, np.maximum(wide_mm / 2 - tree.radii_mm, 0), 0)
    radii: Floats = tree.radii_mm + wider * bell
    return radii


def _bundle(middles: Floats) -> Floats:
    """Place the orifices, (K, 2) mm: each towards its lobe, and apart from others.

    source: central and peripheral groups, Love 2004 (found); spacing assumed.
    """
    aside = middles[:, [0, 2]]
    placed = BUNDLE_RADIUS_MM * 1.2 * aside
    for _ in range(200):
        away = placed[:, None] - placed[None]
        far = np.linalg.norm(away, axis=2) + np.eye(len(placed)) * 1e9
        push = np.clip(SPACING_MM - far, 0, None) / np.maximum(far, 1e-6)
        placed = placed + 0.25 * (away * push[..., None]).sum(axis=1)
        out = np.linalg.norm(placed, axis=1, keepdims=True) / BUNDLE_RADIUS_MM
        placed = placed / np.maximum(out, 1)
    orifices: Floats = placed
    return orifices


def grow_lobe(
    build: Build,
    plan: Plan,
    lobe: int,
    tips: int,
    *,
    full: bool,
    rng: np.random.Generator,
) -> DuctTree:
    """Grow one duct system to `tips` terminal ducts; without lobules unless `full`.

    source: first branch 8 +/- 5.5 mm from the nipple, Ramsay 2005 (found); Murray
    exponent 2.5 to 3.2 (assumed); terminal ducts 0.1 to 0.3 mm wide (remembered).
    """
    land, nipple = plan.territories, plan.nipple_mm
    axis = land.middles[lobe]
    across, up = plan.orifices_mm[lobe]
    start = np.array([across, 0.5 - nipple, up])
    behind = float(np.clip(rng.normal(8, 5.5), 3.5, 25))
    fork = land.apex_mm + axis * (behind - land.apex_mm[1])
    heading = np.array([0.12 * axis[0], 1.0, 0.12 * axis[2]])
    trunk = build.trunk_mm
    if lobe != plan.injected:
        # Calibre does not tell how much a duct drains, Rusby 2007 (found).
        trunk = float(rng.uniform(0.7, 1.6) if full else rng.uniform(0.3, 0.7))
    points, parents, radii = trees.grow(
        rng,
        start,
        heading / np.linalg.norm(heading),
        fork,
        np.ascontiguousarray(axis),
        land.seeds(lobe, tips, rng),
        trunk / 2,
        build.terminal_mm / 2,
        LEAST_RADIUS_MM,
        build.murray,
        build.curl,
        np.radians(MOST_ANGLE_DEG),
        build.ductules if full else 0,
        STEP_MM,
    )
    radii = _narrow_orifice(points, radii, nipple)
    tree = DuctTree(points_mm=points, parents=parents, radii_mm=radii)
    if lobe == plan.injected and build.sinus_mm > 0:
        radii = _add_sinus(tree, nipple, build.sinus_mm)
        tree = DuctTree(points_mm=points, parents=parents, radii_mm=radii)
    return tree


def _blind(count: int, nipple_mm: float, rng: np.random.Generator) -> list[DuctTree]:
    """Grow ducts that open on the nipple and end in it.

    source: median of 23 ducts in a nipple, half of them below 0.5 mm, fewer than ten
    of which lead to a lobe (found); lengths assumed.
    """
    grown = []
    for _ in range(count):
        turn, out = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0.05, 1))
        length = float(rng.uniform(1.0, 1.1 * nipple_mm))
        steps = max(int(np.ceil(length / STEP_MM)), 2)
        t = np.linspace(0, 1, steps + 1)
        # The bundle narrows towards the nipple's base.
        away = BUNDLE_RADIUS_MM * out * (1 - 0.25 * t * length / nipple_mm)
        grown.append(
            DuctTree(
                points_mm=np.column_stack(
                    [
                        away * np.cos(turn),
                        0.5 - nipple_mm + t * length,
                        away * np.sin(turn),
                    ]
                ),
                parents=np.arange(-1, steps),
                radii_mm=rng.uniform(0.06, 0.25) * (1 - 0.6 * t),
            )
        )
    return grown


def _grow_all(
    build: Build, plan: Plan, own: list[np.random.Generator]
) -> list[DuctTree]:
    """Grow every lobe, each from a stream of its own."""
    tips = max((build.branches + 1) // 2, 1)
    parts = plan.territories.shares / max(plan.territories.shares[plan.injected], 1e-3)

    def one(k: int) -> DuctTree:
        full = k == plan.injected or build.all_lobes
        many = tips if k == plan.injected else max(round(tips * parts[k]), 1)
        wanted = many if full else min(many, SKETCH_TIPS)
        return grow_lobe(build, plan, k, wanted, full=full, rng=own[k])

    lobes = [one(k) for k in range(len(own))]
    for _ in range(REGROWN if build.all_lobes else 0):
        # Of two that touch, the injected one stays as it is.
        touched = {
            int(max((a, b), key=lambda lobe: (lobe != plan.injected, lobe)))
            for a, _, b, _ in crossings(lobes, beyond_mm=0.0)
        }
        for k in sorted(touched):
            lobes[k] = one(k)
    return lobes


def grow_ducts(
    build: Build,
    rest_mm: tuple[float, float],
    nipple_mm: float,
    *,
    injected: int,
    rng: np.random.Generator,
) -> Ducts:
    """Grow all duct systems of a breast.

    Parameters
    ----------
    build
        What to grow. Only the injected lobe is full unless `build.all_lobes`; then a
        lobe that touches another is grown afresh, a few times.
    rest_mm
        Radius and depth of the breast at rest.
    nipple_mm
        How far the nipple stands out.
    injected
        Which lobe has `build.branches` branches; the others as many as their
        territory holds at the same density.
    rng
        The source of chance; every lobe has a stream of its own.
    """
    count = max(build.lobes, injected + 1)
    chance, nipple, *own = rng.spawn(count + 2)
    axes = directions(count, chance)
    shares = draw_shares(count, injected, build.share, chance)
    territories = tile(axes, shares, rest_mm, chance)
    plan = Plan(
        territories=territories,
        orifices_mm=_bundle(territories.middles),
        nipple_mm=nipple_mm,
        injected=injected,
    )
    lobes = _grow_all(build, plan, own)
    loops: list[Loop] = []
    if build.loops:
        lobes[injected], loops = join(
            lobes[injected], injected, build.loops, STEP_MM, rng=own[injected]
        )
    return Ducts(
        lobes=tuple(lobes),
        blind=tuple(_blind(build.blind_ducts, nipple_mm, nipple)),
        loops=tuple(loops),
        territories=territories,
    )
