"""Filled, scout or magnification."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from galactograph.dicom.roles import Clues, clues_of, opacity, roles_of
from galactograph.dicom.study import load
from galactograph.dicom.tags import Tags
from galactograph.values.codes import Laterality
from galactograph.values.study import Role
from mammograms import Maker, breast_shown

FILLED, SCOUT, MAGNIFICATION = Role.FILLED, Role.SCOUT, Role.MAGNIFICATION


def never(_: int) -> float:
    raise AssertionError("the pixels were asked although the words decide")


def lone(**tags: str) -> Tags:
    return Tags({name: (value,) for name, value in tags.items()})


@pytest.mark.parametrize(
    ("tags", "role", "reason"),
    [
        ({"ContrastBolusAgent": "IOHEXOL"}, FILLED, "agent"),
        ({"ContrastBolusAgent": "None"}, FILLED, "Nothing says"),
        ({"ContrastBolusVolume": "0.4"}, FILLED, "agent"),
        ({"SeriesDescription": "Ducto/Galactogram 1 duct LT"}, FILLED, "DUCTO"),
        ({"ProtocolName": "galaktographie"}, FILLED, "GALAKTO"),
        ({"SeriesDescription": "L CC scout"}, SCOUT, "SCOUT"),
        ({"SeriesDescription": "Galactogram PRE"}, SCOUT, "PRE"),
        ({"SeriesDescription": "nativ"}, SCOUT, "NATIV"),
        ({"SeriesDescription": "L CC pre-contrast"}, SCOUT, "PRE"),
        ({"ImageType": "PRE_CONTRAST"}, SCOUT, "PRE"),
        ({"ImageType": "POST_CONTRAST"}, FILLED, "POST"),
        ({"SeriesDescription": "compressed, prepared"}, FILLED, "Nothing says"),
        ({"SeriesDescription": "L CC MAG"}, MAGNIFICATION, "MAG"),
        ({"SeriesDescription": "image"}, FILLED, "Nothing says"),
        ({"SeriesDescription": "mag scout"}, SCOUT, "SCOUT"),
        (
            {"SeriesDescription": "scout", "ContrastBolusAgent": "IOHEXOL"},
            FILLED,
            "agent",
        ),
        (
            {"ViewCodeSequence.ViewModifierCodeSequence.CodeValue": "399163009"},
            MAGNIFICATION,
            "modifier",
        ),
        ({"StudyDescription": "DUCTO/GALACTOGRAM"}, FILLED, "study is described"),
        ({"ProcedureCodeSequence.CodeValue": "18102001"}, FILLED, "study is described"),
    ],
)
def test_words_decide_as_the_table_says(
    tags: dict[str, str], role: Role, reason: str
) -> None:
    (found,) = roles_of([clues_of(lone(**tags), None, None, None)], never)
    assert found.role is role
    assert reason in found.reason
    assert found.reason.endswith(".")


@pytest.mark.parametrize(
    ("factor", "role"), [(1.0, FILLED), (1.1, FILLED), (1.26, MAGNIFICATION)]
)
def test_geometry_tells_a_magnification(factor: float, role: Role) -> None:
    (found,) = roles_of([Clues(magnification=factor)], never)
    assert found.role is role


def clues(*, position: str = "CC", contrast: bool = False, words: str = "") -> Clues:
    return Clues(
        laterality=Laterality.LEFT, position=position, contrast=contrast, words=words
    )


def test_what_names_no_agent_beside_what_does_is_a_scout() -> None:
    found = roles_of([clues(contrast=True), clues(position="ML")], never)
    assert [one.role for one in found] == [FILLED, SCOUT]


def test_the_partner_of_a_scout_is_filled() -> None:
    found = roles_of([clues(words="scout"), clues()], never)
    assert [one.role for one in found] == [SCOUT, FILLED]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_pixels_decide_between_two_views_that_say_nothing(
    order: tuple[int, int],
) -> None:
    scores = {order[0]: 0.5, order[1]: 0.2}
    found = roles_of([clues(), clues()], scores.__getitem__)
    assert found[order[0]].role is FILLED
    assert found[order[1]].role is SCOUT
    assert "2.5 times" in found[order[1]].reason


def test_pixels_that_hardly_differ_decide_nothing() -> None:
    found = roles_of([clues(), clues()], {0: 0.5, 1: 0.45}.__getitem__)
    assert all("Nothing says" in one.reason for one in found)


def test_different_views_are_never_compared() -> None:
    found = roles_of([clues(), clues(position="ML")], never)
    assert [one.role for one in found] == [FILLED, FILLED]


def with_tree() -> NDArray[np.uint16]:
    """Return the small breast with contrast in three ducts."""
    drawn = np.zeros(breast_shown().shape, np.uint8)
    for end in ((10, 20), (6, 48), (12, 75)):
        cv2.line(drawn, (50, 48), end, 255, 2)
    return np.asarray(np.minimum(breast_shown() + drawn * 12.0, 4095), np.uint16)


def test_a_filled_picture_is_told_from_its_scout(tmp_path: Path) -> None:
    Pillow.fromarray(breast_shown(4)).save(tmp_path / "L_CC_1.png")
    Pillow.fromarray(with_tree()).save(tmp_path / "L_CC_2.png")
    found = {v.source: v.role for v in load(tmp_path, pixel_spacing_mm=0.9).views}
    assert found == {"L_CC_1.png": SCOUT, "L_CC_2.png": FILLED}


def test_a_marker_in_the_air_is_not_opaque_structure() -> None:
    plain = breast_shown().astype(np.float32)
    marked = plain.copy()
    marked[4:14, 66:68] = marked[12:14, 66:74] = 4000  # the letter L
    assert opacity(marked, 0.9) == pytest.approx(opacity(plain, 0.9), rel=0.05)


def test_a_written_scout_and_its_filled_view_come_back_as_such(tmp_path: Path) -> None:
    make = Maker(tmp_path)
    make.raw("a.dcm", injection=None)
    make.raw("b.dcm")
    found = {view.source: view.role for view in load(make.folder).views}
    assert found == {"a.dcm": SCOUT, "b.dcm": FILLED}
