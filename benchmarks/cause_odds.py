"""The cause model in logarithms, so that its exponents may be fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from galactograph.advice.causes import CANCER_AT_LEAST, begin, tells
from galactograph.advice.conditions import verdict
from galactograph.advice.together import together
from galactograph.values.arrays import Floats
from galactograph.values.codes import CauseName, FindingKind

Entry = dict[str, Any]

GROUPS = ("form", "size", "calibre", "place", "company")
"""What images may teach: each group counts with an exponent of its own, because the
evidence of one picture goes together. How often a cause makes a kind of finding, and
what age and blood say, was counted in patients: simulated women do not change it."""
CANCERS = [2, 3]
"""Places of the cancers in the order of `causes.toml`."""


def parts(
    entries: Mapping[str, Entry], facts: Mapping[str, Any], order: Sequence[str]
) -> dict[str, Floats]:
    """Return the log likelihoods of what is seen besides the kind, by group."""
    seen: dict[str, Floats] = {
        group: np.zeros(len(order)) for group in (*GROUPS, "patient")
    }
    for entry in entries.values():
        if entry["group"] != "kind" and verdict(entry["when"], facts) is True:
            seen[entry["group"]] += entry["trust"] * np.log(entry["values"])
    return seen


def raised(seen: Sequence[Floats]) -> Floats:
    """Return the log likelihoods of what is seen; no picture rules cancer out."""
    total: Floats = np.sum(seen, axis=0)
    least = total.max() + np.log(CANCER_AT_LEAST)
    total[CANCERS] = np.maximum(total[CANCERS], least)
    return total


def begun(
    entries: Mapping[str, Entry],
    facts: Mapping[str, Any],
    score: float,
    shares: Mapping[str, float],
    order: Sequence[str],
) -> Floats:
    """Return the logarithm of what each cause is worth before the rest is weighed."""
    kind = entries.get(str(facts["kind"]).replace("-", " "), {})
    likely = dict(zip(order, kind.get("values", np.ones(len(order))), strict=True))
    worths = begin(
        score,
        {CauseName(name): share for name, share in shares.items()},
        {CauseName(name): value for name, value in likely.items()},
    )
    worth = [worths[CauseName(name)] for name in order]
    logged: Floats = np.log(np.maximum(worth, 1e-6))
    return logged


def shares(cases: Sequence[Any], order: Sequence[str]) -> dict[str, float]:
    """Return the shares of the causes of what truly lies there, each seen once more."""
    counts = np.ones(len(order))
    for facts, _, true in cases:
        if facts["real"]:
            counts[order.index(true)] += 1
    return dict(zip(order, (float(x) for x in counts / counts.sum()), strict=True))


def chances(
    entries: Mapping[str, Entry],
    facts: Mapping[str, Any],
    score: float,
    shares: Mapping[str, float],
    order: Sequence[str],
) -> Floats:
    """Return the probability of each cause."""
    seen = parts(entries, facts, order)
    odds = begun(entries, facts, score, shares, order) + seen["patient"]
    odds = odds + raised([seen[group] for group in GROUPS])
    chances: Floats = np.exp(odds - np.logaddexp.reduce(odds))
    return chances


def of_study(
    entries: Mapping[str, Entry],
    cases: Sequence[tuple[Mapping[str, Any], float, str]],
    shares: Mapping[str, float],
    order: Sequence[str],
) -> list[Floats]:
    """Return the probabilities of each finding of a study, weighed together."""
    names = [CauseName(name) for name in order]
    total = sum(shares.values())
    usual = {CauseName(name): share / total for name, share in shares.items()}
    alone = [chances(entries, facts, score, shares, order) for facts, score, _ in cases]
    by_word = {kind.word: kind for kind in FindingKind}
    kinds = [by_word[facts["kind"]] for facts, _, _ in cases]
    factors = together(
        [dict(zip(names, told.tolist(), strict=True)) for told in alone],
        [[tells(one, other) for other in kinds] for one in kinds],
        usual,
    )
    weights = [
        told * np.array([grown[name] for name in names])
        for told, grown in zip(alone, factors, strict=True)
    ]
    return [weight / weight.sum() for weight in weights]
