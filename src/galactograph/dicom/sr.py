"""A reading as a DICOM structured report: Comprehensive SR after TID 1500."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from pydicom.dataset import Dataset

from galactograph.dicom import common
from galactograph.dicom import sr_codes as c
from galactograph.dicom.header import VIEWS
from galactograph.dicom.modules import NOT_A_DEVICE
from galactograph.dicom.sources import Source, home_of, reference
from galactograph.dicom.sr_document import (
    COMPREHENSIVE,
    bound,
    document,
    language,
    observer,
    titled,
)
from galactograph.dicom.sr_groups import Teller
from galactograph.dicom.sr_injection import injection
from galactograph.dicom.sr_items import (
    ACQUIRED,
    CONTAINS,
    INFERRED,
    MM_A_PIXEL,
    MODIFIES,
    PROPERTY,
    code,
    container,
    image,
    number,
    text,
)
from galactograph.dicom.statement import StatedView, Statement, statement_of
from galactograph.values import concepts as w
from galactograph.values.report import Advice, Reason, Report

SOP_CLASS = COMPREHENSIVE

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
    head = document(
        sop_class=SOP_CLASS,
        number=9002,
        words="Galactograph report (research)",
        made=made,
        simulated=report.simulated,
    )
    dataset = bound(head, home, sources, made)
    teller = Teller(report=report, statement=statement, sources=sources, made=made)
    parts = [
        *_context(report),
        _library(statement, sources),
        container(c.MEASUREMENTS, teller.groups()),
        container(c.EVALUATIONS, _evaluations(statement, sources)),
    ]
    if statement.injection is not None:
        parts.append(injection(statement.injection))
    titled(dataset, c.TITLE, parts, template="1500")
    images = [source.instance for source in sources]
    common.identified([dataset], "SR", home.study, told=(statement, images, made))
    return dataset


def _context(report: Report) -> Iterator[Dataset]:
    """Yield language, observer and procedure."""
    yield language()
    yield from observer(report.provenance)
    yield code(c.PROCEDURE, w.DUCTOGRAM, relation=MODIFIES)


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
    yield text(w.RESEARCH_USE, f"{NOT_A_DEVICE} {c.CAUTION}")
    if statement.laterality is not None:
        yield code(c.LATERALITY, common.SIDES[statement.laterality])
    for view, source in zip(statement.views, sources, strict=True):
        why = [text(c.REASON, r, relation=PROPERTY) for r in view.reasons if r]
        shown = image(reference(source), relation=INFERRED)
        yield code(w.ADEQUACY, w.ADEQUACIES[view.adequacy], [*why, shown])
    level = w.LEVELS[statement.assessment.level]
    said = statement.assessment.text
    yield code(
        w.LEVEL,
        level,
        [text(c.COMMENT, said, relation=PROPERTY)] if said else [],
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
    return code(w.RECOMMENDATION, w.ACTIONS[advice.action], reasons)


def _reason(reason: Reason) -> Dataset:
    held = [
        text(name, value, relation=PROPERTY)
        for name, value in ((c.RULE, reason.rule), (c.RULE_SOURCE, reason.source))
        if value
    ]
    return text(c.REASON, reason.text, held, relation=PROPERTY)
