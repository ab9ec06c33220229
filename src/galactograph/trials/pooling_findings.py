"""How the figures of findings, causes and advice are made of studies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from galactograph.trials import probabilities
from galactograph.trials.findings import DEFECTS, froc

Score = Mapping[str, Any]
Row = Mapping[str, Any]
Shape = tuple[
    Callable[[Score], Any],
    Callable[[Sequence[Any]], Any],
    Callable[[Sequence[Any]], int],
]

COUNTS_FROM = 0.5
"""A finding weighs on level and advice from this confidence on.
source: advice.assessment (assumed)"""

ARTEFACT = "artefact"
"""What a finding that belongs to no lesion truly is; "normal" means the same."""

QUADRANT_HOURS = 1.5
"""A place on the clock is right within half a quadrant (derived)."""

PLACED_MM, PLACED_SPACE_MM = 2.0, 4.0
"""A lesion is well placed within these, along the duct and in space.
source: project goal (what it must show)"""


def _each(values: Sequence[Sequence[Any]]) -> int:
    return sum(len(some) for some in values)


def _mean(values: Sequence[Sequence[float]]) -> float | None:
    every = [value for some in values for value in some]
    return float(np.mean(every)) if every else None


def _median(values: Sequence[Sequence[float]]) -> float | None:
    every = [value for some in values for value in some]
    return float(np.median(every)) if every else None


def _radiographs(score: Score) -> bool:
    return all(view["frames"] == 1 for view in score["views"])


Froc = tuple[list[float | None], list[float], int]


def _marks(
    score: Score,
    bounds: tuple[float, float],
    kinds: frozenset[str],
    *,
    overlapped: bool | None,
    key: str,
) -> Froc | None:
    """Return hits of lesions within `bounds`, false marks, and images."""
    if not _radiographs(score):
        return None
    hits = [
        row[key]
        for row in score["lesions"]
        if row["kind"] in kinds
        and bounds[0] <= row["size_mm"] < bounds[1]
        and overlapped in (None, row["overlapped"])
    ]
    false = [
        mark["confidence"]
        for mark in score["marks"]
        if mark["kind"] in kinds and not mark["truth"]
        for _ in range(mark["places"])
    ]
    return hits, false, len(score["views"])


def _sensitivity(parts: Sequence[Froc], rate: float) -> float | None:
    hits = [hit for part in parts for hit in part[0]]
    if not hits:
        return None
    false = [mark for part in parts for mark in part[1]]
    return froc(hits, false, sum(part[2] for part in parts)).at(rate)


def _lesions(parts: Sequence[Froc]) -> int:
    return sum(len(part[0]) for part in parts)


def sensitivity(
    bounds: tuple[float, float],
    rate: float,
    kinds: frozenset[str] = DEFECTS,
    *,
    overlapped: bool | None = None,
    key: str = "hit",
) -> Shape:
    """Return the sensitivity by lesion at a rate of false marks an image."""
    part = partial(_marks, bounds=bounds, kinds=kinds, overlapped=overlapped, key=key)
    return part, partial(_sensitivity, rate=rate), _lesions


def _false_on_normal(score: Score, least: float) -> list[float] | None:
    """Return the number of findings of a study that is truly normal."""
    if score["lesions"] or score["unreached"] or _unfilled(score):
        return None
    return [float(sum(mark["confidence"] >= least for mark in score["marks"]))]


def _unfilled(score: Score) -> bool:
    return all(view["expected"] == "no-contrast" for view in score["views"])


def _on_plain(score: Score) -> list[float] | None:
    return [float(len(score["marks"]))] if _unfilled(score) else None


def _found(score: Score) -> list[Row]:
    return [row for row in score["lesions"] if row["found"] != "missed"]


def _offsets(score: Score, name: str) -> list[float] | None:
    # A widened or irregular stretch has no one place along its duct.
    some = [
        abs(row[name])
        for row in _found(score)
        if row.get(name) is not None and row["kind"] in DEFECTS
    ]
    return some or None


def _case(score: Score) -> list[Told] | None:
    """Return the surest finding of a study, and whether it is diseased or normal."""
    if _unfilled(score) or score["unreached"]:
        return None
    ill = score["advice"]["true"] in ("one", "several")
    if score["lesions"] and not ill:
        return None
    return [(max((m["confidence"] for m in score["marks"]), default=0.0), ill)]


def _auc(parts: Sequence[Sequence[Told]]) -> float | None:
    """Return the share of pairs in which the diseased study has the surer finding."""
    every = [told for part in parts for told in part]
    ill = np.array([said for said, true in every if true])
    well = np.array([said for said, true in every if not true])
    if not len(ill) or not len(well):
        return None
    more = ill[:, None] - well[None, :]
    return float(((more > 0) + 0.5 * (more == 0)).mean())


def _case_right(parts: Sequence[Sequence[Told]]) -> float | None:
    return _mean(
        [[float((p >= COUNTS_FROM) == true) for p, true in part] for part in parts]
    )


def _lifted(score: Score) -> list[float] | None:
    space = score.get("space")
    return (space["off_mm"] or None) if space else None


def _covered(score: Score) -> tuple[float, float] | None:
    """Return lengths in space, of a study that several views or slices show."""
    views, space = score["views"], score.get("space")
    deep = len(views) > 1 or any(view["frames"] > 1 for view in views)
    if not space or not deep or _unfilled(score):
        return None
    return space["hit_mm"], space["true_mm"]


def _share(pairs: Sequence[tuple[float, float]]) -> float | None:
    whole = sum(pair[1] for pair in pairs)
    return sum(pair[0] for pair in pairs) / whole if whole else None


def _within(parts: Sequence[Sequence[float]], reach: float) -> float | None:
    return _mean([[float(off <= reach) for off in part] for part in parts])


def true_cause(mark: Row) -> str:
    """Return what a finding truly is: the cause of its lesion, or an artefact."""
    return str(mark["truth"]) or ARTEFACT


def told_causes(mark: Row) -> dict[str, float]:
    """Return the probabilities of a finding, normal taken as artefact."""
    told: dict[str, float] = {}
    for name, probability in mark["causes"].items():
        same = ARTEFACT if name == "normal" else name
        told[same] = told.get(same, 0.0) + probability
    return told


Told = tuple[float, bool]
Case = tuple[str, dict[str, float]]


def _causes(score: Score, *, false_too: bool) -> list[Case] | None:
    cases = [
        (true_cause(mark), told_causes(mark))
        for mark in score["marks"]
        if mark["causes"] and (false_too or mark["truth"])
    ]
    return cases or None


def _right(parts: Sequence[Sequence[Case]]) -> float | None:
    return _mean(
        [[float(probabilities.first(told) == t) for t, told in part] for part in parts]
    )


def _cause_error(parts: Sequence[Sequence[Case]]) -> float | None:
    said, came = [], []
    for truth, told in (case for part in parts for case in part):
        name = probabilities.first(told)
        said.append(told[name])
        came.append(name == truth)
    return probabilities.calibration_error(said, came)


def _brier(parts: Sequence[Sequence[Case]]) -> float | None:
    every = [case for part in parts for case in part]
    return probabilities.brier([told for _, told in every], [t for t, _ in every])


def _confidences(score: Score) -> list[Told] | None:
    told = [(mark["confidence"], bool(mark["truth"])) for mark in score["marks"]]
    return told or None


def _confidence_error(parts: Sequence[Sequence[Told]]) -> float | None:
    every = [told for part in parts for told in part]
    return probabilities.calibration_error([p for p, _ in every], [t for _, t in every])


def _fits(score: Score) -> list[float]:
    return [float(score["advice"]["fits"])]


def measures() -> dict[str, Shape]:
    """Return (part, whole, count) of every figure by its name in `goals.toml`."""
    stop = frozenset({"abrupt-termination"})
    every = (0.0, 99.0)
    return {
        "defects_large": sensitivity((1.0, 99.0), 0.5),
        "defects_small": sensitivity((0.5, 1.0), 0.5),
        "defects_tiny": sensitivity((0.3, 0.5), 1.0),
        "defects_large_near": sensitivity((1.0, 99.0), 0.5, key="near"),
        "defects_overlap": sensitivity((1.0, 99.0), 1.0, overlapped=True),
        "defects_quarter": sensitivity((0.5, 99.0), 0.25),
        "defects_half": sensitivity((0.5, 99.0), 0.5),
        "defects_one": sensitivity((0.5, 99.0), 1.0),
        "defects_two": sensitivity((0.5, 99.0), 2.0),
        "terminations": sensitivity(every, 0.5, stop, key="near"),
        "narrowings": sensitivity(every, 0.5, frozenset({"narrowing"}), key="near"),
        "ectasias": sensitivity(every, 0.5, frozenset({"ectasia"}), key="near"),
        "walls": sensitivity(every, 0.5, frozenset({"wall-irregularity"}), key="near"),
        "extravasations": sensitivity(
            every, 0.5, frozenset({"extravasation"}), key="near"
        ),
        "false_on_normal": (partial(_false_on_normal, least=0.0), _mean, _each),
        "false_on_normal_counting": (
            partial(_false_on_normal, least=COUNTS_FROM),
            _mean,
            _each,
        ),
        "findings_on_plain": (_on_plain, _mean, _each),
        "placed_mm": (partial(_offsets, name="off_mm"), _median, _each),
        "placed_along_mm": (partial(_offsets, name="along_off_mm"), _median, _each),
        "placed_along": (
            partial(_offsets, name="along_off_mm"),
            partial(_within, reach=PLACED_MM),
            _each,
        ),
        "placed_space_mm": (partial(_offsets, name="space_off_mm"), _median, _each),
        "placed_space": (
            partial(_offsets, name="space_off_mm"),
            partial(_within, reach=PLACED_SPACE_MM),
            _each,
        ),
        "clock": (
            partial(_offsets, name="hours_off"),
            partial(_within, reach=QUADRANT_HOURS),
            _each,
        ),
        "size_mm": (partial(_offsets, name="size_off_mm"), _median, _each),
        "lifted_mm": (_lifted, _median, _each),
        "lifted": (_covered, _share, len),
        "cause_first": (partial(_causes, false_too=False), _right, _each),
        "cause_first_all": (partial(_causes, false_too=True), _right, _each),
        "cause_error": (partial(_causes, false_too=True), _cause_error, _each),
        "cause_brier": (partial(_causes, false_too=True), _brier, _each),
        "confidence_error": (_confidences, _confidence_error, _each),
        "case_auc": (_case, _auc, _each),
        "case_accuracy": (_case, _case_right, _each),
        "advice": (_fits, _mean, _each),
    }
