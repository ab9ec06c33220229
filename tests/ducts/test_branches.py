"""Branches are weighed in their tree: by contrast, doubt, depth and gaps."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.ducts import branches
from galactograph.ducts.graph import Edge
from galactograph.ducts.rooting import Walk, keep_best
from galactograph.values.arrays import Floats
from galactograph.values.report import Scene

MM = 0.1
FAR_SKIN = np.array([[0.0, column] for column in range(400)])
few = settings(deadline=None, max_examples=40)


def scene(skin: Floats = FAR_SKIN) -> Scene:
    """Return what is asked of a scene: its skin and its noise."""
    return cast("Scene", SimpleNamespace(skin=skin, noise=0.02))


def walk(
    parent: int,
    *,
    opacity: float = 0.03,
    strength: float = 8.0,
    cost: float = 0.0,
    row: float = 200.0,
    seen: bool = True,
) -> Walk:
    """Return a straight line of 4 mm, 0.4 mm wide."""
    edge = Edge(
        first=0,
        last=1,
        points=np.column_stack([np.full(41, row), np.arange(41.0)]),
        half_px=np.full(41, 2.0),
        strength=np.full(41, strength),
        opacity=opacity,
        whole_px=40.0,
        seen=seen,
    )
    return Walk(edge=edge, forward=True, parent=parent, cost=cost)


def worth(branch: Walk, at: Scene | None = None) -> float:
    """Return what a branch of a good trunk is worth, in mm."""
    walks = [walk(-1), branch]
    return branches.worths(walks, [1.0, 1.0], at or scene(), 0.03, MM)[1]


@few
@given(st.floats(0.002, 0.06), st.floats(1.0, 10.0), st.floats(0, 5))
def test_a_branch_is_worth_its_length_at_most(
    opacity: float, strength: float, cost: float
) -> None:
    value = worth(walk(0, opacity=opacity, strength=strength, cost=cost))
    assert -4.0 - 0.3 * cost - 1e-9 <= value <= 4.0 + 1e-9


@few
@given(st.floats(0.004, 0.03), st.floats(1.5, 10.0))
def test_a_strand_paler_than_the_tree_is_worth_no_more_than_duct(
    opacity: float, strength: float
) -> None:
    pale = worth(walk(0, opacity=opacity, strength=strength))
    assert pale <= worth(walk(0, strength=strength)) + 1e-9


def test_a_weak_line_is_kept_if_it_is_as_opaque_as_the_tree_and_else_is_not() -> None:
    assert worth(walk(0, strength=3.2)) > 0
    assert worth(walk(0, strength=3.2, opacity=0.004)) < 0


@few
@given(st.floats(0, 6), st.floats(0.1, 3))
def test_doubt_never_makes_a_branch_surer(cost: float, more: float) -> None:
    assert worth(walk(0, cost=cost + more)) < worth(walk(0, cost=cost))


def test_beneath_the_skin_a_line_is_worth_less() -> None:
    near = worth(walk(0, strength=4.0, row=20.0))
    assert near < worth(walk(0, strength=4.0, row=200.0))


def test_without_skin_or_safe_duct_lines_are_weighed_all_the_same() -> None:
    bare = scene(np.zeros((0, 2)))
    walks = [walk(-1), walk(0)]
    assert np.isfinite(branches.worths(walks, [1.0, 1.0], bare, 0.0, MM)).all()


def test_a_gap_costs_by_its_length_and_its_doubt() -> None:
    gap = worth(walk(0, seen=False, cost=1.0))
    chosen = branches.Settings()
    assert gap == pytest.approx(-4 * chosen.gap_worth - chosen.doubt_worth_mm)


def test_the_doubt_of_a_gap_is_that_of_the_line_beyond_it() -> None:
    walks = [walk(-1), walk(0, seen=False, cost=2.0), walk(1, cost=2.5)]
    found = branches.features_of(walks, scene(), 0.03, MM)
    assert found[2, branches.FEATURES.index("doubt")] == pytest.approx(2.5)
    assert not found[1].any()


def test_a_strand_is_dropped_and_a_weak_stretch_before_duct_is_not() -> None:
    walks = [walk(-1), walk(0, opacity=0.004, strength=2.8), walk(1), walk(0)]
    walks[3] = walk(0, opacity=0.004, strength=2.8)
    for number, one in enumerate(walks):
        if one.parent >= 0:
            walks[one.parent].children.append(number)
    worths = branches.worths(walks, [1.0] * 4, scene(), 0.03, MM)
    assert keep_best(walks, worths) == [True, True, True, False]


def test_a_loose_piece_is_sure_by_its_contrast_with_the_tree() -> None:
    bright, pale = (
        [walk(-1), walk(0)],
        [walk(-1, opacity=0.006), walk(0, opacity=0.006)],
    )
    assert branches.is_sure(bright, scene(), 0.03, MM)
    assert not branches.is_sure(pale, scene(), 0.03, MM)


def test_gaps_alone_are_no_sure_piece() -> None:
    assert not branches.is_sure([walk(-1, seen=False)], scene(), 0.03, MM)
