"""What the exposures of a study cost."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from galactograph.dicom.common import as_bytes
from galactograph.dicom.dose import dose_report, irradiations
from galactograph.dicom.header import Intent
from galactograph.dicom.tomosynthesis import Reconstruction, save_slices
from galactograph.values.codes import Laterality
from mammograms import Maker
from objects import MADE, errors_of
from tomo.test_objects import GRID, ramp, swept


def head(path: Path) -> Dataset:
    """Return the header of a file."""
    return pydicom.dcmread(path, stop_before_pixels=True)


def numbers(item: Dataset, value: str) -> list[tuple[float, str]]:
    """Return the numbers of that name, at any depth, with their units."""
    found = []
    for child in item.get("ContentSequence", ()):
        if child.ValueType == "NUM" and (
            child.ConceptNameCodeSequence[0].CodeValue == value
        ):
            held = child.MeasuredValueSequence[0]
            unit = held.MeasurementUnitsCodeSequence[0].CodeValue
            found.append((float(held.NumericValue), unit))
        found += numbers(child, value)
    return found


def pair(folder: Path) -> list[Dataset]:
    """Return raw image, what was made of it for presentation, and another view."""
    make = Maker(folder)
    raw = head(make.raw("raw.dcm", organ_dose_mgy=1.5, entrance_dose_mgy=6.0))
    shown = make.shown(
        "shown.dcm", organ_dose_mgy=1.5, source_uid=str(raw.SOPInstanceUID)
    )
    other = make.raw("other.dcm", organ_dose_mgy=1.25, instance_number=2)
    return [raw, head(shown), head(other)]


def test_doses_are_in_mgy_though_images_hold_dgy(tmp_path: Path) -> None:
    heads = pair(tmp_path)
    assert float(heads[0].OrganDose) == 0.015
    told = dose_report(heads, made=MADE)
    assert told is not None
    assert numbers(told, "111631") == [(1.5, "mGy"), (1.25, "mGy")]
    assert numbers(told, "111637") == [(2.75, "mGy")]
    assert numbers(told, "111636") == [(6.0, "mGy")]
    assert numbers(told, "113733") == [(28.0, "kV")] * 2
    assert numbers(told, "113736") == [(80000.0, "uA.s")] * 2


def test_an_image_made_from_another_is_no_exposure_of_its_own(tmp_path: Path) -> None:
    raw, shown, other = pair(tmp_path)
    assert len(irradiations([shown, raw, other])) == 2
    assert len(irradiations([shown])) == 1
    assert irradiations([shown])[0].uid == irradiations([raw])[0].uid


def test_the_two_breasts_are_summed_apart(tmp_path: Path) -> None:
    make = Maker(tmp_path)
    left = head(make.raw("l.dcm", organ_dose_mgy=1.5))
    right = head(make.raw("r.dcm", organ_dose_mgy=2.0, laterality=Laterality.RIGHT))
    told = dose_report([left, right], made=MADE)
    assert told is not None
    assert numbers(told, "111637") == [(1.5, "mGy"), (2.0, "mGy")]


def test_a_sweep_is_one_irradiation(tmp_path: Path) -> None:
    path = tmp_path / "slices.dcm"
    sweep = swept(intent=Intent.PRESENTATION, organ_dose_mgy=1.3, entrance_dose_mgy=5.0)
    save_slices(ramp(4, 60, 50), sweep, Reconstruction(grid=GRID), path)
    told = dose_report([head(path)], made=MADE)
    assert told is not None
    assert numbers(told, "111637") == [(1.3, "mGy")]
    total_mas = sum(shot.mas for shot in sweep.exposures)
    ((exposed_uas, unit),) = numbers(told, "113736")
    assert exposed_uas == pytest.approx(1000 * total_mas)
    assert unit == "uA.s"
    out = tmp_path / "dose.dcm"
    out.write_bytes(as_bytes(told))
    assert errors_of(out, "XRayRadiationDoseSR") == []


def test_a_validator_finds_no_error(tmp_path: Path) -> None:
    told = dose_report(pair(tmp_path), made=MADE)
    assert told is not None
    path = tmp_path / "dose.dcm"
    path.write_bytes(as_bytes(told))
    assert errors_of(path, "XRayRadiationDoseSR") == []


def test_an_unknown_dose_is_not_nothing(tmp_path: Path) -> None:
    make = Maker(tmp_path)
    bare = head(make.raw("bare.dcm"))
    known = head(make.raw("known.dcm", organ_dose_mgy=1.5, instance_number=2))
    assert bare.OrganDose == 0  # a simulated image that did not model it
    assert dose_report([bare], made=MADE) is None
    told = dose_report([bare, known], made=MADE)
    assert told is not None
    assert "1 of 2 irradiations state no glandular dose" in told.to_json()
