"""Measures of findings, probabilities, advice, and how sure a figure is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from galactograph.trials import advising, intervals, probabilities
from galactograph.trials.advising import Extent
from galactograph.trials.findings import (
    Mark,
    Target,
    froc,
    hours_off,
    match,
    space_off_mm,
)

few = settings(deadline=None, max_examples=40)
shares = st.lists(st.floats(0, 1), min_size=1, max_size=12)
hits = st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=8)


def target(row: float = 10.0, size: float = 2.0, **more: object) -> Target:
    values: dict[str, object] = {
        "kind": "filling-defect",
        "cause": "intraductal-papilloma",
        "size_mm": size,
        "spots": {"cc": (row, 10.0)},
        "along_mm": {"cc": 12.0},
    }
    return Target(**{**values, **more})  # type: ignore[arg-type]


def mark(row: float = 10.0, confidence: float = 0.9, **more: object) -> Mark:
    values: dict[str, object] = {
        "kind": "filling-defect",
        "confidence": confidence,
        "spots": {"cc": [(row, 10.0)]},
        "along_mm": 13.0,
        "causes": {"intraductal-papilloma": 0.7, "artefact": 0.3},
    }
    return Mark(**{**values, **more})  # type: ignore[arg-type]


def test_a_mark_on_a_lesion_hits_it() -> None:
    told = match([target()], [mark()])
    (row,) = told["lesions"]
    assert (row["hit"], row["near"], row["off_mm"]) == (0.9, 0.9, 0.0)
    assert row["along_off_mm"] == pytest.approx(1.0)
    assert told["marks"][0]["truth"] == "intraductal-papilloma"


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_marks_at_one_place_the_single_one_tells_where(first: int) -> None:
    single = mark(along_mm=13.0)
    several = mark(
        kind="multiple-filling-defects",
        confidence=0.95,
        spots={"cc": [(10.0, 10.0), (40.0, 10.0)]},
        along_mm=50.0,
    )
    (row,) = match([target()], [several, single][:: 1 - 2 * first])["lesions"]
    assert row["along_off_mm"] == pytest.approx(1.0)


@few
@given(st.floats(0, 30), st.floats(0.5, 8))
def test_how_near_decides_between_hit_near_and_false(off: float, size: float) -> None:
    near = max(3.0, 0.7 * size)
    told = match([target(size=size)], [mark(10.0 + off)])
    (row,) = told["lesions"]
    assume(abs(off - max(0.6, 0.7 * size)) > 1e-6)
    assume(abs(off - near) > 1e-6)
    assert (row["hit"] is not None) == (off < max(0.6, 0.7 * size))
    assert (row["near"] is not None) == (off < near)
    assert bool(told["marks"][0]["truth"]) == (off < near)


def test_a_lesion_that_contrast_never_reached_is_not_asked() -> None:
    told = match([target(spots={})], [mark()])
    assert told["lesions"] == []
    assert told["unreached"] == 1
    assert told["marks"][0]["truth"] == ""


def test_an_ectasia_beside_a_defect_does_not_find_it() -> None:
    told = match([target()], [mark(kind="ectasia")])
    (row,) = told["lesions"]
    assert row["found"] == "ectasia"
    assert row["hit"] is None
    assert row["off_mm"] is None


def test_the_distance_of_many_places_is_that_of_the_first() -> None:
    both = mark(spots={"cc": [(40.0, 10.0), (10.0, 10.0)]})
    (row,) = match([target()], [both])["lesions"]
    assert row["off_mm"] == 0
    assert row["along_off_mm"] is None


def test_a_place_in_space_is_off_by_its_distance() -> None:
    one = target(centre_mm=(0.0, 30.0, 0.0))
    assert space_off_mm(mark(place_mm=(3.0, 30.0, 4.0)), one) == pytest.approx(5)
    assert space_off_mm(mark(), one) is None


@few
@given(st.floats(0, 11.99), st.floats(0, 11.99))
def test_hours_go_round_the_clock(one: float, other: float) -> None:
    off = hours_off(mark(hour=one), target(hour=other))
    back = hours_off(mark(hour=other), target(hour=one))
    assert off is not None
    assert 0 <= off <= 6
    assert off == pytest.approx(back)
    assert hours_off(mark(), target(hour=one)) is None


def test_the_size_of_a_single_body_is_compared_and_of_many_is_not() -> None:
    (row,) = match([target()], [mark(length_mm=2.5)])["lesions"]
    assert row["size_off_mm"] == pytest.approx(0.5)
    many = mark(kind="multiple-filling-defects", length_mm=9.0)
    (row,) = match([target()], [many])["lesions"]
    assert row["size_off_mm"] is None


@few
@given(hits, st.lists(st.floats(0, 1), max_size=8), st.integers(1, 6))
def test_more_false_marks_never_find_less(
    found: list[float | None], false: list[float], images: int
) -> None:
    curve = froc(found, false, images)
    assert (np.diff(curve.false_rate) >= 0).all()
    assert (np.diff(curve.sensitivity) >= 0).all()
    rates = [curve.at(rate) for rate in (0.0, 0.25, 0.5, 1.0, 2.0, 99.0)]
    assert rates == sorted(rates)
    assert rates[-1] == sum(hit is not None for hit in found) / len(found)


def test_sensitivity_is_told_before_the_false_marks_are_too_many() -> None:
    curve = froc([0.9, 0.5, 0.3, None], [0.7, 0.4], 2)
    assert curve.at(0.0) == 0.25
    assert curve.at(0.5) == 0.5
    assert curve.at(1.0) == 0.75


@few
@given(shares, st.data())
def test_errors_of_probabilities_are_bounded(
    said: list[float], data: st.DataObject
) -> None:
    size = len(said)
    came = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    error = probabilities.calibration_error(said, came)
    assert error is not None
    assert 0 <= error <= 1
    curve = probabilities.curve(said, came)
    assert sum(count for _, _, count in curve) == size
    sizes = {"a": said[0], "b": 1 - said[0]}
    score = probabilities.brier([sizes], ["a"])
    assert score is not None
    assert 0 <= score <= 2


def test_what_is_sure_and_right_has_no_error() -> None:
    assert probabilities.calibration_error([1.0, 0.0], [True, False]) == 0
    assert probabilities.brier([{"a": 1.0}], ["a"]) == 0
    assert probabilities.brier([{"a": 1.0}], ["b"]) == 2
    assert probabilities.brier([], []) is None


def test_a_fair_coin_called_nine_tenths_is_four_tenths_off() -> None:
    came = [True, False] * 50
    error = probabilities.calibration_error([0.9] * 100, came)
    assert error == pytest.approx(0.4)


def test_the_first_of_equal_causes_is_the_same_each_time() -> None:
    assert probabilities.first({"b": 0.5, "a": 0.5}) == "a"
    assert probabilities.first({}) == ""
    assert probabilities.confusion(["x", "x"], ["x", "y"]) == {"x": {"x": 1, "y": 1}}


def test_one_diseased_duct_wants_one_duct_operated_on() -> None:
    assert advising.fits(["microdochectomy"], Extent.ONE)
    assert not advising.fits(["surveillance"], Extent.ONE)
    both = ["microdochectomy", "subareolar-duct-excision"]
    assert not advising.fits(both, Extent.ONE)
    assert advising.fits(both, Extent.SEVERAL)


def test_nothing_diseased_wants_no_operation_but_blood_allows_it() -> None:
    assert not advising.fits(["microdochectomy"], Extent.NONE)
    assert advising.fits(["microdochectomy"], Extent.NONE, {"bloody": True})
    assert advising.fits(["microdochectomy"], Extent.NONE, {"age": 61})
    assert not advising.fits(
        ["subareolar-duct-excision"], Extent.NONE, {"bloody": True}
    )
    assert advising.fits(["mri"], Extent.NONE)


def test_what_cannot_be_read_is_repeated() -> None:
    assert advising.fits(["repeat-galactography"], Extent.UNREADABLE)
    assert not advising.fits(["mri"], Extent.UNREADABLE)


def test_how_many_ducts_are_diseased_is_told_by_their_lobes() -> None:
    views = [{"role": "filled", "adequacy": "adequate"}]
    ill = {"cause": "intraductal-papilloma"}
    truth = {"views": views, "lesions": [ill, {**ill, "lobe": 3}]}
    assert advising.extent(truth, [True, False]) is Extent.ONE
    assert advising.extent(truth, [True, True]) is Extent.SEVERAL
    assert advising.extent(truth, [False, False]) is Extent.NONE
    bare = [{"role": "filled", "adequacy": "no-contrast"}]
    assert advising.extent({**truth, "views": bare}, [True, True]) is Extent.UNREADABLE


def test_a_bootstrap_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(120):
        drawn = rng.normal(3.0, 1.0, 40).tolist()
        ends = intervals.interval(
            drawn, lambda some: float(np.mean(some)), rng=rng, rounds=150
        )
        assert ends is not None
        covered += ends[0] <= 3.0 <= ends[1]
    assert covered / 120 == pytest.approx(0.94, abs=0.06)


def test_an_interval_of_one_patient_or_of_nothing_is_not_known() -> None:
    rng = np.random.default_rng(3)
    assert intervals.interval([1.0], np.mean, rng=rng) is None
    assert intervals.interval([1.0, 2.0], lambda _: None, rng=rng) is None
