"""A mask is traced whole: every line, from its widest end."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree
from skimage.morphology import skeletonize

from galactograph.ducts.masks import trace_mask
from galactograph.ducts.tracing import Trace
from galactograph.errors import InvalidValue
from galactograph.values.arrays import Bools, Floats

MASKS = Path(__file__).parents[3] / "shared" / "data" / "retina" / "labels"
few = settings(deadline=None, max_examples=20)
places = st.tuples(st.integers(0, 159), st.integers(0, 159))


def drawn(
    lines: list[tuple[tuple[int, int], tuple[int, int], int]], size: int = 160
) -> Bools:
    """Draw lines (row, column) to (row, column) of a width."""
    canvas = np.zeros((size, size), np.uint8)
    for first, last, width in lines:
        cv2.line(canvas, first[::-1], last[::-1], 1, width)
    return canvas > 0


def lines_of(traces: tuple[Trace, ...]) -> Floats:
    """Return points a quarter of a pixel apart along the traces, (K, 2)."""
    points = [np.zeros((0, 2))]
    for trace in traces:
        for node, parent in enumerate(trace.parents):
            ends = trace.points[[max(parent, 0), node]]
            count = int(4 * np.hypot(*(ends[1] - ends[0]))) + 2
            points.append(np.linspace(ends[0], ends[1], count))
    return np.concatenate(points)


def near(mask: Bools, traces: tuple[Trace, ...]) -> Bools:
    """Tell which pixels of the mask's skeleton lie within 2 pixels of the traces."""
    skeleton = np.argwhere(skeletonize(np.pad(mask, 2))) - 2.0
    distance, _ = cKDTree(lines_of(traces)).query(skeleton)
    return np.asarray(distance <= 2)


def kept(mask: Bools, traces: tuple[Trace, ...]) -> float:
    """Return the share of the mask's skeleton within 2 pixels of the traces."""
    return float(near(mask, traces).mean())


@few
@given(st.lists(st.tuples(places, places, st.sampled_from([3, 5, 9])), max_size=6))
def test_every_line_of_a_mask_is_kept_and_nothing_is_added(
    lines: list[tuple[tuple[int, int], tuple[int, int], int]],
) -> None:
    # Long enough to be lines: a dot has no direction.
    long = [one for one in lines if np.hypot(*np.subtract(one[0], one[1])) > 25]
    mask = drawn(long)
    traces = trace_mask(mask, pixel_mm=0.1)
    if not long:
        assert traces == ()
        return
    # Spurs of the outline are left out: at most two at each end, as long as a line
    # is wide.
    assert (~near(mask, traces)).sum() <= 4 * 9 * len(long)
    at = np.clip(np.rint(lines_of(traces)).astype(int), 0, 159)
    beside = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert beside[at[:, 0], at[:, 1]].all()


@few
@given(st.integers(0, 3))
def test_turning_the_mask_turns_the_trace(quarters: int) -> None:
    mask = drawn([((80, 10), (80, 90), 9), ((80, 90), (40, 140), 5)])
    mask |= drawn([((80, 90), (120, 140), 5)])
    straight = trace_mask(mask, pixel_mm=0.1)
    turned = trace_mask(np.rot90(mask, quarters).copy(), pixel_mm=0.1)
    assert len(turned) == len(straight) == 1
    assert turned[0].worth == pytest.approx(straight[0].worth, rel=0.03)
    back = turned[0].points[0]
    for _ in range(quarters):
        back = np.array([back[1], 159 - back[0]])
    np.testing.assert_allclose(back, straight[0].points[0], atol=2)


def test_a_tree_starts_at_its_widest_end() -> None:
    canvas = np.zeros((160, 160), np.uint8)
    cv2.fillConvexPoly(canvas, np.array([[10, 70], [10, 90], [150, 82], [150, 78]]), 1)
    (trace,) = trace_mask(canvas > 0, pixel_mm=0.1)
    assert trace.points[0][1] < 40
    assert trace.points[-1][1] > 130
    assert trace.half_px[5] > 2 * trace.half_px[-5]


def test_calibres_are_those_that_were_drawn() -> None:
    mask = np.zeros((160, 160), bool)
    mask[76:85, 10:150] = True
    (trace,) = trace_mask(mask, pixel_mm=0.1)
    # Distance to the nearest pixel outside: half of 9, and half a pixel.
    np.testing.assert_allclose(np.median(trace.half_px), 5.0, atol=0.6)
    assert trace.worth == pytest.approx(14.0, abs=1.0)
    assert not trace.rooted


def test_parts_that_do_not_touch_are_trees_of_their_own_the_longest_first() -> None:
    mask = drawn([((30, 10), (30, 150), 5), ((100, 10), (100, 60), 5)])
    first, second = trace_mask(mask, pixel_mm=0.1)
    assert first.worth > 2 * second.worth


def test_a_ring_is_walked_round() -> None:
    canvas = np.zeros((160, 160), np.uint8)
    cv2.circle(canvas, (80, 80), 50, 1, 5)
    traces = trace_mask(canvas > 0, pixel_mm=0.1)
    assert kept(canvas > 0, traces) > 0.99
    assert sum(t.worth for t in traces) == pytest.approx(2 * np.pi * 5, rel=0.08)


def test_rings_on_a_bridge_are_both_walked() -> None:
    canvas = np.zeros((160, 160), np.uint8)
    cv2.circle(canvas, (40, 80), 25, 1, 5)
    cv2.circle(canvas, (120, 80), 25, 1, 5)
    cv2.line(canvas, (65, 80), (95, 80), 1, 5)
    assert kept(canvas > 0, trace_mask(canvas > 0, pixel_mm=0.1)) > 0.99


def test_lines_at_the_border_are_walked_to_the_border() -> None:
    mask = drawn([((80, 0), (80, 159), 5)])
    points = lines_of(trace_mask(mask, pixel_mm=0.1))
    assert points[:, 1].min() < 4
    assert points[:, 1].max() > 155


def test_lines_that_cross_are_two_trees() -> None:
    mask = drawn([((80, 10), (80, 150), 5), ((10, 80), (150, 80), 5)])
    traces = trace_mask(mask, pixel_mm=0.1)
    assert len(traces) == 2
    for trace in traces:
        assert np.bincount(trace.parents[1:]).max() == 1


def test_holes_of_a_pixel_or_two_make_no_rings() -> None:
    mask = drawn([((80, 10), (80, 150), 9)])
    mask[80, 60] = mask[79:81, 100] = False
    (trace,) = trace_mask(mask, pixel_mm=0.1)
    assert np.bincount(trace.parents[1:]).max() == 1


def test_what_is_no_mask_is_refused() -> None:
    with pytest.raises(InvalidValue, match="two axes"):
        trace_mask(np.zeros((3, 3, 3), bool), pixel_mm=0.1)
    with pytest.raises(InvalidValue, match="pixel_mm"):
        trace_mask(np.zeros((3, 3), bool), pixel_mm=0.0)


@pytest.mark.skipif(not MASKS.is_dir(), reason="needs the expert masks of real eyes")
def test_an_experts_vessels_are_kept() -> None:
    paths = sorted(MASKS.glob("*.png"))[:3]
    assert paths
    for path in paths:
        mask = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)) > 127
        assert kept(mask, trace_mask(mask, pixel_mm=0.01)) >= 0.99
