"""One finding of what two views show, chosen for all findings together."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ducts.spaces import fan, frame, traced
from ducts.test_correlation import LEFT, reading
from galactograph.ducts import correlation, space_trees
from galactograph.ducts.correlation import correlate
from galactograph.ducts.space_frame import Frame
from galactograph.ducts.space_other import EVIDENCE
from galactograph.ducts.space_rolling import rolling
from galactograph.ducts.space_trees import lift
from galactograph.values.arrays import Floats
from galactograph.values.codes import FindingKind
from galactograph.values.report import Duct3D, Finding, Place, Reading

few = settings(deadline=None, max_examples=25)
ENDS = ((30.0, 40.0, 5.0), (-20.0, 28.0, 25.0), (5.0, 50.0, -30.0))
WORLD = fan(ENDS, (1.2, 0.8, 0.55))
TURNS = {"CC": 0.0, "ML": 90.0, "MLO": 45.0}
BODY = FindingKind.FILLING_DEFECT
BODIES = (50, 80, 120, 160, 200, 240)
"""Points of the world that bear one."""


def frame_by_position(one: Reading) -> Frame:
    """Stand in for the outline: these views have none."""
    return frame(TURNS[str(one.view.position)], one.index)


def world(
    rolled_mm: float = 0.0, positions: tuple[str, ...] = ("CC", "ML")
) -> tuple[Reading, ...]:
    """Return views of one tree; the second shows all so much less deep."""
    made = []
    for index, position in enumerate(positions):
        bare = reading(LEFT, "CC", index)
        bare = replace(bare, view=replace(bare.view, position=position))
        grid = replace(bare.view.image.grid, spacing_mm=(0.1, 0.1))
        image = replace(bare.view.image, grid=grid)
        duct = traced(WORLD, frame(TURNS[position], index), noise_mm=0.1)
        # The chest wall lies to the left: less deep is further right.
        moved = 10 * rolled_mm * (index == 1)
        duct = replace(duct, columns=duct.columns + moved)
        made.append(replace(bare, view=replace(bare.view, image=image), ducts=(duct,)))
    return tuple(made)


@pytest.fixture
def framed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let views have the frames of the world."""
    monkeypatch.setattr(space_trees, "frame_of", frame_by_position)
    monkeypatch.setattr(correlation, "frame_of", frame_by_position)


def bodies(
    views: tuple[Reading, ...], *, confidence: float = 0.9
) -> tuple[Finding, ...]:
    """Return a body at each of the places in both views, views told in turn."""
    return tuple(
        Finding(
            kind=BODY,
            places=(Place(view=k, row=duct.rows[n], column=duct.columns[n], duct=0),),
            confidence=confidence,
            length_mm=2.0,
            width_mm=2.0,
            identifier=str(n),
        )
        for k, duct in enumerate(view.ducts[0] for view in views)
        for n in BODIES
    )


def nodes_of(finding: Finding, views: tuple[Reading, ...]) -> list[int]:
    """Return which body each of its places shows."""
    told = []
    for place in finding.places:
        duct = views[place.view].ducts[0]
        away = np.hypot(duct.rows - place.row, duct.columns - place.column)
        told.append(int(np.argmin(away)))
    return told


@pytest.mark.usefixtures("framed")
@pytest.mark.parametrize("rolled_mm", [0.0, 2.5])
def test_every_body_of_many_finds_its_own_twin(rolled_mm: float) -> None:
    views = world(rolled_mm)
    found = correlate(views, bodies(views), lift(views))
    assert len(found) == len(BODIES)
    for one in found:
        first, second = nodes_of(one, views)
        assert first == second
        off = np.array(one.place_3d_mm) - WORLD.points[first]
        assert np.linalg.norm(off) < 4


@pytest.mark.usefixtures("framed")
@pytest.mark.parametrize("third", ["MLO", "CC"])
def test_a_third_view_shows_each_body_where_the_others_say(third: str) -> None:
    views = world(positions=("CC", "ML", third))
    found = correlate(views, bodies(views), lift(views))
    assert len(found) == len(BODIES)
    for one in found:
        assert len(set(nodes_of(one, views))) == 1
        assert {place.view for place in one.places} == {0, 1, 2}


@pytest.mark.usefixtures("framed")
def test_two_views_along_one_beam_show_a_body_at_one_place() -> None:
    views = tuple(replace(one, ducts=()) for one in world(positions=("CC", "CC")))
    one, other = beside(ml=(0,))
    assert len(correlate(views, (one, other))) == 1
    (place,) = other.places
    aside = replace(other, places=(replace(place, row=place.row + 300),))
    assert len(correlate(views, (one, aside))) == 2


@pytest.mark.usefixtures("framed")
@few
@given(st.permutations(range(2 * len(BODIES))))
def test_the_order_in_which_findings_come_does_not_matter(order: list[int]) -> None:
    views = world()
    given_ = bodies(views)
    trees = lift(views)
    usual = {tuple(sorted(nodes_of(f, views))) for f in correlate(views, given_, trees)}
    found = correlate(views, tuple(given_[k] for k in order), trees)
    assert {tuple(sorted(nodes_of(one, views))) for one in found} == usual


def beside(*, ml: tuple[float, ...]) -> tuple[Finding, ...]:
    """Return one body in CC, and some in ML at depths of their own; no ducts."""
    places = [Place(view=0, row=1000, column=700)]
    places += [
        Place(view=1, row=1000 + 100 * k, column=700 + d) for k, d in enumerate(ml)
    ]
    return tuple(
        Finding(kind=BODY, places=(place,), confidence=0.9) for place in places
    )


@pytest.mark.usefixtures("framed")
def test_a_place_with_a_second_candidate_says_so() -> None:
    views = tuple(replace(one, ducts=()) for one in world())
    (sure,) = correlate(views, beside(ml=(0,)))
    doubtful = correlate(views, beside(ml=(0, 3)))[0]
    assert "fits nearly as well" in doubtful.explanation
    assert "fits nearly as well" not in sure.explanation
    assert sure.sigma_3d_mm is not None
    assert doubtful.sigma_3d_mm is not None
    # The other candidate lies 10 mm of the picture further along the rows.
    assert doubtful.sigma_3d_mm[2] > sure.sigma_3d_mm[2] + 1.5


@pytest.mark.usefixtures("framed")
@pytest.mark.parametrize(("frames", "said"), [(1, True), (40, False)])
def test_the_other_view_is_silent_of_pictures_only_not_of_slices(
    frames: int, *, said: bool
) -> None:
    flat = world()
    views = tuple(replace(v, view=replace(v.view, frames=frames)) for v in flat)
    (one,) = correlate(views, bodies(flat)[:1], lift(flat))
    assert (EVIDENCE in one.evidence) == said


@pytest.mark.usefixtures("framed")
def test_several_bodies_lie_where_the_first_of_them_lies() -> None:
    views = world()
    every = bodies(views)
    ours, theirs = every[: len(BODIES)], every[len(BODIES) :]
    # Each view names another body first.
    several = [
        replace(
            some[0],
            kind=FindingKind.FILLING_DEFECTS,
            places=tuple(one.places[0] for one in some),
        )
        for some in (ours, theirs[::-1])
    ]
    found = correlate(views, (*every, *several), lift(views))
    (told,) = (one for one in found if one.kind is FindingKind.FILLING_DEFECTS)
    assert len(told.places) == 2 * len(BODIES)
    assert told.place_3d_mm is not None
    off = np.array(told.place_3d_mm) - WORLD.points[nodes_of(told, views)[0]]
    assert np.linalg.norm(off) < 4
    (alone,) = correlate(views, tuple(several), lift(views))
    assert alone.place_3d_mm is None


@pytest.mark.usefixtures("framed")
def test_a_pair_that_little_speaks_for_is_told_less_surely() -> None:
    views = world()
    trees = lift(views)
    one, other = (bodies(views)[k] for k in (0, len(BODIES)))
    (sure,) = correlate(views, (one, other), trees)
    (seen,) = other.places
    deeper = replace(seen, column=seen.column - 30)
    unlike = replace(
        other, places=(deeper,), length_mm=0.4, width_mm=0.4, confidence=0.3
    )
    (weak,) = correlate(views, (one, unlike), trees)
    words = "Whether the other view shows the same is not sure."
    assert words in weak.explanation
    assert words not in sure.explanation
    assert weak.sigma_3d_mm is not None
    assert sure.sigma_3d_mm is not None
    assert weak.sigma_3d_mm[0] > sure.sigma_3d_mm[0] + 3
    # Its own view tells how deep it lies.
    assert weak.sigma_3d_mm[1] == pytest.approx(sure.sigma_3d_mm[1], abs=1)


@pytest.mark.usefixtures("framed")
@pytest.mark.parametrize("rolled_mm", [0.0, 2.5])
def test_how_views_differ_in_depth_is_learnt_from_matched_ducts(
    rolled_mm: float,
) -> None:
    views = world(rolled_mm)
    trees, frames = lift(views), tuple(map(frame_by_position, views))
    told = rolling((0, 1), trees, views, frames)
    back = rolling((1, 0), trees, views, frames)
    assert told.learnt
    assert 1 <= told.sigma_mm < 2
    # What rolled by 2.5 mm of the picture moved by 1.6 mm at rest.
    assert abs(told.shift_mm) < 1.6
    assert back.shift_mm == pytest.approx(-told.shift_mm)


def test_without_ducts_nothing_is_learnt() -> None:
    views = world()
    none: tuple[Duct3D, ...] = ()
    told = rolling((0, 1), none, views, tuple(map(frame_by_position, views)))
    assert not told.learnt
    assert told.shift_mm == 0


@pytest.mark.usefixtures("framed")
def test_far_from_where_its_duct_says_a_body_has_no_twin() -> None:
    views = world()
    trees = lift(views)
    one, *_ = bodies(views)
    duct = views[1].ducts[0]

    def count(moved_mm: float) -> int:
        place = Place(
            view=1,
            row=duct.rows[BODIES[0]],
            column=duct.columns[BODIES[0]] - 10 * moved_mm,
            duct=0,
        )
        return len(correlate(views, (one, replace(one, places=(place,))), trees))

    assert count(0.0) == 1
    assert count(9.0) == 2


def test_worlds_are_as_they_should_be() -> None:
    off: Floats = WORLD.points[list(BODIES)]
    assert np.unique(off[:, 1].round()).size > 3
