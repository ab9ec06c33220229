"""How sure a figure is: the bootstrap over patients (Efron 1979: remembered).

Patients are drawn with replacement, whole: all views, ducts and findings of a patient
go together, for they are not independent of one another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

ROUNDS = 400
"""How often patients are drawn: the ends of a 95 % interval settle to about a tenth of
its width (derived)."""

LEVEL = 0.95

Patient = TypeVar("Patient")


def interval(
    patients: Sequence[Patient],
    statistic: Callable[[Sequence[Patient]], float | None],
    *,
    rng: np.random.Generator,
    rounds: int = ROUNDS,
    level: float = LEVEL,
) -> tuple[float, float] | None:
    """Return the percentile interval of a statistic; None if there is none.

    Parameters
    ----------
    patients
        One entry a patient.
    statistic
        Of some patients; None where it cannot be told, such as a share of nothing.
    rng
        Which patients are drawn.
    level
        Share of draws inside, in (0, 1).
    """
    if len(patients) < 2:
        return None
    values = []
    for _ in range(rounds):
        drawn = rng.integers(0, len(patients), len(patients))
        value = statistic([patients[k] for k in drawn])
        if value is not None:
            values.append(value)
    if len(values) < rounds // 2:
        return None
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
