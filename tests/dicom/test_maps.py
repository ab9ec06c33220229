"""Numbers at each pixel of the ducts."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest

from galactograph.dicom.common import as_bytes
from galactograph.dicom.maps import maps, values_from
from galactograph.dicom.quantities import Quantity, axes_of, values_of
from galactograph.errors import DicomError
from galactograph.values.geometry import SpacingKind
from galactograph.values.study import GreyScale
from objects import MADE, Filed, errors_of, filed, filed_slices
from reports import little, report


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Filed:
    """Two views with forks, whose excess is half a millimetre of contrast."""
    said = little()
    readings = []
    for reading in said.readings:
        excess = np.full_like(reading.scene.excess, 0.4)
        readings.append(
            replace(
                reading,
                scene=replace(reading.scene, excess=excess),
                opacity_per_mm=0.8,
            )
        )
    folder = tmp_path_factory.mktemp("maps")
    return filed(folder, replace(said, readings=tuple(readings)))


def test_a_pixel_has_the_calibre_of_the_nearest_point(case: Filed) -> None:
    reading, lumen = case.report.readings[0], case.lumens[0]
    values = values_of(reading, lumen, Quantity.CALIBRE)
    assert values is not None
    assert not values[~lumen].any()
    duct = reading.ducts[0]
    for row, column, calibre in zip(
        duct.rows, duct.columns, duct.calibre_mm, strict=True
    ):
        near = values[
            round(row) - 1 : round(row) + 2, round(column) - 1 : round(column) + 2
        ]
        assert calibre == pytest.approx(near[near > 0], rel=1e-6)


def test_thickness_is_attenuation_over_that_of_a_millimetre(case: Filed) -> None:
    reading, lumen = case.report.readings[0], case.lumens[0]
    values = values_of(reading, lumen, Quantity.THICKNESS)
    assert values is not None
    np.testing.assert_allclose(values[lumen], 0.5, rtol=1e-6)
    assert not values[~lumen].any()


@pytest.mark.parametrize("quantity", Quantity)
def test_a_map_comes_back_and_is_valid(
    quantity: Quantity, case: Filed, tmp_path: Path
) -> None:
    made = maps(case.report, case.lumens, case.sources, quantity=quantity, made=MADE)
    assert len(made) == 2
    for number, dataset in enumerate(made):
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(as_bytes(dataset))
        assert errors_of(path, "ParametricMap") == []
        values, kind = values_from(pydicom.dcmread(path))
        assert kind == quantity.code
        meant = values_of(case.report.readings[number], case.lumens[number], quantity)
        assert meant is not None
        np.testing.assert_array_equal(values, meant)


def test_two_maps_share_no_frame_of_reference(case: Filed) -> None:
    made = maps(
        case.report, case.lumens, case.sources, quantity=Quantity.CALIBRE, made=MADE
    )
    assert len({dataset.FrameOfReferenceUID for dataset in made}) == 2
    ways = made[0].SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0]
    # Left CC: columns grow towards the front, rows towards the right.
    assert [float(v) for v in ways.ImageOrientationPatient] == [0, -1, 0, -1, 0, 0]


def test_what_cannot_be_told_is_not_told(case: Filed, tmp_path: Path) -> None:
    reading, lumen = case.report.readings[0], case.lumens[0]
    shown = replace(reading, view=replace(reading.view, grey_scale=GreyScale.DISPLAY))
    assert values_of(shown, lumen, Quantity.THICKNESS) is None
    assert values_of(shown, lumen, Quantity.CALIBRE) is not None
    assert values_of(reading, np.zeros_like(lumen), Quantity.CALIBRE) is None
    bare = report(views=("CC",), spacing_kind=SpacingKind.NONE).readings[0]
    assert values_of(bare, lumen, Quantity.CALIBRE) is None
    sweep = filed_slices(tmp_path)
    assert (
        maps(
            sweep.report,
            sweep.lumens,
            sweep.sources,
            quantity=Quantity.CALIBRE,
            made=MADE,
        )
        == ()
    )


@pytest.mark.parametrize(
    "words", [None, ("A", ""), ("A", "P"), ("A", "A"), ("X", "F"), ("A", "AF")]
)
def test_an_orientation_that_is_none_is_not_made_up(
    case: Filed, words: tuple[str, str] | None
) -> None:
    view = replace(case.report.readings[0].view, orientation=words)
    assert axes_of(view) is None


def test_an_oblique_view_has_axes_at_right_angles(case: Filed) -> None:
    view = replace(case.report.readings[0].view, orientation=("P", "FL"))
    axes = axes_of(view)
    assert axes is not None
    rows, columns = np.array(axes[:3]), np.array(axes[3:])
    assert rows @ columns == 0
    np.testing.assert_allclose([rows @ rows, columns @ columns], 1, atol=1e-5)


def test_an_image_is_no_map(case: Filed) -> None:
    with pytest.raises(DicomError, match="not a parametric map"):
        values_from(pydicom.dcmread(case.folder / "1.dcm"))
    made = maps(
        case.report, case.lumens, case.sources, quantity=Quantity.CALIBRE, made=MADE
    )[0]
    changed = pydicom.dcmread(BytesIO(as_bytes(made)))
    group = changed.SharedFunctionalGroupsSequence[0]
    group.RealWorldValueMappingSequence[0].RealWorldValueSlope = 2.0
    with pytest.raises(DicomError, match="one frame in mm"):
        values_from(changed)
