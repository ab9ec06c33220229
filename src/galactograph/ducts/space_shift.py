"""Learn from the findings themselves how a breast rolled between two views.

Ducts slide along one another when they are matched, so that they tell little of a roll
of the whole breast or of a nipple that was guessed. Several bodies tell it: if all fit
well once the second view is moved by some millimetres, it was moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from galactograph.ducts.space_pairing import NEVER, best
from galactograph.ducts.space_pairs import Fit, Settings
from galactograph.values.arrays import Floats

Fits = Sequence[Sequence[tuple[Fit, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifts:
    """Which shifts are tried.

    Attributes
    ----------
    most_mm, step_mm
        Up to this, in such steps (assumed).
    sigma_mm
        What is expected: a roll of 1.5 mm in each view (assumed).
    least_pairs
        Fewer pairs fit some shift by chance (assumed).
    least_gain
        Log odds by which all must fit better than unmoved (assumed: e times 2).
    """

    most_mm: float = 5.0
    step_mm: float = 0.5
    sigma_mm: float = 2.1
    least_pairs: int = 3
    least_gain: float = 2.0


def best_odds(fits: Fits, settings: Settings, shifts: Shifts | None = None) -> Floats:
    """Return the log odds of each pair, (M, N), moved as all pairs fit best.

    Parameters
    ----------
    fits
        How well each of M things fits each of N others: of all their members; empty
        where they cannot be one.
    """
    shifts = shifts or Shifts()
    still = _odds(fits, settings, 0.0)
    if _pairs(fits, still)[1] < shifts.least_pairs:
        # With so few before it, a shift would only make pairs of its own.
        return still
    most, chosen = _pairs(fits, still)[0] + shifts.least_gain, still
    count = round(shifts.most_mm / shifts.step_mm)
    for k in (sign * k for k in range(1, count + 1) for sign in (1, -1)):
        shift = k * shifts.step_mm
        moved = _odds(fits, settings, shift)
        score = _pairs(fits, moved)[0] - (shift / shifts.sigma_mm) ** 2 / 2
        if score > most:
            most, chosen = score, moved
    return chosen


def _odds(fits: Fits, settings: Settings, shift_mm: float) -> Floats:
    """Return the log odds of each pair: the mean of all members."""
    table = np.full((len(fits), len(fits[0]) if fits else 0), NEVER)
    for i, row in enumerate(fits):
        for j, members in enumerate(row):
            told = [one.log_odds(settings, shift_mm) for one in members]
            known = [one for one in told if one is not None]
            if known and len(known) == len(told):
                table[i, j] = sum(known) / len(known)
    return table


def _pairs(fits: Fits, odds: Floats) -> tuple[float, int]:
    """Return the sum of log odds of the likeliest choice, and its pairs by depth."""
    total, partner = best(odds)
    pairs = [(i, int(j)) for i, j in enumerate(partner) if j >= 0]
    asked = [fits[i][j][0].gap_mm is not None for i, j in pairs]
    return total, sum(asked)
