"""Wall irregularity: what outline and contrast agree on, and nothing else."""

from __future__ import annotations

import pytest

from galactograph.finders.wall import find
from galactograph.values.codes import FindingKind
from strips import Ball, Other, World, reading_of


def test_ragged_walls_are_told_once_for_one_duct() -> None:
    (found,) = find(reading_of(World(calibre_mm=1.0, ripple=0.35, seed=3)))
    assert found.kind is FindingKind.WALL_IRREGULARITY
    assert found.evidence["ripple"] > 0.15
    assert found.evidence["agreement"] > 0.6


@pytest.mark.parametrize(
    "world",
    [
        World(calibre_mm=1.0, wobble=0.05),
        World(calibre_mm=0.35, ripple=0.4),
        World(calibre_mm=1.0, waists=((15, 4, 0.4),)),
        World(calibre_mm=1.0, widenings=((15, 4, 0.8),)),
        World(calibre_mm=1.2, balls=(Ball(15, 0.0, 0.8),)),
        World(calibre_mm=1.0, others=tuple(Other(s, 0, 55, 0.3) for s in (8, 13, 18))),
    ],
    ids=["waving", "thin", "one throat", "one bulge", "a body", "crossings"],
)
def test_what_is_not_ragged_all_along_is_not_told(world: World) -> None:
    assert not list(find(reading_of(world)))


def test_rougher_walls_are_surer() -> None:
    slight, rough = (
        max(
            f.confidence
            for seed in range(4)
            for f in find(reading_of(World(calibre_mm=1.2, ripple=r, seed=seed)))
        )
        for r in (0.25, 0.45)
    )
    assert rough >= slight
