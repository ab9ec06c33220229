"""A study of every kind of object that we write, with and without names."""

from __future__ import annotations

import shutil
from pathlib import Path

import pydicom
import pytest

from galactograph.dicom.privacy.deidentify import deidentify
from galactograph.dicom.results import results
from objects import MADE, filed, filed_slices, with_cannula
from privacy.identity import (
    NAME,
    SECRET,
    decorated,
)
from reports import report


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study of every kind of object that we write, with a patient in it."""
    folder = tmp_path_factory.mktemp("named")
    case = filed(folder, with_cannula(report(views=("CC",))))
    found = results(folder, case.report, case.lumens, made=MADE)
    for name, content in found.items():
        (folder / name).write_bytes(content)
    apart = tmp_path_factory.mktemp("slices")
    filed_slices(apart)
    shutil.copy(apart / "slices.dcm", folder / "Gruenwald_Philomena.dcm")
    for path in folder.glob("*.dcm"):
        dataset = decorated(pydicom.dcmread(path))
        dataset.preamble = b"Grunwald".ljust(128)
        dataset.file_meta.SourceApplicationEntityTitle = "MAMMO-ROOM-3"
        dataset.save_as(path)
    (folder / "DICOMDIR").write_bytes(NAME.encode())
    return folder


@pytest.fixture(scope="module")
def cleaned(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the study without names."""
    folder = tmp_path_factory.mktemp("cleaned")
    deidentify(study, folder, secret=SECRET)
    return folder
