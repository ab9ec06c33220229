"""The scorecard's set is what it says, and its tables are whole."""

from __future__ import annotations

import copy
import json
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

import trials_worlds as worlds
from galactograph.trials import scoring

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
pytest.importorskip("benchmarks", reason="the benchmarks are not in this copy")

from benchmarks import (  # noqa: E402  after the search path
    scorecard,
    scorecard_design,
    scorecard_pages,
    scorecard_tables,
    scorecard_worker,
)

ROWS = scorecard_design.table()
PLAIN = [row for row in ROWS if row.modality == "radiograph"]


def result(number: int = 0, **more: object) -> dict[str, Any]:
    """Return a perfectly read study of a row, as it is kept."""
    tree = worlds.cross()
    row, column = tree.points[20].tolist()
    read = worlds.reading(tree, worlds.finding(row, column))
    score = scoring.score(read, worlds.truth(tree, node=20))
    line = next(row for row in ROWS if row.number == number)
    return {
        **copy.deepcopy(score),
        "row": dict(vars(line)),
        "seed": 1,
        "kind": line.kind,
        "dilute": line.contrast == "third",
        "sources": "abc",
        "cost": {
            "seconds": 2.0,
            "cpu": 4.0,
            "peak_mib": 900.0,
            "make_cpu": 9.0,
            "read_cpu": 7.0,
            "views_read": 1,
            "pixels": 8_000_000,
            "branches": 5,
        },
        **more,
    }


def test_the_table_is_the_one_that_is_drawn() -> None:
    assert scorecard_design.draw() == ROWS


def test_every_two_levels_of_any_two_factors_meet() -> None:
    for one, other in combinations(scorecard_design.FACTORS, 2):
        met = {(getattr(row, one), getattr(row, other)) for row in PLAIN}
        wanted = {
            (a, b)
            for a, _ in scorecard_design.FACTORS[one]
            for b, _ in scorecard_design.FACTORS[other]
        }
        assert met == wanted


def test_every_kind_is_there_as_often_as_it_should_be() -> None:
    for kind, count in scorecard_design.KINDS.items():
        assert sum(row.kind == kind for row in PLAIN) == count
    assert [row.number for row in ROWS] == list(range(len(ROWS)))


def test_seeds_of_the_set_are_for_evaluation_alone() -> None:
    assert scorecard_design.SEED >= 9_060_000
    mine = range(scorecard_design.SEED, scorecard_design.SEED + len(ROWS))
    trial = range(scorecard_design.TRIAL_SEED, scorecard_design.TRIAL_SEED + len(ROWS))
    assert not set(mine) & set(trial)


@pytest.mark.parametrize("number", [0, 3, 7])
def test_a_row_decides_what_is_done(number: int) -> None:
    row = ROWS[number]
    done = scorecard_worker.procedure(row, 9_070_000 + number, small=True)
    assert {shot.vendor for shot in done.exposures} == {row.vendor}
    assert any(not shot.contrast for shot in done.exposures) == (row.scout == "yes")
    filled = [shot for shot in done.exposures if shot.contrast]
    assert len(filled) == int(row.views)
    strong = done.injection.iodine_mg_ml >= 200
    assert strong == (row.contrast == "usual" and row.kind != "none")


def test_half_the_dose_is_half_the_charge() -> None:
    row = ROWS[0]
    half, full = (
        scorecard_worker.procedure(
            scorecard_design.Row(**{**vars(row), "dose": dose}), 5, small=True
        )
        for dose in ("half", "usual")
    )
    for one, other in zip(half.exposures, full.exposures, strict=True):
        assert one.mas == pytest.approx(other.mas / 2, abs=0.1)


def test_rows_are_chosen_by_number_and_by_kind() -> None:
    assert [row.number for row in scorecard.chosen([3, 5], None)] == [3, 5]
    assert {row.kind for row in scorecard.chosen(None, ["clot"])} == {"clot"}
    sweeps = scorecard.chosen(None, ["sweep"])
    assert len(sweeps) == len(scorecard_design.SWEEPS)


def test_tables_tell_every_figure_and_every_level() -> None:
    some = [result(0), result(3), result(72)]
    told = scorecard_tables.summarise(some, rounds=5)
    told.update(seed=1, small=True, sources=["abc"], failures=[])
    again = json.loads(json.dumps(told))
    for words in (scorecard_pages.text(again), scorecard_pages.markdown(again)):
        for figure in told["figures"]:
            assert figure["goal"]["title"] in words
        assert "By vendor" in words
        assert "3 simulated small trial studies, 1 of them tomosynthesis" in words


def test_a_study_half_missed_is_among_the_worst() -> None:
    good, bad = result(0), result(3)
    bad["views"][0]["lengths"]["loose_hit_mm"] *= 0.5
    first, *_ = scorecard_tables.worst([good, bad])
    assert first.startswith("03-")


def test_results_of_other_sources_or_seeds_are_not_taken(tmp_path: Path) -> None:
    row = ROWS[0]
    made = scorecard.Run(
        folder=tmp_path, seed=1, small=True, threads=1, digest="abc", mixed=False
    )
    assert scorecard.known(row, made) is None
    path = tmp_path / f"{row.name}.json"
    path.write_text(json.dumps(result()))
    assert scorecard.known(row, made) is not None
    path.write_text(json.dumps(result(sources="other")))
    assert scorecard.known(row, made) is None
    path.write_text(json.dumps(result(seed=9)))
    assert scorecard.known(row, made) is None


@pytest.mark.slow
def test_a_small_study_is_made_read_scored_and_measured_again(tmp_path: Path) -> None:
    command = ["--small", "--only", "5", "--seed", "9070000", "--jobs", "1"]
    command += ["--rounds", "0", "--out", str(tmp_path)]
    assert scorecard.main(command) == 0
    folder = tmp_path / "scorecard-small-9070000"
    first = json.loads((folder / f"{ROWS[5].name}.json").read_text())
    assert len(list((folder / "worst").iterdir())) == int(ROWS[5].views)
    assert scorecard.main([*command, "--rescore"]) == 0
    again = json.loads((folder / f"{ROWS[5].name}.json").read_text())
    assert {**again, "sources": ""} == {**first, "sources": ""}
