"""The reading as a Breast Imaging Report (TID 4200): what a clinician's viewer shows.

The one standard template whose findings include those of ductography (CID 6057). It
says less than the measurement report (`sr`), in the words of a mammography report.

It holds no assessment category: the standard's are those of BI-RADS, and the level of
this project is none of them. It stands in the text, as what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from pydicom.dataset import Dataset

from galactograph.dicom import common
from galactograph.dicom import sr_codes as c
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
from galactograph.dicom.sr_items import (
    CONTEXT,
    INFERRED,
    MM,
    MODIFIES,
    PROPERTY,
    code,
    container,
    number,
    region,
    text,
    uid,
)
from galactograph.dicom.statement import Statement, statement_of
from galactograph.values import concepts as w
from galactograph.values.clock import hour
from galactograph.values.codes import Code, Laterality
from galactograph.values.report import Finding, Place, Report

SOP_CLASS = COMPREHENSIVE

TITLE = Code("111400", "DCM", "Breast Imaging Report")
_NARRATIVE = Code("111412", "DCM", "Narrative Summary")
_SUPPLEMENT = Code("111414", "DCM", "Supplementary Data")
_FINDINGS = Code("121070", "DCM", "Findings")
_PATH = Code("121055", "DCM", "Path")
_SHAPE = Code("107644003", "SCT", "Shape")

_SECTIONS = {
    "procedure": (c.PROCEDURE, c.PROCEDURE),
    "findings": (Code("59776-5", "LN", "Findings"), w.FINDING),
    "impression": (
        Code("19005-8", "LN", "Impressions"),
        Code("121073", "DCM", "Impression"),
    ),
    "recommendation": (
        Code("18783-1", "LN", "Recommendations"),
        w.RECOMMENDATION,
    ),
}
"""Heading and text of each part; source: CID 6052 and 6053 (found)"""

_SHAPES = {
    "lobulated": Code("40266001", "SCT", "Lobular"),
    "irregular": Code("49608001", "SCT", "Irregular"),
}
"""source: CID 6004 (found); it has no word for a smooth shape"""


def breast_report(
    report: Report, sources: Sequence[Source], *, made: datetime
) -> Dataset | None:
    """Return the reading as a Breast Imaging Report.

    Parameters
    ----------
    sources
        The image of each view; places name what was made of it for presentation.
    made
        When; the same moment gives the same object, byte for byte.

    Returns
    -------
    Dataset or None
        None if the side is not known: the template demands it.
    """
    if report.laterality is None:
        return None
    statement = statement_of(report)
    home = home_of(report, sources)
    shown = tuple(source.for_eyes for source in sources)
    head = document(
        sop_class=SOP_CLASS,
        number=9007,
        words="Galactograph breast imaging report (research)",
        made=made,
        simulated=report.simulated,
    )
    dataset = bound(head, home, shown, made)
    parts = [
        language(),
        *observer(report.provenance),
        container(_NARRATIVE, _narrative(statement, report)),
        container(
            _SUPPLEMENT,
            [
                _procedure(report.laterality),
                *_findings(report, statement, report.laterality, shown, made),
            ],
        ),
    ]
    titled(dataset, TITLE, parts, template="4200")
    images = [source.instance for source in shown]
    common.identified([dataset], "BREAST", home.study, told=(statement, images, made))
    return dataset


def _narrative(statement: Statement, report: Report) -> Iterator[Dataset]:
    """Yield the report as prose, part by part (TID 4202)."""
    findings = " ".join(_told(finding) for finding in statement.findings)
    what_next = " ".join(
        f"{w.ACTIONS[advice.action].meaning}: "
        f"{' '.join(reason.text for reason in advice.reasons)}"
        for advice in statement.advice
    )
    assessed = statement.assessment
    simulated = "SIMULATED IMAGES. " if report.simulated else ""
    for name, prose in (
        ("procedure", f"{simulated}Galactography. {_adequacy(statement)}"),
        ("findings", findings or "No finding was made in the ducts that are filled."),
        (
            "impression",
            f"{assessed.text} Research level {assessed.level} of DG0 to DG5; this is "
            f"no BI-RADS category. {NOT_A_DEVICE} {c.CAUTION}".strip(),
        ),
        ("recommendation", what_next or "None."),
    ):
        heading, name_of_text = _SECTIONS[name]
        yield container(heading, [text(name_of_text, prose)])


def _adequacy(statement: Statement) -> str:
    return " ".join(
        f"{view.position or 'View'} {number}: "
        f"{' '.join([w.ADEQUACIES[view.adequacy].meaning + '.', *view.reasons])}"
        for number, view in enumerate(statement.views, 1)
    )


def _told(finding: Finding) -> str:
    """Return a finding as a sentence."""
    words = [f"{finding.identifier}: {finding.kind.code.meaning}"]
    if finding.length_mm is not None:
        words.append(f"{finding.length_mm:.1f} mm long")
    if finding.along_duct_mm is not None:
        words.append(f"{finding.along_duct_mm:.1f} mm from the nipple along the duct")
    if finding.straight_mm is not None:
        words.append(f"{finding.straight_mm:.1f} mm as the crow flies")
    if finding.clock is not None:
        words.append(f"at {finding.clock} o'clock")
    if finding.depth is not None:
        words.append(f"{finding.depth} third")
    return f"{', '.join(words)}. {finding.explanation}".strip()


def _procedure(side: Laterality) -> Dataset:
    """Return what was done, on which breast (TID 4201)."""
    breast = code(c.LATERALITY, common.BREASTS[side], relation=MODIFIES)
    return code(c.PROCEDURE, w.DUCTOGRAM, [breast])


def _findings(
    report: Report,
    statement: Statement,
    side: Laterality,
    shown: Sequence[Source],
    made: datetime,
) -> Iterator[Dataset]:
    """Yield the section of coded findings, if there are any (TID 4206)."""
    if not statement.findings:
        return
    told = [
        _finding(
            finding, side, shown, common.tracked(report, f"finding {number}", made)
        )
        for number, finding in enumerate(statement.findings, 1)
    ]
    yield container(_FINDINGS, [_procedure(side), *told])


def _finding(
    finding: Finding, side: Laterality, shown: Sequence[Source], thing: str
) -> Dataset:
    parts = [
        text(c.TRACKING, finding.identifier, relation=CONTEXT),
        uid(c.TRACKING_UID, thing),
        code(c.LATERALITY, common.BREASTS[side], relation=MODIFIES),
    ]
    at = hour(finding.clock)
    if at is not None and at == int(at):
        parts.append(code(w.CLOCK, w.CLOCKS[int(at) or 12], relation=PROPERTY))
    parts += _sizes(finding, shown)
    if finding.depth is not None:
        parts.append(code(w.DEPTH, w.DEPTHS[finding.depth], relation=PROPERTY))
    if finding.shape in _SHAPES:
        parts.append(code(_SHAPE, _SHAPES[finding.shape], relation=PROPERTY))
    return code(w.FINDING, finding.kind.code, parts)


def _sizes(finding: Finding, shown: Sequence[Source]) -> Iterator[Dataset]:
    """Yield length, width and distances, the first with the places they are of."""
    first = finding.places[0]
    where = [_path(first, shown)] if len(first.outline) > 1 else []
    for name, size in (
        (w.LENGTH, finding.length_mm),
        (w.WIDTH, finding.width_mm),
        (w.FROM_NIPPLE, finding.straight_mm),
        (w.ALONG_DUCT, finding.along_duct_mm),
    ):
        if size is not None:
            yield number(name, size, MM, where, relation=PROPERTY)
            where = []


def _path(place: Place, shown: Sequence[Source]) -> Dataset:
    closed = (*place.outline, place.outline[0])
    image = reference(shown[place.view], place.frame)
    return region(_PATH, closed, image, relation=INFERRED)
