"""What is planted in a lobe, and what the truth says of it."""

from functools import cache

import numpy as np
import pytest

from galactograph.phantom.anatomy import LESION_NAMES, Anatomy, LesionName, draw
from galactograph.phantom.calcifications import _amorphous, _linear, _pleomorphic
from galactograph.phantom.lesions import PLANTERS, plant
from galactograph.phantom.lobes import LEAST_RADIUS_MM, grow_ducts
from galactograph.phantom.planting import Planted, along, cast_of
from galactograph.seeds import stream
from galactograph.values.codes import CauseName, FindingKind
from galactograph.values.tree import DuctTree

REST = (66.0, 70.0)

EXPECTED: dict[LesionName, tuple[FindingKind, CauseName]] = {
    "papilloma": (FindingKind.FILLING_DEFECT, CauseName.PAPILLOMA),
    "papillomas": (FindingKind.FILLING_DEFECTS, CauseName.PAPILLOMA),
    "ectasia": (FindingKind.ECTASIA, CauseName.ECTASIA),
    "focal-ectasia": (FindingKind.ECTASIA, CauseName.ECTASIA),
    "dcis": (FindingKind.FILLING_DEFECTS, CauseName.DCIS),
    "invasive": (FindingKind.TERMINATION, CauseName.INVASIVE),
    "extravasation": (FindingKind.EXTRAVASATION, CauseName.ARTEFACT),
    "clot": (FindingKind.FILLING_DEFECT, CauseName.ARTEFACT),
    "secretion": (FindingKind.FILLING_DEFECTS, CauseName.ARTEFACT),
    "kink": (FindingKind.NARROWING, CauseName.ARTEFACT),
}

SEEDS = (1, 2, 5)


@cache
def lobe(seed: int) -> DuctTree:
    """Grow the injected lobe of a woman without a lesion."""
    build = draw(Anatomy(lesion="normal", loops=1), rng=stream(seed, "anatomy"))
    ducts = grow_ducts(build, REST, 6.0, injected=0, rng=stream(seed, "breast"))
    return ducts.lobes[0]


def planted(lesion: LesionName, seed: int = 1, **more: float) -> Planted:
    """Plant one lesion in a woman's lobe."""
    wanted = Anatomy(lesion=lesion, **more)  # type: ignore[arg-type]
    build = draw(wanted, rng=stream(seed, "anatomy"))
    return plant(Planted(tree=lobe(seed)), build, stream(seed, "lesion"))


def test_every_lesion_is_planted_or_is_said_not_to_be() -> None:
    others = {"normal", "air-bubbles", "underfilling"}
    assert set(PLANTERS) | others == set(LESION_NAMES)
    assert set(PLANTERS) == set(EXPECTED)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("lesion", sorted(EXPECTED))
def test_the_truth_says_what_where_and_how_large(lesion: LesionName, seed: int) -> None:
    found = planted(lesion, seed, obstructs=False)
    kind, cause = EXPECTED[lesion]
    assert kind in {entry.kind for entry in found.lesions}
    for entry in found.lesions:
        assert entry.cause is cause
        assert 0.2 <= entry.size_mm <= 90
        np.testing.assert_allclose(entry.centre_mm, found.tree.points_mm[entry.node])


@pytest.mark.parametrize("lesion", ["normal", "underfilling"])
def test_a_lobe_without_a_lesion_is_left_as_it_grew(lesion: LesionName) -> None:
    found = planted(lesion)
    assert found.lesions == ()
    assert found.tree is lobe(1)
    assert len(found.bodies.nodes) == 0


@pytest.mark.parametrize("size", [1.0, 4.0, 12.0, 20.0])
def test_a_papilloma_is_as_long_as_asked_and_leaves_a_rim(size: float) -> None:
    for seed in SEEDS:
        found = planted("papilloma", seed, lesion_size_mm=size, obstructs=False)
        node, bodies, tree = found.lesions[0].node, found.bodies, found.tree
        centres = tree.points_mm[bodies.nodes] + bodies.offsets_mm
        nodes, _ = along(tree, node, size)
        axis = tree.points_mm[nodes[-1]] - tree.points_mm[nodes[0]]
        along_mm = (centres - tree.points_mm[node]) @ axis / np.linalg.norm(axis)
        extent = np.ptp(np.concatenate([along_mm + bodies.radii_mm, along_mm]))
        assert 0.5 * size < extent < 1.4 * size + 1
        # The core leaves room for contrast; the stalk reaches the wall.
        lumen = tree.radii_mm[node]
        reach = np.linalg.norm(bodies.offsets_mm, axis=1) + bodies.radii_mm
        assert reach[0] < lumen
        assert reach[-1] > 0.75 * 0.36 * size
        assert lumen >= 0.36 * size


def test_peripheral_papillomas_are_several_small_and_far_out() -> None:
    for seed in SEEDS:
        found = planted("papillomas", seed)
        nodes = [entry.node for entry in found.lesions]
        reach = found.tree.from_orifice_mm
        assert 2 <= len(nodes) <= 7
        assert reach[nodes].min() > 0.4 * reach.max()


def test_ectasia_of_a_system_holds_more_than_the_normal_lobe() -> None:
    def held(tree: DuctTree) -> float:
        return float((np.pi * tree.radii_mm**2 * tree.lengths_mm).sum())

    for seed in SEEDS:
        wide = planted("ectasia", seed, lesion_size_mm=4.0, debris=0)
        assert held(wide.tree) > 2 * held(lobe(seed))
        assert (wide.tree.radii_mm >= lobe(seed).radii_mm - 1e-12).all()


def test_focal_ectasia_widens_one_stretch_and_nothing_else() -> None:
    for seed in SEEDS:
        found = planted("focal-ectasia", seed, lesion_size_mm=4.0, debris=0)
        wider = found.tree.radii_mm > lobe(seed).radii_mm + 1e-9
        away = found.tree.points_mm[wider] - found.lesions[0].centre_mm
        assert np.linalg.norm(away, axis=1).max() < 10.5
        assert 2 * found.tree.radii_mm.max() == pytest.approx(4.0, rel=0.02)


def test_debris_lies_in_the_wide_ducts_and_is_told() -> None:
    found = planted("ectasia", 2, debris=3)
    told = [entry for entry in found.lesions if entry.details.get("debris")]
    assert 1 <= len(told) <= 3
    reach = np.linalg.norm(found.bodies.offsets_mm, axis=1) + found.bodies.radii_mm
    assert (reach <= found.tree.radii_mm[found.bodies.nodes] + 1e-9).all()


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_cast_stays_in_its_lumen(share: float) -> None:
    tree = lobe(1)
    node = int(np.argmax(tree.radii_mm))
    part = cast_of(tree, node, 6.0, share, np.random.default_rng(1))
    reach = np.linalg.norm(part.offsets_mm, axis=1) + part.radii_mm
    assert (reach <= tree.radii_mm[part.nodes] + 1e-9).all()
    s = tree.from_orifice_mm[part.nodes]
    assert 4.5 < np.ptp(s) <= 6.5


def test_a_kink_narrows_and_bends_one_branch_and_moves_no_other() -> None:
    for seed in SEEDS:
        found = planted("kink", seed)
        before, after = lobe(seed), found.tree
        moved = np.linalg.norm(after.points_mm - before.points_mm, axis=1) > 1e-9
        assert len(set(before.branch_numbers[moved])) == 1
        node = found.lesions[0].node
        assert after.radii_mm[node] < 0.5 * before.radii_mm[node]


def test_dcis_prunes_its_segment_of_lobules_and_twigs() -> None:
    for seed in SEEDS:
        found = planted("dcis", seed)
        before, after = lobe(seed), found.tree
        assert len(after.tips) < len(before.tips)
        told = next(e for e in found.lesions if "pruned_fraction" in e.details)
        assert told.details["calcifications"] == len(found.specks.radii_mm) > 0
        shapes = [told.details[n] for n in ("linear", "pleomorphic", "amorphous")]
        assert sum(shapes) == 1.0


def test_linear_calcifications_lie_on_ducts_and_amorphous_ones_are_dust() -> None:
    tree = lobe(1)
    inside = np.flatnonzero(tree.radii_mm >= LEAST_RADIUS_MM)
    rng = np.random.default_rng(3)
    linear = _linear(tree, inside, rng)
    away = np.linalg.norm(
        linear.centres_mm[:, None] - tree.points_mm[inside][None], axis=2
    )
    assert away.min(axis=1).max() < 0.35
    assert _amorphous(tree, inside, rng).radii_mm.max() < 0.08
    assert np.ptp(_pleomorphic(tree, inside, rng).radii_mm) > 0.05


def test_a_leak_keeps_the_iodine_of_its_size_and_stays_under_the_skin() -> None:
    for seed in SEEDS:
        found = planted("extravasation", seed, lesion_size_mm=10.0)
        assert found.clouds.iodine_mg.sum() == pytest.approx(35.0)
        x, y, z = found.clouds.centres_mm.T
        assert (y >= 4 + 0.5 * np.hypot(x, z) - 1e-9).all()
        # Threads are much finer than the cloud.
        assert found.clouds.sigmas_mm.min() < 0.45
        assert found.clouds.sigmas_mm.max() > 1.2


@pytest.mark.parametrize("lesion", LESION_NAMES)
def test_the_same_seed_plants_the_same(lesion: LesionName) -> None:
    one, two = planted(lesion, 5), planted(lesion, 5)
    np.testing.assert_array_equal(one.tree.radii_mm, two.tree.radii_mm)
    np.testing.assert_array_equal(one.bodies.radii_mm, two.bodies.radii_mm)
    np.testing.assert_array_equal(one.specks.centres_mm, two.specks.centres_mm)
