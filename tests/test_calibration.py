"""What confidences and causes are fitted by is right itself."""

from __future__ import annotations

import sys
import tomllib
from itertools import count as numbers
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
pytest.importorskip("benchmarks", reason="the benchmarks are not in this copy")

from benchmarks import calibration, calibration_causes  # noqa: E402

from galactograph.advice.cause_model import model  # noqa: E402
from galactograph.values.codes import CauseName  # noqa: E402

PAPILLOMA = "intraductal-papilloma"
DCIS = "ductal-carcinoma-in-situ"


_NUMBERS = numbers()


def row(
    kind: str,
    score: float,
    *,
    real: bool,
    shape: str = "",
    quality: float = 1.0,
    calm: float = 1.0,
) -> dict[str, Any]:
    return {
        "kind": kind,
        "score": score,
        "quality": quality,
        "calm": calm,
        "views": 1,
        "shape": shape,
        "length_mm": 4.0,
        "straight_mm": 20.0,
        "evidence": {},
        "lesions": [0] if real else [],
    }


def study(rows: list[dict[str, Any]], cause: str = PAPILLOMA) -> dict[str, Any]:
    return {
        "study": f"study-{next(_NUMBERS):05d}",
        "age": 50,
        "colour": "serous",
        "lesions": [{"cause": cause}],
        "findings": rows,
    }


def studies(share: float, score: float, count: int) -> list[dict[str, Any]]:
    """Return studies with one finding each, of which a share is real."""
    rng = np.random.default_rng(1)
    return [
        study([row("filling-defect", score, real=bool(rng.random() < share))])
        for _ in range(count)
    ]


def test_scores_that_promise_too_much_are_taken_down() -> None:
    fitted = calibration.fit(studies(0.5, 0.95, 200))
    assert fitted.before[0] > 0.35
    assert fitted.after[0] < 0.1
    assert fitted.after[1] < fitted.before[1]


def test_little_evidence_changes_little() -> None:
    fitted = calibration.fit(studies(1.0, 0.6, 2))
    offset, slope, faint, calm, beside, *counts = fitted.lines["filling-defect"]
    assert counts == [2, 2]
    assert 0 <= calm < 0.3
    assert abs(offset) < 1
    assert 0.7 < slope < 1.5
    assert 0.7 < faint < 1.3
    assert 0 <= beside < 0.3


def test_a_body_in_company_is_surer_where_company_was_counted() -> None:
    rows = [
        row("filling-defect", 0.6, real=True),
        row("filling-defect", 0.7, real=True),
    ]
    lone = [study([row("filling-defect", 0.6, real=n % 2 == 0)]) for n in range(40)]
    fitted = calibration.fit([*lone, *(study(rows) for _ in range(20))])
    assert fitted.lines["filling-defect"][4] > 0.3


def test_what_is_as_often_real_in_faint_pictures_loses_nothing_there() -> None:
    shares = {1.0: 0.8, 0.2: 0.8}
    alike = calibration.fit(_at_qualities(shares)).lines["filling-defect"]
    worse = calibration.fit(_at_qualities({**shares, 0.2: 0.2})).lines["filling-defect"]
    assert alike[2] < 0.3
    assert worse[2] > 1.0


def test_restless_tissue_takes_down_what_it_makes_false() -> None:
    rng = np.random.default_rng(5)
    found = [
        study([row("filling-defect", 0.7, real=bool(rng.random() < share), calm=calm)])
        for calm, share in ((1.0, 0.8), (0.2, 0.3))
        for _ in range(100)
    ]
    calm_weight = calibration.fit(found).lines["filling-defect"][3]
    assert calm_weight > 0.7


def test_causes_are_counted_once_a_patient() -> None:
    once = studies(1.0, 0.9, 30)
    again = [{**one, "strong": True} for one in once]
    assert calibration.fit(once + again).studies == 30
    assert calibration.fit(once + again).entries == calibration.fit(once).entries


def _at_qualities(shares: dict[float, float]) -> list[dict[str, Any]]:
    rng = np.random.default_rng(3)
    return [
        study([row("filling-defect", 0.7, real=bool(rng.random() < share), quality=q)])
        for q, share in shares.items()
        for _ in range(100)
    ]


def test_perfect_forecasts_have_no_error() -> None:
    chance = np.repeat([0.0, 1.0], 50)
    assert calibration.expected_error(chance, chance > 0.5) == 0


def test_what_one_cause_shows_more_often_speaks_for_it_after_the_fit() -> None:
    found = [
        study([row("filling-defect", 0.9, real=True, shape="irregular")], DCIS)
        for _ in range(30)
    ] + [
        study([row("filling-defect", 0.9, real=True, shape="smooth")])
        for _ in range(30)
    ]
    entries = calibration_causes.refine(found)
    order = [str(name) for name in model().priors]
    irregular = dict(zip(order, entries["irregular outline"]["values"], strict=True))
    published = model(refined=False)
    before = next(e for e in published.modifiers if e.words == "irregular outline")
    ratio = irregular[DCIS] / irregular[PAPILLOMA]
    names = {str(name): value for name, value in before.likelihoods.items()}
    assert ratio > names[DCIS] / names[PAPILLOMA]


def test_what_images_cannot_teach_stays_as_published() -> None:
    entries = calibration_causes.refine(studies(0.5, 0.9, 20))
    assert "bloody discharge" not in entries
    assert "age under 40" not in entries


def bodies(kind: str, cause: str, count: int, **about: object) -> list[dict[str, Any]]:
    """Return studies with one sure body each."""
    body = {**row(kind, 0.95, real=True), **about}
    return [study([body], cause) for _ in range(count)]


def test_how_often_a_body_is_called_air_is_counted_and_defects_stay_published() -> None:
    before = model(refined=False).kinds["air-bubble"].likelihoods
    found = bodies("air-bubble", DCIS, 30) + bodies("filling-defect", PAPILLOMA, 30)
    entries = calibration_causes.refine(found)
    assert "filling defect" not in entries
    after = dict(zip(model().priors, entries["air bubble"]["values"], strict=True))
    assert after[CauseName.DCIS] > 3 * before[CauseName.DCIS]
    ratio = {
        name: after[name] / before[name]
        for name in (CauseName.DCIS, CauseName.PAPILLOMA)
    }
    assert ratio[CauseName.PAPILLOMA] < 0.3 * ratio[CauseName.DCIS]


def test_evidence_that_tells_nothing_apart_counts_for_less() -> None:
    thin, wide = {"duct_calibre_mm": 0.7}, {"duct_calibre_mm": 1.8}

    def trust(found: list[dict[str, Any]]) -> float:
        return float(
            calibration_causes.refine(found)["in a duct under 0.9 mm"]["trust"]
        )

    apart = bodies("filling-defect", DCIS, 30, evidence=thin) + bodies(
        "filling-defect", PAPILLOMA, 30, evidence=wide
    )
    mixed = [
        one
        for cause in (DCIS, PAPILLOMA)
        for about in (thin, wide)
        for one in bodies("filling-defect", cause, 15, evidence=about)
    ]
    assert trust(mixed) <= trust(apart)
    assert trust(apart) > 0.9


def test_what_is_not_told_is_not_counted() -> None:
    unsure = [
        study([row("filling-defect", 0.3, real=True, shape="irregular")], DCIS)
        for _ in range(30)
    ]
    with_them = calibration_causes.refine(unsure)
    without = calibration_causes.refine([])
    words = "irregular outline"
    assert with_them[words]["values"] == pytest.approx(without[words]["values"])


def test_the_pages_that_are_written_can_be_read_back() -> None:
    fitted = calibration.fit(studies(0.6, 0.8, 40))
    confidence = tomllib.loads(calibration.confidence_toml(fitted))
    assert set(confidence["kind"]) == {"filling-defect"}
    refined = tomllib.loads(calibration.refined_toml(fitted))
    known = {e.words for e in model().modifiers} | {
        kind.replace("-", " ") for kind in model().kinds
    }
    assert set(refined["entry"]) <= known
    assert all(len(e["values"]) == 6 for e in refined["entry"].values())
