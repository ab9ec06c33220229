"""The level of a study."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advice_cases import finding, reading
from galactograph.advice import assess
from galactograph.values.codes import Adequacy, FindingKind
from galactograph.values.report import Finding

some = st.lists(
    st.builds(finding, st.sampled_from(list(FindingKind)), st.floats(0, 1)), max_size=5
)


def level(findings: list[Finding], *statuses: Adequacy) -> int:
    """Return the number of the level; one adequate view if none is given."""
    views = statuses or (Adequacy.ADEQUATE,)
    readings = [reading(status, index) for index, status in enumerate(views)]
    return int(assess(readings, findings).level[2:])


@given(some, some)
def test_another_finding_never_lowers_the_level(
    few: list[Finding], more: list[Finding]
) -> None:
    assert level(few + more) >= level(few)


@given(some)
def test_a_study_without_contrast_is_not_assessed(findings: list[Finding]) -> None:
    assert level(findings, Adequacy.NO_CONTRAST) == 0
    assert level(findings, Adequacy.NOT_A_GALACTOGRAM, Adequacy.NO_CONTRAST) == 0


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (FindingKind.AIR_BUBBLE, 1),
        (FindingKind.EXTRAVASATION, 1),
        (FindingKind.ECTASIA, 2),
        (FindingKind.CYST_FILL, 2),
        (FindingKind.PRUNED_TREE, 2),
        (FindingKind.FILLING_DEFECT, 3),
        (FindingKind.TERMINATION, 3),
        (FindingKind.FILLING_DEFECTS, 4),
        (FindingKind.NARROWING, 4),
        (FindingKind.WALL_IRREGULARITY, 4),
        (FindingKind.DISPLACEMENT, 5),
    ],
)
def test_each_kind_has_its_level(kind: FindingKind, expected: int) -> None:
    assert level([finding(kind)]) == expected
    assert level([finding(kind, 0.4)]) == 1


def test_an_irregular_or_peripheral_defect_weighs_more() -> None:
    kind = FindingKind.FILLING_DEFECT
    far = finding(kind, straight_mm=60.0, evidence={"duct_calibre_mm": 0.6})
    assert level([finding(kind, shape="irregular")]) == 4
    assert level([far]) == 4
    assert level([finding(kind, straight_mm=60.0)]) == 3


def test_an_obstruction_is_not_hidden_by_the_underfilling_that_it_makes() -> None:
    cutoff = finding(FindingKind.TERMINATION, 0.9)
    assert level([cutoff], Adequacy.UNDERFILLED) == 3
    assert level([finding(FindingKind.TERMINATION, 0.6)], Adequacy.UNDERFILLED) == 0
    assert level([], Adequacy.UNDERFILLED) == 0
    assert level([], Adequacy.UNDERFILLED, Adequacy.ADEQUATE) == 1


def test_a_normal_study_says_what_it_does_not_rule_out() -> None:
    text = assess([reading()], []).text
    assert "does not rule out malignancy" in text
    assert "63 %" in text
    assert "research scale" in text.lower()
