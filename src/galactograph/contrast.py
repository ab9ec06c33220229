"""Fill the ducts of one lobe with contrast, from the orifice inward.

Contrast fills what is near and wide first. No iodine is made or lost: what the
syringe gave lies in the ducts, or could not enter (reflux). Where the volume is
short, the front is diluted by the fluid it pushes.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from galactograph.errors import InvalidValue
from galactograph.values.arrays import Bools, Floats
from galactograph.values.procedure import Injection
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Breast, Filling


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How contrast spreads.

    Attributes
    ----------
    front_fraction
        Half-width of the diluted front, as a fraction of the volume; assumed.
    least_mixing, most_mixing
        Share of the syringe's concentration left after mixing with duct fluid;
        assumed.
    calibre_power
        Power of the radius in the resistance to filling; 4 is Poiseuille's, less
        allows for ducts that give way; assumed.
    """

    front_fraction: float = 0.12
    least_mixing: float = 0.85
    most_mixing: float = 1.0
    calibre_power: float = 2.0


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


def _arrival(tree: DuctTree, open_: Bools, power: float) -> list[int]:
    """Return the open points in the order in which contrast reaches them."""
    order: list[int] = []
    below: list[list[int]] = [[] for _ in range(len(tree))]
    for n in range(1, len(tree)):
        below[tree.parents[n]].append(n)
    front = [(0.0, 0)] if open_[0] else []
    while front:
        cost, node = heapq.heappop(front)
        order.append(node)
        for child in below[node]:
            if open_[child]:
                step = tree.lengths_mm[child] / tree.radii_mm[child] ** power
                heapq.heappush(front, (cost + step, child))
    return order


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
        Volume and concentration.
    rng
        Draws how far contrast mixes with duct fluid.
    settings
        How contrast spreads.
    """
    settings = settings or Settings()
    if injection.lobe >= len(breast.lobes):
        raise InvalidValue(
            f"lobe must be below {len(breast.lobes)}, got {injection.lobe}"
        )
    tree = breast.lobes[injection.lobe]
    stops = tuple(x.node for x in breast.lesions if x.blocks)
    stops = stops if injection.lobe == breast.injected else ()
    order = _arrival(tree, reachable(tree, stops), settings.calibre_power)
    mixing = rng.uniform(settings.least_mixing, settings.most_mixing)
    strength = injection.iodine_mg_ml * mixing
    given = injection.volume_ml / mixing
    pieces = volumes_ml(tree)[order]
    ends = np.cumsum(pieces)
    held = _held(ends, given, settings.front_fraction) - _held(
        ends - pieces, given, settings.front_fraction
    )
    iodine = np.zeros(len(tree))
    iodine[order] = strength * held / np.maximum(pieces, 1e-12)
    if order:
        iodine[0] = strength if len(order) < 2 else iodine[order[1]]
    return Filling(
        lobe=injection.lobe,
        iodine_mg_ml=iodine,
        injected_mg=injection.iodine_mg_ml * injection.volume_ml,
        filled_mg=float((iodine * volumes_ml(tree)).sum()),
    )


def _held(volume: Floats, given: float, front: float) -> Floats:
    """Integrate the relative concentration over the first `volume` of the tree.

    1 up to (1 - front) of the given volume, falling linearly to 0 at (1 + front):
    the integral over all is the volume given.
    """
    first, width = given * (1 - front), 2 * given * front
    x = np.clip(volume - first, 0, width)
    held: Floats = np.minimum(np.maximum(volume, 0), first) + x - x * x / (2 * width)
    return held
