"""Galactography (ductography): simulate galactograms and read them.

Research software, not a medical device.

    simulate:  Patient > Breast > Filling > Projection > Study
    read:      Study > Image > DuctMap > DuctTree > Finding > Advice > Report

The public face: `read`, `simulate`, `stream`, the nouns and the errors. It is lazy:
`import galactograph` loads nothing heavy, and a name is fetched when it is used.
"""

# Imports stand inside functions here so that importing the package stays quick.
# ruff: noqa: PLC0415

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from galactograph.errors import (
    ArchiveError,
    DicomError,
    GalactographError,
    InvalidValue,
    MissingExtra,
    NotFound,
    Unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike

    from galactograph.reporting.notebook import Report
    from galactograph.seeds import stream
    from galactograph.simulation import simulate
    from galactograph.values.codes import CauseName, FindingKind, Laterality
    from galactograph.values.patient import (
        Colour,
        Discharge,
        History,
        Patient,
        Presentation,
        Reaction,
    )
    from galactograph.values.procedure import Exposure, Injection, Procedure
    from galactograph.values.record import InjectionRecord
    from galactograph.values.report import Finding, Reading
    from galactograph.values.study import Study, View
    from galactograph.values.tree import DuctTree

_HOMES = {
    "Colour": "values.patient",
    "Discharge": "values.patient",
    "DuctTree": "values.tree",
    "Exposure": "values.procedure",
    "Finding": "values.report",
    "FindingKind": "values.codes",
    "History": "values.patient",
    "Injection": "values.procedure",
    "InjectionRecord": "values.record",
    "Laterality": "values.codes",
    "Patient": "values.patient",
    "Presentation": "values.patient",
    "Procedure": "values.procedure",
    "Reaction": "values.patient",
    "Reading": "values.report",
    "Report": "reporting.notebook",
    "Study": "values.study",
    "View": "values.study",
    "simulate": "simulation",
    "stream": "seeds",
}

__all__ = [
    "ArchiveError",
    "Colour",
    "DicomError",
    "Discharge",
    "DuctTree",
    "Exposure",
    "Finding",
    "FindingKind",
    "GalactographError",
    "History",
    "Injection",
    "InjectionRecord",
    "InvalidValue",
    "Laterality",
    "MissingExtra",
    "NotFound",
    "Patient",
    "Presentation",
    "Procedure",
    "Reaction",
    "Reading",
    "Report",
    "Study",
    "Unreadable",
    "View",
    "__version__",
    "read",
    "simulate",
    "stream",
]


def read(  # noqa: PLR0913  what a user may know of a study
    study: Study | PathLike[str] | str,
    *,
    pixel_spacing_mm: float | None = None,
    laterality: Laterality | None = None,
    position: str | None = None,
    presentation: Presentation | None = None,
    injection: InjectionRecord | None = None,
    segmenter: str = "both",
    priors: Mapping[CauseName, float] | None = None,
    force: bool = False,
    progress: Callable[[str, float], None] | None = None,
    processes: int = 1,
) -> Report:
    """Read a galactography study: ducts, findings, where they lie, what to consider.

    Parameters
    ----------
    study
        A file, a folder or a zip of images, or a `Study`.
    pixel_spacing_mm
        For images that do not know their spacing: distance of pixels in the breast.
    laterality, position
        Side and DICOM View Position, for images that do not say.
    presentation
        What is known before the images; unknown stays unknown.
    injection
        What was injected and how it went, to stand in the report. If not given, that
        of `injection.toml` in the folder of the study; if that is not there, what the
        headers of the images tell.
    segmenter
        Name of a plugin behind the door "segmenters".
    priors
        How common each cause is where the patient comes from, in any unit; as
        published if not given.
    force
        Read images that are not mammograms too.
    progress
        Called with the name of a stage and its share done, in [0, 1].
    processes
        With two, a copy of the process reads every other view, where that is safe; for
        programs that do nothing else meanwhile.

    Returns
    -------
    Report
        Shows itself in a notebook; `save` writes it.

    Raises
    ------
    Unreadable
        If nothing in the study can be read; says what, where and what to do.
    """
    from dataclasses import replace
    from pathlib import Path

    from galactograph.dicom.study import load
    from galactograph.pictures import draw, thumbnail
    from galactograph.plugins import plugin
    from galactograph.reading import read as read_study
    from galactograph.reporting.notebook import face
    from galactograph.values.record_text import kept_record
    from galactograph.values.study import Study

    chosen = plugin("segmenters", segmenter)
    if isinstance(study, Study):
        views = study
    else:
        if progress is not None:
            progress("loading", 0.0)
        injection = injection or kept_record(Path(study))
        views = load(
            Path(study),
            pixel_spacing_mm=pixel_spacing_mm,
            force=force,
            laterality=laterality,
            position=position,
        )
    if presentation is not None:
        patient = replace(views.patient, presentation=presentation)
        views = replace(views, patient=patient)
    if injection is not None:
        views = replace(views, injection=injection)
    report = read_study(
        views,
        segmenter=chosen,
        priors=priors,
        progress=progress,
        processes=processes,
    )
    return face(report, artist=draw, sketcher=thumbnail)


def __getattr__(name: str) -> Any:  # noqa: ANN401  a module holds anything
    if name == "__version__":
        return import_module("galactograph.version").VERSION
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'galactograph' has no attribute {name!r}")
    found = getattr(import_module(f"galactograph.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
