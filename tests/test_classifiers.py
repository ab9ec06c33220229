"""Published classifiers, made again: they learn what there is to learn, no more."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reports

sys.path.insert(0, str(Path(__file__).parents[1]))
pytest.importorskip("benchmarks", reason="the benchmarks are not in this copy")

from benchmarks import classifiers
from benchmarks import classifiers_rules as rules

few = settings(deadline=None, max_examples=25)
PATIENT = np.repeat(np.arange(12), 2)
SICK = PATIENT % 2 == 1


def record(kind: str, first: int, views: int = 2) -> dict[str, Any]:
    """Return a study whose trees are combs with `first` more tips."""
    view = {
        "r_matrix": [[0, 0], [first / 20, 1 - first / 20]],
        "crossings": [1, first, 2],
        "pruefer": tuple(range(1, 4 + first)),
        "depth_first": tuple(range(1, 4 + first)),
    }
    confidence = 0.9 if kind == "abnormal" else 0.1
    return {"class": kind, "views": [view] * views, "confidence": confidence}


def test_bayes_tells_apart_what_lies_apart() -> None:
    values = np.where(SICK, 0.8, 0.2)[:, None] + 0.01 * np.arange(24)[:, None]
    posterior = rules.bayes(values, SICK, PATIENT)
    assert ((posterior > 0.5) == SICK).all()


def test_bayes_says_one_half_where_nothing_is_known() -> None:
    values = np.where(SICK, 0.8, 0.2)[:, None]
    values[3] = np.nan
    assert rules.bayes(values, SICK, PATIENT)[3] == 0.5


@few
@given(st.integers(0, 10_000))
def test_no_tree_is_told_by_one_of_its_own_patient(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(24, 1))
    posterior = rules.bayes(values, SICK, PATIENT)
    other = SICK.copy()
    other[PATIENT == 4] = ~other[PATIENT == 4]
    own = PATIENT == 4
    changed = rules.bayes(values, other, PATIENT)
    np.testing.assert_allclose(posterior[own], changed[own])
    near = -np.abs(values - values.T)
    np.testing.assert_allclose(
        rules.neighbours(near, SICK, PATIENT, 3)[own],
        rules.neighbours(near, other, PATIENT, 3)[own],
    )


def test_the_nearest_tree_of_another_patient_decides() -> None:
    near = np.zeros((24, 24))
    near[0, 1], near[0, 5] = 9.0, 8.0
    assert rules.neighbours(near, SICK, PATIENT, 1)[0] == float(SICK[5])


def test_a_class_of_many_patients_weighs_no_more() -> None:
    patient = np.arange(10)
    sick = patient > 0
    # One of the one normal patient, one of nine abnormal ones: the rarer wins.
    score = rules.neighbours(
        -np.abs(patient[:, None] - patient[None]), sick, patient, 2
    )
    assert score[1] < 0.5


def test_likeness_of_strings_is_weighed_without_the_tree_itself() -> None:
    texts = [(1, 2, 2), (1, 2, 2), (3, 4), (3, 4)]
    like = rules.string_likeness(texts, np.arange(4))
    assert like[0, 1] == pytest.approx(1)
    assert like[0, 2] == 0


def test_short_profiles_end_in_nothing() -> None:
    near = rules.profile_nearness([[1, 2], [1, 2, 0], [1, 2, 5]])
    assert near[0, 1] == 0
    assert near[0, 2] == -5


@few
@given(st.lists(st.floats(0, 1), min_size=24, max_size=24))
def test_the_area_of_a_score_and_its_contrary_make_one(values: list[float]) -> None:
    score = np.array(values)
    assert rules.area(score, SICK) + rules.area(-score, SICK) == pytest.approx(1)
    assert rules.area(SICK.astype(float), SICK) == 1


def test_draws_keep_the_number_of_each_class() -> None:
    sick = np.array([True] * 3 + [False] * 5)
    for some in rules.drawn(sick, np.random.default_rng(1), 20):
        assert sick[some].sum() == 3
        assert len(some) == 8


def test_ours_and_all_published_ones_stand_in_one_table() -> None:
    records = [record("abnormal", 8 + n % 3) for n in range(6)]
    records += [record("normal", 1 + n % 3) for n in range(6)]
    records += [record("", 5), record("normal", 2, views=0)]
    figures = classifiers.compare(records)
    assert len(figures["rows"]) == 7
    assert figures["trees"] == 24
    assert figures["rows"][0]["right"] == 1
    for row in figures["rows"]:
        assert row["right_range"][0] <= row["right"] <= row["right_range"][1]
    # Sizes that lie this far apart are told apart by whoever counts.
    assert figures["rows"][-1]["right"] == 1
    text = classifiers.markdown(figures, "On these.")
    assert text.count("\n| ") == 8
    assert "6 abnormal" in text


def test_one_class_alone_cannot_be_told_apart() -> None:
    with pytest.raises(ValueError, match="both"):
        classifiers.compare([record("normal", 2)])


def test_a_study_is_kept_as_its_largest_rooted_trees() -> None:
    whole = reports.report()
    truth: dict[str, Any] = {
        "lesions": [],
        "views": [
            {
                "role": "filled",
                "adequacy": "adequate",
                "pixel_spacing_mm": [0.1, 0.1],
                "points": [],
                "visible": [],
                "lesions": [],
            }
        ],
    }
    kept = classifiers.record_of(whole, truth)
    assert kept["class"] == "normal"
    assert kept["confidence"] == max(f.confidence for f in whole.findings)
    assert len(kept["views"]) == 2
    truth["views"][0]["adequacy"] = "underfilled"
    assert classifiers.class_of(truth) == ""
    bare: Any = SimpleNamespace(readings=reports.no_contrast().readings, findings=())
    assert classifiers.record_of(bare, truth)["views"] == []
