"""Figures of causes as they were, had the reader known how common each cause is.

A reader weighs causes by how common they are in the clinic; a set of simulated studies
has a mix of its own, with more cancers and imitators. What was told is weighed anew
with the shares of the true causes of the very studies that are scored: what then is
wrong is not the fault of the priors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from galactograph.advice.cause_model import model
from galactograph.advice.causes import begin
from galactograph.trials import probabilities
from galactograph.trials.parts import Row, Score, Shape, each, mean
from galactograph.trials.pooling_causes import told_causes, true_cause
from galactograph.values.codes import CauseName

Marks = Sequence[Sequence[Row]]
Shares = Mapping[CauseName, float]


def mix(parts: Marks) -> dict[CauseName, float]:
    """Return the shares of the true causes of findings at lesions.

    Each cause that the model knows counts as seen once more, so that none is ruled
    out; imitators (artefact) are among them.
    """
    counts = dict.fromkeys(model().priors, 1.0)
    for mark in (mark for part in parts for mark in part):
        name = CauseName(true_cause(mark)) if mark["truth"] else None
        if name in counts:
            counts[name] += 1
    total = sum(counts.values())
    return {name: count / total for name, count in counts.items()}


def reweigh(mark: Row, shares: Shares) -> dict[str, float]:
    """Return the probabilities of a finding's causes under other priors.

    What was told is taken to come from the priors of the clinic. A cause that the
    model does not know keeps what it was told.
    """
    told = told_causes(mark)
    kind = model().kinds.get(mark["kind"])
    likely = kind.likelihoods if kind else {}
    before = begin(mark["confidence"], model().priors, likely)
    after = begin(mark["confidence"], shares, likely)
    weights = {name: told.get(name, 0.0) for name in told}
    for name, worth in before.items():
        if str(name) in weights and worth > 0:
            weights[str(name)] *= after[name] / worth
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()} if total else told


def _marks(score: Score, *, false_too: bool) -> list[Row] | None:
    kept = [m for m in score["marks"] if m["causes"] and (false_too or m["truth"])]
    return kept or None


def _cases(parts: Marks) -> list[tuple[str, dict[str, float]]]:
    shares = mix(parts)
    return [(true_cause(m), reweigh(m, shares)) for part in parts for m in part]


def _right(parts: Marks) -> float | None:
    return mean(
        [[float(probabilities.first(told) == true) for true, told in _cases(parts)]]
    )


def _error(parts: Marks) -> float | None:
    cases = _cases(parts)
    firsts = [probabilities.first(told) for _, told in cases]
    return probabilities.calibration_error(
        [told[name] for (_, told), name in zip(cases, firsts, strict=True)],
        [name == true for (true, _), name in zip(cases, firsts, strict=True)],
    )


def _brier(parts: Marks) -> float | None:
    cases = _cases(parts)
    return probabilities.brier([told for _, told in cases], [t for t, _ in cases])


def measures() -> dict[str, Shape]:
    """Return (part, whole, count) of every figure by its name in `goals.toml`."""
    return {
        "cause_first_mix": (partial(_marks, false_too=False), _right, each),
        "cause_error_mix": (partial(_marks, false_too=True), _error, each),
        "cause_brier_mix": (partial(_marks, false_too=True), _brier, each),
    }
