"""Read a study: from images to findings, advice and report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from galactograph.advice.assessment import assess
from galactograph.advice.causes import explain
from galactograph.advice.contradictions import contradictions
from galactograph.advice.management import advise, counts
from galactograph.ducts.adequacy import find_blobs, has_contrast, judge
from galactograph.ducts.background import prepare
from galactograph.ducts.breast import MAMMOGRAPHIC
from galactograph.ducts.correlation import correlate, side_of, systems_of
from galactograph.ducts.measurement import measure
from galactograph.ducts.nipple import refine
from galactograph.ducts.segmentation import segment
from galactograph.ducts.space_depth import deepened
from galactograph.ducts.space_trees import lift
from galactograph.ducts.straightening import straighten
from galactograph.ducts.tracing import trace
from galactograph.finders import FINDERS, settle
from galactograph.plugins import Finder, Segmenter
from galactograph.values.codes import Adequacy
from galactograph.values.report import Duct3D, Finding, Provenance, Reading, Report
from galactograph.values.study import Role, Study, View
from galactograph.version import VERSION

Progress = Callable[[str, float], None]


def read(
    study: Study,
    *,
    segmenter: Segmenter = segment,
    finders: Sequence[Finder] = FINDERS,
    progress: Progress | None = None,
) -> Report:
    """Read the galactograms of a study.

    Parameters
    ----------
    study
        One or more views of one breast, scouts among them.
    segmenter, finders
        How ducts are told from the rest, and what is looked for.
    progress
        Called with the name of each step and the fraction done, in [0, 1].

    Returns
    -------
    Report
        Every view read, findings of all views brought together, and advice.
    """
    tell = progress or (lambda _step, _fraction: None)
    shown = [view for view in study.views if view.role is not Role.SCOUT]
    views = shown or list(study.views)
    readings = []
    for index, view in enumerate(views):
        tell(f"reading {view.name}", index / len(views))
        scout = _scout_of(view, study) if shown else None
        readings.append(read_view(view, index=index, scout=scout, segmenter=segmenter))
    every = tuple(readings)
    tell("looking for findings", 0.95)
    trees = lift(every)
    report = _report(study, every, _find(every, finders, trees), segmenter)
    return replace(report, ducts_3d=trees)


def read_view(
    view: View,
    *,
    index: int = 0,
    scout: View | None = None,
    segmenter: Segmenter = segment,
) -> Reading:
    """Read one view: scene, duct map, trees, calibres, strips, adequacy."""
    scene = prepare(view, scout=scout)
    duct_map = segmenter(view, scene)
    traces = trace(view, scene, duct_map)
    ducts, gauge = measure(view, scene, traces)
    contrast = has_contrast(view, scene, traces, gauge)
    # What was forced in is no galactogram, but whoever forced it wants its lines.
    if not contrast[0] and view.modality in MAMMOGRAPHIC:
        ducts = ()
    ducts = tuple(deepened(view, duct) for duct in ducts)
    blobs = find_blobs(view, scene, ducts, gauge)
    scene = replace(scene, nipple=refine(view, scene, ducts))
    return Reading(
        index=index,
        view=view,
        scene=scene,
        duct_map=duct_map,
        ducts=ducts,
        strips=straighten(view, scene, ducts, gauge),
        adequacy=judge(view, scene, ducts, blobs, contrast),
        opacity_per_mm=gauge,
        blobs=blobs,
    )


def _scout_of(view: View, study: Study) -> View | None:
    """Return the scout of the same side and position, if there is one."""
    for other in study.views:
        if (
            other.role is Role.SCOUT
            and other.position == view.position
            and other.laterality == view.laterality
            and other.grey_scale == view.grey_scale
        ):
            return other
    return None


def _find(
    readings: tuple[Reading, ...],
    finders: Sequence[Finder],
    trees: tuple[Duct3D, ...],
) -> tuple[Finding, ...]:
    """Look for findings in every view that can be read, then bring views together."""
    unread = (Adequacy.NO_CONTRAST, Adequacy.NOT_A_GALACTOGRAM)
    found = [
        finding
        for reading in readings
        if reading.adequacy.status not in unread
        for find in finders
        for finding in find(reading)
    ]
    return correlate(readings, settle(found), trees)


def _report(
    study: Study,
    readings: tuple[Reading, ...],
    findings: tuple[Finding, ...],
    segmenter: Segmenter,
) -> Report:
    """Weigh the findings, assess the study, and say what to consider next."""
    presentation = study.patient.presentation
    weighed = explain(findings, presentation)
    assessment = assess(readings, weighed)
    side = study.laterality or side_of(readings)
    return Report(
        study_uid=study.uid,
        laterality=side,
        readings=readings,
        findings=weighed,
        assessment=assessment,
        advice=advise(
            presentation,
            weighed,
            assessment,
            systems=systems_of(readings, tuple(f for f in weighed if counts(f))),
            injection=study.injection,
        ),
        contradictions=contradictions(
            presentation,
            study.injection,
            readings,
            weighed,
            assessment,
            laterality=side,
        ),
        provenance=Provenance(
            version=VERSION, segmenter=getattr(segmenter, "name", "ridges")
        ),
        problems=study.problems,
        injection=study.injection,
        presentation=presentation,
        notes=tuple(
            dict.fromkeys(
                note
                for reading in readings
                for note in (*reading.view.notes, *reading.scene.notes)
            )
        ),
    )
