"""How reading falls off when pictures get worse.

    python -m benchmarks.stress                          6 small studies, made anew
    python -m benchmarks.stress --studies DIR DIR ...    simulated studies with truth
    python -m benchmarks.stress --write-docs             and fill in the docs

The filled view that has a scout is spoilt in one way at a time, and read again.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import pages, scoring
from benchmarks.peers_studies import Record, about, of_each, options_of, truth_in
from benchmarks.stress_faults import FAULTS, GRADED, Shot
from benchmarks.worker import BINS_MM, lesions_of
from galactograph.phantom.anatomy import LesionName
from galactograph.reading import read
from galactograph.seeds import stream
from galactograph.values.report import Reading, Report
from galactograph.values.study import Role, Study

SEED = 9_066_000
"""First of the studies that are made; for evaluation alone."""

KINDS: tuple[LesionName, ...] = ("papilloma", "normal", "ectasia")

Figures = dict[str, Any]


def measure(folder: Path) -> Record:
    """Read one view of a study in every condition."""
    from galactograph.dicom.study import load

    cv2.setNumThreads(1)
    shot, whole = shot_of(load(folder))
    truth = truth_in(folder)
    rows = []
    for kind, levels in FAULTS.items():
        for level, fault in levels.items():
            rng = stream(SEED, kind, level)
            try:
                spoilt = fault(shot, rng)
                study = Study(uid=whole.uid, views=spoilt.views)
                got = score(read(study), spoilt, truth)
            except Exception as trouble:  # noqa: BLE001  a crash is what is counted
                got = {"crash": f"{type(trouble).__name__}: {trouble}"}
            rows.append({"kind": kind, "level": level, **got})
    return {"rows": rows}


def shot_of(study: Study) -> tuple[Shot, Study]:
    """Return the first filled view that has a scout, with it."""
    from galactograph.ducts.background import prepare

    scout = next(v for v in study.views if v.role is Role.SCOUT)
    filled = next(
        v
        for v in study.views
        if v.role is not Role.SCOUT and v.position == scout.position
    )
    scene = prepare(filled, scout=scout)
    if scene.nipple is None:
        raise ValueError(f"{filled.source}: no nipple was found")
    shot = Shot(
        views=(filled, scout),
        breast=scene.breast,
        nipple=(scene.nipple.row, scene.nipple.column),
        chest_left=scene.chest_wall == "left",
        now_from_made=np.eye(3)[:2],
        true_mm=filled.image.grid.pixel_mm,
    )
    return shot, study


def score(report: Report, shot: Shot, truth: dict[str, Any]) -> Figures:
    """Score the one view of a report, in true millimetres."""
    reading, mm = report.readings[0], shot.true_mm
    name = Path(shot.views[0].source).name.removesuffix(".dcm")
    name = name.removesuffix("-presentation")
    told = next(view for view in truth["views"] if view["source"] == name)
    made = np.column_stack([np.array(told["points"]), np.ones(len(told["points"]))])
    now = made @ shot.now_from_made.T
    rows, columns = shot.views[0].image.grid.shape
    inside = np.all((now >= 0) & (now < [rows, columns]), axis=1)
    true = scoring.course(
        now,
        np.array(truth["tree"]["parents"]),
        np.array(told["calibre_mm"]),
        pixel_mm=mm,
        kept=np.array(told["visible"], bool) & inside,
    )
    found = scoring.join(
        scoring.course(
            np.column_stack([duct.rows, duct.columns]),
            duct.tree.parents,
            duct.calibre_mm,
            pixel_mm=mm,
        )
        for duct in reading.ducts
    )
    ducts = scoring.score_ducts(true, found, pixel_mm=mm, bins=BINS_MM)
    lesions = _lesions(truth, name, shot)
    return {
        **{k: ducts[k] for k in ("true_mm", "hit_mm", "all_found_mm", "all_right_mm")},
        **_findings(report, lesions, mm),
        "within": _within(reading, true, found, mm),
        "adequacy": reading.adequacy.status.value,
        "assessment": report.assessment.level,
    }


def _lesions(truth: dict[str, Any], view: str, shot: Shot) -> list[Figures | None]:
    """List the lesions with their place in the spoilt view; None: it shows them not."""
    listed: list[Figures | None] = []
    rows, columns = shot.views[0].image.grid.shape
    for lesion in lesions_of(truth):
        spot = lesion["spots"].get(view)
        if spot is None:
            listed.append(None)
            continue
        place = shot.now_from_made @ [*(np.array(spot) / shot.true_mm), 1.0]
        inside = 0 <= place[0] < rows and 0 <= place[1] < columns
        moved = {**lesion, "spots": {"": place * shot.true_mm}}
        listed.append(moved if inside else None)
    return listed


def _findings(report: Report, lesions: list[Figures | None], mm: float) -> Figures:
    """Tell how sure the reader is at each lesion, and away from all."""
    told: list[dict[str, Any]] = [
        {
            "confidence": finding.confidence,
            "spots": {"": (place.row * mm, place.column * mm)},
        }
        for finding in report.findings
        for place in finding.places[:1]
    ]
    at = [
        None
        if x is None
        else max((f["confidence"] for f in told if scoring.belongs(f, x)), default=0.0)
        for x in lesions
    ]
    shown = [x for x in lesions if x is not None]
    away = [
        f["confidence"] for f in told if not any(scoring.belongs(f, x) for x in shown)
    ]
    return {"at_lesions": at, "false": away}


def _within(
    reading: Reading, true: scoring.Course, found: scoring.Course, mm: float
) -> list[int]:
    """Count calibres (one a mm, no other duct near) within two standard errors.

    Returns how many are, and how many there are: none where no millimetre is told.
    """
    if not reading.view.image.grid.has_millimetres:
        return [0, 0]
    sigma = scoring.join(
        scoring.course(
            np.column_stack([duct.rows, duct.columns]),
            duct.tree.parents,
            duct.sigma_mm,
            pixel_mm=mm,
        )
        for duct in reading.ducts
    )
    pairs = scoring.calibre_pairs(true, found, pixel_mm=mm)
    errors = scoring.calibre_pairs(true, sigma, pixel_mm=mm)
    alone = [
        abs(measured - wanted) <= 2 * error
        for (wanted, measured, free), (_, error, _) in zip(pairs, errors, strict=True)
        if free
    ]
    return [sum(alone), len(alone)]


def summarise(records: Sequence[Record]) -> list[Figures]:
    """Bring the studies together, by kind and level.

    Confidence is that at the lesions that are found in the picture as it is; what is
    found in a spoilt one only may be luck.
    """
    table = []
    for n, first in enumerate(records[0]["rows"]):
        every = [record["rows"][n] for record in records]
        read_ = [row for row in every if "crash" not in row]
        lesions = [c for row in read_ for c in row["at_lesions"] if c is not None]
        known = [
            c
            for record, row in zip(records, every, strict=True)
            for c, clean in zip(
                row.get("at_lesions", ()), _at_lesions(record), strict=False
            )
            if c is not None and clean
        ]
        false = [c for row in read_ for c in row["false"]]
        within = np.sum([row["within"] for row in read_], axis=0, initial=0)

        def total(name: str, some: list[Figures] = read_) -> float:
            return float(sum(row[name] for row in some))

        table.append(
            {
                "kind": first["kind"],
                "level": first["level"],
                "studies": len(every),
                "crashes": [row["crash"] for row in every if "crash" in row],
                "found": total("hit_mm") / max(total("true_mm"), 1e-9),
                "right": total("all_right_mm") / max(total("all_found_mm"), 1e-9),
                "drawn_mm": total("all_found_mm") / max(len(read_), 1),
                "lesions": len(lesions),
                "lesions_found": sum(c > 0 for c in lesions),
                "confidence": float(np.mean(known)) if known else None,
                "false": len(false) / max(len(read_), 1),
                "false_confidence": float(np.mean(false)) if false else None,
                "within": float(within[0] / within[1]) if within[1] else None,
                "adequacy": dict(Counter(row["adequacy"] for row in read_)),
            }
        )
    return table


def _at_lesions(record: Record) -> list[float | None]:
    """Return the confidence at each lesion of the picture as it is."""
    found: list[float | None] = record["rows"][0].get("at_lesions", [])
    return found


def still_sure(table: Sequence[Figures], slack: float = 0.05) -> list[str]:
    """List where the reader gets surer at lesions as pictures fail.

    Each level of the kinds in `GRADED` is held against the picture as it is.
    """
    clean = next(row for row in table if row["kind"] == "as it is")
    said = []
    for row in table:
        if row["kind"] not in GRADED:
            continue
        what = f"{row['kind']} {row['level']}"
        if row["confidence"] is not None and clean["confidence"] is not None:
            rise = row["confidence"] - clean["confidence"]
            if rise > slack:
                said.append(f"{what}: surer at lesions by {rise:.2f}")
    return said


def markdown(figures: Figures, on: str) -> str:
    """Write the figures for the documentation."""
    rows = []
    for row in figures["rows"]:
        drawn = row["drawn_mm"] > 0
        sure = "" if row["confidence"] is None else f"{row['confidence']:.2f}"
        wrong = row["false_confidence"]
        rows.append(
            [
                f"{row['kind']} {row['level']}".strip(),
                f"{row['found']:.3f}",
                f"{row['right']:.3f}" if drawn else "",
                f"{row['lesions_found']} of {row['lesions']}",
                sure,
                f"{row['false']:.2f}" + ("" if wrong is None else f" ({wrong:.2f})"),
                "" if row["within"] is None else f"{row['within']:.2f}",
                ", ".join(f"{n} {word}" for word, n in sorted(row["adequacy"].items())),
                str(len(row["crashes"])),
            ]
        )
    head = ["picture", "found", "right", "lesions found", "confidence there"]
    head += ["false a view (sure)", "calibres within 2 sigma", "adequacy", "crashes"]
    text = f"{on}\n\n{pages.table(head, rows)}"
    if figures["still_sure"]:
        text += "\n\nWhere confidence did not follow: "
        text += "; ".join(figures["still_sure"]) + "."
    return text


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and write bench-out/stress.json."""
    options = options_of("stress", __doc__, arguments, seed=SEED, count=6)
    options.small = options.small or not options.studies
    records = of_each("stress", options, KINDS, measure)
    table = summarise(records)
    figures: Figures = {"rows": table, "still_sure": still_sure(table)}
    path = options.out / "stress.json"
    path.write_text(json.dumps(figures, indent=1), "utf-8")
    text = markdown(figures, about(options, records))
    print(f"\n{text}\n\nfigures: {path}")
    if options.write_docs:
        pages.fill("stress", text)
    return int(any(row["crashes"] for row in table))


if __name__ == "__main__":
    sys.exit(main())
