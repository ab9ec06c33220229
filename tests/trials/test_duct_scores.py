"""Measures of ducts: lengths, masks, topology, junctions, calibres."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

import trials_worlds as worlds
from galactograph.errors import InvalidValue
from galactograph.trials import calibres, junctions, lengths, masks, topology
from galactograph.trials.forest import Forest, nothing
from galactograph.trials.samples import sample

MM = worlds.MM
few = settings(deadline=None, max_examples=20)
forests = st.sampled_from([worlds.straight(), worlds.fork(), worlds.cross()])


def test_a_point_before_its_parent_is_refused() -> None:
    with pytest.raises(InvalidValue, match="after its parent"):
        Forest(
            points=np.zeros((2, 2)),
            parents=np.array([1, -1]),
            calibre_mm=np.ones(2),
            pixel_mm=MM,
        )


def test_a_fork_has_three_branches_and_one_root() -> None:
    tree = worlds.fork()
    assert tree.branches.max() == 2
    assert set(tree.roots) == {0}
    assert tree.from_root_mm[40] == pytest.approx(15)


def test_what_is_thin_falls_away_but_not_the_way_to_what_is_wide() -> None:
    tree = worlds.straight()
    calibre = tree.calibre_mm.copy()
    calibre[10:20] = 0.1
    calibre[30:] = 0.1
    thin = Forest(
        points=tree.points, parents=tree.parents, calibre_mm=calibre, pixel_mm=MM
    )
    assert len(thin.down_to(0.2)) == 30


@few
@given(forests)
def test_a_perfect_reading_scores_one(forest: Forest) -> None:
    course = sample(forest)
    score = lengths.lengths(course, course, pixel_mm=MM)
    assert score["hit_mm"] == score["true_mm"] == score["right_mm"]
    assert score["true_mm"] == pytest.approx(forest.length_mm)
    assert score["false_mm"] == 0
    found, asked = lengths.branches(forest, course)
    assert found == asked > 0
    marked = lengths.netmets(course, course, pixel_mm=MM)
    assert marked["missed_mm"] == marked["false_mm"] == 0
    area = masks.overlap(forest, forest)
    assert area["true_in_found_px"] == area["found_in_true_px"] == area["true_px"]
    assert area["true_line_hit_px"] == area["true_line_px"] > 0
    errors = masks.betti_errors(forest, forest)
    assert errors["pieces"] == errors["loops"] == errors["loops_a_tile"] == 0
    good, whole = topology.parents(forest, forest)
    assert good == pytest.approx(whole, rel=1e-3)
    assert whole == pytest.approx(forest.length_mm)
    assert topology.root(forest, forest) is True


@few
@given(st.floats(0.7, 3.0), st.sampled_from([-1, 1]))
def test_a_reading_moved_beyond_the_tolerance_finds_nothing(
    mm: float, side: int
) -> None:
    line = worlds.straight()
    away = worlds.moved(line, side * mm / MM, 0)
    score = lengths.lengths(sample(line), sample(away), pixel_mm=MM)
    assert score["hit_mm"] == score["right_mm"] == score["loose_hit_mm"] == 0
    assert score["false_mm"] == pytest.approx(30)
    assert lengths.branches(line, sample(away)) == (0, 1)
    assert topology.parents(line, away) == (0.0, 0.0)


@few
@given(forests, st.floats(-2, 2), st.floats(-2, 2))
def test_found_and_right_change_places_with_truth_and_reading(
    forest: Forest, rows: float, columns: float
) -> None:
    other = worlds.moved(forest, rows, columns)
    one = lengths.netmets(sample(forest), sample(other), pixel_mm=MM)
    back = lengths.netmets(sample(other), sample(forest), pixel_mm=MM)
    assert one["missed_mm"] == pytest.approx(back["false_mm"])
    area, turned = masks.overlap(forest, other), masks.overlap(other, forest)
    assert area["true_in_found_px"] == turned["found_in_true_px"]
    assert area["true_line_hit_px"] == turned["found_line_right_px"]
    assert masks.betti_errors(forest, other) == masks.betti_errors(other, forest)


@few
@given(forests, forests, st.floats(-30, 30))
def test_no_part_is_more_than_the_whole(
    forest: Forest, other: Forest, rows: float
) -> None:
    read = worlds.moved(other, rows, 0)
    score = lengths.lengths(sample(forest), sample(read), pixel_mm=MM)
    assert 0 <= score["hit_mm"] <= score["loose_hit_mm"] <= score["true_mm"] + 1e-9
    assert 0 <= score["right_mm"] <= score["loose_right_mm"]
    assert score["loose_right_mm"] <= score["found_mm"] + 1e-9
    good, whole = topology.parents(forest, read)
    assert 0 <= good <= whole + 1e-9


def test_half_a_duct_is_half_found_by_each_calibre() -> None:
    whole = worlds.forest_of(
        (worlds.line((100, 50), (100, 150)), -1, 0.6),
        (worlds.line((300, 50), (300, 150)), -1, 0.25),
    )
    half = worlds.forest_of((worlds.line((100, 50), (100, 150)), -1, 0.6))
    score = lengths.lengths(sample(whole), sample(half), pixel_mm=MM)
    by = dict(zip(lengths.BINS_MM, score["by_calibre"], strict=False))
    assert by[0.5] == pytest.approx([10, 10])
    assert by[0.2] == pytest.approx([10, 0])


@few
@given(st.floats(0.4, 6.0))
def test_a_mask_has_the_area_of_the_duct(calibre: float) -> None:
    tree = worlds.straight(calibre=calibre, row=100.3)
    mask = masks.draw(tree, masks.frame_of(tree))
    area = 30 * calibre + np.pi * calibre**2 / 4
    # To one row of pixels.
    assert mask.sum() * MM**2 == pytest.approx(area, abs=31 * MM)


def test_a_ring_is_one_piece_and_one_loop() -> None:
    mask = np.zeros((20, 20), bool)
    mask[5:15, 5:15] = True
    mask[8:12, 8:12] = False
    mask[0, 0] = True
    assert masks.betti(mask) == (2, 1)


def test_a_crossing_left_open_shows_as_a_loop() -> None:
    errors = masks.betti_errors(worlds.cross(), worlds.fork())
    assert errors["loops"] == 1


def test_centreline_dice_of_nothing_is_not_known() -> None:
    assert masks.dice(None, 1.0) is None
    assert masks.dice(0.0, 0.0) == 0


def test_arms_that_change_places_at_a_crossing_have_the_wrong_parent() -> None:
    true = worlds.cross()
    # The far arms hang on the wrong near ones: each turns where it should go on.
    swapped = worlds.forest_of(
        (worlds.line((200, 50), (200, 150)), -1, 0.8),
        (worlds.line((203, 152), (260, 200)), 40, 0.6),
        (worlds.line((258, 202), (203, 267)), 81, 0.5),
        (worlds.line((197, 152), (140, 200)), 40, 0.6),
        (worlds.line((142, 202), (197, 265)), 163, 0.5),
        (worlds.line((198, 268), (250, 330)), 122, 0.5),
        (worlds.line((202, 268), (150, 330)), 204, 0.5),
    )
    good, whole = topology.parents(true, swapped)
    assert whole == pytest.approx(true.length_mm, rel=0.02)
    lost = (np.hypot(48, 63) + np.hypot(52, 62)) * MM
    assert whole - good == pytest.approx(lost, abs=2.5)


def test_a_tree_cut_from_its_trunk_has_no_parent() -> None:
    true = worlds.fork()
    arms = true.part(true.branches != 0).part(np.arange((true.branches != 0).sum()) > 0)
    good, whole = topology.parents(true, arms)
    assert whole == pytest.approx(true.length_mm - 15, abs=1)
    assert good == 0
    assert topology.root(true, arms) is False


def test_a_root_of_nothing_is_not_known() -> None:
    assert topology.root(worlds.fork(), nothing(MM)) is None


def test_a_crossing_and_a_branching_are_told_apart() -> None:
    true = worlds.cross()
    seen = junctions.junctions(true)
    assert len(seen.crossings) == 1
    np.testing.assert_allclose(seen.crossings[0], (200, 270), atol=3)
    np.testing.assert_allclose(seen.branchings, [(200, 150)])
    counts = junctions.told_apart(true, true)
    assert counts["crossing_as_crossing"] == counts["branching_as_branching"] == 1
    assert junctions.f1(counts) == 1


def test_a_crossing_read_as_a_fork_counts_against() -> None:
    true = worlds.cross()
    forked = worlds.forest_of(
        (worlds.line((200, 50), (200, 150)), -1, 0.8),
        (worlds.line((203, 152), (260, 200)), 40, 0.6),
        (worlds.line((258, 202), (201, 270)), 81, 0.5),
        (worlds.line((202, 272), (250, 330)), 122, 0.5),
        (worlds.line((198, 272), (150, 330)), 122, 0.5),
    )
    counts = junctions.told_apart(true, forked)
    assert counts["crossing_as_branching"] == 1
    assert junctions.f1({**counts, "crossing_as_crossing": 1}) == pytest.approx(2 / 3)


@few
@given(st.floats(-0.2, 0.2), st.floats(0.4, 1.5))
def test_a_calibre_read_wrong_by_as_much_everywhere_is_a_bias(
    off: float, calibre: float
) -> None:
    true, read = worlds.straight(calibre), worlds.straight(calibre + off)
    every = calibres.pairs(sample(true), sample(read), pixel_mm=MM)
    assert len(every) == pytest.approx(30, abs=3)
    wrong = calibres.differences(every, (0.0, 9.0), isolated=True)
    told = calibres.agreement(wrong)
    assert told is not None
    assert told.bias == pytest.approx(off, abs=2e-3)
    assert told.high - told.low == pytest.approx(0, abs=5e-3)
    assert len(calibres.differences(every, (0.0, 9.0), isolated=False)) == 0


def test_limits_of_agreement_hold_nineteen_of_twenty() -> None:
    rng = np.random.default_rng(5)
    off = rng.normal(0.02, 0.05, 20_000)
    told = calibres.agreement(off)
    assert told is not None
    inside = ((off > told.low) & (off < told.high)).mean()
    assert inside == pytest.approx(0.95, abs=0.005)
    assert calibres.agreement([0.1]) is None


@st.composite
def tangles(draw: st.DrawFn) -> Forest:
    """Draw ducts that fork, and cross others at all angles; calibres 0.3 to 1 mm."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    lines: list[tuple[NDArray[np.float64], int, float]] = []
    first = 0
    for _ in range(draw(st.integers(2, 5))):
        start = rng.uniform(50, 350, 2)
        way = rng.uniform(0, 2 * np.pi)
        stop = start + 200 * np.array([np.sin(way), np.cos(way)])
        trunk = np.linspace(start, stop, 41)
        lines.append((trunk, -1, float(rng.uniform(0.4, 1))))
        at = len(trunk) // 2
        turned = way + rng.choice([-1, 1]) * rng.uniform(0.5, 1.2)
        far = trunk[at] + 100 * np.array([np.sin(turned), np.cos(turned)])
        side = np.linspace(trunk[at], far, 41)[1:]
        lines.append((side, first + at, float(rng.uniform(0.3, 0.4))))
        first += len(trunk) + len(side)
    return worlds.forest_of(*lines)


def ideally_traced(true: Forest, rng: np.random.Generator) -> Forest:
    """Return a reader's tree without a fault of its own: soft, thinned, a bit aside."""
    aside = gaussian_filter(rng.normal(size=(2, 160, 160)), (0, 12, 12))
    aside *= 1.5 / aside.std()
    cell = np.clip((true.points / 4).astype(int), 0, 159)
    points = true.points + aside[:, cell[:, 0], cell[:, 1]].T
    wide = true.calibre_mm * rng.normal(1, 0.05, len(true))
    return Forest(
        points=points, parents=true.parents, calibre_mm=wide, pixel_mm=true.pixel_mm
    ).down_to(0.2)


@few
@given(tangles(), st.integers(0, 1000))
def test_a_reader_without_a_fault_tells_every_crossing(true: Forest, seed: int) -> None:
    """A pixel or two aside and without what is thin, nothing is read as the other."""
    found = ideally_traced(true, np.random.default_rng(seed))
    counts = junctions.told_apart(true, found)
    assert counts["crossing_as_branching"] == counts["branching_as_crossing"] == 0
    score = junctions.f1(counts)
    assert score is None or score >= 0.99
