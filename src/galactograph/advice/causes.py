"""Candidate causes of a finding, as probabilities with their arithmetic shown.

Naive Bayes: prior times the likelihood of each thing that is seen, one after the
other, as if they were independent: the finding itself, what else the study shows, age
and discharge. The numbers and their sources stand in `causes.toml`; `refined.toml`
moves them towards what simulated studies show, where there was little to go by. What
comes out is an ordering of candidates, never a diagnosis.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import prod
from typing import Any

from galactograph.advice.assessment import COUNTS_FROM
from galactograph.advice.conditions import Condition, Fact, Facts, verdict
from galactograph.advice.facts import facts_of
from galactograph.errors import InvalidValue
from galactograph.values.codes import CauseName, FindingKind
from galactograph.values.patient import Presentation
from galactograph.values.report import Cause, Finding

_LEAST_ARTEFACT, _MOST_ARTEFACT = 0.02, 0.9
"""No finding is surely real, none surely not. source: assumed."""

UNDETERMINED_BELOW = 0.5
"""Where no cause is likelier than all others together, none is named.
source: assumed."""

COMPANY: Mapping[str, FindingKind] = {
    "with_several_defects": FindingKind.FILLING_DEFECTS,
    "with_cutoff": FindingKind.TERMINATION,
    "with_narrowing": FindingKind.NARROWING,
    "with_wall": FindingKind.WALL_IRREGULARITY,
    "with_ectasia": FindingKind.ECTASIA,
    "with_displacement": FindingKind.DISPLACEMENT,
    "with_bubbles": FindingKind.AIR_BUBBLE,
}
"""Facts on what else a study shows, and the kind of finding that makes each true."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One thing that may be seen, and how likely each cause shows it.

    Attributes
    ----------
    words
        In the arithmetic, such as "bloody discharge".
    when
        Condition on the facts of finding and patient.
    likelihoods
        P(seen | cause) to the power of its trust; only ratios between causes count.
    """

    words: str
    when: Condition
    likelihoods: Mapping[CauseName, float]
    source: str


@dataclass(frozen=True, kw_only=True)
class Model:
    """Priors and likelihoods."""

    priors: Mapping[CauseName, float]
    prior_source: str
    kinds: Mapping[str, Evidence]
    modifiers: tuple[Evidence, ...]


@cache
def model(*, refined: bool = True) -> Model:
    """Return the model of `causes.toml`, refined on simulated studies or as published.

    An entry of `refined.toml` takes the place of one of the same name: its numbers
    are those of `causes.toml` with what was counted in simulated studies added.
    """
    page = _page("causes.toml")
    better = _page("refined.toml") if refined else {}
    order = [CauseName(name) for name in page["order"]]

    def evidence(words: str, entry: Mapping[str, Any]) -> Evidence:
        entry = {**entry, **better.get("entry", {}).get(words, {})}
        trust = entry.get("trust", 1.0)
        values = [value**trust for value in entry["values"]]
        return Evidence(
            words=words,
            when=entry["when"],
            likelihoods=dict(zip(order, values, strict=True)),
            source=entry["source"],
        )

    return Model(
        priors=dict(zip(order, page["prior"]["values"], strict=True)),
        prior_source=page["prior"]["source"],
        kinds={
            word: evidence(word.replace("-", " "), {**entry, "when": {"kind": word}})
            for word, entry in page["kind"].items()
        },
        modifiers=tuple(evidence(e["words"], e) for e in page["modifier"]),
    )


def _page(name: str) -> dict[str, Any]:
    """Return one of the files of numbers beside this module."""
    text = files("galactograph.advice").joinpath(name).read_text("utf-8")
    return tomllib.loads(text)


def explain(
    findings: Sequence[Finding],
    presentation: Presentation,
    *,
    priors: Mapping[CauseName, float] | None = None,
) -> tuple[Finding, ...]:
    """Return the findings with their candidate causes, likeliest first.

    Parameters
    ----------
    priors
        Shares of the true causes (artefact aside) in the population at hand; any
        positive numbers. Those of `causes.toml` if not given.

    Notes
    -----
    Artefact takes the share 1 - confidence of the finding before anything else is
    weighed, so a surer finding is never more likely an artefact. Modifiers from the
    image depend on one another; each counts with its `trust` as an exponent.
    """
    usual = dict(priors) if priors is not None else dict(model().priors)
    usual.pop(CauseName.ARTEFACT, None)
    if not usual or min(usual.values()) < 0 or sum(usual.values()) <= 0:
        raise InvalidValue(f"priors must be >= 0 with a positive sum, got {usual}")
    patient = facts_of(presentation)
    return tuple(
        replace(finding, causes=_causes(finding, facts, usual))
        for finding in findings
        for facts in [{**company(finding, findings), **patient}]
    )


def determined(finding: Finding) -> Cause | None:
    """Return the cause that is likelier than all others together, if there is one."""
    first = max(finding.causes, key=lambda cause: cause.probability, default=None)
    if first is None or first.probability < UNDETERMINED_BELOW:
        return None
    return first


def company(finding: Finding, findings: Sequence[Finding]) -> dict[str, Fact]:
    """Return what else the study shows: yes, no, or None if that is not sure."""
    facts: dict[str, Fact] = {}
    for name, kind in COMPANY.items():
        # Several defects speak for themselves, and for each of them.
        others = [
            f
            for f in findings
            if f.kind is kind
            and (f is not finding or kind is FindingKind.FILLING_DEFECTS)
        ]
        surest = max((f.confidence for f in others), default=0.0)
        facts[name] = True if surest >= COUNTS_FROM else (None if others else False)
    return facts


def _causes(
    finding: Finding, told: Facts, usual: Mapping[CauseName, float]
) -> tuple[Cause, ...]:
    """Return the causes of one finding; probabilities sum to 1."""
    artefact = min(max(1 - finding.confidence, _LEAST_ARTEFACT), _MOST_ARTEFACT)
    total = sum(usual.values())
    priors = {name: share / total * (1 - artefact) for name, share in usual.items()}
    priors[CauseName.ARTEFACT] = artefact
    seen = _seen(finding, told)
    weights = {
        name: prior * prod(e.likelihoods.get(name, 1.0) for e in seen)
        for name, prior in priors.items()
    }
    mass = sum(weights.values())
    causes = [
        Cause(
            name=name,
            probability=weight / mass,
            arithmetic=_arithmetic(name, priors[name], seen, weight, weight / mass),
        )
        for name, weight in weights.items()
    ]
    return tuple(sorted(causes, key=lambda cause: -cause.probability))


def facts_about(finding: Finding, told: Facts) -> Facts:
    """Return all that the conditions of the model may ask for."""
    return {
        "expansion": None,
        **finding.evidence,
        **told,
        "kind": finding.kind.word,
        "shape": finding.shape or None,
        "length_mm": finding.length_mm,
        "straight_mm": finding.straight_mm,
    }


def _seen(finding: Finding, told: Facts) -> tuple[Evidence, ...]:
    """Return the evidence that holds; what is not known weighs nothing."""
    facts = facts_about(finding, told)
    table = model()
    first = table.kinds.get(finding.kind.word)
    rest = tuple(e for e in table.modifiers if verdict(e.when, facts) is True)
    return rest if first is None else (first, *rest)


def _arithmetic(
    name: CauseName,
    prior: float,
    seen: tuple[Evidence, ...],
    weight: float,
    probability: float,
) -> str:
    """Return the multiplication in words and numbers."""
    steps = [f"prior {prior:.3g}"]
    steps += [f"{e.words} {e.likelihoods.get(name, 1.0):.3g}" for e in seen]
    return f"{' × '.join(steps)} = {weight:.3g}; share of the sum {probability:.3f}"
