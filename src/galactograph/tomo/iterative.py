"""Iterative reconstruction: simultaneous algebraic corrections, view by view."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galactograph.errors import InvalidValue
from galactograph.tomo.operators import UNBOUNDED, Operator

Pixels = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How far to go.

    Attributes
    ----------
    sweeps
        Times that every projection is used; source: two or three, design (remembered).
    relaxation
        Share of each correction that is taken, in (0, 2); falls with every sweep.
    least
        Voxels are never below it: attenuation is not negative.
    """

    sweeps: int = 2
    relaxation: float = 0.5
    least: float = 0.0

    def __post_init__(self) -> None:
        if self.sweeps < 1 or not 0 < self.relaxation < 2:
            raise InvalidValue("sweeps must be >= 1 and relaxation in (0, 2)")


def reconstruct(
    projections: Pixels, operator: Operator, *, settings: Settings | None = None
) -> Pixels:
    """Reconstruct slices by SART from their mean; attenuation per mm.

    Parameters
    ----------
    projections : float32, (P, rows, columns)
        Natural log attenuation: 0 in air.
    operator
        Geometry of the sweep and of the slices.
    settings
        Sweeps, relaxation.

    Returns
    -------
    float32, (K, rows, columns)
        On `operator.grid`.

    Notes
    -----
    source: Andersen and Kak, Ultrasonic Imaging 6:81, 1984 (remembered).
    """
    settings = settings or Settings()
    operator.check(projections)
    volume = mean(projections, operator)
    for number in range(settings.sweeps):
        share = settings.relaxation / (1 + number)
        sweep(volume, projections, operator, share, settings.least)
    return operator.straighten(volume)


def mean(projections: Pixels, operator: Operator) -> Pixels:
    """Return the volume that spreads every ray evenly over its length."""
    whole = len(operator.heights_mm) * operator.slice_mm * operator.views
    spread = np.empty(projections.shape, np.float32)
    for view, image in enumerate(projections):
        np.divide(image, operator.slant(view) * np.float32(whole), out=spread[view])
    volume = np.empty(operator.shape, np.float32)
    operator.smear(spread, volume)
    return volume


def sweep(
    volume: Pixels,
    projections: Pixels,
    operator: Operator,
    relaxation: float,
    least: float = UNBOUNDED,
) -> None:
    """Correct `volume` by every projection once, in place.

    A view's error is spread evenly over the length of each ray; of all views, each is
    as far as can be from the ones before.
    """
    whole = len(operator.heights_mm) * operator.slice_mm
    for view in order(operator.views):
        error = projections[view] - operator.project(volume, [view])[0]
        error *= np.float32(relaxation / whole) / operator.slant(view)
        operator.smear(error[None], volume, views=[view], keep=1.0, least=least)


def order(views: int) -> list[int]:
    """Return an order of views in which neighbours come late.

    Examples
    --------
    >>> order(5)
    [0, 3, 1, 4, 2]
    """
    # A step near the golden section that shares no factor with the number of views.
    step = next(
        s for s in range(round(0.618 * views), views + 1) if np.gcd(s, views) == 1
    )
    return [(step * k) % views for k in range(views)]
