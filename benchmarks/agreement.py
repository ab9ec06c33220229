"""How measured calibres agree with true ones: tables by calibre and by cause."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from galactograph.values.arrays import Bools, Floats, Ints

BINS_MM = (0.2, 0.3, 0.4, 0.7, 1.2, 2.0, 8.0)
"""Borders of the rows of the table (true calibre)."""

ASKED_MM = (0.4, 2.0)
"""Calibres that the targets are set for. source: design, reading.md 6"""

NORMAL_68, NORMAL_95 = 1.0, 1.96
"""Errors, in standard errors, that hold 68 and 95 of 100 normal ones."""

CAUSES = (
    "line of another duct",
    "crossing",
    "side by side",
    "fork",
    "tip",
    "alone",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """K places on true ducts, about one a millimetre, with what was measured there.

    Attributes
    ----------
    true_mm, found_mm, sigma_mm : float64, (K,)
        Calibre that is true, that was measured, and the error that the reader states.
    alone : bool, (K,)
        No other true duct within both radii and 0.3 mm.
    flagged : bool, (K,)
        The reader says that another duct or a fork lies there.
    cause : int64, (K,)
        Index into `CAUSES`: what lies there that may spoil the measurement.
    points : float64, (K, 2)
        Row and column.
    """

    true_mm: Floats
    found_mm: Floats
    sigma_mm: Floats
    alone: Bools
    flagged: Bools
    cause: Ints
    points: Floats

    @property
    def error_mm(self) -> Floats:
        """Measured less true calibre, (K,)."""
        return self.found_mm - self.true_mm

    def kept(self, which: Bools) -> Samples:
        """Return the samples for which `which` (K,) holds."""
        return Samples(**{name: value[which] for name, value in vars(self).items()})


def join(parts: list[Samples]) -> Samples:
    """Return the samples of several views as one."""
    names = vars(parts[0])
    return Samples(
        **{name: np.concatenate([vars(p)[name] for p in parts]) for name in names}
    )


def agreement(some: Samples) -> dict[str, float]:
    """Return count, bias, median and 90th percentile of |error|, limits, all in mm.

    `limits` are 1.96 standard deviations, as Bland and Altman define them; `robust`
    is half the width between the 2.5th and the 97.5th percentile.
    """
    error = some.error_mm
    low, high = np.percentile(error, [2.5, 97.5])
    return {
        "count": float(len(error)),
        "bias": float(error.mean()),
        "middle": float(np.median(error)),
        "median": float(np.median(np.abs(error))),
        "p90": float(np.percentile(np.abs(error), 90)),
        "limits": float(NORMAL_95 * error.std()),
        "robust": float((high - low) / 2),
    }


def honesty(some: Samples) -> dict[str, float]:
    """Return how errors compare with the standard error stated for them.

    `within_68` and `within_95` are shares within 1 and 1.96 standard errors; `scale`
    is the median of |error| / sigma over that of a normal one (1: honest; more:
    too sure).
    """
    ratio = np.abs(some.error_mm) / np.maximum(some.sigma_mm, 1e-6)
    return {
        "within_68": float((ratio <= NORMAL_68).mean()),
        "within_95": float((ratio <= NORMAL_95).mean()),
        "scale": float(np.median(ratio) / 0.6745),
        "sigma": float(np.median(some.sigma_mm)),
    }


def tables(every: Samples) -> dict[str, list[dict[str, Any]]]:
    """Return the three tables as rows: by calibre, by cause, error bars."""
    low, high = ASKED_MM
    asked = (every.true_mm >= low) & (every.true_mm < high)
    bins = [(f"{a:g}-{b:g} mm", a, b) for a, b in pairwise(BINS_MM)]
    bins.append((f"{low:g}-{high:g} mm", low, high))
    by_calibre, bars = [], []
    for name, a, b in bins:
        inside = (every.true_mm >= a) & (every.true_mm < b)
        for where, which in (
            ("alone", inside & every.alone),
            ("near others", inside & ~every.alone),
            ("all", inside),
        ):
            if which.sum() >= 10:
                some = every.kept(which)
                row: dict[str, Any] = {"calibre": name, "where": where}
                by_calibre.append({**row, **agreement(some)})
                bars.append({**row, **honesty(some)})
    by_cause = []
    bad = np.abs(every.error_mm) > 0.1
    for number, name in enumerate(CAUSES):
        which = asked & (every.cause == number)
        if which.sum() >= 10:
            share = float((bad & which).sum() / max((bad & asked).sum(), 1))
            told = {"cause": name, "of_errors_over_0.1_mm": share}
            by_cause.append({**told, **agreement(every.kept(which))})
    return {"by_calibre": by_calibre, "by_cause": by_cause, "error_bars": bars}


def show(name: str, rows: list[dict[str, Any]]) -> str:
    """Return a table as text."""
    lines = [name]
    for number, row in enumerate(rows):
        if number == 0:
            lines.append("  ".join(f"{key:>12}" for key in row))
        lines.append(
            "  ".join(
                f"{value:>12}" if isinstance(value, str) else f"{value:12.3f}"
                for value in row.values()
            )
        )
    return "\n".join(lines)
