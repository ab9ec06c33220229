"""Drawings as presentation states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from galactograph.dicom.common import as_bytes
from galactograph.dicom.drawings import drawings
from galactograph.dicom.header import Intent
from galactograph.dicom.images import save_image
from galactograph.dicom.keys import key_images
from galactograph.dicom.sources import sources_of
from galactograph.dicom.sr import structured_report
from galactograph.dicom.statement import statement_of
from galactograph.values.geometry import SpacingKind
from galactograph.values.procedure import Exposure
from galactograph.values.report import Report
from mammograms import Maker, header
from objects import MADE, Filed, errors_of, filed, filed_slices
from reports import no_contrast, report


def written(case: Filed) -> list[Dataset]:
    """Return the objects as they come back from a file."""
    made = drawings(case.report, case.sources, made=MADE)
    return [pydicom.dcmread(BytesIO(as_bytes(dataset))) for dataset in made]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Filed:
    """Two views with a defect and a bubble."""
    return filed(tmp_path_factory.mktemp("drawn"), report())


REPORTS: dict[str, Callable[[], Report]] = {
    "two views": report,
    "no contrast": no_contrast,
    "no spacing": lambda: report(views=("CC",), spacing_kind=SpacingKind.NONE),
}


@pytest.mark.parametrize("name", [*REPORTS, "slices"])
def test_a_validator_finds_no_error(name: str, tmp_path: Path) -> None:
    case = filed(tmp_path, REPORTS[name]()) if name in REPORTS else None
    for dataset in written(case or filed_slices(tmp_path)):
        path = tmp_path / "drawing.dcm"
        path.write_bytes(as_bytes(dataset))
        assert errors_of(path, "GrayscaleSoftcopyPresentationState") == []


def layers(dataset: Dataset) -> dict[str, Dataset]:
    """Return what is drawn in each layer."""
    return {item.GraphicLayer: item for item in dataset.GraphicAnnotationSequence}


def test_every_centreline_is_drawn_where_it_was_traced(case: Filed) -> None:
    branches = statement_of(case.report).branches
    for view, dataset in enumerate(written(case)):
        lines = layers(dataset)["DUCTS"].GraphicObjectSequence
        mine = [branch for branch in branches if branch.view == view]
        for line, branch in zip(lines, mine, strict=True):
            drawn = np.reshape(line.GraphicData, (-1, 2))[:, ::-1] - 0.5
            np.testing.assert_allclose(drawn, branch.points, atol=1e-3)


def test_findings_are_named_in_the_views_that_show_them(case: Filed) -> None:
    first, second = (layers(dataset)["FINDINGS"] for dataset in written(case))
    names = [text.UnformattedTextValue for text in first.TextObjectSequence]
    assert names == [
        "F1 Intraluminal filling defect, 4.1 mm",
        "F2 Air bubble in duct, 0.9 mm",
    ]
    assert len(second.TextObjectSequence) == 1
    outline = np.reshape(first.GraphicObjectSequence[0].GraphicData, (-1, 2))
    np.testing.assert_array_equal(outline[0], outline[-1])


def test_every_drawing_says_that_it_is_research(case: Filed) -> None:
    for dataset in written(case):
        (notice,) = layers(dataset)["NOTICE"].TextObjectSequence
        assert "not a medical device" in notice.UnformattedTextValue
        assert "SIMULATED" in notice.UnformattedTextValue


def test_greys_are_shown_as_the_image_asks(tmp_path: Path) -> None:
    case = filed(tmp_path, report(views=("CC",)))
    image = pydicom.dcmread(tmp_path / "1.dcm", stop_before_pixels=True)
    (dataset,) = written(case)
    assert dataset.PresentationLUTShape == image.PresentationLUTShape == "INVERSE"
    assert dataset.RescaleSlope == image.RescaleSlope
    assert "SoftcopyVOILUTSequence" not in dataset


def test_the_window_is_that_of_the_image(tmp_path: Path) -> None:
    path = Maker(tmp_path / "shown").shown(window=(1800.0, 2400.0))
    case = filed(tmp_path / "drawn", report(views=("CC",)))
    (reading,) = case.report.readings
    uid = str(pydicom.dcmread(path).SOPInstanceUID)
    view = replace(reading.view, sop_instance_uid=uid)
    moved = replace(case.report, readings=(replace(reading, view=view),))
    sources = sources_of(path, moved)
    (dataset,) = written(replace(case, report=moved, sources=sources))
    (window,) = dataset.SoftcopyVOILUTSequence
    assert (window.WindowCenter, window.WindowWidth) == (1800, 2400)
    assert dataset.PresentationLUTShape == "IDENTITY"


def test_what_was_measured_raw_is_drawn_on_the_image_for_people(
    tmp_path: Path,
) -> None:
    case = filed(tmp_path, report(views=("CC",)))
    raw = case.sources[0].instance
    rows, columns = case.report.readings[0].view.image.grid.shape
    for name, wide in (("other", columns - 8), ("shown", columns)):
        said = header(
            Intent.PRESENTATION,
            exposure=Exposure(rows=rows, columns=wide),
            study_uid=case.report.study_uid,
            source_uid=raw,
        )
        save_image(np.full((rows, wide), 9, np.uint16), said, tmp_path / f"{name}.dcm")
    shown = str(pydicom.dcmread(tmp_path / "shown.dcm").SOPInstanceUID)
    moved = replace(case, sources=sources_of(tmp_path, case.report))
    (drawing,) = written(moved)
    (series,) = drawing.ReferencedSeriesSequence
    (image,) = series.ReferencedImageSequence
    assert image.ReferencedSOPInstanceUID == shown
    assert image.ReferencedSOPClassUID == "1.2.840.10008.5.1.4.1.1.1.2"
    assert drawing.PresentationLUTShape == "IDENTITY"
    key = key_images(moved.report, moved.sources, made=MADE)
    assert key is not None
    assert shown in key.to_json()
    told = structured_report(moved.report, moved.sources, made=MADE)
    assert raw in told.to_json()
    assert shown not in told.to_json()
