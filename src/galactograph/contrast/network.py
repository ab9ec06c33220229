"""From a duct tree with its lesions to tubes that contrast flows through."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from galactograph.contrast.agents import PA_PER_MMHG, viscosity_mpas
from galactograph.contrast.settings import Settings
from galactograph.values.arrays import Bools, Floats
from galactograph.values.procedure import Injection
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Bodies

BODY_C = 37.0
"""Temperature of the ducts, degrees; assumed."""

HEAT_MM2_S = 0.14
"""Thermal diffusivity of water; source: remembered."""

NUSSELT = 3.66
"""Of laminar flow in a tube with a warm wall; source: remembered."""

DENSITY_PER_MG_ML = 1.16
"""How much denser than water contrast is, kg/m3 for each mg/mL of iodine; source:
specific gravity 1.349 at 300 mg/mL (found)."""

GRAVITY_M_S2 = 9.81

MOST_BLOCKED = 0.98
"""Largest share of a lumen that a body takes and still lets fluid pass; assumed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """The tubes of one duct system, N of them; see `kernels.flow.fill`.

    Attributes
    ----------
    tubes : float64, (8, N)
        length, room, snug, ease, lobule, wall, weak, stir.
    viscosity_mpas : float64, (N,)
        Of the contrast on its way, as it warms.
    open : bool, (N,)
        Contrast can get there.
    taken : float64, (N,)
        Share of each tube that bodies take.
    """

    tubes: Floats
    viscosity_mpas: Floats
    open: Bools
    taken: Floats

    @property
    def room_mm3(self) -> Floats:
        """Lumen of each tube at full calibre, bodies left out."""
        room: Floats = self.tubes[1]
        return room


def volumes_ml(tree: DuctTree) -> Floats:
    """Return the volume between each point and its parent, mL; 0 at the orifice.

    Each piece is a frustum.
    """
    a, b = tree.radii_mm[tree.parents[1:]], tree.radii_mm[1:]
    frusta = np.pi / 3 * tree.lengths_mm[1:] * (a * a + a * b + b * b)
    return np.concatenate([[0.0], frusta]) / 1000


def reachable(tree: DuctTree, blocked: tuple[int, ...]) -> Bools:
    """Tell which points contrast can reach; a blocked point stops it."""
    open_ = np.ones(len(tree), bool)
    open_[list(blocked)] = False
    for n in range(1, len(tree)):
        open_[n] &= open_[tree.parents[n]]
    return open_


def taken_share(tree: DuctTree, bodies: Bodies) -> Floats:
    """Return the share of each tube's lumen that bodies take, (N,), in [0, 0.98].

    A ball takes a slice of every tube of its branch that crosses it; where balls
    overlap, the largest slice counts. Other branches begin inside the lumen of the
    wide duct that it lies in: it does not fill those.
    """
    share, branch = np.zeros(len(tree)), tree.branch_numbers
    # A bubble floats wherever its duct lies.
    offsets = np.where(bodies.air[:, None], 0.0, bodies.offsets_mm)
    for node, offset, radius in zip(
        bodies.nodes, offsets, bodies.radii_mm, strict=True
    ):
        away = tree.points_mm - tree.points_mm[node]
        far = np.linalg.norm(away - offset, axis=1)
        near = (np.linalg.norm(away, axis=1) < radius) & (branch == branch[node])
        slice_ = np.maximum(radius**2 - far[near] ** 2, 0) / tree.radii_mm[near] ** 2
        share[near] = np.maximum(share[near], slice_)
    share[0] = 0.0
    return np.minimum(share, MOST_BLOCKED)


def calibre_fraction(tree: DuctTree, net: Network, volume_mm3: Floats) -> Floats:
    """Return the calibre of each point as a share of the tree's, by what tubes hold.

    A fork is as wide as the widest tube that meets there. Bodies hold a duct open, and
    so does what closes it: nothing is known beyond.
    """
    share = np.sqrt(np.clip(volume_mm3 / net.room_mm3, 0, 1))
    share[~net.open | (net.taken > 0)] = 1.0
    share[0] = 0.0
    met = share.copy()
    np.maximum.at(met, tree.parents[1:], share[1:])
    return met if len(tree) > 1 else np.ones(1)


def _past(share: Floats) -> Floats:
    """Return how much of Poiseuille's flow a ring around a body lets pass.

    source: flow through a concentric annulus (derived).
    """
    f = np.clip(share, 1e-9, MOST_BLOCKED)
    ring = 1 - f**2 - 2 * (1 - f) ** 2 / np.log(1 / f)
    return np.where(share > 0, np.maximum(ring, 1e-7), 1.0)


def _ease(tree: DuctTree) -> Floats:
    """Return flow x viscosity per mmHg, mm3/s mPa s, of each frustum (Poiseuille)."""
    a, b = tree.radii_mm[tree.parents[1:]], tree.radii_mm[1:]
    # The integral of dl / r^4 along a cone.
    length = np.maximum(tree.lengths_mm[1:], 1e-6)
    integral = length * (a * a + a * b + b * b) / (3 * a**3 * b**3)
    return np.concatenate([[0.0], np.pi / 8 * PA_PER_MMHG * 1000 / integral])


def _lobules(tree: DuctTree, room: Floats, settings: Settings, luck: Floats) -> Floats:
    """Return the secretion that the lobules at each tip take when full, mm3, (N,).

    The lobules beyond a duct can take about what it holds at rest.
    """
    beyond = (tree.children == 0).astype(float)
    for n in range(len(tree) - 1, 0, -1):
        beyond[tree.parents[n]] += beyond[n]
    share = room * settings.rest_fraction * settings.lobule_share / beyond
    for n in range(1, len(tree)):
        share[n] += share[tree.parents[n]]
    share *= np.exp(settings.lobule_spread * luck)
    return np.where(tree.children == 0, share, 0.0)


def _stir(
    tree: DuctTree, radius: Floats, injection: Injection, settings: Settings
) -> Floats:
    """Return the volume that sinks past the lighter fluid x viscosity, mm3/s mPa s.

    In mm, mPa s and kg/m3 all powers of ten cancel.
    """
    weight = DENSITY_PER_MG_ML * injection.iodine_mg_ml * GRAVITY_M_S2
    spread = settings.sinking * weight * radius**2 * settings.sinking_radii * radius
    volume: Floats = spread * np.pi * radius**2 / np.maximum(tree.lengths_mm, 1e-3)
    volume[0] = 0.0
    return volume


def warmed_mpas(tree: DuctTree, injection: Injection) -> Floats:
    """Return the contrast's viscosity at each point, mPa s, as it warms on its way.

    source: thermal entry length of laminar flow (derived): 6 mm at 0.01 mL/s.
    """
    entry = injection.rate_ml_s * 1000 / (NUSSELT * math.pi * HEAT_MM2_S)
    cool = (injection.temperature_c - BODY_C) * np.exp(-tree.from_orifice_mm / entry)
    steps = np.linspace(0, 1, 9) * (injection.temperature_c - BODY_C)
    table = [
        viscosity_mpas(injection.agent, injection.iodine_mg_ml, BODY_C + s)
        for s in steps
    ]
    along = np.abs(cool)
    return np.asarray(np.interp(along, np.abs(steps), table))


def build(
    tree: DuctTree,
    blocked: tuple[int, ...],
    bodies: Bodies,
    injection: Injection,
    settings: Settings,
    luck: Floats,
) -> Network:
    """Return the tubes of a tree.

    Parameters
    ----------
    blocked
        Points that nothing passes.
    bodies
        What lies in the lumen.
    luck : (2, N)
        Normal draws: how much weaker than its fellows each wall is, and how much more
        each lobule takes.
    """
    taken = taken_share(tree, bodies)
    open_ = reachable(tree, blocked)
    radius = np.concatenate(
        [tree.radii_mm[:1], (tree.radii_mm[1:] + tree.radii_mm[tree.parents[1:]]) / 2]
    )
    # The orifice itself holds next to nothing.
    room = np.maximum(1000 * volumes_ml(tree) * (1 - taken), 1e-7)
    snug = np.clip(settings.wall_tension / radius, *settings.snug_mmhg)
    ease = _ease(tree) * _past(taken) * open_
    surface = 2 * np.pi * radius * tree.lengths_mm
    s = tree.from_orifice_mm
    tip = np.exp(-0.5 * ((s - settings.cannula_tip_mm) / 4) ** 2)
    weak = radius * np.exp(settings.wall_spread * luck[0]) * (1 + tip)
    weak[0] = 0.0
    weak *= open_
    return Network(
        tubes=np.stack(
            [
                tree.lengths_mm,
                room,
                snug,
                ease,
                _lobules(tree, room, settings, luck[1]),
                settings.absorption * surface,
                weak / max(float(weak.max()), 1e-9),
                _stir(tree, radius, injection, settings) * _past(taken) * open_,
            ]
        ),
        viscosity_mpas=warmed_mpas(tree, injection),
        open=open_,
        taken=taken,
    )
