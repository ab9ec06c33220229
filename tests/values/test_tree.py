"""DuctTree: branches, generations and Strahler orders of trees of any shape."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.errors import InvalidValue
from galactograph.values.tree import DuctTree

few = settings(deadline=None, max_examples=40)


def tree_of(parents: list[int], points: np.ndarray | None = None) -> DuctTree:
    """Return a tree with these parents, points on a helix if none are given."""
    n = np.arange(len(parents), dtype=float)
    where = np.stack([np.cos(n), np.sin(n), n / 7], axis=1)
    return DuctTree(
        points_mm=where if points is None else points,
        parents=np.array(parents),
        radii_mm=np.full(len(parents), 0.4),
    )


@st.composite
def trees(draw: st.DrawFn, least: int = 1) -> DuctTree:
    """Draw a tree of up to 40 points: runs, forks, and forks at the orifice."""
    count = draw(st.integers(least, 40))
    parents = [-1]
    for node in range(1, count):
        # Mostly the point before, so that branches have some length.
        back = draw(st.one_of(st.just(node - 1), st.integers(0, node - 1)))
        parents.append(back)
    return tree_of(parents)


def fork() -> DuctTree:
    """Return a trunk of 10 mm and two twigs of 5 mm."""
    places = np.array([(0, 0, 0), (0, 4, 0), (0, 10, 0), (-3, 14, 0), (3, 14, 0)])
    return tree_of([-1, 0, 1, 2, 2], places)


def test_lengths_by_hand() -> None:
    np.testing.assert_allclose(fork().lengths_mm, [0, 4, 6, 5, 5])
    np.testing.assert_allclose(fork().from_orifice_mm, [0, 4, 10, 15, 15])
    assert fork().total_length_mm == pytest.approx(20)
    assert fork().tips.tolist() == [3, 4]


def test_branches_of_a_fork_by_hand() -> None:
    trunk, one, other = fork().branches
    assert trunk.nodes.tolist() == [0, 1, 2]
    assert (trunk.parent, trunk.generation, trunk.strahler) == (None, 0, 2)
    assert one.nodes.tolist() == [2, 3]
    assert other.nodes.tolist() == [2, 4]
    assert (one.parent, one.generation, one.strahler) == (0, 1, 1)


def test_strahler_order_grows_only_where_equals_meet() -> None:
    # A trunk with two forks, one twig each: a herring-bone stays of order 2.
    herring = tree_of([-1, 0, 1, 1, 2, 2])
    assert [b.strahler for b in herring.branches] == [2, 2, 1, 1, 1]
    # Both children fork: order 3.
    full = tree_of([-1, 0, 1, 1, 2, 2, 3, 3])
    assert full.branches[0].strahler == 3
    assert [b.generation for b in full.branches] == [0, 1, 1, 2, 2, 2, 2]


def test_two_ducts_that_leave_the_orifice_have_no_parent() -> None:
    first, other = tree_of([-1, 0, 0]).branches
    assert (first.parent, other.parent) == (None, None)
    assert (first.nodes.tolist(), other.nodes.tolist()) == ([0, 1], [0, 2])


def test_a_single_point_has_no_branches() -> None:
    alone = tree_of([-1])
    assert alone.branches == ()
    assert alone.total_length_mm == 0
    assert alone.tips.tolist() == [0]


@few
@given(trees(least=2))
def test_branches_share_out_all_points_but_the_orifice(tree: DuctTree) -> None:
    # The first node of a branch belongs to the branch before (or is the orifice).
    owned = np.concatenate([branch.nodes[1:] for branch in tree.branches])
    assert sorted(owned.tolist()) == list(range(1, len(tree)))
    for branch in tree.branches:
        assert (tree.branch_numbers[branch.nodes[1:]] == branch.number).all()


@few
@given(trees(least=2))
def test_a_branch_is_a_chain_that_no_other_leaves(tree: DuctTree) -> None:
    for branch in tree.branches:
        np.testing.assert_array_equal(tree.parents[branch.nodes[1:]], branch.nodes[:-1])
        assert (tree.children[branch.nodes[1:-1]] == 1).all()
        assert tree.children[branch.nodes[-1]] != 1


@few
@given(trees(least=2))
def test_lengths_of_branches_add_up_to_the_tree(tree: DuctTree) -> None:
    total = sum(tree.lengths_mm[branch.nodes[1:]].sum() for branch in tree.branches)
    assert total == pytest.approx(tree.total_length_mm)


@few
@given(trees(least=2))
def test_a_branch_starts_where_its_parent_ends(tree: DuctTree) -> None:
    for branch in tree.branches:
        if branch.parent is None:
            assert branch.nodes[0] == 0
            assert branch.generation == 0
        else:
            above = tree.branches[branch.parent]
            assert above.number < branch.number
            assert above.nodes[-1] == branch.nodes[0]
            assert branch.generation == above.generation + 1


@few
@given(trees(least=2))
def test_strahler_orders_obey_horton(tree: DuctTree) -> None:
    for branch in tree.branches:
        below = [b.strahler for b in tree.branches if b.parent == branch.number]
        if not below:
            assert branch.strahler == 1
            assert branch.nodes[-1] in tree.tips
            continue
        top = max(below)
        assert branch.strahler == top + (below.count(top) >= 2)


@few
@given(trees())
def test_tips_children_and_reach_agree_with_the_parents(tree: DuctTree) -> None:
    assert tree.children.sum() == len(tree) - 1
    assert set(tree.tips.tolist()) == set(range(len(tree))) - set(
        tree.parents[1:].tolist()
    )
    step = tree.from_orifice_mm[1:] - tree.from_orifice_mm[tree.parents[1:]]
    np.testing.assert_allclose(step, tree.lengths_mm[1:], atol=1e-9)
    assert len(tree.from_orifice_mm) == len(tree) == len(tree.lengths_mm)


@few
@given(trees(least=2), st.floats(0.1, 10))
def test_a_larger_tree_is_longer_and_otherwise_the_same(
    tree: DuctTree, gain: float
) -> None:
    large = tree_of(tree.parents.tolist(), tree.points_mm * gain)
    assert large.total_length_mm == pytest.approx(gain * tree.total_length_mm)
    assert [b.strahler for b in large.branches] == [b.strahler for b in tree.branches]


def test_arrays_are_sealed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        fork().radii_mm[0] = 9


@pytest.mark.parametrize("bad", [[0, 0, 1], [-1, 1, 1], [-1, 2, 0], [-1, -1, 0]])
def test_a_point_before_its_parent_is_refused(bad: list[int]) -> None:
    with pytest.raises(InvalidValue, match="parent"):
        tree_of(bad)


def test_a_tree_without_points_or_with_a_closed_lumen_is_refused() -> None:
    with pytest.raises(InvalidValue, match="starts at its orifice"):
        tree_of([])
    with pytest.raises(InvalidValue, match=r"radii_mm must be > 0, got -0\.2"):
        DuctTree(
            points_mm=np.zeros((1, 3)),
            parents=np.array([-1]),
            radii_mm=np.array([-0.2]),
        )
