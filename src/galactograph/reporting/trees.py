"""The shape of each tree as a table (CSV): one number a row, descriptive only."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

from galactograph.ducts.descriptors import Descriptors, Settings, describe
from galactograph.reporting.words import RESEARCH
from galactograph.values.report import Reading, Report

COLUMNS = ("view", "source", "duct", "rooted", "descriptor", "index", "value", "unit")
"""`duct` is that of the table of branches; `index` counts orders, circles (mm or px) or
words, and is "k/j" for elements of the R-matrix."""

NOTICE = f"{RESEARCH}; the shape of a tree, descriptive only: no diagnosis follows"

LEAST_FORKS = 2
"""Smaller trees have no shape to speak of. source: assumed"""

Row = tuple[str, str, float | int | str, str]


def trees_table(report: Report) -> str:
    """Return the descriptors of all trees of two forks and more, with a header line."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerow(["", "", "", "", "notice", "", NOTICE, ""])
    for reading in report.readings:
        for number, (rooted, described) in enumerate(_described(reading)):
            if described is None:
                continue
            for name, index, value, unit in _rows(described, _unit(reading)):
                told = f"{value:.4g}" if isinstance(value, float) else value
                about = (reading.view.name, reading.view.source, number, int(rooted))
                writer.writerow([*about, name, index, told, unit])
    return out.getvalue()


def _unit(reading: Reading) -> str:
    return "mm" if reading.view.image.grid.has_millimetres else "px"


def _described(reading: Reading) -> Iterator[tuple[bool, Descriptors | None]]:
    """Yield each tree of a view: rooted, and its descriptors if it has a shape.

    Without a spacing all lengths are pixels, those of the settings too.
    """
    grid = reading.view.image.grid
    settings = Settings()
    per_mm = 1.0 if grid.has_millimetres else 1 / grid.pixel_mm
    if per_mm != 1.0:
        settings = replace(
            settings,
            least_mm=settings.least_mm * per_mm,
            least_tip_mm=settings.least_tip_mm * per_mm,
            ring_mm=settings.ring_mm * per_mm,
            sample_mm=settings.sample_mm * per_mm,
            boxes_mm=tuple(size * per_mm for size in settings.boxes_mm),
        )
    for duct in reading.ducts:
        tree = duct.tree
        if per_mm != 1.0:
            tree = replace(
                tree,
                points_mm=tree.points_mm * per_mm,
                radii_mm=tree.radii_mm * per_mm,
            )
        described = describe(tree, settings=settings)
        yield duct.rooted, described if described.forks >= LEAST_FORKS else None


def _rows(about: Descriptors, unit: str) -> Iterator[Row]:
    """Yield name, index, value and unit of everything that is defined."""
    singles: tuple[tuple[str, float | int | None, str], ...] = (
        ("branches", about.branches, ""),
        ("tips", about.tips, ""),
        ("forks", about.forks, ""),
        ("length", about.length_mm, unit),
        ("strahler_order", about.order, ""),
        ("bifurcation_ratio", about.bifurcation_ratio, ""),
        ("length_ratio", about.length_ratio, ""),
        ("calibre_ratio", about.calibre_ratio, ""),
        ("asymmetry", about.asymmetry, ""),
        (f"forks_per_10_{unit}", about.forks_per_cm, f"1/(10 {unit})"),
        (f"forks_per_100_{unit}2", about.forks_per_cm2, f"1/(100 {unit}2)"),
        ("tortuosity", about.tortuosity, ""),
        ("fractal_dimension", about.fractal_dimension, ""),
    )
    for name, value, of in singles:
        if value is not None:
            yield name, "", value, of
    for k in range(about.order):
        yield "streams", str(k + 1), int(about.streams[k]), ""
        yield "stream_length", str(k + 1), float(about.stream_mm[k]), unit
        yield "stream_calibre", str(k + 1), float(about.stream_calibre_mm[k]), unit
    for k in range(2, about.order + 1):
        for j in range(1, k + 1):
            yield "r_matrix", f"{k}/{j}", float(about.r_matrix[k - 1, j - 1]), ""
    for ring, crossed in zip(about.ring_mm, about.crossings, strict=True):
        yield "sholl_crossings", f"{ring:g}", int(crossed), ""
    yield "pruefer", "", " ".join(map(str, about.pruefer)), ""
    yield "depth_first", "", " ".join(map(str, about.depth_first)), ""
