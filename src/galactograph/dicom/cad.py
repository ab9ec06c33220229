"""Marks for mammography viewers: Mammography CAD SR after TID 4000, as an export.

Viewers of mammograms draw these marks on the images. The template has no word for a
finding in a duct, so each is a *selected region* that says in text which it is; only
ectasia has one that fits, *tubular density*.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from pydicom.dataset import Dataset

from galactograph.dicom import common
from galactograph.dicom import sr_codes as c
from galactograph.dicom.header import VIEWS
from galactograph.dicom.items import filled
from galactograph.dicom.sources import Source, home_of, reference
from galactograph.dicom.sr_document import bound, document, language, titled
from galactograph.dicom.sr_items import (
    ACQUIRED,
    CONTAINS,
    CONTEXT,
    INFERRED,
    MM,
    MODIFIES,
    PERCENT,
    PROPERTY,
    code,
    container,
    graphic,
    image,
    number,
    text,
    uid,
)
from galactograph.dicom.statement import StatedView, Statement, statement_of
from galactograph.values import concepts as w
from galactograph.values.codes import Code, FindingKind
from galactograph.values.report import Finding, Place, Provenance, Report

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.88.50"

_TITLE = Code("111036", "DCM", "Mammography CAD Report")
_SUMMARY = Code("111017", "DCM", "CAD Processing and Findings Summary")
_NONE = Code("111241", "DCM", "All algorithms succeeded; without findings")
_SOME = Code("111242", "DCM", "All algorithms succeeded; with findings")
_IMPRESSION = Code("111033", "DCM", "Impression Description")
_INDIVIDUAL = Code("111034", "DCM", "Individual Impression/Recommendation")
_INTENT = Code("111056", "DCM", "Rendering Intent")
_MAY_SHOW = Code("111151", "DCM", "Presentation Optional: Rendering device may present")
_FINDING = Code("111059", "DCM", "Single Image Finding")
_REGION = Code("111099", "DCM", "Selected region")
_TUBULAR = Code("129794007", "SCT", "Tubular density")
_DESCRIPTION = Code("111058", "DCM", "Selected Region Description")
_OUTLINE = Code("111041", "DCM", "Outline")
_DETECTIONS = Code("111064", "DCM", "Summary of Detections")
_DETECTED = Code("111063", "DCM", "Successful Detections")
_DETECTION = Code("111022", "DCM", "Detection Performed")
_ANALYSES = Code("111065", "DCM", "Summary of Analyses")
_SUCCEEDED = Code("111222", "DCM", "Succeeded")
_NOT_TRIED = Code("111225", "DCM", "Not Attempted")
"""source: TID 4000 to 4021, CID 6014, 6034, 6042 and 6047 (found)"""

_VIEWS = {str(position): code for position, code in VIEWS.items()}
_LIBRARY_AT = 2
"""Place of the image library under the title, after the language."""


def cad_report(report: Report, sources: Sequence[Source], *, made: datetime) -> Dataset:
    """Return the findings as marks that a mammography viewer may show.

    Parameters
    ----------
    sources
        The image of each view; marks name what was made of it for presentation.
    made
        When; the same moment gives the same object, byte for byte.
    """
    statement = statement_of(report)
    home = home_of(report, sources)
    shown = tuple(source.for_eyes for source in sources)
    head = document(
        sop_class=SOP_CLASS,
        number=9006,
        words="Galactograph marks (research)",
        made=made,
        simulated=report.simulated,
    )
    del head.CodingSchemeIdentificationSequence  # not one word here is ours
    dataset = bound(head, home, shown, made)
    views = zip(statement.views, shown, strict=True)
    library = [image(reference(s), _of_image(v), relation=CONTAINS) for v, s in views]
    marks = list(_individuals(report, statement, made))
    said = f"{statement.assessment.text} {common.comment(simulated=report.simulated)}"
    parts = [
        language(),
        container(c.LIBRARY, library),
        code(
            _SUMMARY,
            _SOME if marks else _NONE,
            [
                text(_IMPRESSION, said.strip(), relation=PROPERTY),
                *_algorithm(statement.provenance),
                *marks,
            ],
        ),
        _detections(statement),
        code(_ANALYSES, _NOT_TRIED),
    ]
    titled(dataset, _TITLE, parts, template="4000")
    images = [source.instance for source in shown]
    common.identified([dataset], "CAD", home.study, told=(statement, images, made))
    return dataset


def _of_image(view: StatedView) -> Iterator[Dataset]:
    """Yield side, view and spacing (TID 4020, whose unit is mm and not mm a pixel)."""
    if view.laterality is not None:
        side = common.BREASTS[view.laterality]
        yield code(c.IMAGE_SIDE, side, relation=ACQUIRED)
    if view.position in _VIEWS:
        yield code(c.IMAGE_VIEW, _VIEWS[view.position], relation=ACQUIRED)
    if view.spacing_mm is not None:
        down, across = view.spacing_mm
        yield number(c.ACROSS, across, MM, relation=ACQUIRED)
        yield number(c.DOWN, down, MM, relation=ACQUIRED)


def _individuals(
    report: Report, statement: Statement, made: datetime
) -> Iterator[Dataset]:
    """Yield an impression for each finding, with a mark for each of its places."""
    for count, finding in enumerate(statement.findings, 1):
        thing = common.tracked(report, f"finding {count}", made)
        marks = [
            _mark(finding, place, thing, statement.provenance)
            for place in finding.places
        ]
        yield container(_INDIVIDUAL, [_optional(), *marks], relation=INFERRED)


def _optional() -> Dataset:
    # Research: nobody shall be made to look at it.
    return code(_INTENT, _MAY_SHOW, relation=MODIFIES)


def _algorithm(made: Provenance) -> list[Dataset]:
    return [
        text(c.ALGORITHM, common.NAME, relation=PROPERTY),
        text(c.ALGORITHM_VERSION, made.version, relation=PROPERTY),
    ]


def _kind(finding: FindingKind) -> Code:
    return _TUBULAR if finding is FindingKind.ECTASIA else _REGION


def _mark(finding: Finding, place: Place, thing: str, made: Provenance) -> Dataset:
    kind = _kind(finding.kind)
    sure = round(100 * finding.confidence, 2)
    parts = [
        _optional(),
        text(c.TRACKING, finding.identifier, relation=CONTEXT),
        uid(c.TRACKING_UID, thing),
        *_algorithm(made),
        number(w.CERTAINTY, sure, PERCENT, relation=PROPERTY),
        _placed(c.CENTRE, ((place.row, place.column),), place),
    ]
    if len(place.outline) > 2:
        closed = (*place.outline, place.outline[0])
        parts.append(_placed(_OUTLINE, closed, place))
    if kind is _REGION:
        parts.append(text(_DESCRIPTION, _sentence(finding), relation=PROPERTY))
        parts += [
            number(name, size, MM, relation=PROPERTY)
            for name, size in (
                (w.LENGTH, finding.length_mm),
                (w.WIDTH, finding.width_mm),
            )
            if size is not None
        ]
    return code(_FINDING, kind, parts)


def _placed(name: Code, points: Sequence[tuple[float, float]], place: Place) -> Dataset:
    """Return points on an image of the library, which is named by where it stands."""
    item = graphic(name, points, relation=PROPERTY)
    at = filled(
        RelationshipType="SELECTED FROM",
        ReferencedContentItemIdentifier=[1, _LIBRARY_AT, place.view + 1],
    )
    item.ContentSequence = [at]
    return item


def _sentence(finding: Finding) -> str:
    where = (
        ""
        if finding.along_duct_mm is None
        else f", {finding.along_duct_mm:.1f} mm from the nipple along the duct"
    )
    return f"{finding.kind.code.meaning}{where}. Research mark, unverified."


def _detections(statement: Statement) -> Dataset:
    """Return which detections were made, on which images (TID 4015, 4017)."""
    images = [
        filled(
            RelationshipType=PROPERTY,
            ReferencedContentItemIdentifier=[1, _LIBRARY_AT, view + 1],
        )
        for view in range(len(statement.views))
    ]
    made = statement.provenance
    done = [
        code(_DETECTION, kind, [*_algorithm(made), *images])
        for kind in (_REGION, _TUBULAR)
    ]
    held = [container(_DETECTED, done, relation=INFERRED)]
    return code(_DETECTIONS, _SUCCEEDED, held)
