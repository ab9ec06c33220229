"""Penalised weighted least squares: noise is weighed, and edges are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galactograph.errors import InvalidValue
from galactograph.tomo.iterative import mean, order
from galactograph.tomo.operators import Operator

Pixels = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is asked for.

    Attributes
    ----------
    sweeps
        Times that every projection is used; assumed.
    relaxation
        Share of each correction that is taken, in (0, 2); falls with every sweep.
    strength
        Of the penalty, in [0, 1/8]: the share of a step between neighbours in a slice
        that is evened out in one sweep; assumed.
    edge_per_mm
        Step of attenuation per mm from which it counts as an edge: the pull of the
        penalty grows no further; a fifth of that of fat, assumed.
    """

    sweeps: int = 3
    relaxation: float = 0.5
    strength: float = 0.08
    edge_per_mm: float = 0.01

    def __post_init__(self) -> None:
        if self.sweeps < 1 or not 0 < self.relaxation < 2:
            raise InvalidValue("sweeps must be >= 1 and relaxation in (0, 2)")
        if not 0 <= self.strength <= 0.125 or not self.edge_per_mm > 0:
            raise InvalidValue(
                "strength must be in [0, 1/8] and edge_per_mm > 0, got "
                f"{self.strength} and {self.edge_per_mm}"
            )


def reconstruct(
    projections: Pixels, operator: Operator, *, settings: Settings | None = None
) -> Pixels:
    """Reconstruct slices that explain the projections and are smooth but for edges.

    The squared errors of rays are weighed by the photons that are left of them, so
    that the few behind an opaque duct rule its surroundings less; a Huber penalty on
    neighbours in a slice is added. One view is used at a time (ordered subsets), the
    penalty once a sweep.

    Parameters
    ----------
    projections : float32, (P, rows, columns)
        Natural log attenuation: 0 in air.
    operator
        Geometry of the sweep and of the slices.
    settings
        Sweeps, relaxation, penalty.

    Returns
    -------
    float32, (K, rows, columns)
        Attenuation per mm on `operator.grid`.

    Notes
    -----
    source: Erdogan and Fessler, Phys Med Biol 44:2835, 1999, for ordered subsets with
    separable surrogates (remembered).
    """
    settings = settings or Settings()
    operator.check(projections)
    volume = mean(projections, operator)
    for number in range(settings.sweeps):
        share = settings.relaxation / (1 + number)
        for view in order(operator.views):
            correct(volume, projections, operator, view, share)
        even_out(volume, settings.strength, settings.edge_per_mm)
    return operator.straighten(volume)


def correct(
    volume: Pixels,
    projections: Pixels,
    operator: Operator,
    view: int,
    relaxation: float,
) -> None:
    """Correct `volume` by one projection, in place, weighed by photons."""
    whole = len(operator.heights_mm) * operator.slice_mm
    error = projections[view] - operator.project(volume, [view])[0]
    weight = np.exp(-np.maximum(projections[view], 0))
    # The most certain rays inside the breast count fully; those in air no more.
    inside = weight[projections[view] > 0.1]
    top = float(np.percentile(inside, 90)) if inside.size else 1.0
    error *= np.minimum(weight / np.float32(top), 1)
    error *= np.float32(relaxation / whole) / operator.slant(view)
    operator.smear(error[None], volume, views=[view], keep=1.0, least=0.0)


def even_out(volume: Pixels, strength: float, edge_per_mm: float) -> None:
    """Take one step down the Huber penalty of neighbours in each slice, in place."""
    if strength == 0:
        return
    limit, share = np.float32(edge_per_mm), np.float32(strength)
    for pixels in volume:
        down = np.clip(np.diff(pixels, axis=0), -limit, limit) * share
        along = np.clip(np.diff(pixels, axis=1), -limit, limit) * share
        pixels[:-1] += down
        pixels[1:] -= down
        pixels[:, :-1] += along
        pixels[:, 1:] -= along
