"""Set published classifiers of galactograms beside our reading, on the same studies.

    python -m benchmarks.classifiers                         120 studies, made anew
    python -m benchmarks.classifiers --studies DIR DIR ...   simulated, with truth
    python -m benchmarks.classifiers --write-docs            and fill in the docs

Normal studies against those with a disease in a filled duct; imitators and studies
that are not adequate by truth are left out. Published classifiers see the trees that
our reader traced; our call is whether it tells a finding.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import classifiers_rules as rules
from benchmarks import pages
from benchmarks.peers_studies import Record, about, of_each, options_of, truth_in
from benchmarks.worker import lesions_of
from galactograph.ducts.descriptors import describe
from galactograph.phantom.anatomy import LesionName
from galactograph.seeds import stream
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.report import Report

SEED = 9_063_000
"""First of the studies that are made; for evaluation alone."""

KINDS: tuple[LesionName, ...] = (
    "normal",
    "papilloma",
    "normal",
    "ectasia",
    "normal",
    "dcis",
    "normal",
    "invasive",
    "normal",
    "papillomas",
)

CALLED_FROM = 0.5
"""A finding makes a study abnormal from this confidence on, as in the report."""

ORDERS = (2, 3, 4)
"""Rows of the R-matrix that are tried."""

TIMES = 2000
"""Draws of the bootstrap."""

Figures = dict[str, Any]


def measure(folder: Path) -> Record:
    """Read a study and keep what classifiers see of it."""
    import galactograph

    return record_of(galactograph.read(folder), truth_in(folder))


def record_of(report: Report, truth: dict[str, Any]) -> Record:
    """Keep the shape of the largest tree of each view, our call, and the truth."""
    views = []
    for reading in report.readings:
        rooted = [duct for duct in reading.ducts if duct.rooted]
        told = describe(rooted[0].tree) if rooted else None
        if told is None or not told.forks:
            continue
        views.append(
            {
                "r_matrix": told.r_matrix.tolist(),
                "crossings": told.crossings.tolist(),
                "pruefer": told.pruefer,
                "depth_first": told.depth_first,
            }
        )
    return {
        "class": class_of(truth),
        "views": views,
        "confidence": max((f.confidence for f in report.findings), default=0.0),
    }


def class_of(truth: dict[str, Any]) -> str:
    """Return "normal", "abnormal", or "" for a study that is left out."""
    lesions = lesions_of(truth)
    filled = [view for view in truth["views"] if view["role"] != "scout"]
    if any(view["adequacy"] != "adequate" for view in filled):
        return ""
    if not lesions:
        return "normal"
    shown = [one for one in lesions if one["spots"] and one["cause"] != "artefact"]
    return "abnormal" if shown else ""


def elements(matrices: Sequence[Any]) -> tuple[list[str], Floats]:
    """Return the names of the R-matrix's elements, and their values (S, E).

    The last of a row follows from the others; NaN where a tree has no such order.
    """
    names = [(k, j) for k in ORDERS for j in range(1, k)]
    values = np.full((len(matrices), len(names)), np.nan)
    for n, matrix in enumerate(matrices):
        for m, (k, j) in enumerate(names):
            if k <= len(matrix):
                values[n, m] = matrix[k - 1][j - 1]
    return [f"{k}/{j}" for k, j in names], values


def compare(records: Sequence[Record]) -> Figures:
    """Return how well each classifier tells normal from abnormal studies."""
    kept = [r for r in records if r["class"] and r["views"]]
    sick = np.array([r["class"] == "abnormal" for r in kept])
    if sick.all() or not sick.any():
        raise ValueError("both normal and abnormal studies are needed")
    patient = np.array([p for p, r in enumerate(kept) for _ in r["views"]])
    trees = [view for r in kept for view in r["views"]]
    ours = np.array([r["confidence"] for r in kept])
    told = [("galactograph: a finding is told", "", ours, ours >= CALLED_FROM)]
    for name, how, score in _published(trees, sick[patient], patient):
        each = rules.by_patient(score, patient)
        told.append((name, how, each, each > 0.5))
    draws = rules.drawn(sick, stream(SEED, "bootstrap"), TIMES)
    rows = [_row(one, told[0], sick, draws) for one in told]
    left = Counter(r["class"] or "left out" for r in records)
    return {"rows": rows, "classes": dict(left), "trees": len(trees)}


def _published(
    trees: list[Any], abnormal: Bools, patient: Ints
) -> list[tuple[str, str, Floats]]:
    """Return name, manner and score of each tree for each published classifier."""
    names, values = elements([tree["r_matrix"] for tree in trees])
    found = []
    for count in (1, 2):
        which, score = rules.best_elements(values, abnormal, patient, count)
        words = " and ".join(names[e] for e in which) or "none"
        plural = "s" if count > 1 else ""
        found.append((f"R-matrix, Bayes, {count} element{plural}", words, score))
    for name, key in (("Prüfer code", "pruefer"), ("depth-first", "depth_first")):
        texts = [tuple(tree[key]) for tree in trees]
        near = rules.string_likeness(texts, patient)
        k, score = rules.best_count(near, abnormal, patient)
        found.append((f"{name}, tf-idf, nearest trees", f"k = {k}", score))
    near = rules.profile_nearness([tree["crossings"] for tree in trees])
    k, score = rules.best_count(near, abnormal, patient)
    found.append(("Sholl profile, nearest trees", f"k = {k}", score))
    # What strings tell beyond how large a tree is, they must show against this.
    near = rules.profile_nearness([[len(tree["pruefer"])] for tree in trees])
    k, score = rules.best_count(near, abnormal, patient)
    found.append(("number of branches alone, nearest trees", f"k = {k}", score))
    return found


def _row(
    one: tuple[str, str, Floats, Bools],
    ours: tuple[str, str, Floats, Bools],
    sick: Bools,
    draws: list[Ints],
) -> Figures:
    name, how, score, called = one

    def right(calls: Bools, some: Ints) -> float:
        return rules.rates(calls[some], sick[some])[2]

    normal, abnormal, mean = rules.rates(called, sick)
    return {
        "name": name,
        "how": how,
        "normal": normal,
        "abnormal": abnormal,
        "right": mean,
        "right_range": rules.interval([right(called, some) for some in draws]),
        "area": rules.area(score, sick),
        "area_range": rules.interval(
            [rules.area(score[some], sick[some]) for some in draws]
        ),
        "ahead_range": rules.interval(
            [right(ours[3], some) - right(called, some) for some in draws]
        ),
    }


def markdown(figures: Figures, on: str) -> str:
    """Write the figures for the documentation."""

    def ranged(value: float, ends: Sequence[float]) -> str:
        return f"{value:.2f} ({ends[0]:.2f} to {ends[1]:.2f})"

    rows = [
        [
            row["name"],
            row["how"],
            f"{row['normal']:.2f}",
            f"{row['abnormal']:.2f}",
            ranged(row["right"], row["right_range"]),
            ranged(row["area"], row["area_range"]),
            "" if not n else "{:+.2f} to {:+.2f}".format(*row["ahead_range"]),
        ]
        for n, row in enumerate(figures["rows"])
    ]
    head = ["classifier", "chosen", "normal right", "abnormal right", "mean of both"]
    head += ["area under ROC", "galactograph ahead by"]
    counts = ", ".join(f"{n} {word}" for word, n in sorted(figures["classes"].items()))
    return f"{on} {counts}; {figures['trees']} trees.\n\n{pages.table(head, rows)}"


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and write bench-out/classifiers.json."""
    options = options_of("classifiers", __doc__, arguments, seed=SEED, count=120)
    records = of_each("classifiers", options, KINDS, measure)
    figures = compare(records)
    path = options.out / "classifiers.json"
    path.write_text(json.dumps(figures, indent=1), "utf-8")
    text = markdown(figures, about(options, records))
    print(f"\n{text}\n\nfigures: {path}")
    if options.write_docs:
        pages.fill("classifiers", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
