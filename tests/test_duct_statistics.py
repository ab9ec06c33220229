"""The report of grown ducts beside published figures."""

import numpy as np
from benchmarks import duct_statistics as report

from galactograph.phantom.anatomy import Anatomy
from galactograph.phantom.lobes import LEAST_RADIUS_MM
from galactograph.values.tree import DuctTree


def test_lobules_are_left_out_and_ducts_are_not() -> None:
    _, ducts = report.grown(1, Anatomy(lesion="normal", branches=101, loops=0))
    tree = ducts.lobes[0]
    bare = report.without_lobules(tree)
    assert len(bare.branches) == 101
    assert len(bare.branches) < len(tree.branches)
    assert bare.radii_mm.min() >= LEAST_RADIUS_MM
    np.testing.assert_array_equal(bare.radii_mm.max(), tree.radii_mm.max())


def test_a_known_tree_is_measured_by_hand() -> None:
    # A trunk of 10 mm, and two branches of 5 mm at right angles to it.
    steps = np.arange(1, 11)
    trunk = [[0, y, 0] for y in range(11)]
    one = [[x / 2, 10, 0] for x in steps]
    two = [[-x / 2, 10, 0] for x in steps]
    tree = DuctTree(
        points_mm=np.array(trunk + one + two, float),
        parents=np.array([*range(-1, 10), 10, *range(11, 20), 10, *range(21, 30)]),
        radii_mm=np.r_[np.full(11, 1.0), np.full(20, 0.8)],
    )
    tally = report.Tally()
    report.by_branch(tree, tally)
    assert tally.lists["length 0"] == [10.0]
    assert tally.lists["length 1"] == [5.0, 5.0]
    np.testing.assert_allclose(tally.lists["angle"], 90)
    assert tally.lists["calibre 1"] == [1.6, 1.6]
    assert dict(tally.matrix) == {(2, 1, 1): 1}
    assert tally.lists["path"] == [15.0, 15.0]


def test_the_report_tells_each_figure_beside_its_source() -> None:
    tally = report.Tally()
    for seed in (report.FIRST_SEED, report.FIRST_SEED + 1):
        report.by_woman(seed, tally)
    text = report.markdown(tally, 2)
    assert "2 women without a lesion" in text
    for words in ("systems that open", "Strahler ratio", "crossings", "0.1 to 0.5"):
        assert words in text
    marks = [line.split("|")[4].strip() for line in text.splitlines()[4:30]]
    assert set(marks) <= {"F", "F2", "M", "M?", "D", "A", "A/F", ""}
