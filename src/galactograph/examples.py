"""Small worlds to try things on, and simulated studies as files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from galactograph.dicom.header import Header, Intent
from galactograph.dicom.images import save_image
from galactograph.modalities import present
from galactograph.phantom.anatomy import Anatomy
from galactograph.simulation import simulate
from galactograph.store import save_truth
from galactograph.values.procedure import Exposure, Injection, Procedure, ViewPosition
from galactograph.values.truth import Simulation

SATURATED = (1 << 14) - 1
"""Largest 14-bit count; a reader takes it for air, so nothing else may have it."""


def papilloma_study(seed: int = 7) -> Simulation:
    """Simulate a patient with a papilloma of 4 mm: CC scout, CC and ML filled."""
    papilloma = Anatomy(lesion="papilloma", lesion_size_mm=4.0, obstructs=False)
    return simulate(seed=seed, anatomy=papilloma)


def little_study(seed: int, pixel_mm: float = 0.2) -> Simulation:
    """Simulate a small breast on a coarse panel, within about a second.

    Parameters
    ----------
    pixel_mm
        Pitch of the panel; thin ducts are lost at this one.
    """
    shot = Exposure(rows=600, columns=480, pixel_mm=pixel_mm)
    exposures = (shot, replace(shot, position=ViewPosition.ML))
    return simulate(
        seed=seed,
        anatomy=Anatomy(
            lesion="papilloma", depth_mm=55.0, radius_mm=50.0, branches=40, lobes=3
        ),
        procedure=Procedure(injection=Injection(), exposures=exposures),
    )


def write_study(simulation: Simulation, folder: Path) -> tuple[Path, ...]:
    """Write a simulated study as DICOM, and its truth beside it.

    Every exposure becomes two files, as a mammography unit stores it: for
    processing (`<view>.dcm`) and for presentation (`<view>-presentation.dcm`). The
    truth goes to `folder/truth`.

    Returns
    -------
    tuple of Path
        The DICOM files, in the order of the exposures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for number, view in enumerate(simulation.study.views):
        exposure = simulation.procedure.exposures[number]
        raw = header(simulation, exposure, number)
        counts = simulation.counts[number]
        pixels = np.clip(np.rint(counts), 1, SATURATED - 1).astype(np.uint16)
        path = folder / f"{view.source}.dcm"
        source = save_image(pixels, raw, path)
        shown = replace(raw, intent=Intent.PRESENTATION, source_uid=source)
        looks = folder / f"{view.source}-presentation.dcm"
        save_image(present(counts, exposure), shown, looks)
        written += [path, looks]
    save_truth(simulation, folder / "truth")
    return tuple(written)


def header(simulation: Simulation, exposure: Exposure, number: int) -> Header:
    """Return what the file of one exposure says of itself."""
    presentation = simulation.study.patient.presentation
    return Header(
        intent=Intent.PROCESSING,
        exposure=exposure,
        laterality=simulation.procedure.laterality,
        injection=simulation.procedure.injection if exposure.contrast else None,
        study_uid=simulation.study.uid or "",
        pseudonym=f"seed{simulation.seed}",
        age=presentation.age,
        thickness_mm=simulation.breast.thickness_mm,
        series_number=number + 1,
    )
