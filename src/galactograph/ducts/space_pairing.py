"""Choose which findings of several views are one, all together.

Pair by pair the nearest neighbour takes what belongs to another. Here the pairs are
chosen that are likeliest together, and any finding may stay alone. How much likelier
than any other choice a pair is tells how sure it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galactograph.values.arrays import Floats, Ints

NEVER = -1e6
"""Log odds of what cannot be one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairing:
    """Which of M things is which of N others.

    Attributes
    ----------
    partner : int32, (M,)
        -1 of one that stays alone.
    belief : float64, (M, N + 1)
        How likely each is whose, rows add to 1; the last column is that it is alone.
    """

    partner: Ints
    belief: Floats


def choose(odds: Floats) -> Pairing:
    """Return the likeliest choice of pairs, and how sure each is.

    Parameters
    ----------
    odds : float64, (M, N)
        Log odds of each pair over both staying alone; `NEVER` where they cannot be one.

    Notes
    -----
    The belief in a pair is that of the likeliest choice that holds it (its
    max-marginal), shared out among all that its first member may be.
    """
    m, n = odds.shape
    most, partner = best(odds)
    belief = np.zeros((m, n + 1))
    for i in range(m):
        others = np.delete(odds, i, axis=0)
        told = np.full(n + 1, -np.inf)
        for j in np.flatnonzero(odds[i] > NEVER / 2).tolist():
            told[j] = odds[i, j] + best(np.delete(others, j, axis=1))[0]
        told[n] = best(others)[0]
        belief[i] = np.exp(told - most)
        belief[i] /= belief[i].sum()
    return Pairing(partner=partner, belief=belief)


def best(odds: Floats) -> tuple[float, Ints]:
    """Return the sum of log odds of the best choice, and each one's partner, (M,)."""
    m, n = odds.shape
    partner = np.full(m, -1, np.int32)
    if not (odds > NEVER / 2).any():
        return 0.0, partner
    from scipy.optimize import (  # noqa: PLC0415  slow; many studies need it not
        linear_sum_assignment,
    )

    # A column of its own for each: to stay alone is worth nothing.
    rows, columns = linear_sum_assignment(
        np.concatenate([odds, np.zeros((m, m))], axis=1), maximize=True
    )
    taken = columns < n
    partner[rows[taken]] = columns[taken]
    return float(odds[rows[taken], columns[taken]].sum()), partner
