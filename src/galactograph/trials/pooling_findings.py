"""How the figures of findings and their places are made of studies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from galactograph.trials import pooling_causes, pooling_mix
from galactograph.trials.findings import DEFECTS, froc
from galactograph.trials.parts import (
    COUNTS_FROM,
    Row,
    Score,
    Shape,
    each,
    mean,
    median,
    share,
    unfilled,
)

QUADRANT_HOURS = 1.5
"""A place on the clock is right within half a quadrant (derived)."""

PLACED_MM, PLACED_SPACE_MM = 2.0, 4.0
"""A lesion is well placed within these, along the duct and in space.
source: project goal (what it must show)"""


def _radiographs(score: Score) -> bool:
    return all(view["frames"] == 1 for view in score["views"])


Froc = tuple[list[float | None], list[float], int]


def _marks(
    score: Score,
    bounds: tuple[float, float],
    kinds: frozenset[str],
    *,
    overlapped: bool | None,
    key: str,
) -> Froc | None:
    """Return hits of lesions within `bounds`, false marks, and images.

    Pictures without contrast have no lesion to show: they would only thin the marks.
    """
    if not _radiographs(score) or unfilled(score):
        return None
    hits = [
        row[key]
        for row in score["lesions"]
        if row["kind"] in kinds
        and bounds[0] <= row["size_mm"] < bounds[1]
        and overlapped in (None, row["overlapped"])
    ]
    false = [
        mark["confidence"]
        for mark in score["marks"]
        if mark["kind"] in kinds and not mark["truth"]
        for _ in range(mark["places"])
    ]
    return hits, false, len(score["views"])


def _sensitivity(parts: Sequence[Froc], rate: float) -> float | None:
    hits = [hit for part in parts for hit in part[0]]
    if not hits:
        return None
    false = [mark for part in parts for mark in part[1]]
    return froc(hits, false, sum(part[2] for part in parts)).at(rate)


def _lesions(parts: Sequence[Froc]) -> int:
    return sum(len(part[0]) for part in parts)


def sensitivity(
    bounds: tuple[float, float],
    rate: float,
    kinds: frozenset[str] = DEFECTS,
    *,
    overlapped: bool | None = None,
    key: str = "hit",
) -> Shape:
    """Return the sensitivity by lesion at a rate of false marks an image."""
    part = partial(_marks, bounds=bounds, kinds=kinds, overlapped=overlapped, key=key)
    return part, partial(_sensitivity, rate=rate), _lesions


def _false_on_normal(score: Score, least: float) -> list[float] | None:
    """Return the number of findings of a study that is truly normal."""
    if score["lesions"] or score["unreached"] or unfilled(score):
        return None
    return [float(sum(mark["confidence"] >= least for mark in score["marks"]))]


def _on_plain(score: Score) -> list[float] | None:
    return [float(len(score["marks"]))] if unfilled(score) else None


def _found(score: Score) -> list[Row]:
    return [row for row in score["lesions"] if row["found"] != "missed"]


def _offsets(score: Score, name: str) -> list[float] | None:
    # A widened or irregular stretch has no one place along its duct.
    some = [
        abs(row[name])
        for row in _found(score)
        if row.get(name) is not None and row["kind"] in DEFECTS
    ]
    return some or None


def _lifted(score: Score) -> list[float] | None:
    space = score.get("space")
    return (space["off_mm"] or None) if space else None


def _covered(score: Score) -> tuple[float, float] | None:
    """Return lengths in space, of a study that several views or slices show."""
    views, space = score["views"], score.get("space")
    deep = len(views) > 1 or any(view["frames"] > 1 for view in views)
    if not space or not deep or unfilled(score):
        return None
    return space["hit_mm"], space["true_mm"]


def _within(parts: Sequence[Sequence[float]], reach: float) -> float | None:
    return mean([[float(off <= reach) for off in part] for part in parts])


def measures() -> dict[str, Shape]:
    """Return (part, whole, count) of every figure by its name in `goals.toml`."""
    stop = frozenset({"abrupt-termination"})
    every = (0.0, 99.0)
    return {
        **pooling_causes.measures(),
        **pooling_mix.measures(),
        "defects_large": sensitivity((1.0, 99.0), 0.5),
        "defects_small": sensitivity((0.5, 1.0), 0.5),
        "defects_tiny": sensitivity((0.3, 0.5), 1.0),
        "defects_large_near": sensitivity((1.0, 99.0), 0.5, key="near"),
        "defects_overlap": sensitivity((1.0, 99.0), 1.0, overlapped=True),
        "defects_quarter": sensitivity((0.5, 99.0), 0.25),
        "defects_half": sensitivity((0.5, 99.0), 0.5),
        "defects_one": sensitivity((0.5, 99.0), 1.0),
        "defects_two": sensitivity((0.5, 99.0), 2.0),
        "terminations": sensitivity(every, 0.5, stop, key="near"),
        "narrowings": sensitivity(every, 0.5, frozenset({"narrowing"}), key="near"),
        "ectasias": sensitivity(every, 0.5, frozenset({"ectasia"}), key="near"),
        "walls": sensitivity(every, 0.5, frozenset({"wall-irregularity"}), key="near"),
        "extravasations": sensitivity(
            every, 0.5, frozenset({"extravasation"}), key="near"
        ),
        "false_on_normal": (partial(_false_on_normal, least=0.0), mean, each),
        "false_on_normal_counting": (
            partial(_false_on_normal, least=COUNTS_FROM),
            mean,
            each,
        ),
        "findings_on_plain": (_on_plain, mean, each),
        "placed_mm": (partial(_offsets, name="off_mm"), median, each),
        "placed_along_mm": (partial(_offsets, name="along_off_mm"), median, each),
        "placed_along": (
            partial(_offsets, name="along_off_mm"),
            partial(_within, reach=PLACED_MM),
            each,
        ),
        "placed_space_mm": (partial(_offsets, name="space_off_mm"), median, each),
        "placed_space": (
            partial(_offsets, name="space_off_mm"),
            partial(_within, reach=PLACED_SPACE_MM),
            each,
        ),
        "clock": (
            partial(_offsets, name="hours_off"),
            partial(_within, reach=QUADRANT_HOURS),
            each,
        ),
        "size_mm": (partial(_offsets, name="size_off_mm"), median, each),
        "lifted_mm": (_lifted, median, each),
        "lifted": (_covered, share, len),
    }
