"""From the results of studies to figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.worker import BINS_MM

CALIBRE_BINS_MM = ((0.2, 0.3), (0.3, 0.5), (0.5, 0.8), (0.8, 1.2), (1.2, 2.0))
OVERALL_MM = (0.3, 2.0)
SIZE_BINS_MM = ((0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 5.0), (5.0, 99.0))
ASKED_MM = 2.0
"""Defects of this size and more are asked for (issue: what it must show)."""
TRUE_DEFECTS = frozenset({"filling-defect", "multiple-filling-defects", "air-bubble"})

Result = dict[str, Any]
Summary = dict[str, Any]


def summarise(results: Sequence[Result]) -> Summary:
    """Return all figures of a run, ready for JSON."""
    filled = [r for r in results if r["case"]["lesion"] is not None]
    plain = [r for r in results if r["case"]["lesion"] is None]
    normal = [r for r in filled if r["case"]["lesion"] == "normal"]
    other = [r for r in filled if r["case"]["lesion"] != "normal"]
    views = [view for r in filled for view in r["views"]]
    return {
        "studies": len(results),
        "sides": dict(Counter(r["laterality"] for r in results)),
        "kinds": dict(
            Counter(r["case"]["lesion"] or "without contrast" for r in results)
        ),
        "ducts": _ducts(views),
        "calibre": _calibres(views),
        "nipple": _nipple([view for r in results for view in r["views"]]),
        "defects": _defects(filled),
        "unreached": sum(r["unreached"] for r in filled),
        "false": {
            "normal_studies": len(normal),
            "on_normal": _per_study(normal),
            "kinds_on_normal": dict(Counter(k for r in normal for k in r["false"])),
            "elsewhere_on_abnormal": _per_study(other),
        },
        "confusion": _confusion(filled),
        "no_contrast": _no_contrast(plain),
        "adequacy": _adequacy(results),
        "seconds": _spread([r["seconds"] for r in results]),
        "peak_mib": _spread([r["peak_mib"] for r in results]),
        "worst": _worst(filled),
    }


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _spread(values: Sequence[float]) -> dict[str, float | None]:
    if not values:
        return {"median": None, "p95": None, "most": None}
    return {
        "median": float(np.median(values)),
        "p95": float(np.percentile(values, 95)),
        "most": float(np.max(values)),
    }


def _per_study(results: Sequence[Result]) -> float | None:
    return _share(sum(len(r["false"]) for r in results), len(results))


def _ducts(views: Sequence[Result]) -> Summary:
    def total(name: str) -> float:
        return float(sum(view[name] for view in views))

    each = [
        (
            _share(view["hit_mm"], view["true_mm"]),
            _share(view["right_mm"], view["found_mm"]),
        )
        for view in views
    ]
    recalls = [a for a, _ in each if a is not None]
    precisions = [b for _, b in each if b is not None]
    bins = np.array([view["by_calibre"] for view in views]).reshape(
        -1, len(BINS_MM) - 1, 2
    )
    return {
        "views": len(views),
        "recall": _share(total("hit_mm"), total("true_mm")),
        "precision": _share(total("right_mm"), total("found_mm")),
        "precision_of_all": _share(total("all_right_mm"), total("all_found_mm")),
        "loose_recall": _share(total("loose_hit_mm"), total("true_mm")),
        "loose_precision": _share(total("loose_right_mm"), total("found_mm")),
        "true_mm": total("true_mm"),
        "found_mm": total("found_mm"),
        "recall_by_view": _low(recalls),
        "precision_by_view": _low(precisions),
        "by_calibre": [
            {
                "mm": [low, high],
                "true_mm": float(true),
                "recall": _share(float(hit), float(true)),
            }
            for (low, high), (true, hit) in zip(
                pairwise(BINS_MM), bins.sum(0), strict=True
            )
        ],
    }


def _low(values: Sequence[float]) -> dict[str, float | None]:
    if not values:
        return {"median": None, "p5": None, "least": None}
    return {
        "median": float(np.median(values)),
        "p5": float(np.percentile(values, 5)),
        "least": float(np.min(values)),
    }


def _calibres(views: Sequence[Result]) -> list[Summary]:
    every = np.array(
        [pair for view in views for pair in view["calibres"]], float
    ).reshape(-1, 3)
    rows = []
    for low, high in (*CALIBRE_BINS_MM, OVERALL_MM):
        here = every[(every[:, 0] >= low) & (every[:, 0] < high)]
        row: Summary = {"mm": [low, high]}
        for name, some in (("all", here), ("isolated", here[here[:, 2] > 0])):
            error = some[:, 1] - some[:, 0]
            row[name] = {
                "samples": len(error),
                "bias": float(np.median(error)) if len(error) else None,
                "median": float(np.median(np.abs(error))) if len(error) else None,
                "p90": float(np.percentile(np.abs(error), 90)) if len(error) else None,
            }
        rows.append(row)
    return rows


def _nipple(views: Sequence[Result]) -> Summary:
    errors = [view["nipple_mm"] for view in views if view["nipple_mm"] is not None]
    return {
        **_spread(errors),
        "views": len(views),
        "not_found": len(views) - len(errors),
    }


def _defects(results: Sequence[Result]) -> Summary:
    lesions = [
        lesion
        for r in results
        for lesion in r["lesions"]
        if lesion["kind"] in TRUE_DEFECTS
    ]
    stops = [
        lesion
        for r in results
        for lesion in r["lesions"]
        if lesion["kind"] == "abrupt-termination"
    ]

    def found(some: Iterable[Result]) -> list[int]:
        listed = list(some)
        return [sum(x["defect_found"] for x in listed), len(listed)]

    return {
        "asked": found(x for x in lesions if x["size_mm"] >= ASKED_MM),
        "by_size": [
            {
                "mm": [low, high],
                "found": found(x for x in lesions if low <= x["size_mm"] < high),
            }
            for low, high in SIZE_BINS_MM
        ],
        "terminations": [
            sum(x["found"] == "abrupt-termination" for x in stops),
            len(stops),
        ],
    }


def _confusion(results: Sequence[Result]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for r in results:
        for lesion in r["lesions"]:
            counts.setdefault(lesion["kind"], Counter())[lesion["found"]] += 1
        for kind in r["false"]:
            counts.setdefault("nothing", Counter())[kind] += 1
    return {kind: dict(row) for kind, row in counts.items()}


def _no_contrast(results: Sequence[Result]) -> Summary:
    views = [view for r in results for view in r["views"]]
    return {
        "studies": len(results),
        "views": len(views),
        "said_so": sum(view["adequacy"] == "no-contrast" for view in views),
        "most_mm": max((view["length_mm"] for view in views), default=0.0),
        "findings": sum(len(r["false"]) for r in results),
    }


def _adequacy(results: Sequence[Result]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for r in results:
        for view in r["views"]:
            counts.setdefault(view["expected"], Counter())[view["adequacy"]] += 1
    return {expected: dict(row) for expected, row in counts.items()}


def _worst(results: Sequence[Result]) -> list[Summary]:
    """List views by what is wrong with them: length first, findings beside it."""
    entries = []
    for r in results:
        missed = sum(
            x["found"] == "missed" and x["size_mm"] >= ASKED_MM for x in r["lesions"]
        )
        for view, picture in zip(r["views"], r["pictures"], strict=True):
            recall = _share(view["hit_mm"], view["true_mm"])
            precision = _share(view["right_mm"], view["found_mm"])
            fault = 2.0 - (recall or 0.0) - (precision or 0.0)
            fault += 0.1 * missed + 0.02 * len(r["false"])
            entries.append(
                {
                    "picture": picture,
                    "lesion": r["case"]["lesion"],
                    "recall": recall,
                    "precision": precision,
                    "missed": missed,
                    "false": len(r["false"]),
                    "fault": fault,
                }
            )
    return sorted(entries, key=lambda entry: -float(entry["fault"]))[:20]
