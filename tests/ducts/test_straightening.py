"""Straight strips of ducts: what the finders look at."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ducts.scenes import TREE, Line, World, reading_of
from galactograph.ducts.straightening import LEAST_MM, runs
from galactograph.values.report import Strip
from galactograph.values.tree import DuctTree

few = settings(deadline=None, max_examples=60)
CONE = Line(places=((14, 1), (52, -10)), calibre_mm=(1.6, 0.6))
WORLD = World(lines=TREE)
TAPER = World(lines=(TREE[0], CONE))


def longest(world: World) -> Strip:
    """Return the longest strip of a painted world."""
    return max(reading_of(world).strips, key=lambda strip: strip.s_mm[-1])


@st.composite
def trees(draw: st.DrawFn) -> DuctTree:
    """Draw a tree of 2 to 30 points."""
    count = draw(st.integers(2, 30))
    parents = [-1] + [
        draw(st.one_of(st.just(n - 1), st.integers(0, n - 1))) for n in range(1, count)
    ]
    radii = draw(st.lists(st.floats(0.1, 2), min_size=count, max_size=count))
    n = np.arange(count, dtype=float)
    return DuctTree(
        points_mm=np.stack([n, n % 3, n * 0], axis=1),
        parents=np.array(parents),
        radii_mm=np.array(radii),
    )


@few
@given(trees())
def test_every_step_of_a_tree_is_in_exactly_one_run(tree: DuctTree) -> None:
    steps = [(int(a), int(b)) for run in runs(tree) for a, b in pairwise(run)]
    want = [(int(tree.parents[n]), n) for n in range(1, len(tree))]
    assert sorted(steps) == sorted(want)


@few
@given(trees())
def test_every_tip_ends_one_run(tree: DuctTree) -> None:
    ends = sorted(int(run[-1]) for run in runs(tree))
    assert ends == tree.tips.tolist()


def test_a_run_follows_the_wider_and_longer_duct_through_a_fork() -> None:
    tree = DuctTree(
        points_mm=np.array([(0, 0, 0), (10, 0, 0), (12, 4, 0), (20, 1, 0)], float),
        parents=np.array([-1, 0, 1, 1]),
        radii_mm=np.array([1, 1, 0.3, 0.8]),
    )
    main, side = runs(tree)
    assert main.tolist() == [0, 1, 3]
    assert side.tolist() == [1, 2]


def test_strips_come_longest_first_and_none_is_short() -> None:
    strips = reading_of(WORLD).strips
    lengths = [strip.s_mm[-1] for strip in strips]
    assert lengths == sorted(lengths, reverse=True)
    assert min(lengths) >= LEAST_MM - WORLD.pixel_mm
    (duct,) = reading_of(WORLD).ducts
    # Four tips, so four runs, which share out the tree.
    assert len(strips) == 4
    assert sum(lengths) == pytest.approx(duct.tree.total_length_mm, rel=0.03)


def test_stations_are_a_pixel_apart_and_offsets_centred() -> None:
    strip = longest(WORLD)
    np.testing.assert_allclose(np.diff(strip.s_mm), WORLD.pixel_mm)
    assert strip.s_mm[0] == 0
    np.testing.assert_allclose(strip.u_mm, -strip.u_mm[::-1], atol=1e-9)
    assert strip.u_mm[len(strip.u_mm) // 2] == 0
    # Wide enough to see the ground beside the widest duct.
    assert strip.u_mm[-1] > strip.calibre_mm.max()


def test_the_centreline_is_the_middle_of_the_duct() -> None:
    strip = longest(TAPER)
    plain = ~strip.overlap
    excess = np.clip(strip.excess[plain], 0, None)
    near = np.abs(strip.u_mm) < strip.expected_mm[plain].max()
    middle = (excess * near * strip.u_mm).sum(axis=1) / (excess * near).sum(axis=1)
    assert np.abs(np.median(middle)) < 0.05
    assert np.percentile(np.abs(middle), 90) < 0.15


def test_the_ground_beside_the_duct_is_near_zero() -> None:
    strip = longest(TAPER)
    plain = ~strip.overlap
    off = np.abs(strip.u_mm) > 1.2 * strip.expected_mm.max() / 2 + 0.3
    ground = strip.excess[plain][:, off]
    assert np.abs(np.median(ground)) < 2 * strip.noise
    peak = strip.excess[plain][:, len(strip.u_mm) // 2]
    assert np.median(peak) > 10 * strip.noise


def test_expected_and_measured_calibre_follow_a_taper() -> None:
    strip = longest(TAPER)
    # The cone starts at the fork, 11 mm along the run, and narrows by 1 mm over 39.6.
    along = (strip.s_mm > 16) & (strip.s_mm < strip.s_mm[-1] - 6)
    start = np.hypot(11, 1)
    true = 1.6 - (strip.s_mm[along] - start) / np.hypot(38, 11)
    assert np.median(np.abs(strip.calibre_mm[along] - true)) < 0.05
    assert np.abs(strip.expected_mm[along] - true).max() < 0.15


def test_the_expected_calibre_does_not_follow_a_lesion() -> None:
    waist = Line(
        places=((14, 1), (30, -3), (33, -3.75), (50, -8)), calibre_mm=(1.4, 1.4)
    )
    gapped = Line(places=waist.places, calibre_mm=(1.4, 1.4), gaps=((16.5, 19.5),))
    strip = longest(World(lines=(TREE[0], gapped)))
    inside = (strip.s_mm > 20) & (strip.s_mm < 40)
    assert np.abs(strip.expected_mm[inside] - 1.4).max() < 0.2
    middle = strip.excess[:, len(strip.u_mm) // 2]
    hole = (strip.s_mm > 11 + 17) & (strip.s_mm < 11 + 19)
    assert np.median(middle[hole]) < 0.25 * np.median(middle[inside])


def test_the_way_from_the_nipple_grows_along_the_duct() -> None:
    for strip in reading_of(WORLD).strips:
        assert (np.diff(strip.from_nipple_mm) >= 0).all()
        way = strip.from_nipple_mm[-1] - strip.from_nipple_mm[0]
        # The strip trembles with its line; the way does not.
        assert 0.98 * strip.s_mm[-1] - 0.2 < way < strip.s_mm[-1] + 0.2
    main = longest(WORLD)
    # The first contrast lies 3 mm behind the tip of the nipple.
    assert main.from_nipple_mm[0] == pytest.approx(3, abs=1.5)


def test_stations_know_their_nodes_and_branches() -> None:
    (duct,) = reading_of(WORLD).ducts
    for strip in reading_of(WORLD).strips:
        assert (np.diff(strip.nodes) >= 0).all()
        np.testing.assert_array_equal(
            strip.branches, duct.tree.branch_numbers[strip.nodes]
        )
        far = np.hypot(
            strip.rows - duct.rows[strip.nodes],
            strip.columns - duct.columns[strip.nodes],
        )
        assert far.max() < 5
        assert strip.ends_free


def test_opacity_along_a_run_is_that_of_the_contrast() -> None:
    strip = longest(TAPER)
    assert np.median(strip.opacity_per_mm) == pytest.approx(0.6, rel=0.1)
