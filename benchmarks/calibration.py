"""Fit confidences and causes to what was found and what is true.

Confidence: for each kind of finding a plane over the log odds of its score and the log
of how well the picture shows contrast, drawn towards no change where little was
counted. Causes: published likelihoods with what was
counted added, as if simulated women were a few more patients; then one exponent for
each group of evidence, because evidence of one picture goes together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import minimize

from benchmarks import calibration_causes as causes
from benchmarks import calibration_views as views
from benchmarks import pages
from galactograph.finders._company import company
from galactograph.values.arrays import Floats

Study = Mapping[str, Any]
Row = Mapping[str, Any]

FOLDS = 5
BINS, LEAST_IN_BIN = 10, 30
"""Bins of equal count; with fewer findings in one, its error is mostly chance."""
PULL = 2.0
"""Strength that draws a line towards no change, in findings. source: assumed."""
ROUNDS = 4
"""With more rounds the Brier score held out stays as it is (measured)."""
LEAST_SLOPE = 0.1
MOST_FAINT = 3.0
"""Log odds lost for a log unit of contrast over noise or tissue, at most; at least 0:
nobody is surer in a fainter picture. source: assumed."""
USUAL = (0.0, 1.0, 1.0, 0.0, 0.0)
"""Offset, slope, loss by faintness and by restless tissue, gain by company of a kind
that was never counted: what noise makes grows with it. source: assumed."""
EDGE = 0.005
"""Scores are kept this far from 0 and 1."""


Weights = tuple[float, float, float, float, float]
Line = tuple[float, float, float, float, float, int, int]


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What a fit gave, and how well it does on studies that it did not see.

    Attributes
    ----------
    lines
        For each kind: offset, slope, loss by faintness and by restless tissue, gain by
        company, findings counted, of these real.
    beside
        For each kind what another view is worth.
    before, after
        Expected calibration error and Brier score of the confidences.
    entries
        Refined entries of the cause model, by their words.
    causes
        For "published" and "refined": first-rank accuracy, calibration error, Brier.
    studies
        How many studies.
    """

    lines: Mapping[str, Line]
    before: tuple[float, float]
    after: tuple[float, float]
    beside: views.Fitted = field(default_factory=dict)
    entries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    causes: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    studies: int = 0


def fit(found: Sequence[Study]) -> Fit:
    """Fit all, and measure on held-out studies."""
    names = sorted({study["study"] for study in found})
    facts = [
        (names.index(study["study"]) % FOLDS, row["kind"], bool(row["lesions"]))
        for study in found
        for row in study["findings"]
    ]
    folds = np.array([row[0] for row in facts])
    kinds = np.array([row[1] for row in facts])
    rows = [row for study in found for row in study["findings"]]
    each = [_signs(study["findings"]) for study in found if study["findings"]]
    score, signs = (np.concatenate(parts) for parts in zip(*each, strict=True))
    real = np.array([row[2] for row in facts], bool)
    held = np.empty(len(rows))
    for fold in range(FOLDS):
        some, rest = folds == fold, np.flatnonzero(folds != fold)
        lines, beside = _both(
            [rows[n] for n in rest], kinds[rest], signs[rest], real[rest]
        )
        odds = _odds(_mapped(lines, kinds, signs))
        added = odds + [views.more(beside, row) for row in rows]
        held[some] = 1 / (1 + np.exp(-added[some]))
    lines, beside = _both(rows, kinds, signs, real)
    # Causes are counted once a patient.
    surer = [_surer(s, lines, beside) for s in found if not s.get("strong")]
    return Fit(
        lines=lines,
        before=(expected_error(score, real), _brier(score, real)),
        after=(expected_error(held, real), _brier(held, real)),
        beside=beside,
        entries=causes.refine(surer),
        causes=causes.held_out(surer, folds=FOLDS),
        studies=len(names),
    )


def _signs(rows: Sequence[Row]) -> tuple[Floats, Floats]:
    """Return scores (K,), and their log odds, logs of quality and calm, company (K, 4).

    `rows` are the findings of one study.
    """
    score = np.clip(np.array([row["score"] for row in rows], float), EDGE, 1 - EDGE)
    quality = np.array([row["quality"] for row in rows], float)
    calm = np.array([row["calm"] for row in rows], float)
    beside = company([row["kind"] for row in rows], [row["score"] for row in rows])
    odds = np.log(score / (1 - score))
    return score, np.column_stack([odds, np.log(quality), np.log(calm), beside])


def _odds(chance: Floats) -> Floats:
    logged: Floats = np.log(chance / (1 - chance))
    return logged


def _surer(
    study: Study, lines: Mapping[str, Any], beside: views.Fitted | None = None
) -> Study:
    """Return a study whose findings have the confidence that the program will say."""
    rows = study["findings"]
    odds = _odds(_mapped(lines, [row["kind"] for row in rows], _signs(rows)[1]))
    added = odds + [views.more(beside or {}, row) for row in rows]
    mapped = 1 / (1 + np.exp(-added))
    return {
        **study,
        "findings": [
            {**row, "score": float(chance)}
            for row, chance in zip(rows, mapped, strict=True)
        ],
    }


def expected_error(chance: Floats, real: Any) -> float:  # noqa: ANN401
    """Return the expected calibration error over up to ten bins of equal count."""
    if len(chance) == 0:
        return float("nan")
    order = np.argsort(chance, kind="stable")
    real = np.asarray(real, float)
    parts = np.array_split(order, max(1, min(BINS, len(order) // LEAST_IN_BIN)))
    gaps = [abs(chance[p].mean() - real[p].mean()) * len(p) for p in parts]
    return float(sum(gaps) / len(chance))


def _brier(chance: Floats, real: Any) -> float:  # noqa: ANN401
    return float(np.mean((chance - np.asarray(real, float)) ** 2))


def _both(
    rows: Sequence[Row],
    kinds: Any,  # noqa: ANN401
    signs: Floats,
    real: Any,  # noqa: ANN401
) -> tuple[dict[str, Line], views.Fitted]:
    """Fit lines and what another view is worth, each on top of the other."""
    lines: dict[str, Line] = {}
    beside: views.Fitted = {}
    for _ in range(ROUNDS):
        more = np.array([views.more(beside, row) for row in rows])
        lines = _lines(kinds, signs, real, more)
        beside = views.fit(rows, _odds(_mapped(lines, kinds, signs)))
    return lines, beside


def _lines(
    kinds: Any,  # noqa: ANN401
    signs: Floats,
    real: Any,  # noqa: ANN401
    more: Floats,
) -> dict[str, Line]:
    """Fit a line for each kind; a rare one leans on that of all kinds together.

    `more` (K,) are log odds that are not in the signs.
    """
    shared = _line(signs, real, more, USUAL)
    lines: dict[str, Line] = {}
    for kind in sorted(set(kinds.tolist())):
        some = kinds == kind
        fitted = _line(signs[some], real[some], more[some], shared)
        lines[kind] = (*fitted, int(some.sum()), int(real[some].sum()))
    return lines


def _line(
    signs: Floats,
    real: Any,  # noqa: ANN401
    more: Floats,
    usual: Weights,
) -> Weights:
    sign = np.where(real, -1.0, 1.0)

    def loss(p: Floats) -> float:
        odds = p[0] + signs @ p[1:] + more
        pull = float(np.sum((p - np.array(usual)) ** 2))
        return float(np.logaddexp(0, sign * odds).sum() + PULL / 2 * pull)

    found = minimize(
        loss,
        usual,
        bounds=[(-10, 10), (LEAST_SLOPE, 10), *[(0, MOST_FAINT)] * 2, (0, 10)],
        method="L-BFGS-B",
    )
    offset, slope, faint, calm, beside = (float(number) for number in found.x)
    return offset, slope, faint, calm, beside


def _mapped(lines: Mapping[str, Any], kinds: Any, signs: Floats) -> Floats:  # noqa: ANN401
    if not len(signs):
        return np.empty(0)
    each = np.array([lines.get(kind, USUAL)[: len(USUAL)] for kind in kinds])
    odds = each[:, 0] + (each[:, 1:] * signs).sum(1)
    mapped: Floats = 1 / (1 + np.exp(-odds))
    return mapped


def told(fitted: Fit) -> str:
    """Return what came out, for a terminal."""
    lines = [
        f"{fitted.studies} studies",
        "",
        "confidence: kind, offset, slope, faint, calm, company, real",
    ]
    for kind, (*line, count, real) in fitted.lines.items():
        numbers = " ".join(f"{number:6.2f}" for number in line)
        lines.append(f"  {kind:26} {numbers}  {real} of {count}")
    for name, (error, brier) in (("scores", fitted.before), ("held out", fitted.after)):
        lines.append(f"  {name:26} calibration error {error:.3f}, Brier {brier:.3f}")
    lines += ["", "another view: kind, seen, without, alone, real"]
    for kind, (weight, count, real) in fitted.beside.items():
        each = (weight.seen, weight.without, weight.alone)
        numbers = " ".join(f"{number:6.2f}" for number in each)
        lines.append(f"  {kind:26} {numbers}  {real} of {count}")
    lines += ["", "causes, held out: first rank right, calibration error, Brier"]
    for name, (right, error, brier) in fitted.causes.items():
        lines.append(f"  {name:26} {right:.3f} {error:.3f} {brier:.3f}")
    return "\n".join(lines)


def markdown(fitted: Fit) -> str:
    """Return the figures for the documentation."""
    confidence = pages.table(
        ["confidence of findings", "calibration error", "Brier score"],
        [
            ["scores of the finders", *(f"{x:.3f}" for x in fitted.before)],
            ["calibrated, held out", *(f"{x:.3f}" for x in fitted.after)],
        ],
    )
    causes_table = pages.table(
        ["causes, held out", "first rank right", "calibration error", "Brier score"],
        [[n, *(f"{x:.3f}" for x in each)] for n, each in fitted.causes.items()],
    )
    kinds = pages.table(
        ["kind", "findings", "real"],
        [[kind, str(e[-2]), str(e[-1])] for kind, e in fitted.lines.items()],
    )
    return (
        f"{fitted.studies} simulated studies.\n\n{confidence}\n\n{causes_table}"
        f"\n\n{kinds}"
    )


def confidence_toml(fitted: Fit) -> str:
    """Return the page that finders calibrate by."""
    total = Counter({k: line[-2] for k, line in fitted.lines.items()}).total()
    page = [
        "# How often findings of a score are real: log odds are offset plus slope",
        "# times the log odds of the score plus faint times the log of the quality",
        "# plus calm times the log of contrast over tissue (_tissue.py) plus company",
        "# times what other findings of the study make (_company.py).",
        "# By `python -m benchmarks.calibrate fit --write`:",
        f"# {fitted.studies} simulated studies, {total} findings; calibration error",
        f"# {fitted.after[0]:.3f} held out, {fitted.before[0]:.3f} of the bare scores.",
    ]
    for kind, (offset, slope, faint, calm, beside, *counts) in fitted.lines.items():
        count, real = counts
        page += [
            "",
            f"[kind.{kind}]",
            f"offset = {offset:.3f}",
            f"slope = {slope:.3f}",
            f"faint = {faint:.3f}",
            f"calm = {calm:.3f}",
            f"company = {beside:.3f}",
            f'source = "measured on simulated studies: {real} of {count} real"',
        ]
    return "\n".join(page) + "\n"


def refined_toml(fitted: Fit) -> str:
    """Return the page that takes the place of entries of the cause model."""
    page = [
        "# Entries of causes.toml with what simulated studies showed added.",
        f"# By `python -m benchmarks.calibrate fit --write`, {fitted.studies} studies.",
    ]
    for words, entry in fitted.entries.items():
        values = ", ".join(f"{value:.3f}" for value in entry["values"])
        page += [
            "",
            f'[entry."{words}"]',
            f"values = [{values}]",
            f"trust = {entry['trust']:.3f}",
            f'source = "{entry["source"]}"',
        ]
    return "\n".join(page) + "\n"
