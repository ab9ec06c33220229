"""A network proposes filled ducts: in range, repeatable, silent where none are."""

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ducts.comparing import share_near, truth_px
from ducts.scenes import TREE, World, view_of
from galactograph.ducts import network, proposing
from galactograph.ducts.background import prepare
from galactograph.ducts.network import Chances, look, scale_of, seen_by
from galactograph.ducts.proposing import (
    BOTH,
    LEARNED,
    agreement,
    continuity,
    refusal,
    seen_near,
    weight_of,
)
from galactograph.ducts.ridges import Ridges, strengthen
from galactograph.ducts.ridges import Settings as RidgeSettings
from galactograph.ducts.segmentation import segment
from galactograph.ducts.trust import Trust
from galactograph.reading import read_view
from galactograph.values.arrays import Bools, Floats
from galactograph.values.image import DuctMap
from galactograph.values.report import Scene
from galactograph.values.study import View

pytest.importorskip("onnxruntime")

WORLD = World(lines=TREE, pixel_mm=0.07)
PLAIN = World(lines=(), pixel_mm=0.07)

MOST_BYTES = 15_000_000


@lru_cache(maxsize=4)
def scene_of(world: World) -> tuple[View, Scene]:
    """Return a painted view, prepared."""
    view = view_of(world)
    return view, prepare(view)


@lru_cache(maxsize=4)
def chances_of(world: World) -> Chances:
    """Return where the network sees duct in a painted view."""
    view, scene = scene_of(world)
    return look(scene.excess, scene.breast, scene.noise, view.image.grid.pixel_mm)


def lines_of(duct_map: DuctMap) -> Floats:
    """Return the pixels of the centreline."""
    return np.argwhere(duct_map.centreline).astype(float)


@settings(deadline=None, max_examples=8)
@given(
    rows=st.integers(20, 150),
    columns=st.integers(20, 150),
    noise=st.floats(1e-3, 1.0),
    pixel_mm=st.floats(0.02, 0.3),
    seed=st.integers(0, 2**16),
)
def test_a_chance_lies_between_none_and_certain_whatever_is_seen(
    rows: int, columns: int, noise: float, pixel_mm: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    excess = rng.normal(0, 10 * noise, (rows, columns)).astype(np.float32)
    inside = rng.random((rows, columns)) < 0.8
    seen = look(excess, inside, noise, pixel_mm)
    for part in (seen.lumen, seen.line):
        assert part.shape == excess.shape
        assert part.min() >= 0
        assert part.max() <= 1
        assert not part[~inside].any()


@settings(deadline=None)
@given(scale=st.floats(1e-3, 1e3))
def test_what_is_seen_does_not_depend_on_the_unit_of_the_picture(scale: float) -> None:
    excess = np.linspace(-1, 20, 50, dtype=np.float32)[None]
    plain = seen_by(excess, 0.02)
    scaled = seen_by((excess * scale).astype(np.float32), 0.02 * scale)
    np.testing.assert_allclose(scaled, plain, rtol=1e-4, atol=1e-5)


def test_the_same_view_gives_the_same_answer() -> None:
    view, scene = scene_of(WORLD)
    again = look(scene.excess, scene.breast, scene.noise, view.image.grid.pixel_mm)
    np.testing.assert_array_equal(again.line, chances_of(WORLD).line)


def test_bands_answer_as_the_whole_does(monkeypatch: pytest.MonkeyPatch) -> None:
    view, scene = scene_of(WORLD)
    monkeypatch.setattr(network, "BAND", 320)
    banded = look(scene.excess, scene.breast, scene.noise, view.image.grid.pixel_mm)
    gap = np.abs(banded.line - chances_of(WORLD).line)
    assert np.percentile(gap, 99.9) < 0.1
    assert not np.array_equal(banded.line, np.zeros_like(gap))


@settings(deadline=None, max_examples=5)
@given(grain=st.floats(0, 3), seed=st.integers(0, 2**16))
def test_what_averages_out_over_finer_pixels_is_not_seen(
    grain: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    noise = 0.02
    coarse = rng.normal(0, noise, (96, 96)).astype(np.float32)
    coarse[40:43] += 4 * noise
    checks = np.kron(np.ones((96, 96)), [[1, -1], [-1, 1]]) * grain * noise
    fine = (np.kron(coarse, np.ones((2, 2))) + checks).astype(np.float32)
    usual = look(coarse, np.ones((96, 96), bool), noise, network.USUAL_MM)
    finer = look(fine, np.ones((192, 192), bool), 2 * noise, network.USUAL_MM / 2)
    wanted = cv2.resize(usual.line, (192, 192), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(finer.line, wanted, atol=1e-3)


@given(noise=st.floats(1e-3, 0.2), pixel_mm=st.floats(0.01, 0.4))
def test_the_network_sees_pixels_of_a_size_and_noise_it_was_taught(
    noise: float, pixel_mm: float
) -> None:
    factor = scale_of(noise, pixel_mm)
    assert network.FINEST_MM <= pixel_mm / factor <= network.COARSEST_MM
    assert factor == 1 or pixel_mm / factor == pytest.approx(network.USUAL_MM)


def test_fine_pixels_are_joined_where_they_are_noisy() -> None:
    assert scale_of(0.029, 0.046) == 1
    assert scale_of(0.035, 0.046) == pytest.approx(0.046 / network.USUAL_MM)
    assert scale_of(0.035, 0.065) == 1


def test_contrast_is_seen_and_plain_tissue_is_not() -> None:
    seen, plain = chances_of(WORLD), chances_of(PLAIN)
    spots = np.rint(truth_px(WORLD)[::5]).astype(int)
    near = [seen.line[r - 1 : r + 2, c - 1 : c + 2].max() for r, c in spots]
    assert np.median(near) > 0.5
    inside = scene_of(PLAIN)[1].breast
    assert (plain.line[inside] > 0.5).mean() < 0.002


def test_ridges_that_the_network_weighs_lose_no_duct() -> None:
    duct_map = BOTH(*scene_of(WORLD))
    assert share_near(truth_px(WORLD), lines_of(duct_map), 2.0) > 0.98


def test_lines_of_the_network_alone_run_in_the_middle_of_ducts() -> None:
    # These ducts are no simulated ones: the network misses a third of them.
    duct_map = LEARNED(*scene_of(WORLD))
    found, true = lines_of(duct_map), truth_px(WORLD)
    assert share_near(true, found, 2.0) > 0.5
    assert share_near(found, true, 3.0) > 0.9
    assert (duct_map.scale_px[duct_map.centreline] > 0).all()


@pytest.mark.parametrize("segmenter", [LEARNED, BOTH])
def test_no_duct_is_drawn_in_a_breast_without_contrast(
    segmenter: proposing.Named,
) -> None:
    assert not read_view(scene_of(PLAIN)[0], segmenter=segmenter).ducts


def test_a_network_that_sees_duct_everywhere_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def everywhere(
        excess: NDArray[np.float32], inside: Bools, noise: float, pixel_mm: float
    ) -> Chances:
        del excess, noise, pixel_mm
        full = inside.astype(np.float32)
        return Chances(lumen=full, line=full)

    monkeypatch.setattr(proposing, "look", everywhere)
    view, scene = scene_of(WORLD)
    ridges = segment(view, scene)
    for segmenter in (LEARNED, BOTH):
        duct_map = segmenter(view, scene)
        np.testing.assert_array_equal(duct_map.centreline, ridges.centreline)
        assert "not used" in duct_map.notes[0]


def test_a_tree_is_no_reason_to_refuse() -> None:
    inside = scene_of(WORLD)[1].breast
    assert refusal(chances_of(WORLD), inside, proposing.Settings()) is None


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_surer_the_network_the_more_a_ridge_weighs(
    low: float, high: float, agreed: float
) -> None:
    low, high = sorted((low, high))
    chosen = proposing.Settings()

    def weigh(chance: float) -> float:
        flat = np.full((9, 9), chance, np.float32)
        return float(weight_of(flat, chosen, agreed).mean())

    assert min(chosen.doubt) - 1e-6 <= weigh(low) <= weigh(high) + 1e-6
    assert weigh(high) <= max(chosen.trust) + 1e-6


def test_a_network_that_misses_the_surest_lines_is_believed_less() -> None:
    view, scene = scene_of(WORLD)
    seen = seen_near(chances_of(WORLD))
    blind = np.zeros_like(seen)
    mm = view.image.grid.pixel_mm
    fine, _ = strengthen(
        np.array(scene.excess), np.array(scene.breast), mm, RidgeSettings()
    )
    whole = slice(0, scene.breast.shape[0]), slice(0, scene.breast.shape[1])
    fine.strength *= Trust.of(scene, *whole, mm, RidgeSettings()).lines(fine.angle)
    chosen = proposing.Settings()
    assert agreement(seen, fine, mm, chosen) > 0.3
    assert agreement(blind, fine, mm, chosen) == 0.0


def one_line(pieces: int, strength: float) -> Ridges:
    """Return ridges of one line of 250 mm at 0.25 mm, in some pieces."""
    shape = (9 * pieces, 1000 // pieces + 20)
    fine = Ridges.empty(shape)
    fine.strength[4::9, 10:-10] = strength
    fine.angle[:] = 0.0
    return fine


def test_faint_lines_are_believed_where_they_hang_together() -> None:
    chosen = proposing.Settings()
    faint = 1.2 * chosen.faint
    for pieces, believed in ((1, 1.0), (20, 0.0)):
        fine = one_line(pieces, faint)
        across = [
            continuity(np.full_like(fine.strength, chance), turned, 0.25, chosen)
            for chance in (0.9, 0.6)
            for turned in (
                fine,
                replace(fine, angle=fine.angle + np.float32(np.pi / 2)),
            )
        ]
        assert max(across[:2]) == believed
        assert max(across[2:]) == 0.0
    silent = one_line(1, 0.8 * chosen.faint)
    seen = np.full_like(silent.strength, 0.9)
    assert continuity(seen, silent, 0.25, chosen) == 0.0


def test_an_empty_view_has_no_ducts() -> None:
    nobody = World(lines=(), breast=False)
    view, scene = scene_of(nobody)
    for segmenter in (LEARNED, BOTH):
        assert not segmenter(view, scene).centreline.any()


def test_the_weights_are_small_and_say_where_they_come_from() -> None:
    assert len(network.weights()) <= MOST_BYTES
    told = network.facts()
    assert int(told["seed"]) >= 7_000_000
    assert int(told["views"]) > 0
    assert "research" in told["use"]
