"""From the score of a finder to a confidence that comes true as often as it says.

Every finder gives a score in [0, 1] that grows with what speaks for the finding. How
often a finding with a given score is real was counted on simulated studies, good ones
and faint ones; the map between the two, one for each kind, stands in `confidence.toml`.
In a fainter picture nobody may be surer, nor where tissue is more restless (`_tissue`),
and a body that has company (`_company`) is more often real. What another view of the
breast says of it is weighed after that (`_other_view`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import exp, log

from galactograph.finders._company import company as company_of
from galactograph.finders._other_view import other_view
from galactograph.finders._tissue import calm as calm_at
from galactograph.values.report import Finding, Reading

_SURE = 0.995
"""Nobody is surer than that of anything in one picture. source: assumed."""


TOLD_FROM = 1 / 3
"""A finding is told if at least one in three of its like is real; from one in two on it
weighs on level and advice. source: assumed. Of 123 bodies of 1 mm and more in simulated
studies 109 are told so, 104 from three in four on."""

USUAL_PER_MM = 36.0
"""Contrast of a millimetre of lumen over the noise of a pixel in the pictures that
were counted: about 36 to 48. source: measured on simulated studies at the usual dose"""


_NUMBERS = ("offset", "slope", "faint", "calm", "company")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Log odds of being real: over those of score, logs of quality, calm, company."""

    offset: float = 0.0
    slope: float = 1.0
    faint: float = 1.0
    calm: float = 0.0
    company: float = 0.0


def calibrate(
    findings: Iterable[Finding], readings: Sequence[Reading] = ()
) -> tuple[Finding, ...]:
    """Return the findings with calibrated confidences; the score stays as evidence.

    What is more likely to be nothing than `TOLD_FROM` allows is left out.

    Parameters
    ----------
    readings
        The views, to know how noisy they are; as usual if not given.

    Notes
    -----
    The map is monotone in the score. A kind that was never counted keeps its score in a
    picture of usual noise.
    """
    findings = tuple(findings)
    beside = company_of(
        [finding.kind.word for finding in findings],
        [finding.confidence for finding in findings],
    )
    weighed = (
        replace(
            finding,
            confidence=confidence(
                finding.kind.word,
                finding.confidence,
                quality=max(
                    (quality(readings[p.view]) for p in finding.places if readings),
                    default=1.0,
                ),
                calm=calm(finding, readings),
                company=float(others),
                more=other_view(finding),
            ),
            evidence={**finding.evidence, "score": round(finding.confidence, 3)},
        )
        for finding, others in zip(findings, beside, strict=True)
    )
    return tuple(one for one in weighed if is_told(one.confidence))


def calm(finding: Finding, readings: Sequence[Reading]) -> float:
    """Return how calm the tissue is about a finding where it is calmest, in (0, 1]."""
    if not readings:
        return 1.0
    return max(calm_at(readings[p.view], p.row, p.column) for p in finding.places)


def is_told(confidence: float) -> bool:
    """Return True if a finding is sure enough to be told."""
    return confidence >= TOLD_FROM


BLURRED_MM = 0.09
"""Blur beyond the pixel up to which a body of 0.5 mm keeps five sixths of its deficit
(derived); beyond it confidence falls in proportion (assumed)."""


def quality(reading: Reading) -> float:
    """Return what a view shows as a share of a usual one, in (0, 1].

    Its contrast over its noise, and its sharpness. For grey scales that are not
    linear the opacity is not known and contrast counts as usual.
    """
    sharp = min(1.0, BLURRED_MM / max(reading.blur_mm, 1e-9))
    noise, opacity = reading.scene.noise, reading.opacity_per_mm
    if noise <= 0 or opacity <= 0:
        return sharp
    return sharp * min(1.0, opacity / noise / USUAL_PER_MM)


def confidence(
    kind: str,
    score: float,
    *,
    quality: float = 1.0,
    calm: float = 1.0,
    company: float = 0.0,
    more: float = 0.0,
) -> float:
    """Return how often findings of this kind and score are real, in [0, 1].

    Parameters
    ----------
    quality
        Contrast over noise as a share of the usual, in (0, 1]. For a kind that was
        never counted the odds of being real fall in proportion: what noise makes grows
        with it (assumed).
    company
        As `company` tells it, at least 0.
    more
        Log odds that are not in the score.
    """
    line = _lines().get(kind)
    score = min(max(score, 1 - _SURE), _SURE)
    if line is None and quality >= 1 and not more:
        return score
    line = line or Line()
    odds = line.offset + line.slope * log(score / (1 - score))
    odds += line.faint * log(quality) + line.calm * log(calm)
    odds += line.company * company + more
    return min(max(1 / (1 + exp(-odds)), 1 - _SURE), _SURE)


@cache
def _lines() -> dict[str, Line]:
    text = files("galactograph.finders").joinpath("confidence.toml").read_text("utf-8")
    kinds = tomllib.loads(text).get("kind", {})
    return {
        kind: Line(**{name: entry[name] for name in _NUMBERS})
        for kind, entry in kinds.items()
    }
