"""A reading as a DICOM structured report: Comprehensive SR after TID 1500."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from pydicom.dataset import Dataset

from galactograph.dicom import common
from galactograph.dicom import sr_codes as c
from galactograph.dicom.header import VIEWS, derived_uid
from galactograph.dicom.items import coded, filled
from galactograph.dicom.modules import NOT_A_DEVICE
from galactograph.dicom.sources import Source, evidence, home_of, reference
from galactograph.dicom.sr_groups import Teller
from galactograph.dicom.sr_items import (
    ACQUIRED,
    CONTAINS,
    CONTEXT,
    INFERRED,
    MM_A_PIXEL,
    MODIFIES,
    PROPERTY,
    code,
    container,
    image,
    number,
    text,
    uid,
)
from galactograph.dicom.statement import StatedView, Statement, statement_of
from galactograph.values.report import Advice, Reason, Report

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.88.33"
"""Comprehensive SR: places on projections are two-dimensional (PS3.4, found)."""

_CAUTION = (
    "Outputs are research data that a qualified radiologist must verify; they are not "
    "for clinical decisions. A normal galactogram never excludes disease."
)
_VIEWS = {str(position): code for position, code in VIEWS.items()}


def structured_report(
    report: Report, sources: Sequence[Source], *, made: datetime
) -> Dataset:
    """Return a reading as a structured report.

    Parameters
    ----------
    sources
        The image of each view.
    made
        When; the same moment gives the same object, byte for byte.

    Returns
    -------
    Dataset
        With a measurement group (TID 1410) for each branch, nipple and place of a
        finding; `report_from_sr` gives back all that it says.
    """
    statement, sources = statement_of(report), tuple(sources)
    home = home_of(report, sources)
    dataset = Dataset()
    for part in (
        home.belongs,
        common.equipment(),
        common.dated(made),
        _document(report, made),
        evidence(sources, home.study),
    ):
        dataset.update(part)
    teller = Teller(report=report, statement=statement, sources=sources, made=made)
    title = container(
        c.TITLE,
        [
            *_context(report),
            _library(statement, sources),
            container(c.MEASUREMENTS, teller.groups()),
            container(c.EVALUATIONS, _evaluations(statement, sources)),
        ],
        template="1500",
    )
    del title.RelationshipType
    dataset.update(title)
    images = [source.instance for source in sources]
    common.identified([dataset], "SR", home.study, told=(statement, images, made))
    return dataset


def _document(report: Report, made: datetime) -> Dataset:
    return filled(
        SOPClassUID=SOP_CLASS,
        Modality="SR",
        SeriesNumber=9002,
        SeriesDescription="Galactograph report (research)",
        InstanceCreationDate=made.strftime("%Y%m%d"),
        InstanceCreationTime=made.strftime("%H%M%S"),
        ReferencedPerformedProcedureStepSequence=[],
        PerformedProcedureCodeSequence=[coded(c.DUCTOGRAM)],
        CompletionFlag="COMPLETE",
        CompletionFlagDescription=common.comment(simulated=report.simulated)[:64],
        # A program never verifies; a person may, in an object of their own.
        VerificationFlag="UNVERIFIED",
        PreliminaryFlag="PRELIMINARY",
        CodingSchemeIdentificationSequence=[common.scheme()],
    )


def _context(report: Report) -> Iterator[Dataset]:
    """Yield language, observer and procedure."""
    made = report.provenance
    yield code(c.LANGUAGE, c.ENGLISH, relation=MODIFIES)
    yield code(c.OBSERVER, c.DEVICE, relation=CONTEXT)
    yield uid(c.DEVICE_UID, derived_uid("device", common.NAME, made.version))
    yield text(c.DEVICE_NAME, common.NAME, relation=CONTEXT)
    yield text(c.DEVICE_MAKER, common.NAME, relation=CONTEXT)
    yield text(c.DEVICE_MODEL, f"{common.NAME} {made.version}", relation=CONTEXT)
    yield code(c.PROCEDURE, c.DUCTOGRAM, relation=MODIFIES)


def _library(statement: Statement, sources: Sequence[Source]) -> Dataset:
    images = [
        image(reference(source), _of_image(view), relation=CONTAINS)
        for view, source in zip(statement.views, sources, strict=True)
    ]
    return container(c.LIBRARY, [container(c.LIBRARY_GROUP, images)], template="1600")


def _of_image(view: StatedView) -> Iterator[Dataset]:
    yield code(c.MODALITY, c.MAMMOGRAPHY, relation=ACQUIRED)
    if view.laterality is not None:
        side = common.SIDES[view.laterality]
        yield code(c.IMAGE_SIDE, side, relation=ACQUIRED)
    if view.position in _VIEWS:
        yield code(c.IMAGE_VIEW, _VIEWS[view.position], relation=ACQUIRED)
    elif view.position is not None:
        yield text(c.POSITION, view.position, relation=ACQUIRED)
    if view.spacing_mm is not None:
        down, across = view.spacing_mm
        yield number(c.ACROSS, across, MM_A_PIXEL, relation=ACQUIRED)
        yield number(c.DOWN, down, MM_A_PIXEL, relation=ACQUIRED)
    yield code(c.SIMULATED, c.YES if view.simulated else c.NO, relation=ACQUIRED)


def _evaluations(statement: Statement, sources: Sequence[Source]) -> Iterator[Dataset]:
    """Yield what is said of the whole study."""
    yield text(c.RESEARCH, f"{NOT_A_DEVICE} {_CAUTION}")
    if statement.laterality is not None:
        yield code(c.LATERALITY, common.SIDES[statement.laterality])
    for view, source in zip(statement.views, sources, strict=True):
        why = [text(c.REASON, r, relation=PROPERTY) for r in view.reasons if r]
        shown = image(reference(source), relation=INFERRED)
        yield code(c.ADEQUACY, c.ADEQUACIES[view.adequacy], [*why, shown])
    level = c.LEVELS[statement.assessment.level]
    said = statement.assessment.text
    yield code(
        c.LEVEL, level, [text(c.COMMENT, said, relation=PROPERTY)] if said else []
    )
    yield from map(_advice, statement.advice)
    for note in statement.notes:
        yield text(c.COMMENT, note)
    for problem in statement.problems:
        why = [text(c.REASON, problem.reason, relation=PROPERTY)]
        yield text(c.PROBLEM, problem.source, why)
    made = statement.provenance
    yield text(c.SEGMENTER, made.segmenter)
    for name, value in made.settings.items():
        yield text(c.ALGORITHM_PARAMETERS, f"{name}={json.dumps(value)}")


def _advice(advice: Advice) -> Dataset:
    reasons = [_reason(reason) for reason in advice.reasons]
    return code(c.RECOMMENDATION, c.ACTIONS[advice.action], reasons)


def _reason(reason: Reason) -> Dataset:
    held = [
        text(name, value, relation=PROPERTY)
        for name, value in ((c.RULE, reason.rule), (c.RULE_SOURCE, reason.source))
        if value
    ]
    return text(c.REASON, reason.text, held, relation=PROPERTY)
