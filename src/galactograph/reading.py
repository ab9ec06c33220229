"""Read a study: from images to findings, advice and report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import RLock

from galactograph.advice.assessment import assess
from galactograph.advice.causes import explain
from galactograph.advice.contradictions import contradictions
from galactograph.advice.management import advise, counts
from galactograph.ducts.adequacy import has_contrast, judge
from galactograph.ducts.background import prepare
from galactograph.ducts.breast import MAMMOGRAPHIC
from galactograph.ducts.clouds import find_clouds
from galactograph.ducts.correlation import correlate, side_of
from galactograph.ducts.entering import enter
from galactograph.ducts.measurement import measure
from galactograph.ducts.nipple import refine
from galactograph.ducts.proposing import BOTH
from galactograph.ducts.rays import along_rays, in_slices
from galactograph.ducts.space_depth import deepened
from galactograph.ducts.space_trees import lift
from galactograph.ducts.straightening import straighten
from galactograph.ducts.systems import systems, systems_of
from galactograph.ducts.tracing import trace
from galactograph.finders import FINDERS, calibrate, settle
from galactograph.kernels.forks import forkable, in_two
from galactograph.kernels.memory import give_back
from galactograph.kernels.threads import shareable
from galactograph.plugins import Finder, Segmenter
from galactograph.values.codes import Adequacy, CauseName
from galactograph.values.report import Finding, Provenance, Reading, Report
from galactograph.values.study import Role, Study, View
from galactograph.version import VERSION

Progress = Callable[[str, float], None]

_Found = tuple[Finding, ...]

_DUCTS_OF_ONE = RLock()
"""Held while ducts are told from the rest in a view. That takes both cores and most of
the memory; what comes after takes one core, and runs beside the next view's turn."""


def read(
    study: Study,
    *,
    segmenter: Segmenter = BOTH,
    finders: Sequence[Finder] = FINDERS,
    priors: Mapping[CauseName, float] | None = None,
    progress: Progress | None = None,
    processes: int = 1,
) -> Report:
    """Read the galactograms of a study.

    Parameters
    ----------
    study
        One or more views of one breast, scouts among them.
    segmenter, finders
        How ducts are told from the rest, and what is looked for.
    priors
        How common each cause is where the patient comes from; as published if not
        given.
    progress
        Called with the name of each step and the fraction done, in [0, 1].
    processes
        That views may be read in; with two, a copy of this process reads every other
        view, where that is safe. For programs that do nothing else meanwhile.

    Returns
    -------
    Report
        Every view read, findings of all views brought together, and advice.
    """
    tell = progress or (lambda _step, _fraction: None)
    shown = [view for view in study.views if view.role is not Role.SCOUT]
    views = shown or list(study.views)
    every: list[Reading] = []
    found: list[Finding] = []
    tell("reading " + ", ".join(view.name for view in views), 0.0)
    one = partial(_one, study, views, segmenter)
    find = partial(_find, finders=finders)
    each = _each(study, views, one, find, processes=processes)
    for number, (reading, seen) in enumerate(each):
        every.append(reading)
        found += seen
        tell(f"read {views[number].name}", 0.95 * (number + 1) / len(views))
    readings = tuple(every)
    tell("bringing views together", 0.95)
    settled = settle(found, [systems(reading) for reading in readings])
    trees = lift(readings)
    weighed = calibrate(correlate(readings, settled, trees), readings)
    report = _report(study, readings, weighed, segmenter, priors)
    return replace(report, ducts_3d=trees)


def read_view(
    view: View,
    *,
    index: int = 0,
    scout: View | None = None,
    segmenter: Segmenter = BOTH,
) -> Reading:
    """Read one view: scene, duct map, trees, calibres, strips, adequacy."""
    scene = prepare(view, scout=scout)
    # Of a stack, lines are drawn along the rays of its source.
    cast, drawn = along_rays(view, scene)
    with _DUCTS_OF_ONE:
        duct_map = segmenter(cast, drawn)
        give_back()
    lines = enter(trace(cast, drawn, duct_map), drawn, view.image.grid.pixel_mm)
    traces = in_slices(cast, drawn, lines)
    ducts, shown = measure(view, scene, traces)
    gauge = shown.opacity_per_mm
    contrast = has_contrast(view, scene, traces, gauge)
    # What was forced in is no galactogram, but whoever forced it wants its lines.
    if not contrast[0] and view.modality in MAMMOGRAPHIC:
        ducts = ()
    ducts = tuple(deepened(view, duct) for duct in ducts)
    clouds = find_clouds(view, scene, ducts, gauge)
    scene = replace(scene, nipple=refine(view, scene, ducts))
    return Reading(
        index=index,
        view=view,
        scene=scene,
        duct_map=duct_map,
        ducts=ducts,
        strips=straighten(view, scene, ducts, shown),
        adequacy=judge(view, scene, ducts, clouds, contrast, blur_mm=shown.blur_mm),
        opacity_per_mm=gauge,
        blur_mm=shown.blur_mm,
        clouds=clouds,
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


def _one(
    study: Study, views: Sequence[View], segmenter: Segmenter, index: int
) -> Reading:
    """Read one of the views that are to be read."""
    view = views[index]
    filled = any(view.role is not Role.SCOUT for view in views)
    scout = _scout_of(view, study) if filled else None
    return read_view(view, index=index, scout=scout, segmenter=segmenter)


def _each(
    study: Study,
    views: Sequence[View],
    one: Callable[[int], Reading],
    find: Callable[[Reading], _Found],
    *,
    processes: int,
) -> Iterator[tuple[Reading, _Found]]:
    """Yield the reading and the findings of each view, in order.

    Two radiographs are read at a time where that is safe: one thread of Python leaves
    the machine half idle. What comes out does not depend on it.
    """

    def whole(index: int) -> tuple[Reading, _Found]:
        reading = one(index)
        return reading, find(reading)

    count = len(views)
    # A stack is large: two at a time would not fit a laptop.
    both = count > 1 and all(view.slices is None for view in views)
    if both and processes > 1 and forkable():
        images = [view.image for view in study.views]
        held = (*study.views, *images, *(image.pixels for image in images))
        yield from in_two(whole, count, held=held)
        return
    with ThreadPoolExecutor(2 if both and shareable() else 1) as pool:
        for reading in pool.map(one, range(count)):
            yield reading, find(reading)


def _find(reading: Reading, finders: Sequence[Finder]) -> _Found:
    """Look for findings in a view, if it can be read."""
    unread = (Adequacy.NO_CONTRAST, Adequacy.NOT_A_GALACTOGRAM)
    if reading.adequacy.status in unread:
        return ()
    return tuple(finding for find in finders for finding in find(reading))


def _report(
    study: Study,
    readings: tuple[Reading, ...],
    findings: tuple[Finding, ...],
    segmenter: Segmenter,
    priors: Mapping[CauseName, float] | None,
) -> Report:
    """Weigh the findings, assess the study, and say what to consider next."""
    presentation = study.patient.presentation
    weighed = explain(findings, presentation, priors=priors)
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
            version=VERSION,
            segmenter=getattr(segmenter, "name", "ridges"),
            settings={f"prior {name}": share for name, share in (priors or {}).items()},
        ),
        problems=study.problems,
        injection=study.injection,
        presentation=presentation,
        notes=tuple(
            dict.fromkeys(
                note
                for reading in readings
                for note in (
                    *reading.view.notes,
                    *reading.scene.notes,
                    *reading.duct_map.notes,
                )
            )
        ),
    )
