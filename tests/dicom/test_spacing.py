"""Millimetres."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galactograph.dicom.spacing import spacing_of, user_spacing
from galactograph.dicom.tags import Tags
from galactograph.errors import InvalidValue, Unreadable
from galactograph.values.geometry import SpacingKind

DETECTOR, CORRECTED = SpacingKind.DETECTOR, SpacingKind.MAGNIFICATION_CORRECTED
CALIBRATED, NONE = SpacingKind.CALIBRATED, SpacingKind.NONE
SHORT = {
    "imager": "ImagerPixelSpacing",
    "pixel": "PixelSpacing",
    "type": "PixelSpacingCalibrationType",
    "scanned": "NominalScannedPixelSpacing",
    "factor": "EstimatedRadiographicMagnificationFactor",
    "sid": "DistanceSourceToDetector",
    "sod": "DistanceSourceToPatient",
    "thick": "BodyPartThickness",
    "dbt": "SharedFunctionalGroupsSequence.PixelMeasuresSequence.PixelSpacing",
}
TABLE: list[tuple[str, SpacingKind, float]] = [
    ("imager=0.07", DETECTOR, 0.07),
    ("imager=0.07 factor=1", CORRECTED, 0.07),
    ("imager=0.07 factor=1.4", CORRECTED, 0.05),
    ("imager=0.09 sid=660 sod=367", CORRECTED, 0.09 * 367 / 660),
    ("imager=0.07 factor=1.8 sid=650 sod=361", CORRECTED, 0.07 / 1.8),
    # A stated factor is believed if the distances say otherwise.
    ("imager=0.07 factor=1.8 sid=650 sod=633", CORRECTED, 0.07 / 1.8),
    # With the thickness: in the middle of the breast, 25 mm above the support.
    ("imager=0.07 factor=1.0269 sid=650 sod=633 thick=50", CORRECTED, 0.07 * 608 / 650),
    # Factors and distances that cannot be are left out.
    ("imager=0.07 factor=0", DETECTOR, 0.07),
    ("imager=0.07 factor=0.5", DETECTOR, 0.07),
    ("imager=0.07 factor=12", DETECTOR, 0.07),
    ("imager=0.07 sid=650 sod=0", DETECTOR, 0.07),
    ("imager=0.07 sid=633 sod=650", DETECTOR, 0.07),
    # Pixel Spacing beside Imager Pixel Spacing.
    ("imager=0.07 pixel=0.07", DETECTOR, 0.07),
    ("imager=0.07 pixel=0.07 factor=1.4", CORRECTED, 0.05),
    ("imager=0.07 pixel=0.065 type=GEOMETRY", CORRECTED, 0.065),
    ("imager=0.07 pixel=0.065 type=FIDUCIAL factor=1.4", CALIBRATED, 0.065),
    ("imager=0.07 pixel=0.065", CALIBRATED, 0.065),
    ("imager=0.07 pixel=0.2", DETECTOR, 0.07),
    ("imager=0.07 pixel=0.065 factor=1.4", CORRECTED, 0.05),
    ("imager=0 pixel=0.065", DETECTOR, 0.065),
    # Pixel Spacing alone, scanned film, tomosynthesis, nothing.
    ("pixel=0.1", DETECTOR, 0.1),
    ("pixel=0.1 type=FIDUCIAL", CALIBRATED, 0.1),
    ("pixel=0.1 type=GEOMETRY", CORRECTED, 0.1),
    ("scanned=0.05", DETECTOR, 0.05),
    ("dbt=0.1 imager=0.14 factor=1.1", CORRECTED, 0.1),
    ("", NONE, 0.08),
]


def tags(text: str) -> Tags:
    """Return a header from words such as "imager=0.07 factor=1.8"."""
    values = {}
    for word in text.split():
        name, value = word.split("=")
        double = name in ("imager", "pixel", "scanned", "dbt") and "\\" not in value
        values[SHORT[name]] = (value, value) if double else tuple(value.split("\\"))
    return Tags(values)


@pytest.mark.parametrize(("text", "kind", "mm"), TABLE)
def test_spacing_is_told_as_the_table_says(
    text: str, kind: SpacingKind, mm: float
) -> None:
    found = spacing_of(tags(text), "x.dcm")
    assert found.kind is kind
    assert found.mm == pytest.approx((mm, mm), rel=1e-4)


@given(st.floats(0.02, 0.5), st.floats(1.0, 2.5))
def test_magnification_divides_and_is_handed_on(pitch: float, factor: float) -> None:
    found = spacing_of(tags(f"imager={pitch!r} factor={factor!r}"), "x.dcm")
    assert found.mm[0] * factor == pytest.approx(pitch)
    assert found.magnification == pytest.approx(factor)


@pytest.mark.parametrize("value", ["0", "-0.07", "nan", "inf", "x", "1e400", "50"])
@pytest.mark.parametrize("name", ["imager", "pixel", "scanned", "dbt"])
def test_an_impossible_spacing_is_refused(name: str, value: str) -> None:
    with pytest.raises(Unreadable, match=r"^x\.dcm: its .* is impossible .*; give"):
        spacing_of(tags(f"{name}={value}"), "x.dcm")


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("imager=0.07 factor=1.8 sid=650 sod=633", "disagree"),
        ("imager=0.07 pixel=0.2", "contradicts"),
        ("imager=0.07 pixel=0.03 factor=1.4", "disagree"),
        ("imager=0.07 factor=0.5", "cannot be"),
        ("imager=0.07", "too long by the magnification"),
        ("pixel=0.1", "without its plane"),
        ("imager=0.07\\0.08", "not square"),
        ("", "pixels, not millimetres"),
    ],
)
def test_what_is_doubtful_is_noted(text: str, note: str) -> None:
    assert any(note in one for one in spacing_of(tags(text), "x.dcm").notes)


def test_rows_and_columns_keep_their_order() -> None:
    assert spacing_of(tags("imager=0.07\\0.08"), "x.dcm").mm == (0.07, 0.08)


@pytest.mark.parametrize("given_mm", [0.0, -1.0, float("nan"), 7.0, (0.07, 0.0)])
def test_a_user_cannot_give_an_impossible_spacing(
    given_mm: float | tuple[float, float],
) -> None:
    with pytest.raises(InvalidValue, match="pixel_spacing_mm"):
        user_spacing(given_mm)
