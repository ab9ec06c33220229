"""The scorecard: figures pooled over studies, each with its interval and its goals."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from galactograph.seeds import stream
from galactograph.trials import pooling
from galactograph.trials.intervals import ROUNDS, interval

Score = Mapping[str, Any]
"""What `scoring.score` returns, with `kind` (what the study was made as)."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What a figure should be.

    Attributes
    ----------
    title
        In words, with the unit.
    group
        Under which heading it stands.
    floor, ambition
        What it must reach, and what it should; None if nobody asks.
    better
        "more", "less", or "nearer" (to zero).
    """

    name: str
    title: str
    group: str
    better: str = "more"
    floor: float | None = None
    ambition: float | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A goal and what was measured: the value, its 95 % interval, and of how many."""

    goal: Goal
    value: float | None
    low: float | None
    high: float | None
    count: int

    def verdict(self) -> str:
        """Return "reached", "above the floor", "below the floor", or ""."""
        if self.value is None:
            return ""
        if _reached(self.value, self.goal.ambition, self.goal.better):
            return "reached"
        if self.goal.floor is None:
            return "" if self.goal.ambition is None else "not reached"
        good = _reached(self.value, self.goal.floor, self.goal.better)
        return "above the floor" if good else "below the floor"

    def as_json(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {**asdict(self), "verdict": self.verdict()}


def _reached(value: float, wanted: float | None, better: str) -> bool:
    if wanted is None:
        return False
    if better == "more":
        return value >= wanted
    return (value if better == "less" else abs(value)) <= wanted


@cache
def goals() -> tuple[Goal, ...]:
    """Return every figure of the card with its goals, in order."""
    text = files("galactograph.trials").joinpath("goals.toml").read_text("utf-8")
    return tuple(
        Goal(name=name, group=group, **row)
        for group, rows in tomllib.loads(text).items()
        for name, row in rows.items()
    )


def card(
    scores: Sequence[Score], *, seed: int = 0, rounds: int = ROUNDS
) -> tuple[Figure, ...]:
    """Return the figures of some studies.

    Parameters
    ----------
    scores
        One for each patient.
    seed
        Of the bootstrap.
    rounds
        How often patients are drawn; 0 for no intervals.
    """
    measures = pooling.measures()
    return tuple(
        _figure(goal, scores, measures[goal.name], seed, rounds) for goal in goals()
    )


def _figure(
    goal: Goal,
    scores: Sequence[Score],
    measure: pooling.Measure[Any],
    seed: int,
    rounds: int,
) -> Figure:
    parts = [part for s in scores if (part := measure.part(s)) is not None]
    whole: Callable[[Sequence[Any]], float | None] = measure.whole
    value = whole(parts) if parts else None
    ends = None
    if value is not None and rounds:
        rng = stream(seed, "bootstrap", goal.name)
        ends = interval(parts, whole, rng=rng, rounds=rounds)
    return Figure(
        goal=goal,
        value=value,
        low=None if ends is None else ends[0],
        high=None if ends is None else ends[1],
        count=measure.count(parts),
    )
