"""How likely a sign of disease along a duct is real: all evidence weighed together.

As `_evidence` does for bodies in the lumen: a rule asks for everything at once and
loses what is odd in one respect; here every sign adds its own weight to the log odds.
The weights were counted on simulated studies (`python -m benchmarks.chances`) and stand
in `chances.toml`, one table a kind.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from galactograph.finders._places import logistic
from galactograph.values.report import Finding

LEAST = 0.1
"""Below this chance nothing is said. source: assumed; who calibrates may keep what is
surer than a third."""

Signs = Mapping[str, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """What may be a finding, and the signs by which it is weighed.

    Attributes
    ----------
    spot_px
        Its middle in the picture (row, column).
    signs
        By name; each bounded, so that none rules.
    tell
        Makes the finding, given its confidence.
    apart_mm
        Another of its kind nearer than this is the same.
    """

    spot_px: tuple[float, float]
    signs: Signs
    tell: Callable[[float], Finding]
    apart_mm: float = 0.0


def chance(kind: str, signs: Signs) -> float:
    """Return the chance that a candidate of a kind is real, in [0, 1]."""
    return logistic(odds_of(kind, signs))


def odds_of(kind: str, signs: Signs) -> float:
    """Return the log odds that a candidate of a kind is real."""
    return odds(weights_in("chances.toml")[kind], signs)


def odds(weights: Mapping[str, float], signs: Signs) -> float:
    """Return the log odds that weights make of signs; one without weight is nought."""
    told = (weight * signs[name] for name, weight in weights.items() if name in signs)
    return weights["constant"] + sum(told)


def weighed(
    kind: str, candidates: Iterable[Candidate], pixel_mm: float, least: float = LEAST
) -> Iterator[Finding]:
    """Yield the findings that candidates make, the surest first.

    Of candidates at one place the surest is told.
    """
    every = [(chance(kind, one.signs), one) for one in candidates]
    kept: list[Candidate] = []
    for sure, one in sorted(every, key=lambda pair: -pair[0]):
        if sure < least:
            return
        if all(apart_mm(one, other, pixel_mm) > one.apart_mm for other in kept):
            kept.append(one)
            yield one.tell(sure)


def apart_mm(one: Candidate, other: Candidate, pixel_mm: float) -> float:
    """Return how far two candidates of a picture lie apart."""
    (row, column), (other_row, other_column) = one.spot_px, other.spot_px
    return pixel_mm * float(np.hypot(row - other_row, column - other_column))


def log(value: float, low: float, high: float) -> float:
    """Return the log of a value kept within bounds."""
    return float(np.log(np.clip(value, low, high)))


def bound(value: float, low: float, high: float) -> float:
    """Return a value kept within bounds."""
    return float(np.clip(value, low, high))


@cache
def weights_in(name: str) -> dict[str, dict[str, float]]:
    """Return the weights that a file beside this module holds, by kind."""
    text = files("galactograph.finders").joinpath(name).read_text("utf-8")
    held: dict[str, dict[str, float]] = tomllib.loads(text)["weight"]
    return held
