"""The drawings for the operation: the right side, the right hour, true to size."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

import reporting_cases as cases
import reports
from galactograph.language import ENGLISH
from galactograph.pictures.clock import ENLARGED, surgeon
from galactograph.pictures.clock_ducts import _frame, _mm
from galactograph.values.codes import Laterality
from galactograph.values.geometry import SpacingKind
from galactograph.values.plates import Plate
from galactograph.values.report import Report

WHOLE = cases.recorded()


def mirrored(report: Report) -> Report:
    """Return the report as if it were of the right breast."""
    readings = tuple(
        replace(r, view=replace(r.view, laterality=Laterality.RIGHT))
        for r in report.readings
    )
    assert report.injection is not None
    record = replace(report.injection, laterality=Laterality.RIGHT)
    return replace(
        report, laterality=Laterality.RIGHT, readings=readings, injection=record
    )


def discs(plate: Plate) -> list[tuple[float, float, float]]:
    """Return x, y and radius of every circle."""
    drawn = "".join(plate.layers.values())
    found = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"', drawn)
    return [(float(x), float(y), float(r)) for x, y, r in found]


def words(plate: Plate) -> dict[str, float]:
    """Return each text with where it stands across the page."""
    drawn = "".join(plate.layers.values())
    found = re.findall(r'<text x="(-?[\d.]+)"[^>]*>([^<]*)<', drawn)
    return {said: float(x) for x, said in found}


def test_the_orifice_lies_at_its_hour_and_distance() -> None:
    nipple = surgeon(WHOLE, ENGLISH)[0]
    (x, y, _), (dot_x, dot_y, _) = discs(nipple)
    away = np.hypot(dot_x - x, dot_y - y)
    np.testing.assert_allclose(away, 3.0 * ENLARGED, atol=0.02)
    turn = np.degrees(np.arctan2(dot_x - x, y - dot_y)) % 360 / 30
    np.testing.assert_allclose(turn, 10.5, atol=0.01)


def test_an_orifice_that_nobody_noted_is_not_drawn() -> None:
    nipple = surgeon(replace(WHOLE, injection=None), ENGLISH)[0]
    assert len(discs(nipple)) == 1
    assert "not recorded" in "".join(words(nipple))


def test_outer_is_to_the_right_of_a_left_breast_and_to_the_left_of_a_right_one() -> (
    None
):
    for report, sense in ((WHOLE, 1), (mirrored(WHOLE), -1)):
        for plate in surgeon(report, ENGLISH)[:: len(report.readings) + 1]:
            said = words(plate)
            assert sense * (said["outer"] - said["inner"]) > 0


def test_a_lesion_lies_at_its_hour_and_true_distance() -> None:
    front = surgeon(WHOLE, ENGLISH)[-1]
    circles = discs(front)
    x, y, _ = circles[0]
    spot = circles[-1]
    np.testing.assert_allclose(np.hypot(spot[0] - x, spot[1] - y), 21.9, atol=0.02)
    np.testing.assert_allclose(spot[2], 0.5 * 4.1, atol=0.01)
    assert spot[0] > x
    assert spot[1] < y


def test_without_a_clock_position_a_ring_is_drawn_and_no_direction_is_claimed() -> None:
    findings = (replace(WHOLE.findings[0], clock=None),)
    front = surgeon(replace(WHOLE, findings=findings), ENGLISH)[-1]
    x, y, radius = discs(front)[-1]
    assert (x, y) == discs(front)[0][:2]
    np.testing.assert_allclose(radius, 21.9, atol=0.01)
    assert "F1: distance only" in words(front)


def test_a_lesion_too_far_for_the_page_is_drawn_at_half_size_and_says_so() -> None:
    far = replace(WHOLE.findings[0], straight_mm=80.0, along_duct_mm=95.0)
    front = surgeon(replace(WHOLE, findings=(far,)), ENGLISH)[-1]
    x, y, _ = discs(front)[0]
    spot = discs(front)[-1]
    np.testing.assert_allclose(np.hypot(spot[0] - x, spot[1] - y), 40.0, atol=0.02)
    assert any("HALF" in said for said in words(front))
    assert "h25" in "".join(front.layers.values())


def test_every_drawing_fits_between_the_margins_of_a4() -> None:
    for plate in surgeon(WHOLE, ENGLISH):
        assert plate.view_box[2] <= 180
        assert plate.view_box[3] <= 160


@pytest.mark.parametrize("view", [0, 1])
def test_the_red_line_runs_from_the_nipple_to_the_lesion_true_to_size(
    view: int,
) -> None:
    plate = surgeon(WHOLE, ENGLISH)[1 + view]
    drawn = "".join(plate.layers.values())
    path = re.search(r'<path d="M([^"]+)" fill="none" stroke="#b3261e"', drawn)
    assert path is not None
    points = np.array(
        [[float(v) for v in p.split()] for p in path[1].split("L")], float
    )
    reading = WHOLE.readings[view]
    place = next(p for p in WHOLE.findings[0].places if p.view == view)
    long = np.hypot(*np.diff(points, axis=0).T).sum()
    duct = reading.ducts[0]
    np.testing.assert_allclose(long, duct.tree.from_orifice_mm[30], rtol=0.01)
    frame = _frame(reading, [place])
    at = frame.on_paper(_mm(reading, np.array([place.row]), np.array([place.column])))
    np.testing.assert_allclose(points[0], at[0], atol=0.05)


def test_nothing_is_drawn_where_no_lesion_counts_or_no_millimetre_is_known() -> None:
    assert surgeon(reports.report(normal=True), ENGLISH) == ()
    assert surgeon(reports.report(spacing_kind=SpacingKind.NONE), ENGLISH) == ()
    unsure = (replace(WHOLE.findings[0], confidence=0.3),)
    assert surgeon(replace(WHOLE, findings=unsure), ENGLISH) == ()
