"""Fit what another view of the breast is worth, on top of calibrated confidences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize

from galactograph.finders._other_view import EVIDENCE, Weight
from galactograph.values.arrays import Floats

Row = Mapping[str, Any]
Fitted = dict[str, tuple[Weight, int, int]]

PULL_SHARED, PULL = 0.2, 2.0
"""How strongly the weights of all kinds together are drawn towards nought, and those of
one kind towards these, in findings. source: assumed"""

_ORDER = np.array([[1, 0, -1], [0, -1, 1]], float)
"""Chance in a few studies must not turn sense round: what two views show is surest,
what one lacks that must show it is least sure. Each row asks for at least nought."""


def fit(rows: Sequence[Row], odds: Floats) -> Fitted:
    """Return for each kind its weights, findings counted, and of these real.

    Parameters
    ----------
    rows
        N findings: kind, evidence, and the lesions that each belongs to.
    odds
        (N,) log odds of their confidence before.
    """
    noted = [n for n, row in enumerate(rows) if EVIDENCE in row["evidence"]]
    if not noted:
        return {}
    signs = np.array([signs_of(rows[n]["evidence"][EVIDENCE]) for n in noted])
    real = np.array([bool(rows[n]["lesions"]) for n in noted])
    kinds = np.array([rows[n]["kind"] for n in noted])
    begun = np.asarray(odds, float)[noted]
    shared = _weights(signs, begun, real, np.zeros(signs.shape[1]), PULL_SHARED)
    fitted: Fitted = {}
    for kind in sorted(set(kinds.tolist())):
        some = kinds == kind
        own = _weights(signs[some], begun[some], real[some], shared, PULL)
        seen, without, alone = (float(x) for x in own)
        weight = Weight(seen=seen, without=without, alone=alone)
        fitted[kind] = (weight, int(some.sum()), int(real[some].sum()))
    return fitted


def signs_of(told: float) -> tuple[float, float, float]:
    """Return how much of what is noted is seen, without, and alone; the sum is 1."""
    return max(told, 0.0), max(-told, 0.0), 1 - abs(told)


def more(fitted: Fitted, row: Row) -> float:
    """Return the log odds that the other view adds to a finding."""
    found = fitted.get(row["kind"])
    return found[0].of(row["evidence"].get(EVIDENCE)) if found else 0.0


def _weights(
    signs: Floats,
    begun: Floats,
    real: Any,  # noqa: ANN401
    usual: Floats,
    pull: float,
) -> Floats:
    sign = np.where(real, -1.0, 1.0)

    def loss(weights: Floats) -> float:
        odds = begun + signs @ weights
        held = pull / 2 * float(((weights - usual) ** 2).sum())
        return float(np.logaddexp(0, sign * odds).sum()) + held

    fitted = minimize(
        loss,
        usual,
        constraints={"type": "ineq", "fun": lambda weights: _ORDER @ weights},
        method="SLSQP",
    )
    found: Floats = fitted.x
    return found


def toml(fitted: Fitted, studies: int) -> str:
    """Return the page that finders weigh other views by."""
    page = [
        "# What another view of the breast says of a finding, in log odds: seen there",
        "# too; not there, where it must show; and nobody can tell where to look.",
        "# By `python -m benchmarks.calibrate fit --write`.",
    ]
    for kind, (weight, count, real) in fitted.items():
        source = f"measured on {studies} simulated studies: {real} of {count} real"
        page += [
            "",
            f"[kind.{kind}]",
            f"seen = {weight.seen:.3f}",
            f"without = {weight.without:.3f}",
            f"alone = {weight.alone:.3f}",
            f'source = "{source}"',
        ]
    return "\n".join(page) + "\n"
