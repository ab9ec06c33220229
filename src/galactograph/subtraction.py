"""Dual energy as a modality: each view twice, and what is left of iodine."""

from __future__ import annotations

from dataclasses import dataclass, replace

from galactograph.modalities import RADIOGRAPH, attenuation
from galactograph.values.image import Image
from galactograph.values.procedure import Exposure, Procedure, ViewPosition
from galactograph.values.study import GreyScale, Projection, View
from galactograph.xray import dual_energy


@dataclass(frozen=True, kw_only=True)
class DualEnergy:
    """A mammography unit that takes each view below and above iodine's K edge.

    Both pictures are taken in one compression, seconds apart; nothing moves.
    """

    name: str = "dual-energy"

    def plan(self, procedure: Procedure) -> tuple[Exposure, ...]:
        """Return a low and a high exposure for every ordered view with contrast.

        A scout is left out unless nothing else is ordered: the pair shows without it
        what is contrast. CC and ML are taken if nothing is ordered.
        """
        ordered = procedure.exposures or (
            Exposure(),
            Exposure(position=ViewPosition.ML),
        )
        filled = tuple(shot for shot in ordered if shot.contrast) or ordered
        return tuple(e for low in filled for e in (low, dual_energy.high(low)))

    def finish(self, shots: tuple[Projection, ...]) -> tuple[View, ...]:
        """Return three views per pair: low, high, and the two subtracted."""
        plain = RADIOGRAPH.finish(shots)
        views: list[View] = []
        for k in range(0, len(shots) - 1, 2):
            low, high = plain[k], plain[k + 1]
            number = k // 2 + 1
            views += [
                _named(low, number, "low", (k,)),
                _named(high, number, "high", (k + 1,)),
                self._subtracted(shots[k], shots[k + 1], low, number, k),
            ]
        return tuple(views)

    def _subtracted(
        self, low: Projection, high: Projection, plain: View, number: int, first: int
    ) -> View:
        """Return high less as much of low as cancels gland against fat."""
        weight = dual_energy.cancelling_weight(
            low.exposure, high.exposure, low.thickness_mm
        )
        pixels = dual_energy.subtract(attenuation(low), attenuation(high), weight)
        view = _named(plain, number, "subtracted", (first, first + 1))
        return replace(
            view,
            image=Image(pixels=pixels, grid=plain.image.grid),
            grey_scale=GreyScale.PROPORTIONAL,
            notes=(f"High energy less {weight:.3f} of low, in log attenuation.",),
        )


def _named(view: View, number: int, word: str, made_of: tuple[int, ...]) -> View:
    """Return the view under a name that says which of the three it is."""
    stem = view.source.split("-", 1)[1]
    return replace(
        view,
        source=f"{number}-{stem}-{word}",
        description=f"{view.description}, {word} energy"
        if word != "subtracted"
        else f"{view.description}, dual energy subtracted",
        made_of=made_of,
    )


DUAL_ENERGY = DualEnergy()
