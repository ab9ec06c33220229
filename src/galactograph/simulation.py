"""Make a study: from a patient to the images of a galactography."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from galactograph import contrast
from galactograph.modalities import RADIOGRAPH, source_name
from galactograph.phantom import breast as phantom
from galactograph.phantom.anatomy import Anatomy, Build, draw
from galactograph.plugins import Modality
from galactograph.seeds import stream
from galactograph.values.codes import Laterality
from galactograph.values.patient import Colour, Discharge, Patient, Presentation
from galactograph.values.procedure import Exposure, Injection, Procedure, ViewPosition
from galactograph.values.study import Study
from galactograph.values.truth import Simulation, Slab
from galactograph.xray import exposure as xray


def simulate(
    *,
    seed: int,
    patient: Patient | None = None,
    procedure: Procedure | None = None,
    anatomy: Anatomy | None = None,
    modality: Modality = RADIOGRAPH,
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
    """
    anatomy = anatomy or Anatomy()
    build = draw(anatomy, rng=stream(seed, "anatomy"))
    patient = patient or draw_patient(build, rng=stream(seed, "patient"))
    procedure = procedure or draw_procedure(build, patient, stream(seed, "procedure"))
    injection = procedure.injection
    breast = phantom.grow(
        build,
        procedure.laterality,
        injected=injection.lobe,
        seed=seed,
        rng=stream(seed, "breast"),
    )
    filling = contrast.inject(breast, injection, rng=stream(seed, "injection"))
    exposures = modality.plan(procedure)
    slabs: dict[ViewPosition, Slab] = {}
    shots, truths = [], []
    nodes = tuple(lesion.node for lesion in breast.lesions)
    for k, exposure in enumerate(exposures):
        position = exposure.position
        if position not in slabs:
            # One compression for a view: its scout and filled picture match.
            slabs[position] = phantom.compress(
                breast,
                position,
                texture=build.texture,
                rng=stream(seed, "compression", position.value),
            )
        slab = slabs[position]
        shots.append(
            xray.expose(slab, filling, exposure, rng=stream(seed, "exposure", k))
        )
        name = source_name(exposure, k)
        truths.append(xray.register(slab, filling, nodes, exposure, name))
    study = Study(
        uid=f"2.25.{seed}",
        views=modality.finish(tuple(shots)),
        patient=patient,
        laterality=procedure.laterality,
    )
    return Simulation(
        study=study,
        breast=breast,
        filling=filling,
        truths=tuple(truths),
        counts=tuple(shot.counts for shot in shots),
        procedure=procedure,
        exposures=exposures,
        seed=seed,
    )


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


def technique(build: Build) -> Exposure:
    """Return the exposure that fits the breast: kV by thickness, mAs by control.

    source: W/Rh, 26 to 32 kV by thickness (remembered).
    """
    kv = float(np.clip(round(26 + (build.thickness_mm - 35) / 8), 25, 32))
    mas = xray.automatic_mas(build.thickness_mm, build.density, kv)
    return Exposure(kv=kv, mas=round(mas, 1))


def draw_procedure(
    build: Build, patient: Patient, rng: np.random.Generator
) -> Procedure:
    """Draw what is injected; order CC before and after, and ML after contrast."""
    side = patient.presentation.laterality or Laterality.LEFT
    plain = technique(build)
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
