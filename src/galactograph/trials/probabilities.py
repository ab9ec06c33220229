"""Whether probabilities mean what they say, and which cause is taken for which.

Brier 1950; expected calibration error after Naeini 2015 and Guo 2017 (remembered).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from galactograph.values.arrays import Bools, Floats

BINS = 10
"""Bins of a calibration curve, each with as many cases (usual, remembered)."""


def first(causes: Mapping[str, float]) -> str:
    """Return the most probable cause; the first by name of equals; "" of none."""
    return min(causes, key=lambda name: (-causes[name], name), default="")


def confusion(truths: Sequence[str], taken: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return how often each true cause (outer) was taken for which (inner)."""
    counts: dict[str, Counter[str]] = {}
    for truth, one in zip(truths, taken, strict=True):
        counts.setdefault(truth, Counter())[one] += 1
    return {truth: dict(row) for truth, row in sorted(counts.items())}


def curve(
    probabilities: Sequence[float], outcomes: Sequence[bool], bins: int = BINS
) -> list[tuple[float, float, int]]:
    """Return the calibration curve: mean probability, share that came true, count.

    Bins hold equal numbers of cases; equal probabilities are never parted.

    Examples
    --------
    >>> curve([0.25, 0.25, 0.75, 0.75], [False, False, True, False], bins=2)
    [(0.25, 0.0, 2), (0.75, 0.5, 2)]
    """
    said = np.asarray(probabilities, float)
    came = np.asarray(outcomes, float)
    if not len(said):
        return []
    return [
        (float(said[here].mean()), float(came[here].mean()), int(here.sum()))
        for here in _bins(said, bins)
    ]


def _bins(said: Floats, bins: int) -> list[Bools]:
    """Return which of (N,) probabilities lie in each bin that holds any."""
    which, sizes = np.unique(said, return_inverse=True, return_counts=True)[1:]
    # The middle of each level's run in the order of probability chooses its bin.
    middle = (np.cumsum(sizes) - sizes / 2) / len(said)
    bin_of = np.minimum((middle * bins).astype(int), bins - 1)[which]
    return [here for b in range(bins) if (here := bin_of == b).any()]


def calibration_error(
    probabilities: Sequence[float], outcomes: Sequence[bool], bins: int = BINS
) -> float | None:
    """Return the expected calibration error in [0, 1]; None without cases."""
    points = curve(probabilities, outcomes, bins)
    total = sum(count for _, _, count in points)
    if not total:
        return None
    return sum(abs(said - came) * count for said, came, count in points) / total


def error_by_chance(probabilities: Sequence[float], bins: int = BINS) -> float | None:
    """Return the calibration error that probabilities show that are wholly right.

    With few cases in a bin the share that came true strays from what was said by
    chance alone: by the mean of a folded normal of its standard deviation, cases
    taken as independent (derived). None without cases.

    Examples
    --------
    >>> round(error_by_chance([0.5] * 100, bins=1), 3)
    0.04
    >>> error_by_chance([0.0, 1.0], bins=1)
    0.0
    """
    said = np.asarray(probabilities, float)
    if not len(said):
        return None
    spread = [
        np.sqrt((said[here] * (1 - said[here])).sum()) for here in _bins(said, bins)
    ]
    return float(np.sqrt(2 / np.pi) * np.sum(spread) / len(said))


def brier(
    probabilities: Sequence[Mapping[str, float]], truths: Sequence[str]
) -> float | None:
    """Return the Brier score over causes, in [0, 2]: 0 is sure and right.

    Examples
    --------
    >>> brier([{"a": 0.5, "b": 0.5}], ["a"])
    0.5
    """
    if not truths:
        return None
    total = 0.0
    for causes, truth in zip(probabilities, truths, strict=True):
        names = {*causes, truth}
        total += sum((causes.get(n, 0.0) - (n == truth)) ** 2 for n in names)
    return total / len(truths)
