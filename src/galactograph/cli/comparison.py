"""What was read beside what is true, for a study that was simulated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from galactograph.reporting.words import kind_words
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.report import Reading, Report
from galactograph.values.truth import Simulation, ViewTruth

TOLERANCE_MM = 0.5
"""A traced point is right within this distance. (the tolerance of our benchmarks)"""

LEAST_CALIBRE_MM = 0.2
"""Thinner lumina are not asked for. (the limit of our benchmarks)"""

NEAR_MM = 5.0
"""A finding belongs to a lesion within this distance. (assumed)"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing compared: what is true, and what was read."""

    what: str
    truth: str
    read: str


def compare(report: Report, simulation: Simulation) -> Iterator[Row]:
    """Yield rows for every view that was read: ducts, nipple, lesions."""
    truths = {truth.source: truth for truth in simulation.truths}
    for reading in report.readings:
        truth = truths.get(reading.view.source.rsplit("/", 1)[-1].removesuffix(".dcm"))
        if truth is None:
            continue
        yield from _ducts(reading, truth)
        yield _nipple(reading, truth)
        yield from _lesions(report, reading, truth, simulation)


def _ducts(reading: Reading, truth: ViewTruth) -> Iterator[Row]:
    name, pixel = reading.view.name, reading.view.image.grid.pixel_mm
    real, real_mm, wide = _true_steps(truth, pixel)
    seen, seen_mm = _read_steps(reading)
    yield Row(
        what=f"{name} ducts",
        truth=f"{real_mm[wide].sum():.0f} mm",
        read=f"{seen_mm.sum():.0f} mm",
    )
    if not len(real) or not len(seen):
        return
    reach = TOLERANCE_MM / pixel
    found = cKDTree(seen).query(real[wide])[0] <= reach
    right = cKDTree(real).query(seen)[0] <= reach
    recall = real_mm[wide][found].sum() / max(real_mm[wide].sum(), 1e-9)
    precision = seen_mm[right].sum() / max(seen_mm.sum(), 1e-9)
    yield Row(
        what=f"{name} found / right",
        truth="1.00 / 1.00",
        read=f"{recall:.2f} / {precision:.2f}",
    )


def _true_steps(truth: ViewTruth, pixel_mm: float) -> tuple[Floats, Floats, Bools]:
    """Return points (row, column) every half pixel, mm each stands for, and width."""
    node = np.arange(1, len(truth.parents))
    node = node[truth.visible[node] & truth.visible[truth.parents[node]]]
    start, stop = truth.points[truth.parents[node]], truth.points[node]
    points, mm, edge = _resample(start, stop, pixel_mm)
    wide: Bools = truth.calibre_mm[node][edge] >= LEAST_CALIBRE_MM
    return points, mm, wide


def _read_steps(reading: Reading) -> tuple[Floats, Floats]:
    parts: list[tuple[Floats, Floats]] = [(np.zeros((0, 2)), np.zeros(0))]
    for duct in reading.ducts:
        at = np.column_stack([duct.rows, duct.columns])
        start, stop = at[duct.tree.parents[1:]], at[1:]
        points, mm, _ = _resample(start, stop, reading.view.image.grid.pixel_mm)
        parts.append((points, mm))
    return np.concatenate([p for p, _ in parts]), np.concatenate([m for _, m in parts])


def _resample(
    start: Floats, stop: Floats, pixel_mm: float
) -> tuple[Floats, Floats, Ints]:
    length = np.linalg.norm(stop - start, axis=1)
    count = np.maximum(1, np.ceil(2 * length)).astype(int)
    edge = np.repeat(np.arange(len(count)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    along = (place + 0.5) / count[edge]
    points = start[edge] + (stop - start)[edge] * along[:, None]
    return points, (length / count)[edge] * pixel_mm, edge


def _nipple(reading: Reading, truth: ViewTruth) -> Row:
    found = reading.scene.nipple
    what = f"{reading.view.name} nipple"
    if found is None:
        return Row(what=what, truth="in view", read="not found")
    away = np.hypot(found.row - truth.nipple[0], found.column - truth.nipple[1])
    off = float(away) * reading.view.image.grid.pixel_mm
    return Row(what=what, truth="in view", read=f"{off:.1f} mm off")


def _lesions(
    report: Report, reading: Reading, truth: ViewTruth, simulation: Simulation
) -> Iterator[Row]:
    for row, column, index in truth.lesions:
        lesion = simulation.breast.lesions[index]
        cause = lesion.cause.replace("-", " ")
        yield Row(
            what=f"{reading.view.name} lesion",
            truth=f"{cause}, {lesion.size_mm:.1f} mm",
            read=_nearest(report, reading, row, column),
        )


def _nearest(report: Report, reading: Reading, row: float, column: float) -> str:
    pixel = reading.view.image.grid.pixel_mm
    near: list[tuple[float, str]] = []
    for finding in report.findings:
        for place in finding.places:
            if place.view != reading.index:
                continue
            off = pixel * float(np.hypot(place.row - row, place.column - column))
            size = "" if finding.length_mm is None else f", {finding.length_mm:.1f} mm"
            near.append((off, f"{kind_words(finding.kind).lower()}{size}"))
    if not near or min(near)[0] > NEAR_MM:
        return "missed"
    off, words = min(near)
    return f"{words}, {off:.1f} mm off"
