"""Masks as one picture of labels."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest

from galactograph.dicom.common import as_bytes
from galactograph.dicom.labelmaps import labelmaps, labels_from
from galactograph.dicom.segmentation import segmentations, segments_from
from galactograph.errors import DicomError, Unreadable
from objects import MADE, Filed, errors_of, filed, filed_slices, with_cannula
from reports import little


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Filed:
    """Two views with findings, a cannula on the first."""
    return filed(tmp_path_factory.mktemp("labels"), with_cannula(little()))


@pytest.mark.parametrize("sliced", [False, True])
def test_labels_are_the_masks_with_what_comes_later_on_top(
    sliced: bool,  # noqa: FBT001
    case: Filed,
    tmp_path: Path,
) -> None:
    case = filed_slices(tmp_path) if sliced else case
    said = (case.report, case.lumens, case.sources)
    apart = segmentations(*said, made=MADE)
    joined = labelmaps(*said, made=MADE)
    assert len(joined) == len(apart)
    for number, (one, other) in enumerate(zip(joined, apart, strict=True)):
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(as_bytes(one))
        assert errors_of(path, "Segmentation") == []
        told, meant = labels_from(pydicom.dcmread(path)), segments_from(other)
        assert (told.instance, told.labels, told.kinds) == (
            meant.instance,
            meant.labels,
            meant.kinds,
        )
        assert told.masks.sum(axis=0).max() == 1
        np.testing.assert_array_equal(told.masks.any(axis=0), meant.masks.any(axis=0))
        np.testing.assert_array_equal(told.masks[-1], meant.masks[-1])
        assert path.stat().st_size < len(as_bytes(other)) / 2


def test_the_same_reading_is_the_same_picture(case: Filed) -> None:
    said = (case.report, case.lumens, case.sources)
    first, again = (labelmaps(*said, made=MADE)[0] for _ in range(2))
    assert as_bytes(first) == as_bytes(again)
    assert first.SOPInstanceUID != segmentations(*said, made=MADE)[0].SOPInstanceUID


def test_nothing_is_no_picture(case: Filed) -> None:
    bare = replace(
        case.report,
        findings=(),
        readings=tuple(
            replace(r, scene=replace(r.scene, objects=())) for r in case.report.readings
        ),
    )
    none = [np.zeros_like(lumen) for lumen in case.lumens]
    assert labelmaps(bare, none, case.sources, made=MADE) == ()


def test_what_is_no_picture_of_labels_is_refused_in_a_sentence(case: Filed) -> None:
    said = (case.report, case.lumens, case.sources)
    with pytest.raises(DicomError, match="not a label map"):
        labels_from(segmentations(*said, made=MADE)[0])
    dataset = pydicom.dcmread(BytesIO(as_bytes(labelmaps(*said, made=MADE)[0])))
    del dataset.PixelData
    with pytest.raises(Unreadable, match="damaged"):
        labels_from(dataset)
