"""How each figure of the scorecard is made of studies: parts, and their whole.

The part of a study is small (sums, or a short list), so that the bootstrap may put
wholes together some hundred times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Generic, TypeVar

import numpy as np

from galactograph.trials import junctions, lengths, masks, pooling_findings
from galactograph.trials.calibres import agreement, differences
from galactograph.trials.parts import Score, each, mean, percentile, share

Part = TypeVar("Part")


@dataclass(frozen=True, kw_only=True)
class Measure(Generic[Part]):
    """A figure: what one study gives to it (or None), and how parts make a whole.

    Attributes
    ----------
    count
        How many things the whole is made of; the studies if not given.
    """

    part: Callable[[Score], Part | None]
    whole: Callable[[Sequence[Part]], float | None]
    count: Callable[[Sequence[Part]], int] = len


Pair = tuple[float, float]
Views = Callable[[Score], list[Mapping[str, Any]]]


def with_contrast(score: Score) -> list[Mapping[str, Any]]:
    """Return the radiographs that truly show contrast."""
    return [v for v in score["views"] if _filled(v) and v["frames"] == 1]


def stacks(score: Score) -> list[Mapping[str, Any]]:
    """Return the views of tomosynthesis that truly show contrast."""
    return [v for v in score["views"] if _filled(v) and v["frames"] > 1]


def _filled(view: Mapping[str, Any]) -> bool:
    return bool(view["expected"] != "no-contrast")


def dilute(score: Score) -> list[Mapping[str, Any]]:
    """Return the radiographs of a study whose contrast was a third of the usual."""
    return with_contrast(score) if score.get("dilute") else []


def undiluted(score: Score) -> list[Mapping[str, Any]]:
    """Return the radiographs of a study with the usual contrast."""
    return [] if score.get("dilute") else with_contrast(score)


def plain(score: Score) -> list[Mapping[str, Any]]:
    """Return the views without contrast."""
    return [v for v in score["views"] if not _filled(v)]


def _sums(score: Score, chosen: Views, group: str, a: str, b: str) -> Pair | None:
    views = [view[group] for view in chosen(score)]
    return (sum(v[a] for v in views), sum(v[b] for v in views)) if views else None


def ratio(chosen: Views, group: str, a: str, b: str) -> Measure[Pair]:
    """Return a share of sums over views, such as length found of true length."""
    return Measure(
        part=partial(_sums, chosen=chosen, group=group, a=a, b=b), whole=share
    )


def _bin(score: Score, chosen: Views, number: int) -> Pair | None:
    bins = [view["lengths"]["by_calibre"][number] for view in chosen(score)]
    return (sum(b[1] for b in bins), sum(b[0] for b in bins)) if bins else None


def found_in_bin(low_mm: float, chosen: Views = undiluted) -> Measure[Pair]:
    """Return the share of length found of lumina from `low_mm` to the next bin."""
    number = lengths.BINS_MM.index(low_mm)
    return Measure(part=partial(_bin, chosen=chosen, number=number), whole=share)


_AREA = ("true_in_found_px", "true_px", "found_in_true_px", "found_px")
_LINE = ("true_line_hit_px", "true_line_px", "found_line_right_px", "found_line_px")


def _overlap(
    score: Score, chosen: Views, names: Sequence[str]
) -> tuple[float, ...] | None:
    views = [view["overlap"] for view in chosen(score)]
    return tuple(float(sum(v[n] for v in views)) for n in names) if views else None


def _dice(parts: Sequence[tuple[float, ...]]) -> float | None:
    seen = share([(p[0], p[1]) for p in parts])
    right = share([(p[2], p[3]) for p in parts])
    return masks.dice(seen, right)


def dice(chosen: Views, names: Sequence[str]) -> Measure[tuple[float, ...]]:
    """Return Dice of areas or of centrelines."""
    return Measure(part=partial(_overlap, chosen=chosen, names=names), whole=_dice)


def _listed(
    score: Score, chosen: Views, value: Callable[[Mapping[str, Any]], float | None]
) -> list[float] | None:
    told = [value(view) for view in chosen(score)]
    values = [float(one) for one in told if one is not None]
    return values or None


def listed(
    chosen: Views,
    value: Callable[[Mapping[str, Any]], float | None],
    whole: Callable[[Sequence[Sequence[float]]], float | None] = mean,
) -> Measure[list[float]]:
    """Return a figure of one value a view."""
    part = partial(_listed, chosen=chosen, value=value)
    return Measure(part=part, whole=whole, count=each)


def _pairs(
    score: Score, bounds: tuple[float, float], *, isolated: bool | None
) -> list[float] | None:
    every = [pair for view in undiluted(score) for pair in view["calibres"]]
    off = differences(every, bounds, isolated=isolated)
    return off.tolist() or None


def _agreed(parts: Sequence[Sequence[float]], name: str) -> float | None:
    told = agreement(np.concatenate([np.asarray(part) for part in parts]))
    if told is None:
        return None
    if name == "reach":
        return (told.high - told.low) / 2
    return float(getattr(told, name))


def calibre(
    bounds: tuple[float, float], name: str, *, isolated: bool | None = True
) -> Measure[list[float]]:
    """Return one number of the agreement of calibres."""
    return Measure(
        part=partial(_pairs, bounds=bounds, isolated=isolated),
        whole=partial(_agreed, name=name),
        count=each,
    )


_JUNCTIONS = ("crossing_as_crossing", "crossing_as_branching", "branching_as_crossing")


def _junctions(score: Score) -> list[int] | None:
    views = [view["junctions"] for view in with_contrast(score)]
    return [sum(v[name] for v in views) for name in _JUNCTIONS] if views else None


def _f1(parts: Sequence[Sequence[int]]) -> float | None:
    total = np.sum(parts, axis=0).tolist()
    return junctions.f1(dict(zip(_JUNCTIONS, total, strict=True)))


def _two(score: Score, name: str) -> Pair | None:
    views = [view[name] for view in with_contrast(score)]
    return (sum(v[0] for v in views), sum(v[1] for v in views)) if views else None


def _true(view: Mapping[str, Any], name: str, wanted: object) -> float:
    return float(view[name] == wanted)


def _ducts() -> dict[str, Measure[Any]]:
    return {
        "cldice": dice(with_contrast, _LINE),
        "cldice_dbt": dice(stacks, _LINE),
        "dice": dice(with_contrast, _AREA),
        "detected": ratio(undiluted, "lengths", "hit_mm", "true_mm"),
        "detected_dbt": ratio(stacks, "lengths", "hit_mm", "true_mm"),
        "detected_dilute": ratio(dilute, "lengths", "hit_mm", "true_mm"),
        "detected_thin": found_in_bin(0.12),
        "detected_loose": ratio(undiluted, "lengths", "loose_hit_mm", "true_mm"),
        "precision": ratio(with_contrast, "lengths", "right_mm", "found_mm"),
        "precision_dbt": ratio(stacks, "lengths", "right_mm", "found_mm"),
        "precision_loose": ratio(
            with_contrast, "lengths", "loose_right_mm", "found_mm"
        ),
        "false_mm": listed(with_contrast, lambda v: v["lengths"]["false_mm"]),
        "branches": Measure(part=partial(_two, name="branches"), whole=share),
        "netmets_missed": ratio(with_contrast, "netmets", "missed_mm", "true_mm"),
        "netmets_false": ratio(with_contrast, "netmets", "false_mm", "found_mm"),
        "pieces": listed(with_contrast, lambda v: v["betti"]["pieces_a_tile"]),
        "loops": listed(with_contrast, lambda v: v["betti"]["loops_a_tile"]),
        "parents": Measure(part=partial(_two, name="parents"), whole=share),
        "root": listed(with_contrast, lambda v: v["root"]),
        "crossing_f1": Measure(part=_junctions, whole=_f1),
        "nipple_median": listed(
            with_contrast, lambda v: v["nipple_mm"], partial(percentile, percent=50)
        ),
        "nipple_p95": listed(
            with_contrast, lambda v: v["nipple_mm"], partial(percentile, percent=95)
        ),
        "plain_mm": listed(
            plain, lambda v: v["length_mm"], partial(percentile, percent=100)
        ),
        "plain_said": listed(plain, lambda v: _true(v, "adequacy", "no-contrast")),
        "adequacy": listed(
            lambda s: s["views"], lambda v: _true(v, "adequacy", v["expected"])
        ),
    }


def _calibres() -> dict[str, Measure[Any]]:
    return {
        "calibre_bias": calibre((0.4, 2.0), "bias"),
        "calibre_p90": calibre((0.4, 2.0), "p90"),
        "calibre_limits": calibre((0.4, 2.0), "reach"),
        "calibre_limits_all": calibre((0.25, 2.0), "reach", isolated=None),
        "calibre_bias_overlap": calibre((0.4, 2.0), "bias", isolated=False),
        "calibre_p90_overlap": calibre((0.4, 2.0), "p90", isolated=False),
        "calibre_thin": calibre((0.2, 0.25), "p50"),
    }


@cache
def measures() -> dict[str, Measure[Any]]:
    """Return every figure by its name in `goals.toml`."""
    return {
        **_ducts(),
        **_calibres(),
        **{
            name: Measure(part=part, whole=whole, count=count)
            for name, (part, whole, count) in pooling_findings.measures().items()
        },
    }
