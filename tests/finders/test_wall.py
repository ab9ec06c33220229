"""Wall irregularity: what outline and contrast agree on, and nothing else."""

from __future__ import annotations

from dataclasses import replace

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
        [
            max((f.confidence for f in find(reading_of(world))), default=0.0)
            for seed in range(4)
            for world in [World(calibre_mm=1.2, ripple=ripple, seed=seed)]
        ]
        for ripple in (0.05, 0.35)
    )
    assert sum(rough) > sum(slight) + 1


def test_walls_are_no_surer_in_a_noisier_picture() -> None:
    world = World(calibre_mm=0.7, ripple=0.2, length_mm=20, seed=2, noise=0.012)
    reading = reading_of(world)
    noisy = replace(reading, scene=replace(reading.scene, noise=0.1))
    calm, restless = (
        max((f.confidence for f in find(one)), default=0.0) for one in (reading, noisy)
    )
    assert restless <= calm
    assert restless < 0.25 < calm
