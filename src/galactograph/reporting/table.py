"""The branches as a table (CSV), one row a branch."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

import numpy as np

from galactograph.reporting.numbering import NumberedBranch, branches
from galactograph.values.report import Reading, Report

COLUMNS = (
    "view",
    "source",
    "branch",
    "parent",
    "duct",
    "rooted",
    "generation",
    "strahler",
    "unit",
    "path_length",
    "chord",
    "calibre_mean",
    "calibre_least",
    "calibre_greatest",
    "calibre_sigma",
    "from_root",
    "overlapped_fraction",
)
"""Lengths are in the row's `unit`; `calibre_sigma` is the mean standard error of one
calibre; `from_root` is the distance along the duct at which the branch starts."""


def branches_table(report: Report) -> str:
    """Return the branches of all views as CSV, with a header line."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for reading in report.readings:
        writer.writerows(_rows(reading))
    return out.getvalue()


def _rows(reading: Reading) -> Iterator[list[object]]:
    known = reading.view.image.grid.has_millimetres
    unit = "mm" if known else "px"
    scale = 1.0 if known else 1 / reading.view.image.grid.pixel_mm
    for branch in branches(reading):
        yield [
            reading.view.name,
            reading.view.source,
            branch.identifier,
            "" if branch.parent is None else branch.parent,
            branch.number,
            int(branch.duct.rooted),
            branch.branch.generation,
            branch.branch.strahler,
            unit,
            *(f"{scale * v:.3f}" for v in _lengths(branch)),
            f"{branch.duct.overlap[branch.branch.nodes].mean():.3f}",
        ]


def _lengths(numbered: NumberedBranch) -> tuple[float, ...]:
    nodes, duct = numbered.branch.nodes, numbered.duct
    ends = duct.tree.points_mm[nodes[[0, -1]]]
    calibre = numbered.calibre_mm
    return (
        numbered.length_mm,
        float(np.linalg.norm(ends[1] - ends[0])),
        float(calibre.mean()),
        float(calibre.min()),
        float(calibre.max()),
        float(duct.sigma_mm[nodes].mean()),
        float(duct.tree.from_orifice_mm[nodes[0]]),
    )
