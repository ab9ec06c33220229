"""Trees as strings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ducts import trees
from galactograph.ducts import strings
from galactograph.errors import InvalidValue

few = settings(deadline=None, max_examples=60)
seeds = st.integers(0, 2**32 - 1)
texts = st.lists(
    st.lists(st.integers(0, 6), min_size=1, max_size=9).map(tuple),
    min_size=2,
    max_size=6,
)


def links(above: np.ndarray) -> frozenset[tuple[int, int]]:
    return frozenset((int(p) + 1, n + 1) for n, p in enumerate(above) if p >= 0)


@few
@given(trees.parents(2))
def test_a_pruefer_code_gives_its_tree_back(above: np.ndarray) -> None:
    code = strings.pruefer(above)
    assert len(code) == len(above) - 2
    assert strings.from_pruefer(code) == links(above)


@few
@given(trees.parents(2))
def test_a_pruefer_code_names_a_label_once_less_than_it_has_neighbours(
    above: np.ndarray,
) -> None:
    code = strings.pruefer(above)
    degree = np.bincount(above[1:], minlength=len(above))
    degree[1:] += 1
    named = np.bincount(np.array(code, int), minlength=len(above) + 1)[1:]
    np.testing.assert_array_equal(named, degree - 1)


@few
@given(trees.parents())
def test_a_walk_in_depth_gives_its_tree_back(above: np.ndarray) -> None:
    words = strings.depth_first(above)
    np.testing.assert_array_equal(strings.from_depth_first(words), above)
    assert words.count(strings.BACK) == len(above) - 1


@few
@given(trees.parents(), seeds)
def test_the_canonical_tree_does_not_depend_on_the_numbering(
    above: np.ndarray, seed: int
) -> None:
    other = trees.relabelled(above, np.random.default_rng(seed))
    same = strings.canonical(above)
    np.testing.assert_array_equal(strings.canonical(other), same)
    np.testing.assert_array_equal(strings.canonical(same), same)


@few
@given(trees.parents())
def test_the_canonical_tree_has_the_same_shape(above: np.ndarray) -> None:
    def widths(some: np.ndarray) -> list[tuple[int, int]]:
        deep = [0]
        for parent in some[1:]:
            deep.append(deep[parent] + 1)
        children = np.bincount(some[1:], minlength=len(some))
        return sorted(zip(deep, children.tolist(), strict=True))

    assert widths(strings.canonical(above)) == widths(above)


def test_the_code_of_a_fork_with_a_forked_side_is_that_by_hand() -> None:
    above = np.array([-1, 0, 1, 1, 2, 2])
    assert strings.pruefer(above) == (2, 2, 3, 3)
    assert strings.depth_first(above) == (1, 2, 3, 5, 0, 6, 0, 0, 4, 0, 0)


def test_labels_that_no_tree_has_are_refused() -> None:
    with pytest.raises(InvalidValue, match=r"1\.\.4"):
        strings.from_pruefer((1, 5))


@pytest.mark.parametrize("words", [(1, 0, 0), (1, 3), (1, 1)])
def test_a_walk_that_no_tree_has_is_refused(words: tuple[int, ...]) -> None:
    with pytest.raises(InvalidValue):
        strings.from_depth_first(words)


@few
@given(texts)
def test_likeness_is_symmetric_and_at_most_one_with_oneself(
    some: list[tuple[int, ...]],
) -> None:
    like = strings.likeness(some)
    np.testing.assert_allclose(like, like.T, atol=1e-12)
    assert (like >= 0).all()
    assert (like <= 1).all()
    own = np.diag(like)
    np.testing.assert_allclose(own[own > 0], 1, atol=1e-9)


def test_a_word_that_every_text_holds_weighs_nothing() -> None:
    corpus = strings.Corpus.of([(1, 2), (1, 3), (1, 1)])
    weights = corpus.weigh((1, 2, 2, 9))
    assert weights[1] == 0
    assert weights[2] == pytest.approx(0.5 * np.log(3))
    assert 9 not in weights


def test_texts_without_a_common_rare_word_are_not_alike() -> None:
    like = strings.likeness([(1, 2), (1, 2), (1, 3)])
    np.testing.assert_allclose(like[0], [1, 1, 0], atol=1e-12)
