"""Small worlds to try things on, and simulated studies as files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galactograph.dicom.header import Header, Intent
from galactograph.dicom.images import save_image
from galactograph.dicom.projections import save_projections
from galactograph.dicom.sweeps import SweepHeader
from galactograph.dicom.tomosynthesis import Reconstruction, save_slices
from galactograph.errors import InvalidValue
from galactograph.machines import FILTERED, shades, window
from galactograph.modalities import present
from galactograph.phantom.anatomy import Anatomy
from galactograph.simulation import simulate
from galactograph.store import save_truth
from galactograph.tomo.synthesis import synthetic
from galactograph.values.procedure import Exposure, Injection, Procedure, ViewPosition
from galactograph.values.record_text import KEPT, record_toml
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


def write_study(
    simulation: Simulation, folder: Path, *, projections: bool = False
) -> tuple[Path, ...]:
    """Write a simulated study as DICOM, and its truth beside it.

    Every exposure becomes two files, as a mammography unit stores it: for
    processing (`<view>.dcm`) and for presentation (`<view>-presentation.dcm`). A view
    of tomosynthesis becomes one file of slices (`<view>.dcm`). The truth goes to
    `folder/truth`, the record of the injection to `folder/injection.toml`.

    Parameters
    ----------
    projections
        Also write what a unit may keep of a sweep: its raw projections
        (`<view>-projections.dcm`) and a synthetic mammogram (`<view>-synthetic.dcm`).

    Returns
    -------
    tuple of Path
        The DICOM files, in the order of the exposures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    scouts: dict[tuple[str, Intent], str] = {}
    for number, view in enumerate(simulation.study.views):
        if view.slices is None:
            written += _write_radiograph(simulation, number, folder, scouts)
            continue
        written.append(_write_slices(simulation, number, folder))
        if projections:
            written += _write_sources(simulation, number, folder)
    save_truth(simulation, folder / "truth")
    if simulation.study.injection is not None:
        told = record_toml(simulation.study.injection)
        (folder / KEPT).write_text(told, "utf-8")
    return tuple(written)


def _write_radiograph(
    simulation: Simulation,
    number: int,
    folder: Path,
    scouts: dict[tuple[str, Intent], str],
) -> list[Path]:
    """Write one exposure for processing and for presentation.

    Scouts are noted by position and intent, for the filled views to name.
    """
    view, exposure = simulation.study.views[number], simulation.exposures[number]
    position, counts = exposure.position, simulation.counts[number]
    before = scouts if exposure.contrast else {}
    raw = replace(
        header(simulation, exposure, number),
        scout_uid=before.get((position, Intent.PROCESSING)),
    )
    path = folder / f"{view.source}.dcm"
    source = save_image(_stored(counts), raw, path)
    shown = replace(
        raw,
        intent=Intent.PRESENTATION,
        source_uid=source,
        scout_uid=before.get((position, Intent.PRESENTATION)),
    )
    looks = folder / f"{view.source}-presentation.dcm"
    pretty = save_image(present(counts, exposure), shown, looks)
    if not exposure.contrast:
        scouts[position, Intent.PROCESSING] = source
        scouts[position, Intent.PRESENTATION] = pretty
    return [path, looks]


def _stored(counts: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return counts as a panel stores them, 14 bits."""
    return np.clip(np.rint(counts), 1, SATURATED - 1).astype(np.uint16)


def _swept(simulation: Simulation, number: int, intent: Intent) -> SweepHeader:
    """Return what the objects of one sweep say."""
    middle = header(simulation, simulation.exposures[number], number)
    exposures = tuple(shot.exposure for shot in simulation.sweeps[number])
    return SweepHeader(header=replace(middle, intent=intent), exposures=exposures)


def _write_slices(simulation: Simulation, number: int, folder: Path) -> Path:
    """Write the slices of one view of tomosynthesis."""
    view = simulation.study.views[number]
    if view.slices is None:
        raise InvalidValue(f"{view.source} has no slices")
    shown = shades(view.slices)
    low, high = window(shown)
    filtered = any(FILTERED in note for note in view.notes)
    made = Reconstruction(
        grid=view.slices.grid,
        algorithm="FILTER_BACK_PROJ" if filtered else "ITERATIVE",
        words=FILTERED if filtered else "iterative reconstruction",
        window=((low + high) / 2, float(high - low)),
    )
    path = folder / f"{view.source}.dcm"
    save_slices(shown, _swept(simulation, number, Intent.PRESENTATION), made, path)
    return path


def _write_sources(simulation: Simulation, number: int, folder: Path) -> list[Path]:
    """Write the raw projections and the synthetic mammogram of one view."""
    view = simulation.study.views[number]
    if view.slices is None:
        raise InvalidValue(f"{view.source} has no slices")
    swept = _swept(simulation, number, Intent.PROCESSING)
    raw = folder / f"{view.source}-projections.dcm"
    counts = np.stack([_stored(shot.counts) for shot in simulation.sweeps[number]])
    save_projections(counts, swept, raw)
    picture = synthetic(view.slices)
    pixel_mm = swept.header.exposure.pixel_mm
    shot = replace(
        swept.header.exposure, rows=picture.shape[0], columns=picture.shape[1]
    )
    looks = folder / f"{view.source}-synthetic.dcm"
    # Laid out as slices are, whose pixels are smaller than the panel's.
    shrink = view.slices.grid.pixel_mm / pixel_mm
    sdd = shot.source_to_detector_mm
    gap = max(sdd * (1 - shrink), 0.0)
    said = replace(
        swept.header,
        intent=Intent.PRESENTATION,
        exposure=replace(shot, air_gap_mm=gap),
        thickness_mm=None,
        description=f"SYNTHETIC 2D {swept.header.title}",
        instance_number=2,
    )
    save_image(picture, said, looks)
    return [raw, looks]


def header(simulation: Simulation, exposure: Exposure, number: int) -> Header:
    """Return what the file of one exposure says: what was given, not what ordered."""
    injection = simulation.procedure.injection
    given_ml = simulation.filling.course.given_ml
    if given_ml > 0:
        injection = replace(injection, volume_ml=given_ml)
    presentation = simulation.study.patient.presentation
    return Header(
        intent=Intent.PROCESSING,
        exposure=exposure,
        laterality=simulation.procedure.laterality,
        injection=injection if exposure.contrast else None,
        study_uid=simulation.study.uid or "",
        pseudonym=f"seed{simulation.seed}",
        age=presentation.age,
        thickness_mm=simulation.breast.thickness_mm,
        series_number=number + 1,
        organ_dose_mgy=_dose_mgy(simulation, number),
    )


def _dose_mgy(simulation: Simulation, number: int) -> float | None:
    """Return the mean glandular dose of a view, all its shots; None if not known."""
    if simulation.sweeps:
        return (
            sum(shot.glandular_dose_mgy for shot in simulation.sweeps[number]) or None
        )
    return simulation.truths[number].glandular_dose_mgy or None
