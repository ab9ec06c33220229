"""How the figures of causes, confidence and advice are made of studies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from galactograph.trials import probabilities
from galactograph.trials.parts import (
    COUNTS_FROM,
    Row,
    Score,
    Shape,
    each,
    mean,
    unfilled,
)

ARTEFACT = "artefact"
"""What a finding that belongs to no lesion truly is; "normal" means the same."""

Told = tuple[float, bool]
Case = tuple[str, dict[str, float]]


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


def _causes(score: Score, *, false_too: bool) -> list[Case] | None:
    cases = [
        (true_cause(mark), told_causes(mark))
        for mark in score["marks"]
        if mark["causes"] and (false_too or mark["truth"])
    ]
    return cases or None


def _right(parts: Sequence[Sequence[Case]]) -> float | None:
    return mean(
        [[float(probabilities.first(told) == t) for t, told in part] for part in parts]
    )


def _firsts(parts: Sequence[Sequence[Case]]) -> list[Told]:
    """Return the chance of every first cause, and whether it is the true one."""
    cases = [case for part in parts for case in part]
    names = [probabilities.first(told) for _, told in cases]
    return [
        (told[name], name == truth)
        for name, (truth, told) in zip(names, cases, strict=True)
    ]


def _error(every: Sequence[Told]) -> float | None:
    return probabilities.calibration_error([p for p, _ in every], [t for _, t in every])


def _by_chance(every: Sequence[Told]) -> float | None:
    return probabilities.error_by_chance([p for p, _ in every])


def _cause_error(parts: Sequence[Sequence[Case]]) -> float | None:
    return _error(_firsts(parts))


def _cause_chance(parts: Sequence[Sequence[Case]]) -> float | None:
    return _by_chance(_firsts(parts))


def _brier(parts: Sequence[Sequence[Case]]) -> float | None:
    every = [case for part in parts for case in part]
    return probabilities.brier([told for _, told in every], [t for t, _ in every])


def _confidences(score: Score) -> list[Told] | None:
    told = [(mark["confidence"], bool(mark["truth"])) for mark in score["marks"]]
    return told or None


def _confidence_error(parts: Sequence[Sequence[Told]]) -> float | None:
    return _error([told for part in parts for told in part])


def _confidence_chance(parts: Sequence[Sequence[Told]]) -> float | None:
    return _by_chance([told for part in parts for told in part])


def _case(score: Score) -> list[Told] | None:
    """Return the surest finding of a study, and whether it is diseased or normal."""
    if unfilled(score) or score["unreached"]:
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
    return mean(
        [[float((p >= COUNTS_FROM) == true) for p, true in part] for part in parts]
    )


def _fits(score: Score) -> list[float]:
    return [float(score["advice"]["fits"])]


def measures() -> dict[str, Shape]:
    """Return (part, whole, count) of every figure by its name in `goals.toml`."""
    return {
        "cause_first": (partial(_causes, false_too=False), _right, each),
        "cause_first_all": (partial(_causes, false_too=True), _right, each),
        "cause_error": (partial(_causes, false_too=True), _cause_error, each),
        "cause_error_chance": (partial(_causes, false_too=True), _cause_chance, each),
        "cause_brier": (partial(_causes, false_too=True), _brier, each),
        "confidence_error": (_confidences, _confidence_error, each),
        "confidence_error_chance": (_confidences, _confidence_chance, each),
        "case_auc": (_case, _auc, each),
        "case_accuracy": (_case, _case_right, each),
        "advice": (_fits, mean, each),
    }
