"""Advice: what findings may mean, and what to consider next.

may_inject(presentation)            before the images: eligibility
explain(findings, presentation)     candidate causes
assess(readings, findings)          level DG0 to DG5
advise(presentation, findings, assessment, systems=...)
contradictions(...)                 what cannot be true at once
"""

from galactograph.advice.assessment import assess
from galactograph.advice.causes import explain
from galactograph.advice.contradictions import contradictions
from galactograph.advice.eligibility import Eligibility, Severity, may_inject
from galactograph.advice.management import advise, counts

__all__ = [
    "Eligibility",
    "Severity",
    "advise",
    "assess",
    "contradictions",
    "counts",
    "explain",
    "may_inject",
]
