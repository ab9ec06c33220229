"""How far along its duct a point lies from the orifice."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ducts.scenes import World, pixels_of, view_of
from galactograph.ducts.distances import BESIDE_MM, from_nipple_mm
from galactograph.ducts.straightening import runs
from galactograph.values.arrays import Floats
from galactograph.values.report import Duct, Edge, Nipple, Scene
from galactograph.values.tree import DuctTree

few = settings(deadline=None, max_examples=40)
EDGES: tuple[Edge, ...] = ("left", "right", "top", "bottom")
VIEWS = {edge: view_of(World(edge=edge)) for edge in EDGES}
MM = 0.1


def scene_of(edge: Edge, *, nipple: bool = True) -> Scene:
    """Return a scene of nothing but the nipple, at depth 0 and offset 0."""
    row, column = pixels_of(World(edge=edge), np.zeros((1, 2)))[0]
    return Scene(
        excess=np.zeros((4, 4), np.float32),
        breast=np.ones((4, 4), bool),
        skin=np.zeros((0, 2)),
        chest_wall=edge,
        nipple=Nipple(row=row, column=column, confidence=0.95) if nipple else None,
        noise=0.01,
    )


def duct_of(places: Floats, edge: Edge = "left", *, rooted: bool = True) -> Duct:
    """Return a duct without forks through places (N, 2) of depth and offset, mm."""
    rows, columns = pixels_of(World(edge=edge), places).T
    count = len(places)
    ones = np.ones(count)
    return Duct(
        tree=DuctTree(
            points_mm=np.stack([columns * MM, rows * MM, 0 * rows], axis=1),
            parents=np.arange(-1, count - 1),
            radii_mm=0.5 * ones,
        ),
        rows=rows,
        columns=columns,
        calibre_mm=ones,
        sigma_mm=ones,
        contrast=ones,
        opacity_per_mm=ones,
        overlap=np.zeros(count, bool),
        rooted=rooted,
    )


def told(duct: Duct, edge: Edge = "left", *, nipple: bool = True) -> Floats:
    """Return the distances of a duct's points."""
    scene = scene_of(edge, nipple=nipple)
    return from_nipple_mm(VIEWS[edge], scene, duct, runs(duct.tree))


def straight(first_mm: float, last_mm: float, beside_mm: float = 0.0) -> Floats:
    """Return places from depth to depth, 0.2 mm apart."""
    depth = np.arange(first_mm, last_mm, 0.2)
    return np.stack([depth, np.full(len(depth), beside_mm)], axis=1)


@few
@given(
    st.floats(0, 12),
    st.floats(-BESIDE_MM, BESIDE_MM),
    st.sampled_from(EDGES),
)
def test_a_straight_duct_is_as_long_as_it_lies_deep(
    first_mm: float, beside_mm: float, edge: Edge
) -> None:
    places = straight(first_mm, 45, beside_mm)
    away = told(duct_of(places, edge), edge)
    np.testing.assert_allclose(away, places[:, 0], atol=0.02)


@few
@given(st.floats(-3, 3))
def test_a_way_drawn_from_the_tip_to_the_orifice_adds_nothing(beside_mm: float) -> None:
    lead = np.linspace((0, 0), (1.5, beside_mm), 12)
    places = np.concatenate([lead, straight(1.7, 40, beside_mm)])
    away = told(duct_of(places))
    deep = places[:, 0] > 8
    np.testing.assert_allclose(away[deep], places[deep, 0], atol=0.1)
    assert (away >= 0).all()


@few
@given(st.integers(0, 1000), st.floats(0.0, 0.06))
def test_a_line_that_trembles_is_no_longer_than_a_calm_one(
    seed: int, tremble_mm: float
) -> None:
    places = straight(0, 60)
    places += np.random.default_rng(seed).normal(0, tremble_mm, places.shape)
    assert told(duct_of(places))[-1] == pytest.approx(59.8, abs=0.35)


def test_a_bend_is_followed() -> None:
    turn = np.linspace(0, np.pi / 2, 120)
    arc = np.stack([10 + 20 * np.sin(turn), 20 - 20 * np.cos(turn)], axis=1)
    away = told(duct_of(np.concatenate([straight(0, 10), arc])))
    assert away[-1] == pytest.approx(10 + 20 * np.pi / 2, abs=0.25)


def test_a_duct_first_seen_far_beside_the_nipple_is_farther_than_deep() -> None:
    places = straight(10, 40, 8.0)
    away = told(duct_of(places))
    assert 10 < away[0] < np.hypot(10, 8)


@pytest.mark.parametrize(("rooted", "nipple"), [(False, True), (True, False)])
def test_without_a_way_to_a_nipple_the_root_is_the_beginning(
    rooted: bool,  # noqa: FBT001
    nipple: bool,  # noqa: FBT001
) -> None:
    places = straight(9, 30)
    away = told(duct_of(places, rooted=rooted), nipple=nipple)
    np.testing.assert_allclose(away, places[:, 0] - 9, atol=0.02)


def test_a_single_point_has_its_depth() -> None:
    duct = duct_of(np.array([[7.0, 1.0]]))
    assert told(duct) == pytest.approx([7.0], abs=1e-6)
    assert told(replace(duct, rooted=False)) == pytest.approx([0.0])


def test_a_tree_before_the_nipple_keeps_the_straight_way() -> None:
    places = straight(-4, -1)
    assert told(duct_of(places))[0] == pytest.approx(4.0, abs=0.01)


def test_every_branch_starts_as_far_as_its_fork_lies() -> None:
    trunk, arm = straight(0, 20), straight(0.2, 15)
    turned = np.stack([20 + 0.6 * arm[:, 0], 0.8 * arm[:, 0]], axis=1)
    other = turned * (1, -1)
    base = duct_of(np.concatenate([trunk, turned, other]))
    parents = np.arange(-1, len(base.tree) - 1)
    parents[len(trunk) + len(turned)] = len(trunk) - 1
    duct = replace(base, tree=replace(base.tree, parents=parents))
    away = told(duct)
    for first in (len(trunk), len(trunk) + len(turned)):
        assert away[first] - away[len(trunk) - 1] == pytest.approx(0.2, abs=0.25)
    assert away[-1] == pytest.approx(away[len(trunk) + len(turned) - 1], abs=0.3)
    assert away[-1] == pytest.approx(34.8, abs=0.4)
