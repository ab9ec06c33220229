"""What is ordered, and who comes: values that cannot be are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galactograph.errors import InvalidValue
from galactograph.values.course import Course
from galactograph.values.patient import Colour, Discharge, Presentation
from galactograph.values.procedure import Exposure, Injection
from galactograph.values.study import Projection


@given(st.floats(0, 400), st.floats(0.001, 5))
def test_an_injection_within_reason_is_accepted(iodine: float, volume: float) -> None:
    injection = Injection(iodine_mg_ml=iodine, volume_ml=volume)
    assert (injection.iodine_mg_ml, injection.volume_ml) == (iodine, volume)


@pytest.mark.parametrize(("iodine", "volume"), [(-1, 1), (401, 1), (300, 0), (300, 6)])
def test_any_other_injection_is_refused(iodine: float, volume: float) -> None:
    with pytest.raises(InvalidValue, match="must be in"):
        Injection(iodine_mg_ml=iodine, volume_ml=volume)


def test_an_exposure_that_no_machine_makes_is_refused() -> None:
    with pytest.raises(InvalidValue, match=r"kv must be in 20\.\.50, got 80"):
        Exposure(kv=80)
    with pytest.raises(InvalidValue, match="pixel_mm > 0"):
        Exposure(pixel_mm=0)
    with pytest.raises(InvalidValue, match="rows"):
        Exposure(rows=0)


def test_a_projection_is_as_large_as_its_panel() -> None:
    panel = Exposure(rows=4, columns=3)
    with pytest.raises(InvalidValue, match="counts must have shape"):
        Projection(counts=np.zeros((3, 4), np.float32), exposure=panel)


def test_what_is_not_known_stays_unknown() -> None:
    assert Discharge().bloody is None
    assert Discharge().purulent is None
    assert Presentation().age is None


@given(st.sampled_from(Colour))
def test_blood_of_any_dilution_is_bloody_and_only_pus_is_purulent(
    colour: Colour,
) -> None:
    discharge = Discharge(colour=colour)
    assert discharge.bloody is (colour in {Colour.BLOODY, Colour.SEROSANGUINEOUS})
    assert discharge.purulent is (colour is Colour.PURULENT)


@pytest.mark.parametrize("age", [-1, 131])
def test_an_age_that_nobody_has_is_refused(age: int) -> None:
    with pytest.raises(InvalidValue, match=f"got {age}"):
        Presentation(age=age)


def test_a_discharge_comes_from_an_orifice() -> None:
    with pytest.raises(InvalidValue, match="orifices must be >= 1"):
        Discharge(orifices=0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rate_ml_s", 0.0),
        ("rate_ml_s", 0.6),
        ("temperature_c", 60.0),
        ("stop_mmhg", 1.0),
        ("air_ml", -0.1),
        ("cannula_mm", 100.0),
    ],
)
def test_an_injection_that_no_hand_gives_is_refused(name: str, value: float) -> None:
    with pytest.raises(InvalidValue, match=name):
        Injection(**{name: value})  # type: ignore[arg-type]


def test_a_course_has_one_sample_a_time() -> None:
    two = np.array([0.0, 1.0])
    whole = {
        "times_s": two,
        "pressure_mmhg": two * 9,
        "volume_ml": two / 5,
        "filled_length_mm": two,
        "refluxed_ml": two,
        "leaked_ml": two,
    }
    course = Course(**whole)  # type: ignore[arg-type]
    assert course.given_ml == 0.2
    assert course.most_mmhg == 9.0
    assert (Course().given_ml, Course().most_mmhg) == (0.0, 0.0)
    with pytest.raises(InvalidValue, match="leaked_ml"):
        Course(**{**whole, "leaked_ml": np.zeros(3)})  # type: ignore[arg-type]
