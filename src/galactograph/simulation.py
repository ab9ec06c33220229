"""Make a study: from a patient to the images of a galactography."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from galactograph import contrast
from galactograph.modalities import RADIOGRAPH, sweeps
from galactograph.phantom import breast as phantom
from galactograph.phantom.anatomy import Anatomy, Build, draw
from galactograph.phantom.tissue import Lattice
from galactograph.plugins import Modality
from galactograph.seeds import stream
from galactograph.values.codes import Laterality
from galactograph.values.patient import Colour, Discharge, Patient, Presentation
from galactograph.values.procedure import Exposure, Injection, Procedure, ViewPosition
from galactograph.values.study import Projection, Study, View
from galactograph.values.truth import Breast, Filling, Simulation, Slab, ViewTruth
from galactograph.xray import control
from galactograph.xray import exposure as xray


def simulate(  # noqa: PLR0913  each may be drawn or given
    *,
    seed: int,
    patient: Patient | None = None,
    procedure: Procedure | None = None,
    anatomy: Anatomy | None = None,
    modality: Modality = RADIOGRAPH,
    voxel_mm: float | None = None,
    vendor: str = "",
) -> Simulation:
    """Grow a breast, inject a duct, expose it, and hand over the study.

    Parameters
    ----------
    seed
        The only source of chance; same seed, same pixels.
    patient
        Whose breast to grow; drawn if not given.
    procedure
        What to inject and how to expose; drawn if not given.
    anatomy
        What to override of the breast.
    modality
        The machine.
    voxel_mm
        Edge of the voxels in which tissue is carved, 0.03 to 1; as fine as a
        radiograph shows if not given.
    vendor
        Class of unit whose panel and technique are used if no procedure is given:
        "hologic", "ge", "siemens", "fuji", or "" for a generic one.
    """
    anatomy = anatomy or Anatomy()
    build = draw(anatomy, rng=stream(seed, "anatomy"))
    patient = patient or draw_patient(build, rng=stream(seed, "patient"))
    procedure = procedure or draw_procedure(
        build, patient, stream(seed, "procedure"), vendor=vendor
    )
    injection = procedure.injection
    breast = phantom.grow(
        build,
        procedure.laterality,
        injected=injection.lobe,
        seed=seed,
        rng=stream(seed, "breast"),
    )
    filling = contrast.inject(breast, injection, rng=stream(seed, "injection"))
    breast = contrast.settle(breast, filling)
    exposures = modality.plan(procedure)
    lattice = None if voxel_mm is None else Lattice.of(voxel_mm)
    slabs: dict[ViewPosition, Slab] = {}
    for exposure in exposures:
        position = exposure.position
        if position not in slabs:
            # One compression for a view: its scout and filled picture match.
            slabs[position] = phantom.compress(
                breast,
                position,
                texture=build.texture,
                lattice=lattice,
                rng=stream(seed, "compression", position.value),
            )
    shots = tuple(
        xray.expose(
            slabs[exposure.position], filling, exposure, rng=stream(seed, "exposure", k)
        )
        for k, exposure in enumerate(exposures)
    )
    views = modality.finish(shots)
    study = Study(
        uid=f"2.25.{seed}",
        views=views,
        patient=patient,
        laterality=procedure.laterality,
        injection=contrast.recorded(breast, filling, injection),
    )
    known = Simulation(
        study=study,
        breast=breast,
        filling=filling,
        procedure=procedure,
        seed=seed,
        truths=(),
        counts=(),
        exposures=(),
    )
    return _told(known, shots, exposures, slabs)


def _told(
    known: Simulation,
    shots: tuple[Projection, ...],
    exposures: tuple[Exposure, ...],
    slabs: dict[ViewPosition, Slab],
) -> Simulation:
    """Return the simulation with truth, counts and exposure of each of its views."""
    views = known.study.views
    parts = _parts(views, exposures)
    middles = [
        view.made_of[0] if view.made_of else (part.start + part.stop) // 2
        for view, part in zip(views, parts, strict=True)
    ]
    made = [(view, k, exposures[k]) for view, k in zip(views, middles, strict=True)]
    swept = any(view.slices is not None for view in views)
    return replace(
        known,
        truths=tuple(
            _truth(view, slabs[e.position], known.filling, known.breast, e)
            for view, _, e in made
        ),
        counts=tuple(_counts(view, shots[k]) for view, k, _ in made),
        exposures=tuple(e for _, _, e in made),
        sweeps=tuple(shots[part] for part in parts) if swept else (),
    )


def _parts(
    views: tuple[View, ...], exposures: tuple[Exposure, ...]
) -> tuple[slice, ...]:
    """Return which exposures each view was made of."""
    if any(view.made_of for view in views):
        return tuple(slice(v.made_of[0], v.made_of[-1] + 1) for v in views)
    if len(views) == len(exposures):
        return tuple(slice(k, k + 1) for k in range(len(exposures)))
    return sweeps(exposures)


def _counts(view: View, shot: Projection) -> NDArray[np.float32]:
    """Return what a panel would have counted; of a subtracted view, as if it had."""
    if len(view.made_of) < 2:
        return shot.counts
    counts = shot.air_counts * np.exp(-view.image.pixels)
    return np.clip(counts, 0.5, 16383).astype(np.float32)


def _truth(
    view: View, slab: Slab, filling: Filling, breast: Breast, exposure: Exposure
) -> ViewTruth:
    """Return what a view truly shows, in its own pixels."""
    nodes = tuple(lesion.node for lesion in breast.lesions)
    grid = None if view.slices is None else view.slices.grid
    truth = xray.register(slab, filling, nodes, exposure, view.source, grid=grid)
    # A subtracted view costs no dose of its own.
    return replace(truth, glandular_dose_mgy=0.0) if len(view.made_of) > 1 else truth


def draw_patient(build: Build, *, rng: np.random.Generator) -> Patient:
    """Draw why she comes; who she is, `build` says.

    source: discharge of one duct, spontaneous, bloody or serous, is the
    indication (found); shares assumed.
    """
    bloody = build.lesion in ("papilloma", "dcis", "invasive")
    colours = (Colour.BLOODY, Colour.SEROSANGUINEOUS, Colour.SEROUS, Colour.CLEAR)
    shares = (0.4, 0.25, 0.25, 0.1) if bloody else (0.1, 0.15, 0.5, 0.25)
    return Patient(
        pseudonym="SIMULATED",
        presentation=Presentation(
            age=build.age_years,
            laterality=build.side,
            discharge=Discharge(
                colour=colours[rng.choice(4, p=shares)], spontaneous=True, orifices=1
            ),
        ),
    )


def technique(build: Build, vendor: str = "") -> Exposure:
    """Return the exposure that fits the breast: kV by thickness, mAs by control.

    source: W/Rh, 26 to 32 kV by thickness (remembered); a vendor has its own table.
    """
    if vendor:
        return control.technique(vendor, build.thickness_mm, build.density)
    kv = float(np.clip(round(26 + (build.thickness_mm - 35) / 8), 25, 32))
    mas = xray.automatic_mas(build.thickness_mm, build.density, kv)
    return Exposure(kv=kv, mas=round(mas, 1))


def draw_procedure(
    build: Build, patient: Patient, rng: np.random.Generator, *, vendor: str = ""
) -> Procedure:
    """Draw what is injected; order CC before and after, and ML after contrast."""
    side = patient.presentation.laterality or Laterality.LEFT
    plain = technique(build, vendor)
    wide = build.lesion == "ectasia"
    volume = rng.uniform(1.5, 3.0) if wide else rng.uniform(0.6, 1.2)
    if build.lesion == "underfilling":
        # A fifth to a half of what a normal lobe holds; source: assumed.
        volume *= 0.08
    iodine = float(rng.choice([240.0, 300.0], p=[0.35, 0.65]))
    return Procedure(
        laterality=side,
        injection=Injection(iodine_mg_ml=iodine, volume_ml=float(volume)),
        exposures=(
            replace(plain, contrast=False),
            plain,
            replace(plain, position=ViewPosition.ML),
        ),
    )
