"""Growing the duct systems of a breast."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.kernels import gaps, trees
from galactograph.phantom.anatomy import Anatomy, Build, draw
from galactograph.phantom.crossings import crossings
from galactograph.phantom.lobes import LEAST_RADIUS_MM, Ducts, grow_ducts
from galactograph.phantom.territories import directions, draw_shares, tile
from galactograph.seeds import stream
from galactograph.values.arrays import Floats
from galactograph.values.tree import DuctTree

REST = (66.0, 70.0)

few = settings(deadline=None, max_examples=15)


def build(seed: int = 1, **more: float) -> Build:
    """Draw a woman without a lesion."""
    wanted = Anatomy(lesion="normal", **more)  # type: ignore[arg-type]
    return draw(wanted, rng=stream(seed, "anatomy"))


@cache
def ducts(seed: int = 1, **more: float) -> Ducts:
    """Grow the ducts of one woman."""
    return grow_ducts(
        build(seed, **more), REST, 6.0, injected=0, rng=stream(seed, "breast")
    )


def plain(seeds: Floats, murray: float = 2.8, tip: float = 0.075) -> DuctTree:
    """Grow one tree to the given seeds, without lobules."""
    points, parents, radii = trees.grow(
        np.random.default_rng(1),
        np.array([0.0, -5.0, 0.0]),
        np.array([0.0, 1.0, 0.0]),
        np.array([0.0, 8.0, 0.0]),
        np.array([0.0, 1.0, 0.0]),
        seeds,
        0.8,
        tip,
        LEAST_RADIUS_MM,
        murray,
        0.03,
        1.25,
        0,
        0.4,
    )
    return DuctTree(points_mm=points, parents=parents, radii_mm=radii)


def cloud(count: int, seed: int) -> Floats:
    """Scatter seeds in a box well behind the nipple."""
    rng = np.random.default_rng(seed)
    return rng.uniform([-20, 20, -20], [20, 60, 20], (count, 3))


@few
@given(st.integers(1, 150), st.integers(0, 99))
def test_every_seed_gets_one_tip_and_every_fork_is_in_two(
    count: int, seed: int
) -> None:
    tree = plain(cloud(count, seed))
    assert len(tree.tips) == count
    assert set(np.unique(tree.children)) <= {0, 1, 2}
    assert len(tree.branches) == 2 * count - 1


@few
@given(st.integers(2, 80), st.integers(0, 99))
def test_points_follow_one_another_by_the_step_that_was_asked(
    count: int, seed: int
) -> None:
    lengths = plain(cloud(count, seed)).lengths_mm[1:]
    assert lengths.max() < 1.5 * 0.4
    assert np.median(lengths) > 0.5 * 0.4


@few
@given(st.floats(2.5, 3.2), st.integers(0, 99))
def test_calibre_obeys_murray_at_forks_and_never_grows_outward(
    murray: float, seed: int
) -> None:
    tree = plain(cloud(60, seed), murray)
    for fork in np.flatnonzero(tree.children == 2):
        # Beyond the flare that joins a branch to its parent.
        lines = [b.nodes for b in tree.branches if b.nodes[0] == fork]
        ends = [tree.radii_mm[nodes[-1]] for nodes in lines]
        assert max(ends) <= tree.radii_mm[fork] + 1e-9
    outward = tree.radii_mm[1:] - tree.radii_mm[tree.parents[1:]]
    assert outward.max() < 0.02


def test_a_duct_that_serves_n_of_all_tips_is_as_wide_as_murray_says() -> None:
    # Tips this wide need no taper: only forks narrow the ducts.
    tree = plain(cloud(80, 3), murray=3.0, tip=10.0)
    is_tip = np.isin(np.arange(len(tree)), tree.tips)
    for branch in tree.branches[1:]:
        served = int(is_tip[tree.beyond(int(branch.nodes[-1]))].sum())
        reach = tree.lengths_mm[branch.nodes[1:]].sum()
        if served > 1 and reach > 3.0:
            murray = 0.96 * 0.8 * (served / 80) ** (1 / 3)
            end = tree.radii_mm[branch.nodes[-1]]
            assert end == pytest.approx(murray, rel=0.02)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_normal_ducts_thin_out_before_they_end(seed: int) -> None:
    tree = ducts(seed).lobes[0]
    s, parents = tree.from_orifice_mm, tree.parents
    for tip in tree.tips:
        node = tip
        while s[tip] - s[node] < 2.0:
            node = parents[node]
        # An abrupt end is one still 0.4 mm wide; Murray alone leaves many of those.
        assert 2 * tree.radii_mm[node] < 0.4
    assert np.median(2 * tree.radii_mm[tree.tips]) < 0.1


def test_all_that_is_thinner_than_a_duct_is_in_lobules() -> None:
    tree = ducts(2).lobes[0]
    thin = tree.radii_mm < LEAST_RADIUS_MM
    # Whatever lies beyond a ductule is a ductule.
    assert thin[1:][thin[tree.parents[1:]]].all()
    bare = ducts(2, ductules=0).lobes[0]
    assert (bare.radii_mm >= LEAST_RADIUS_MM).all()


def test_the_branches_wanted_are_grown() -> None:
    tree = ducts(4, branches=301, ductules=0, loops=0).lobes[0]
    assert len(tree.branches) == 301


def test_lobes_do_not_cross_behind_the_nipple() -> None:
    for seed in (0, 3, 8):
        whole = ducts(seed, all_lobes=True)
        assert len(crossings(whole.lobes, beyond_mm=0.0)) == 0
        assert sum(len(tree.branches) for tree in whole.lobes) > 2000


def test_growing_all_lobes_leaves_the_injected_one_as_it_was() -> None:
    one, all_ = ducts(3), ducts(3, all_lobes=True)
    np.testing.assert_array_equal(one.lobes[0].points_mm, all_.lobes[0].points_mm)
    assert sum(map(len, all_.lobes)) > 2 * sum(map(len, one.lobes))


def test_ducts_end_in_their_own_territory() -> None:
    # Without lobules, which may reach a millimetre over the border.
    whole = ducts(3, all_lobes=True, ductules=0)
    at_home = []
    for k, tree in enumerate(whole.lobes):
        deep = tree.tips[tree.points_mm[tree.tips, 1] > 10]
        at_home.append(whole.territories.lobe_of(tree.points_mm[deep]) == k)
    assert np.concatenate(at_home).mean() > 0.95


@few
@given(st.integers(2, 12), st.integers(0, 999))
def test_territories_tile_the_gland_in_the_shares_that_were_asked(
    count: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    shares = draw_shares(count, 0, 0.3, rng)
    assert shares.sum() == pytest.approx(1)
    land = tile(directions(count, rng), shares, REST, rng)
    assert land.shares.sum() == pytest.approx(1)
    assert np.abs(land.shares - shares).max() < 0.03
    # A convex cone holds the middle of any two of its points.
    points = land.seeds(0, 40, rng)
    middles = (points[:20] + points[20:]) / 2
    assert (land.lobe_of(middles) == 0).all()


def test_a_loop_joins_two_ducts_of_one_lobe() -> None:
    whole = ducts(6, loops=2)
    tree = whole.lobes[0]
    assert len(whole.loops) == 2
    for loop in whole.loops:
        apart = tree.points_mm[loop.tip] - tree.points_mm[loop.node]
        assert np.linalg.norm(apart) < 1e-9
        assert tree.children[loop.tip] == 0
        assert not tree.beyond(loop.node)[loop.tip]


def test_blind_ducts_end_in_the_nipple() -> None:
    whole = ducts(1, blind_ducts=7)
    assert len(whole.blind) == 7
    for duct in whole.blind:
        assert -6.0 < duct.points_mm[0, 1] < duct.points_mm[-1, 1] < 1.5
        assert len(duct.tips) == 1


def test_a_sinus_widens_the_trunk_alone() -> None:
    with_, without = ducts(1, sinus_mm=4.0), ducts(1)
    a, b = with_.lobes[0], without.lobes[0]
    assert 2 * a.radii_mm.max() == pytest.approx(4.0, rel=0.1)
    other = a.branch_numbers > 0
    np.testing.assert_array_equal(a.radii_mm[other], b.radii_mm[other])


def test_a_duct_is_narrow_where_it_opens() -> None:
    for seed in range(4):
        tree = ducts(seed).lobes[0]
        assert tree.radii_mm[0] <= 0.3
        assert tree.radii_mm[0] < 0.6 * tree.radii_mm.max()


@few
@given(st.integers(0, 10**6))
def test_the_gap_of_two_pieces_is_that_of_dense_points_on_them(seed: int) -> None:
    ends = np.random.default_rng(seed).uniform(-1, 1, (4, 3))
    t = np.linspace(0, 1, 201)[:, None]
    one = ends[0] + t * (ends[1] - ends[0])
    two = ends[2] + t * (ends[3] - ends[2])
    dense = np.linalg.norm(one[:, None] - two[None], axis=2).min()
    assert gaps.gap(*ends) == pytest.approx(dense, abs=0.02)


def test_the_same_seed_grows_the_same_ducts() -> None:
    again = grow_ducts(build(5), REST, 6.0, injected=0, rng=stream(5, "breast"))
    for a, b in zip(ducts(5).lobes, again.lobes, strict=True):
        np.testing.assert_array_equal(a.points_mm, b.points_mm)
        np.testing.assert_array_equal(a.radii_mm, b.radii_mm)
