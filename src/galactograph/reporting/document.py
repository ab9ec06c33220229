"""The reading as a document: exactly the contract `galactograph/reading/1`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from galactograph.errors import InvalidValue
from galactograph.reporting.numbering import NumberedBranch, branches
from galactograph.values.record_text import record_table
from galactograph.values.report import Finding, Place, Profile, Reading, Reason, Report

SCHEMA = "galactograph/reading/1"

Document = dict[str, Any]

_PIXEL, _MM, _SHARE = 2, 3, 4
"""Decimals of positions, of millimetres and of fractions: finer than any of them is
known, coarse enough to read."""


def mask_name(reading: Reading) -> str:
    """Return where the mask of a view lies, relative to the document."""
    return f"views/{reading.index + 1}-mask.png"


def reading_document(report: Report) -> Document:
    """Return the report as the contract has it, ready for `json.dumps`.

    Where a view has no spacing no millimetre is told: its lengths and calibres
    stand in pixels, under keys that end in `_px`.
    """
    made = report.provenance
    return {
        "schema": SCHEMA,
        "generator": {
            "name": "galactograph",
            "version": made.version,
            "segmenter": made.segmenter,
            "settings": dict(made.settings),
        },
        "research_use_only": True,
        "simulated": report.simulated,
        "study": {
            "study_instance_uid": report.study_uid,
            "laterality": None if report.laterality is None else str(report.laterality),
        },
        "views": [_view(reading) for reading in report.readings],
        "findings": [
            _finding(finding, number, report)
            for number, finding in enumerate(report.findings, 1)
        ],
        "assessment": {
            "level": report.assessment.level,
            "text": report.assessment.text,
        },
        "advice": [
            {
                "action": str(advice.action),
                "reasons": [_reason(reason) for reason in advice.reasons],
            }
            for advice in report.advice
        ],
        "contradictions": [_reason(reason) for reason in report.contradictions],
        "injection": None
        if report.injection is None
        else record_table(report.injection),
        "notes": list(report.notes),
        "problems": [{"source": p.source, "reason": p.reason} for p in report.problems],
    }


def _reason(reason: Reason) -> Document:
    return {
        "rule": reason.rule,
        "text": reason.text,
        "source": reason.source,
        "inputs": list(reason.inputs),
    }


def _view(reading: Reading) -> Document:
    view, nipple = reading.view, reading.scene.nipple
    grid = view.image.grid
    rows, columns = grid.shape[-2:]
    known = grid.has_millimetres
    return {
        "source": view.source,
        "sop_instance_uid": view.sop_instance_uid,
        "laterality": None if view.laterality is None else str(view.laterality),
        "view": view.position,
        "rows": rows,
        "columns": columns,
        "frames": view.frames,
        "pixel_spacing_mm": _rounded(grid.spacing_mm, 6) if known else None,
        "spacing_kind": str(grid.spacing_kind),
        "role": str(view.role),
        "role_reason": view.role_reason,
        "grey_scale": str(view.grey_scale),
        "magnification": view.magnification,
        "simulated": view.simulated,
        "adequacy": {
            "status": str(reading.adequacy.status),
            "reasons": list(reading.adequacy.reasons),
        },
        "nipple": None
        if nipple is None
        else {
            "row": _round(nipple.row, _PIXEL),
            "column": _round(nipple.column, _PIXEL),
            "confidence": _round(nipple.confidence, _SHARE),
        },
        "ducts": _ducts(reading),
        "notes": [*view.notes, *reading.scene.notes],
    }


def _ducts(reading: Reading) -> Document:
    grid = reading.view.image.grid
    every = list(branches(reading))
    largest = max((float(b.calibre_mm.max()) for b in every), default=None)
    told: Document = {
        "branches": [_branch(b, reading) for b in every],
        "mask": mask_name(reading),
    }
    if grid.has_millimetres:
        told["total_length_mm"] = _round(sum(b.length_mm for b in every), _MM)
        told["largest_calibre_mm"] = None if largest is None else _round(largest, _MM)
        return told
    told["unit"] = "px"
    told["total_length_mm"] = 0
    told["largest_calibre_mm"] = None
    told["total_length_px"] = _round(sum(b.length_px for b in every), _PIXEL)
    told["largest_calibre_px"] = (
        None if largest is None else _round(largest / grid.pixel_mm, _PIXEL)
    )
    return told


def _branch(numbered: NumberedBranch, reading: Reading) -> Document:
    grid = reading.view.image.grid
    told: Document = {
        "id": numbered.identifier,
        "parent": numbered.parent,
        "generation": numbered.branch.generation,
        "strahler": numbered.branch.strahler,
        "duct": numbered.number,
        "rooted": numbered.duct.rooted,
        "points": np.round(numbered.points, _PIXEL).tolist(),
    }
    if grid.has_millimetres:
        sigma = numbered.duct.sigma_mm[numbered.branch.nodes]
        told["calibre_mm"] = np.round(numbered.calibre_mm, _MM).tolist()
        told["calibre_sigma_mm"] = np.round(sigma, _MM).tolist()
        told["length_mm"] = _round(numbered.length_mm, _MM)
        return told
    in_pixels = numbered.calibre_mm / grid.pixel_mm
    told["calibre_mm"], told["length_mm"] = [], 0
    told["calibre_px"] = np.round(in_pixels, _PIXEL).tolist()
    told["length_px"] = _round(numbered.length_px, _PIXEL)
    return told


def in_millimetres(finding: Finding, report: Report) -> bool:
    """Return True if every view that shows the finding has a spacing."""
    return all(
        report.readings[p.view].view.image.grid.has_millimetres for p in finding.places
    )


def _finding(finding: Finding, number: int, report: Report) -> Document:
    code = finding.kind.code
    known = in_millimetres(finding, report)
    told: Document = {
        "id": finding.identifier or f"F{number}",
        "kind": finding.kind.word,
        "code": {"value": code.value, "scheme": code.scheme, "meaning": code.meaning},
        "seen_in": [_place(p, report.readings) for p in finding.places],
        "length_mm": _mm(finding.length_mm, known=known),
        "width_mm": _mm(finding.width_mm, known=known),
        "along_duct_from_nipple_mm": _mm(finding.along_duct_mm, known=known),
        "straight_from_nipple_mm": _mm(finding.straight_mm, known=known),
        "clock": finding.clock,
        "depth": None if finding.depth is None else str(finding.depth),
        "place_3d_mm": _in_space(finding.place_3d_mm),
        "sigma_3d_mm": _in_space(finding.sigma_3d_mm),
        "shape": finding.shape,
        "confidence": _round(finding.confidence, _SHARE),
        "causes": [
            {
                "name": str(cause.name),
                "probability": _round(cause.probability, _SHARE),
                "arithmetic": cause.arithmetic,
            }
            for cause in finding.causes
        ],
        "evidence": {k: _round(v, _SHARE) for k, v in finding.evidence.items()},
        "explanation": finding.explanation,
    }
    if finding.profile is not None:
        pixel = report.readings[finding.places[0].view].view.image.grid.pixel_mm
        told["profile"] = _profile(
            finding.profile, 1.0 if known else pixel, known=known
        )
    return told


def _place(place: Place, readings: Sequence[Reading]) -> Document:
    reading = readings[place.view]
    branch: int | None = None
    if place.duct is not None and place.branch is not None:
        before = reading.ducts[: place.duct]
        branch = place.branch + sum(len(duct.tree.branches) for duct in before)
    return {
        "view": place.view,
        "frame": place.frame,
        "row": _round(place.row, _PIXEL),
        "column": _round(place.column, _PIXEL),
        "branch": branch,
        "outline": [_rounded(point, _PIXEL) for point in place.outline],
    }


def _profile(along: Profile, divisor: float, *, known: bool) -> Document:
    unit = "mm" if known else "px"
    return {
        f"s_{unit}": [_round(v / divisor, _MM) for v in along.s_mm],
        f"calibre_{unit}": [_round(v / divisor, _MM) for v in along.calibre_mm],
        f"expected_{unit}": [_round(v / divisor, _MM) for v in along.expected_mm],
        "filled_fraction": _rounded(along.filled_fraction, _SHARE),
        "first": along.first,
        "last": along.last,
    }


def _in_space(place: tuple[float, float, float] | None) -> Document | None:
    """Return a place (or its standard errors) in the breast at rest, by direction."""
    if place is None:
        return None
    return dict(zip(("lateral", "behind", "cranial"), _rounded(place, 1), strict=True))


def _mm(value: float | None, *, known: bool) -> float | None:
    return _round(value, _MM) if known and value is not None else None


def _rounded(values: Sequence[float], digits: int) -> list[float]:
    return [_round(v, digits) for v in values]


def _round(value: float, digits: int) -> float:
    if not np.isfinite(value):
        raise InvalidValue(f"a report must hold finite numbers only, got {value}")
    return round(float(value), digits)
