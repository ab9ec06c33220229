"""From the results of the scorecard's studies to its tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from galactograph.trials import (
    calibres,
    cards,
    lengths,
    pooling,
    pooling_causes,
    probabilities,
)
from galactograph.trials import pooling_findings as judged

Result = Mapping[str, Any]
Summary = dict[str, Any]
Block = tuple[str, list[str], list[list[str]]]

SIZES_MM = ((0.3, 0.5), (0.5, 1.0), (1.0, 2.0), (2.0, 4.0), (4.0, 99.0))
STRATA = ("vendor", "look", "density", "dose", "scout", "views", "contrast")
STRATUM = ("detected_loose", "precision", "cldice", "parents", "defects_half")
STRATUM_WORDS = ("found, 0.5 mm", "precision", "clDice", "parents", "defects")


def summarise(results: Sequence[Result], *, rounds: int) -> Summary:
    """Return everything that is told, ready for JSON."""
    figures = cards.card(results, seed=1, rounds=rounds)
    return {
        "studies": len(results),
        "kinds": dict(Counter(r["kind"] for r in results)),
        "modalities": dict(Counter(r["row"]["modality"] for r in results)),
        "figures": [figure.as_json() for figure in figures],
        "blocks": [
            _by_calibre(results),
            _agreement(results),
            _froc(results),
            _kinds(results),
            _causes(results),
            _curve(results),
            _advice(results),
            *(_stratum(results, name) for name in STRATA),
            _cost(results),
        ],
    }


def number(value: float | None, digits: int = 3) -> str:
    """Write a number; a dash if there is none."""
    return "-" if value is None else f"{value:.{digits}f}"


def bounds(low: float, high: float) -> str:
    """Write a range."""
    return f"over {low:g} mm" if high >= 99 else f"{low:g} to {high:g} mm"


def _radiographs(results: Sequence[Result]) -> list[Mapping[str, Any]]:
    return [view for r in results for view in pooling.with_contrast(r)]


def _by_calibre(results: Sequence[Result]) -> Block:
    rows = []
    for low, high in pairwise(lengths.BINS_MM):
        parts = []
        for views in (pooling.undiluted, pooling.dilute, pooling.stacks):
            measure = pooling.found_in_bin(low, views)
            some = [p for r in results if (p := measure.part(r)) is not None]
            parts += [number(sum(p[1] for p in some) / 1000, 2)]
            parts += [number(measure.whole(some) if some else None)]
        rows.append([bounds(low, high), *parts])
    head = ["lumen", "true, m", "detected"]
    head += ["a third of contrast: true, m", "detected"]
    return (
        "Tree length detected, by true calibre",
        [*head, "tomosynthesis: true, m", "detected"],
        rows,
    )


def _agreement(results: Sequence[Result]) -> Block:
    every = [p for r in results for v in pooling.undiluted(r) for p in v["calibres"]]
    rows = []
    for low, high in calibres.BINS_MM:
        row = [bounds(low, high)]
        for isolated in (True, False):
            off = calibres.differences(every, (low, high), isolated=isolated)
            told = calibres.agreement(off)
            if told is None:
                row += ["-"] * 4
                continue
            limits = f"{told.low:+.3f} to {told.high:+.3f}"
            row += [f"{told.bias:+.3f}", limits, number(told.p90), str(told.count)]
        rows.append(row)
    head = ["bias", "limits of agreement", "p90", "samples"]
    overlapped = [f"in overlap: {head[0]}", *head[1:]]
    return (
        "Calibre, mm (Bland and Altman): alone, and in overlap",
        ["lumen", *head, *overlapped],
        rows,
    )


def _froc(results: Sequence[Result]) -> Block:
    rows = []
    for low, high in SIZES_MM:
        row = [bounds(low, high)]
        for rate in (0.25, 0.5, 1.0, 2.0):
            part, whole, count = judged.sensitivity((low, high), rate)
            some = [p for r in results if (p := part(r)) is not None]
            row.append(number(whole(some), 2))
        rows.append([*row, str(count(some))])
    head = [f"{rate:g}" for rate in (0.25, 0.5, 1.0, 2.0)]
    return (
        "Defects found (radiographs), by size and by false marks an image",
        ["size", *head, "lesions"],
        rows,
    )


def _crossed(title: str, counts: Mapping[str, Mapping[str, int]], corner: str) -> Block:
    columns = sorted({name for row in counts.values() for name in row})
    rows = [
        [name, *(str(row.get(column, "")) for column in columns)]
        for name, row in sorted(counts.items())
    ]
    return title, [corner, *columns], rows


def _kinds(results: Sequence[Result]) -> Block:
    counts: dict[str, Counter[str]] = {}
    for r in results:
        for lesion in r["lesions"]:
            counts.setdefault(lesion["kind"], Counter())[lesion["found"]] += 1
        for mark in r["marks"]:
            if not mark["truth"]:
                counts.setdefault("nothing", Counter())[mark["kind"]] += 1
    title = "What was found (columns) where there was truly (rows)"
    return _crossed(title, counts, "truly")


def _cases(results: Sequence[Result]) -> list[tuple[str, dict[str, float]]]:
    return [
        (pooling_causes.true_cause(mark), pooling_causes.told_causes(mark))
        for r in results
        for mark in r["marks"]
        if mark["causes"]
    ]


def _causes(results: Sequence[Result]) -> Block:
    cases = _cases(results)
    counts = probabilities.confusion(
        [truth for truth, _ in cases],
        [probabilities.first(told) for _, told in cases],
    )
    title = "First cause (columns) of findings of which the truth is (rows)"
    return _crossed(title, counts, "truly")


def _curve(results: Sequence[Result]) -> Block:
    firsts = [
        (told[name], name == truth)
        for truth, told in _cases(results)
        if (name := probabilities.first(told))
    ]
    sure = [(m["confidence"], bool(m["truth"])) for r in results for m in r["marks"]]
    rows = [
        [what, f"{said:.2f}", f"{came:.2f}", str(count)]
        for what, cases in (("first cause", firsts), ("finding", sure))
        for said, came, count in probabilities.curve(
            [p for p, _ in cases], [t for _, t in cases]
        )
    ]
    return (
        "Calibration: what was said, and how often it was so",
        ["of", "said", "came true", "cases"],
        rows,
    )


def _advice(results: Sequence[Result]) -> Block:
    counts: dict[str, Counter[str]] = {}
    for r in results:
        fits = "fits" if r["advice"]["fits"] else "does not fit"
        counts.setdefault(r["advice"]["true"], Counter())[fits] += 1
    return _crossed("Advice, by how many ducts are truly diseased", counts, "ducts")


def _stratum(results: Sequence[Result], name: str) -> Block:
    plain = [r for r in results if r["row"]["modality"] == "radiograph"]
    measures = pooling.measures()
    rows = []
    for level in sorted({r["row"][name] for r in plain}):
        some = [r for r in plain if r["row"][name] == level]
        told = []
        for figure in STRATUM:
            measure = measures[figure]
            # A third of the contrast stands apart elsewhere; here it is a level.
            parts = [
                p for r in some if (p := measure.part({**r, "dilute": 0})) is not None
            ]
            told.append(number(measure.whole(parts) if parts else None))
        rows.append([level, *told, str(len(some))])
    return f"By {name}", [name, *STRATUM_WORDS, "studies"], rows


def _cost(results: Sequence[Result]) -> Block:
    rows = []
    for what, sweep in (("radiographs", False), ("tomosynthesis", True)):
        costs = [
            r["cost"]
            for r in results
            if (r["row"]["modality"] != "radiograph") == sweep
        ]
        if not costs:
            continue
        each = [c["cpu"] / c["views_read"] for c in costs]
        whole = [c["make_cpu"] + c["read_cpu"] for c in costs]
        rows.append(
            [
                what,
                number(float(np.median([c["seconds"] for c in costs])), 1),
                number(float(np.median(each)), 1),
                number(float(max(each)), 1),
                number(_slope(costs), 2),
                number(float(max(c["peak_mib"] for c in costs)), 0),
                number(float(np.median(whole)), 0),
                number(sum(whole) / 60, 0),
            ]
        )
    head = ["wall s a study, median", "CPU s a view, median", "most"]
    head += ["CPU s a megapixel, median", "peak MiB, most"]
    head += ["CPU s to make, read and score, median", "CPU min, all"]
    return "Cost", ["of", *head], rows


def _slope(costs: Sequence[Mapping[str, float]]) -> float:
    return float(np.median([c["cpu"] / c["pixels"] * 1e6 for c in costs]))


def worst(results: Sequence[Result]) -> list[str]:
    """Return the names of the pictures of all views, the worst first."""
    faults = []
    for r in results:
        missed = sum(
            row["found"] == "missed" and row["size_mm"] >= 1 for row in r["lesions"]
        )
        false = sum(not mark["truth"] for mark in r["marks"])
        study = 0.15 * missed + 0.05 * false + 0.1 * (not r["advice"]["fits"])
        for view in r["views"]:
            long = view["lengths"]
            fault = study + view["length_mm"] / 100 * (not long["true_mm"])
            for part, whole in (("loose_hit_mm", "true_mm"), ("right_mm", "found_mm")):
                fault += 1 - long[part] / long[whole] if long[whole] else 0
            number_, kind = r["row"]["number"], r["kind"]
            name = f"{number_:02d}-{kind}-{view['view'].lower()}.png"
            faults.append((-fault, name))
    return [name for _, name in sorted(faults)]
