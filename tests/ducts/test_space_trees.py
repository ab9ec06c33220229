"""One tree in three dimensions from two views, and findings placed along it."""

from dataclasses import replace

import numpy as np
import pytest

from ducts.spaces import PRESSED, fan, frame, traced
from ducts.test_correlation import LEFT, RIGHT, reading
from galactograph.ducts import space_trees
from galactograph.ducts.correlation import correlate
from galactograph.ducts.space_findings import twin_of
from galactograph.ducts.space_frame import Frame
from galactograph.ducts.space_lines import Lines
from galactograph.ducts.space_match import Match, match
from galactograph.ducts.space_trees import lift
from galactograph.errors import InvalidValue
from galactograph.values.clock import hour
from galactograph.values.codes import Adequacy, FindingKind
from galactograph.values.report import (
    AdequacyVerdict,
    Duct3D,
    Finding,
    Place,
    Reading,
)
from galactograph.values.tree import DuctTree

ENDS = ((30.0, 40.0, 5.0), (-20.0, 28.0, 25.0), (5.0, 50.0, -30.0))
WORLD = fan(ENDS, (1.2, 0.8, 0.55))
TURNS = {"CC": 0.0, "ML": 90.0}


def frame_by_position(one: Reading) -> Frame:
    """Stand in for the outline: these views have none."""
    return frame(TURNS[str(one.view.position)], one.index)


@pytest.fixture
def views(monkeypatch: pytest.MonkeyPatch) -> tuple[Reading, Reading]:
    """Return CC and ML of one tree of a left breast, 0.1 mm a pixel."""
    monkeypatch.setattr(space_trees, "frame_of", frame_by_position)
    monkeypatch.setattr("galactograph.ducts.correlation.frame_of", frame_by_position)
    made = []
    for index, position in enumerate(TURNS):
        bare = reading(LEFT, position, index)
        grid = replace(bare.view.image.grid, spacing_mm=(0.1, 0.1))
        image = replace(bare.view.image, grid=grid)
        made.append(
            replace(
                bare,
                view=replace(bare.view, image=image),
                ducts=(traced(WORLD, frame(TURNS[position], index), noise_mm=0.1),),
            )
        )
    return made[0], made[1]


def errors_mm(tree: Duct3D) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return how far each point of a lifted tree lies from the world's, (N, 3)."""
    node = np.where(tree.nodes[:, 0] >= 0, tree.nodes[:, 0], tree.nodes[:, 1])
    return np.asarray(tree.tree.points_mm - WORLD.points[node])


def test_two_views_give_the_tree_back(views: tuple[Reading, Reading]) -> None:
    (tree,) = lift(views)
    assert tree.matched.mean() > 0.75
    off = np.linalg.norm(errors_mm(tree)[tree.matched], axis=1)
    assert np.median(off) < 0.7
    assert np.percentile(off, 95) < 2.5
    assert tree.tree.total_length_mm == pytest.approx(130, abs=35)


def test_points_lie_within_their_own_uncertainty(
    views: tuple[Reading, Reading],
) -> None:
    (tree,) = lift(views)
    inside = np.abs(errors_mm(tree)) < 2 * tree.sigma_mm
    assert inside.mean() > 0.93


def test_what_one_view_shows_is_kept_and_less_sure(
    views: tuple[Reading, Reading],
) -> None:
    less = fan(ENDS[:2], (1.2, 0.8))
    blind = replace(views[1], ducts=(traced(less, frame(90, 1)),))
    (tree,) = lift((views[0], blind))
    lone = (tree.nodes[:, 0] > len(less.points) + 40) & (tree.nodes[:, 1] < 0)
    assert lone.any()
    # Cranial is what the CC view does not tell.
    assert tree.sigma_mm[lone, 2].min() > 2 * np.median(tree.sigma_mm[tree.matched, 2])
    assert np.abs(errors_mm(tree)[lone, 0]).max() < 2


def test_no_pair_of_views_is_no_tree(views: tuple[Reading, Reading]) -> None:
    assert lift(()) == ()
    assert lift(views[:1]) == ()
    assert lift((views[0], replace(views[0], index=1))) == ()
    other = replace(views[1], view=replace(views[1].view, laterality=RIGHT))
    assert lift((views[0], other)) == ()
    empty = AdequacyVerdict(status=Adequacy.NO_CONTRAST)
    assert lift((views[0], replace(views[1], adequacy=empty))) == ()
    loose = replace(views[1].ducts[0], rooted=False)
    assert lift((views[0], replace(views[1], ducts=(loose,)))) == ()


def test_a_view_of_the_other_breast_takes_no_part(
    views: tuple[Reading, Reading],
) -> None:
    mirrored = replace(views[1].view, laterality=RIGHT)
    other = replace(views[1], index=2, view=mirrored)
    (tree,) = lift((*views, other))
    assert {view for view, _ in tree.ducts} == {0, 1}


def finding_at(view: Reading, node: int, **more: float) -> Finding:
    """Return a finding that a view shows at a point of the world."""
    duct = view.ducts[0]
    place = Place(
        view=view.index, row=duct.rows[node], column=duct.columns[node], duct=0
    )
    return Finding(
        kind=FindingKind.FILLING_DEFECT,
        places=(place,),
        confidence=more.get("confidence", 0.6),
        length_mm=1.0,
    )


NODE = 31 + 60
"""A point on the first branch, which goes to her left and a little up."""


@pytest.mark.parametrize("which", [0, 1])
def test_a_finding_of_one_view_is_placed_along_its_branch(
    views: tuple[Reading, Reading], which: int
) -> None:
    found = correlate(views, (finding_at(views[which], NODE),), lift(views))
    (one,) = found
    assert one.place_3d_mm is not None
    assert one.sigma_3d_mm is not None
    np.testing.assert_allclose(one.place_3d_mm, WORLD.points[NODE], atol=2.0)
    assert hour(one.clock) == pytest.approx(3, abs=1)
    # The other view shows the same duct, wide and alone, without it.
    assert one.confidence == pytest.approx(0.6)
    assert one.evidence["other_view"] < -0.9
    assert "other view" in one.explanation


def test_a_finding_of_both_views_is_surer_and_placed_where_they_meet(
    views: tuple[Reading, Reading],
) -> None:
    both = tuple(finding_at(view, NODE) for view in views)
    (one,) = correlate(views, both, lift(views))
    assert one.confidence == pytest.approx(1 - 0.4**2)
    assert one.place_3d_mm is not None
    np.testing.assert_allclose(one.place_3d_mm, WORLD.points[NODE], atol=0.5)


def test_findings_on_two_branches_at_one_depth_stay_two(
    views: tuple[Reading, Reading],
) -> None:
    depth = WORLD.points[NODE, 1]
    second = 31 + int(np.linalg.norm(np.array(ENDS[0]) - [1, 12, 1]) / 0.4)
    branch = np.arange(second, second + 70)
    twin = int(branch[np.argmin(np.abs(WORLD.points[branch, 1] - depth))])
    findings = (finding_at(views[0], NODE), finding_at(views[1], twin))
    assert len(correlate(views, findings, lift(views))) == 2
    # Without the trees nobody can tell.
    assert len(correlate(views, findings)) == 1


def test_what_is_on_no_lifted_branch_has_no_twin(
    views: tuple[Reading, Reading],
) -> None:
    trees, frames = lift(views), tuple(frame_by_position(view) for view in views)
    far = Place(view=0, row=10.0, column=10.0, duct=0)
    none = Place(view=0, row=10.0, column=10.0)
    for place in (far, none):
        assert twin_of(place, trees, views, frames) is None


def test_a_lifted_tree_has_a_standard_error_for_each_point() -> None:
    tree = DuctTree(
        points_mm=np.zeros((1, 3)), parents=np.array([-1]), radii_mm=np.ones(1)
    )
    with pytest.raises(InvalidValue, match="sigma_mm"):
        Duct3D(
            tree=tree, sigma_mm=-np.ones((1, 3)), ducts=(), nodes=np.zeros((1, 0), int)
        )
    assert PRESSED.stretch > 1


def test_a_tree_whose_root_has_no_twin_hangs_on_the_nipple(
    views: tuple[Reading, Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    def rootless(a: Lines, b: Lines) -> Match:
        both = match(a, b)
        twin_a, twin_b = both.twin_a.copy(), both.twin_b.copy()
        # The first ten points of each tree find nothing in the other.
        twin_b[:10] = -1
        twin_a[:10] = -1
        twin_a[np.isin(twin_a, np.arange(10))] = -1
        twin_b[np.isin(twin_b, np.arange(10))] = -1
        return replace(both, twin_a=twin_a, twin_b=twin_b)

    monkeypatch.setattr(space_trees, "match", rootless)
    (tree,) = lift(views)
    parents = tree.tree.parents
    assert parents[0] == -1
    assert (parents[1:] >= 0).all()
    assert (parents[1:] < np.arange(1, len(parents))).all()
