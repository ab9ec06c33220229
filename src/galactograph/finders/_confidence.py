"""From the score of a finder to a confidence that comes true as often as it says.

Every finder gives a score in [0, 1] that grows with what speaks for the finding. How
often a finding with a given score is real was counted on simulated studies; the map
between the two, one for each kind, stands in `confidence.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import exp, log

from galactograph.values.report import Finding

_SURE = 0.995
"""Nobody is surer than that of anything in one picture. source: assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Log odds of being real, as a line over the log odds of the score."""

    offset: float = 0.0
    slope: float = 1.0


def calibrate(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings with calibrated confidences; the score stays as evidence.

    Notes
    -----
    The map is monotone, so the order of findings of one kind does not change. A kind
    that was never counted keeps its score.
    """
    return tuple(
        replace(
            finding,
            confidence=confidence(finding.kind.word, finding.confidence),
            evidence={**finding.evidence, "score": round(finding.confidence, 3)},
        )
        for finding in findings
    )


def confidence(kind: str, score: float) -> float:
    """Return how often findings of this kind and score are real, in [0, 1]."""
    line = _lines().get(kind)
    if line is None:
        return score
    score = min(max(score, 1 - _SURE), _SURE)
    odds = line.offset + line.slope * log(score / (1 - score))
    return min(max(1 / (1 + exp(-odds)), 1 - _SURE), _SURE)


@cache
def _lines() -> dict[str, Line]:
    text = files("galactograph.finders").joinpath("confidence.toml").read_text("utf-8")
    kinds = tomllib.loads(text).get("kind", {})
    return {
        kind: Line(offset=entry["offset"], slope=entry["slope"])
        for kind, entry in kinds.items()
    }
