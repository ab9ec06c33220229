"""What the other view says of a finding that one view shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.ducts.space_findings import Twin
from galactograph.ducts.space_frame import Frame
from galactograph.ducts.space_other import EVIDENCE, beside, noted
from galactograph.ducts.space_places import Sighting
from galactograph.values.codes import Adequacy, FindingKind
from galactograph.values.geometry import Grid, SpacingKind
from galactograph.values.image import DuctMap, Image
from galactograph.values.report import (
    AdequacyVerdict,
    Duct,
    Finding,
    Nipple,
    Place,
    Reading,
    Scene,
)
from galactograph.values.study import View
from galactograph.values.tree import DuctTree

few = settings(deadline=None, max_examples=40)
SHAPE = (100, 100)
BODY = FindingKind.FILLING_DEFECT


def duct(calibre_mm: float = 1.2, *, under: bool = False) -> Duct:
    """Return a straight duct of 40 mm in row 50, a point a millimetre."""
    n = 40
    flat = np.zeros(n)
    columns = np.arange(n) + 20.0
    return Duct(
        tree=DuctTree(
            points_mm=np.column_stack([columns, flat + 50, flat]),
            radii_mm=flat + calibre_mm / 2,
            parents=np.arange(n) - 1,
        ),
        rows=flat + 50.0,
        columns=columns,
        calibre_mm=flat + calibre_mm,
        sigma_mm=flat,
        contrast=flat + 1,
        opacity_per_mm=flat + 1,
        overlap=np.full(n, under),
        rooted=True,
    )


def view(index: int, *ducts: Duct, noise: float = 0.01) -> Reading:
    """Return a view of a millimetre a pixel; opacity 36 times a noise of 0.01."""
    flat = np.zeros(SHAPE, np.float32)
    grid = Grid(shape=SHAPE, spacing_mm=(1, 1), spacing_kind=SpacingKind.DETECTOR)
    return Reading(
        index=index,
        view=View(image=Image(pixels=flat, grid=grid), source=str(index)),
        scene=Scene(
            excess=flat,
            breast=flat == 0,
            skin=np.zeros((0, 2)),
            chest_wall="right",
            nipple=Nipple(row=50, column=10, confidence=1),
            noise=noise,
        ),
        duct_map=DuctMap(
            probability=flat, centreline=flat > 0, scale_px=flat, orientation_rad=flat
        ),
        ducts=ducts,
        strips=(),
        adequacy=AdequacyVerdict(status=Adequacy.ADEQUATE),
        opacity_per_mm=0.36,
    )


def twin(node: int = 20) -> Twin:
    """Return where the second view should show it."""
    frame = Frame(
        view=1,
        base=(50.0, 10.0),
        spacing_mm=(1.0, 1.0),
        edge="right",
        axis=(0.0, 1.0),
        pressing=None,
        nipple_sigma_mm=1.0,
    )
    sighting = Sighting(
        frame=frame,
        behind_mm=30.0,
        across_mm=0.0,
        sigma_behind_mm=1.0,
        sigma_across_mm=1.0,
        lifted=True,
    )
    return Twin(sighting=sighting, node=node, view=1, duct=0)


def finding(
    length_mm: float = 2.0, kind: FindingKind = BODY, at: tuple[int, float] = (0, 40.0)
) -> Finding:
    """Return a finding in row 50 of a view and a column."""
    place = Place(view=at[0], row=50.0, column=at[1], duct=0)
    return Finding(kind=kind, places=(place,), confidence=0.6, length_mm=length_mm)


def told(
    one: Finding, there: Duct, *others: Finding, noise: float = 0.01, node: int = 20
) -> float:
    """Return what a second view with a duct says of a finding of the first."""
    views = (view(0, duct()), view(1, there, noise=noise))
    return beside(one, twin(node), views, [one, *others])


@few
@given(st.floats(0.1, 5.0), st.floats(0.1, 5.0))
def test_a_larger_body_that_is_not_there_speaks_no_less_against_it(
    one: float, other: float
) -> None:
    small, large = sorted((one, other))
    assert -1 <= told(finding(large), duct()) <= told(finding(small), duct()) <= 0


@few
@given(st.floats(0.1, 5.0), st.floats(0.005, 0.5), st.floats(0.2, 3.0))
def test_a_faint_picture_a_thin_duct_and_another_over_it_say_less(
    length: float, noise: float, calibre: float
) -> None:
    one = finding(length)
    plain = told(one, duct(calibre))
    assert plain <= told(one, duct(calibre), noise=max(noise, 0.01))
    assert plain <= told(one, duct(calibre, under=True))
    assert told(one, duct(3.0)) <= plain + 1e-12


def test_a_body_of_a_millimetre_must_show_in_a_free_duct_and_a_tiny_one_may_not() -> (
    None
):
    assert told(finding(1.0), duct()) < -0.95
    assert told(finding(0.4), duct()) == pytest.approx(-0.5)


def test_whatever_lies_at_the_same_place_in_the_other_view_is_its_like() -> None:
    end = finding(kind=FindingKind.TERMINATION, at=(1, 43.0))
    assert told(finding(), duct(), end) == 1
    assert told(finding(), duct(), replace(end, kind=FindingKind.ECTASIA)) < 0
    assert told(finding(), duct(), finding(at=(1, 58.0))) < 0
    assert told(finding(), duct(), finding(at=(0, 40.0))) < 0


@pytest.mark.parametrize(("column", "same"), [(41.0, True), (44.0, False)])
def test_what_has_a_twin_of_its_own_hides_only_what_lies_under_it(
    column: float, *, same: bool
) -> None:
    there = finding(at=(1, column))
    other = replace(there, places=(*finding(at=(0, 55.0)).places, *there.places))
    assert told(finding(), duct(), there) == 1
    assert (told(finding(), duct(), other) == 1) == same


def test_nothing_is_said_where_nobody_can_tell_where_to_look() -> None:
    assert told(finding(), duct(), node=-1) == 0
    assert beside(finding(), None, (view(0, duct()),), []) == 0
    assert told(finding(kind=FindingKind.TERMINATION), duct()) == 0


def test_it_is_said_in_words_where_the_other_view_should_have_shown_it() -> None:
    words = "The other view shows this duct without it."
    for value, said in ((-0.9, True), (-0.2, False), (0.0, False), (1.0, False)):
        one = noted(finding(), value)
        assert one.evidence[EVIDENCE] == value
        assert (words in one.explanation) == said
