"""Measurement groups of a structured report (TID 1410): branches, nipple, findings.

Every group has its place on an image: viewers fail on groups without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from pydicom.dataset import Dataset

from galactograph.dicom import sr_codes as c
from galactograph.dicom.common import BREAST, NAME, SIDES, tracked
from galactograph.dicom.sources import Source, reference
from galactograph.dicom.sr_items import (
    CONTEXT,
    INFERRED,
    MM,
    MODIFIES,
    NO_UNIT,
    PERCENT,
    PIXELS,
    PROPERTY,
    code,
    container,
    number,
    region,
    text,
    uid,
)
from galactograph.dicom.statement import StatedBranch, Statement
from galactograph.values import concepts as w
from galactograph.values.clock import hour
from galactograph.values.codes import Code
from galactograph.values.report import Cause, Finding, Place, Report


@dataclass(frozen=True, kw_only=True, eq=False)
class Teller:
    """Tells of one report; `sources` are the images of its views."""

    report: Report
    statement: Statement
    sources: tuple[Source, ...]
    made: datetime
    _names: dict[tuple[int, int, int], str] = field(default_factory=dict)

    def groups(self) -> Iterator[Dataset]:
        """Yield a group for each branch, each nipple and each place of a finding."""
        firsts: dict[tuple[int, int], int] = {}
        for branch in self.statement.branches:
            first = firsts.setdefault((branch.view, branch.tree), branch.identifier)
            key = (branch.view, branch.tree, branch.identifier - first)
            self._names[key] = branch_name(branch.view, branch.identifier)
            yield self._branch(branch)
        for view in range(len(self.statement.views)):
            yield from self._nipple(view)
        for count, finding in enumerate(self.statement.findings, 1):
            thing = tracked(self.report, f"finding {count}", self.made)
            for place in finding.places:
                yield self._finding(finding, place, thing)

    def _group(
        self,
        name: tuple[str, str],
        finding: Code,
        view: int,
        mark: Dataset,
        parts: list[Dataset],
        site: list[Dataset],
    ) -> Dataset:
        made = self.statement.provenance
        head = [
            text(c.TRACKING, name[0], relation=CONTEXT),
            uid(c.TRACKING_UID, name[1]),
            code(w.FINDING, finding),
            text(c.ALGORITHM, NAME, relation=MODIFIES),
            text(c.ALGORITHM_VERSION, made.version, relation=MODIFIES),
            code(w.SITE, BREAST, [*self._side(view), *site], relation=MODIFIES),
            mark,
        ]
        return container(c.GROUP, [*head, *parts], template="1410")

    def _region(
        self, view: int, points: tuple[tuple[float, float], ...], frame: int | None
    ) -> Dataset:
        return region(c.REGION, points, reference(self.sources[view], frame))

    def _side(self, view: int) -> Iterator[Dataset]:
        side = self.statement.views[view].laterality
        if side is not None:
            yield code(c.LATERALITY, SIDES[side], relation=MODIFIES)

    def _branch(self, branch: StatedBranch) -> Dataset:
        unit = MM if branch.unit == "mm" else PIXELS
        parts = [
            code(c.PURPOSE, c.CENTRELINE),
            number(w.PATH_LENGTH, branch.length, unit),
            *(
                number(
                    c.DIAMETER,
                    calibre,
                    unit,
                    [code(c.DERIVATION, how, relation=MODIFIES)],
                )
                for how, calibre in (
                    (c.MEAN, branch.calibre),
                    (c.LEAST, branch.least_calibre),
                    (c.LARGEST, branch.largest_calibre),
                )
            ),
            number(c.GENERATION, branch.generation, NO_UNIT),
            number(c.STRAHLER, branch.strahler, NO_UNIT),
            number(c.BRANCH_NUMBER, branch.identifier, NO_UNIT),
            number(c.TREE_NUMBER, branch.tree, NO_UNIT),
            code(c.ROOTED, c.YES if branch.rooted else c.NO),
        ]
        if branch.parent is not None:
            parts.append(text(c.PARENT, branch_name(branch.view, branch.parent)))
        name = self._tracked(branch_name(branch.view, branch.identifier))
        return self._group(
            name,
            c.LUMEN,
            branch.view,
            self._region(branch.view, branch.points, branch.frame),
            parts,
            [],
        )

    def _nipple(self, view: int) -> Iterator[Dataset]:
        nipple = self.statement.views[view].nipple
        if nipple is not None:
            parts = [number(w.CERTAINTY, _percent(nipple.confidence), PERCENT)]
            if nipple.reason:
                parts.append(text(c.COMMENT, nipple.reason))
            point = ((nipple.row, nipple.column),)
            name = self._tracked(f"V{view + 1} nipple")
            mark = self._region(view, point, None)
            yield self._group(name, c.NIPPLE, view, mark, parts, [])

    def _tracked(self, name: str) -> tuple[str, str]:
        return name, tracked(self.report, name, self.made)

    def _finding(self, finding: Finding, place: Place, thing: str) -> Dataset:
        centre = ((place.row, place.column),)
        image = reference(self.sources[place.view], place.frame)
        sure = _percent(finding.confidence)
        middle = region(c.CENTRE, centre, image, relation=INFERRED)
        parts = [number(w.CERTAINTY, sure, PERCENT, [middle])]
        parts += [
            number(name, size, MM)
            for name, size in (
                (w.LENGTH, finding.length_mm),
                (w.WIDTH, finding.width_mm),
                (w.FROM_NIPPLE, finding.straight_mm),
                (w.ALONG_DUCT, finding.along_duct_mm),
            )
            if size is not None
        ]
        if place.duct is not None and place.branch is not None:
            name = self._names.get((place.view, place.duct, place.branch))
            parts += [] if name is None else [text(c.BRANCH, name)]
        parts += _words(finding)
        outline = place.outline
        # A closed line says that the region is its inside (PS3.3 C.18.6).
        points = (*outline, outline[0]) if len(outline) > 1 else outline or centre
        return self._group(
            (finding.identifier, thing),
            finding.kind.code,
            place.view,
            self._region(place.view, points, place.frame),
            parts,
            list(_where(finding)),
        )


def branch_name(view: int, identifier: int) -> str:
    """Return what a branch is called in every object, such as "V1-B12"."""
    return f"V{view + 1}-B{identifier}"


def _percent(share: float) -> float:
    return round(100 * share, 2)


def _where(finding: Finding) -> Iterator[Dataset]:
    """Yield clock and depth, as modifiers of the site."""
    at = hour(finding.clock)
    if at is not None and at == int(at):
        clock = w.CLOCKS[int(at) or 12]
        yield code(w.CLOCK, clock, relation=MODIFIES)
    if finding.clock is not None:
        yield text(c.CLOCK_TEXT, finding.clock, relation=MODIFIES)
    if finding.depth is not None:
        yield code(w.DEPTH, w.DEPTHS[finding.depth], relation=MODIFIES)


def _words(finding: Finding) -> Iterator[Dataset]:
    """Yield shape, explanation, evidence and candidate causes."""
    if finding.shape:
        yield text(w.SHAPE, finding.shape)
    if finding.explanation:
        yield text(c.COMMENT, finding.explanation)
    for name, value in finding.evidence.items():
        held = number(c.EVIDENCE_VALUE, value, NO_UNIT, relation=PROPERTY)
        yield text(c.EVIDENCE, name, [held])
    yield from map(_cause, finding.causes)


def _cause(cause: Cause) -> Dataset:
    held = [
        number(
            w.PROBABILITY,
            _percent(cause.probability),
            PERCENT,
            relation=PROPERTY,
        )
    ]
    if cause.arithmetic:
        held.append(text(w.ARITHMETIC, cause.arithmetic, relation=PROPERTY))
    return code(w.CAUSE, w.CAUSES[cause.name], held)
