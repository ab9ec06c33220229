"""Narrowing, ectasia, wall irregularity; what all finders keep to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from galactograph.finders import FINDERS
from galactograph.finders._confidence import TOLD_FROM
from galactograph.finders.ectasia import find as find_ectasia
from galactograph.finders.narrowing import find as find_narrowing
from galactograph.finders.wall import find as find_wall
from galactograph.values.geometry import SpacingKind
from strips import MARGIN_MM, PIXEL_MM, World, intact, papilloma, reading_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("calibre", [0.9, 1.5, 2.5])
@pytest.mark.parametrize("display", [0.0, 0.8])
def test_a_throat_is_found_with_its_ratio(calibre: float, display: float) -> None:
    world = World(calibre_mm=calibre, display=display, waists=((15, 4, 0.35),))
    (found,) = find_narrowing(reading_of(world))
    assert found.evidence["ratio"] == pytest.approx(0.35, abs=0.12)
    assert found.places[0].column * PIXEL_MM - MARGIN_MM == pytest.approx(15, abs=0.6)


def test_a_slight_waist_a_body_and_an_end_are_no_narrowings() -> None:
    for world in (
        World(calibre_mm=1.5, waists=((15, 4, 0.75),)),
        papilloma(World(calibre_mm=1.2), 15, 3),
        World(calibre_mm=1.5, ends_mm=20),
        World(calibre_mm=1.5, plugs=((14, 16),)),
    ):
        found = find_narrowing(reading_of(world))
        assert not [f for f in found if f.confidence >= TOLD_FROM]


@pytest.mark.parametrize("calibre", [2.5, 3.5])
def test_a_wide_duct_is_ectatic(calibre: float) -> None:
    (found,) = find_ectasia(reading_of(World(calibre_mm=calibre)))
    assert found.width_mm == pytest.approx(calibre, abs=0.2)
    assert found.evidence["over_limit"] > 1.1


def test_near_the_nipple_more_is_normal() -> None:
    world = World(calibre_mm=2.6, length_mm=9.0)
    assert not list(find_ectasia(reading_of(world)))
    assert list(find_ectasia(reading_of(replace(world, length_mm=25.0))))


def test_a_normal_calibre_or_a_short_bulge_is_no_ectasia() -> None:
    assert not list(find_ectasia(reading_of(World(calibre_mm=1.8))))
    bulge = World(calibre_mm=1.2, widenings=((15, 4, 1.2),))
    assert not list(find_ectasia(reading_of(bulge)))


def test_strips_sampled_more_finely_are_judged_alike() -> None:
    reading = reading_of(World(calibre_mm=3.5))
    finer = tuple(
        replace(
            strip,
            u_mm=np.linspace(strip.u_mm[0], strip.u_mm[-1], 2 * len(strip.u_mm) - 1),
            excess=zoomed(strip.excess),
        )
        for strip in reading.strips
    )
    (plain,) = find_ectasia(reading)
    (found,) = find_ectasia(replace(reading, strips=finer))
    assert found.width_mm == pytest.approx(plain.width_mm, abs=0.3)


def zoomed(excess: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return an excess (S, U) with a sample between each two across."""
    fine = np.repeat(excess, 2, axis=1)[:, :-1]
    fine[:, 1::2] = (excess[:, :-1] + excess[:, 1:]) / 2
    return fine


def test_without_millimetres_no_ectasia_is_told() -> None:
    world = World(calibre_mm=3.5, spacing_kind=SpacingKind.NONE)
    assert not list(find_ectasia(reading_of(world)))


def test_ectasia_is_focal_or_diffuse() -> None:
    focal = World(calibre_mm=1.2, length_mm=60, widenings=((30, 24, 2.0),))
    (short,) = find_ectasia(reading_of(focal))
    (long,) = find_ectasia(reading_of(World(calibre_mm=3, length_mm=60)))
    assert short.explanation.startswith("Focal")
    assert long.explanation.startswith("Diffuse")


@pytest.mark.parametrize("calibre", [0.8, 1.2])
def test_a_ragged_wall_is_found(calibre: float) -> None:
    hits = [
        bool(list(find_wall(reading_of(World(calibre_mm=calibre, ripple=0.4, seed=k)))))
        for k in range(4)
    ]
    assert sum(hits) >= 3


def test_a_calm_wall_is_not() -> None:
    for seed in range(6):
        for calibre in (0.6, 1.0, 2.0):
            world = World(calibre_mm=calibre, wobble=0.05, seed=seed)
            assert not list(find_wall(reading_of(world)))


def test_walls_of_the_thinnest_ducts_are_not_told() -> None:
    found = find_wall(reading_of(World(calibre_mm=0.2, ripple=0.4)))
    assert not [f for f in found if f.confidence >= TOLD_FROM]


def test_intact_ducts_give_hardly_anything() -> None:
    words = [
        finding.kind.word
        for seed in range(100, 118)
        for find in FINDERS
        for finding in find(reading_of(intact(seed)))
        if finding.confidence >= 0.5
    ]
    # Wide ducts are painted on purpose; an end of one is told where contrast ends.
    rest = [word for word in words if word not in ("ectasia", "abrupt-termination")]
    assert len(rest) <= 1


def test_all_confidences_lie_in_bounds_and_all_say_why() -> None:
    for seed in range(200, 208):
        reading = reading_of(papilloma(intact(seed), 3, 2))
        for find in FINDERS:
            for finding in find(reading):
                assert 0 <= finding.confidence <= 1
                assert len(finding.explanation) > 20
                assert finding.evidence
