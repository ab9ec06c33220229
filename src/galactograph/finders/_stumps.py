"""Stumps: wide lumina that no trace enters, and the fronts where they stop.

A tracer drops a short end beside a fork, or draws its line into the daughter that
goes on; the front of a blocked duct then lies where no trace looks. So a lumen is
followed in the image itself from where its trace turns aside: straight on, step by
step, as long as there is one lumen of about the same width. What goes on in traced
ducts beside it does not count as going on past its front.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from galactograph.finders import _fronts
from galactograph.finders._courses import Course, course_at, line_of, way_at
from galactograph.finders._ends import sample
from galactograph.finders._fronts import Front, front_of, stations
from galactograph.values.arrays import Bools, Floats
from galactograph.values.report import Reading, Strip

_BLUR_MM = 0.15
"""Contrast of a duct reaches so far over its wall. source: twice the usual blur."""


_EVERY_MM = 0.5
"""Points of traces lie no further apart. source: assumed, less than a duct is wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a stump is; lengths in calibres where no unit is named.

    Attributes
    ----------
    least_calibre_mm
        Thinner lumina are too like strands. source: design page (0.5 mm), and a margin
        (assumed).
    before_mm
        The direction of a thin duct is taken over this. source: assumed.
    step, most_steps
        How a lumen is followed. source: assumed; up to five calibres.
    on_trace
        Steps that may lie on a trace before it turns aside. source: assumed.
    aside
        A lumen is looked at from where it leaves its trace so far. source: assumed.
    off_trace
        A stump's middle lies this far from every trace: a trace within it would have
        seen its end. source: assumed, a little more than the radius.
    most_shift
        The middle of the lumen moves by no more between steps. source: assumed.
    thinner, wider
        Its width over that of the duct that it came from. source: assumed.
    hugs, touched, widest
        If true, what is wider than the second holds a daughter too, up to the third:
        then the wall away from the trace is followed. source: assumed.
    wall
        On one side at least, contrast beside the end is less than this share: in the
        crotch of a fork both sides are filled. source: assumed, below half.
    """

    least_calibre_mm: float = 0.65
    before_mm: float = 1.2
    step: float = 0.25
    most_steps: int = 20
    on_trace: int = 7
    aside: float = 0.35
    off_trace: float = 0.55
    most_shift: float = 0.3
    thinner: float = 0.5
    wider: float = 1.5
    hugs: bool = False
    touched: float = 1.15
    widest: float = 2.2
    wall: float = 0.35


def stumps(reading: Reading, settings: Settings | None = None) -> list[Front]:
    """Return the fronts of stumps in a view, those seen straightest first."""
    settings = settings or Settings()
    traced = _traced(reading)
    if not len(traced):
        return []
    tree = cKDTree(traced[:, :2])
    rule = replace(
        _fronts.Settings(), least_calibre_mm=settings.least_calibre_mm, before=0.0
    )
    seen = [
        found
        for strip in reading.strips
        for found in _beyond(reading, strip, (traced, tree), settings, rule)
    ]
    return _fronts.apart(seen)


def _beyond(
    reading: Reading,
    strip: Strip,
    known: tuple[Floats, cKDTree],
    settings: Settings,
    rule: _fronts.Settings,
) -> Iterator[tuple[float, Front]]:
    """Yield the fronts of the stumps that a strip turns aside from, with ranks."""
    seen = list(stations(strip, rule))
    if not seen:
        return
    line = line_of(reading, strip)
    ways = []
    for station, wide in seen:
        before = max(1.5 * wide, settings.before_mm)
        way = way_at(line, strip, station, before)
        if way is not None and way[2] >= 0.7 * before:
            ways.append(((strip, station, wide), way[:2]))
    for number in np.flatnonzero(_leaves(ways, known[1], settings)):
        for rules in (settings, replace(settings, hugs=True)):
            yield from _followed(reading, *ways[number], known, rules, rule)


def _leaves(
    ways: Sequence[tuple[tuple[Strip, int, float], tuple[Floats, Floats]]],
    tree: cKDTree,
    settings: Settings,
) -> Bools:
    """Return for each way whether it leaves all traces before it must (W,)."""
    if not ways:
        return np.zeros(0, bool)
    steps = settings.step * np.arange(1, settings.on_trace + 2)
    wide = np.array([seen_from[2] for seen_from, _ in ways])
    starts, along = (np.array([way[k] for _, way in ways]) for k in (0, 1))
    far = wide[:, None] * steps
    ahead = starts[:, None, :] + far[:, :, None] * along[:, None, :]
    # A hair less than asked when it is followed: rounding must not decide.
    leaves: Bools = (
        tree.query(ahead)[0] >= 0.999 * settings.aside * wide[:, None]
    ).any(1)
    return leaves


def _traced(reading: Reading) -> Floats:
    """Return discs (K, 3) along all traces: row, column and radius in mm."""
    step = np.array(reading.view.image.grid.spacing_mm)
    found = [np.zeros((0, 3))]
    for duct in reading.ducts:
        discs = np.column_stack(
            [duct.rows * step[0], duct.columns * step[1], duct.calibre_mm / 2]
        )
        ends = np.flatnonzero(duct.tree.parents >= 0)
        here, before = discs[ends], discs[duct.tree.parents[ends]]
        apart = np.hypot(*(here - before)[:, :2].T)
        # Points may lie further apart than ducts are wide.
        parts = max(1, int(np.ceil(apart.max(initial=0.0) / _EVERY_MM)))
        found += [before + t * (here - before) for t in np.arange(1, parts + 1) / parts]
    return np.concatenate(found)


def _followed(
    reading: Reading,
    seen_from: tuple[Strip, int, float],
    way: tuple[Floats, Floats],
    known: tuple[Floats, cKDTree],
    settings: Settings,
    rule: _fronts.Settings,
) -> Iterator[tuple[float, Front]]:
    """Yield the front of the stump that lies straight ahead of a station, if any."""
    strip, station, wide = seen_from
    start, along = way
    place = start
    traced, tree = known
    for number in range(settings.most_steps):
        ahead = place + settings.step * wide * along
        if float(tree.query(ahead)[0]) < settings.aside * wide:
            if number >= settings.on_trace:
                return
            place = ahead
            continue
        course = course_at(
            reading,
            (ahead, along),
            wide,
            least_mm=settings.thinner * wide,
            noise=rule.least_noise,
        )
        most = settings.widest if settings.hugs else settings.wider
        if course is None or course[3] > most * wide:
            return
        if settings.hugs and course[3] > settings.touched * wide:
            course = _own(course, wide, traced[tree.query(ahead)[1]])
        place = course[0]
        if np.hypot(*(place - ahead)) > settings.most_shift * wide:
            return
        near = traced[tree.query_ball_point(place, 4.0 * wide + 1.0)]
        for rank, front in front_of(
            reading, (strip, station), course, rule, beside=_beside(near)
        ):
            if _is_stump(reading, front, tree, settings):
                yield rank, front
                return
        way_on = place - start
        along = way_on / max(float(np.hypot(*way_on)), 1e-9)


def _own(course: Course, wide: float, trace: Floats) -> Course:
    """Return the part of a section that a stump has where a daughter still touches it.

    As wide as its duct, along the wall that is away from the `trace` (a disc).
    """
    middle, along, section, calibre = course
    across = np.array([along[1], -along[0]])
    side = np.sign(float((trace[:2] - middle) @ across)) or 1.0
    # Half the peak of a round column lies at 0.866 of its radius (derived).
    at = middle - side * across * 0.433 * (calibre - wide)
    return at, along, section * (wide / calibre) ** 2, wide


def _beside(discs: Floats) -> Floats:
    """Return discs a little larger than their lumina: blur reaches over the wall."""
    larger: Floats = discs + np.array([0.0, 0.0, _BLUR_MM])
    return larger


def _is_stump(
    reading: Reading, front: Front, tree: cKDTree, settings: Settings
) -> bool:
    """Return True if a front is no trace's, and ends a lumen with a wall of its own."""
    inner = front.place - 0.4 * front.calibre_mm * front.along
    if float(tree.query(inner)[0]) < settings.off_trace * front.calibre_mm:
        return False
    across = np.array([front.along[1], -front.along[0]])
    sides = np.array([[-0.85], [0.85]]) * front.calibre_mm * across
    beside = sample(reading, front.place - 0.4 * front.calibre_mm * front.along + sides)
    return bool(beside.min() < settings.wall * front.contrast)
