"""What the fits of weights share: one regression, and one mark a place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize

from galactograph.values.arrays import Floats

Row = Mapping[str, Any]


def fitted(
    signs: Sequence[Mapping[str, float]],
    real: Floats,
    worth: Floats,
    ways: Mapping[str, int],
    ridge: float,
) -> dict[str, float]:
    """Return constant and weights of a logistic regression held back by a ridge.

    Parameters
    ----------
    signs
        Of N places, by name; every place has the same.
    real, worth
        (N,) 1 for what is real and 0 for what is not, and how much each counts.
    ways
        1 for signs whose weight may not be negative, -1 where not positive.
    ridge
        Held against each weight of a sign scaled to unit spread.
    """
    names = tuple(signs[0])
    x = np.array([[one[name] for name in names] for one in signs])
    middle, spread = x.mean(0), x.std(0) + 1e-6
    ones = np.column_stack([(x - middle) / spread, np.ones(len(x))])
    held = np.append(np.full(x.shape[1], ridge), 1e-6)

    def loss(slopes: Floats) -> tuple[float, Floats]:
        odds = ones @ slopes
        lost = worth @ (np.logaddexp(0, odds) - real * odds) + held @ slopes**2 / 2
        chance = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
        return float(lost), ones.T @ (worth * (chance - real)) + held * slopes

    told = [ways.get(name, 0) for name in names]
    bounds = [
        *((0 if way > 0 else -np.inf, 0 if way < 0 else np.inf) for way in told),
        (-np.inf, np.inf),
    ]
    start = np.zeros(ones.shape[1])
    slopes = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    weights = slopes[:-1] / spread
    return {
        "constant": float(slopes[-1] - weights @ middle),
        **dict(zip(names, weights.tolist(), strict=True)),
    }


def one_a_place(
    every: Sequence[tuple[float, Row]], same: Callable[[Row, Row], bool]
) -> list[tuple[float, Row]]:
    """Return marks with their chances, the surest first, none twice."""
    kept: list[tuple[float, Row]] = []
    for sure, row in sorted(every, key=lambda one: -one[0]):
        if not any(same(row, other) for _, other in kept):
            kept.append((sure, row))
    return kept
