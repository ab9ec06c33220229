"""What finders say of one place, settled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.finders import FINDERS, settle
from galactograph.values.codes import FindingKind
from galactograph.values.report import Finding, Place
from strips import World, lobulated, reading_of


def made(
    kind: FindingKind,
    column: float = 100.0,
    confidence: float = 0.9,
    **fields: object,
) -> Finding:
    """Return a finding 3 mm long at `column`."""
    box = ((90.0, column - 20), (110.0, column - 20), (110.0, column + 20))
    place = Place(view=0, row=100.0, column=column, duct=0, outline=(*box, box[0]))
    finding = Finding(kind=kind, places=(place,), confidence=confidence, length_mm=3.0)
    return replace(finding, **fields)  # type: ignore[arg-type]


calm = settings(deadline=None)

anything = st.lists(
    st.builds(
        made, st.sampled_from(list(FindingKind)), st.floats(0, 900), st.floats(0, 1)
    ),
    max_size=6,
)


@calm
@given(anything)
def test_settling_adds_only_what_several_defects_make(findings: list[Finding]) -> None:
    settled = settle(findings)
    new = [f for f in settled if f not in findings]
    assert all(f.kind is FindingKind.FILLING_DEFECTS for f in new)
    assert len(new) <= 1


@calm
@given(anything)
def test_settled_findings_stay_settled(findings: list[Finding]) -> None:
    once = [f for f in settle(findings) if f in findings]
    again = [f for f in settle(once) if f in once]
    assert again == once


@calm
@given(anything)
def test_the_surest_comes_first(findings: list[Finding]) -> None:
    sure = [f.confidence for f in settle(findings)]
    assert sure == sorted(sure, reverse=True)


def test_the_signs_of_a_defect_are_not_told_again() -> None:
    defect = made(FindingKind.FILLING_DEFECT)
    signs = [
        made(FindingKind.NARROWING, 105),
        made(FindingKind.TERMINATION, 115),
        made(FindingKind.WALL_IRREGULARITY, 95),
        made(FindingKind.ECTASIA, 100, length_mm=6.0),
    ]
    assert settle([defect, *signs]) == (defect,)


def test_small_round_bodies_are_air_only_where_the_walls_are_calm() -> None:
    balls = [
        made(
            FindingKind.FILLING_DEFECT,
            c,
            length_mm=0.5,
            evidence={"dot": 0.9, "depth_mm": 0.5},
        )
        for c in (100, 400, 700)
    ]
    assert {f.kind for f in settle(balls)} == {FindingKind.AIR_BUBBLE}
    assert [f.kind for f in settle(balls[:1])] == [FindingKind.FILLING_DEFECT]
    ragged = made(FindingKind.WALL_IRREGULARITY, 1000, length_mm=6.0)
    kinds = [f.kind for f in settle([*balls, ragged])]
    assert FindingKind.AIR_BUBBLE not in kinds
    assert FindingKind.FILLING_DEFECTS in kinds


def test_a_duct_widened_just_before_its_end_is_the_ends_own_sign() -> None:
    end = replace(made(FindingKind.TERMINATION), width_mm=2.5)
    short = made(FindingKind.ECTASIA, length_mm=8.0)
    long = made(FindingKind.ECTASIA, length_mm=40.0)
    assert settle([end, short]) == (end,)
    assert len(settle([end, long])) == 2


def test_what_is_no_sure_body_explains_nothing_away() -> None:
    body = made(FindingKind.FILLING_DEFECT, confidence=0.6)
    end = made(FindingKind.TERMINATION, confidence=0.5)
    assert settle([body, end]) == (body, end)


def test_a_small_body_in_a_surer_throat_is_the_throat() -> None:
    body = made(FindingKind.FILLING_DEFECT, confidence=0.85, length_mm=0.4)
    throat = made(FindingKind.NARROWING, 105, length_mm=1.5)
    assert settle([body, throat]) == (throat,)
    unsure = made(FindingKind.NARROWING, 105, length_mm=1.5, confidence=0.8)
    assert settle([body, unsure]) == (body,)


def test_a_spot_just_beside_a_much_larger_body_is_a_frond_of_it() -> None:
    body = made(FindingKind.FILLING_DEFECT, length_mm=3.0)

    def spot(column: float, length: float) -> Finding:
        return made(
            FindingKind.FILLING_DEFECT,
            column,
            length_mm=length,
            evidence={"dot": 0.9, "depth_mm": 0.1},
        )

    assert settle([body, spot(138, 0.5)]) == (body,)
    for apart in (spot(138, 1.4), spot(200, 0.5)):
        assert apart in settle([body, apart])
    unsure = replace(body, confidence=0.5)
    assert spot(138, 0.5) in settle([unsure, spot(138, 0.5)])


def test_what_lies_elsewhere_or_reaches_further_is_kept() -> None:
    defect = made(FindingKind.FILLING_DEFECT)
    others = [
        made(FindingKind.NARROWING, 400),
        made(FindingKind.ECTASIA, 100, length_mm=60.0),
        made(FindingKind.WALL_IRREGULARITY, 100, length_mm=40.0),
    ]
    settled = settle([defect, *others])
    assert all(finding in settled for finding in (defect, *others))


def test_places_of_different_views_never_meet() -> None:
    narrow = made(FindingKind.NARROWING)
    there = replace(narrow, places=(replace(narrow.places[0], view=1),))
    assert there in settle([made(FindingKind.FILLING_DEFECT), there])


def test_what_is_hardly_seen_is_dropped() -> None:
    assert settle([made(FindingKind.TERMINATION, confidence=0.09)]) == ()


def test_two_sure_defects_in_one_system_make_multiple_defects() -> None:
    pair = [
        made(FindingKind.FILLING_DEFECT, 100, along_duct_mm=12.0),
        made(FindingKind.FILLING_DEFECT, 600, along_duct_mm=40.0, length_mm=5.0),
    ]
    settled = settle(pair)
    (several,) = [f for f in settled if f.kind is FindingKind.FILLING_DEFECTS]
    assert all(finding in settled for finding in pair)
    assert len(several.places) == 2
    assert several.evidence["count"] == 2
    assert several.length_mm == 5.0
    # Its distances are those of the place that comes first: the longest.
    assert several.along_duct_mm == 40.0
    assert "12 to 40 mm" in several.explanation


def test_an_unsure_second_defect_makes_no_multitude() -> None:
    pair = [
        made(FindingKind.FILLING_DEFECT, 100),
        made(FindingKind.FILLING_DEFECT, 600, confidence=0.4),
    ]
    assert len(settle(pair)) == 2


def test_defects_of_two_systems_are_no_multitude() -> None:
    one, two = (made(FindingKind.FILLING_DEFECT, c) for c in (100, 600))
    other = replace(two, places=(replace(two.places[0], duct=3),))
    assert len(settle([one, other])) == 2


def test_pieces_of_one_broken_tree_are_one_system() -> None:
    one, two = (made(FindingKind.FILLING_DEFECT, c) for c in (100, 600))
    other = replace(two, places=(replace(two.places[0], duct=1),))
    (several,) = [f for f in settle([one, other], [[0, 0]]) if f not in (one, other)]
    assert several.kind is FindingKind.FILLING_DEFECTS
    assert len(settle([one, other], [[0, 1]])) == 2


def test_parts_of_one_growth_are_no_multitude() -> None:
    parts = [made(FindingKind.FILLING_DEFECT, c) for c in (100, 145)]
    assert len(settle(parts)) == 2


def test_a_painted_duct_with_two_growths_is_settled_as_multiple() -> None:
    rng = np.random.default_rng(2)
    balls = (*lobulated(10, 0, 2.2, rng), *lobulated(22, 0, 2.2, rng))
    reading = reading_of(World(calibre_mm=2.4, balls=balls))
    settled = settle(f for find in FINDERS for f in find(reading))
    kinds = [f.kind for f in settled if f.kind is not FindingKind.ECTASIA]
    assert sorted(kinds, key=str) == sorted(
        [FindingKind.FILLING_DEFECTS, *[FindingKind.FILLING_DEFECT] * 2], key=str
    )
