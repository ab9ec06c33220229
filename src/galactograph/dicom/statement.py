"""What a structured report says of a reading: everything but pixels and profiles.

`Report > Statement > SR > Statement`: the last two steps lose nothing, so what the
first one keeps is exactly what a structured report can say. Numbers are rounded as in
the reading contract: places to 0.01 pixel, lengths to 0.001 mm, shares to 0.0001.

Not kept: image pixels, scenes and duct maps; calibre at each point of a branch (its
mean and extremes are); the profile along a finding; file names and notes of a view;
which tree a finding lies on, where no branch of it is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from galactograph.errors import InvalidValue
from galactograph.values.arrays import Floats
from galactograph.values.codes import Adequacy, Laterality
from galactograph.values.record import InjectionRecord
from galactograph.values.report import (
    Advice,
    Assessment,
    Duct,
    Finding,
    Nipple,
    Place,
    Provenance,
    Reading,
    Report,
)
from galactograph.values.study import Problem
from galactograph.values.tree import Branch

Unit = Literal["mm", "px"]

MOST_POINTS = 8000
"""Points of one polyline: a DICOM value of this kind holds 64 kB (PS3.5, found)."""

_PIXEL, _MM, _SHARE = 2, 3, 4


@dataclass(frozen=True, kw_only=True)
class StatedView:
    """One view that was read.

    Attributes
    ----------
    instance
        UID of its image.
    spacing_mm
        Between rows and between columns; None if no millimetre is known.
    """

    instance: str
    laterality: Laterality | None
    position: str | None
    spacing_mm: tuple[float, float] | None
    adequacy: Adequacy
    reasons: tuple[str, ...]
    nipple: Nipple | None
    simulated: bool


@dataclass(frozen=True, kw_only=True)
class StatedBranch:
    """One branch of a traced tree.

    Attributes
    ----------
    view
        Place in `Statement.views`.
    identifier, parent
        Numbers of branches in that view, as in the reading contract.
    tree
        Number of its tree in that view.
    points
        (row, column) from the fork outward.
    frame
        Slice in which a viewer shows it: the middle one of its points.
    unit
        Of length and calibres: pixels where no millimetre is known.
    """

    view: int
    identifier: int
    parent: int | None
    tree: int
    generation: int
    strahler: int
    rooted: bool
    points: tuple[tuple[float, float], ...]
    frame: int | None
    unit: Unit
    length: float
    calibre: float
    least_calibre: float
    largest_calibre: float


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A report, as far as a structured report can say it."""

    study_uid: str | None
    laterality: Laterality | None
    views: tuple[StatedView, ...]
    branches: tuple[StatedBranch, ...]
    findings: tuple[Finding, ...]
    assessment: Assessment
    advice: tuple[Advice, ...]
    provenance: Provenance
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    injection: InjectionRecord | None = None


def statement_of(report: Report) -> Statement:
    """Return what a structured report keeps of a report.

    Raises
    ------
    InvalidValue
        If a view has no identity, or a number is not finite.
    """
    return Statement(
        study_uid=report.study_uid,
        laterality=report.laterality,
        views=tuple(_view(reading) for reading in report.readings),
        branches=tuple(b for reading in report.readings for b in _branches(reading)),
        findings=tuple(
            _finding(finding, number, report)
            for number, finding in enumerate(report.findings, 1)
        ),
        assessment=report.assessment,
        advice=report.advice,
        provenance=report.provenance,
        problems=report.problems,
        notes=tuple(note for note in report.notes if note),
        injection=report.injection and _injection(report.injection),
    )


def _injection(record: InjectionRecord) -> InjectionRecord:
    """Round what was measured: no syringe is read to a thousandth of a microlitre."""

    def told(value: float | None) -> float | None:
        return None if value is None else _round(value, 6)

    return replace(
        record,
        orifice_mm=told(record.orifice_mm),
        iodine_mg_ml=told(record.iodine_mg_ml),
        volume_ml=told(record.volume_ml),
        rate_ml_s=told(record.rate_ml_s),
    )


def _view(reading: Reading) -> StatedView:
    view, nipple = reading.view, reading.scene.nipple
    if not view.sop_instance_uid:
        raise InvalidValue(f"{view.source}: a view without identity cannot be stated")
    grid = view.image.grid
    return StatedView(
        instance=view.sop_instance_uid,
        laterality=view.laterality,
        position=view.position,
        spacing_mm=_both(grid.spacing_mm, 6) if grid.has_millimetres else None,
        adequacy=reading.adequacy.status,
        reasons=reading.adequacy.reasons,
        nipple=nipple
        and replace(
            nipple,
            row=_round(nipple.row, _PIXEL),
            column=_round(nipple.column, _PIXEL),
            confidence=_round(nipple.confidence, _SHARE),
        ),
        simulated=view.simulated,
    )


def _branches(reading: Reading) -> Iterator[StatedBranch]:
    """Yield the branches of a view, numbered through its trees."""
    first = 0
    for tree, duct in enumerate(reading.ducts):
        for branch in duct.tree.branches:
            yield _branch(reading, tree, duct, branch, first)
        first += len(duct.tree.branches)


def _branch(
    reading: Reading, tree: int, duct: Duct, branch: Branch, first: int
) -> StatedBranch:
    grid, nodes = reading.view.image.grid, branch.nodes
    rows, columns = duct.rows[nodes], duct.columns[nodes]
    calibres = duct.calibre_mm[nodes]
    if grid.has_millimetres:
        length = float(duct.tree.lengths_mm[nodes[1:]].sum())
        digits = _MM
    else:
        length = float(np.hypot(np.diff(rows), np.diff(columns)).sum())
        calibres, digits = calibres / grid.pixel_mm, _PIXEL
    above = branch.parent
    return StatedBranch(
        view=reading.index,
        identifier=first + branch.number,
        parent=None if above is None else first + above,
        tree=tree,
        generation=branch.generation,
        strahler=branch.strahler,
        rooted=duct.rooted,
        points=_thinned([_both(p, _PIXEL) for p in zip(rows, columns, strict=True)]),
        frame=_middle_slice(reading, rows, columns),
        unit="mm" if grid.has_millimetres else "px",
        length=_round(length, digits),
        calibre=_round(calibres.mean(), digits),
        least_calibre=_round(calibres.min(), digits),
        largest_calibre=_round(calibres.max(), digits),
    )


def _thinned(
    points: Sequence[tuple[float, float]],
) -> tuple[tuple[float, float], ...]:
    step = -(-len(points) // MOST_POINTS)
    return (*points[:-1:step], points[-1])


def _middle_slice(reading: Reading, rows: Floats, columns: Floats) -> int | None:
    depth = reading.view.depth
    if reading.view.frames == 1 or depth is None:
        return None
    row = np.clip(np.rint(rows).astype(int), 0, depth.shape[0] - 1)
    column = np.clip(np.rint(columns).astype(int), 0, depth.shape[1] - 1)
    return int(np.median(depth[row, column]))


def _finding(finding: Finding, number: int, report: Report) -> Finding:
    known = all(
        report.readings[p.view].view.image.grid.has_millimetres for p in finding.places
    )

    def told(value: float | None) -> float | None:
        return _round(value, _MM) if known and value is not None else None

    return replace(
        finding,
        identifier=finding.identifier or f"F{number}",
        places=tuple(_place(place) for place in finding.places),
        confidence=_round(finding.confidence, _SHARE),
        length_mm=told(finding.length_mm),
        width_mm=told(finding.width_mm),
        along_duct_mm=told(finding.along_duct_mm),
        straight_mm=told(finding.straight_mm),
        evidence={name: _round(v, _SHARE) for name, v in finding.evidence.items()},
        causes=tuple(
            replace(cause, probability=_round(cause.probability, _SHARE))
            for cause in finding.causes
        ),
        profile=None,
    )


def _place(place: Place) -> Place:
    named = place.duct is not None and place.branch is not None
    return replace(
        place,
        row=_round(place.row, _PIXEL),
        column=_round(place.column, _PIXEL),
        # One point is no outline, and could not be told from a place without one.
        outline=tuple(
            _both(p, _PIXEL) for p in place.outline if len(place.outline) > 1
        ),
        duct=place.duct if named else None,
        branch=place.branch if named else None,
    )


def _both(pair: Sequence[float], digits: int) -> tuple[float, float]:
    return _round(pair[0], digits), _round(pair[1], digits)


def _round(value: float, digits: int) -> float:
    if not np.isfinite(value):
        raise InvalidValue(f"a report must hold finite numbers only, got {value}")
    return round(float(value), digits)
