"""The measure of joints: what is traced as it is scores all, a wrong joint costs."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.values.arrays import Floats, Ints

sys.path.insert(0, str(Path(__file__).parents[1]))
pytest.importorskip("benchmarks", reason="the benchmarks are not in this copy")

from benchmarks.joint_lines import (
    Lines,
    joined,
    resampled,
)
from benchmarks.joint_sites import true_sites
from benchmarks.joints import score, summed

few = settings(deadline=None, max_examples=15)


def lines(points: Floats, parents: Ints | list[int], calibre_mm: float = 0.6) -> Lines:
    """Return one tree as lines with a point every 0.2 mm."""
    one = joined(
        [np.asarray(points, float)],
        [np.asarray(parents)],
        [np.full(len(points), calibre_mm)],
    )
    return resampled(one)


def trident() -> tuple[Floats, list[int]]:
    """Return a trunk with two branches whose children cross.

    Branch A ends right, branch B left: they cross at (42, 0).
    """
    points = [(0, 0), (20, 0), (30, -8), (60, 12), (30, 8), (60, -12)]
    return np.array(points, float), [-1, 0, 1, 2, 1, 4]


@few
@given(st.integers(0, 9999), st.floats(0, 6.3))
def test_the_truth_itself_has_every_way_right(seed: int, turn: float) -> None:
    rng = np.random.default_rng(seed)
    count = 12
    parents = [-1] + [int(rng.integers(0, n)) for n in range(1, count)]
    points = np.zeros((count, 2))
    for n in range(1, count):
        angle = turn + rng.uniform(-1, 1)
        way = np.array([np.cos(angle), np.sin(angle)])
        points[n] = points[parents[n]] + rng.uniform(6, 20) * way
    true = lines(points, parents)
    found = score(true, true)
    assert found["way_right_mm"] == pytest.approx(found["traced_mm"])
    assert found["parent_right_mm"] == pytest.approx(found["traced_mm"])
    assert found["traced_mm"] == pytest.approx(true.steps.sum())
    assert found["wrong_joints"] == 0


def test_a_crossing_and_a_fork_are_both_seen_and_both_told() -> None:
    true = lines(*trident())
    assert sorted(site.crossing for site in true_sites(true)) == [False, True]
    told = score(true, true)["sites"]
    assert told == {"crossing said crossing": 1, "fork said fork": 1}


def test_lines_that_pass_into_one_another_at_a_crossing_have_wrong_ways_beyond() -> (
    None
):
    points, parents = trident()
    true = lines(points, parents)
    # The same picture; but at (42, 0) each turns into the other.
    bent = np.array(
        [(0, 0), (20, 0), (30, -8), (42, 0), (60, -12), (30, 8), (42, 0), (60, 12)]
    )
    found = score(true, lines(bent, [-1, 0, 1, 2, 3, 1, 5, 6]))
    assert found["sites"]["crossing said swapped"] == 1
    beyond = 2 * float(np.hypot(18, 12))
    lost = found["traced_mm"] - found["way_right_mm"]
    assert lost == pytest.approx(beyond, abs=6)
    assert found["wrong_joints"] == 2


def test_lines_that_cross_but_are_joined_are_a_crossing_taken_for_a_fork() -> None:
    points, parents = trident()
    joint = np.array(
        [(0, 0), (20, 0), (30, -8), (42, 0), (60, 12), (60, -12), (30, 8), (42, 0)]
    )
    sites = score(lines(points, parents), lines(joint, [-1, 0, 1, 2, 3, 3, 1, 6]))[
        "sites"
    ]
    assert sites["crossing said fork"] == 1


def test_a_second_root_costs_the_whole_way_but_the_parent_only_to_the_next_fork() -> (
    None
):
    points = np.array([(0, 0), (20, 0), (50, 10), (80, 10), (80, 30), (50, -10)], float)
    parents = [-1, 0, 1, 2, 2, 1]
    true = lines(points, parents)
    trunk = joined(
        [points[[0, 1, 5]], points[[1, 2, 3, 4]] + [3, 1]],
        [np.array([-1, 0, 1]), np.array([-1, 0, 1, 1])],
        [np.full(3, 0.6), np.full(4, 0.6)],
    )
    found = score(true, resampled(trunk))
    assert found["traced_mm"] > 0
    parent_lost = found["traced_mm"] - found["parent_right_mm"]
    way_lost = found["traced_mm"] - found["way_right_mm"]
    assert 0 < parent_lost < way_lost
    assert found["wrong_joints"] == 1


def test_nothing_traced_scores_nothing() -> None:
    true = lines(*trident())
    none = joined([], [], [])
    found = score(true, none)
    assert found["traced_mm"] == 0
    assert summed([found])["parent_right"] == 0


def test_thin_ducts_are_not_asked_for_parents() -> None:
    points, parents = trident()
    assert score(lines(points, parents, 0.2), lines(points, parents))["traced_mm"] == 0


def test_samples_keep_lengths_and_parents_come_first() -> None:
    points, parents = trident()
    fine = lines(points, parents)
    far = np.hypot(*(points[1:] - points[parents[1:]]).T).sum()
    assert fine.steps.sum() == pytest.approx(far)
    assert (fine.parents[1:] < np.arange(1, len(fine.parents))).all()
    assert fine.steps.max() <= 0.2 + 1e-9
