"""How ragged walls are: stretches of duct weighed one by one, pooled by region.

Calibre over its own smooth course waves with what is in the picture: noise and pixels
make thin ducts restless, forks and crossings make steps. So each stretch is weighed by
how much it waves in two bands, by outline and by contrast, and how much the two agree,
beside its calibre and the noise. Disease takes a segment, an error of the trace a
place: the odds of all stretches of a region are added up, those that are calm speak
against it, and so do ducts that are as restless in the rest of the picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from galactograph.finders._calipers import dense_mm, outline_mm
from galactograph.finders._chances import Signs, bound, log, odds_of
from galactograph.finders._column import STEP_MM, Column, columns, smooth_mm
from galactograph.finders._confidence import quality
from galactograph.values.arrays import Bools, Floats
from galactograph.values.report import Reading

BANDS_MM = {"fine": (0.1, 1.5), "coarse": (0.3, 3.0)}
"""Blurs whose difference keeps waves of about 0.3 to 3 mm, and of 1 to 6 mm. source:
the first from the design page; ragged walls of the phantom keep half their power in
waves beyond 6 mm (derived), the second keeps more of it."""

_EVERY = 10
"""Stations between the stretches tried: one millimetre. source: design."""

_MOST_ODDS = 3.0
"""Log odds of a stretch are kept within this. source: assumed, so that no stretch
decides alone."""

_CALM = -1.0
"""Log odds of intact ducts, where a picture shows no others. source: measured on
simulated development studies, rounded"""

_MOST_REGIONS = 2
"""So many regions of a view are weighed. source: assumed."""

STRETCH = "ragged-stretch"
"""Under this name the weights of single stretches stand in `chances.toml`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Which stretches are weighed, and what a region is.

    Attributes
    ----------
    window_mm, least_mm
        Stretch that is judged as one (design page: 5 mm and more), and how much free
        duct it must hold. source: assumed.
    least_calibre_mm
        source: stretches from 0.25 mm on tell ragged from intact (measured on
        simulated development studies); below it nothing does.
    reach_mm
        Half the width of a region; a segment of a lobe is 20 to 30 mm wide. source:
        assumed.
    doubt
        Calm stretches that every region is given besides its own. source: assumed.
    """

    window_mm: float = 6.0
    least_mm: float = 2.5
    least_calibre_mm: float = 0.25
    reach_mm: float = 12.0
    doubt: float = 5.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Stretch:
    """A part of one column: stations, ripple, agreement of both measures, signs.

    `spot_mm` is its middle in the picture (row, column).
    """

    column: Column
    first: int
    last: int
    ripple: float
    agreement: float
    signs: Signs
    spot_mm: tuple[float, float]

    @property
    def length_mm(self) -> float:
        return (self.last - self.first + 1) * STEP_MM

    @property
    def odds(self) -> float:
        """Log odds of being ragged."""
        return odds_of(STRETCH, self.signs)


@dataclass(frozen=True, kw_only=True, eq=False)
class Region:
    """Where ragged stretches lie together: its middle, members (K,), signs."""

    centre: int
    inside: Bools
    signs: Signs


def regions(spots_mm: Floats, odds: Floats, settings: Settings) -> Iterator[Region]:
    """Yield the most ragged regions among K stretches, the most ragged first.

    Parameters
    ----------
    spots_mm, odds
        (K, 2) and (K,): where each lies, and its log odds of being ragged where as many
        are ragged as intact.
    """
    kept = np.clip(odds, -_MOST_ODDS, _MOST_ODDS)
    rest = np.ones(len(kept), bool)
    for _ in range(_MOST_REGIONS):
        best: tuple[float, int, Bools] | None = None
        for centre in np.flatnonzero(rest & (kept > 0)).tolist():
            near = np.hypot(*(spots_mm - spots_mm[centre]).T) <= settings.reach_mm
            near &= rest
            score = float(kept[near].sum() / np.sqrt(near.sum() + settings.doubt))
            if best is None or score > best[0]:
                best = (score, centre, near)
        if best is None:
            return
        score, centre, near = best
        outside = kept[~near]
        yield Region(
            centre=centre,
            inside=near,
            signs={
                "score": bound(score, -5, 20),
                "outside": float(outside.mean()) if len(outside) else _CALM,
            },
        )
        rest &= ~near


def stretches(reading: Reading, settings: Settings) -> list[Stretch]:
    """Return the stretches of a reading, each as long as the window."""
    clear = log(quality(reading), 0.1, 1)
    return [
        stretch
        for column in columns(reading)
        for stretch in _in_column(reading, column, clear, settings)
    ]


def _in_column(
    reading: Reading, column: Column, clear: float, settings: Settings
) -> Iterator[Stretch]:
    """Yield the stretches of one column."""
    dense, outline = dense_mm(column), outline_mm(column)
    course = smooth_mm(dense, 1.5)
    free = column.walled & ~column.overlap & (course >= settings.least_calibre_mm)
    size = min(round(settings.window_mm / STEP_MM), len(dense))
    least = round(settings.least_mm / STEP_MM)
    firsts = np.arange(0, len(dense) - size + 1, _EVERY)
    counts = _sums(free.astype(float), firsts, size)
    firsts = firsts[counts >= least]
    if not len(firsts):
        return
    signs = _signs(column, (dense, outline), free, (firsts, size))
    spacing = reading.view.image.grid.spacing_mm
    for number, first in enumerate(firsts):
        inside = first + np.flatnonzero(free[first : first + size])
        middle = int(inside[len(inside) // 2])
        station = int(column.station[middle])
        one = {name: float(values[number]) for name, values in signs.items()}
        yield Stretch(
            column=column,
            first=int(inside[0]),
            last=int(inside[-1]),
            ripple=float(np.exp(one["coarse_dense"])),
            agreement=one["coarse_agree"],
            signs={**one, "quality": clear},
            spot_mm=(
                float(column.strip.rows[station]) * spacing[-2],
                float(column.strip.columns[station]) * spacing[-1],
            ),
        )


def _sums(values: Floats, firsts: np.ndarray, size: int) -> Floats:
    """Return sums of `values` (N,) over `size` stations from each of `firsts` on."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    out: Floats = total[firsts + size] - total[firsts]
    return out


def _signs(
    column: Column,
    calibres: tuple[Floats, Floats],
    free: Bools,
    where: tuple[np.ndarray, int],
) -> dict[str, Floats]:
    """Return the signs of all stretches of a column, each (K,)."""
    firsts, size = where
    held = free.astype(float)
    count = _sums(held, firsts, size)

    def mean(values: Floats) -> Floats:
        return _sums(values * held, firsts, size) / count

    logs = [np.log(np.maximum(line, 0.05)) for line in calibres]
    signs: dict[str, Floats] = {}
    for band, (low, high) in BANDS_MM.items():
        one, other = (smooth_mm(line, low) - smooth_mm(line, high) for line in logs)
        spreads = [
            np.sqrt(np.maximum(mean(wave**2) - mean(wave) ** 2, 1e-6))
            for wave in (one, other)
        ]
        shared = mean(one * other) - mean(one) * mean(other)
        signs[f"{band}_dense"] = np.log(np.clip(spreads[0], 0.005, 1))
        signs[f"{band}_outline"] = np.log(np.clip(spreads[1], 0.005, 1))
        signs[f"{band}_agree"] = np.clip(shared / (spreads[0] * spreads[1]), -1, 1)
    apart = logs[0] - logs[1]
    calibre = np.exp(mean(logs[0]))
    wide = np.log(np.clip(calibre, 0.2, 2) / 0.45)
    signs["calibre"] = wide
    # What is narrow waves for many reasons, what is wide for few.
    for name in ("fine_dense", "coarse_dense", "fine_outline"):
        signs[f"{name}_wide"] = signs[name] * wide
    spread = np.sqrt(np.maximum(mean(apart**2) - mean(apart) ** 2, 1e-6))
    signs["unlike"] = np.log(np.clip(spread, 0.01, 1))
    signs["deep"] = np.clip(np.abs(mean(apart)), 0, 1)
    signs["walls"] = mean(column.support.min(0))
    signs["noise"] = np.log(np.clip(column.noise_mm / calibre, 0.003, 1))
    signs["long"] = count * STEP_MM
    return signs


def joined(some: Sequence[Stretch]) -> list[Stretch]:
    """Return stretches, those of one column that touch as one; most ragged first."""
    found: list[tuple[float, Stretch]] = []
    for stretch in sorted(some, key=lambda s: (s.column.number, s.first)):
        odds = stretch.odds
        touches = bool(found) and stretch.column is found[-1][1].column
        if not touches or stretch.first > found[-1][1].last:
            found.append((odds, stretch))
            continue
        most, before = found.pop()
        best = before if most >= odds else stretch
        found.append(
            (max(most, odds), replace(best, first=before.first, last=stretch.last))
        )
    return [stretch for _, stretch in sorted(found, key=lambda pair: -pair[0])]
