"""Traced trees: all of the painted ducts, nothing else, linked as they were."""

from dataclasses import replace

import numpy as np
import pytest

from ducts.comparing import precision, recall, share_near, traced, truth_px
from ducts.scenes import (
    BRANCHES,
    TREE,
    Line,
    World,
    centreline,
    length_mm,
    mirrored,
    pixels_of,
    reading_of,
    tip_px,
    view_of,
)
from galactograph.ducts.tracing import Settings, Trace, at_home
from galactograph.reading import read_view
from galactograph.values.arrays import Floats
from galactograph.values.report import Duct, Edge, Reading

WORLD = World(lines=TREE)


def branches(reading: Reading) -> int:
    """Return how many branches all trees have."""
    return sum(len(duct.tree.branches) for duct in reading.ducts)


@pytest.mark.parametrize("edge", ["left", "right", "top", "bottom"])
def test_a_tree_is_traced_whole_at_every_chest_wall(edge: Edge) -> None:
    world = replace(WORLD, edge=edge)
    reading = reading_of(world)
    assert recall(world, reading) > 0.98
    assert precision(world, reading) > 0.95
    (duct,) = reading.ducts
    assert duct.rooted
    assert len(duct.tree.branches) == BRANCHES
    assert max(branch.generation for branch in duct.tree.branches) == 2
    assert duct.tree.total_length_mm == pytest.approx(length_mm(TREE), rel=0.05)


def test_a_fork_near_the_nipple_does_not_split_the_tree() -> None:
    world = replace(WORLD, edge="bottom", nipple_offset_mm=-8.0, bump_mm=2.0)
    assert len(reading_of(world).ducts) == 1


def test_the_root_is_the_end_nearest_the_nipple() -> None:
    (duct,) = reading_of(WORLD).ducts
    root = np.array([duct.rows[0], duct.columns[0]])
    far = np.hypot(*(root - tip_px(WORLD))) * WORLD.pixel_mm
    assert far < 4.0
    assert far * 10 == pytest.approx(
        np.hypot(*(np.stack([duct.rows, duct.columns], 1) - tip_px(WORLD)).T).min(),
        abs=3,
    )


def test_the_mirrored_picture_gives_the_mirrored_tree() -> None:
    view = mirrored(view_of(WORLD))
    mine, other = reading_of(WORLD), read_view(view)
    flipped = traced(other.ducts)
    flipped[:, 1] = view.image.pixels.shape[1] - 1 - flipped[:, 1]
    # Half a millimetre of free end may come and go with the rounding of blocks.
    assert share_near(traced(mine.ducts), flipped, 2.5) > 0.97
    assert share_near(flipped, traced(mine.ducts), 2.5) > 0.97
    assert branches(mine) == branches(other)
    assert mine.adequacy.status is other.adequacy.status


def with_gap(first: float, last: float) -> World:
    """Return the tree with a gap in its second duct, in mm along it."""
    gapped = replace(TREE[1], gaps=((first, last),))
    return World(lines=(TREE[0], gapped, *TREE[2:]))


@pytest.mark.parametrize("gap", [1.2, 3.5])
def test_a_gap_is_bridged(gap: float) -> None:
    world = with_gap(16.0, 16.0 + gap)
    reading = reading_of(world)
    (duct,) = reading.ducts
    assert len(duct.tree.branches) == BRANCHES
    assert recall(world, reading) > 0.98


@pytest.mark.parametrize("gap", [2.0])
def test_a_gap_near_the_nipple_is_bridged(gap: float) -> None:
    assert len(reading_of(with_gap(6.0, 6.0 + gap)).ducts) == 1


def crossing(angle_deg: float, fork_mm: float = 10.0) -> World:
    """Return two ducts that part at a fork and cross 36 mm behind the nipple."""
    half = np.radians(angle_deg / 2)
    middle = np.array([36.0, 0.0])
    reach = min(12.0, 0.7 * (36 - fork_mm))
    lines = [Line(places=((3, 0), (fork_mm, 0)), calibre_mm=(1.2, 1.2))]
    for sign, calibre in ((1, (0.8, 0.6)), (-1, (0.6, 0.4))):
        way = np.array([np.cos(half), sign * np.sin(half)])
        near, far = middle - reach * way, middle + 16 * way
        places = (
            (fork_mm, 0.0),
            (float(near[0]), float(near[1])),
            (float(far[0]), float(far[1])),
        )
        lines.append(Line(places=places, calibre_mm=calibre))
    return World(lines=tuple(lines))


def inward(duct: Duct, spot: Floats) -> Floats:
    """Return the traced points from the one nearest `spot` in to the root."""
    points = np.stack([duct.rows, duct.columns], axis=1)
    node = int(np.argmin(np.hypot(*(points - spot).T)))
    way = []
    while node >= 0:
        way.append(points[node])
        node = int(duct.tree.parents[node])
    return np.array(way)


def straight_through(world: World) -> bool:
    """Tell whether every duct beyond the crossing is reached along itself."""
    (duct,) = reading_of(world).ducts
    for line in world.lines[1:]:
        own = pixels_of(world, centreline(line)[0])
        way = inward(duct, own[-1])
        depth = np.hypot(*(own - own[-1]).T) * world.pixel_mm
        # From 6 to 10 mm nearer the nipple than the crossing, which is 16 mm in.
        before = own[(depth > 22) & (depth < 26)]
        if share_near(before, way, 5) < 0.9:
            return False
    return True


@pytest.mark.parametrize("angle", [45, 90])
def test_lines_that_cross_go_straight_on(angle: float) -> None:
    assert straight_through(crossing(angle))


def test_all_of_a_slanted_crossing_is_traced() -> None:
    world = crossing(45)
    assert recall(world, reading_of(world)) > 0.98
    assert precision(world, reading_of(world)) > 0.95


def test_a_loop_is_opened_into_a_tree() -> None:
    loop = Line(places=((34, -10), (40, 0), (32, 10)), calibre_mm=(0.5, 0.5))
    world = World(lines=(*TREE[:3], loop))
    reading = reading_of(world)
    assert recall(world, reading) > 0.97
    # A tree has one edge less than points, so the ring is cut somewhere.
    for duct in reading.ducts:
        assert (duct.tree.parents[1:] >= 0).all()


@pytest.mark.parametrize("calibre", [0.15, 0.25])
def test_a_thin_duct_is_followed(calibre: float) -> None:
    thin = Line(places=((34, -10), (52, -14)), calibre_mm=(calibre, calibre))
    world = World(lines=(*TREE, thin))
    reading = reading_of(world)
    assert share_near(truth_px(world, (thin,)), traced(reading.ducts), 5) > 0.95


def test_a_duct_of_four_millimetres_is_one_line() -> None:
    wide = Line(places=((14, 1), (30, 0), (44, 0)), calibre_mm=(4, 4))
    world = World(lines=(TREE[0], wide))
    reading = reading_of(world)
    assert recall(world, reading) > 0.97
    # Its walls are no ducts.
    assert precision(world, reading, within_mm=0.8) > 0.95
    assert branches(reading) <= 2


def test_what_has_no_link_to_the_nipple_is_kept_and_said_so() -> None:
    loose = Line(places=((32, 20), (46, 24), (50, 18)), calibre_mm=(0.7, 0.6))
    world = World(lines=(*TREE, loose))
    reading = reading_of(world)
    apart = [duct for duct in reading.ducts if not duct.rooted]
    assert len(apart) == 1
    assert share_near(truth_px(world, (loose,)), traced(tuple(apart)), 5) > 0.95
    assert [duct.rooted for duct in reading.ducts] == [True, False]


@pytest.mark.parametrize("seed", [3, 4])
def test_texture_alone_gives_no_duct(seed: int) -> None:
    reading = reading_of(World(texture=0.04, seed=seed))
    assert reading.ducts == ()
    assert reading.strips == ()


def test_text_and_markers_are_never_traced() -> None:
    world = World(lines=TREE, plates=((3, 57, 4, 4), (80, 48, 4, 16), (20, 30, 3, 8)))
    reading = reading_of(world)
    assert precision(world, reading) > 0.95
    assert recall(world, reading) > 0.98


@pytest.mark.parametrize("offset", [-8.0, 6.0])
def test_the_skin_is_never_traced(offset: float) -> None:
    world = replace(WORLD, nipple_offset_mm=offset)
    reading = reading_of(world)
    reach = 1.0 / world.pixel_mm
    assert share_near(traced(reading.ducts), reading.scene.skin, reach) < 0.01


def test_the_skin_is_not_traced_where_no_nipple_stands_out() -> None:
    world = replace(WORLD, bump_mm=0.0)
    reading = reading_of(world)
    assert precision(world, reading) > 0.95


def test_points_come_after_their_parents_and_a_few_pixels_apart() -> None:
    (duct,) = reading_of(WORLD).ducts
    steps = duct.tree.lengths_mm[1:] / WORLD.pixel_mm
    assert np.median(steps) == pytest.approx(3, abs=0.3)
    assert steps.max() < 8
    # Pixel places and millimetres say the same.
    np.testing.assert_allclose(duct.tree.points_mm[:, 0], 0.1 * duct.columns)
    np.testing.assert_allclose(duct.tree.points_mm[:, 1], 0.1 * duct.rows)


def test_faint_contrast_is_traced_and_fainter_is_not_invented() -> None:
    seen = replace(WORLD, opacity_per_mm=0.15)
    assert recall(seen, reading_of(seen)) > 0.95
    unseen = replace(WORLD, opacity_per_mm=0.02)
    assert reading_of(unseen).ducts == ()


def _line(start: float, length: int, worth: float, *, rooted: bool) -> Trace:
    """Return a straight trace along the columns of one row."""
    points = np.column_stack([np.full(length, start), np.arange(length, dtype=float)])
    parents = np.arange(length, dtype=np.int32) - 1
    flat = np.ones(length)
    return Trace(
        points=points,
        parents=parents,
        half_px=flat,
        strength=flat,
        rooted=rooted,
        worth=worth,
    )


@pytest.mark.parametrize(
    ("away_mm", "worth", "kept"), [(5.0, 10.0, 1), (20.0, 10.0, 0), (20.0, 60.0, 1)]
)
def test_a_short_line_far_from_the_injected_system_is_no_duct(
    away_mm: float, worth: float, kept: int
) -> None:
    system = _line(0.0, 50, 100.0, rooted=True)
    piece = _line(away_mm / 0.1, 50, worth, rooted=False)
    assert len(at_home([system], [piece], 0.1, Settings())) == kept
    assert len(at_home([], [piece], 0.1, Settings())) == 1
