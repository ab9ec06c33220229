"""Side, view and orientation."""

from __future__ import annotations

import pytest

from galactograph.dicom.labels import Labels, inferred, labels_of, overridden
from galactograph.dicom.tags import Tags
from galactograph.values.codes import Laterality

LEFT, RIGHT = Laterality.LEFT, Laterality.RIGHT
FRAME = "SharedFunctionalGroupsSequence.FrameAnatomySequence.FrameLaterality"
CODE = "ViewCodeSequence.CodeValue"


def tags(**values: str) -> Tags:
    return Tags({name: tuple(value.split("\\")) for name, value in values.items()})


@pytest.mark.parametrize(
    ("values", "side", "view"),
    [
        ({"ImageLaterality": "L", "ViewPosition": "CC"}, LEFT, "CC"),
        ({"Laterality": "R", "ViewPosition": "ml"}, RIGHT, "ML"),
        ({FRAME: "R", CODE: "399368009"}, RIGHT, "MLO"),
        ({"ImageLaterality": "L", CODE: "R-10242"}, LEFT, "CC"),
        ({"ImageLaterality": "L", CODE: "R-10226"}, LEFT, "MLO"),
        ({"ImageLaterality": "B", "ViewPosition": "AP"}, None, None),
        ({"ImageLaterality": "L", "ViewPosition": "CC", CODE: "399260004"}, LEFT, "ML"),
        ({}, None, None),
    ],
)
def test_side_and_view_are_read(
    values: dict[str, str], side: Laterality | None, view: str | None
) -> None:
    found = labels_of(tags(**values))
    assert (found.laterality, found.position) == (side, view)


def test_retired_codes_mean_what_the_current_ones_do() -> None:
    from pydicom.sr._snomed_dict import mapping

    from galactograph.dicom.labels import _POSITIONS

    old = [code for code in _POSITIONS if "-" in code and code in mapping["SRT"]]
    assert len(old) >= 7
    for code in old:
        assert _POSITIONS[code] == _POSITIONS[mapping["SRT"][code]]


@pytest.mark.parametrize(
    ("text", "side", "view"),
    [
        ("L CC", LEFT, "CC"),
        ("R-MLO galactogram", RIGHT, "MLO"),
        ("1_L_CC", LEFT, "CC"),
        ("RCC", RIGHT, "CC"),
        ("DUCTO/GALACTOGRAM 1 DUCT LT", LEFT, None),
        ("left and right", None, None),
        ("CC and ML", None, None),
        ("galactogram", None, None),
    ],
)
def test_words_name_a_side_and_a_view_only_if_clear(
    text: str, side: Laterality | None, view: str | None
) -> None:
    found = inferred(Labels(), text, "the description")
    assert (found.laterality, found.position) == (side, view)
    assert len(found.notes) == (side is not None) + (view is not None)


def test_words_never_replace_what_a_file_states() -> None:
    stated = Labels(laterality=LEFT, position="CC")
    assert inferred(stated, "R MLO", "the description") == stated


@pytest.mark.parametrize(
    ("side", "view", "orientation", "contradicts"),
    [
        ("L", "MLO", "A\\FR", False),
        ("L", "MLO", "P\\HL", False),
        ("L", "MLO", "A\\FL", True),
        ("R", "MLO", "P\\FL", False),
        ("R", "MLO", "P\\FR", True),
        ("L", "CC", "A\\R", False),
        ("L", "ML", "A\\F", False),
    ],
)
def test_an_oblique_of_the_other_side_is_noted(
    side: str, view: str, orientation: str, *, contradicts: bool
) -> None:
    found = labels_of(
        tags(ImageLaterality=side, ViewPosition=view, PatientOrientation=orientation)
    )
    assert found.orientation == tuple(orientation.split("\\"))
    assert any("other side" in note for note in found.notes) is contradicts


@pytest.mark.parametrize("orientation", ["A", "X\\Y", "AAAA\\F"])
def test_a_senseless_orientation_is_not_used(orientation: str) -> None:
    found = labels_of(tags(PatientOrientation=orientation))
    assert found.orientation is None
    assert found.notes


def test_the_users_word_wins_and_differences_are_noted() -> None:
    stated = Labels(laterality=LEFT, position="CC")
    found = overridden(stated, RIGHT, None)
    assert (found.laterality, found.position) == (RIGHT, "CC")
    assert len(found.notes) == 1
    assert overridden(stated, LEFT, "CC").notes == ()
