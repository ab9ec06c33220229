"""How ragged walls are: stretches of duct beside intact ones, pooled by region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from galactograph.finders._calipers import dense_mm, outline_mm
from galactograph.finders._column import STEP_MM, Column, columns, smooth_mm
from galactograph.finders._confidence import quality
from galactograph.finders._lumen import Settings as Lumen
from galactograph.finders._lumen import is_lumen
from galactograph.values.arrays import Bools, Floats
from galactograph.values.report import Reading

_FINE_MM, _COARSE_MM = 0.1, 1.5
"""Blurs whose difference keeps waves of about 0.3 to 3 mm. source: design page."""

_EVERY = 10
"""Stations between the stretches tried: one millimetre. source: design."""

_FLOOR_CALIBRES_MM = (0.45, 0.55, 0.7, 1.0, 1.5)

_FLOOR = (0.138, 0.098, 0.068, 0.035, 0.021)
"""Ripple that nine in ten stretches of intact ducts of those calibres stay below.
source: measured on simulated development studies of usual dose"""

_SOFT = Lumen(edge_of_radius=0.8, least_depth=0.5)
"""Ragged walls make the mean profile of a duct soft; parenchyma fades over most of its
width all the same. source: assumed, between the two"""

_COUNTED = 0.65
"""Quality of the pictures that the floor was counted in. source: measured"""

_LEAST_LOG, _MOST_LOG, _CALM_LOG = -1.0, 1.2, -0.5
"""Log of ripple over the floor is kept within the first two; what is no wave of both
walls has at most the third. source: assumed, so that no stretch decides alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What counts as irregular.

    Attributes
    ----------
    window_mm, least_mm
        Stretch that is judged as one (design page: 5 mm and more), and how much free
        duct it must hold. source: assumed.
    least_calibre_mm
        source: design page (0.4 mm, and a margin), assumed.
    least_turns
        Swings per 5 mm: one bulge is no ripple. source: assumed.
    least_agreement, least_share, most_share
        Correlation of the outline's wave with that of the contrast in the
        cross-section, and the height of the one over the other. source: assumed; an
        outline that catches a neighbour has none, or is far larger.
    reach_mm
        Half the width of a region; a segment of a lobe is 20 to 30 mm wide, less what
        other ducts hide. source: assumed.
    doubt
        Calm stretches that every region is given besides its own. source: assumed.
    even_score, steep
        Score at which disease is as likely as not, and how fast it grows surer.
        source: three of six development studies with ragged walls lie above 1.7; three
        without them and 13 pictures of normal trees planted in real mammograms stay
        below 1.5 (measured, on studies that the rule was made on).
    """

    window_mm: float = 6.0
    least_mm: float = 3.0
    least_calibre_mm: float = 0.45
    least_turns: float = 1.2
    least_agreement: float = 0.6
    least_share: float = 0.4
    most_share: float = 1.8
    reach_mm: float = 9.0
    doubt: float = 5.0
    even_score: float = 1.7
    steep: float = 4.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Stretch:
    """A part of one column: stations, ripple, agreement, log of ripple over the floor.

    `spot_mm` is its middle in the picture (row, column).
    """

    column: Column
    first: int
    last: int
    ripple: float
    agreement: float
    logs: float
    spot_mm: tuple[float, float]

    @property
    def length_mm(self) -> float:
        return (self.last - self.first + 1) * STEP_MM


def region(every: Sequence[Stretch], settings: Settings) -> tuple[float, Bools]:
    """Return the score of the most ragged region, and what lies in it (N,)."""
    spots = np.array([stretch.spot_mm for stretch in every])
    logs = np.array([stretch.logs for stretch in every])
    best: tuple[float, Bools] = (-np.inf, np.zeros(len(every), bool))
    for centre in np.flatnonzero(logs > 0):
        inside = np.hypot(*(spots - spots[centre]).T) <= settings.reach_mm
        score = float(logs[inside].sum() / np.sqrt(inside.sum() + settings.doubt))
        if score > best[0]:
            best = (score, inside)
    return best


def stretches(reading: Reading, settings: Settings) -> Iterator[Stretch]:
    """Yield the stretches of a reading, each as long as the window."""
    # In a noisier picture than where they were counted walls are more restless.
    restless = max(1.0, _COUNTED / quality(reading))
    for column in columns(reading):
        yield from _in_column(reading, column, restless, settings)


def _in_column(
    reading: Reading, column: Column, restless: float, settings: Settings
) -> Iterator[Stretch]:
    """Yield the stretches of one column."""
    dense, outline = dense_mm(column), outline_mm(column)
    waves = [_wave(line) for line in (dense, outline)]
    course = smooth_mm(dense, _COARSE_MM)
    free = column.walled & ~column.overlap & (course >= settings.least_calibre_mm)
    size, least = (
        round(mm / STEP_MM) for mm in (settings.window_mm, settings.least_mm)
    )
    spacing = reading.view.image.grid.spacing_mm
    for first in range(0, max(len(dense) - size, 0) + 1, _EVERY):
        inside = first + np.flatnonzero(free[first : first + size])
        if len(inside) < least:
            continue
        one, other = (wave[inside] - np.median(wave[inside]) for wave in waves)
        ripple = _ripple(one, other)
        agreement = _agreement(one, other)
        middle = int(inside[len(inside) // 2])
        floor = restless * float(np.interp(course[middle], _FLOOR_CALIBRES_MM, _FLOOR))
        logs = float(np.log(max(ripple, 1e-6) / floor).clip(_LEAST_LOG, _MOST_LOG))
        seen = slice(int(inside[0]), int(inside[-1]) + 1)
        if logs > _CALM_LOG and not (
            _is_wave(one, other, agreement, settings)
            and _is_duct(reading, column, seen)
        ):
            logs = _CALM_LOG
        station = int(column.station[middle])
        yield Stretch(
            column=column,
            first=int(inside[0]),
            last=int(inside[-1]),
            ripple=ripple,
            agreement=agreement,
            logs=logs,
            spot_mm=(
                float(column.strip.rows[station]) * spacing[-2],
                float(column.strip.columns[station]) * spacing[-1],
            ),
        )


def _is_duct(reading: Reading, column: Column, inside: slice) -> bool:
    """Return True if stations show a lumen, not a strand of parenchyma."""
    stations = np.zeros(len(column.strip.s_mm), bool)
    stations[column.station[inside]] = True
    calibre = 2 * float(np.percentile(column.radius_mm[inside], 75))
    return is_lumen(reading, column.strip, stations, calibre, _SOFT)


def _agreement(one: Floats, other: Floats) -> float:
    """Return the correlation of two waves (N,); 0 if one is flat."""
    if one.std() < 1e-9 or other.std() < 1e-9:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _is_wave(one: Floats, other: Floats, agreement: float, settings: Settings) -> bool:
    """Return True if calibre goes up and down, by contrast and by outline alike."""
    ripple = max(_ripple(one, other), 0.05)
    turns = _turns(one, ripple) * 5.0 / (len(one) * STEP_MM)
    share = float(one.std() / max(float(other.std()), 1e-3))
    return (
        agreement >= settings.least_agreement
        and turns >= settings.least_turns
        and settings.least_share <= share <= settings.most_share
    )


def _wave(calibre_mm: Floats) -> Floats:
    """Return log calibre (N,) over its own smooth course."""
    logs = np.log(np.maximum(calibre_mm, 0.05))
    return smooth_mm(logs, _FINE_MM) - smooth_mm(logs, _COARSE_MM)


def _ripple(one: Floats, other: Floats) -> float:
    """Return the robust standard deviation that two waves (N,) share."""
    shared = np.where(one * other > 0, np.sqrt(np.abs(one * other)), 0.0)
    return float(1.4826 * np.median(shared))


def _turns(wave: Floats, ripple: float) -> int:
    """Return how often the wave swings from wide to narrow or back."""
    side = np.where(wave > 0.5 * ripple, 1, np.where(wave < -0.5 * ripple, -1, 0))
    side = side[side != 0]
    return int((np.diff(side) != 0).sum())


def joined(some: Sequence[Stretch]) -> list[Stretch]:
    """Return stretches, those of one column that touch as one; most ragged first."""
    found: list[Stretch] = []
    for stretch in sorted(some, key=lambda s: (s.column.number, s.first)):
        touches = bool(found) and stretch.column is found[-1].column
        if not touches or stretch.first > found[-1].last:
            found.append(stretch)
            continue
        before = found.pop()
        best = max(before, stretch, key=lambda s: s.logs)
        found.append(replace(best, first=before.first, last=stretch.last))
    return sorted(found, key=lambda s: -s.logs)
