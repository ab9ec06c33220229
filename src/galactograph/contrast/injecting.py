"""Inject: from the syringe to iodine at every point of the tree."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from galactograph.contrast import network, traces
from galactograph.contrast.agents import line_mmhg
from galactograph.contrast.settings import Settings
from galactograph.errors import InvalidValue
from galactograph.kernels import flow, fluids
from galactograph.values.arrays import Floats
from galactograph.values.codes import FindingKind
from galactograph.values.course import Course
from galactograph.values.procedure import Injection, StopRule
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Bodies, Breast, Filling

REASONS = ("volume", "pressure", "reflux", "pain")

MOST_PLANTED = 0.6
"""Largest share of the volume that a leak which was planted takes; assumed."""


@dataclass(frozen=True, kw_only=True)
class Woman:
    """What is drawn of this woman and this hand.

    Attributes
    ----------
    mixing
        Share of a filled lumen that contrast takes.
    luck : (2, N)
        Strength of walls, and room of lobules; standard normal.
    """

    mixing: float
    seal_mmhg: float
    pain_mmhg: float
    burst_mmhg: float
    luck: Floats


def draw(settings: Settings, points: int, rng: np.random.Generator) -> Woman:
    """Draw what differs from woman to woman."""
    seal, burst = rng.normal(size=2)
    return Woman(
        mixing=float(rng.uniform(settings.least_mixing, settings.most_mixing)),
        pain_mmhg=float(rng.uniform(*settings.pain_mmhg)),
        seal_mmhg=float(settings.seal_mmhg * np.exp(settings.seal_spread * seal)),
        burst_mmhg=float(settings.burst_mmhg * np.exp(settings.burst_spread * burst)),
        luck=np.clip(rng.normal(size=(2, points)), -2, 2),
    )


def inject(
    breast: Breast,
    injection: Injection,
    *,
    rng: np.random.Generator,
    settings: Settings | None = None,
) -> Filling:
    """Fill one duct tree with contrast, from the orifice inward.

    Parameters
    ----------
    breast
        Whose lobe `injection.lobe` is filled.
    injection
        Agent, strength, most volume, rate, and when to stop.
    rng
        Draws what differs from woman to woman: film, seal, pain, strength of walls.
    settings
        How ducts take contrast.
    """
    settings = settings or Settings()
    if injection.lobe >= len(breast.lobes):
        raise InvalidValue(
            f"lobe must be below {len(breast.lobes)}, got {injection.lobe}"
        )
    tree = breast.lobes[injection.lobe]
    woman = draw(settings, len(tree), rng)
    here = injection.lobe == breast.injected
    stops = tuple(x.node for x in breast.lesions if here and x.blocks)
    bodies = breast.bodies if here else Bodies()
    air = traces.bubbles(
        tree, network.reachable(tree, stops), bodies, injection.air_ml, rng
    )
    net = network.build(
        tree, stops, traces.joined(bodies, air), injection, settings, woman.luck
    )
    planted = _planted_mg(breast, injection) if here else 0.0
    strength = injection.iodine_mg_ml
    planted_ml = planted / strength if strength else 0.0
    most_mm3 = 1000 * (injection.volume_ml - planted_ml)
    flowed = _flow(tree, net, injection, settings, woman, most_mm3)
    told = _course(flowed, injection, woman, planted_ml)
    torn = float(strength * flowed.course[-1, 5] / 1000)
    tear = flowed.site if torn > 0 else -1
    iodine, fraction = _where(tree, net, flowed, strength)
    return Filling(
        lobe=injection.lobe,
        iodine_mg_ml=iodine,
        injected_mg=strength * told.given_ml,
        filled_mg=float(strength * flowed.contrast.sum() / 1000),
        refluxed_mg=float(strength * (flowed.course[-1, 4] + flowed.returned) / 1000),
        leaked_mg=torn + planted,
        course=told,
        tear=tear,
        clouds=traces.puffs(tree, tear, torn, strength, rng),
        bubbles=air,
        calibre_fraction=fraction,
    )


def _where(
    tree: DuctTree, net: network.Network, flowed: _Flowed, strength: float
) -> tuple[Floats, Floats]:
    """Return iodine, mg/mL, and calibre as a share of the tree's, at each point."""
    volume = flowed.contrast + flowed.secretion
    fraction = network.calibre_fraction(tree, net, volume)
    lumen = replace(tree, radii_mm=tree.radii_mm * fraction)
    room = 1000 * network.volumes_ml(lumen) * (1 - net.taken)
    iodine = strength * flowed.contrast / np.maximum(room, 1e-9)
    iodine[0] = iodine[1] if len(tree) > 1 else 0.0
    return iodine, fraction


def _planted_mg(breast: Breast, injection: Injection) -> float:
    """Return the iodine that leaks through a tear that was planted, mg."""
    if all(x.kind is not FindingKind.EXTRAVASATION for x in breast.lesions):
        return 0.0
    given = MOST_PLANTED * injection.iodine_mg_ml * injection.volume_ml
    return min(float(breast.clouds.iodine_mg.sum()), given)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Flowed:
    """Where fluid is when the picture is taken, mm3, and how it got there."""

    course: Floats
    contrast: Floats
    secretion: Floats
    reason: int
    site: int
    returned: float


def _flow(
    tree: DuctTree,
    net: network.Network,
    injection: Injection,
    settings: Settings,
    woman: Woman,
    most_mm3: float,
) -> _Flowed:
    """Inject, let go, and wait for the exposure."""
    parents, room = tree.parents.astype(np.int32), net.room_mm3
    film = 1 - woman.mixing
    course, contrast, secretion, ends = flow.fill(
        parents,
        net.tubes,
        net.viscosity_mpas,
        settings.secretion_mpas,
        settings.rest_fraction,
        film,
        settings.front_mixing,
        1000 * injection.rate_ml_s,
        most_mm3,
        max(float(room[net.open].sum()), 0.05) / settings.steps,
        settings.lobule_mmhg,
        settings.lobule_s,
        woman.seal_mmhg,
        settings.seal_ease,
        woman.burst_mmhg,
        settings.leak_ease,
        settings.tissue_mmhg,
        *_stops(injection, settings),
    )
    returned = fluids.slacken(parents, room, contrast, secretion)
    thin, wait = settings.secretion_mpas, settings.wait_s
    thick = net.viscosity_mpas
    fluids.rest_a_while(
        parents, net.tubes, thick, thin, film, wait, contrast, secretion
    )
    return _Flowed(
        course=course,
        contrast=contrast,
        secretion=secretion,
        reason=int(ends[0]),
        site=int(ends[1]),
        returned=returned,
    )


def _stops(injection: Injection, settings: Settings) -> tuple[float, float, float]:
    """Return pressure, reflux and leak that end the injection, mmHg and mm3."""
    if injection.stop_at is StopRule.VOLUME:
        return np.inf, np.inf, np.inf
    seen, felt = 1000 * settings.drop_ml, 1000 * settings.pain_ml
    if injection.stop_at is StopRule.REFLUX:
        return np.inf, seen, felt
    return injection.stop_mmhg, seen, felt


def _course(
    flowed: _Flowed,
    injection: Injection,
    woman: Woman,
    planted_ml: float,
) -> Course:
    """Return the time course; a planted leak drinks its share all the while."""
    course = flowed.course
    share = course[:, 2] / max(float(course[-1, 2]), 1e-12)
    return Course(
        times_s=course[:, 0] * (1 + planted_ml * 1000 / max(course[-1, 2], 1e-12)),
        pressure_mmhg=course[:, 1],
        volume_ml=course[:, 2] / 1000 + planted_ml * share,
        filled_length_mm=course[:, 3],
        refluxed_ml=course[:, 4] / 1000,
        leaked_ml=course[:, 5] / 1000 + planted_ml * share,
        stopped_by=REASONS[flowed.reason],
        seal_mmhg=woman.seal_mmhg,
        pain_mmhg=woman.pain_mmhg,
        burst_mmhg=woman.burst_mmhg,
        syringe_mmhg=line_mmhg(injection),
    )
