"""How parts of studies are put together: shares, means, counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Score = Mapping[str, Any]
Row = Mapping[str, Any]
Shape = tuple[
    Callable[[Score], Any],
    Callable[[Sequence[Any]], Any],
    Callable[[Sequence[Any]], int],
]
"""What one study gives to a figure, how parts make a whole, and how many they are."""

COUNTS_FROM = 0.5
"""A finding weighs on level and advice from this confidence on.
source: advice.assessment (assumed)"""


def share(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Return the sum of the parts over the sum of the wholes; None of nothing.

    Examples
    --------
    >>> share([(1, 2), (1, 6)])
    0.25
    """
    whole = sum(pair[1] for pair in pairs)
    return sum(pair[0] for pair in pairs) / whole if whole else None


def mean(values: Sequence[Sequence[float]]) -> float | None:
    """Return the mean of all values of all studies."""
    every = [value for some in values for value in some]
    return float(np.mean(every)) if every else None


def percentile(values: Sequence[Sequence[float]], percent: float) -> float | None:
    """Return a percentile of all values of all studies."""
    every = [value for some in values for value in some]
    return float(np.percentile(every, percent)) if every else None


def median(values: Sequence[Sequence[float]]) -> float | None:
    """Return the median of all values of all studies."""
    return percentile(values, 50)


def each(values: Sequence[Sequence[Any]]) -> int:
    """Count all values of all studies."""
    return sum(len(some) for some in values)


def unfilled(score: Score) -> bool:
    """Tell whether no view of a study truly shows contrast."""
    return all(view["expected"] == "no-contrast" for view in score["views"])
