"""Two views of one breast: one finding, its depth and its hour."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.ducts.correlation import (
    behind_nipple,
    correlate,
    side_of,
)
from galactograph.ducts.systems import systems, systems_of
from galactograph.values.clock import hour
from galactograph.values.codes import Adequacy, Depth, FindingKind, Laterality
from galactograph.values.geometry import Grid, SpacingKind
from galactograph.values.image import DuctMap, Image
from galactograph.values.report import (
    AdequacyVerdict,
    Duct,
    Edge,
    Finding,
    Nipple,
    Place,
    Reading,
    Scene,
)
from galactograph.values.study import View
from galactograph.values.tree import DuctTree

few = settings(deadline=None, max_examples=40)
SHAPE = (100, 80)
LEFT, RIGHT = Laterality.LEFT, Laterality.RIGHT

# Patient Orientation as mammography units write it: rows, then columns.
ORIENTATIONS = {
    (LEFT, "CC"): ("A", "R"),
    (LEFT, "ML"): ("A", "F"),
    (RIGHT, "CC"): ("P", "L"),
    (RIGHT, "ML"): ("P", "F"),
}
EDGES: dict[Laterality, Edge] = {LEFT: "left", RIGHT: "right"}


def reading(
    side: Laterality,
    position: str,
    index: int = 0,
    *,
    kind: SpacingKind = SpacingKind.DETECTOR,
    nipple: bool = True,
    ducts: tuple[Duct, ...] = (),
) -> Reading:
    """Return an empty reading; the nipple lies 60 mm from the chest wall."""
    flat = np.zeros(SHAPE, np.float32)
    grid = Grid(shape=SHAPE, spacing_mm=(1, 1), spacing_kind=kind)
    column = 60.0 if side is LEFT else SHAPE[1] - 60.0
    return Reading(
        index=index,
        view=View(
            image=Image(pixels=flat, grid=grid),
            source=position,
            laterality=side,
            position=position,
            orientation=ORIENTATIONS[side, position],
        ),
        scene=Scene(
            excess=flat,
            breast=flat == 0,
            skin=np.zeros((0, 2)),
            chest_wall=EDGES[side],
            nipple=Nipple(row=50, column=column, confidence=1) if nipple else None,
            noise=0.01,
        ),
        duct_map=DuctMap(
            probability=flat, centreline=flat > 0, scale_px=flat, orientation_rad=flat
        ),
        ducts=ducts,
        strips=(),
        adequacy=AdequacyVerdict(status=Adequacy.ADEQUATE),
    )


def seen(
    one: Reading,
    depth: float,
    up: float,
    kind: FindingKind = FindingKind.FILLING_DEFECT,
    **more: float,
) -> Finding:
    """Return a finding `depth` mm behind the nipple and `up` mm above it."""
    assert one.scene.nipple is not None
    way = -depth if one.scene.chest_wall == "left" else depth
    place = Place(
        view=one.index, row=50 - up, column=one.scene.nipple.column + way, duct=None
    )
    return Finding(
        kind=kind,
        places=(place,),
        confidence=more.get("confidence", 0.6),
        along_duct_mm=more.get("along"),
    )


def pair(side: Laterality) -> tuple[Reading, Reading]:
    """Return a CC and an ML view of one breast."""
    return reading(side, "CC", 0), reading(side, "ML", 1)


@pytest.mark.parametrize("edge", ["left", "right", "top", "bottom"])
def test_depth_grows_toward_the_chest_wall_at_every_edge(edge: Edge) -> None:
    one = reading(LEFT, "CC")
    turned = replace(one, scene=replace(one.scene, chest_wall=edge))
    way = {"left": (0, -1), "right": (0, 1), "top": (-1, 0), "bottom": (1, 0)}[edge]
    place = Place(view=0, row=50 + 7 * way[0], column=60 + 7 * way[1])
    found = behind_nipple(turned, place)
    assert found is not None
    np.testing.assert_allclose(found, (7, 0), atol=1e-9)


@pytest.mark.parametrize("side", [LEFT, RIGHT])
def test_a_defect_in_both_views_at_one_depth_is_one_finding(side: Laterality) -> None:
    cc, ml = pair(side)
    found = correlate((cc, ml), (seen(cc, 20, 5), seen(ml, 24, -3)))
    assert len(found) == 1
    assert [place.view for place in found[0].places] == [0, 1]
    assert found[0].confidence == pytest.approx(1 - 0.4 * 0.4)
    assert "two views" in found[0].explanation


@few
@given(st.floats(0, 55), st.floats(0, 55), st.floats(0, 1), st.floats(0, 1))
def test_findings_are_merged_if_their_depth_agrees_within_ten_millimetres(
    one: float, other: float, sure: float, surer: float
) -> None:
    cc, ml = pair(LEFT)
    findings = (
        seen(cc, one, 3, confidence=sure),
        seen(ml, other, 3, confidence=surer),
    )
    found = correlate((cc, ml), findings)
    if abs(abs(one - other) - 10) > 1e-6:
        assert len(found) == (1 if abs(one - other) < 10 else 2)
    # Nothing gets less sure, and nothing is lost.
    assert max(f.confidence for f in found) >= min(max(sure, surer), 0.99) - 1e-9
    assert sum(len(f.places) for f in found) == 2
    assert [f.identifier for f in found] == [f"F{n + 1}" for n in range(len(found))]


def test_other_kinds_other_views_and_other_breasts_stay_apart() -> None:
    cc, ml = pair(LEFT)
    kinds = (seen(cc, 20, 5), seen(ml, 20, 5, FindingKind.ECTASIA))
    assert len(correlate((cc, ml), kinds)) == 2
    assert len(correlate((cc, ml), (seen(cc, 20, 5), seen(cc, 21, 5)))) == 2
    other = reading(RIGHT, "ML", 1)
    assert len(correlate((cc, other), (seen(cc, 20, 5), seen(other, 20, 5)))) == 2
    along = (seen(cc, 20, 5, along=20), seen(ml, 20, 5, along=40))
    assert len(correlate((cc, ml), along)) == 2


def test_that_there_are_several_is_kept_beside_each_of_them() -> None:
    cc, ml = pair(LEFT)
    one, several = FindingKind.FILLING_DEFECT, FindingKind.FILLING_DEFECTS
    found = correlate((cc, ml), (seen(cc, 20, 5), seen(ml, 20, 5, several)))
    assert {finding.kind for finding in found} == {one, several}


def test_several_defects_are_one_finding_wherever_each_view_shows_them() -> None:
    cc, ml = pair(LEFT)
    several = FindingKind.FILLING_DEFECTS
    (found,) = correlate((cc, ml), (seen(cc, 10, 5, several), seen(ml, 45, 5, several)))
    assert {place.view for place in found.places} == {0, 1}


def test_without_millimetres_or_a_nipple_nothing_is_merged() -> None:
    cc = reading(LEFT, "CC", 0, kind=SpacingKind.NONE)
    ml = reading(LEFT, "ML", 1)
    (one, other) = correlate((cc, ml), (seen(cc, 20, 5), seen(ml, 20, 5)))
    assert {one.depth, other.depth} == {None, Depth.MIDDLE}
    blind = replace(ml, scene=replace(ml.scene, nipple=None))
    assert behind_nipple(blind, Place(view=1, row=1, column=1)) is None


@pytest.mark.parametrize(
    ("side", "cc_up", "ml_up", "clock"),
    [
        # In CC the outer side is up; in ML the head is up.
        (LEFT, 10, 0, "3:00"),
        (LEFT, -10, 0, "9:00"),
        (LEFT, 0, 10, "12:00"),
        (LEFT, 0, -10, "6:00"),
        (RIGHT, 10, 0, "9:00"),
        (RIGHT, -10, 0, "3:00"),
        (RIGHT, 0, 10, "12:00"),
        (LEFT, 10, 17.3, "1:00"),
        (RIGHT, 10, 17.3, "11:00"),
        (RIGHT, 17.3, -10, "8:00"),
    ],
)
def test_the_hour_is_that_seen_facing_the_patient(
    side: Laterality, cc_up: float, ml_up: float, clock: str
) -> None:
    cc, ml = pair(side)
    (found,) = correlate((cc, ml), (seen(cc, 20, cc_up), seen(ml, 20, ml_up)))
    assert found.clock == clock


@few
@given(st.floats(-30, 30), st.floats(-30, 30))
def test_the_other_breast_has_the_mirrored_hour(out: float, up: float) -> None:
    hours = []
    for side in (LEFT, RIGHT):
        cc, ml = pair(side)
        (found,) = correlate((cc, ml), (seen(cc, 20, out), seen(ml, 20, up)))
        at = hour(found.clock)
        assert at is not None
        hours.append(at)
    left, right = hours
    gap = (left + right) % 12
    # Between two hours rounding may fall either way.
    assert min(gap, 12 - gap) <= 1e-9 or abs(min(gap, 12 - gap) - 1) < 1e-9


def test_one_view_gives_no_hour() -> None:
    cc, ml = pair(LEFT)
    for one in (cc, ml):
        found = correlate((cc, ml), (seen(one, 20, 10),))
        assert found[0].clock is None
        assert found[0].depth is Depth.MIDDLE


def test_without_patient_orientation_there_is_no_hour() -> None:
    cc, ml = pair(LEFT)
    mute = replace(ml, view=replace(ml.view, orientation=None))
    (found,) = correlate((cc, mute), (seen(cc, 20, 5), seen(mute, 20, 5)))
    assert found.clock is None


@pytest.mark.parametrize("side", [LEFT, RIGHT])
@pytest.mark.parametrize(
    ("depth", "third"),
    [
        (0, Depth.ANTERIOR),
        (19, Depth.ANTERIOR),
        (21, Depth.MIDDLE),
        (39, Depth.MIDDLE),
        (41, Depth.POSTERIOR),
        (58, Depth.POSTERIOR),
    ],
)
def test_the_breast_has_three_thirds_from_nipple_to_chest_wall(
    side: Laterality, depth: float, third: Depth
) -> None:
    cc = reading(side, "CC")
    (found,) = correlate((cc,), (seen(cc, depth, 4),))
    assert found.depth is third


def duct_at(row: float, column: float, *, rooted: bool = True) -> Duct:
    """Return a short duct that starts at a place."""
    n = np.arange(4.0)
    return Duct(
        tree=DuctTree(
            points_mm=np.stack([column - n, row + 0 * n, 0 * n], axis=1),
            parents=np.arange(-1, 3),
            radii_mm=np.full(4, 0.4),
        ),
        rows=row + 0 * n,
        columns=column - n,
        calibre_mm=np.full(4, 0.8),
        sigma_mm=np.full(4, 0.1),
        contrast=np.full(4, 0.4),
        opacity_per_mm=np.full(4, 0.5),
        overlap=np.zeros(4, bool),
        rooted=rooted,
    )


@pytest.mark.parametrize(
    ("second", "count"),
    [(duct_at(52, 58), 1), (duct_at(60, 58), 2), (duct_at(60, 58, rooted=False), 1)],
)
def test_ducts_that_leave_the_nipple_apart_are_two_systems(
    second: Duct, count: int
) -> None:
    cc = reading(LEFT, "CC", ducts=(duct_at(50, 58), second))
    found = tuple(
        replace(
            seen(cc, 20, 5), places=(Place(view=0, row=50, column=55, duct=number),)
        )
        for number in (0, 1)
    )
    assert systems_of((cc,), found) == count


def test_no_rooted_duct_is_no_known_system() -> None:
    cc = reading(LEFT, "CC")
    assert systems_of((cc,), (seen(cc, 20, 5),)) is None
    assert systems_of((), ()) is None


def test_a_side_is_told_only_if_all_views_agree() -> None:
    assert side_of(pair(RIGHT)) is RIGHT
    assert side_of((reading(LEFT, "CC"), reading(RIGHT, "CC", 1))) is None
    assert side_of(()) is None


def test_a_loose_piece_belongs_to_the_system_that_it_lies_nearest_to() -> None:
    rooted = (duct_at(30, 58), duct_at(70, 58))
    loose = tuple(duct_at(row, 40, rooted=False) for row in (35, 66, 31))
    assert systems(reading(LEFT, "CC", ducts=(*rooted, *loose))) == (0, 1, 0, 1, 0)


def test_without_two_orifices_all_contrast_is_one_system() -> None:
    loose = (duct_at(35, 40, rooted=False), duct_at(66, 40, rooted=False))
    assert systems(reading(LEFT, "CC", ducts=loose)) == (0, 0)
    assert systems(reading(LEFT, "CC", ducts=(duct_at(50, 58), *loose))) == (0, 0, 0)
    assert systems(reading(LEFT, "CC")) == ()
