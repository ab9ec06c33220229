"""A whole study, as documents; and the card of some studies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trials_worlds as worlds
from galactograph.errors import Unreadable
from galactograph.trials import cards, documents, pooling, scoring, space
from galactograph.trials.forest import Forest


def scored(*, size: int = 1) -> list[dict[str, Any]]:
    tree = worlds.cross()
    row, column = tree.points[20].tolist()
    truth = worlds.truth(tree, node=20)
    read = worlds.reading(tree, worlds.finding(row, column))
    return [{**scoring.score(read, truth), "kind": "papilloma"} for _ in range(size)]


def test_a_forest_comes_back_from_the_document_of_its_branches() -> None:
    tree = worlds.cross()
    view = worlds.reading(tree)["views"][0]
    back = documents.read_ducts(view, worlds.MM)
    assert len(back) == len(tree)
    assert back.length_mm == pytest.approx(tree.length_mm)
    assert len(np.unique(back.roots)) == 1
    assert back.branches.max() == tree.branches.max()


def test_a_branch_that_starts_aside_of_its_parent_is_still_its_child() -> None:
    tree = worlds.fork()
    view = worlds.reading(tree)["views"][0]
    for branch in view["ducts"]["branches"][1:]:
        branch["points"] = branch["points"][1:]
        branch["calibre_mm"] = branch["calibre_mm"][1:]
    back = documents.read_ducts(view, worlds.MM)
    assert len(np.unique(back.roots)) == 1
    assert back.length_mm == pytest.approx(tree.length_mm)


def test_branches_that_are_parents_of_each_other_are_refused() -> None:
    view = worlds.reading(worlds.fork())["views"][0]
    view["ducts"]["branches"][0]["parent"] = 1
    view["ducts"]["branches"][1]["parent"] = 0
    with pytest.raises(Unreadable, match="parents of each other"):
        documents.read_ducts(view, worlds.MM)


def test_calibres_told_in_pixels_are_taken() -> None:
    view = worlds.reading(worlds.straight(0.5))["views"][0]
    for branch in view["ducts"]["branches"]:
        branch["calibre_px"] = [5.0] * len(branch["points"])
        branch["calibre_mm"] = []
    back = documents.read_ducts(view, worlds.MM)
    np.testing.assert_allclose(back.calibre_mm, 0.5)


def test_a_perfect_reading_of_a_study_has_nothing_wrong() -> None:
    (score,) = scored()
    (view,) = score["views"]
    assert view["nipple_mm"] == 0
    assert view["root"] is True
    assert view["lengths"]["false_mm"] == 0
    assert score["lesions"][0]["hit"] == 0.9
    # The lesion lies 5 mm from the orifice; the finding says 10.
    assert score["lesions"][0]["along_off_mm"] == pytest.approx(5)
    assert score["advice"]["fits"]
    assert json.loads(json.dumps(score)) == score


def in_space(tree: Forest, depth_mm: float = 0.0) -> dict[str, Any]:
    """Return ducts lifted: as they are in the picture, at one depth."""
    at = np.column_stack([tree.points * worlds.MM, np.full(len(tree), depth_mm)])
    return {"points_mm": at.tolist(), "parents": tree.parents.tolist()}


@pytest.mark.parametrize(("off_mm", "share"), [(0.0, 1.0), (3.0, 1.0), (5.0, 0.0)])
def test_ducts_in_space_are_as_far_off_as_they_are(off_mm: float, share: float) -> None:
    tree = worlds.cross()
    truth = worlds.truth(tree)
    assert space.lifted([in_space(tree)], truth) is None
    truth["tree"] |= in_space(tree)
    truth["tree"]["radii_mm"] = (tree.calibre_mm / 2).tolist()
    truth["tree"]["iodine_mg_ml"] = [300.0] * len(tree)
    told = space.lifted([in_space(tree, off_mm)], truth)
    assert told is not None
    assert np.median(told["off_mm"]) == pytest.approx(off_mm, abs=1e-6)
    assert told["true_mm"] == pytest.approx(tree.length_mm)
    assert told["hit_mm"] == pytest.approx(share * tree.length_mm)
    nobody = space.lifted([], truth)
    assert nobody is not None
    assert (nobody["off_mm"], nobody["hit_mm"]) == ([], 0)


def test_the_truth_of_a_folder_has_its_tree_in_space(tmp_path: Path) -> None:
    tree = worlds.straight()
    (tmp_path / "truth").mkdir()
    path = tmp_path / "truth" / "truth.json"
    path.write_text(json.dumps(worlds.truth(tree)))
    assert "points_mm" not in documents.load_truth(tmp_path)["tree"]
    (tmp_path / "truth" / "lobe.swc").write_text("# mm\n1 0 1.5 2.5 3.5 0.3 -1\n")
    assert documents.load_truth(path)["tree"]["points_mm"] == [[1.5, 2.5, 3.5]]


@pytest.mark.parametrize(
    ("side", "centre", "hour"),
    [("L", (10, 30, 0), 3), ("R", (10, 30, 0), 9), ("L", (0, 30, -5), 6)],
)
def test_the_outer_side_is_at_three_on_the_left_and_at_nine_on_the_right(
    side: str, centre: tuple[float, float, float], hour: float
) -> None:
    truth = worlds.truth(worlds.straight(), node=5)
    truth["laterality"] = side
    truth["lesions"][0]["centre_mm"] = centre
    (lesion,) = documents.targets(truth)
    assert lesion.hour == pytest.approx(hour)


def test_the_hour_of_a_finding_is_read_from_its_words() -> None:
    tree = worlds.straight()
    read = worlds.reading(tree, worlds.finding(100, 60, clock="12:30"))
    (mark,) = documents.marks(read, worlds.truth(tree))
    assert mark.hour == 0.5


def test_diseased_studies_are_told_from_normal_ones_by_their_surest_finding() -> None:
    (ill,) = scored()
    well = {**ill, "lesions": [], "marks": []}
    well["advice"] = {"true": "none", "fits": True, "actions": []}
    told = {f.goal.name: f.value for f in cards.card([ill, well, well], rounds=0)}
    assert told["case_auc"] == 1
    assert told["case_accuracy"] == 1
    loud = {**well, "marks": ill["marks"]}
    told = {f.goal.name: f.value for f in cards.card([ill, loud, well], rounds=0)}
    assert told["case_auc"] == 0.75
    assert told["case_accuracy"] == pytest.approx(2 / 3)


def test_views_that_nobody_knows_are_refused() -> None:
    tree = worlds.straight()
    read = worlds.reading(tree)
    read["views"][0]["source"] = "other.dcm"
    with pytest.raises(Unreadable, match="no view in common"):
        scoring.score(read, worlds.truth(tree))


def test_a_file_that_is_no_reading_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reading.json"
    with pytest.raises(Unreadable):
        documents.load(path, documents.READING)
    path.write_text("{}")
    with pytest.raises(Unreadable, match="must say schema"):
        documents.load(path, documents.READING)
    path.write_text("no")
    with pytest.raises(Unreadable, match="not JSON"):
        documents.load(path, documents.READING)
    path.write_text(json.dumps(worlds.reading(worlds.straight())))
    assert documents.load(path, documents.READING)["findings"] == []


def test_every_figure_of_the_card_has_a_measure_and_no_measure_is_lost() -> None:
    assert {goal.name for goal in cards.goals()} == set(pooling.measures())
    for goal in cards.goals():
        assert goal.better in ("more", "less", "nearer")
        if goal.floor is not None or goal.ambition is not None:
            assert goal.source


def test_perfect_studies_reach_every_goal_that_they_can_tell_of() -> None:
    figures = cards.card(scored(size=3), rounds=20)
    told = {f.goal.name: f for f in figures}
    for name in ("cldice", "detected", "precision", "parents", "crossing_f1"):
        assert told[name].value == pytest.approx(1)
        assert told[name].verdict() == "reached"
        assert told[name].low == pytest.approx(1)
    assert told["calibre_bias"].value == 0
    assert told["defects_large"].value == 1
    assert told["cause_first"].value == 1
    assert told["cause_error"].value == pytest.approx(0.3)
    assert told["advice"].value == 1
    assert told["cldice_dbt"].value is None
    assert told["cldice_dbt"].verdict() == ""


def test_intervals_are_the_same_each_time_and_hold_the_value() -> None:
    (good,), (bad,) = scored(), scored()
    bad["views"][0]["lengths"]["hit_mm"] *= 0.5
    some = [good, bad, good, bad, good]
    first, second = (cards.card(some, rounds=50) for _ in range(2))
    assert first == second
    detected = next(f for f in first if f.goal.name == "detected")
    assert detected.low is not None
    assert detected.high is not None
    assert detected.value is not None
    assert detected.low <= detected.value <= detected.high
    assert detected.verdict() == "below the floor"
