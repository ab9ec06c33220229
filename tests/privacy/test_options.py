"""What stays if it is wished."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from galactograph.dicom.privacy.deidentify import deidentify
from galactograph.dicom.privacy.options import Keep, Settings
from mammograms import (
    Maker,
    edited,
)
from privacy.identity import (
    DATE,
    HOSPITAL,
    NAME,
    SECRET,
    SERIAL,
    decorated,
)


def kept(folder: Path, *keep: Keep, shift: bool = True) -> Dataset:
    """Return a decorated image, passed on with options."""
    dataset = decorated(pydicom.dcmread(Maker(folder).raw()))
    dataset.SeriesDescription = "GALACTOGRAM L CC"
    dataset.private_block(0x7E01, "HOLOGIC, Inc.", create=True).add_new(1, "LO", "1.0")
    dataset.save_as(folder / "raw.dcm")
    (folder / "out").mkdir()
    settings = Settings(keep=frozenset(keep), shift=shift)
    done = deidentify(
        folder / "raw.dcm", folder / "out", secret=SECRET, settings=settings
    )
    return pydicom.dcmread(folder / "out" / done.passed[0].name)


def test_without_options_everything_goes(tmp_path: Path) -> None:
    new = kept(tmp_path)
    for name in (
        "InstitutionName", "StationName", "PatientAge", "SeriesDescription",
        "DeviceSerialNumber", "RequestAttributesSequence", "ImageComments",
    ):  # fmt: skip
        assert name not in new, name
    assert not any(element.tag.is_private for element in new.iterall())
    assert new.ContributingEquipmentSequence[0].Manufacturer == "Maker"
    assert new.ReferencedRequestSequence[0].AccessionNumber in ("", None)


@pytest.mark.parametrize(
    ("keep", "name", "value", "code"),
    [
        (Keep.DATES, "StudyDate", DATE, "113106"),
        (Keep.DEVICE, "DeviceSerialNumber", SERIAL, "113109"),
        (Keep.INSTITUTION, "InstitutionName", HOSPITAL, "113112"),
        (Keep.CHARACTERISTICS, "PatientAge", "060Y", "113108"),
        (Keep.DESCRIPTORS, "SeriesDescription", "GALACTOGRAM L CC", "113105"),
        (Keep.PRIVATE, "7E011001", "1.0", "113111"),
    ],
)
def test_what_is_wished_stays_and_nothing_else(
    keep: Keep, name: str, value: str, code: str, tmp_path: Path
) -> None:
    new = kept(tmp_path, keep)
    assert str(new[name].value) == value
    methods = [c.CodeValue for c in new.DeidentificationMethodCodeSequence]
    assert code in methods
    assert "StudyDescription" not in new  # it holds her number
    assert new.PatientName != NAME


def test_uids_stay_where_that_is_wished(tmp_path: Path) -> None:
    new = kept(tmp_path, Keep.UIDS)
    assert new.SOPInstanceUID == pydicom.dcmread(tmp_path / "raw.dcm").SOPInstanceUID


def test_dates_can_be_removed(tmp_path: Path) -> None:
    new = kept(tmp_path, shift=False)
    assert new.StudyDate in ("", None)
    assert new.LongitudinalTemporalInformationModified == "REMOVED"
    assert DATE[:4] not in {str(e.value)[:4] for e in new.iterall() if e.VR == "DA"}


def test_an_age_over_89_points_to_nobody(tmp_path: Path) -> None:
    path = edited(Maker(tmp_path).raw(), PatientAge="097Y")
    (tmp_path / "out").mkdir()
    wish = Settings(keep=frozenset({Keep.CHARACTERISTICS}))
    deidentify(path, tmp_path / "out", secret=SECRET, settings=wish)
    (out,) = (tmp_path / "out").iterdir()
    assert pydicom.dcmread(out).PatientAge == "090Y"
