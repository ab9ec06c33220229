"""Refine the cause model on simulated studies, and say how well it does."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize

from benchmarks import calibration
from benchmarks.children import ROOT
from galactograph.advice.causes import COMPANY
from galactograph.advice.conditions import verdict
from galactograph.values.arrays import Floats

Study = Mapping[str, Any]
Entry = dict[str, Any]

PAGE = ROOT / "src" / "galactograph" / "advice" / "causes.toml"
COUNTS_AS = 10
"""Simulated women count as so many patients of a cause, at most. source: assumed."""
WORTH_FOUND, WORTH_ASSUMED = 20, 5
"""As how many patients a number counts that was found, and one that was assumed.
source: assumed."""
SURE = 0.5
PULL = 4.0
GROUPS = ("kind", "image", "company")
LEARNT = frozenset({"image", "company"})
"""What images may teach. How often a cause makes a kind of finding, and what age and
blood say, was counted in patients: simulated women do not change it."""
LEAST = 0.01


def refine(found: Sequence[Study]) -> dict[str, Entry]:
    """Return the entries that images can teach, by their words."""
    page = tomllib.loads(PAGE.read_text("utf-8"))
    order = page["order"]
    cases = list(_cases(found))
    entries = {name: dict(e) for name, e in _entries(page)}
    for entry in entries.values():
        if entry["group"] in LEARNT:
            entry["values"] = _added(entry, cases, order)
            entry["source"] += f"; with {len(found)} simulated studies (measured)"
    exponents = _exponents(entries, cases, order)
    for entry in entries.values():
        if entry["group"] in LEARNT:
            entry["trust"] *= exponents[entry["group"]]
    return {n: e for n, e in entries.items() if e["group"] in LEARNT}


def held_out(
    found: Sequence[Study], *, folds: int
) -> dict[str, tuple[float, float, float]]:
    """Return accuracy, calibration error and Brier score, as published and refined.

    A finding that is not real has "artefact" for its cause. Priors are the shares of
    the other causes in these studies: how common a disease is in a clinic is for its
    users to say.
    """
    page = tomllib.loads(PAGE.read_text("utf-8"))
    order = page["order"]
    published = {name: dict(e) for name, e in _entries(page)}
    results: dict[str, list[tuple[Floats, int]]] = defaultdict(list)
    for fold in range(folds):
        learn = [s for n, s in enumerate(found) if n % folds != fold]
        tried = list(_cases([s for n, s in enumerate(found) if n % folds == fold]))
        better = {**published, **refine(learn)}
        shares = _shares(list(_cases(learn)), order)
        for name, entries in (("published", published), ("refined", better)):
            for facts, confidence, cause in tried:
                chance = _chances(entries, facts, confidence, shares, order)
                results[name].append((chance, order.index(cause)))
    return {name: _marks(pairs) for name, pairs in results.items()}


def _marks(pairs: Sequence[tuple[Floats, int]]) -> tuple[float, float, float]:
    chances = np.array([chance for chance, _ in pairs])
    truth = np.array([number for _, number in pairs])
    first = chances.argmax(1)
    hit = first == truth
    wanted = np.eye(chances.shape[1])[truth]
    return (
        float(hit.mean()),
        calibration.expected_error(chances.max(1), hit),
        float(((chances - wanted) ** 2).sum(1).mean()),
    )


def _entries(page: Mapping[str, Any]) -> Iterator[tuple[str, Entry]]:
    """Yield name and entry: kinds and modifiers alike, each with its group."""
    for word, entry in page["kind"].items():
        yield (
            word.replace("-", " "),
            {**entry, "when": {"kind": word}, "trust": 1.0, "group": "kind"},
        )
    for entry in page["modifier"]:
        asked = set(entry["when"])
        group = "image"
        if asked & set(COMPANY):
            group = "company"
        elif asked & {"bloody", "age", "palpable_mass", "male"}:
            group = "patient"
        yield entry["words"], {**entry, "group": group}


def _cases(found: Sequence[Study]) -> Iterator[tuple[dict[str, Any], float, str]]:
    """Yield facts, confidence and true cause of every finding."""
    for study in found:
        for row in study["findings"]:
            cause = "artefact"
            if row["lesions"]:
                cause = study["lesions"][row["lesions"][0]]["cause"]
            facts = {
                **dict.fromkeys(("expansion", "convexity"), None),
                **row["evidence"],
                **_company(row, study["findings"]),
                "kind": row["kind"],
                "shape": row["shape"] or None,
                "length_mm": row["length_mm"],
                "straight_mm": row["straight_mm"],
                "age": study["age"],
                "bloody": study["colour"] in ("bloody", "serosanguineous"),
                "palpable_mass": None,
                "male": False,
                "real": bool(row["lesions"]),
            }
            yield facts, row["score"], cause


def _company(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Entry:
    facts: Entry = {}
    for name, kind in COMPANY.items():
        several = kind.word == "multiple-filling-defects"
        others = [
            r for r in rows if r["kind"] == kind.word and (several or r is not row)
        ]
        surest = max((r["score"] for r in others), default=0.0)
        facts[name] = True if surest >= SURE else (None if others else False)
    return facts


def _added(entry: Entry, cases: Sequence[Any], order: Sequence[str]) -> list[float]:
    """Return the likelihoods with what was counted added."""
    worth = WORTH_ASSUMED if "(assumed)" in entry["source"] else WORTH_FOUND
    values = []
    for cause, value in zip(order, entry["values"], strict=True):
        yes = asked = 0
        for facts, _, true in cases:
            if true != cause:
                continue
            about = {k: v for k, v in entry["when"].items() if k == "kind"}
            if entry["group"] != "kind" and verdict(about, facts) is not True:
                continue
            answer = verdict(entry["when"], facts)
            asked += answer is not None
            yes += answer is True
        weight = min(asked, COUNTS_AS)
        share = yes / asked if asked else 0.0
        mixed = (worth * value + weight * share) / (worth + weight)
        values.append(float(np.clip(mixed, LEAST, 1.0)))
    return values


def _exponents(
    entries: Mapping[str, Entry], cases: Sequence[Any], order: Sequence[str]
) -> dict[str, float]:
    """Return how much each group of evidence counts, by likelihood of the causes.

    No group counts for more than its numbers say.
    """
    shares = _shares(cases, order)
    rows = [
        (_parts(entries, facts, order), _prior(score, shares, order), order.index(true))
        for facts, score, true in cases
    ]

    def loss(power: Floats) -> float:
        total = PULL / 2 * float(((power - 1) ** 2).sum())
        for parts, prior, true in rows:
            odds = prior + parts["patient"]
            odds = odds + sum(
                p * parts[group] for p, group in zip(power, GROUPS, strict=True)
            )
            total += float(np.logaddexp.reduce(odds) - odds[true])
        return total

    if not rows:
        return dict.fromkeys(GROUPS, 1.0)
    found = minimize(loss, np.ones(len(GROUPS)), bounds=[(0.2, 1.0)] * len(GROUPS))
    return dict(zip(GROUPS, (float(x) for x in found.x), strict=True))


def _parts(
    entries: Mapping[str, Entry], facts: Mapping[str, Any], order: Sequence[str]
) -> dict[str, Floats]:
    """Return the log likelihoods of what is seen, by group."""
    parts: dict[str, Floats] = {
        group: np.zeros(len(order)) for group in (*GROUPS, "patient")
    }
    for entry in entries.values():
        if verdict(entry["when"], facts) is True:
            parts[entry["group"]] += entry["trust"] * np.log(entry["values"])
    return parts


def _prior(score: float, shares: Floats, order: Sequence[str]) -> Floats:
    artefact = min(max(1 - score, 0.02), 0.9)
    prior = shares * (1 - artefact)
    prior[order.index("artefact")] = artefact
    logged: Floats = np.log(np.maximum(prior, 1e-6))
    return logged


def _shares(cases: Sequence[Any], order: Sequence[str]) -> Floats:
    """Return the shares of the causes other than artefact, each seen at least once."""
    counts = np.ones(len(order))
    for facts, _, true in cases:
        if facts["real"]:
            counts[order.index(true)] += 1
    counts[order.index("artefact")] = 0
    shares: Floats = counts / counts.sum()
    return shares


def _chances(
    entries: Mapping[str, Entry],
    facts: Mapping[str, Any],
    score: float,
    shares: Floats,
    order: Sequence[str],
) -> Floats:
    parts = _parts(entries, facts, order)
    odds = _prior(score, shares, order) + sum(parts.values(), np.zeros(len(order)))
    chances: Floats = np.exp(odds - np.logaddexp.reduce(odds))
    return chances
