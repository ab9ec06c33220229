"""Candidate causes of a finding, as probabilities with their arithmetic shown.

Naive Bayes: prior times the likelihood of each thing that is seen, one after the
other, as if they were independent. The numbers and their sources stand in
`causes.toml`; most likelihoods beyond the kind of finding are assumed, so what comes
out is an ordering of candidates, never a diagnosis.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import prod

from galactograph.advice.conditions import Condition, verdict
from galactograph.advice.facts import facts_of
from galactograph.errors import InvalidValue
from galactograph.values.codes import CauseName
from galactograph.values.patient import Presentation
from galactograph.values.report import Cause, Finding

_LEAST_ARTEFACT, _MOST_ARTEFACT = 0.02, 0.9
"""No finding is surely real, none surely not. source: assumed."""


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
def model() -> Model:
    """Return the model of `causes.toml`."""
    text = files("galactograph.advice").joinpath("causes.toml").read_text("utf-8")
    page = tomllib.loads(text)
    order = [CauseName(name) for name in page["order"]]

    def table(values: Sequence[float]) -> dict[CauseName, float]:
        return dict(zip(order, values, strict=True))

    return Model(
        priors=table(page["prior"]["values"]),
        prior_source=page["prior"]["source"],
        kinds={
            word: Evidence(
                words=word.replace("-", " "),
                when={"kind": word},
                likelihoods=table(entry["values"]),
                source=entry["source"],
            )
            for word, entry in page["kind"].items()
        },
        modifiers=tuple(
            Evidence(
                words=entry["words"],
                when=entry["when"],
                likelihoods=table([v ** entry["trust"] for v in entry["values"]]),
                source=entry["source"],
            )
            for entry in page["modifier"]
        ),
    )


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
    return tuple(
        replace(finding, causes=_causes(finding, presentation, usual))
        for finding in findings
    )


def _causes(
    finding: Finding, presentation: Presentation, usual: Mapping[CauseName, float]
) -> tuple[Cause, ...]:
    """Return the causes of one finding; probabilities sum to 1."""
    artefact = min(max(1 - finding.confidence, _LEAST_ARTEFACT), _MOST_ARTEFACT)
    total = sum(usual.values())
    priors = {name: share / total * (1 - artefact) for name, share in usual.items()}
    priors[CauseName.ARTEFACT] = artefact
    seen = _seen(finding, presentation)
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


def _seen(finding: Finding, presentation: Presentation) -> tuple[Evidence, ...]:
    """Return the evidence that holds; what is not known weighs nothing."""
    facts = {
        **dict.fromkeys(("expansion", "convexity"), None),
        **finding.evidence,
        **facts_of(presentation),
        "kind": finding.kind.word,
        "shape": finding.shape or None,
        "length_mm": finding.length_mm,
        "straight_mm": finding.straight_mm,
    }
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
