"""What stored numbers mean."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from galactograph.dicom.air import air_counts, find_air
from galactograph.dicom.frames import Layout
from galactograph.dicom.greyscale import (
    meaning_of,
    modality_values,
    padding_mask,
    shown_range,
    stored_values,
    windowed,
)
from galactograph.dicom.study import load
from galactograph.dicom.tags import Lookup, Tags
from galactograph.values.study import GreyScale
from mammograms import AIR, Maker, breast_counts, breast_shown, edited

TWELVE = Layout(
    rows=8, columns=8, frames=1, allocated=16, stored=12, high=11, signed=False
)
SHOWN, RAW = "1.2.840.10008.5.1.4.1.1.1.2", "1.2.840.10008.5.1.4.1.1.1.2.1"
VALUES = np.array([-10.0, 0.0, 1.0, 40.0, 49.0, 50.0, 60.0, 100.0, 200.0])


def tags(lookups: dict[str, Lookup] | None = None, /, **values: object) -> Tags:
    words = {
        name: tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)
        for name, value in values.items()
    }
    return Tags(words, frozenset(), lookups or {})


# --- cells -------------------------------------------------------------------------


def test_bits_outside_the_stored_ones_are_dropped() -> None:
    found = stored_values(TWELVE)
    assert found[0x0FFF] == 4095
    assert found[0xF123] == 0x123


def test_the_sign_is_spread() -> None:
    found = stored_values(replace(TWELVE, signed=True))
    assert found[[0x000, 0x7FF, 0x800, 0xFFF]].tolist() == [0, 2047, -2048, -1]


def test_cells_stored_high_are_moved_down() -> None:
    found = stored_values(replace(TWELVE, high=15))
    assert found[0xFFF0] == 4095
    assert found[0x0010] == 1


# --- modality ----------------------------------------------------------------------


@given(st.floats(-10, 10).filter(lambda slope: abs(slope) > 0.01), st.floats(-99, 99))
def test_slope_and_intercept_are_applied(slope: float, intercept: float) -> None:
    stored = np.array([0.0, 1.0, 4095.0])
    found = modality_values(
        stored, tags(RescaleSlope=slope, RescaleIntercept=intercept)
    )
    np.testing.assert_allclose(found, stored * slope + intercept)


@pytest.mark.parametrize("slope", ["0", "nan", "x"])
def test_a_senseless_slope_is_not_used(slope: str) -> None:
    stored = np.array([0.0, 5.0])
    np.testing.assert_array_equal(
        modality_values(stored, tags(RescaleSlope=slope)), stored
    )


def test_a_modality_table_goes_before_slope_and_holds_its_ends() -> None:
    table = Lookup(10, 16, np.array([100.0, 200.0, 400.0]))
    found = modality_values(
        np.array([0.0, 10.0, 11.0, 12.0, 99.0]),
        tags({"modality": table}, RescaleSlope="7"),
    )
    assert found.tolist() == [100, 100, 200, 400, 400]


# --- windows -----------------------------------------------------------------------


def test_linear_is_the_formula_of_the_standard() -> None:
    # PS3.3 C.11.2.1.2.1 for c = 50, w = 101: from 49.5 - 50 to 49.5 + 50.
    found = windowed(VALUES, 50.0, 101.0, "LINEAR")
    expected = [0, 0.005, 0.015, 0.405, 0.495, 0.505, 0.605, 1, 1]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_linear_exact_has_no_half_steps() -> None:
    found = windowed(VALUES, 50.0, 100.0, "LINEAR_EXACT")
    np.testing.assert_allclose(found, np.clip(VALUES / 100, 0, 1), atol=1e-12)


def test_sigmoid_is_the_formula_of_the_standard() -> None:
    found = windowed(VALUES, 50.0, 100.0, "SIGMOID")
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-4 * (VALUES - 50) / 100)))
    assert np.isfinite(windowed(np.array([-1e9, 1e9]), 0.0, 1.0, "SIGMOID")).all()


def test_a_window_of_one_is_a_threshold() -> None:
    found = windowed(np.array([49.0, 50.0, 51.0]), 50.0, 1.0, "LINEAR")
    assert found.tolist() == [0, 1, 1]


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_the_shown_range_follows_the_window(function: str) -> None:
    values = np.arange(4096.0)
    words = tags(WindowCenter="2000", WindowWidth="1000", VOILUTFunction=function)
    found = shown_range(words, values)
    reach = 1000 * np.log(99) / 4 if function == "SIGMOID" else 490
    assert found == pytest.approx((2000 - reach, 2000 + reach), abs=3)


def test_the_shown_range_follows_a_table_before_a_window() -> None:
    table = Lookup(1000, 12, np.linspace(0, 4095, 501))
    words = tags({"voi": table}, WindowCenter="5", WindowWidth="5")
    assert shown_range(words, np.arange(4096.0)) == pytest.approx((1005, 1495), abs=2)


@pytest.mark.parametrize("width", ["0", "x", ""])
def test_a_senseless_window_is_none(width: str) -> None:
    words = tags(WindowCenter="5", WindowWidth=width, VOILUTFunction="LINEAR_EXACT")
    assert shown_range(words, np.arange(9.0)) is None


# --- direction ---------------------------------------------------------------------

Cells = NDArray[np.uint16]
FULL = 4095


def direction(words: Tags, cells: Cells) -> float:
    """Return the correlation of what was made with the true attenuation."""
    made = meaning_of(words, TWELVE, cells).table[cells]
    return float(np.corrcoef(made.ravel(), breast_shown().ravel())[0, 1])


@pytest.mark.parametrize(
    ("kind", "relation", "bright_air"), list(product([SHOWN, RAW], ["LOG", ""], [0, 1]))
)
def test_more_attenuating_is_always_larger(
    kind: str, relation: str, bright_air: int
) -> None:
    cells = (FULL - breast_shown() if bright_air else breast_shown()).astype(np.uint16)
    words = {
        "SOPClassUID": kind,
        "PhotometricInterpretation": f"MONOCHROME{2 - bright_air}",
        "PixelIntensityRelationshipSign": 1 if bright_air else -1,
    }
    if relation:
        words["PixelIntensityRelationship"] = relation
    assert direction(tags(**words), cells) > 0.99


@pytest.mark.parametrize("bright_air", [0, 1])
@pytest.mark.parametrize("slope", ["1", "-1"])
def test_a_falling_slope_turns_the_sign_too(bright_air: int, slope: str) -> None:
    cells = (FULL - breast_shown() if bright_air else breast_shown()).astype(np.uint16)
    words = tags(
        SOPClassUID=RAW,
        PixelIntensityRelationship="LOG",
        PixelIntensityRelationshipSign=1 if bright_air else -1,
        PhotometricInterpretation="MONOCHROME2",
        RescaleSlope=slope,
        RescaleIntercept="4095" if slope == "-1" else "0",
    )
    made = meaning_of(words, TWELVE, cells, mammogram=False).table[cells]
    assert np.corrcoef(made.ravel(), breast_shown().ravel())[0, 1] > 0.99


def test_pixels_are_believed_against_the_header_and_it_is_noted() -> None:
    words = tags(SOPClassUID=SHOWN, PhotometricInterpretation="MONOCHROME1")
    assert direction(words, breast_shown()) > 0.99
    notes = meaning_of(words, TWELVE, breast_shown()).notes
    assert any("pixels believed" in note for note in notes)


def test_a_header_rules_where_the_pixels_show_no_air() -> None:
    rng = np.random.default_rng(1)
    cells = rng.integers(1000, 3000, (90, 90)).astype(np.uint16)
    for name, rising in (("MONOCHROME2", True), ("MONOCHROME1", False)):
        words = tags(SOPClassUID=SHOWN, PhotometricInterpretation=name)
        table = meaning_of(words, TWELVE, cells).table
        assert (table[3000] > table[1000]) == rising


def test_the_shadow_of_a_collimator_is_not_air() -> None:
    rng = np.random.default_rng(1)
    counts = rng.integers(6000, 9000, (100, 100)).astype(float)
    counts[:12] = counts[-12:] = 20
    counts[:, :12] = counts[:, -12:] = 20
    assert find_air(counts) is None


def test_contradictions_between_tags_are_noted() -> None:
    words = tags(
        SOPClassUID=SHOWN,
        PhotometricInterpretation="MONOCHROME2",
        PresentationLUTShape="INVERSE",
        PixelIntensityRelationshipSign=1,
    )
    notes = " ".join(meaning_of(words, TWELVE, breast_shown()).notes)
    assert "Presentation LUT Shape contradict" in notes
    assert "contradicts what is shown bright" in notes


def test_an_inverting_table_for_display_inverts() -> None:
    table = Lookup(0, 12, np.linspace(4095, 0, 4096))
    words = tags(
        {"voi": table}, SOPClassUID=SHOWN, PhotometricInterpretation="MONOCHROME2"
    )
    cells = (FULL - breast_shown()).astype(np.uint16)
    assert direction(words, cells) > 0.99


# --- attenuation -------------------------------------------------------------------

FOURTEEN = replace(TWELVE, stored=14, high=13)
LINEAR = {
    "SOPClassUID": RAW,
    "PixelIntensityRelationship": "LIN",
    "PixelIntensityRelationshipSign": 1,
}


@given(st.integers(100, 16000))
def test_attenuation_is_the_logarithm_of_counts(count: int) -> None:
    table = meaning_of(tags(**LINEAR), FOURTEEN, breast_counts()).table
    step = table[count] - table[2 * count] if 2 * count < 16384 else None
    if step is not None:
        assert step == pytest.approx(np.log(2), abs=1e-5)
    assert table[count] == pytest.approx(np.log(AIR / count), abs=0.02)


def test_no_counts_at_all_stay_finite() -> None:
    table = meaning_of(tags(**LINEAR), FOURTEEN, breast_counts()).table
    assert np.isfinite(table).all()
    assert table[0] == table[1]


def test_falling_linear_values_are_turned_into_counts() -> None:
    cells = (16383 - breast_counts()).astype(np.uint16)
    words = tags(**{**LINEAR, "PixelIntensityRelationshipSign": -1})
    made = meaning_of(words, FOURTEEN, cells).table[cells]
    expected = np.log(AIR / breast_counts().astype(float))
    np.testing.assert_allclose(made, expected, atol=0.03)


@given(st.floats(500, 15000), st.floats(0.0, 0.25))
def test_the_air_level_is_found_through_noise_and_heel(air: float, heel: float) -> None:
    rng = np.random.default_rng(4)
    columns = np.linspace(1, 1 - heel, 200)
    counts = rng.normal(air, 0.01 * air, (200, 200)) * columns
    counts[40:160, :100] *= 0.2
    assert air_counts(counts) == pytest.approx(air * (1 - heel / 2), rel=0.16)


@pytest.mark.parametrize(
    ("kind", "relation", "scale"),
    [
        (RAW, "LIN", GreyScale.ATTENUATION),
        (RAW, "LOG", GreyScale.PROPORTIONAL),
        (RAW, "DISP", GreyScale.DISPLAY),
        (RAW, "", GreyScale.DISPLAY),
        (SHOWN, "LOG", GreyScale.DISPLAY),
        (SHOWN, "LIN", GreyScale.DISPLAY),
    ],
)
def test_the_scale_follows_intent_and_relation(
    kind: str, relation: str, scale: GreyScale
) -> None:
    words = {"SOPClassUID": kind, "PixelIntensityRelationship": relation}
    words["PhotometricInterpretation"] = "MONOCHROME2"
    assert meaning_of(tags(**words), TWELVE, breast_shown()).scale is scale


# --- padding -----------------------------------------------------------------------


def test_padding_is_a_value_or_a_range() -> None:
    stored = np.arange(10.0)
    assert padding_mask(stored, tags(PixelPaddingValue=3)).nonzero()[0].tolist() == [3]
    both = tags(PixelPaddingValue=8, PixelPaddingRangeLimit=6)
    assert padding_mask(stored, both).nonzero()[0].tolist() == [6, 7, 8]
    assert not padding_mask(stored, tags()).any()


def test_padding_of_no_counts_becomes_air_and_not_metal(tmp_path: Path) -> None:
    path = Maker(tmp_path).raw()
    cells = breast_counts()
    cells[:10] = 0
    padded = edited(path, PixelPaddingValue=0, PixelData=cells.tobytes())
    pixels = load(padded).views[0].image.pixels
    np.testing.assert_allclose(pixels[:10], 0.0)


def test_bright_padding_on_a_dark_background_becomes_air(tmp_path: Path) -> None:
    cells = breast_shown()
    cells[:10] = 4095
    path = edited(
        Maker(tmp_path).shown(), PixelPaddingValue=4095, PixelData=cells.tobytes()
    )
    pixels = load(path).views[0].image.pixels
    air = np.median(breast_shown()[:, -20:]) / 4095
    np.testing.assert_allclose(pixels[:10], air, atol=0.01)


def test_air_drawn_as_padding_stays_darker_than_fat(tmp_path: Path) -> None:
    cells = breast_shown()
    level = int(np.median(cells[:, -20:]))
    cells = np.where(cells < level + 120, 0, cells).astype(cells.dtype)
    # Much even fat, the darkest of what is not padding, up to an edge of the picture.
    cells[:, : cells.shape[1] // 4] = 700
    path = edited(
        Maker(tmp_path).shown(), PixelPaddingValue=0, PixelData=cells.tobytes()
    )
    pixels = load(path).views[0].image.pixels
    assert pixels[cells == 0].max() == 0
    assert pixels[cells == 700].min() > 0.1


def test_signed_padding_is_understood(tmp_path: Path) -> None:
    cells = breast_shown().astype(np.int16) - 2048
    cells[:10] = 2047
    path = edited(
        Maker(tmp_path).shown(),
        PixelRepresentation=1,
        PixelPaddingValue=2047,
        PixelData=cells.tobytes(),
    )
    pixels = load(path).views[0].image.pixels
    assert pixels[:10].max() < 0.1
    np.testing.assert_allclose(pixels[10:], breast_shown()[10:] / 4095, atol=1e-6)
