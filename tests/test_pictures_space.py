"""The drawing of a tree in three dimensions."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import reports
from galactograph.language import tongue
from galactograph.pictures.space import space
from galactograph.values.codes import Laterality
from galactograph.values.report import Duct3D, Report
from galactograph.values.tree import DuctTree


def lifted(side: Laterality) -> Report:
    """Return a report with a tree of two branches, one of them in one view only."""
    tree = DuctTree(
        points_mm=np.array([[0.0, 0, 0], [5, 20, 5], [15, 30, 9], [2, 35, 12]]),
        parents=np.array([-1, 0, 1, 1]),
        radii_mm=np.array([0.8, 0.8, 0.4, 0.2]),
    )
    space_tree = Duct3D(
        tree=tree,
        sigma_mm=np.ones((4, 3)),
        ducts=((0, 0), (1, 0)),
        nodes=np.array([[0, 0], [1, 1], [2, 2], [3, -1]]),
    )
    whole = reports.report()
    finding = replace(
        whole.findings[0], place_3d_mm=(5.0, 20.0, 5.0), sigma_3d_mm=(2.0, 1.0, 3.0)
    )
    return replace(whole, laterality=side, findings=(finding,), ducts_3d=(space_tree,))


def centres(report: Report) -> dict[str, tuple[float, float]]:
    """Return where each drawing marks the finding, from the nipple, mm of paper."""
    plate = space(report, tongue("en"))
    assert plate is not None
    told = {}
    for name in ("front", "side", "above"):
        drawn = plate.layers[name]
        ET.fromstring(f"<svg>{drawn}</svg>")  # noqa: S314  our own drawing
        marks = [
            re.search(rf'<{kind} cx="([-\d.]+)" cy="([-\d.]+)"', drawn)
            for kind in ("ellipse", "circle")
        ]
        assert all(marks)
        (u, v), (x, y) = ((float(m[1]), float(m[2])) for m in marks if m)
        told[name] = (u - x, v - y)
    return told


def test_no_tree_is_no_drawing() -> None:
    assert space(replace(reports.report(), ducts_3d=()), tongue("en")) is None


def test_a_finding_stands_where_it_is_in_all_three_drawings() -> None:
    at = centres(lifted(Laterality.LEFT))
    (across, up), (deep, again), (same, back) = at["front"], at["side"], at["above"]
    assert across == pytest.approx(same, abs=0.02)
    assert up == pytest.approx(again, abs=0.02)
    assert deep == pytest.approx(-back, abs=0.02)
    # Lateral of a left breast is to the right, cranial is up; it lies 4 times as deep.
    assert across > 0 > up
    assert deep == pytest.approx(4 * across, rel=0.02)


def test_a_right_breast_is_the_mirror_image() -> None:
    left, right = centres(lifted(Laterality.LEFT)), centres(lifted(Laterality.RIGHT))
    assert right["front"][0] == pytest.approx(-left["front"][0], abs=0.02)
    assert right["side"] == pytest.approx(left["side"], abs=0.02)


def test_branches_of_one_view_are_faint() -> None:
    plate = space(lifted(Laterality.LEFT), tongue("de"))
    assert plate is not None
    assert plate.layers["front"].count('stroke-opacity="0.45"') == 1
    assert "Von vorn" in plate.layers["front"]
