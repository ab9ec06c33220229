"""A structured report read back: everything that it says of a reading."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from pydicom.dataset import Dataset

from galactograph.dicom import sr_codes as c
from galactograph.dicom.common import NAME, SIDES
from galactograph.dicom.header import VIEWS
from galactograph.dicom.headers import foreign
from galactograph.dicom.sr_injection import injection_from
from galactograph.dicom.sr_items import (
    amount,
    child,
    children,
    is_named,
    meant,
    needed,
    places,
    shown_on,
    value_of,
    words,
)
from galactograph.dicom.statement import StatedBranch, StatedView, Statement
from galactograph.errors import DicomError
from galactograph.values import concepts as w
from galactograph.values.codes import Code, FindingKind, Laterality
from galactograph.values.report import (
    Advice,
    Assessment,
    Cause,
    Finding,
    Nipple,
    Place,
    Provenance,
    Reason,
)
from galactograph.values.study import Problem

_KINDS = {kind: kind.code for kind in FindingKind}
_POSITIONS = {str(position): code for position, code in VIEWS.items()}


def report_from_sr(dataset: Dataset) -> Statement:
    """Return what a structured report of ours says.

    Parameters
    ----------
    dataset
        As pydicom reads it.

    Raises
    ------
    DicomError
        If it is another kind of object, another program's report, or damaged; says
        which.
    """
    with foreign("structured report", "is damaged; export it again."):
        author = child(dataset, c.DEVICE_NAME)
        if dataset.get("Modality") != "SR" or not is_named(dataset, c.TITLE):
            raise DicomError("not a TID 1500 structured report of galactograph.")
        if author is None or words(author) != NAME:
            raise DicomError("a report of another program; it was left alone.")
        return _statement(dataset)


def _statement(dataset: Dataset) -> Statement:
    said = needed(dataset, c.EVALUATIONS)
    views = tuple(_views(dataset, said))
    index = {view.instance: number for number, view in enumerate(views)}
    groups = tuple(children(needed(dataset, c.MEASUREMENTS), c.GROUP))
    ducts = [g for g in groups if _what(g) == c.LUMEN]
    branches = tuple(_branch(group, index) for group in ducts)
    level = needed(said, w.LEVEL)
    nipples = {
        index[shown_on(needed(g, c.REGION))[0]]: _nipple(g)
        for g in groups
        if _what(g) == c.NIPPLE
    }
    side = child(said, c.LATERALITY)
    return Statement(
        study_uid=str(dataset.StudyInstanceUID),
        laterality=None if side is None else meant(SIDES, side),
        views=tuple(
            replace(view, nipple=nipples.get(number))
            for number, view in enumerate(views)
        ),
        branches=branches,
        findings=tuple(_findings(groups, index, branches)),
        assessment=Assessment(
            level=meant(w.LEVELS, level), text=words(child(level, c.COMMENT))
        ),
        advice=tuple(_advice(item) for item in children(said, w.RECOMMENDATION)),
        provenance=_provenance(dataset, said),
        problems=tuple(
            Problem(source=words(item), reason=words(child(item, c.REASON)))
            for item in children(said, c.PROBLEM)
        ),
        notes=tuple(words(item) for item in children(said, c.COMMENT)),
        injection=injection_from(dataset),
    )


def _what(group: Dataset) -> Code:
    return value_of(needed(group, w.FINDING))


def _views(dataset: Dataset, said: Dataset) -> Iterator[StatedView]:
    verdicts = {}
    for item in children(said, w.ADEQUACY):
        reasons = tuple(words(reason) for reason in children(item, c.REASON))
        verdicts[shown_on(item)[0]] = (meant(w.ADEQUACIES, item), reasons)
    library = needed(dataset, c.LIBRARY)
    for item in children(needed(library, c.LIBRARY_GROUP)):
        instance = str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
        adequacy, reasons = verdicts[instance]
        yield StatedView(
            instance=instance,
            laterality=_side(item),
            position=_position(item),
            spacing_mm=_spacing(item),
            adequacy=adequacy,
            reasons=reasons,
            nipple=None,
            simulated=value_of(needed(item, c.SIMULATED)) == c.YES,
        )


def _side(item: Dataset) -> Laterality | None:
    side = child(item, c.IMAGE_SIDE)
    return None if side is None else meant(SIDES, side)


def _position(item: Dataset) -> str | None:
    coded, named = child(item, c.IMAGE_VIEW), child(item, c.POSITION)
    if coded is not None:
        return meant(_POSITIONS, coded)
    return None if named is None else words(named)


def _spacing(item: Dataset) -> tuple[float, float] | None:
    down, across = child(item, c.DOWN), child(item, c.ACROSS)
    if down is None or across is None:
        return None
    return amount(down)[0], amount(across)[0]


def _nipple(group: Dataset) -> Nipple:
    ((row, column),) = places(needed(group, c.REGION))
    return Nipple(
        row=row,
        column=column,
        confidence=_share(needed(group, w.CERTAINTY)),
        reason=words(child(group, c.COMMENT)),
    )


def _share(item: Dataset) -> float:
    return round(amount(item)[0] / 100, 4)


def _branch(group: Dataset, index: Mapping[str, int]) -> StatedBranch:
    line = needed(group, c.REGION)
    instance, frame = shown_on(line)
    length, unit = amount(needed(group, w.PATH_LENGTH))
    calibres = {
        value_of(needed(item, c.DERIVATION)).value: amount(item)[0]
        for item in children(group, c.DIAMETER)
    }
    above = child(group, c.PARENT)
    return StatedBranch(
        view=index[instance],
        identifier=_count(group, c.BRANCH_NUMBER),
        parent=None if above is None else _branch_number(above),
        tree=_count(group, c.TREE_NUMBER),
        generation=_count(group, c.GENERATION),
        strahler=_count(group, c.STRAHLER),
        rooted=value_of(needed(group, c.ROOTED)) == c.YES,
        points=places(line),
        frame=frame,
        unit="mm" if unit == "mm" else "px",
        length=length,
        calibre=calibres[c.MEAN.value],
        least_calibre=calibres[c.LEAST.value],
        largest_calibre=calibres[c.LARGEST.value],
    )


def _count(group: Dataset, name: Code) -> int:
    return int(amount(needed(group, name))[0])


def _branch_number(item: Dataset) -> int:
    return int(words(item).rpartition("-B")[2])


def _findings(
    groups: tuple[Dataset, ...],
    index: Mapping[str, int],
    branches: tuple[StatedBranch, ...],
) -> Iterator[Finding]:
    """Yield the findings; groups with one tracking UID are places of one finding."""
    told: dict[str, list[Dataset]] = {}
    for group in groups:
        if _what(group) not in (c.LUMEN, c.NIPPLE):
            told.setdefault(str(needed(group, c.TRACKING_UID).UID), []).append(group)
    homes: dict[tuple[int, int], tuple[int, int]] = {}
    firsts: dict[tuple[int, int], int] = {}
    for b in branches:
        first = firsts.setdefault((b.view, b.tree), b.identifier)
        homes[b.view, b.identifier] = (b.tree, b.identifier - first)
    for parts in told.values():
        seen = tuple(_place(part, index, homes) for part in parts)
        yield _finding(parts[0], seen)


def _place(
    group: Dataset,
    index: Mapping[str, int],
    homes: Mapping[tuple[int, int], tuple[int, int]],
) -> Place:
    mark = needed(needed(group, w.CERTAINTY), c.CENTRE)
    instance, frame = shown_on(mark)
    ((row, column),) = places(mark)
    line = places(needed(group, c.REGION))
    view, named = index[instance], child(group, c.BRANCH)
    home = (None, None) if named is None else homes[view, _branch_number(named)]
    return Place(
        view=view,
        row=row,
        column=column,
        frame=frame,
        duct=home[0],
        branch=home[1],
        outline=line[:-1],
    )


def _finding(group: Dataset, seen: tuple[Place, ...]) -> Finding:
    site = needed(group, w.SITE)
    clock, depth = child(site, c.CLOCK_TEXT), child(site, w.DEPTH)
    sizes = {
        name: None if item is None else amount(item)[0]
        for name in (
            w.LENGTH,
            w.WIDTH,
            w.FROM_NIPPLE,
            w.ALONG_DUCT,
        )
        for item in [child(group, name)]
    }
    return Finding(
        kind=meant(_KINDS, needed(group, w.FINDING)),
        places=seen,
        confidence=_share(needed(group, w.CERTAINTY)),
        length_mm=sizes[w.LENGTH],
        width_mm=sizes[w.WIDTH],
        along_duct_mm=sizes[w.ALONG_DUCT],
        straight_mm=sizes[w.FROM_NIPPLE],
        clock=None if clock is None else words(clock),
        depth=None if depth is None else meant(w.DEPTHS, depth),
        shape=words(child(group, w.SHAPE)),
        evidence={
            words(item): amount(needed(item, c.EVIDENCE_VALUE))[0]
            for item in children(group, c.EVIDENCE)
        },
        causes=tuple(
            Cause(
                name=meant(w.CAUSES, item),
                probability=_share(needed(item, w.PROBABILITY)),
                arithmetic=words(child(item, w.ARITHMETIC)),
            )
            for item in children(group, w.CAUSE)
        ),
        explanation=words(child(group, c.COMMENT)),
        identifier=words(needed(group, c.TRACKING)),
    )


def _advice(item: Dataset) -> Advice:
    return Advice(
        action=meant(w.ACTIONS, item),
        reasons=tuple(
            Reason(
                rule=words(child(reason, c.RULE)),
                text=words(reason),
                source=words(child(reason, c.RULE_SOURCE)),
            )
            for reason in children(item, c.REASON)
        ),
    )


def _provenance(dataset: Dataset, said: Dataset) -> Provenance:
    model = words(needed(dataset, c.DEVICE_MODEL))
    parameters = children(said, c.ALGORITHM_PARAMETERS)
    told = [words(item).partition("=") for item in parameters]
    return Provenance(
        version=model.partition(" ")[2],
        segmenter=words(child(said, c.SEGMENTER)),
        settings={name: json.loads(value) for name, _, value in told},
    )
