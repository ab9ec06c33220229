"""Growing and compressing a breast."""

from dataclasses import replace

import numpy as np
import pytest

from galactograph.errors import InvalidValue
from galactograph.phantom import tissue
from galactograph.phantom.anatomy import LESION_NAMES, Anatomy, LesionName, draw
from galactograph.phantom.breast import compress, grow
from galactograph.phantom.planting import Planted, descends, generations
from galactograph.seeds import stream
from galactograph.values.codes import FindingKind, Laterality
from galactograph.values.procedure import ViewPosition
from galactograph.values.truth import Breast


def breast(lesion: LesionName = "normal", seed: int = 1, **more: float) -> Breast:
    """Grow a breast with a given lesion."""
    anatomy = Anatomy(lesion=lesion, **more)  # type: ignore[arg-type]
    build = draw(anatomy, rng=stream(seed, "anatomy"))
    return grow(build, Laterality.LEFT, seed=seed, rng=stream(seed, "breast"))


def test_an_override_moves_nothing_else() -> None:
    plain = draw(Anatomy(), rng=stream(3, "anatomy"))
    other = draw(Anatomy(thickness_mm=40.0), rng=stream(3, "anatomy"))
    assert other.thickness_mm == 40.0
    assert other.depth_mm == plain.depth_mm
    assert other.lesion == plain.lesion


def test_drawn_breasts_are_as_published() -> None:
    drawn = [draw(Anatomy(), rng=stream(s, "anatomy")) for s in range(900)]
    thickness = np.array([b.thickness_mm for b in drawn])
    density = np.array([b.density for b in drawn])
    assert 45 < thickness.mean() < 62
    assert 0.13 < density.mean() < 0.25
    assert np.corrcoef(thickness, density)[0, 1] < -0.4
    assert {b.lesion for b in drawn} == set(LESION_NAMES)


def test_an_unknown_lesion_is_refused() -> None:
    with pytest.raises(InvalidValue, match="must be one of normal"):
        Anatomy(lesion="fibroid")  # type: ignore[arg-type]


def test_a_thickness_that_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidValue, match="thickness_mm must be in"):
        Anatomy(thickness_mm=300)


def test_the_injected_lobe_is_full_and_the_others_are_sketches() -> None:
    grown = breast(branches=200, lobes=8)
    assert len(grown.lobes) == 8
    assert len(grown.tree.branches) > 100
    assert all(len(t.branches) < 20 for t in grown.lobes[1:])


def test_lobes_leave_the_nipple_together_and_spread() -> None:
    grown = breast(lobes=9)
    starts = np.array([t.points_mm[0] for t in grown.lobes])
    ends = np.array([t.points_mm[t.tips].mean(axis=0) for t in grown.lobes])
    assert np.linalg.norm(starts - starts.mean(axis=0), axis=1).max() < 6
    assert np.linalg.norm(ends - ends.mean(axis=0), axis=1).max() > 12


@pytest.mark.parametrize(
    ("lesion", "kind"),
    [
        ("papilloma", FindingKind.FILLING_DEFECT),
        ("ectasia", FindingKind.ECTASIA),
        ("dcis", FindingKind.FILLING_DEFECTS),
        ("invasive", FindingKind.TERMINATION),
        ("air-bubbles", FindingKind.AIR_BUBBLE),
        ("extravasation", FindingKind.EXTRAVASATION),
    ],
)
def test_each_lesion_says_what_finding_it_makes(
    lesion: LesionName, kind: FindingKind
) -> None:
    for seed in range(2):
        grown = breast(lesion, seed, obstructs=False)
        found = {x.kind for x in grown.lesions}
        assert kind in found
        for x in grown.lesions:
            assert 0 <= x.node < len(grown.tree)


def test_a_normal_lobe_has_no_lesion() -> None:
    grown = breast()
    assert grown.lesions == ()
    assert len(grown.bodies.nodes) == 0
    assert grown.tree.radii_mm.max() <= 1.0


def test_contrast_has_room_around_a_papilloma_that_does_not_obstruct() -> None:
    for seed in range(3):
        grown = breast("papilloma", seed, lesion_size_mm=4.0, obstructs=False)
        bodies = grown.bodies
        reach = np.linalg.norm(bodies.offsets_mm, axis=1) + bodies.radii_mm
        lumen = grown.tree.radii_mm[grown.lesions[0].node]
        assert lumen > reach[0]
        assert not grown.lesions[0].blocks


def test_an_obstructing_papilloma_fills_its_duct() -> None:
    grown = breast("papilloma", 2, lesion_size_mm=4.0, obstructs=True)
    lesion = grown.lesions[0]
    assert lesion.blocks
    assert lesion.kind is FindingKind.TERMINATION
    assert grown.bodies.radii_mm.min() > 0.9 * grown.tree.radii_mm[lesion.node]


def test_ectasia_is_wide_and_near_the_nipple() -> None:
    grown = breast("ectasia", 1, lesion_size_mm=4.0)
    tree = grown.tree
    wide = tree.radii_mm > 1.5
    assert 2 * tree.radii_mm.max() == pytest.approx(4.0, rel=0.12)
    assert np.median(tree.from_orifice_mm[wide]) < 45


def test_dcis_makes_walls_ragged_beyond_and_not_before() -> None:
    grown = breast("dcis", 4)
    tree = grown.tree
    steps = np.abs(np.diff(np.log(tree.radii_mm)))
    follows = tree.parents[1:] == np.arange(len(tree) - 1)
    ragged = steps[follows] > 0.05
    assert 0.02 < ragged.mean() < 0.7
    assert len(grown.specks.radii_mm) >= 20


def test_an_invasive_mass_pushes_ducts_out_of_itself() -> None:
    grown = breast("invasive", 3, lesion_size_mm=14.0)
    centre, radius = grown.masses.centres_mm[0], grown.masses.radii_mm[0]
    stop = next(x.node for x in grown.lesions if x.blocks)
    held = set(descends(grown.tree, stop))
    apart = np.linalg.norm(grown.tree.points_mm - centre, axis=1)
    loose = np.array([n not in held for n in range(len(grown.tree))])
    far = grown.tree.from_orifice_mm > grown.tree.from_orifice_mm[stop] + 5
    assert (apart[loose & far] > 0.5 * radius).all()
    assert radius == pytest.approx(7.0)


def test_bubbles_fit_their_ducts() -> None:
    grown = breast("air-bubbles", 5, bubbles=4)
    assert grown.bodies.air.all()
    assert (grown.bodies.radii_mm < grown.tree.radii_mm[grown.bodies.nodes]).all()


def test_generations_count_forks_from_the_nipple() -> None:
    tree = breast().tree
    found = generations(tree)
    assert found[0] == 0
    assert (found[1:] >= found[tree.parents[1:]]).all()
    assert Planted(tree=tree).lesions == ()


def test_tissue_adds_up_to_the_thickness() -> None:
    grown = breast(thickness_mm=50.0)
    slab = compress(grown, ViewPosition.CC, rng=stream(1, "compression"))
    whole = slab.adipose_mm + slab.gland_mm + slab.skin_mm
    assert whole.max() == pytest.approx(50.0, abs=0.1)
    assert min(slab.adipose_mm.min(), slab.gland_mm.min(), slab.skin_mm.min()) >= 0
    # Skin covers both sides.
    middle = slab.skin_mm[slab.skin_mm.shape[0] // 2, 30]
    assert middle == pytest.approx(2 * tissue.SKIN_MM, abs=0.1)


def test_a_breast_made_by_hand_cannot_be_compressed() -> None:
    bare = replace(breast(), parenchyma=None)
    with pytest.raises(InvalidValue, match="only a breast that was grown"):
        compress(bare, ViewPosition.CC, rng=stream(1, "compression"))


def test_compression_keeps_calibre_and_spreads_in_the_plane() -> None:
    grown = breast()
    slab = compress(grown, ViewPosition.ML, rng=stream(1, "compression"))
    np.testing.assert_array_equal(slab.tree.radii_mm, grown.tree.radii_mm)
    assert slab.tree.points_mm[:, 2].min() > 0
    assert slab.tree.points_mm[:, 2].max() < slab.thickness_mm
    assert slab.tree.points_mm[:, 0].max() < slab.nipple_mm[0] + 1
