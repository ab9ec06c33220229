"""One study, one process: `python -m benchmarks.worker make|read ...`."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import scoring
from benchmarks.children import MIB_PER_KIB
from benchmarks.studies import Case, cases, write
from galactograph.values.report import Reading, Report

BINS_MM = (0.0, 0.15, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0, 99.0)


def read(case: Case, folder: Path, out: Path) -> None:
    """Read the study in `folder`, score it, draw it; write `<case>.json` to `out`."""
    import cv2

    import galactograph
    from benchmarks.overlays import draw

    cv2.setNumThreads(1)
    begin = time.perf_counter()
    report = galactograph.read(folder)
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MIB_PER_KIB
    truth = json.loads((folder / "truth" / "truth.json").read_text("utf-8"))
    views, pictures = [], []
    for reading in report.readings:
        about = truth_of(reading, truth)
        if about is None:
            continue
        true, found = courses(reading, about, truth)
        views.append(score_view(reading, about, true, found))
        name = f"{case.name}-{about['view'].lower()}.png"
        draw(reading, report, about, (true, found), out / "views" / name)
        pictures.append(name)
    lesions = lesions_of(truth)
    result = {
        "case": asdict(case),
        "laterality": truth["laterality"],
        "seconds": seconds / max(len(report.readings), 1),
        "peak_mib": peak,
        "views": views,
        "unreached": sum(1 for lesion in lesions if not lesion["spots"]),
        **scoring.score_findings(lesions, findings_of(report)),
        "level": report.assessment.level,
        "pictures": pictures,
    }
    (out / f"{case.name}.json").write_text(json.dumps(result), "utf-8")


def truth_of(reading: Reading, truth: dict[str, Any]) -> dict[str, Any] | None:
    """Return what is true of the view that was read."""
    name = Path(reading.view.source).name.removesuffix(".dcm")
    name = name.removesuffix("-presentation")
    found: dict[str, Any] | None = next(
        (view for view in truth["views"] if view["source"] == name), None
    )
    return found


def courses(
    reading: Reading, about: dict[str, Any], truth: dict[str, Any]
) -> tuple[scoring.Course, scoring.Course]:
    """Return the true and the traced ducts of a view as samples."""
    pixel_mm = reading.view.image.grid.pixel_mm
    true = scoring.course(
        np.array(about["points"]),
        np.array(truth["tree"]["parents"]),
        np.array(about["calibre_mm"]),
        pixel_mm=pixel_mm,
        kept=np.array(about["visible"]),
    )
    return true, found_course(reading)


def found_course(reading: Reading) -> scoring.Course:
    """Return the traced ducts of a view as samples."""
    return scoring.join(
        scoring.course(
            np.column_stack([duct.rows, duct.columns]),
            duct.tree.parents,
            duct.calibre_mm,
            pixel_mm=reading.view.image.grid.pixel_mm,
        )
        for duct in reading.ducts
    )


def score_view(
    reading: Reading,
    about: dict[str, Any],
    true: scoring.Course,
    found: scoring.Course,
) -> dict[str, Any]:
    """Return the scores of one view."""
    pixel_mm = reading.view.image.grid.pixel_mm
    nipple, spot = reading.scene.nipple, about["nipple"]
    off = None
    if nipple is not None:
        off = pixel_mm * float(
            np.hypot(nipple.row - spot["row"], nipple.column - spot["column"])
        )
    return {
        "view": about["view"],
        "expected": about["adequacy"],
        "adequacy": reading.adequacy.status.value,
        "nipple_mm": off,
        "length_mm": reading.total_length_mm,
        "branches": sum(len(duct.tree.branches) for duct in reading.ducts),
        **scoring.score_ducts(true, found, pixel_mm=pixel_mm, bins=BINS_MM),
        "calibres": scoring.calibre_pairs(true, found, pixel_mm=pixel_mm),
    }


def lesions_of(truth: dict[str, Any]) -> list[dict[str, Any]]:
    """List the lesions, with their place in mm in each view where contrast shows them.

    A lesion shows where filled duct comes within its size and 1 mm.
    """
    lesions: list[dict[str, Any]] = [
        {**lesion, "spots": {}} for lesion in truth["lesions"]
    ]
    for view in truth["views"]:
        mm = view["pixel_spacing_mm"][0]
        filled = np.array(view["points"])[np.array(view["visible"], bool)] * mm
        for spot in view["lesions"]:
            lesion = lesions[spot["index"]]
            place = np.array([spot["row"], spot["column"]]) * mm
            away = np.hypot(*(filled - place).T) if len(filled) else np.array([np.inf])
            if away.min() <= lesion["size_mm"] + 1:
                lesion["spots"][view["source"]] = place.tolist()
    return lesions


def findings_of(report: Report) -> list[dict[str, Any]]:
    """List the findings, with their place in mm in each view."""
    listed = []
    for finding in report.findings:
        spots = {}
        for place in finding.places:
            view = report.readings[place.view].view
            name = Path(view.source).name.removesuffix(".dcm")
            mm = view.image.grid.pixel_mm
            spots[name.removesuffix("-presentation")] = (
                place.row * mm,
                place.column * mm,
            )
        listed.append(
            {
                "kind": finding.kind.word,
                "confidence": finding.confidence,
                "spots": spots,
            }
        )
    return listed


def main() -> None:
    what, quick, seed, number, folder, out = sys.argv[1:]
    chosen = cases(quick=quick == "quick", seed=int(seed) or None)[int(number)]
    if what == "make":
        write(chosen, Path(folder))
    else:
        read(chosen, Path(folder), Path(out))


if __name__ == "__main__":
    main()
