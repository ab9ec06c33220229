"""Set line filters of others beside our reading, on the same pictures.

    python -m benchmarks.peers                          8 studies, made anew
    python -m benchmarks.peers --studies DIR DIR ...    simulated studies with truth
    python -m benchmarks.peers --data DIR               retinal pictures as well
    python -m benchmarks.peers --write-docs             and fill in the docs

Filters get the picture as our reader prepares it: scout and background taken away.
Each has the threshold that does best on the very view, which is generous.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import pages, peers_filters, scoring
from benchmarks.peers_filters import F4, Masks
from benchmarks.peers_retina import retina, retina_table
from benchmarks.peers_studies import Record, about, of_each, options_of, truth_in
from benchmarks.worker import BINS_MM, courses, found_course, truth_of
from galactograph.phantom.anatomy import LesionName
from galactograph.values.arrays import Floats
from galactograph.values.report import Reading
from galactograph.values.study import Role

SEED = 9_065_000
"""First of the studies that are made; for evaluation alone."""

KINDS: tuple[LesionName, ...] = ("normal", "papilloma", "ectasia", "dcis")

MARGIN_MM = 3.0
"""Air around the breast that filters see, as our own does."""

OURS = "`galactograph`: one view read, no threshold chosen"
OUR_FILTER = "`galactograph`: its ridges alone"

Figures = dict[str, Any]
Judge = Callable[[scoring.Course, Masks], Figures]


def measure(folder: Path) -> Record:
    """Score every filter and our reading on the first filled view of a study."""
    from galactograph.dicom.study import load
    from galactograph.ducts.background import prepare
    from galactograph.ducts.segmentation import segment
    from galactograph.pictures import lumen_mask
    from galactograph.reading import read_view

    cv2.setNumThreads(1)
    views = load(folder).views
    view = next(v for v in views if v.role is not Role.SCOUT)
    scout = next((v for v in views if v.role is Role.SCOUT), None)
    # Compiled code is loaded at its first use: that time is not counted.
    scene = prepare(view, scout=scout)
    segment(view, scene)
    begin = time.process_time()
    reading = read_view(view, scout=scout)
    whole_s = time.process_time() - begin
    begin = time.process_time()
    duct_map = segment(view, scene)
    ridges_s = time.process_time() - begin
    judge = _judge(reading, folder)
    traced = judge(found_course(reading), lumen_mask(reading) > 0)
    rows = {OURS: {**traced, "seconds": whole_s}}
    ours = best(duct_map.probability, scene.breast, judge, reading)
    rows[OUR_FILTER] = {**ours, "seconds": ridges_s}
    box = _box(scene.breast, round(MARGIN_MM / view.image.grid.pixel_mm))
    picture = np.ascontiguousarray(scene.excess[box])
    for name, strength, seconds in peers_filters.strengths(picture):
        full = np.zeros(scene.excess.shape, np.float32)
        full[box] = strength
        rows[name] = {**best(full, scene.breast, judge, reading), "seconds": seconds}
    return {"rows": rows, "megapixels": picture.size / 1e6}


def _box(inside: Masks, margin: int) -> tuple[slice, slice]:
    """Return the part of a picture that holds the breast, with air around it."""
    ends = [np.flatnonzero(inside.any(axis=axis))[[0, -1]] for axis in (1, 0)]
    down, right = (
        slice(max(0, int(first) - margin), int(last) + 1 + margin)
        for first, last in ends
    )
    return down, right


def _judge(reading: Reading, folder: Path) -> Judge:
    """Return what scores lines and a mask against the truth of a view."""
    truth = truth_in(folder)
    told = truth_of(reading, truth)
    if told is None:
        raise ValueError(
            f"{folder.name}: its truth does not name {reading.view.source}"
        )
    true, _ = courses(reading, told, truth)
    file = folder / "truth" / told["mask"]
    lumen: Masks = np.asarray(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)) > 0
    pixel_mm = reading.view.image.grid.pixel_mm

    def judge(lines: scoring.Course, mask: Masks) -> Figures:
        got = scoring.score_ducts(true, lines, pixel_mm=pixel_mm, bins=BINS_MM)
        kept = got["hit_mm"] / max(got["true_mm"], 1e-9)
        right = got["all_right_mm"] / max(got["all_found_mm"], 1e-9)
        return {
            "found": kept,
            "right": right,
            "f": peers_filters.harmonic(kept, right),
            "cl_dice": peers_filters.cl_dice(mask, lumen),
        }

    return judge


def best(strength: F4, inside: Masks, judge: Judge, reading: Reading) -> Figures:
    """Return the scores at the threshold that has the greatest F on this view."""
    tried = []
    for share, mask in peers_filters.masks_of(strength, inside):
        line = np.argwhere(peers_filters.skeleton_of(mask)).astype(float)
        lines = as_course(line, reading.view.image.grid.pixel_mm)
        tried.append({**judge(lines, mask), "share": share})
    return max(tried, key=lambda scores: float(scores["f"]))


def as_course(points: Floats, pixel_mm: float) -> scoring.Course:
    """Return pixels of a middle line (K, 2) as samples; they have no calibre."""
    none = np.zeros(len(points))
    return scoring.Course(
        points=points,
        mm=none + pixel_mm,
        calibre_mm=none + np.inf,
        branch=none.astype(np.int64),
        along_mm=none,
        node=np.arange(len(points)),
        heading=np.zeros((len(points), 2)),
    )


def summarise(records: Sequence[Record]) -> list[Figures]:
    """Return for each way the medians over the views, and its time beside ours."""
    rows = []
    for name in records[0]["rows"]:
        some = [r["rows"][name] for r in records if name in r["rows"]]
        row: Figures = {"name": name, "views": len(some)}
        for key in ("found", "right", "f", "cl_dice", "seconds"):
            row[key] = float(np.median([one[key] for one in some]))
        ratio = [
            r["rows"][name]["seconds"] / r["rows"][OURS]["seconds"]
            for r in records
            if name in r["rows"]
        ]
        row["times_ours"] = float(np.median(ratio))
        row["ahead"] = sum(
            r["rows"][name]["f"] > r["rows"][OURS]["f"]
            for r in records
            if name in r["rows"]
        )
        rows.append(row)
    return rows


def markdown(figures: Figures, on: str) -> str:
    """Write the figures for the documentation."""
    rows = [
        [
            row["name"],
            *(f"{row[key]:.3f}" for key in ("found", "right", "f", "cl_dice")),
            f"{row['ahead']} of {row['views']}",
            f"{row['seconds']:.1f}",
            f"{row['times_ours']:.1f}",
        ]
        for row in figures["rows"]
    ]
    head = ["medians over views", "found", "right", "F", "clDice", "better F than ours"]
    head += ["CPU s", "times ours"]
    text = f"{on} {figures['megapixels']:.1f} megapixels a view (median).\n\n"
    text += pages.table(head, rows)
    if figures["retina"]:
        text += "\n\n" + retina_table(figures["retina"])
    return text


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and write bench-out/peers.json."""
    options = options_of("peers", __doc__, arguments, seed=SEED, count=8)
    records = of_each("peers", options, KINDS, measure)
    figures: Figures = {
        "rows": summarise(records),
        "megapixels": float(np.median([r["megapixels"] for r in records])),
        "retina": list(retina(options.data / "retina")) if options.data else [],
    }
    path = options.out / "peers.json"
    path.write_text(json.dumps(figures, indent=1), "utf-8")
    text = markdown(figures, about(options, records))
    print(f"\n{text}\n\nfigures: {path}")
    if options.write_docs:
        pages.fill("peers", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
