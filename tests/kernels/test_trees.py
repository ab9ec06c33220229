"""Growing trees."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.kernels.trees import grow
from galactograph.values.tree import DuctTree

BODY = np.array([63.0, 67.0])
STEP = 0.4
LEAST = 0.06
few = settings(deadline=None, max_examples=12)


def tree(
    seed: int, *, most: int = 300, lean: float = 0.6, murray: float = 2.8
) -> DuctTree:
    """Grow one lobe that leans away from the nipple's axis."""
    turn = 0.7 * seed
    home = np.array(
        [np.sin(lean) * np.cos(turn), np.cos(lean), np.sin(lean) * np.sin(turn)]
    )
    heading = np.array([0.2, 0.97, 0.1])
    points, parents, radii = grow(
        np.random.default_rng(seed),
        np.array([0.0, -6.0, 0.0]),
        heading / np.linalg.norm(heading),
        home,
        BODY,
        0.9,
        14.0,
        13.0,
        murray,
        LEAST,
        0.03,
        most,
        STEP,
    )
    return DuctTree(points_mm=points, parents=parents, radii_mm=radii)


@few
@given(st.integers(0, 10_000))
def test_a_tree_stays_inside_the_breast(seed: int) -> None:
    points = tree(seed).points_mm
    x, y, z = points.T
    r = np.sqrt((x / BODY[0]) ** 2 + (z / BODY[0]) ** 2 + (1 - y / BODY[1]) ** 2)
    assert r[y > 14].max() < 1
    assert y.max() < BODY[1]


@few
@given(st.integers(0, 10_000))
def test_steps_are_short_and_even(seed: int) -> None:
    steps = tree(seed).lengths_mm[1:]
    assert steps.max() <= STEP + 1e-9
    assert steps.min() > 0.3 * STEP


@few
@given(st.integers(0, 10_000))
def test_ducts_only_narrow_outward(seed: int) -> None:
    grown = tree(seed)
    up = grown.radii_mm[grown.parents[1:]]
    assert (grown.radii_mm[1:] <= up + 1e-9).all()
    assert grown.radii_mm.min() >= LEAST - 1e-9


@few
@given(st.integers(0, 10_000))
def test_forks_are_dichotomous(seed: int) -> None:
    assert tree(seed).children.max() <= 2


@few
@given(st.integers(0, 10_000), st.floats(2.5, 3.2))
def test_no_fork_widens_the_sum_of_murray(seed: int, murray: float) -> None:
    grown = tree(seed, murray=murray)
    below = np.zeros(len(grown))
    np.add.at(below, grown.parents[1:], grown.radii_mm[1:] ** murray)
    forks = np.flatnonzero(grown.children == 2)
    assert (below[forks] <= 1.02 * grown.radii_mm[forks] ** murray).all()


@few
@given(st.integers(0, 10_000))
def test_children_do_not_fold_back(seed: int) -> None:
    grown = tree(seed)
    steps = grown.points_mm[1:] - grown.points_mm[grown.parents[1:]]
    steps /= np.linalg.norm(steps, axis=1, keepdims=True)
    inner = np.flatnonzero(grown.parents[1:] > 0)
    before = steps[grown.parents[1:][inner] - 1]
    cosine = (steps[inner] * before).sum(axis=1)
    assert cosine.min() > -0.35
    # Away from forks the centreline is smooth. A few bends are forks in truth, whose
    # other child found no room.
    smooth = grown.children[grown.parents[1:][inner]] == 1
    assert np.quantile(cosine[smooth], 0.01) > np.cos(np.radians(12))


@pytest.mark.parametrize("most", [1, 40, 300])
def test_no_more_branches_grow_than_asked(most: int) -> None:
    branches = len(tree(3, most=most).branches)
    assert 1 <= branches <= most
    assert branches >= 0.5 * most


def test_the_same_chance_grows_the_same_tree() -> None:
    np.testing.assert_array_equal(tree(11).points_mm, tree(11).points_mm)
    assert not np.array_equal(tree(11).points_mm[-1], tree(12).points_mm[-1])


def test_a_lobe_holds_a_published_volume() -> None:
    litres = []
    for seed in range(12):
        grown = tree(seed)
        r, up = grown.radii_mm[1:], grown.radii_mm[grown.parents[1:]]
        frusta = np.pi / 3 * grown.lengths_mm[1:] * (r * r + r * up + up * up)
        litres.append(frusta.sum() / 1000)
    # source: non-dilated systems take 0.1 to 0.5 mL.
    assert 0.1 < np.median(litres) < 0.5
