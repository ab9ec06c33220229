"""What the one who injected would write down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galactograph.contrast import recorded
from galactograph.contrast.recording import clock_of
from galactograph.examples import header, little_study, write_study
from galactograph.values.clock import hour
from galactograph.values.record import StopReason
from galactograph.values.record_text import KEPT, kept_record
from galactograph.values.truth import Simulation


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return little_study(seed=5)


@given(st.floats(0, 359.9), st.sampled_from("LR"))
def test_a_breast_and_its_mirror_image_have_mirrored_clocks(
    degrees: float, side: str
) -> None:
    import math

    turn = math.radians(degrees)
    lateral, up = math.sin(turn), math.cos(turn)
    one = hour(clock_of(lateral, up, side))
    other = hour(clock_of(-lateral, up, side))
    assert one is not None
    assert other is not None
    # On the border of two half hours a mirrored angle may round the other way.
    assert min((one + other) % 12, 12 - (one + other) % 12) <= 0.5


def test_the_record_says_what_was_given_not_what_was_ordered(
    simulation: Simulation,
) -> None:
    record = simulation.study.injection
    assert record is not None
    course = simulation.filling.course
    ordered = simulation.procedure.injection
    assert record.volume_ml == pytest.approx(course.given_ml, abs=0.0005)
    assert (record.volume_ml or 9.0) <= ordered.volume_ml
    assert record.laterality is simulation.breast.laterality
    assert record.iodine_mg_ml == ordered.iodine_mg_ml
    assert record.extravasation is None
    assert record.pain is None


def test_reflux_is_noted_from_a_drop_on(simulation: Simulation) -> None:
    filling, order = simulation.filling, simulation.procedure.injection
    for refluxed_ml, noted in ((0.0, False), (0.029, False), (0.031, True)):
        course = replace(
            filling.course,
            refluxed_ml=filling.course.times_s * 0 + refluxed_ml,
            stopped_by="reflux" if noted else "pressure",
        )
        record = recorded(simulation.breast, replace(filling, course=course), order)
        assert record.reflux is noted
        stop = StopReason.REFLUX if noted else StopReason.RESISTANCE
        assert record.stop_reason is stop


def test_the_record_lies_with_the_study_and_its_images_say_the_same(
    simulation: Simulation, tmp_path: Path
) -> None:
    import pydicom

    written = write_study(simulation, tmp_path)
    record = kept_record(tmp_path)
    assert record == simulation.study.injection
    assert record is not None
    filled = [
        image
        for path in written
        if "ContrastBolusAgent" in (image := pydicom.dcmread(path))
    ]
    assert filled
    for image in filled:
        assert float(image.ContrastBolusVolume) == pytest.approx(
            record.volume_ml, abs=0.001
        )
        assert float(image.ContrastFlowRate) == pytest.approx(record.rate_ml_s)
        seconds = float(image.ContrastFlowDuration)
        assert seconds == pytest.approx(
            float(image.ContrastBolusVolume) / float(image.ContrastFlowRate), rel=1e-3
        )
    assert (tmp_path / KEPT).read_text("utf-8").startswith('laterality = "')


def test_a_scout_tells_of_no_injection(simulation: Simulation) -> None:
    scout = replace(simulation.exposures[0], contrast=False)
    assert header(simulation, scout, 0).injection is None
