"""Weights of signs: fitted, held out, and written down."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1]))
pytest.importorskip("benchmarks", reason="the benchmarks are not in this copy")

from benchmarks import evidence, evidence_trees

from galactograph.finders._trees import load, save

few = settings(deadline=None, max_examples=10)


def study(number: int, rng: np.random.Generator, *, bodies: int = 3) -> dict[str, Any]:
    """Return a made-up study: bodies are deep, the rest is shallow, both with noise."""
    rows: list[dict[str, Any]] = []
    for k in range(bodies + 30):
        real = k < bodies
        rows += [
            {
                "view": "cc",
                "sort": sort,
                "ruled": False,
                "spot_mm": [10.0 * k, 0.0],
                "length_mm": 1.0,
                "signs": {
                    "deep": float(rng.normal(1.5 * real, 0.5)),
                    "idle": float(rng.normal()),
                },
                "lesion": k if real else None,
                "near": real,
            }
            for sort in evidence.SORTS
        ]
    lesions = [{"kind": "filling-defect", "size_mm": 1.5, "seen": True}] * bodies
    return {"study": f"x-{number}", "views": 1, "lesions": lesions, "rows": rows}


def studies(seed: int) -> list[dict[str, Any]]:
    """Return ten made-up studies."""
    rng = np.random.default_rng(seed)
    return [study(number, rng) for number in range(10)]


@few
@given(st.integers(0, 1000))
def test_a_sign_that_tells_outweighs_one_that_does_not(seed: int) -> None:
    for sort in evidence.SORTS:
        weights = evidence.fit(studies(seed), sort)
        assert weights["deep"] > 3 * abs(weights["idle"])


@few
@given(st.integers(0, 1000), st.floats(0.2, 5.0))
def test_chances_do_not_depend_on_the_unit_of_a_sign(seed: int, unit: float) -> None:
    one = studies(seed)
    two = [
        {
            **each,
            "rows": [
                {**row, "signs": {k: unit * v for k, v in row["signs"].items()}}
                for row in each["rows"]
            ],
        }
        for each in one
    ]
    for sort in evidence.SORTS:
        first, second = evidence.fit(one, sort), evidence.fit(two, sort)
        assert first["deep"] == pytest.approx(unit * second["deep"], rel=1e-3)


def test_no_study_is_told_by_weights_that_saw_it() -> None:
    every = studies(1)
    one, two = evidence.halves(every)
    names = [each["study"] for each in (*one, *two)]
    assert sorted(names) == sorted(each["study"] for each in every)
    assert not {each["study"] for each in one} & {each["study"] for each in two}


def test_of_two_marks_at_one_place_the_likelier_is_kept() -> None:
    (only,) = studies(2)[:1]

    def told(row: Any) -> float:  # noqa: ANN401
        return float(row["signs"]["deep"])

    kept = evidence.marks(only, told)
    assert len(kept) == len(only["rows"]) // len(evidence.SORTS)
    for sure, row in kept:
        here = [r for r in only["rows"] if r["spot_mm"] == row["spot_mm"]]
        assert sure == max(told(r) for r in here)


def test_deep_bodies_are_found_before_shallow_places() -> None:
    count, rates = evidence.sensitivities(evidence.held_out(studies(3)), 1.0, 99.0)
    assert count == 30
    assert list(rates.values()) == sorted(rates.values())
    assert rates[2.0] > 0.8


def test_weights_are_written_as_they_are_read() -> None:
    every = studies(4)
    held = tomllib.loads(evidence.toml(every))["weight"]
    for sort in evidence.SORTS:
        for name, value in evidence.fit(every, sort).items():
            assert held[sort][name] == pytest.approx(value, rel=1e-3)
    assert "10 simulated studies" in evidence.toml(every)


def test_trees_are_kept_as_they_grew_and_say_what_the_library_says(
    tmp_path: Path,
) -> None:
    every = studies(5)
    grown = {sort: evidence.forest(every, sort) for sort in evidence.SORTS}
    save(tmp_path / "trees.npz", grown)
    held = load(tmp_path / "trees.npz")
    rows = [row for each in every for row in each["rows"]]
    for row in rows:
        own = grown[row["sort"]].odds(row["signs"])
        assert held[row["sort"]].odds(row["signs"]) == pytest.approx(own, abs=1e-3)
    real = [grown[r["sort"]].odds(r["signs"]) for r in rows if r["near"]]
    rest = [grown[r["sort"]].odds(r["signs"]) for r in rows if not r["near"]]
    assert np.median(real) > 0 > np.median(rest)


def test_a_sign_that_may_only_speak_for_a_body_never_speaks_against_it() -> None:
    rng = np.random.default_rng(6)
    depth, other = rng.normal(size=(2, 600))
    # Chance has it that the deep ones are no bodies.
    real = (rng.random(600) < 1 / (1 + np.exp(depth))).astype(float)
    signs = [
        {"clear": float(a), "size": float(b)} for a, b in zip(depth, other, strict=True)
    ]
    grown = evidence_trees.grow(signs, real, np.ones(600), {"clear": 1})
    told = [grown.odds({"clear": x, "size": 0.3}) for x in np.linspace(-3, 3, 40)]
    assert np.all(np.diff(told) >= 0)
    free = evidence_trees.grow(signs, real, np.ones(600), {})
    assert free.odds({"clear": 2, "size": 0.3}) < free.odds({"clear": -2, "size": 0.3})
