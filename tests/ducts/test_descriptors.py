"""Trees in numbers."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ducts import trees
from galactograph.ducts import ramification
from galactograph.ducts.descriptors import (
    Settings,
    describe,
    fractal_dimension,
    hull_mm2,
    sholl,
    tortuosity,
    truncate,
)
from galactograph.values.tree import DuctTree

few = settings(deadline=None, max_examples=50)
seeds = st.integers(0, 2**32 - 1)

PERFECT = np.array([-1, 0, 1, 1, 2, 2, 3, 3])
"""A duct that forks evenly twice."""


def line(
    *points: tuple[float, float], calibre: float = 1.0, parents: list[int] | None = None
) -> DuctTree:
    flat = np.array(points, float)
    above = np.arange(len(flat)) - 1 if parents is None else np.array(parents)
    return DuctTree(
        points_mm=np.column_stack([flat, np.zeros(len(flat))]),
        parents=above,
        radii_mm=np.full(len(flat), calibre / 2),
    )


def forked(*calibres: float, stub_mm: float = 10.0) -> DuctTree:
    """Return a duct that forks into three, by calibre; the last is `stub_mm` long."""
    wide = [1.0, 1.0, *np.repeat(calibres, 2)]
    points: list[tuple[float, float]] = [(0, 0), (10, 0), (15, 5), (20, 10)]
    points += [(15, 0), (20, 0)]
    points += [(10, -stub_mm / 2), (10, -stub_mm)]
    return DuctTree(
        points_mm=np.array([(*p, 0) for p in points], float),
        parents=np.array([-1, 0, 1, 2, 1, 4, 1, 6]),
        radii_mm=np.array(wide) / 2,
    )


@few
@given(trees.forking())
def test_the_rows_of_the_r_matrix_sum_to_one(above: np.ndarray) -> None:
    matrix = ramification.r_matrix(above)
    np.testing.assert_allclose(matrix[1:].sum(axis=1), 1)
    assert not matrix[0].any()
    assert not np.triu(matrix, 1).any()


@few
@given(trees.forking(), seeds)
def test_ramification_does_not_depend_on_the_numbering(
    above: np.ndarray, seed: int
) -> None:
    other = trees.relabelled(above, np.random.default_rng(seed))
    np.testing.assert_array_equal(
        ramification.r_matrix(other), ramification.r_matrix(above)
    )
    assert ramification.asymmetry(other) == pytest.approx(ramification.asymmetry(above))
    assert sorted(ramification.orders(other)) == sorted(ramification.orders(above))


@few
@given(trees.forking())
def test_an_order_needs_twice_the_tips_of_the_one_before(above: np.ndarray) -> None:
    order, tips = ramification.orders(above), ramification.tips_beyond(above)
    assert (tips >= 2 ** (order - 1)).all()
    value = ramification.asymmetry(above)
    assert value is None or 0 <= value <= 1


def test_an_even_tree_has_the_numbers_by_hand() -> None:
    assert ramification.orders(PERFECT).tolist() == [3, 3, 2, 2, 1, 1, 1, 1]
    np.testing.assert_array_equal(
        ramification.r_matrix(PERFECT), [[0, 0, 0], [0, 1, 0], [0, 0, 1]]
    )
    assert ramification.asymmetry(PERFECT) == 0


def test_one_side_branch_after_the_other_is_as_uneven_as_can_be() -> None:
    comb = np.array([-1, 0, 1, 1, 3, 3, 5, 5])
    # Three tips against one, two against one, one against one.
    assert ramification.asymmetry(comb) == pytest.approx((1 + 1 + 0) / 3)
    np.testing.assert_allclose(
        ramification.r_matrix(comb), np.array([[0, 0], [2 / 3, 1 / 3]])
    )


def test_streams_join_what_has_one_order() -> None:
    comb = line(
        *((0, 0), (10, 0), (10, 4), (20, 0), (20, 4), (30, 0)),
        parents=[-1, 0, 1, 1, 3, 3],
    )
    count, length, calibre = ramification.streams(comb)
    assert count.tolist() == [3, 1]
    np.testing.assert_allclose(length, [6, 20])
    np.testing.assert_allclose(calibre, [1, 1])
    assert ramification.horton_ratio(np.array([27.0, 9.0, 3.0])) == pytest.approx(1 / 3)
    assert ramification.horton_ratio(np.array([5.0])) is None


def test_a_root_that_forks_has_an_order_and_no_stream_of_it() -> None:
    got = describe(line((0, 0), (12, 0), (0, 12), parents=[-1, 0, 0]))
    assert got.order == 2
    assert got.forks == 1
    assert got.streams.tolist() == [2, 0]
    np.testing.assert_array_equal(got.r_matrix, [[0, 0], [0, 1]])
    assert got.bifurcation_ratio is None


@few
@given(trees.planar(), st.floats(0.5, 3))
def test_crossings_add_up_to_the_way_outward(tree: DuctTree, ring_mm: float) -> None:
    far = np.linalg.norm(tree.points_mm - tree.points_mm[0], axis=1)
    way = np.abs(far[1:] - far[tree.parents[1:]])
    _, crossed = sholl(tree, ring_mm)
    # Each link may lose or win less than one circle.
    assert abs(crossed.sum() * ring_mm - way.sum()) <= ring_mm * len(way)
    finer, _ = sholl(tree, ring_mm / 2)
    assert len(finer) >= 2 * len(crossed)


@few
@given(trees.planar(), st.floats(0.5, 3))
def test_every_circle_inside_the_tree_is_crossed(
    tree: DuctTree, ring_mm: float
) -> None:
    rings, crossed = sholl(tree, ring_mm)
    assert (crossed >= 1).all()
    assert len(rings) == len(crossed)


def test_a_star_crosses_each_circle_once_an_arm() -> None:
    star = line((0, 0), (12, 0), (0, 12), (-12, 0), parents=[-1, 0, 0, 0])
    rings, crossed = sholl(star, 5.0)
    assert rings.tolist() == [5, 10]
    assert crossed.tolist() == [3, 3]


@few
@given(trees.planar(), seeds)
def test_a_description_does_not_depend_on_the_numbering(
    tree: DuctTree, seed: int
) -> None:
    one = describe(tree)
    other = describe(trees.moved(tree, np.random.default_rng(seed)))
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, float | np.ndarray):
            np.testing.assert_allclose(a, b, rtol=1e-9, err_msg=field.name)
        else:
            assert a == b, field.name


@few
@given(trees.planar(), st.floats(0, 6.28), st.sampled_from((1.0, -1.0)))
def test_a_description_does_not_depend_on_how_the_tree_lies(
    tree: DuctTree, turn: float, sign: float
) -> None:
    c, s = np.cos(turn), np.sin(turn)
    around = np.array([[c, s, 0], [-s * sign, c * sign, 0], [0, 0, 1]])
    one = describe(tree)
    other = describe(replace(tree, points_mm=tree.points_mm @ around + [3.0, -7.0, 0]))
    np.testing.assert_allclose(one.r_matrix, other.r_matrix)
    assert one.pruefer == other.pruefer
    for name in ("length_mm", "asymmetry", "tortuosity", "forks_per_cm2"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None)
        assert a is None or a == pytest.approx(b, rel=1e-6)


@few
@given(trees.planar())
def test_what_is_left_is_part_of_the_tree_and_wide_or_needed(tree: DuctTree) -> None:
    left = truncate(tree)
    assert len(left) <= len(tree)
    assert {tuple(p) for p in left.points_mm} <= {tuple(p) for p in tree.points_mm}
    everything = Settings(least_mm=0.0, least_tip_mm=0.0)
    assert len(truncate(tree, settings=everything)) == len(tree)
    for branch in left.branches:
        assert branch.parent is None or left.lengths_mm[branch.nodes[1:]].sum() > 0


def test_a_thin_branch_is_left_out_and_what_it_forked_from_is_one() -> None:
    left = describe(forked(0.5, 0.1, 0.1))
    assert (left.branches, left.tips, left.forks) == (1, 1, 0)
    assert left.length_mm == pytest.approx(10 + np.hypot(10, 10))


def test_a_stub_is_left_out_and_a_twig_is_not() -> None:
    assert describe(forked(0.5, 0.5, 0.5, stub_mm=0.8)).tips == 2
    assert describe(forked(0.5, 0.5, 0.5, stub_mm=1.2)).tips == 3


def test_a_narrowing_does_not_cut_off_what_lies_behind() -> None:
    narrow = DuctTree(
        points_mm=np.array([[x, 0, 0] for x in (0, 5, 10, 15, 20)] + [[20, 5, 0]]),
        parents=np.array([-1, 0, 1, 2, 3, 2]),
        radii_mm=np.array([0.5, 0.05, 0.05, 0.5, 0.5, 0.5]),
    )
    assert len(truncate(narrow)) == len(narrow)


def test_a_straight_line_has_dimension_one_and_a_filled_square_nearly_two() -> None:
    rows = [
        (x, y) for y in range(64) for x in (range(64) if y % 2 else range(63, -1, -1))
    ]
    assert fractal_dimension(line((0, 0), (63.0, 0))) == pytest.approx(1, abs=0.05)
    assert fractal_dimension(line(*rows)) == pytest.approx(2, abs=0.1)
    assert fractal_dimension(line((0, 0), (3, 0))) is None


def test_a_bent_line_is_as_tortuous_as_its_way() -> None:
    bent = line((0, 0), (3, 0), (3, 4))
    assert tortuosity(bent) == pytest.approx(7 / 5)
    assert tortuosity(line((0, 0), (9, 0))) == pytest.approx(1)
    assert hull_mm2(bent) == pytest.approx(6)
    assert hull_mm2(line((0, 0), (9, 0))) == 0


def test_a_single_point_has_no_shape() -> None:
    point = line((0, 0))
    got = describe(point)
    assert (got.branches, got.tips, got.forks, got.order) == (0, 0, 0, 0)
    assert got.asymmetry is None
    assert got.tortuosity is None
    assert got.bifurcation_ratio is None
