"""Calibrate confidences and causes on simulated studies of known truth.

    python -m benchmarks.calibrate make FOLDER          simulate, resumable
    python -m benchmarks.calibrate collect FOLDER       read, keep what was found
    python -m benchmarks.calibrate fit FOLDER [--write] fit, tell, put into the program

The seeds are used for nothing else. What is told of a fit is measured on studies that
the fit did not see (five folds by patient). With --write the numbers go to
`finders/confidence.toml`, `finders/other_view.toml` and `advice/refined.toml`.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks import calibration, calibration_views, pages, scoring, worker
from benchmarks.calibration_studies import Study, every, make
from benchmarks.children import ROOT
from benchmarks.strong_tissue import strengthened

CONFIDENCE = ROOT / "src" / "galactograph" / "finders" / "confidence.toml"
OTHER_VIEW = CONFIDENCE.with_name("other_view.toml")
REFINED = ROOT / "src" / "galactograph" / "advice" / "refined.toml"


def main(arguments: list[str] | None = None) -> int:
    """Make, collect or fit."""
    options = _options(arguments)
    folder = Path(options.folder)
    if options.what == "make":
        make(folder, every())
    elif options.what == "collect":
        collect(folder, part=options.part, parts=options.parts)
    else:
        found = [
            json.loads(file.read_text("utf-8"))
            for file in sorted(folder.glob("*.found.json"))
        ]
        if not found:
            print(f"{folder} holds nothing collected; run collect", file=sys.stderr)
            return 1
        fitted = calibration.fit(found)
        print(calibration.told(fitted))
        if options.write_docs:
            pages.fill("calibrate", calibration.markdown(fitted))
        if options.write:
            CONFIDENCE.write_text(calibration.confidence_toml(fitted), "utf-8")
            if fitted.beside:
                page = calibration_views.toml(fitted.beside, fitted.studies)
                OTHER_VIEW.write_text(page, "utf-8")
            REFINED.write_text(calibration.refined_toml(fitted), "utf-8")
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.calibrate",
        description=(__doc__ or "").split("\n")[0],
    )
    parser.add_argument("what", choices=("make", "collect", "fit"))
    parser.add_argument("folder", help="where studies and results are kept")
    parser.add_argument("--part", type=int, default=0, help="which share to collect")
    parser.add_argument("--parts", type=int, default=1, help="of how many")
    parser.add_argument("--write", action="store_true", help="into the program")
    parser.add_argument("--write-docs", action="store_true", help="fill in the docs")
    return parser.parse_args(arguments)


def collect(folder: Path, *, part: int = 0, parts: int = 1) -> None:
    """Read every study and keep its findings beside what is true of it.

    Every second one is read once more with tissue as strong as in real mammograms.
    """
    there = [study for study in every() if (folder / study.name).is_dir()]
    ways = [(study, False) for study in there] + [(study, True) for study in there[::2]]
    for study, strong in ways[part::parts]:
        file = folder / f"{study.name}{'-strong' if strong else ''}.found.json"
        if not file.exists():
            kept = found_in(folder / study.name, study, strong=strong)
            aside = file.with_suffix(".part")
            aside.write_text(json.dumps(kept), "utf-8")
            aside.rename(file)


def found_in(place: Path, study: Study, *, strong: bool = False) -> dict[str, Any]:
    """Read one study; return findings, facts of the patient, and the truth."""
    import galactograph
    from galactograph.dicom.study import load
    from galactograph.finders import _confidence

    # What would not be told is counted too, else the next fit could not know of it.
    _confidence.TOLD_FROM = 0.0
    views = load(place)
    if strong:
        views = strengthened(views, seed=study.seed)
    report = galactograph.read(views)
    truth = json.loads((place / "truth" / "truth.json").read_text("utf-8"))
    lesions = worker.lesions_of(truth)
    presentation = study.presentation()
    discharge = presentation.discharge
    rows = []
    for finding in report.findings:
        # Several defects lie in several places of one view: each may be the one.
        spots = [
            spot
            for seen in finding.places
            for spot in worker.findings_of(
                replace(report, findings=(replace(finding, places=(seen,)),))
            )
        ]
        here = [
            number
            for number, lesion in enumerate(lesions)
            if lesion["spots"] and any(scoring.belongs(s, lesion) for s in spots)
        ]
        rows.append(
            {
                "kind": finding.kind.word,
                "score": finding.evidence.get("score", finding.confidence),
                "quality": max(
                    _confidence.quality(report.readings[place.view])
                    for place in finding.places
                ),
                "calm": _confidence.calm(finding, report.readings),
                "views": len({place.view for place in finding.places}),
                "shape": finding.shape,
                "length_mm": finding.length_mm,
                "straight_mm": finding.straight_mm,
                "evidence": finding.evidence,
                "lesions": here,
            }
        )
    return {
        "study": study.name,
        "lesion": study.kind,
        "strong": strong,
        "age": presentation.age,
        "colour": None if discharge.colour is None else str(discharge.colour),
        "views": len(report.readings),
        "adequacy": [asdict(r.adequacy)["status"] for r in report.readings],
        "lesions": [
            {
                "kind": lesion["kind"],
                "cause": lesion["cause"],
                "size_mm": lesion["size_mm"],
                "seen": bool(lesion["spots"]),
            }
            for lesion in lesions
        ],
        "findings": rows,
    }


if __name__ == "__main__":
    sys.exit(main())
