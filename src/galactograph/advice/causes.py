"""Candidate causes of a finding, as probabilities with their arithmetic shown.

Naive Bayes: prior times the likelihood of each thing that is seen, one after the
other, as if they were independent: the finding itself, what else the study shows, age
and discharge. The numbers and their sources stand in `causes.toml`; `refined.toml`
moves them towards what simulated studies show, where there was little to go by. What
comes out is an ordering of candidates, never a diagnosis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from galactograph.advice.assessment import COUNTS_FROM
from galactograph.advice.cause_model import Evidence, model
from galactograph.advice.conditions import Fact, Facts, verdict
from galactograph.advice.facts import facts_of
from galactograph.advice.together import together
from galactograph.errors import InvalidValue
from galactograph.values.codes import CauseName, FindingKind
from galactograph.values.patient import Presentation
from galactograph.values.report import Cause, Finding

_LEAST_ARTEFACT, _MOST_ARTEFACT = 0.02, 0.9
"""No finding is surely real, none surely not. source: assumed."""

IMITATORS = 0.1
"""Clots, secretion, air and kinks for each true lesion, where the priors given say
nothing of them. source: assumed."""

CANCER_AT_LEAST = 0.31
"""What a picture shows is at least so likely of cancer as of the cause that it fits
best: 6 of 90 defects and cut-offs were cancer (Dinkel 2000), solitary ones too, and
simulated cancers do not show all that cancers may. source: derived, so that a lone
defect keeps 4 % and more, within the interval of those six (2.5 to 14 %)."""

_CANCERS = (CauseName.DCIS, CauseName.INVASIVE)

MEASURED = ("expansion", "roundness", "duct_calibre_mm", "end_calibre_mm", "diffuse")
"""Evidence of finders that conditions may ask for; not known where not measured."""

_SAME = 0.5
"""How much one finding tells of another that may be made of the same: several defects
hold each of them. source: assumed."""

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
        Shares of the causes in the population at hand; any positive numbers. That of
        artefact is the share of what imitates a lesion (clot, secretion, air, kink)
        among what truly lies in a duct; as assumed if not given. Those of
        `causes.toml` if none are given.

    Notes
    -----
    Artefact takes the share 1 - confidence of the finding before anything else is
    weighed, so a surer finding is never more likely an artefact; the rest is shared
    by prior and by how likely each cause makes this kind of finding. Modifiers from
    the image depend on one another; each counts with its `trust` as an exponent.
    """
    usual = dict(priors) if priors is not None else dict(model().priors)
    ill = {name: share for name, share in usual.items() if name != CauseName.ARTEFACT}
    if not ill or min(usual.values()) < 0 or sum(ill.values()) <= 0:
        raise InvalidValue(f"priors must be >= 0 with a positive sum, got {usual}")
    usual = {CauseName.ARTEFACT: IMITATORS * sum(ill.values()), **usual}
    patient = facts_of(presentation)
    alone = [
        _weigh(finding, {**company(finding, findings), **patient}, usual)
        for finding in findings
    ]
    total = sum(usual.values())
    factors = together(
        [weighed.chances for weighed in alone],
        [[tells(a.kind, b.kind) for b in findings] for a in findings],
        {name: share / total for name, share in usual.items()},
    )
    return tuple(
        replace(finding, causes=_causes(weighed, grown))
        for finding, weighed, grown in zip(findings, alone, factors, strict=True)
    )


def tells(one: FindingKind, other: FindingKind) -> float:
    """Return how much a finding tells of another's cause, in [0, 1]."""
    return _SAME if FindingKind.FILLING_DEFECTS in (one, other) else 1.0


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


@dataclass(frozen=True, kw_only=True)
class _Weighed:
    """A finding weighed alone: by cause its weight, the words for it, its chance."""

    weights: Mapping[CauseName, float]
    steps: Mapping[CauseName, Sequence[str]]

    @property
    def chances(self) -> dict[CauseName, float]:
        """Probabilities; they sum to 1."""
        mass = sum(self.weights.values())
        return {name: weight / mass for name, weight in self.weights.items()}


def _weigh(finding: Finding, told: Facts, usual: Mapping[CauseName, float]) -> _Weighed:
    """Weigh the causes of one finding by itself."""
    kind = model().kinds.get(finding.kind.word)
    begun = begin(finding.confidence, usual, kind.likelihoods if kind else {})
    seen = _seen(finding, told)
    likely = {
        name: prod(e.likelihoods.get(name, 1.0) for e in seen if not e.of_patient)
        for name in begun
    }
    weights, steps = {}, {}
    for name, start in begun.items():
        raised = raise_cancer(name, likely)
        every = [e.likelihoods.get(name, 1.0) for e in seen]
        weights[name] = start * raised * prod(every)
        steps[name] = [
            *_begin_words(name, usual, kind, start),
            *(f"{e.words} {x:.3g}" for e, x in zip(seen, every, strict=True)),
            *([f"cancer may look so too {raised:.3g}"] if raised > 1 else []),
        ]
    return _Weighed(weights=weights, steps=steps)


def _causes(weighed: _Weighed, grown: Mapping[CauseName, float]) -> tuple[Cause, ...]:
    """Return the causes, likeliest first; probabilities sum to 1."""
    weights = {name: weight * grown[name] for name, weight in weighed.weights.items()}
    mass = sum(weights.values())
    causes = []
    for name, weight in weights.items():
        steps = list(weighed.steps[name])
        if any(factor != 1 for factor in grown.values()):
            steps.append(f"the other findings {grown[name]:.3g}")
        share = weight / mass
        words = f"{' × '.join(steps)} = {weight:.3g}; share of the sum {share:.3f}"
        causes.append(Cause(name=name, probability=share, arithmetic=words))
    return tuple(sorted(causes, key=lambda cause: -cause.probability))


def begin(
    confidence: float,
    usual: Mapping[CauseName, float],
    likelihoods: Mapping[CauseName, float],
) -> dict[CauseName, float]:
    """Return what each cause is worth before anything but the kind is weighed.

    Confidence is how often findings of this kind are real: what is real is shared by
    prior and likelihood of the kind, what is not goes to artefact whatever its kind.
    The sum is 1.
    """
    false = min(max(1 - confidence, _LEAST_ARTEFACT), _MOST_ARTEFACT)
    shares = {name: x * likelihoods.get(name, 1.0) for name, x in usual.items()}
    total = sum(shares.values())
    begun = {name: x / total * (1 - false) for name, x in shares.items()}
    begun[CauseName.ARTEFACT] = begun.get(CauseName.ARTEFACT, 0.0) + false
    return begun


def raise_cancer(name: CauseName, likely: Mapping[CauseName, float]) -> float:
    """Return the factor, 1 or more, that keeps a picture from ruling cancer out.

    Parameters
    ----------
    likely
        Likelihood, by cause, of all that is seen in the picture.
    """
    if name not in _CANCERS:
        return 1.0
    return max(1.0, CANCER_AT_LEAST * max(likely.values()) / likely[name])


def _begin_words(
    name: CauseName,
    usual: Mapping[CauseName, float],
    kind: Evidence | None,
    begun: float,
) -> list[str]:
    """Return the factors that make what a cause is worth at the beginning."""
    share = usual[name]
    likely = kind.likelihoods.get(name, 1.0) if kind else 1.0
    if name is CauseName.ARTEFACT or not share * likely:
        return [f"prior with what is not real {begun:.3g}"]
    steps = [f"prior {share:.3g}"]
    steps += [f"{kind.words} {likely:.3g}"] if kind else []
    return [*steps, f"real, of all causes {begun / (share * likely):.3g}"]


def facts_about(finding: Finding, told: Facts) -> Facts:
    """Return all that the conditions of the model may ask for."""
    return {
        **dict.fromkeys(MEASURED),
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
    return tuple(e for e in model().modifiers if verdict(e.when, facts) is True)
