"""Weights of signs along a duct: fitted, held out, and written down."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
pytest.importorskip("benchmarks", reason="the benchmarks are not in this copy")

from benchmarks import chances


def study(number: int, rng: np.random.Generator) -> dict[str, Any]:
    """Return a made-up study: throats are tight, ragged stretches wave, with noise."""
    rows = [
        {
            "kind": kind,
            "view": "cc",
            "spot_mm": [10.0 * k, 200.0],
            "apart_mm": 2.0,
            "signs": {"scatters": float(rng.normal(2.0 * (k < 2), 0.5)), "idle": 1.0},
            "lesion": 2 * number_of_kind + k if k < 2 else None,
            "near": k < 2,
        }
        for number_of_kind, kind in enumerate(chances.KINDS)
        for k in range(20)
    ]
    lesions = [
        *(
            {"kind": kind, "near_mm": 3.0, "spots": {"cc": [10.0 * k, 200.0]}}
            for kind in chances.KINDS
            for k in range(2)
        ),
    ]
    return {
        "study": f"x-{number}",
        "views": 1,
        "lesions": lesions,
        "rows": rows,
    }


@pytest.fixture(scope="module")
def studies() -> list[dict[str, Any]]:
    rng = np.random.default_rng(5)
    return [study(number, rng) for number in range(8)]


def test_a_sign_that_tells_outweighs_one_that_does_not(
    studies: list[dict[str, Any]],
) -> None:
    weights = chances.weigh(studies)
    for kind in chances.KINDS:
        assert weights[kind]["scatters"] > 3 * abs(weights[kind]["idle"])


def test_what_is_plain_is_found_in_the_half_that_was_not_seen(
    studies: list[dict[str, Any]],
) -> None:
    found = chances.held_out(studies)
    for kind in found:
        assert len(found[kind]) == len(studies)
        count, shares = chances.sensitivities(found[kind], kind)
        assert count == 2 * len(studies)
        assert shares[0.5] > 0.8


def test_weights_are_written_as_the_program_reads_them(
    studies: list[dict[str, Any]],
) -> None:
    told = tomllib.loads(chances.toml(studies))["weight"]
    assert set(told) == set(chances.KINDS)
    assert all("constant" in weights for weights in told.values())
